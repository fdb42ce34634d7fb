//! Drive: one night from inbox to publication.
//!
//! ```text
//! intake    inbox -> submissions, in the order (institution, period, sequence)
//! pricing   per part of the submissions, in parallel: rows -> priced claims, priced lines    | shuffle by person
//! identity  which settlement ids came twice, which reversals undo which night's record
//! settling  per bucket of people, in parallel: fold -> settled records, new state             | shuffle by region
//! clearing  ledger -> positions; per region, in parallel: files
//! audit     polars re-reads what was staged and recomputes it
//! publish   one SQLite commit, then idempotent renames
//! ```
//!
//! Owns the order, the parallelism (rayon), the waiting (tokio) and the commit. Decides no amount. Every record that comes in goes out
//! as settled, rejected or held, and is counted at the end of each step.

pub mod auditing;
pub mod clearing;
pub mod error;
pub mod guard;
pub mod held;
pub mod identity;
pub mod intake;
pub mod manifest_file;
pub mod night;
pub mod outcome;
pub mod parts;
pub mod person;
pub mod phases;
pub mod pipeline;
pub mod pricing;
pub mod progress;
pub mod settling;
pub mod shuffle;
pub mod simulate;
pub mod summary;

pub use error::RunError;
pub use night::{NightOptions, run_night};
pub use outcome::{NightOutcome, RunTotals};
pub use pipeline::Pipeline;
