//! Synth: nights of made-up claims, from a seed.
//!
//! Owns everything such a night needs: regions, institutions, catalogues, people, claims with their
//! lines, policies, and the truth about what was planted. Must not know how a claim is settled: it
//! borrows the words, the line arithmetic of [`crate::price`] (an institution prices its own lines)
//! and the column lists of [`crate::wire`], nothing else. A claim whose outcome depends on a policy
//! is written down in [`truth`] by hand, so that a mistake of the settler shows.
//!
//! # One seed, one night
//!
//! Every person, item and claim is a pure function of (seed, purpose, its numbers): [`draw`].
//! Nothing is looked up that was made before, so a reversal makes its original again, people need
//! no table, and threads change no byte. Integers only, no clock.
//!
//! # Rates, per claim
//!
//! | what | share | note |
//! |---|---|---|
//! | planted errors | `--dirty` | one of [`roles::KINDS`] each, evenly |
//! | reversals | 2 % | whole; from the second night on, half undo a claim of the night before |
//! | filed late | 3 % | filed after care began and before it was settled |
//! | unfiled | 4 % | settles or not as the insured place's policy says |
//! | emergency without filing | 2 % | hospitals only |
//!
//! [`roles::Kind`] says which code and outcome a planted error has; where a kind cannot occur (a
//! disease at a pharmacy), a third party is liable instead.
//! What is planted comes first, the rest shares what is left. When errors are wanted and a night
//! has 20 submissions or more, five whole submissions are made to be refused on top: see
//! [`roles::Refusal`]. Nothing else may fail.
//!
//! # Shape
//!
//! Institutions share a night by Zipf's law ([`shares`]); a quarter of the claims are drug
//! purchases, about 1 % stays (3 % in nights of fewer than 2,000 claims), a few per cent chronic
//! disease. About a fifth of care is at home, a quarter elsewhere in the province. Certificate
//! numbers carry a division that is nobody's (99xxxx) and a right check digit.

mod catalogue;
mod certificate;
mod claim;
mod draw;
mod error;
mod geography;
mod institutions;
mod lines;
mod make;
mod people;
mod people_files;
mod plan;
mod policies;
pub mod roles;
mod row;
mod shares;
mod sink;
mod slots;
mod submission;
pub mod truth;

pub use error::SynthError;
pub use make::make;
pub use truth::Summary;

use std::path::PathBuf;

use crate::calendar::Date;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Folder to make; must not exist or be empty.
    pub out: PathBuf,
    /// Claims over all nights.
    pub claims: u64,
    pub seed: u64,
    pub nights: u32,
    pub first_day: Date,
    /// Share of planted errors, in millionths.
    pub dirty: u32,
    /// Claim files as `.csv.zst`.
    pub compress: bool,
}
