//! The second pair of eyes: polars re-reads the staged Parquet and recomputes the night by another path.
//!
//! Owns its own arithmetic: nothing of price, settle, ledger or clear is called here; what they wrote is read back from the files that
//! readers will see. Cash is a remainder, so payers adding up proves nothing by itself: fees and parts are recomputed from the
//! lines, payments from the stored calculation steps, running totals from their moves, the ledger from the detail, positions from the
//! ledger. Sums are taken in 128 bits. Any fen of difference stops publication.

mod books;
mod claims;
mod frames;
mod people;

use std::path::{Path, PathBuf};

pub use frames::AuditError;

/// What is audited.
pub struct AuditInput<'a> {
    /// Folder with one folder of Parquet files per table.
    pub tables: &'a Path,
    pub expected: Expected,
}

/// What the run believes, in fen.
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
}

/// A line of a region's statement.
pub struct StatementTotal {
    pub insured: String,
    pub care: String,
    pub insutype: String,
    pub fund: String,
    pub amount_fen: i128,
}

/// The change of one running total over all people.
pub struct ClosingTotal {
    pub slot: String,
    pub value: i128,
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

/// What the audit found. Empty differences: the night balances.
#[derive(Debug, Default)]
pub struct AuditReport {
    /// Rows looked at, by check.
    pub checks: Vec<(&'static str, u64)>,
    /// At most [`MAX_PER_CHECK`] per check.
    pub differences: Vec<Difference>,
}

/// Differences listed per check.
pub const MAX_PER_CHECK: usize = 20;

impl AuditReport {
    fn looked(&mut self, check: &'static str, rows: usize) {
        self.checks.push((check, rows as u64));
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
    let folder = |name: &str| -> PathBuf { input.tables.join(name) };
    let claims = claims::Claims::read(&folder("settlement"))?;
    claims.check_lines(&folder("priced_line"), &mut report)?;
    claims.check_payers(&mut report);
    claims.check_signs(&mut report);
    claims.check_steps(&mut report)?;
    claims.check_reversals(&mut report)?;
    claims.check_totals(&input.expected, &mut report);
    people::check_moves(&folder("accumulator_move"), &input.expected, &mut report)?;
    books::check_books(input, &claims, &mut report)?;
    Ok(report)
}
