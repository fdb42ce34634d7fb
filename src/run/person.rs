//! Which person a record is about, and the bucket in which that person is kept.

use crate::claim::Claim;
use crate::codes::{CertNo, InsuredRegion};
use crate::reference::{Reference, coverage};
use crate::store::control::RunRow;
use crate::store::person_keys::{self, PersonKeys};
use crate::store::staging::Layout;

use super::error::RunError;

/// The keys under which earlier runs met their people.
///
/// # Errors
/// I/O, or a damaged file.
pub fn read_keys(layout: &Layout, runs: &[RunRow]) -> Result<PersonKeys, RunError> {
    let mut keys = PersonKeys::default();
    for run in runs {
        let path = layout.state(&run.run_id).join("persons.bin");
        keys.read(&path).map_err(|source| RunError::io("cannot read", &path, source))?;
    }
    Ok(keys)
}

/// The person a record is about, and the digest of the number: as first met; else by enrolment; else by number and region as sent.
pub fn of(claim: &Claim, reference: &Reference, keys: &PersonKeys) -> (u128, u128) {
    let pool = reference.regions.pool(claim.insured_div, claim.begin);
    let insured = InsuredRegion(pool.unwrap_or(claim.insured_div));
    let number = person_keys::number_digest(insured, claim.person_no);
    if let Some(key) = keys.get(number) {
        return (key, number);
    }
    let key = match reference.coverage.get(insured, claim.person_no) {
        Some(person) => person.key,
        None => coverage::person_key("", &CertNo::default(), insured, claim.person_no),
    };
    (key, number)
}

/// The bucket of a person.
pub fn bucket(person: u128, buckets: u32) -> u32 {
    u32::try_from(person % u128::from(buckets)).unwrap_or(0)
}
