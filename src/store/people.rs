//! State of people between nights: running totals and accounts, one file per run, by bucket.
//!
//! A run writes the state of the people it touched; the newest run that knows a person holds. Layout: bucket count and, per bucket,
//! its offset, then postcard records.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::calendar::{BenefitYear, Moment};
use crate::claim::Slot;
use crate::codes::{Insurance, InsuredRegion, PersonNo};
use crate::money::Fen;
use crate::settle::{Account, PersonState, Year};

type StoredYear = (InsuredRegion, Insurance, BenefitYear, Vec<(u8, i64)>);

#[derive(Serialize, Deserialize)]
struct StoredPerson {
    key: u128,
    next_place: u32,
    years: Vec<StoredYear>,
    accounts: Vec<(InsuredRegion, PersonNo, Moment, Fen, Fen)>,
}

/// Encodes a bucket's people.
///
/// # Errors
/// A state that cannot be encoded: a bug.
pub fn encode_bucket(people: &BTreeMap<u128, PersonState>) -> Result<Vec<u8>, postcard::Error> {
    let stored: Vec<StoredPerson> = people
        .iter()
        .map(|(key, state)| StoredPerson {
            key: *key,
            next_place: state.next_place,
            years: state
                .years
                .iter()
                .map(|((region, insurance, year), totals)| {
                    let slots = totals.non_zero().map(|(slot, value)| (slot.0, value)).collect();
                    (*region, *insurance, *year, slots)
                })
                .collect(),
            accounts: state
                .accounts
                .iter()
                .map(|((region, number), account)| {
                    (*region, *number, account.as_of, account.balance, account.sharing)
                })
                .collect(),
        })
        .collect();
    postcard::to_stdvec(&stored)
}

/// Puts encoded buckets into one file.
pub fn assemble(buckets: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&(buckets.len() as u64).to_le_bytes());
    let mut offset = 8 * (buckets.len() as u64 + 2);
    for bucket in buckets {
        bytes.extend_from_slice(&offset.to_le_bytes());
        offset += bucket.len() as u64;
    }
    bytes.extend_from_slice(&offset.to_le_bytes());
    for bucket in buckets {
        bytes.extend_from_slice(bucket);
    }
    bytes
}

/// Reads one bucket's people from a run's file.
///
/// # Errors
/// I/O, or a damaged file.
pub fn read_bucket(path: &Path, bucket: u32) -> io::Result<BTreeMap<u128, PersonState>> {
    let damaged = || io::Error::other("the state file is damaged");
    let mut file = File::open(path)?;
    let mut word = [0; 8];
    file.read_exact(&mut word)?;
    if u64::from(bucket) >= u64::from_le_bytes(word) {
        return Err(io::Error::other("the store was made with another number of buckets"));
    }
    file.seek(SeekFrom::Start(8 * (u64::from(bucket) + 1)))?;
    file.read_exact(&mut word)?;
    let start = u64::from_le_bytes(word);
    file.read_exact(&mut word)?;
    let length = u64::from_le_bytes(word).checked_sub(start).ok_or_else(damaged)?;
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| damaged())?];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    let stored: Vec<StoredPerson> = postcard::from_bytes(&bytes).map_err(|_| damaged())?;
    Ok(stored.into_iter().map(restored).collect())
}

fn restored(stored: StoredPerson) -> (u128, PersonState) {
    let mut state = PersonState { next_place: stored.next_place, ..PersonState::default() };
    for (region, insurance, benefit_year, slots) in stored.years {
        let mut year = Year::default();
        for (slot, value) in slots.into_iter().filter(|(slot, _)| usize::from(*slot) < Slot::COUNT)
        {
            year.set(Slot(slot), value);
        }
        state.years.insert((region, insurance, benefit_year), year);
    }
    for (region, number, as_of, balance, sharing) in stored.accounts {
        state.accounts.insert((region, number), Account { as_of, balance, sharing });
    }
    (stored.key, state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Counter, Measure};

    #[test]
    fn state_survives_a_round_trip() {
        let mut state = PersonState { next_place: 3, ..PersonState::default() };
        let mut year = Year::default();
        let paid = Slot::of(Counter::Inpatient, Measure::Paid);
        year.set(paid, 123_456);
        state.years.insert(Default::default(), year);
        let people = BTreeMap::from([(42u128, state)]);
        let encoded = encode_bucket(&people).unwrap_or_default();
        let folder = std::env::temp_dir().join(format!("medsettle-people-{}", std::process::id()));
        assert!(std::fs::write(&folder, assemble(&[Vec::new(), encoded])).is_ok());
        let read = read_bucket(&folder, 1);
        let _ = std::fs::remove_file(&folder);
        assert_eq!(read.ok(), Some(people));
    }
}
