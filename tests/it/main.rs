//! One binary, a module per boundary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::similar_names,
    clippy::type_complexity,
    clippy::cast_possible_truncation,
    clippy::format_collect,
    reason = "a test stops at what it did not expect, and says what it saw"
)]

mod architecture;
mod audit;
mod broken;
mod cases;
mod checks;
mod cli;
mod crash;
mod edges;
mod errors;
mod judge;
mod mutate;
mod night;
mod page;
mod parsers;
mod plain;
mod policy;
mod simulate;
mod support;
mod synth;
mod tables;
