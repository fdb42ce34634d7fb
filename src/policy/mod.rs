//! What the insured places promise: benefit policies as dated, sourced data.
//!
//! Owns: the shape of a policy ([`plan`]), reading it from TOML ([`parse`]), and finding the terms that hold for one claim
//! ([`book`]). Knows nothing of claims' files, accumulators or arithmetic: it says *which* numbers apply, `settle` applies them.
//!
//! Invariants: every value has a first day and a source; amounts and rates were text and are exact; which row of a table
//! applies is the first that matches, in the order of the file.

pub mod book;
pub mod dated;
pub mod parse;
pub mod plan;
mod raw;

pub use book::{Facts, LayerTerms, NoTerms, PolicyBook, Terms};
pub use dated::Dated;
pub use plan::{
    CapBasis, CapPeriod, Component, DeductibleKind, Effect, FirstPercentBase, Layer, Policy,
    SegmentMeasure, SegmentStart, Selector, TermsDate,
};
