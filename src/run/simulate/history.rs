//! Settled history, person by person: what the tables booked, with the claims as they were sent.
//!
//! Tables carry pseudonyms and computed amounts; the submissions that the store keeps carry the claims. Claims are read once and shuffled
//! to buckets, then each bucket's rows are joined to them by submission and line. Memory holds one bucket of history per thread.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::claim::{Charges, Claim, Declared, DeclaredField, Origin, Payers, PricedClaim, Settled};
use crate::codes::{CareRegion, HospitalLevel, InsuredRegion, Scope};
use crate::ingest::draft::Served;
use crate::ingest::manifest::Manifest;
use crate::ingest::table::TableFile;
use crate::money::Fen;
use crate::reference::Reference;
use crate::run::error::RunError;
use crate::run::intake::Cancel;
use crate::run::person;
use crate::run::pipeline::Pipeline;
use crate::run::settling::RowLayout;
use crate::run::shuffle::{Batch, Shuffle};
use crate::store::control::{Control, RunRow};
use crate::store::person_keys::PersonKeys;
use crate::store::rows;
use crate::store::schema::Table;
use crate::store::staging::Layout;
use crate::wire::settlement::{self, SettlementReader};

/// A record as it was booked: what a report tells records apart by, and who paid.
#[derive(Clone, Debug)]
pub struct BookedAs {
    pub insured: InsuredRegion,
    pub care: CareRegion,
    pub scope: Scope,
    pub level: HospitalLevel,
    pub payers: Payers,
}

/// One settled record of history.
#[derive(Clone, Debug)]
pub struct Record {
    /// Place of its run among the runs.
    pub night: usize,
    pub priced: PricedClaim,
    pub booked: BookedAs,
}

/// A bucket's people and their records, night by night.
#[derive(Debug, Default)]
pub struct People {
    pub records: BTreeMap<u128, Vec<Record>>,
    /// Whose rows, and of which settlement day, no claim was found for.
    pub lost: Vec<(Served, Date)>,
}

/// What reading history needs.
#[derive(Clone, Copy)]
pub struct HistoryInputs<'a> {
    pub store: &'a Layout,
    pub pipeline: &'a Pipeline,
    pub reference: &'a Reference,
    pub cancel: &'a Cancel,
}

/// The claims of a store, shuffled to buckets.
pub struct History<'a> {
    inputs: HistoryInputs<'a>,
    runs: Vec<(RunRow, RowLayout)>,
    buckets: u32,
    labels: HashMap<String, u32>,
    claims: Shuffle<u32>,
    /// Goes with the history.
    _folder: Scratch,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    person: u128,
    claim: Claim,
}

/// A folder inside the store that is removed at the end: it holds what the kept submissions hold.
struct Scratch(PathBuf);

impl Scratch {
    fn make(store: &Layout) -> Result<Scratch, RunError> {
        let path = store.root().join(format!("simulate-{}", std::process::id()));
        let io = |source| RunError::io("cannot make", &path, source);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
        fs::create_dir(&path).map_err(io)?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "cannot remove a work folder");
        }
    }
}

impl<'a> History<'a> {
    /// Reads every claim that the store accepted. Only runs that are published count.
    ///
    /// # Errors
    /// I/O, or a store that was damaged.
    pub fn read(inputs: HistoryInputs<'a>) -> Result<History<'a>, RunError> {
        let control = Control::open(&inputs.store.control())?;
        let all = control.runs()?;
        let runs: Vec<(RunRow, RowLayout)> = all
            .into_iter()
            .filter(|run| run.published)
            .map(with_layout)
            .collect::<Result<_, _>>()?;
        let buckets = runs.first().map_or(1, |(_, layout)| layout.buckets.len().max(1));
        let buckets = u32::try_from(buckets).unwrap_or(u32::MAX);
        let rows: Vec<RunRow> = runs.iter().map(|(run, _)| run.clone()).collect();
        let keys = person::read_keys(inputs.store, &rows)?;
        let folder = Scratch::make(inputs.store)?;
        let claims = Shuffle::new(&folder.0, "bucket");
        let accepted = control.accepted()?;
        let shelf = Shelf { inputs, keys: &keys, buckets, claims: &claims };
        accepted
            .par_iter()
            .enumerate()
            .map(|(index, (digest, _))| shelf.take(number(index), digest))
            .collect::<Result<(), RunError>>()?;
        let labels = accepted.into_iter().enumerate();
        let labels = labels.map(|(index, (_, label))| (label, number(index))).collect();
        Ok(History { inputs, runs, buckets, labels, claims, _folder: folder })
    }

    pub fn buckets(&self) -> u32 {
        self.buckets
    }

    /// Business days of the runs, in their order.
    pub fn days(&self) -> impl Iterator<Item = &str> {
        self.runs.iter().map(|(run, _)| run.date.as_str())
    }

    /// Settled records of one bucket's people.
    ///
    /// # Errors
    /// I/O, or a store that was damaged.
    pub fn bucket(&self, bucket: u32) -> Result<People, RunError> {
        self.inputs.cancel.check()?;
        let kept: Vec<Kept> = self.claims.read(bucket)?;
        let mut claims: HashMap<Origin, Kept> =
            kept.into_iter().map(|kept| (kept.claim.origin, kept)).collect();
        self.claims.remove(bucket);
        let mut people = People::default();
        for (night, (run, layout)) in self.runs.iter().enumerate() {
            let place = layout.buckets.get(bucket as usize).copied().flatten();
            let Some((part, group)) = place else { continue };
            let (table, part) = (Table::Settlement.name(), part as usize);
            let path = self.inputs.store.table_part(table, &run.date, &run.run_id, part);
            rows::each_settlement_row(&path, group as usize, |row| {
                let line = row.settled.claim.origin.line;
                let submission = self.labels.get(&row.submission).copied();
                let kept = submission.and_then(|submission| {
                    let origin = Origin { submission, line };
                    let same = |kept: &Kept| is_of(&kept.claim, &row.settled.claim);
                    claims.get(&origin).is_some_and(same).then(|| claims.remove(&origin)).flatten()
                });
                if let Some(kept) = kept {
                    let record = record(night, kept.claim, &row.settled);
                    people.records.entry(kept.person).or_default().push(record);
                } else {
                    let (insured, claim) = (row.settled.insured, &row.settled.claim);
                    people.lost.push(((insured, claim.insurance), claim.settled_at.date()));
                }
            })
            .map_err(|error| RunError::Output(error.to_string()))?;
        }
        Ok(people)
    }
}

fn with_layout(run: RunRow) -> Result<(RunRow, RowLayout), RunError> {
    let layout = serde_json::from_str(&run.layout)
        .map_err(|error| RunError::Output(format!("run {}: {error}", run.run_id)))?;
    Ok((run, layout))
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn is_of(claim: &Claim, row: &Claim) -> bool {
    claim.id == row.id && claim.reversal == row.reversal
}

/// The claim as it was sent with the amounts as they were priced. A reversal has no amounts of its own.
fn record(night: usize, claim: Claim, settled: &Settled) -> Record {
    let mut charges = settled.charges;
    // Tables do not tell which part the institution bears: what is paid in full first.
    charges.institution_full = settled.payers.institution.min(charges.full_self_pay);
    charges.institution_over = settled.payers.institution - charges.institution_full;
    let charges = if claim.reversal { Charges::default() } else { charges };
    Record {
        night,
        priced: PricedClaim { claim, charges, lines: settled.lines, findings: Vec::new() },
        booked: BookedAs {
            insured: settled.insured,
            care: settled.care,
            scope: settled.scope,
            level: settled.level,
            payers: settled.payers,
        },
    }
}

/// The submissions that the store keeps.
struct Shelf<'a> {
    inputs: HistoryInputs<'a>,
    keys: &'a PersonKeys,
    buckets: u32,
    claims: &'a Shuffle<u32>,
}

impl Shelf<'_> {
    /// Shuffles the claims of one submission.
    fn take(&self, index: u32, digest: &str) -> Result<(), RunError> {
        self.inputs.cancel.check()?;
        let folder = self.inputs.store.inputs().join(digest);
        let manifest = Manifest::read(&folder).map_err(|_| damaged(&folder))?;
        let file = &manifest.settlements;
        let open = TableFile::open(&folder, file, settlement::COLUMNS);
        let open = open.map_err(|_| damaged(&folder))?;
        let (mut table, map) = (open.table, open.map);
        let local_med_types = &self.inputs.pipeline.local_med_types;
        let reader = SettlementReader { map, file: &file.name, local_med_types };
        let mut row = ByteRecord::new();
        let mut batch = Batch::new();
        while let Some(line) = table.next(&mut row) {
            // What cannot be read was never settled.
            let Ok(claim) = reader.claim(&row, Origin { submission: index, line }) else {
                continue;
            };
            let (person, _) = person::of(&claim, self.inputs.reference, self.keys);
            let kept = Kept { person, claim: without_declarations(claim) };
            batch.push(person::bucket(person, self.buckets), &kept)?;
        }
        if table.finish("", file.total).is_empty() {
            self.claims.append(batch)
        } else {
            Err(damaged(&folder))
        }
    }
}

/// Only the fee of what an institution declared: a reversal is held against it. The rest was computed under the policies of the day.
fn without_declarations(claim: Claim) -> Claim {
    let total: Fen = claim.declared_total();
    let mut declared = Declared::default();
    declared.set(DeclaredField::Total, total);
    Claim { declared, ..claim }
}

fn damaged(folder: &Path) -> RunError {
    RunError::Output(format!("{}: a kept submission is missing or damaged", folder.display()))
}

/// Keeps people of whom at least one record is for `wanted`.
pub fn keep(people: &mut People, wanted: &BTreeSet<Served>) {
    people.records.retain(|_, records| {
        records
            .iter()
            .any(|record| wanted.contains(&(record.booked.insured, record.priced.claim.insurance)))
    });
}
