//! Each claim by itself: its fee from its lines, its payers, its signs, its reversal.

use std::collections::HashMap;
use std::path::Path;

use polars::prelude::DataFrame;

use crate::codes::fields;

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

/// The amount columns, in the order in which a [`Part`] holds them.
const AMOUNTS: [&str; 21] = [
    fields::MEDFEE_SUMAMT,
    PARTS[0],
    PARTS[1],
    PARTS[2],
    PARTS[3],
    fields::OUT_OF_AREA_FIRST,
    fields::ACT_PAY_DEDC,
    fields::HIFP_PAY,
    fields::CVLSERV_PAY,
    fields::HIFES_PAY,
    fields::HIFMI_PAY,
    fields::HIFOB_PAY,
    fields::HIFDM_PAY,
    fields::MAF_PAY,
    fields::OTH_PAY,
    fields::FUND_PAY_SUMAMT,
    fields::HOSP_PART_AMT,
    fields::PSN_PART_AMT,
    fields::ACCT_PAY,
    fields::ACCT_MULAID_PAY,
    fields::PSN_CASH_PAY,
];

/// Places in [`AMOUNTS`].
pub mod at {
    pub const FEE: usize = 0;
    pub const FULL: usize = 1;
    pub const PRE_SELF_PAY: usize = 3;
    pub const IN_SCOPE: usize = 4;
    pub const OUT_OF_AREA: usize = 5;
    pub const DEDUCTIBLE: usize = 6;
    pub const POOLED: usize = 7;
    pub const LAST_FUND: usize = 14;
    pub const FUNDS: usize = 15;
    pub const INSTITUTION: usize = 16;
    pub const PERSON: usize = 17;
    pub const ACCOUNT: usize = 18;
    pub const SHARING: usize = 19;
    pub const CASH: usize = 20;
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
    amounts: Vec<Vec<i64>>,
}

impl Claims {
    pub fn read(path: &Path) -> Result<Claims, AuditError> {
        let mut columns = TEXTS.to_vec();
        columns.push("line_count");
        columns.extend(AMOUNTS);
        Ok(Claims { frame: frames::read(path, &columns)? })
    }

    pub fn columns(&self) -> Result<Part<'_>, AuditError> {
        let frame = &self.frame;
        let mut amounts = Vec::with_capacity(AMOUNTS.len());
        for name in AMOUNTS {
            amounts.push(ints(frame, name)?);
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
    /// One amount of one claim, in fen, by its place in [`at`].
    pub fn amount(&self, at: usize, row: usize) -> i128 {
        i128::from(self.amounts[at][row])
    }

    /// The funds of one claim, in the national order.
    pub fn funds(&self, row: usize) -> impl Iterator<Item = (&'static str, i128)> + '_ {
        (at::POOLED..=at::LAST_FUND).map(move |at| (AMOUNTS[at], self.amount(at, row)))
    }

    fn sum(&self, at: usize) -> i128 {
        self.amounts[at].iter().map(|fen| i128::from(*fen)).sum()
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
        for row in self.settlements() {
            let id = self.ids[row];
            let found = sums.of(self.submissions[row], id);
            for (at, sum) in (at::FEE..=at::IN_SCOPE).zip(found) {
                if self.amount(at, row) != i128::from(sum) {
                    let subject = format!("{id} {}", AMOUNTS[at]);
                    report.differ("claim from lines", subject, self.amount(at, row), sum);
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
            let amount = |at: usize| self.amount(at, row);
            let funds: i128 = self.funds(row).map(|(_, fen)| fen).sum();
            let person = amount(at::ACCOUNT) + amount(at::CASH);
            let payers = amount(at::FUNDS) + person + amount(at::INSTITUTION);
            let parts: i128 = (at::FULL..=at::IN_SCOPE).map(amount).sum();
            let identities = [
                ("fund total", amount(at::FUNDS), funds),
                ("payers", amount(at::FEE), payers),
                ("person part", amount(at::PERSON), person),
                ("fee parts", amount(at::FEE), parts),
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
        for (row, id) in self.ids.iter().enumerate() {
            let sign = if self.reversal[row] { -1 } else { 1 };
            let amount = |at: usize| self.amount(at, row) * sign;
            for (at, name) in AMOUNTS.iter().enumerate() {
                if amount(at) < 0 {
                    report.differ("signs", format!("{id} {name}"), self.amount(at, row), sign);
                }
            }
            // Class B items may be looked at like the rest; what layers look at is checked by their steps.
            let scope = amount(at::IN_SCOPE) + amount(at::PRE_SELF_PAY);
            let first = amount(at::OUT_OF_AREA) + amount(at::DEDUCTIBLE);
            let pooled = amount(at::POOLED);
            let asked = amount(at::FEE) - amount(at::INSTITUTION);
            if first > scope || pooled > asked {
                report.differ("pool within its base", *id, pooled.max(first), scope);
            }
            if amount(at::SHARING) > amount(at::ACCOUNT) {
                report.differ("family sharing", *id, amount(at::SHARING), amount(at::ACCOUNT));
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
            for (at, name) in AMOUNTS.iter().enumerate() {
                let (mine, theirs) = (self.amount(at, row), self.amount(at, *original));
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

const TOTALS: [usize; 5] = [at::FEE, at::FUNDS, at::ACCOUNT, at::CASH, at::INSTITUTION];

impl NightTotals {
    pub fn add(&mut self, part: &Part<'_>) {
        self.records += part.rows() as i128;
        for (sum, at) in self.sums.iter_mut().zip(TOTALS) {
            *sum += part.sum(at);
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
        for ((at, sum), believed) in TOTALS.iter().zip(self.sums).zip(believed) {
            if sum != believed {
                report.differ("night total", AMOUNTS[*at], sum, believed);
            }
        }
        report.looked("night total", TOTALS.len() + 1);
    }
}
