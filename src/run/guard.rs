//! Who may work in a store, and what a run that died left behind.

use std::fs::{self, File, TryLockError};

use crate::store::control::Control;
use crate::store::staging::{self, Layout};

use super::error::RunError;

/// Takes the store's lock; it falls with the process.
///
/// # Errors
/// [`RunError::Locked`] while another run holds it; I/O.
pub fn lock(layout: &Layout) -> Result<File, RunError> {
    let path = layout.lock();
    let io = |source| RunError::io("cannot open", &path, source);
    let file = File::options().create(true).append(true).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::Locked(layout.root().to_owned())),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

/// Rolls committed runs forward and deletes what was never committed.
///
/// # Errors
/// I/O, SQLite.
pub fn recover(layout: &Layout, control: &Control) -> Result<(), RunError> {
    for run in control.runs()?.iter().filter(|run| !run.published) {
        tracing::info!(run_id = run.run_id, "rolling a committed run forward");
        staging::publish(layout, &run.run_id, &run.date)
            .map_err(|source| RunError::io("cannot publish into", layout.root(), source))?;
        control.mark_published(&run.run_id)?;
    }
    clean(layout)
}

/// Deletes staging and work folders.
///
/// # Errors
/// I/O.
pub fn clean(layout: &Layout) -> Result<(), RunError> {
    for folder in [layout.staging(), layout.work()] {
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(RunError::io("cannot clean", &folder, error));
            }
            _ => {}
        }
    }
    Ok(())
}
