//! Identity: which settlement ids came twice, tonight or before, and where tonight's reversals find their originals.
//!
//! Equal copies: the first by (institution, period, sequence, line) counts, the others go back. Different content under one id: all are
//! held, for nobody here can know which is meant. An id that was only rejected may be resent.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::claim::{Code, Finding, Origin, PricedClaim};
use crate::codes::{SettlementId, fields};
use crate::store::ids::{IdEntry, IdFile, IdKind, id_digest, short_digest};

use super::error::RunError;

/// What identity needs to know of a record.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    id: u128,
    reversal: bool,
    origin: Origin,
    pub content: u128,
    /// For a reversal: digest of the id it undoes.
    original: u128,
}

impl Identity {
    /// # Errors
    /// A record that cannot be encoded: a bug.
    pub fn of(priced: &PricedClaim) -> Result<Identity, RunError> {
        let mut claim = priced.claim.clone();
        claim.origin = Origin::default();
        let bytes = postcard::to_stdvec(&(claim, priced.charges, priced.lines))
            .map_err(|error| RunError::Output(format!("a claim cannot be encoded: {error}")))?;
        Ok(Identity {
            id: id_digest(priced.claim.id),
            reversal: priced.claim.reversal,
            origin: priced.claim.origin,
            content: short_digest(&bytes),
            original: id_digest(priced.claim.original),
        })
    }
}

/// Where an earlier night's record is: place of its run in the list of runs, and its bucket.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    pub run: usize,
    pub bucket: u32,
}

/// Answers for the settle phase.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// Records that do not settle because of their id.
    stopped: HashMap<Origin, Finding>,
    /// Digests of ids that tonight's reversals name and that settlements of tonight carry.
    tonight: HashSet<u128>,
    /// Originals of earlier nights by digest of id, and whether they are already reversed.
    originals: HashMap<u128, (Place, bool)>,
}

impl Verdicts {
    pub fn stopped(&self, origin: Origin) -> Option<&Finding> {
        self.stopped.get(&origin)
    }

    /// Where the original of a reversal is booked, and whether it is reversed already.
    pub fn original(&self, id: SettlementId) -> Option<(Place, bool)> {
        self.originals.get(&id_digest(id)).copied()
    }

    /// Those of `originals` that settlements of tonight carry, whoever's they are.
    pub fn tonight(&self, originals: &BTreeSet<SettlementId>) -> BTreeSet<SettlementId> {
        let there = |id: &&SettlementId| self.tonight.contains(&id_digest(**id));
        originals.iter().filter(there).copied().collect()
    }

    /// The originals to read for a set of reversals, by place.
    pub fn places(
        &self,
        originals: &BTreeSet<SettlementId>,
    ) -> BTreeMap<Place, BTreeSet<SettlementId>> {
        let mut places: BTreeMap<Place, BTreeSet<SettlementId>> = BTreeMap::new();
        for id in originals {
            if let Some((place, _)) = self.original(*id) {
                places.entry(place).or_default().insert(*id);
            }
        }
        places
    }
}

/// Compares tonight's ids with one another and with those of earlier runs. `label` names a record's submission.
pub fn judge(
    mut tonight: Vec<Identity>,
    earlier: &[IdFile],
    label: impl Fn(Origin) -> String,
) -> Verdicts {
    tonight.sort_unstable_by_key(|i| (i.id, i.reversal, i.origin));
    let mut verdicts = Verdicts::default();
    for group in tonight.chunk_by(|a, b| (a.id, a.reversal) == (b.id, b.reversal)) {
        let kind = if group[0].reversal { IdKind::Reversal } else { IdKind::Settlement };
        let booked = find(earlier, group[0].id, kind);
        if let Some(booked) = booked {
            for record in group {
                let same = record.content == booked.1.content;
                verdicts.stop(record, same, "an earlier night".to_owned());
            }
        } else if group.len() > 1 {
            let first = group[0];
            let all_equal = group.iter().all(|record| record.content == first.content);
            let others = if all_equal { &group[1..] } else { group };
            for record in others {
                let other = if record.origin == first.origin { group[1] } else { first };
                let place = format!("{}, line {}", label(other.origin), other.origin.line);
                verdicts.stop(record, all_equal, place);
            }
        }
    }
    for reversal in tonight.iter().filter(|i| i.reversal) {
        let named = (reversal.original, false);
        if tonight.binary_search_by_key(&named, |i| (i.id, i.reversal)).is_ok() {
            verdicts.tonight.insert(reversal.original);
        }
        if let Some((run, entry)) = find(earlier, reversal.original, IdKind::Settlement) {
            let reversed = find(earlier, reversal.original, IdKind::Reversed).is_some();
            let place = Place { run, bucket: entry.bucket };
            verdicts.originals.insert(reversal.original, (place, reversed));
        }
    }
    verdicts
}

impl Verdicts {
    fn stop(&mut self, record: &Identity, equal: bool, other: String) {
        let code = if equal { Code::DuplicateEqual } else { Code::DuplicateDiffers };
        let finding = Finding::new(code).field(fields::SETL_ID).found(format!("also in {other}"));
        self.stopped.insert(record.origin, finding);
    }
}

fn find(earlier: &[IdFile], id: u128, kind: IdKind) -> Option<(usize, IdEntry)> {
    earlier
        .iter()
        .enumerate()
        .find_map(|(run, file)| file.find(id).find(|e| e.kind == kind).map(|entry| (run, entry)))
}
