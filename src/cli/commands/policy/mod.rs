//! `medsettle policy`: one file per command.

pub mod simulate;
