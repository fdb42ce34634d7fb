//! Shuffles between phases: records appended to one file per key, read back key by key. Memory holds one key at a time.
//!
//! Records are length-prefixed postcard. Order inside a file depends on threads; every reader sorts before it uses them.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::RunError;

/// Spill files by key.
pub struct Shuffle<K> {
    folder: PathBuf,
    name: &'static str,
    /// Each file and its bytes.
    files: Mutex<BTreeMap<K, (File, u64)>>,
}

/// Records of one task, waiting to be appended.
#[derive(Default)]
pub struct Batch<K: Ord> {
    bytes: BTreeMap<K, Vec<u8>>,
}

impl<K: Ord + Copy> Batch<K> {
    pub fn new() -> Batch<K> {
        Batch { bytes: BTreeMap::new() }
    }

    /// # Errors
    /// A record that cannot be encoded.
    pub fn push<T: Serialize>(&mut self, key: K, record: &T) -> Result<(), RunError> {
        let buffer = self.bytes.entry(key).or_default();
        let start = buffer.len();
        buffer.extend_from_slice(&[0; 4]);
        // `to_io` appends; the length goes in front once it is known.
        postcard::to_io(record, &mut *buffer).map_err(encode)?;
        let length = u32::try_from(buffer.len() - start - 4)
            .map_err(|_| RunError::Output("a record is larger than 4 GiB".into()))?;
        buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
        Ok(())
    }
}

fn encode(error: postcard::Error) -> RunError {
    RunError::Output(format!("a work record cannot be encoded: {error}"))
}

impl<K: Ord + Copy + std::fmt::Display> Shuffle<K> {
    /// A shuffle with its files under `folder`, which exists and is this run's alone.
    pub fn new(folder: &Path, name: &'static str) -> Shuffle<K> {
        Shuffle { folder: folder.to_owned(), name, files: Mutex::new(BTreeMap::new()) }
    }

    fn path(&self, key: K) -> PathBuf {
        self.folder.join(format!("{}-{key}.work", self.name))
    }

    /// Appends a task's records, one write per key.
    ///
    /// # Errors
    /// I/O.
    pub fn append(&self, batch: Batch<K>) -> Result<(), RunError> {
        let mut files =
            self.files.lock().map_err(|_| RunError::Output("a worker panicked".into()))?;
        for (key, bytes) in batch.bytes {
            let path = self.path(key);
            let io = |source| RunError::io("cannot write", &path, source);
            let file = match files.entry(key) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => entry.insert((
                    OpenOptions::new().create(true).append(true).open(&path).map_err(io)?,
                    0,
                )),
            };
            file.0.write_all(&bytes).map_err(io)?;
            file.1 += bytes.len() as u64;
        }
        Ok(())
    }

    /// Keys that have records, ascending.
    pub fn keys(&self) -> Vec<K> {
        self.files.lock().map(|files| files.keys().copied().collect()).unwrap_or_default()
    }

    /// Bytes of a key's records.
    pub fn bytes(&self, key: K) -> u64 {
        self.files.lock().map_or(0, |files| files.get(&key).map_or(0, |(_, bytes)| *bytes))
    }

    /// Reads all records of a key.
    ///
    /// # Errors
    /// I/O, or a file that was changed under us.
    pub fn read<T: DeserializeOwned>(&self, key: K) -> Result<Vec<T>, RunError> {
        let path = self.path(key);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(RunError::io("cannot read", &path, error)),
        };
        let broken = || RunError::Output(format!("{} is damaged", path.display()));
        let mut records = Vec::new();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (length, tail) = rest.split_first_chunk::<4>().ok_or_else(broken)?;
            let length = u32::from_le_bytes(*length) as usize;
            let (record, tail) = tail.split_at_checked(length).ok_or_else(broken)?;
            records.push(postcard::from_bytes(record).map_err(|_| broken())?);
            rest = tail;
        }
        Ok(records)
    }

    /// Removes a key's file once it is used.
    pub fn remove(&self, key: K) {
        // A left-over is removed with the whole work folder.
        let _ = std::fs::remove_file(self.path(key));
    }
}
