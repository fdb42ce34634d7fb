//! Fee lines: each against itself, and summed per claim.

use std::path::Path;

use polars::prelude::*;

use crate::codes::fields;

use super::AuditReport;
use super::frames::{self, AuditError, ints, texts};

/// What a line splits into.
const PARTS: [&str; 4] =
    [fields::FULAMT_OWNPAY_AMT, fields::OVERLMT_AMT, fields::PRESELFPAY_AMT, fields::INSCP_SCP_AMT];

/// Fee, four parts and number of lines of one claim.
pub type Sum = [i64; 6];

/// Sums of all claims, by the key of (submission, settlement), ascending.
pub struct LineSums {
    sums: Vec<(u128, Sum)>,
}

impl LineSums {
    /// Reads the priced lines, one file at a time.
    pub fn read(folder: &Path, report: &mut AuditReport) -> Result<LineSums, AuditError> {
        let mut sums = Vec::new();
        for path in frames::files(folder)? {
            add_file(&path, &mut sums, report)?;
        }
        sums.sort_unstable();
        Ok(LineSums { sums })
    }

    /// The sum of one claim; nothing where it has no line.
    pub fn of(&self, submission: &str, settlement: &str) -> Sum {
        let key = frames::key(&[submission, settlement]);
        let at = self.sums.binary_search_by_key(&key, |(key, _)| *key);
        at.map_or([0; 6], |at| self.sums[at].1)
    }
}

fn add_file(
    path: &Path,
    sums: &mut Vec<(u128, Sum)>,
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    let keys = ["submission", fields::SETL_ID];
    let mut columns = keys.to_vec();
    columns.push(fields::DET_ITEM_FEE_SUMAMT);
    columns.extend(PARTS);
    let lines = frames::read(path, &columns)?;
    report.looked("line parts", lines.height());
    let parts = PARTS.iter().fold(lit(0i64), |sum, name| sum + col(*name));
    let torn = col(fields::DET_ITEM_FEE_SUMAMT).neq(parts);
    let torn = lines.clone().lazy().filter(torn).select([col(fields::SETL_ID)]).collect()?;
    for id in texts(&torn, fields::SETL_ID)? {
        report.differ("line parts", id, "line amount", "its four parts");
    }
    let totals = columns[keys.len()..].iter().map(|name| col(*name).sum());
    let totals: Vec<Expr> = totals.chain([len().alias("lines")]).collect();
    let claims = lines.lazy().group_by(keys.map(col)).agg(totals).collect()?;
    let (submissions, ids) = (texts(&claims, keys[0])?, texts(&claims, keys[1])?);
    let mut values = Vec::with_capacity(6);
    for name in columns[keys.len()..].iter().chain(&["lines"]) {
        values.push(ints(&claims, name)?);
    }
    for (row, (submission, id)) in submissions.iter().zip(&ids).enumerate() {
        let sum = std::array::from_fn(|at| values[at][row]);
        sums.push((frames::key(&[submission, id]), sum));
    }
    Ok(())
}
