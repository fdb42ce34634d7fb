//! Held records: what was held for want of a policy or a catalogue is offered again when these have changed.
//!
//! A run notes the records it holds by where they stand: the digest of their submission, kept in the store, and their line. Nothing is
//! copied; the record is read and priced again from the very file it came in. A record leaves the list when a later run took it up, and
//! comes back on it when it was held again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::claim::{Code, NotSettled, Outcome};
use crate::codes::SettlementId;
use crate::ingest::manifest::Manifest;
use crate::store::control::RunRow;
use crate::store::staging::Layout;

use super::error::RunError;
use super::intake::Submission;

/// Name of a run's note, in its state folder.
pub const FILE: &str = "held.json";

/// What the settling of a held record waits for, by digest.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Conditions {
    pub policies: String,
    pub reference: String,
    pub pipeline: String,
}

/// Records by the digest of their submission, each by its line of `settlements`, with its settlement id.
pub type Places = BTreeMap<String, BTreeMap<u32, String>>;

/// What a run holds, under which conditions, and what it took up of earlier runs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct HeldNote {
    conditions: Conditions,
    held: Places,
    taken_up: BTreeMap<String, BTreeSet<u32>>,
}

/// What earlier runs left waiting.
#[derive(Debug, Default)]
pub struct Waiting {
    /// Submissions with the records that are to be offered again, in the order of their digests.
    pub due: Vec<Submission>,
    /// Ids of the others: what they wait for has not changed.
    pub ids: BTreeSet<SettlementId>,
}

impl HeldNote {
    /// The note of a run: `submissions` in the order of their numbers.
    pub fn of(
        conditions: &Conditions,
        not_settled: &[NotSettled],
        submissions: &[Submission],
    ) -> HeldNote {
        let mut note = HeldNote { conditions: conditions.clone(), ..HeldNote::default() };
        for submission in submissions {
            if let Some(lines) = &submission.only {
                note.taken_up.insert(submission.digest.clone(), lines.clone());
            }
        }
        for record in not_settled.iter().filter(|record| waits(record)) {
            if let Some(submission) = submissions.get(record.origin.submission as usize) {
                let lines = note.held.entry(submission.digest.clone()).or_default();
                lines.insert(record.origin.line, record.settlement_id.clone());
            }
        }
        note
    }
}

/// Whether a change of policies, reference data or pipeline may settle it; records that contradict one another wait for people.
fn waits(record: &NotSettled) -> bool {
    record.outcome == Outcome::Hold
        && !record.is_line
        && !record.findings.iter().any(|finding| finding.code == Code::DuplicateDiffers)
}

/// What waits since earlier runs, and what of it is to be offered again now.
///
/// # Errors
/// A note or a kept submission that cannot be read.
pub fn waiting(layout: &Layout, runs: &[RunRow], now: &Conditions) -> Result<Waiting, RunError> {
    let mut waiting: BTreeMap<(String, u32), (String, Conditions)> = BTreeMap::new();
    for run in runs {
        let path = layout.state(&run.run_id).join(FILE);
        let bytes =
            std::fs::read(&path).map_err(|source| RunError::io("cannot read", &path, source))?;
        let note: HeldNote = serde_json::from_slice(&bytes)
            .map_err(|error| RunError::Output(format!("{}: {error}", path.display())))?;
        for (digest, lines) in note.taken_up {
            for line in lines {
                waiting.remove(&(digest.clone(), line));
            }
        }
        for (digest, lines) in note.held {
            for (line, id) in lines {
                waiting.insert((digest.clone(), line), (id, note.conditions.clone()));
            }
        }
    }
    let mut places: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for ((digest, line), (id, conditions)) in waiting {
        if conditions == *now {
            ids.extend(SettlementId::new(&id));
        } else {
            places.entry(digest).or_default().insert(line);
        }
    }
    let due = places.into_iter().map(|(digest, lines)| kept(layout, digest, lines));
    Ok(Waiting { due: due.collect::<Result<_, RunError>>()?, ids })
}

/// A submission as the store keeps it.
fn kept(layout: &Layout, digest: String, lines: BTreeSet<u32>) -> Result<Submission, RunError> {
    let path = layout.inputs().join(&digest);
    let manifest = Manifest::read(&path).map_err(|_| {
        RunError::Output(format!("{}: held records wait for this submission", path.display()))
    })?;
    Ok(Submission { index: 0, folder: digest.clone(), path, manifest, digest, only: Some(lines) })
}
