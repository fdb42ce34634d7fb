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
    pub counts: Vec<CountLine>,
    pub reversals: u64,
    pub lines: u64,
    pub differing: u64,
    pub payers: Vec<PayerLine>,
    pub regions: Vec<RegionLine>,
    /// Records by their first finding.
    pub findings: Vec<FindingLine>,
    pub store: String,
}

/// Records of one outcome; `key` is for programs, `label` for people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CountLine {
    pub key: String,
    pub label: String,
    pub records: u64,
    pub fee_fen: i128,
}

/// What one payer pays, by its national field name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PayerLine {
    pub field: String,
    pub label: String,
    pub amount_fen: i128,
}

/// How many records a code stopped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FindingLine {
    pub code: String,
    pub chinese: String,
    pub meaning: String,
    pub records: u64,
}

/// One region's night.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RegionLine {
    pub code: String,
    pub name: String,
    pub payable_records: u64,
    pub payable_fen: i128,
    pub receivable_records: u64,
    pub receivable_fen: i128,
    pub to_institutions_fen: i128,
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
        .map(|line| {
            let words = format!("{} {}", line.key.replace('_', " "), line.label);
            vec![words, line.records.to_string(), yuan::grouped(line.fee_fen)]
        })
        .collect();
    out.push_str(&table(&["records 记录", "count", "fee 医疗费 (元)"], &counts));
    out.push_str(&format!(
        "of the settled: {} reversals, {} fee lines, {} differ from what was declared\n\n",
        summary.reversals, summary.lines, summary.differing
    ));
    let payers: Vec<Vec<String>> = summary
        .payers
        .iter()
        .map(|line| {
            let words = format!("{} {}", line.field, line.label);
            vec![words, yuan::grouped(line.amount_fen)]
        })
        .collect();
    out.push_str(&table(&["paid by 支付方", "amount (元)"], &payers));
    out.push('\n');
    out.push_str(&regions(summary));
    if !summary.findings.is_empty() {
        let rows: Vec<Vec<String>> = summary
            .findings
            .iter()
            .map(|line| {
                let words = format!("{} {}", line.chinese, line.meaning);
                vec![line.code.clone(), line.records.to_string(), words]
            })
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
                yuan::grouped(region.payable_fen),
                region.receivable_records.to_string(),
                yuan::grouped(region.receivable_fen),
                yuan::grouped(region.to_institutions_fen),
            ]
        })
        .collect();
    table(
        &["region 统筹区", "out", "payable 应付", "in", "receivable 应收", "to institutions 拨付"],
        &rows,
    )
}

/// Columns aligned by display width: the first left, the others right, a trailing text column left.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
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
                    cell.bytes()
                        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'+'))
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
