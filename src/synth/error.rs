//! Why no nights could be made.

use std::io;
use std::path::{Path, PathBuf};

/// What was attempted, on what.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    #[error("{} is not an empty folder; name one that does not exist", .0.display())]
    NotEmpty(PathBuf),
    #[error("{what}: {found}, expected {expected}")]
    Request { what: &'static str, found: String, expected: &'static str },
    #[error("cannot {what} {}", path.display())]
    Io { what: &'static str, path: PathBuf, source: io::Error },
}

impl SynthError {
    /// For `map_err`: an error of the file system at `path`.
    pub fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SynthError {
        move |source| SynthError::Io { what, path: path.to_owned(), source }
    }
}
