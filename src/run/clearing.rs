//! Clear phase: positions from the ledger; per region, in parallel, its files in both roles.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use crate::calendar::Date;
use crate::claim::{NotSettled, RefusedSubmission, Settled};
use crate::clear::Clearing;
use crate::codes::{AdmDiv, InstitutionCode};
use crate::ledger::Ledger;
use crate::reference::Reference;
use crate::report::{RegionNight, StatementLine, write_care, write_insured, write_returns};
use crate::store::pseudonym::Pseudonyms;
use crate::store::schema::Table;
use crate::store::tables::{self, TableWriter};

use super::error::RunError;
use super::intake::Cancel;
use super::settling::RegionRole;
use super::shuffle::Shuffle;

/// What the clear phase reads.
pub struct ClearInputs<'a> {
    pub date: Date,
    pub reference: &'a Reference,
    pub pseudonyms: &'a Pseudonyms,
    pub clearing: &'a Clearing,
    pub not_settled: &'a [NotSettled],
    pub refused: &'a [RefusedSubmission],
    pub submissions: &'a [String],
    pub cancel: &'a Cancel,
}

/// Writes every region's folder under `outbox`: one region and role a task, the largest first. Gives the payable statements.
///
/// # Errors
/// I/O, interruption.
pub fn write_regions(
    shuffle: &Shuffle<RegionRole>,
    outbox: &Path,
    inputs: &ClearInputs<'_>,
) -> Result<Vec<StatementLine>, RunError> {
    let returns = Returns::by_region(inputs);
    let mut regions: Vec<AdmDiv> = shuffle.keys().iter().map(|key| key.region).collect();
    regions.extend(returns.not_settled.keys().chain(returns.refused.keys()));
    regions.sort_unstable();
    regions.dedup();
    for region in regions {
        let folder = outbox.join(region.as_str());
        std::fs::create_dir_all(&folder)
            .map_err(|source| RunError::io("cannot make", &folder, source))?;
        let night = returns.night(region, inputs);
        write_returns(&folder, &night).map_err(output)?;
    }
    let mut roles: Vec<RegionRole> = shuffle.keys();
    roles.sort_by_key(|role| std::cmp::Reverse(shuffle.bytes(*role)));
    let statements: Vec<Vec<StatementLine>> = roles
        .into_par_iter()
        .with_max_len(1)
        .map(|role| {
            inputs.cancel.check()?;
            let night = returns.night(role.region, inputs);
            write_role(role, &night, shuffle, &outbox.join(role.region.as_str()))
        })
        .collect::<Result<_, RunError>>()?;
    Ok(statements.into_iter().flatten().collect())
}

/// Writes one region's files in one role. Gives the statement lines of what it owes.
fn write_role(
    role: RegionRole,
    night: &RegionNight<'_>,
    shuffle: &Shuffle<RegionRole>,
    folder: &Path,
) -> Result<Vec<StatementLine>, RunError> {
    let mut records: Vec<Settled> = shuffle.read(role)?;
    shuffle.remove(role);
    // Keys apart: a record is a kilobyte, and should move once.
    records.sort_by_cached_key(|s| (s.claim.settled_at, s.claim.id, s.claim.reversal));
    if role.insured {
        write_insured(folder, night, &records).map_err(output)
    } else {
        write_care(folder, night, &records).map_err(output)?;
        Ok(Vec::new())
    }
}

fn output(error: impl std::fmt::Display) -> RunError {
    RunError::Output(error.to_string())
}

/// What goes back to institutions, by their region.
#[derive(Default)]
struct Returns {
    not_settled: BTreeMap<AdmDiv, Vec<NotSettled>>,
    refused: BTreeMap<AdmDiv, Vec<RefusedSubmission>>,
}

impl Returns {
    fn night<'a>(&'a self, region: AdmDiv, inputs: &ClearInputs<'a>) -> RegionNight<'a> {
        RegionNight {
            region,
            regions: &inputs.reference.regions,
            institutions: &inputs.reference.institutions,
            clearing: inputs.clearing,
            not_settled: self.not_settled.get(&region).map_or(&[], Vec::as_slice),
            refused: self.refused.get(&region).map_or(&[], Vec::as_slice),
            submissions: inputs.submissions,
            pseudonyms: inputs.pseudonyms,
        }
    }

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
    let batches = [
        (Table::LedgerEntry, tables::ledger_batch(ledger)),
        (Table::ClearingPosition, tables::clearing_batch(clearing)),
        (Table::NotSettled, tables::not_settled_batch(not_settled, submissions)),
    ];
    for (table, batch) in batches {
        let path = folder.join(table.name()).join("part-000.parquet");
        let mut writer = TableWriter::create(&path, table).map_err(output)?;
        writer.write(&batch.map_err(output)?).map_err(output)?;
        writer.close().map_err(output)?;
    }
    Ok(())
}
