//! Clear phase: positions from the ledger; per region, in parallel, its files in both roles.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use crate::calendar::Date;
use crate::claim::{NotSettled, RefusedSubmission, Settled};
use crate::clear::Clearing;
use crate::codes::{AdmDiv, InstitutionCode};
use crate::ledger::{ClearBase, Ledger};
use crate::reference::Reference;
use crate::report::{RegionNight, RegionTotals, write_region};
use crate::store::pseudonym::Pseudonyms;
use crate::store::schema::Table;
use crate::store::tables::{self, TableWriter};

use super::error::RunError;
use super::intake::Cancel;
use super::settling::RegionRole;
use super::shuffle::Shuffle;

/// What the clear phase reads.
pub struct ClearInputs<'a> {
    pub run_id: &'a str,
    pub date: Date,
    pub reference: &'a Reference,
    pub pseudonyms: &'a Pseudonyms,
    pub base: ClearBase,
    pub clearing: &'a Clearing,
    pub not_settled: &'a [NotSettled],
    pub refused: &'a [RefusedSubmission],
    pub submissions: &'a [String],
    pub cancel: &'a Cancel,
}

/// What one region's files hold.
pub struct RegionFiles {
    pub region: AdmDiv,
    pub totals: RegionTotals,
}

/// Writes every region's folder under `outbox`.
///
/// # Errors
/// I/O, interruption.
pub fn write_regions(
    shuffle: &Shuffle<RegionRole>,
    outbox: &Path,
    inputs: &ClearInputs<'_>,
) -> Result<Vec<RegionFiles>, RunError> {
    let returns = Returns::by_region(inputs);
    let mut regions: Vec<AdmDiv> = shuffle.keys().iter().map(|key| key.region).collect();
    regions.extend(returns.not_settled.keys().chain(returns.refused.keys()));
    regions.sort_unstable();
    regions.dedup();
    regions
        .into_par_iter()
        .map(|region| {
            inputs.cancel.check()?;
            write_one(region, shuffle, outbox, &returns, inputs)
        })
        .collect()
}

fn write_one(
    region: AdmDiv,
    shuffle: &Shuffle<RegionRole>,
    outbox: &Path,
    returns: &Returns,
    inputs: &ClearInputs<'_>,
) -> Result<RegionFiles, RunError> {
    let read = |insured: bool| -> Result<Vec<Settled>, RunError> {
        let key = RegionRole { region, insured };
        let mut records: Vec<Settled> = shuffle.read(key)?;
        shuffle.remove(key);
        records.sort_by(|a, b| {
            let key = |s: &Settled| (s.claim.settled_at, s.claim.id, s.claim.reversal);
            key(a).cmp(&key(b))
        });
        Ok(records)
    };
    let (insured, care) = (read(true)?, read(false)?);
    let folder = outbox.join(region.as_str());
    std::fs::create_dir_all(&folder)
        .map_err(|source| RunError::io("cannot make", &folder, source))?;
    let night = RegionNight {
        region,
        run_id: inputs.run_id,
        date: inputs.date,
        regions: &inputs.reference.regions,
        institutions: &inputs.reference.institutions,
        insured: &insured,
        care: &care,
        clearing: inputs.clearing,
        not_settled: returns.not_settled.get(&region).map_or(&[], Vec::as_slice),
        refused: returns.refused.get(&region).map_or(&[], Vec::as_slice),
        submissions: inputs.submissions,
        pseudonyms: inputs.pseudonyms,
        base: inputs.base,
    };
    let totals =
        write_region(&folder, &night).map_err(|error| RunError::Output(error.to_string()))?;
    Ok(RegionFiles { region, totals })
}

/// What goes back to institutions, by their region.
#[derive(Default)]
struct Returns {
    not_settled: BTreeMap<AdmDiv, Vec<NotSettled>>,
    refused: BTreeMap<AdmDiv, Vec<RefusedSubmission>>,
}

impl Returns {
    fn by_region(inputs: &ClearInputs<'_>) -> Returns {
        let region = |code: InstitutionCode| {
            let registered = inputs.reference.institutions.get(code)?;
            let latest = registered.on(inputs.date).or_else(|| {
                let last = registered.registered.last()?;
                Some((last.1, last.2))
            })?;
            inputs.reference.regions.pool(latest.0, inputs.date)
        };
        let mut returns = Returns::default();
        for record in inputs.not_settled {
            if let Some(region) = region(record.institution) {
                returns.not_settled.entry(region).or_default().push(record.clone());
            }
        }
        for submission in inputs.refused {
            let code = InstitutionCode::new(&submission.institution);
            if let Some(region) = code.and_then(region) {
                returns.refused.entry(region).or_default().push(submission.clone());
            }
        }
        returns
    }
}

/// Writes the tables that are made once a night.
///
/// # Errors
/// I/O, or a sum that does not fit DECIMAL(18,2).
pub fn write_tables(
    folder: &Path,
    ledger: &Ledger,
    clearing: &Clearing,
    not_settled: &[NotSettled],
    submissions: &[String],
) -> Result<(), RunError> {
    let output = |error: &dyn std::fmt::Display| RunError::Output(error.to_string());
    let batches = [
        (Table::LedgerEntry, tables::ledger_batch(ledger)),
        (Table::ClearingPosition, tables::clearing_batch(clearing)),
        (Table::NotSettled, tables::not_settled_batch(not_settled, submissions)),
    ];
    for (table, batch) in batches {
        let path = folder.join(table.name()).join("part-000.parquet");
        let mut writer = TableWriter::create(&path, table).map_err(|e| output(&e))?;
        writer.write(&batch.map_err(|e| output(&e))?).map_err(|e| output(&e))?;
        writer.close().map_err(|e| output(&e))?;
    }
    Ok(())
}
