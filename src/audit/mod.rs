//! The second pair of eyes: polars re-reads the staged Parquet and recomputes the night by another path.
//!
//! Owns its own arithmetic: nothing of price, settle, ledger or clear is called here; what they wrote is read back from the files that
//! readers will see. Cash is a remainder, so payers adding up proves nothing by itself: fees and parts are recomputed from the
//! lines, payments from the stored calculation steps, running totals from their moves, the ledger from the detail, positions from the
//! ledger. Sums are taken in 128 bits. Any fen of difference stops publication.
//!
//! One file at a time is in memory, and a sum of 64 bytes per claim: a person's records and moves lie in one part.

mod books;
mod claims;
mod frames;
mod lines;
mod people;
mod steps;

use std::collections::BTreeMap;
use std::path::Path;

pub use frames::AuditError;

/// What is audited.
pub struct AuditInput<'a> {
    /// Folder with one folder of Parquet files per table.
    pub tables: &'a Path,
    pub expected: Expected,
}

/// What the run believes, in fen.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    pub settled: u64,
    pub fee_fen: i128,
    pub fund_fen: i128,
    pub account_fen: i128,
    pub cash_fen: i128,
    pub institution_fen: i128,
    /// The ledger carries the personal account.
    pub carries_account: bool,
    /// What the regions' statements say.
    pub statements: Vec<StatementTotal>,
    /// Closing less opening running totals.
    pub closing: Vec<ClosingTotal>,
    /// Caps of the policy book by the number of their rule.
    pub caps: BTreeMap<u32, CapRule>,
}

/// A line of a region's statement.
#[derive(Clone, Debug)]
pub struct StatementTotal {
    pub insured: String,
    pub care: String,
    pub insutype: String,
    pub fund: String,
    pub amount_fen: i128,
}

/// The change of one running total over all people.
#[derive(Clone, Debug)]
pub struct ClosingTotal {
    pub slot: String,
    pub value: i128,
}

/// A cap as the policy states it.
#[derive(Clone, Debug)]
pub struct CapRule {
    /// The beginning of the name of the running total that it bounds; `None` where it bounds one admission.
    pub slot: Option<String>,
    /// `None` where it is not one amount for everybody.
    pub cap_fen: Option<i128>,
}

/// Something that does not agree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    pub check: &'static str,
    /// Settlement, voucher or pair; never a person.
    pub subject: String,
    pub left: String,
    pub right: String,
}

/// What the audit found. No differences: the night balances.
#[derive(Debug, Default)]
pub struct AuditReport {
    /// Rows looked at, by check.
    pub checks: BTreeMap<&'static str, u64>,
    /// At most [`MAX_PER_CHECK`] per check.
    pub differences: Vec<Difference>,
}

/// Differences listed per check.
pub const MAX_PER_CHECK: usize = 20;

impl AuditReport {
    fn looked(&mut self, check: &'static str, rows: usize) {
        *self.checks.entry(check).or_default() += rows as u64;
    }

    fn merge(&mut self, other: AuditReport) {
        for (check, rows) in other.checks {
            *self.checks.entry(check).or_default() += rows;
        }
        self.differences.extend(other.differences);
    }

    fn differ(
        &mut self,
        check: &'static str,
        subject: impl Into<String>,
        left: impl ToString,
        right: impl ToString,
    ) {
        if self.differences.iter().filter(|d| d.check == check).count() < MAX_PER_CHECK {
            self.differences.push(Difference {
                check,
                subject: subject.into(),
                left: left.to_string(),
                right: right.to_string(),
            });
        }
    }
}

/// Audits a staged night.
///
/// # Errors
/// I/O, or a file that polars cannot read.
pub fn audit(input: &AuditInput<'_>) -> Result<AuditReport, AuditError> {
    let mut report = AuditReport::default();
    let (lines, moves) = std::thread::scope(|scope| {
        let lines = scope.spawn(|| {
            let mut report = AuditReport::default();
            let lines = lines::LineSums::read(&input.tables.join("priced_line"), &mut report)?;
            Ok::<_, AuditError>((lines, report))
        });
        let moves = people::Moves::read(&input.tables.join("accumulator_move"), &mut report);
        (lines.join(), moves)
    });
    let Ok(lines) = lines else { return Err(AuditError::Worker) };
    let ((lines, of_lines), moves) = (lines?, moves?);
    report.merge(of_lines);
    moves.check_closing(&input.expected, &mut report);
    let mut totals = claims::NightTotals::default();
    let mut detail = books::Detail::default();
    for path in frames::files(&input.tables.join("settlement"))? {
        let claims = claims::Claims::read(&path)?;
        let part = claims.columns()?;
        part.check_lines(&lines, &mut report);
        part.check_payers(&mut report);
        part.check_signs(&mut report);
        part.check_reversals(&mut report);
        steps::check_steps(&part, &moves, &input.expected, &mut report);
        totals.add(&part);
        detail.add(&part, input.expected.carries_account);
    }
    totals.compare(&input.expected, &mut report);
    books::check_books(input, &detail, &mut report)?;
    Ok(report)
}
