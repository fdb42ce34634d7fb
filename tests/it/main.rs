//! One binary, a module per boundary.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod architecture;
mod audit;
mod cases;
mod checks;
mod cli;
mod crash;
mod errors;
mod mutate;
mod night;
mod parsers;
mod support;
mod tables;
