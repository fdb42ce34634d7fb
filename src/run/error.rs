//! Why a run cannot go on.

use std::path::{Path, PathBuf};

/// A run stopped; nothing of it is published. The exit code is the contract with schedulers.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("{}", .0.join("\n"))]
    Config(Vec<String>),
    #[error("expected submissions are missing: {}", .0.join(", "))]
    NotReady(Vec<String>),
    #[error("every submission was refused")]
    AllRefused(Vec<crate::claim::RefusedSubmission>),
    #[error("the books do not balance; nothing is published\n{}", .0.join("\n"))]
    OutOfBalance(Vec<String>),
    #[error("another run holds the store {}", .0.display())]
    Locked(PathBuf),
    #[error("{what} {}", path.display())]
    Io {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the control database: {0}")]
    Control(#[from] rusqlite::Error),
    #[error("{0}")]
    Output(String),
    #[error("interrupted; the next run starts the night again")]
    Interrupted,
}

impl RunError {
    pub fn io(what: &'static str, path: &Path, source: std::io::Error) -> RunError {
        RunError::Io { what, path: path.to_owned(), source }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            RunError::Config(_) => 2,
            RunError::NotReady(_) => 4,
            RunError::AllRefused(_) => 5,
            RunError::OutOfBalance(_) => 6,
            RunError::Locked(_) => 7,
            RunError::Io { .. } | RunError::Control(_) | RunError::Output(_) => 8,
            RunError::Interrupted => 9,
        }
    }
}
