//! Files in: manifests, tables of submissions, reference data, policy books.
//!
//! Owns opening, digesting, counting and decoding; points at file, line and column when something is bad. Knows no rule: whether
//! a row makes sense is for `wire` and `validate` to say.

pub mod draft;
pub mod keys;
pub mod manifest;
pub mod policy_book;
pub mod reference;
pub mod table;

use std::path::PathBuf;

/// A file that should be there could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub struct ReadError {
    pub path: PathBuf,
    #[source]
    pub source: std::io::Error,
}
