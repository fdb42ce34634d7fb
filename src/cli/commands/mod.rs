//! One file per command.

pub mod check;
pub mod explain;
pub mod policy;
pub mod run;
pub mod runs;
pub mod synth;
