//! Which person a number belongs to: one sorted file per run, of the numbers seen for the first time.
//!
//! The key of a person comes from the certificate with which the number was first met. A certificate number that is corrected later does
//! not make a new person: running totals and earlier records stay with the number.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::codes::{InsuredRegion, PersonNo};

use super::ids::short_digest;

const BYTES: usize = 32;
const DIGEST: usize = 32;

/// Digest of a number in its region.
pub fn number_digest(region: InsuredRegion, number: PersonNo) -> u128 {
    let mut bytes = [0; 6 + PersonNo::MAX_LEN];
    let number = number.as_str().as_bytes();
    bytes[..6].copy_from_slice(region.0.as_str().as_bytes());
    bytes[6..6 + number.len()].copy_from_slice(number);
    short_digest(&bytes[..6 + number.len()])
}

/// Keys by digest of the number.
#[derive(Debug, Default)]
pub struct PersonKeys {
    known: HashMap<u128, u128>,
}

impl PersonKeys {
    pub fn get(&self, number: u128) -> Option<u128> {
        self.known.get(&number).copied()
    }

    /// Adds what a run noted.
    ///
    /// # Errors
    /// I/O, or a damaged file.
    pub fn read(&mut self, path: &Path) -> std::io::Result<()> {
        let damaged = || std::io::Error::other("the file of person keys is damaged");
        let bytes = std::fs::read(path)?;
        let (entries, digest) =
            bytes.split_at_checked(bytes.len().wrapping_sub(DIGEST)).ok_or_else(damaged)?;
        let found: [u8; DIGEST] = Sha256::digest(entries).into();
        if found != digest || !entries.len().is_multiple_of(BYTES) {
            return Err(damaged());
        }
        for entry in entries.chunks_exact(BYTES) {
            let wide = |half: &[u8]| half.iter().fold(0, |v, b| v << 8 | u128::from(*b));
            self.known.insert(wide(&entry[..16]), wide(&entry[16..]));
        }
        Ok(())
    }
}

/// The encoded file of (digest of number, key).
pub fn encode(mut entries: Vec<(u128, u128)>) -> Vec<u8> {
    entries.sort_unstable();
    entries.dedup();
    let mut bytes = Vec::with_capacity(entries.len() * BYTES + DIGEST);
    for (number, key) in entries {
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(&key.to_be_bytes());
    }
    let digest: [u8; DIGEST] = Sha256::digest(&bytes).into();
    bytes.extend_from_slice(&digest);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_a_round_trip_and_damage_is_seen() {
        let path = std::env::temp_dir().join(format!("medsettle-keys-{}", std::process::id()));
        let mut bytes = encode(vec![(7, 70), (5, 50), (7, 70)]);
        let mut keys = PersonKeys::default();
        let read = std::fs::write(&path, &bytes).and_then(|()| keys.read(&path));
        bytes[3] ^= 1;
        let damaged = std::fs::write(&path, &bytes).and_then(|()| keys.read(&path));
        let _ = std::fs::remove_file(&path);
        assert!(read.is_ok() && damaged.is_err());
        assert_eq!((keys.get(7), keys.get(5), keys.get(6)), (Some(70), Some(50), None));
    }
}
