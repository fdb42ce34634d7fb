//! Settle phase: buckets of people, in parallel. Each bucket reads its own records and state and writes its own rows; nothing is shared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::claim::finding::{self, worst};
use crate::claim::{NotSettled, Outcome, PricedClaim, Settled, Slot};
use crate::codes::{AdmDiv, SettlementId};
use crate::ledger::Ledger;
use crate::policy::PolicyBook;
use crate::reconcile::{self, Difference, Reason};
use crate::reference::Reference;
use crate::settle::fold::FoldInputs;
use crate::settle::{Booked, PersonState, fold_person};
use crate::store::ids::{IdEntry, IdKind, id_digest};
use crate::store::people;
use crate::store::pseudonym::Pseudonyms;
use crate::store::rows;
use crate::store::schema::Table;
use crate::store::staging::Layout;
use crate::store::tables::{self, SettlementContext, TableWriter};

use super::error::RunError;
use super::identity::{Place, Verdicts};
use super::intake::Cancel;
use super::outcome::RunTotals;
use super::pipeline::Pipeline;
use super::shuffle::{Batch, Shuffle};

/// A priced record on its way to its bucket.
#[derive(Serialize, Deserialize)]
pub struct Shuffled {
    pub person: u128,
    pub content: u128,
    pub priced: PricedClaim,
}

/// A region's role in a settled record: a key of the shuffle by region.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RegionRole {
    pub region: AdmDiv,
    pub insured: bool,
}

impl std::fmt::Display for RegionRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.region, if self.insured { "insured" } else { "care" })
    }
}

/// Where a run's rows are: per bucket, part file and row group of the settlement table.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct RowLayout {
    pub buckets: Vec<Option<(u32, u32)>>,
}

/// An earlier run, as the settle phase needs it.
#[derive(Clone, Debug)]
pub struct EarlierRun {
    pub run_id: String,
    pub date: String,
    pub layout: RowLayout,
}

/// What the settle phase reads.
pub struct SettleInputs<'a> {
    pub reference: &'a Reference,
    pub book: &'a PolicyBook,
    pub pipeline: &'a Pipeline,
    pub verdicts: &'a Verdicts,
    /// Settlements that earlier nights hold.
    pub held: &'a BTreeSet<SettlementId>,
    pub earlier: &'a [EarlierRun],
    pub store: &'a Layout,
    pub pseudonyms: &'a Pseudonyms,
    /// Labels by submission number.
    pub submissions: &'a [String],
    pub cancel: &'a Cancel,
}

/// What the settle phase gives.
#[derive(Default)]
pub struct SettledNight {
    pub totals: RunTotals,
    pub ledger: Ledger,
    pub not_settled: Vec<NotSettled>,
    pub ids: Vec<IdEntry>,
    /// Encoded state by bucket.
    pub people: Vec<Vec<u8>>,
    pub layout: RowLayout,
    /// Closing less opening running totals, by slot.
    pub closing: BTreeMap<Slot, i128>,
}

/// Settles all buckets. `parts` consecutive runs of buckets each write one file per table under `tables`.
///
/// # Errors
/// I/O, interruption.
pub fn settle_buckets(
    shuffle: &Shuffle<u32>,
    regions: &Shuffle<RegionRole>,
    tables: &Path,
    parts: u32,
    inputs: &SettleInputs<'_>,
) -> Result<SettledNight, RunError> {
    let buckets = inputs.pipeline.buckets;
    let per_part = buckets.div_ceil(parts.max(1));
    let results: Vec<Result<SettledNight, RunError>> = (0..buckets.div_ceil(per_part))
        .into_par_iter()
        .map(|part| {
            let range = part * per_part..((part + 1) * per_part).min(buckets);
            settle_part(part, range, shuffle, regions, tables, inputs)
        })
        .collect();
    let mut night = SettledNight::default();
    for result in results {
        night.absorb(result?);
    }
    night.not_settled.sort_by_key(|record| (record.origin, record.is_line));
    Ok(night)
}

impl SettledNight {
    fn absorb(&mut self, part: SettledNight) {
        self.totals.merge(&part.totals);
        self.ledger.merge(&part.ledger);
        self.not_settled.extend(part.not_settled);
        self.ids.extend(part.ids);
        self.people.extend(part.people);
        self.layout.buckets.extend(part.layout.buckets);
        for (slot, value) in part.closing {
            *self.closing.entry(slot).or_default() += value;
        }
    }
}

/// The tables of one part.
struct PartTables {
    settlements: TableWriter,
    moves: TableWriter,
    breaks: TableWriter,
    row_groups: u32,
}

impl PartTables {
    fn create(folder: &Path, part: u32) -> Result<PartTables, RunError> {
        let path = |table: Table| folder.join(table.name()).join(format!("part-{part:03}.parquet"));
        let open = |table: Table| TableWriter::create(&path(table), table).map_err(output);
        // A bucket is one row group, however many rows it has: originals of reversals are looked for by its number.
        let settlements =
            TableWriter::create_in_groups(&path(Table::Settlement), Table::Settlement);
        Ok(PartTables {
            settlements: settlements.map_err(output)?,
            moves: open(Table::AccumulatorMove)?,
            breaks: open(Table::ReconciliationBreak)?,
            row_groups: 0,
        })
    }
}

fn output(error: impl std::fmt::Display) -> RunError {
    RunError::Output(error.to_string())
}

fn settle_part(
    part: u32,
    buckets: std::ops::Range<u32>,
    shuffle: &Shuffle<u32>,
    regions: &Shuffle<RegionRole>,
    tables: &Path,
    inputs: &SettleInputs<'_>,
) -> Result<SettledNight, RunError> {
    let mut files = PartTables::create(tables, part)?;
    let mut night = SettledNight::default();
    for bucket in buckets {
        inputs.cancel.check()?;
        let mut work = Bucket { number: bucket, inputs, night: &mut night };
        let mut settled = work.settle(shuffle.read(bucket)?)?;
        shuffle.remove(bucket);
        let place = write_rows(&settled, bucket, part, &mut files, inputs, &mut night)?;
        // Regions' files do not tell running totals.
        for record in &mut settled {
            record.moves = Vec::new();
        }
        to_regions(&settled, regions)?;
        night.layout.buckets.push(place);
    }
    for writer in [files.settlements, files.moves, files.breaks] {
        writer.close().map_err(output)?;
    }
    Ok(night)
}

fn write_rows(
    settled: &[Settled],
    bucket: u32,
    part: u32,
    files: &mut PartTables,
    inputs: &SettleInputs<'_>,
    night: &mut SettledNight,
) -> Result<Option<(u32, u32)>, RunError> {
    let breaks: Vec<(&Settled, Reason, Vec<Difference>)> = settled
        .iter()
        .filter_map(|s| reconcile::compare(s).map(|(reason, rows)| (s, reason, rows)))
        .collect();
    night.totals.differing += breaks.len() as u64;
    if settled.is_empty() {
        return Ok(None);
    }
    let context = SettlementContext {
        pseudonyms: inputs.pseudonyms,
        submissions: inputs.submissions,
        bucket: i32::try_from(bucket).unwrap_or(i32::MAX),
    };
    let rows = tables::settlement_batch(settled, &context).map_err(output)?;
    files.settlements.write(&rows).map_err(output)?;
    files.settlements.flush_row_group().map_err(output)?;
    files.moves.write(&tables::move_batch(settled, &context).map_err(output)?).map_err(output)?;
    files.breaks.write(&tables::break_batch(&breaks).map_err(output)?).map_err(output)?;
    let row_group = files.row_groups;
    files.row_groups += 1;
    Ok(Some((part, row_group)))
}

fn to_regions(settled: &[Settled], regions: &Shuffle<RegionRole>) -> Result<(), RunError> {
    let mut batch = Batch::new();
    for record in settled {
        batch.push(RegionRole { region: record.insured.0, insured: true }, record)?;
        batch.push(RegionRole { region: record.care.0, insured: false }, record)?;
    }
    regions.append(batch)
}

/// One bucket at work.
struct Bucket<'a, 'n> {
    number: u32,
    inputs: &'a SettleInputs<'a>,
    night: &'n mut SettledNight,
}

impl Bucket<'_, '_> {
    fn settle(&mut self, records: Vec<Shuffled>) -> Result<Vec<Settled>, RunError> {
        let mut contents: BTreeMap<(SettlementId, bool), u128> = BTreeMap::new();
        let mut people: BTreeMap<u128, Vec<PricedClaim>> = BTreeMap::new();
        let mut originals: BTreeSet<SettlementId> = BTreeSet::new();
        let mut held = self.inputs.held.clone();
        for record in records {
            let claim = &record.priced.claim;
            if let Some(finding) = self.inputs.verdicts.stopped(claim.origin) {
                if finding.code.outcome() == Outcome::Hold && !claim.reversal {
                    held.insert(claim.id);
                }
                let mut priced = record.priced;
                priced.findings.push(finding.clone());
                self.stop(priced);
                continue;
            }
            contents.insert((claim.id, claim.reversal), record.content);
            if claim.reversal {
                originals.insert(claim.original);
            }
            people.entry(record.person).or_default().push(record.priced);
        }
        let earlier = self.booked(&originals, &people)?;
        let tonight = self.inputs.verdicts.tonight(&originals);
        let mut states = self.states(people.keys().copied().collect())?;
        let opening = states.clone();
        let mut settled = Vec::new();
        for (person, records) in people {
            let state = states.entry(person).or_default();
            let fold = FoldInputs {
                reference: self.inputs.reference,
                book: self.inputs.book,
                hold_differences: self.inputs.pipeline.hold_differences,
                held: &held,
                tonight: &tonight,
            };
            let result = fold_person(records, state, &earlier, fold);
            result.stopped.into_iter().for_each(|priced| self.stop(priced));
            // The key under which the number was first met, whatever the certificate says now.
            settled.extend(
                result.settled.into_iter().map(|record| Settled { person_key: person, ..record }),
            );
        }
        self.count(&settled, &contents);
        self.close(&opening, &states)?;
        Ok(settled)
    }

    fn stop(&mut self, mut priced: PricedClaim) {
        finding::sort(&mut priced.findings);
        let record = NotSettled {
            institution: priced.claim.institution,
            origin: priced.claim.origin,
            settlement_id: priced.claim.id.to_string(),
            fee: priced.claim.declared_total(),
            is_line: false,
            outcome: worst(&priced.findings).unwrap_or(Outcome::Hold),
            findings: priced.findings,
        };
        self.night.totals.add_not_settled(&record);
        self.night.not_settled.push(record);
    }

    fn count(&mut self, settled: &[Settled], contents: &BTreeMap<(SettlementId, bool), u128>) {
        for record in settled {
            let claim = &record.claim;
            self.night.totals.add_settled(record);
            self.night.ledger.post(record, self.inputs.pipeline.clear_base);
            let content = contents.get(&(claim.id, claim.reversal)).copied().unwrap_or(0);
            let kind = if claim.reversal { IdKind::Reversal } else { IdKind::Settlement };
            let bucket = self.number;
            self.night.ids.push(IdEntry { id: id_digest(claim.id), kind, content, bucket });
            if claim.reversal {
                let id = id_digest(claim.original);
                self.night.ids.push(IdEntry { id, kind: IdKind::Reversed, content, bucket });
            }
        }
    }

    /// Booked originals of tonight's reversals, read from the tables of the nights that booked them.
    fn booked(
        &self,
        originals: &BTreeSet<SettlementId>,
        people: &BTreeMap<u128, Vec<PricedClaim>>,
    ) -> Result<BTreeMap<SettlementId, Booked>, RunError> {
        let mut booked = BTreeMap::new();
        for (place, wanted) in self.inputs.verdicts.places(originals) {
            let Some((settlements, moves, row_group)) = self.files(place) else { continue };
            let found =
                rows::read_settlement_rows(&settlements, row_group, &wanted).map_err(output)?;
            let mut moves = rows::read_moves(&moves, &wanted).map_err(output)?;
            for row in found.into_iter().filter(|row| !row.settled.claim.reversal) {
                let mut settled = row.settled;
                let id = settled.claim.id;
                settled.take_moves(moves.remove(&id).unwrap_or_default());
                self.recognise(&mut settled, &row.pseudonym, people);
                let reversed =
                    self.inputs.verdicts.original(id).is_some_and(|(_, reversed)| reversed);
                booked.insert(id, Booked { settled, reversed });
            }
        }
        Ok(booked)
    }

    /// Tables carry pseudonyms: a booked row is the reversing person's when the pseudonyms agree.
    fn recognise(
        &self,
        settled: &mut Settled,
        pseudonym: &str,
        people: &BTreeMap<u128, Vec<PricedClaim>>,
    ) {
        let reversal = people.iter().find_map(|(person, records)| {
            let mut records = records.iter().map(|r| &r.claim);
            let claim = records.find(|c| c.reversal && c.original == settled.claim.id)?;
            Some((*person, claim))
        });
        if let Some((person, claim)) = reversal
            && self.inputs.pseudonyms.region(settled.insured).of(person) == pseudonym
        {
            settled.person_key = person;
            settled.claim.person_no = claim.person_no;
            settled.claim.cert_no = claim.cert_no;
        }
    }

    fn files(&self, place: Place) -> Option<(PathBuf, PathBuf, usize)> {
        let run = self.inputs.earlier.get(place.run)?;
        let (part, row_group) = (*run.layout.buckets.get(place.bucket as usize)?)?;
        let path = |table: Table| {
            self.inputs.store.table_part(table.name(), &run.date, &run.run_id, part as usize)
        };
        Some((path(Table::Settlement), path(Table::AccumulatorMove), row_group as usize))
    }

    /// State of the people in this bucket who have records tonight; the newest run that knows a person holds.
    fn states(&self, touched: BTreeSet<u128>) -> Result<BTreeMap<u128, PersonState>, RunError> {
        let mut states = BTreeMap::new();
        if touched.is_empty() {
            return Ok(states);
        }
        for run in self.inputs.earlier {
            let path = self.inputs.store.state(&run.run_id).join("people.bin");
            let known = people::read_bucket(&path, self.number, self.inputs.pipeline.buckets)
                .map_err(|source| RunError::io("cannot read", &path, source))?;
            states.extend(known.into_iter().filter(|(person, _)| touched.contains(person)));
        }
        Ok(states)
    }

    fn close(
        &mut self,
        opening: &BTreeMap<u128, PersonState>,
        closing: &BTreeMap<u128, PersonState>,
    ) -> Result<(), RunError> {
        for (sign, states) in [(-1, opening), (1, closing)] {
            for year in states.values().flat_map(|state| state.years.values()) {
                for (slot, value) in year.non_zero() {
                    *self.night.closing.entry(slot).or_default() += sign * i128::from(value);
                }
            }
        }
        self.night.people.push(people::encode_bucket(closing).map_err(output)?);
        Ok(())
    }
}
