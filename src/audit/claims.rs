//! Each claim by itself: its fee from its lines, its payers, its signs, its reversal.

use std::collections::HashMap;
use std::path::Path;

use polars::prelude::DataFrame;

use crate::codes::{Fund, fields};

use super::frames::{self, AuditError, ints, texts};
use super::lines::LineSums;
use super::{AuditReport, Expected};

const PARTS: [&str; 4] = [
    fields::FULAMT_OWNPAY_AMT,
    fields::OVERLMT_SELFPAY,
    fields::PRESELFPAY_AMT,
    fields::INSCP_SCP_AMT,
];

const TEXTS: [&str; 10] = [
    fields::SETL_ID,
    fields::REFD_SETL_FLAG,
    fields::INIT_SETL_ID,
    fields::SETL_PROC_INFO,
    "submission",
    fields::INSUPLC_ADMDVS,
    fields::MDTRTAREA_ADMVS,
    fields::FIXMEDINS_CODE,
    fields::INSUTYPE,
    "care_kind",
];

fn amount_columns() -> Vec<&'static str> {
    let mut columns = vec![fields::MEDFEE_SUMAMT];
    columns.extend(PARTS);
    columns.extend([fields::OUT_OF_AREA_FIRST, fields::ACT_PAY_DEDC]);
    columns.extend(Fund::ALL.map(Fund::field));
    columns.extend([
        fields::FUND_PAY_SUMAMT,
        fields::HOSP_PART_AMT,
        fields::PSN_PART_AMT,
        fields::ACCT_PAY,
        fields::ACCT_MULAID_PAY,
        fields::PSN_CASH_PAY,
    ]);
    columns
}

/// One file of the settlement table.
pub struct Claims {
    frame: DataFrame,
}

/// Its columns that the checks need, as vectors.
pub struct Part<'f> {
    pub ids: Vec<&'f str>,
    pub steps: Vec<&'f str>,
    /// Insured region, care region, institution, insurance, kind of care.
    pub keys: [Vec<&'f str>; 5],
    submissions: Vec<&'f str>,
    originals: Vec<&'f str>,
    reversal: Vec<bool>,
    lines: Vec<i64>,
    amounts: HashMap<&'static str, Vec<i64>>,
}

impl Claims {
    pub fn read(path: &Path) -> Result<Claims, AuditError> {
        let mut columns = TEXTS.to_vec();
        columns.push("line_count");
        columns.extend(amount_columns());
        Ok(Claims { frame: frames::read(path, &columns)? })
    }

    pub fn columns(&self) -> Result<Part<'_>, AuditError> {
        let frame = &self.frame;
        let mut amounts = HashMap::new();
        for name in amount_columns() {
            amounts.insert(name, ints(frame, name)?);
        }
        Ok(Part {
            ids: texts(frame, fields::SETL_ID)?,
            steps: texts(frame, fields::SETL_PROC_INFO)?,
            keys: [
                texts(frame, fields::INSUPLC_ADMDVS)?,
                texts(frame, fields::MDTRTAREA_ADMVS)?,
                texts(frame, fields::FIXMEDINS_CODE)?,
                texts(frame, fields::INSUTYPE)?,
                texts(frame, "care_kind")?,
            ],
            submissions: texts(frame, "submission")?,
            originals: texts(frame, fields::INIT_SETL_ID)?,
            reversal: texts(frame, fields::REFD_SETL_FLAG)?.iter().map(|f| *f == "1").collect(),
            lines: ints(frame, "line_count")?,
            amounts,
        })
    }
}

impl Part<'_> {
    /// One amount of one claim, in fen.
    pub fn amount(&self, name: &str, row: usize) -> i128 {
        self.amounts.get(name).and_then(|column| column.get(row)).map_or(0, |v| i128::from(*v))
    }

    fn sum(&self, name: &str) -> i128 {
        self.amounts.get(name).map_or(0, |column| column.iter().map(|v| i128::from(*v)).sum())
    }

    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Rows that are settlements, not reversals.
    pub fn settlements(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.rows()).filter(|row| !self.reversal[*row])
    }

    /// Fee and four parts of every settlement, recomputed from its lines.
    pub fn check_lines(&self, sums: &LineSums, report: &mut AuditReport) {
        let names = [fields::MEDFEE_SUMAMT, PARTS[0], PARTS[1], PARTS[2], PARTS[3]];
        for row in self.settlements() {
            let id = self.ids[row];
            let found = sums.of(self.submissions[row], id);
            for (name, sum) in names.iter().zip(found) {
                if self.amount(name, row) != i128::from(sum) {
                    let subject = format!("{id} {name}");
                    report.differ("claim from lines", subject, self.amount(name, row), sum);
                }
            }
            if self.lines[row] != found[5] {
                report.differ("claim from lines", format!("{id} lines"), self.lines[row], found[5]);
            }
        }
        report.looked("claim from lines", self.rows());
    }

    /// Funds, person and institution add up; the parts add up.
    pub fn check_payers(&self, report: &mut AuditReport) {
        for (row, id) in self.ids.iter().enumerate() {
            let amount = |name: &str| self.amount(name, row);
            let funds: i128 = Fund::ALL.iter().map(|fund| amount(fund.field())).sum();
            let person = amount(fields::ACCT_PAY) + amount(fields::PSN_CASH_PAY);
            let payers = amount(fields::FUND_PAY_SUMAMT) + person + amount(fields::HOSP_PART_AMT);
            let parts: i128 = PARTS.iter().map(|name| amount(name)).sum();
            let identities = [
                ("fund total", amount(fields::FUND_PAY_SUMAMT), funds),
                ("payers", amount(fields::MEDFEE_SUMAMT), payers),
                ("person part", amount(fields::PSN_PART_AMT), person),
                ("fee parts", amount(fields::MEDFEE_SUMAMT), parts),
            ];
            for (check, left, right) in identities {
                if left != right {
                    report.differ(check, *id, left, right);
                }
            }
        }
        report.looked("payers", self.rows());
    }

    /// Nothing negative in a settlement, nothing positive in a reversal; the pool within its base.
    pub fn check_signs(&self, report: &mut AuditReport) {
        let columns = amount_columns();
        for (row, id) in self.ids.iter().enumerate() {
            let sign = if self.reversal[row] { -1 } else { 1 };
            for name in &columns {
                if self.amount(name, row) * sign < 0 {
                    report.differ("signs", format!("{id} {name}"), self.amount(name, row), sign);
                }
            }
            let amount = |name: &str| self.amount(name, row) * sign;
            let in_scope = amount(fields::INSCP_SCP_AMT);
            let first = amount(fields::OUT_OF_AREA_FIRST) + amount(fields::ACT_PAY_DEDC);
            let pooled = amount(fields::HIFP_PAY);
            if first > in_scope || pooled > in_scope - first {
                report.differ("pool within its base", *id, pooled, in_scope - first);
            }
            if amount(fields::ACCT_MULAID_PAY) > amount(fields::ACCT_PAY) {
                let shared = amount(fields::ACCT_MULAID_PAY);
                report.differ("family sharing", *id, shared, amount(fields::ACCT_PAY));
            }
        }
        report.looked("signs", self.rows());
    }

    /// A reversal of tonight's settlement is its mirror, column by column.
    pub fn check_reversals(&self, report: &mut AuditReport) {
        let rows: HashMap<&str, usize> = self.settlements().map(|r| (self.ids[r], r)).collect();
        for row in (0..self.rows()).filter(|row| self.reversal[*row]) {
            report.looked("mirror", 1);
            let Some(original) = rows.get(self.originals[row]) else { continue };
            for name in amount_columns() {
                let (mine, theirs) = (self.amount(name, row), self.amount(name, *original));
                if mine != -theirs {
                    report.differ("mirror", format!("{} {name}", self.ids[row]), mine, -theirs);
                }
            }
        }
    }
}

/// Counts and sums over all parts, in fen.
#[derive(Default)]
pub struct NightTotals {
    records: i128,
    sums: [i128; 5],
}

const TOTALS: [&str; 5] = [
    fields::MEDFEE_SUMAMT,
    fields::FUND_PAY_SUMAMT,
    fields::ACCT_PAY,
    fields::PSN_CASH_PAY,
    fields::HOSP_PART_AMT,
];

impl NightTotals {
    pub fn add(&mut self, part: &Part<'_>) {
        self.records += part.rows() as i128;
        for (sum, name) in self.sums.iter_mut().zip(TOTALS) {
            *sum += part.sum(name);
        }
    }

    /// Counts and sums are those the run believes.
    pub fn compare(&self, expected: &Expected, report: &mut AuditReport) {
        let believed = [
            expected.fee_fen,
            expected.fund_fen,
            expected.account_fen,
            expected.cash_fen,
            expected.institution_fen,
        ];
        if self.records != i128::from(expected.settled) {
            report.differ("settled records", "night", self.records, expected.settled);
        }
        for ((name, sum), believed) in TOTALS.iter().zip(self.sums).zip(believed) {
            if sum != believed {
                report.differ("night total", *name, sum, believed);
            }
        }
        report.looked("night total", TOTALS.len() + 1);
    }
}
