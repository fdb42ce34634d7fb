//! Proofs about policies: the cases that stand beside them.
//!
//! Owns: what a case says and whether the engine agrees with it. Knows policies and how claims are settled; knows no night, store or screen.

pub mod cases;
pub mod perturb;
