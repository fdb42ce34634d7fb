//! Which settlement ids are booked: one sorted file per run.
//!
//! An entry is 40 bytes: 16 of the id's digest, 16 of the record's content digest, bucket, kind. Behind the last stand 16 bytes of
//! digest over all of them. Probed between price and settle.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::codes::SettlementId;

/// What an entry says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum IdKind {
    /// A settlement with this id is booked.
    Settlement,
    /// A reversal with this id is booked.
    Reversal,
    /// The settlement with this id is reversed.
    Reversed,
}

/// One booked id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct IdEntry {
    pub id: u128,
    pub kind: IdKind,
    pub content: u128,
    pub bucket: u32,
}

const BYTES: usize = 40;
const DIGEST: usize = 16;

/// First 16 bytes of the id's SHA-256.
pub fn id_digest(id: SettlementId) -> u128 {
    short_digest(id.as_str().as_bytes())
}

/// First 16 bytes of a SHA-256.
pub fn short_digest(bytes: &[u8]) -> u128 {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest[..16].iter().fold(0, |value, byte| value << 8 | u128::from(*byte))
}

/// The encoded file of a run's entries.
pub fn encode(mut entries: Vec<IdEntry>) -> Vec<u8> {
    entries.sort_unstable();
    let mut bytes = Vec::with_capacity(entries.len() * BYTES + DIGEST);
    for entry in entries {
        bytes.extend_from_slice(&entry.id.to_be_bytes());
        bytes.extend_from_slice(&entry.content.to_be_bytes());
        bytes.extend_from_slice(&entry.bucket.to_be_bytes());
        bytes.extend_from_slice(&(entry.kind as u32).to_be_bytes());
    }
    let digest = short_digest(&bytes);
    bytes.extend_from_slice(&digest.to_be_bytes());
    bytes
}

/// Booked ids of one earlier run.
pub struct IdFile {
    bytes: Vec<u8>,
    path: PathBuf,
}

impl IdFile {
    /// # Errors
    /// I/O, or a damaged file: an id that is not found would be booked twice.
    pub fn open(path: &Path) -> std::io::Result<IdFile> {
        let bytes = std::fs::read(path)?;
        let damaged = || std::io::Error::other("the id file is damaged");
        IdFile::of(bytes, path.to_owned()).ok_or_else(damaged)
    }

    fn of(mut bytes: Vec<u8>, path: PathBuf) -> Option<IdFile> {
        let digest = bytes.split_off(bytes.len().checked_sub(DIGEST)?);
        let whole = bytes.len().is_multiple_of(BYTES);
        (whole && digest == short_digest(&bytes).to_be_bytes()).then_some(IdFile { bytes, path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn entry(&self, index: usize) -> Option<IdEntry> {
        let bytes = self.bytes.get(index * BYTES..(index + 1) * BYTES)?;
        let wide = |at: usize| bytes[at..at + 16].iter().fold(0, |v, b| v << 8 | u128::from(*b));
        let word = |at: usize| bytes[at..at + 4].iter().fold(0, |v, b| v << 8 | u32::from(*b));
        let kind = match word(36) {
            0 => IdKind::Settlement,
            1 => IdKind::Reversal,
            _ => IdKind::Reversed,
        };
        Some(IdEntry { id: wide(0), content: wide(16), bucket: word(32), kind })
    }

    /// All entries of an id.
    pub fn find(&self, id: u128) -> impl Iterator<Item = IdEntry> + '_ {
        let count = self.bytes.len() / BYTES;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.entry(middle).is_some_and(|entry| entry.id < id) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..count).map_while(|i| self.entry(i)).take_while(move |entry| entry.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_written() {
        let entry = |id, kind| IdEntry { id, kind, content: 7, bucket: 3 };
        let bytes = encode(vec![
            entry(9, IdKind::Reversed),
            entry(4, IdKind::Settlement),
            entry(9, IdKind::Settlement),
        ]);
        let file = IdFile::of(bytes, PathBuf::new());
        let found = |id| file.iter().flat_map(move |file| file.find(id)).collect::<Vec<_>>();
        assert_eq!(found(9).len(), 2);
        assert_eq!(found(4), [entry(4, IdKind::Settlement)]);
        assert_eq!(found(5), []);
    }

    #[test]
    fn a_flipped_bit_is_damage_and_not_an_unknown_id() {
        let whole = encode(vec![IdEntry { id: 9, kind: IdKind::Reversal, content: 7, bucket: 3 }]);
        assert!(IdFile::of(whole.clone(), PathBuf::new()).is_some());
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            assert!(IdFile::of(bytes, PathBuf::new()).is_none(), "byte {at}");
            assert!(IdFile::of(whole[..at].to_vec(), PathBuf::new()).is_none(), "{at} bytes");
        }
    }
}
