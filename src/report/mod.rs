//! Files for people: per pooling region in both its roles, back to institutions, and the summary of a run.
//!
//! Owns which columns stand in which file and what may be said to whom: only the insured region's own detail carries person and
//! certificate numbers; every other file carries a keyed pseudonym. Decides no amount.

pub mod detail;
pub mod region;
pub mod returns;
pub mod sheet;
pub mod simulation;
pub mod statement;
pub mod summary;

pub use region::{RegionNight, StatementLine, write_care, write_insured, write_returns};

use std::path::PathBuf;

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("cannot write {}: {source}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Table(#[from] crate::store::writer::TableError),
}
