//! One file per command.

pub mod check;
pub mod explain;
pub mod run;
pub mod runs;
pub mod synth;
