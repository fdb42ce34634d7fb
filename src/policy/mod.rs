//! What the insured places promise: benefit policies as dated, sourced data.
//!
//! Owns: reading what a clerk wrote ([`document`], [`written`]), merging bases and compiling it into flat tables ([`compile`], [`plan`],
//! [`select`]), and finding the terms that hold for one claim ([`book`]). Knows nothing of claims' files, accumulators or
//! arithmetic: it says *which* numbers apply, `settle` applies them.
//!
//! Invariants: every value has a first day and a source; amounts and rates were text and are exact; which row of a table
//! applies is the first that matches, in the order of the file.

pub mod book;
pub mod compile;
pub mod dated;
pub mod document;
pub mod plan;
pub mod select;
pub mod written;

pub use book::{CapTerms, LayerTerms, NoTerms, Pays, PolicyBook, Terms};
pub use dated::Dated;
pub use plan::{
    CapBasis, CapPeriod, Component, DeductibleKind, Effect, FirstPercentBase, Layer, Policy,
    SegmentMeasure, SegmentStart,
};
pub use select::{Facts, Selector};
