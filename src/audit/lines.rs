//! Fee lines: each against itself, and summed per claim.

use std::path::Path;

use crate::codes::fields;

use super::AuditReport;
use super::frames::{self, AuditError, ints, texts};

/// Amount of a line, and what it splits into.
const AMOUNTS: [&str; 5] = [
    fields::DET_ITEM_FEE_SUMAMT,
    fields::FULAMT_OWNPAY_AMT,
    fields::OVERLMT_AMT,
    fields::PRESELFPAY_AMT,
    fields::INSCP_SCP_AMT,
];

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
        sums.sort_unstable_by_key(|(key, _)| *key);
        // A claim whose lines do not stand together has several sums.
        sums.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1.iter_mut().zip(next.1).for_each(|(sum, more)| *sum += more);
            }
            same
        });
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
    let mut columns = vec!["submission", fields::SETL_ID];
    columns.extend(AMOUNTS);
    let lines = frames::read(path, &columns)?;
    report.looked("line parts", lines.height());
    let (submissions, ids) = (texts(&lines, "submission")?, texts(&lines, fields::SETL_ID)?);
    let mut amounts = Vec::with_capacity(AMOUNTS.len());
    for name in AMOUNTS {
        amounts.push(ints(&lines, name)?);
    }
    for row in 0..lines.height() {
        let line: [i64; 5] = std::array::from_fn(|at| amounts[at][row]);
        let parts: i64 = line[1..].iter().sum();
        if line[0] != parts {
            report.differ("line parts", ids[row], line[0], parts);
        }
        let same = row > 0 && ids[row] == ids[row - 1] && submissions[row] == submissions[row - 1];
        if !same {
            sums.push((frames::key(&[submissions[row], ids[row]]), [0; 6]));
        }
        if let Some((_, sum)) = sums.last_mut() {
            sum.iter_mut().zip(line.into_iter().chain([1])).for_each(|(sum, more)| *sum += more);
        }
    }
    Ok(())
}
