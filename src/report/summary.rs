//! What a person reads after a run.

use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;

use crate::money::yuan;

/// A run in a page. Amounts in fen; counts of records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunSummary {
    pub run_id: String,
    pub date: String,
    pub pipeline: String,
    pub exit_code: u8,
    pub submissions_accepted: usize,
    pub submissions_refused: usize,
    /// received, settled, rejected, held: label, records, fee.
    pub counts: Vec<(String, u64, i128)>,
    pub reversals: u64,
    pub lines: u64,
    pub differing: u64,
    /// Payers: label, amount.
    pub payers: Vec<(String, i128)>,
    pub regions: Vec<RegionLine>,
    /// Code, meaning, records.
    pub findings: Vec<(String, String, u64)>,
    pub store: String,
}

/// One region's night.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RegionLine {
    pub code: String,
    pub name: String,
    pub payable_records: u64,
    pub payable: i128,
    pub receivable_records: u64,
    pub receivable: i128,
    pub to_institutions: i128,
}

/// The page as text.
pub fn render(summary: &RunSummary) -> String {
    let mut out = format!("{}  {}  run {}\n\n", summary.pipeline, summary.date, summary.run_id);
    out.push_str(&format!(
        "submissions 批次   {} accepted, {} refused\n",
        summary.submissions_accepted, summary.submissions_refused
    ));
    let counts: Vec<Vec<String>> = summary
        .counts
        .iter()
        .map(|(label, records, fee)| vec![label.clone(), records.to_string(), yuan::grouped(*fee)])
        .collect();
    out.push_str(&table(&["records 记录", "count", "fee 医疗费 (元)"], &counts));
    out.push_str(&format!(
        "of the settled: {} reversals, {} fee lines, {} differ from what was declared\n\n",
        summary.reversals, summary.lines, summary.differing
    ));
    let payers: Vec<Vec<String>> = summary
        .payers
        .iter()
        .map(|(label, amount)| vec![label.clone(), yuan::grouped(*amount)])
        .collect();
    out.push_str(&table(&["paid by 支付方", "amount (元)"], &payers));
    out.push('\n');
    out.push_str(&regions(summary));
    if !summary.findings.is_empty() {
        let rows: Vec<Vec<String>> = summary
            .findings
            .iter()
            .map(|(code, meaning, count)| vec![code.clone(), count.to_string(), meaning.clone()])
            .collect();
        out.push('\n');
        out.push_str(&table(&["code", "records", "why not settled"], &rows));
    }
    out.push_str(&format!("\nfiles: {}\n", summary.store));
    out
}

fn regions(summary: &RunSummary) -> String {
    let rows: Vec<Vec<String>> = summary
        .regions
        .iter()
        .map(|region| {
            vec![
                format!("{} {}", region.code, region.name),
                region.payable_records.to_string(),
                yuan::grouped(region.payable),
                region.receivable_records.to_string(),
                yuan::grouped(region.receivable),
                yuan::grouped(region.to_institutions),
            ]
        })
        .collect();
    table(
        &["region 统筹区", "out", "payable 应付", "in", "receivable 应收", "to institutions 拨付"],
        &rows,
    )
}

/// Columns aligned by display width: the first left, the others right, a trailing text column left.
fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let numeric = |column: usize| {
        column > 0
            && rows.iter().all(|row| {
                row.get(column).is_none_or(|cell| {
                    cell.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-'))
                })
            })
    };
    let line = |cells: Vec<&str>| {
        let mut out = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let space = " ".repeat(widths[column].saturating_sub(cell.width()));
            if column > 0 {
                out.push_str("  ");
            }
            if numeric(column) {
                out.push_str(&space);
                out.push_str(cell);
            } else {
                out.push_str(cell);
                out.push_str(&space);
            }
        }
        format!("{}\n", out.trim_end())
    };
    let mut out = line(header.to_vec());
    for row in rows {
        out.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    out
}
