//! Staging and publishing: files are written where nobody looks, synced, and renamed into place after the commit.
//!
//! ```text
//! STORE/staging/RUN/tables/NAME/part-NNN.parquet -> STORE/tables/v1/NAME/clr_date=DATE/RUN-part-NNN.parquet
//! STORE/staging/RUN/outbox/REGION/               -> STORE/outbox/REGION/RUN/
//! STORE/staging/RUN/state/                       -> STORE/state/RUN/
//! STORE/staging/RUN/run/                         -> STORE/runs/RUN/
//! ```
//!
//! Renaming is idempotent: what is already in place stays, so a run killed between two renames is rolled forward by the next start.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::schema;

/// A store's folders.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    pub fn new(root: &Path) -> Layout {
        Layout { root: root.to_owned() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn control(&self) -> PathBuf {
        self.root.join("control.db")
    }

    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }

    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    pub fn inputs(&self) -> PathBuf {
        self.root.join("inputs")
    }

    pub fn run(&self, run_id: &str) -> PathBuf {
        self.root.join("runs").join(run_id)
    }

    pub fn state(&self, run_id: &str) -> PathBuf {
        self.root.join("state").join(run_id)
    }

    pub fn outbox(&self, region: &str, run_id: &str) -> PathBuf {
        self.root.join("outbox").join(region).join(run_id)
    }

    /// Folder of a table's files of one business day.
    pub fn table(&self, table: &str, date: &str) -> PathBuf {
        self.root.join("tables").join(schema::VERSION).join(table).join(format!("clr_date={date}"))
    }

    /// Final name of a table's part.
    pub fn table_part(&self, table: &str, date: &str, run_id: &str, part: usize) -> PathBuf {
        self.table(table, date).join(format!("{run_id}-part-{part:03}.parquet"))
    }
}

/// Syncs every file and folder below `folder`.
///
/// # Errors
/// I/O.
pub fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            File::open(&path)?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}

/// Moves a committed run's files to their final names. May be called again at any time.
///
/// # Errors
/// I/O; the next start tries again.
pub fn publish(layout: &Layout, run_id: &str, date: &str) -> io::Result<()> {
    let staged = layout.staging().join(run_id);
    if !staged.exists() {
        return Ok(());
    }
    for table in subfolders(&staged.join("tables"))? {
        let name = file_name(&table);
        let target = layout.table(&name, date);
        create_synced(&target)?;
        for file in entries(&table)? {
            rename(&file, &target.join(format!("{run_id}-{}", file_name(&file))))?;
        }
        File::open(&target)?.sync_all()?;
    }
    for region in subfolders(&staged.join("outbox"))? {
        move_folder(&region, &layout.outbox(&file_name(&region), run_id))?;
    }
    move_folder(&staged.join("state"), &layout.state(run_id))?;
    move_folder(&staged.join("run"), &layout.run(run_id))?;
    fs::remove_dir_all(&staged)?;
    File::open(layout.staging())?.sync_all()
}

fn move_folder(from: &Path, to: &Path) -> io::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    let parent = to.parent().unwrap_or(Path::new("."));
    create_synced(parent)?;
    rename(from, to)?;
    File::open(parent)?.sync_all()
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && to.exists() => Ok(()),
        other => other,
    }
}

/// Makes a folder and its missing parents, and syncs the folders that gained an entry.
///
/// # Errors
/// I/O.
pub fn create_synced(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_synced(parent)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        return File::open(parent)?.sync_all();
    }
    fs::create_dir_all(folder)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

fn subfolders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
