//! State of people between nights: running totals and accounts, one file per run, by bucket.
//!
//! A run writes the state of the people it touched; the newest run that knows a person holds. Layout: bucket count and, per bucket,
//! its offset and the end of the last one, then per bucket a digest and postcard records.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::calendar::{BenefitYear, Moment};
use crate::claim::Slot;
use crate::codes::{Insurance, InsuredRegion, PersonNo, VisitId};
use crate::money::Fen;
use crate::settle::fold::YearKey;
use crate::settle::{Account, PersonState, Year};

use super::ids::short_digest;

/// Bytes of the digest in front of a bucket's records.
const DIGEST: usize = 16;

type StoredYear = (InsuredRegion, Insurance, BenefitYear, Vec<(u64, i64)>);

#[derive(Serialize, Deserialize)]
struct StoredPerson {
    key: u128,
    next_place: u32,
    years: Vec<StoredYear>,
    accounts: Vec<(InsuredRegion, PersonNo, Moment, Fen, Fen)>,
    open_stay: Option<(YearKey, VisitId)>,
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
            open_stay: state.open_stay,
            years: state
                .years
                .iter()
                .map(|((region, insurance, year), totals)| {
                    let slots =
                        totals.non_zero().map(|(slot, value)| (slot.bits(), value)).collect();
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
        offset += (DIGEST + bucket.len()) as u64;
    }
    bytes.extend_from_slice(&offset.to_le_bytes());
    for bucket in buckets {
        bytes.extend_from_slice(&short_digest(bucket).to_be_bytes());
        bytes.extend_from_slice(bucket);
    }
    bytes
}

/// Reads one bucket's people from a run's file of `buckets` buckets.
///
/// # Errors
/// I/O, a damaged file, or one of another number of buckets: its people would be looked for in the wrong ones.
pub fn read_bucket(
    path: &Path,
    bucket: u32,
    buckets: u32,
) -> io::Result<BTreeMap<u128, PersonState>> {
    let damaged = || io::Error::other("the state file is damaged");
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut word = [0; 8];
    file.read_exact(&mut word)?;
    if u64::from_le_bytes(word) != u64::from(buckets) || bucket >= buckets {
        return Err(io::Error::other("the store was made with another number of buckets"));
    }
    file.seek(SeekFrom::Start(8 * (u64::from(bucket) + 1)))?;
    file.read_exact(&mut word)?;
    let start = u64::from_le_bytes(word);
    file.read_exact(&mut word)?;
    let length = u64::from_le_bytes(word).checked_sub(start);
    let length = length.filter(|_| u64::from_le_bytes(word) <= size).ok_or_else(damaged)?;
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| damaged())?];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    let (digest, records) = bytes.split_at_checked(DIGEST).ok_or_else(damaged)?;
    if digest != short_digest(records).to_be_bytes() {
        return Err(damaged());
    }
    decode_bucket(records).ok_or_else(damaged)
}

/// People from the records of a bucket; `None` for anything that [`encode_bucket`] does not write.
pub fn decode_bucket(records: &[u8]) -> Option<BTreeMap<u128, PersonState>> {
    let (stored, rest) = postcard::take_from_bytes::<Vec<StoredPerson>>(records).ok()?;
    let people = stored.into_iter().map(restored).collect::<Option<_>>()?;
    rest.is_empty().then_some(people)
}

fn restored(stored: StoredPerson) -> Option<(u128, PersonState)> {
    let mut state = PersonState {
        next_place: stored.next_place,
        open_stay: stored.open_stay,
        ..PersonState::default()
    };
    for (region, insurance, benefit_year, slots) in stored.years {
        let year = restored_year(&slots)?;
        state.years.insert((region, insurance, benefit_year), year);
    }
    for (region, number, as_of, balance, sharing) in stored.accounts {
        state.accounts.insert((region, number), Account { as_of, balance, sharing });
    }
    Some((stored.key, state))
}

/// Totals as [`encode_bucket`] writes them: slots of a year in ascending order, none of them zero.
fn restored_year(slots: &[(u64, i64)]) -> Option<Year> {
    let ascending = slots.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let mut year = Year::default();
    for (bits, value) in slots {
        year.set(Slot::from_bits(*bits).filter(|_| *value != 0)?, *value);
    }
    ascending.then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Counter, Measure};

    fn people() -> BTreeMap<u128, PersonState> {
        let mut state = PersonState { next_place: 3, ..PersonState::default() };
        let mut year = Year::default();
        year.set(Slot::of(Counter::INPATIENT, Measure::Paid), 123_456);
        state.years.insert(Default::default(), year);
        BTreeMap::from([(42u128, state)])
    }

    fn reads(name: &str, bytes: &[u8], buckets: u32) -> io::Result<BTreeMap<u128, PersonState>> {
        let name = format!("medsettle-people-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes)?;
        let read = read_bucket(&path, 1, buckets);
        std::fs::remove_file(&path)?;
        read
    }

    fn file() -> Vec<u8> {
        assemble(&[Vec::new(), encode_bucket(&people()).unwrap_or_default()])
    }

    #[test]
    fn state_survives_a_round_trip() {
        assert_eq!(reads("whole", &file(), 2).ok(), Some(people()));
    }

    #[test]
    fn another_number_of_buckets_is_refused() {
        // Fewer than the file has would find some people in no bucket and forget their year.
        let mut four = vec![Vec::new(); 4];
        four[1] = encode_bucket(&people()).unwrap_or_default();
        assert!(reads("four", &assemble(&four), 2).is_err());
        assert!(reads("four", &assemble(&four), 4).is_ok());
    }

    #[test]
    fn a_flipped_bit_is_damage_and_not_another_balance() {
        let whole = file();
        for at in 16..whole.len() {
            // The first bucket's digest is not looked at here.
            if (32..48).contains(&at) {
                continue;
            }
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                assert!(reads("flipped", &bytes, 2).is_err(), "byte {at} bit {bit}");
            }
        }
    }
}
