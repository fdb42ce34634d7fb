//! Audit phase: what the run believes, held against what it staged.

use std::collections::BTreeMap;
use std::path::Path;

use crate::audit::{self, AuditInput, CapRule, ClosingTotal, Expected, StatementTotal};
use crate::claim::{Measure, Slot};
use crate::ledger::ClearBase;
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

/// The book's caps by rule, and which running total each bounds.
pub fn caps(book: &PolicyBook) -> BTreeMap<u16, CapRule> {
    let layers = book.policies().iter().flat_map(|policy| &policy.layers);
    let tables = layers.flat_map(|layer| layer.cap.iter().map(move |(_, table)| (layer, table)));
    let mut caps = BTreeMap::new();
    for (layer, table) in tables {
        let measure = match table.basis {
            CapBasis::FundPaid => Measure::Paid,
            CapBasis::Eligible => Measure::Eligible,
        };
        let slot = match table.period {
            CapPeriod::Year => Some(Slot::of(layer.counter, measure).name()),
            CapPeriod::Month => Some(format!("{}.paid.", layer.counter.key())),
            CapPeriod::Admission => None,
        };
        for row in &table.rows {
            if let Some(cap) = row.value {
                let cap_fen = i128::from(cap.get());
                caps.insert(row.rule, CapRule { slot: slot.clone(), cap_fen });
            }
        }
    }
    caps
}
