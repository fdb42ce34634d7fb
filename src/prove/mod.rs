//! Proofs about policies: that they are complete and say one thing, the cases that stand beside them, the boundary certificate, values that
//! nothing shows.
//!
//! Owns: what is asked of a policy as a whole ([`check`]), what a case says and whether the engine agrees with it, where a formula breaks, and
//! which values no case shows. Knows policies and how claims are settled; knows no night, store or screen.

pub mod cases;
pub mod certificate;
pub mod check;
pub mod examine;
pub mod judge;
pub mod people;
pub mod perturb;
