//! One binary, a module per boundary.

mod architecture;
mod cases;
mod cli;
mod errors;
mod night;
mod support;
