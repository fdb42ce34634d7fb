//! Audit phase: what the run believes, held against what it staged.

use std::collections::BTreeMap;
use std::path::Path;

use crate::audit::{self, AuditInput, CapRule, ClosingTotal, Expected, StatementTotal};
use crate::claim::{Measure, Slot};
use crate::ledger::ClearBase;
use crate::policy::plan::CapDiseases;
use crate::policy::{CapBasis, CapPeriod, PolicyBook};
use crate::report::StatementLine;

use super::error::RunError;
use super::outcome::RunTotals;
use super::settling::SettledNight;

/// Audits the tables staged under `tables` against what the run believes.
///
/// # Errors
/// [`RunError::OutOfBalance`] with every difference.
pub fn audit_night(
    tables: &Path,
    totals: &RunTotals,
    night: &SettledNight,
    statements: Vec<StatementLine>,
    base: ClearBase,
    book: &PolicyBook,
) -> Result<(), RunError> {
    let statements = statements.into_iter().map(|(insured, care, insutype, fund, amount_fen)| {
        StatementTotal { insured, care, insutype, fund, amount_fen }
    });
    let input = AuditInput {
        tables,
        expected: Expected {
            settled: totals.settled.records,
            fee_fen: totals.settled.fee_fen,
            fund_fen: totals.fund_total_fen(),
            account_fen: totals.account_fen,
            cash_fen: totals.cash_fen,
            institution_fen: totals.institution_fen,
            carries_account: base == ClearBase::FundsAndAccount,
            statements: statements.collect(),
            closing: night
                .closing
                .iter()
                .map(|(slot, value)| ClosingTotal { slot: slot.name(), value: *value })
                .collect(),
            caps: caps(book),
        },
    };
    let report = audit::audit(&input).map_err(|e| RunError::Output(e.to_string()))?;
    if report.differences.is_empty() {
        return Ok(());
    }
    let lines = report.differences.iter().map(|difference| {
        format!(
            "{}: {}: {} against {}",
            difference.check, difference.subject, difference.left, difference.right
        )
    });
    Err(RunError::OutOfBalance(lines.collect()))
}

/// The book's caps by rule: what each says where it is one amount for everybody, and the beginning of the name of what it bounds.
pub fn caps(book: &PolicyBook) -> BTreeMap<u32, CapRule> {
    let layers = book.policies().iter().flat_map(|policy| &policy.layers);
    let tables =
        layers.flat_map(|layer| &layer.caps).flat_map(super::super::policy::dated::Dated::iter);
    let mut caps = BTreeMap::new();
    for (_, table) in tables {
        let measure = match table.basis {
            CapBasis::FundPaid => Measure::Paid,
            CapBasis::Eligible => Measure::Eligible,
        };
        let total = Slot::of(table.counter, measure).name();
        let slot = (table.period != CapPeriod::Admission).then_some(total);
        let of_one = matches!(table.diseases, CapDiseases::Together | CapDiseases::Separate);
        let plain = of_one && table.additions.is_empty();
        for row in &table.rows {
            if let Some(cap) = row.value.limit {
                let cap_fen = plain.then(|| i128::from(cap.get()));
                caps.insert(row.rule, CapRule { slot: slot.clone(), cap_fen });
            }
        }
    }
    caps
}
