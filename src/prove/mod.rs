//! Proofs about the policy book, made before a night: what a clerk wrote is complete, says one thing, and never pays less for more.
//!
//! Owns: what is asked of a policy as a whole ([`check`]). May read [`crate::policy`] and settle invented claims with
//! [`crate::settle`]; must not know files, people or the runs of a store: it is given a book that was read and compiled.

pub mod check;
