//! Each claim by itself: its fee from its lines, its payers, its signs, its steps, its reversal.

use std::collections::HashMap;
use std::path::Path;

use polars::prelude::*;

use crate::codes::{Fund, fields};

use super::frames::{self, AuditError, ints, read_all, texts};
use super::{AuditReport, Expected};

/// The settlement table's columns that the checks need, as vectors.
pub struct Claims {
    pub frame: DataFrame,
    pub ids: Vec<String>,
    pub reversal: Vec<bool>,
    originals: Vec<String>,
    steps: Vec<String>,
    amounts: HashMap<&'static str, Vec<i64>>,
}

const PARTS: [&str; 4] = [
    fields::FULAMT_OWNPAY_AMT,
    fields::OVERLMT_SELFPAY,
    fields::PRESELFPAY_AMT,
    fields::INSCP_SCP_AMT,
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

impl Claims {
    /// Reads the settlement table.
    pub fn read(folder: &Path) -> Result<Claims, AuditError> {
        let mut columns = vec![
            fields::SETL_ID,
            fields::REFD_SETL_FLAG,
            fields::INIT_SETL_ID,
            fields::SETL_PROC_INFO,
            "line_count",
            fields::INSUPLC_ADMDVS,
            fields::MDTRTAREA_ADMVS,
            fields::FIXMEDINS_CODE,
            fields::INSUTYPE,
            "care_kind",
        ];
        columns.extend(amount_columns());
        let frame = read_all(folder, &columns)?;
        let mut amounts = HashMap::new();
        for name in amount_columns() {
            amounts.insert(name, ints(&frame, name)?);
        }
        Ok(Claims {
            ids: texts(&frame, fields::SETL_ID)?,
            reversal: texts(&frame, fields::REFD_SETL_FLAG)?.iter().map(|f| f == "1").collect(),
            originals: texts(&frame, fields::INIT_SETL_ID)?,
            steps: texts(&frame, fields::SETL_PROC_INFO)?,
            amounts,
            frame,
        })
    }

    /// One amount of one claim, in fen.
    pub fn amount(&self, name: &str, row: usize) -> i128 {
        self.amounts.get(name).and_then(|column| column.get(row)).map_or(0, |v| i128::from(*v))
    }

    fn sum(&self, name: &str) -> i128 {
        self.amounts.get(name).map_or(0, |column| column.iter().map(|v| i128::from(*v)).sum())
    }

    /// Fee and four parts of every settlement, recomputed from its lines; each line against itself.
    pub fn check_lines(&self, folder: &Path, report: &mut AuditReport) -> Result<(), AuditError> {
        let line_parts = [
            fields::FULAMT_OWNPAY_AMT,
            fields::OVERLMT_AMT,
            fields::PRESELFPAY_AMT,
            fields::INSCP_SCP_AMT,
        ];
        let mut columns = vec![fields::SETL_ID, fields::DET_ITEM_FEE_SUMAMT];
        columns.extend(line_parts);
        let sums = columns[1..].iter().map(|name| col(*name).sum());
        let sums: Vec<Expr> = sums.chain([len().alias("lines")]).collect();
        let (mut per_file, mut rows) = (Vec::new(), 0);
        for path in frames::files(folder)? {
            let lines = frames::read(&path, &columns)?;
            rows += lines.height();
            let parts = line_parts.iter().fold(lit(0i64), |sum, name| sum + col(*name));
            let split = col(fields::DET_ITEM_FEE_SUMAMT);
            let torn = lines.clone().lazy().filter(split.neq(parts)).collect()?;
            for id in texts(&torn, fields::SETL_ID)? {
                report.differ("line parts", id, "line amount", "its four parts");
            }
            per_file.push(lines.lazy().group_by([col(fields::SETL_ID)]).agg(sums.clone()).collect()?);
        }
        report.looked("line parts", rows);
        let mut found: HashMap<String, [i64; 6]> = HashMap::with_capacity(self.ids.len());
        for frame in per_file {
            let ids = texts(&frame, fields::SETL_ID)?;
            let mut values = Vec::with_capacity(6);
            for name in columns[1..].iter().chain(&["lines"]) {
                values.push(ints(&frame, name)?);
            }
            for (row, id) in ids.into_iter().enumerate() {
                let sums = found.entry(id).or_default();
                for (sum, column) in sums.iter_mut().zip(&values) {
                    *sum += column[row];
                }
            }
        }
        self.compare_lines(&found, report)
    }

    fn compare_lines(
        &self,
        found: &HashMap<String, [i64; 6]>,
        report: &mut AuditReport,
    ) -> Result<(), AuditError> {
        let lines = ints(&self.frame, "line_count")?;
        let names = [
            fields::MEDFEE_SUMAMT,
            fields::FULAMT_OWNPAY_AMT,
            fields::OVERLMT_SELFPAY,
            fields::PRESELFPAY_AMT,
            fields::INSCP_SCP_AMT,
        ];
        for (row, id) in self.ids.iter().enumerate().filter(|(row, _)| !self.reversal[*row]) {
            let sums = found.get(id).copied().unwrap_or_default();
            for (name, sum) in names.iter().zip(sums) {
                if self.amount(name, row) != i128::from(sum) {
                    let subject = format!("{id} {name}");
                    report.differ("claim from lines", subject, self.amount(name, row), sum);
                }
            }
            if lines[row] != sums[5] {
                report.differ("claim from lines", format!("{id} lines"), lines[row], sums[5]);
            }
        }
        report.looked("claim from lines", self.ids.len());
        Ok(())
    }

    /// Funds, person and institution add up; the parts add up.
    pub fn check_payers(&self, report: &mut AuditReport) {
        for (row, id) in self.ids.iter().enumerate() {
            let amount = |name: &str| self.amount(name, row);
            let funds: i128 = Fund::ALL.iter().map(|fund| amount(fund.field())).sum();
            let person = amount(fields::ACCT_PAY) + amount(fields::PSN_CASH_PAY);
            let payers =
                amount(fields::FUND_PAY_SUMAMT) + person + amount(fields::HOSP_PART_AMT);
            let parts: i128 = PARTS.iter().map(|name| amount(name)).sum();
            let identities = [
                ("fund total", amount(fields::FUND_PAY_SUMAMT), funds),
                ("payers", amount(fields::MEDFEE_SUMAMT), payers),
                ("person part", amount(fields::PSN_PART_AMT), person),
                ("fee parts", amount(fields::MEDFEE_SUMAMT), parts),
            ];
            for (check, left, right) in identities {
                if left != right {
                    report.differ(check, id.as_str(), left, right);
                }
            }
        }
        report.looked("payers", self.ids.len());
    }

    /// Nothing negative in a settlement, nothing positive in a reversal; layers within their base.
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
                report.differ("pool within its base", id.as_str(), pooled, in_scope - first);
            }
            if amount(fields::ACCT_MULAID_PAY) > amount(fields::ACCT_PAY) {
                let shared = amount(fields::ACCT_MULAID_PAY);
                report.differ("family sharing", id.as_str(), shared, amount(fields::ACCT_PAY));
            }
        }
        report.looked("signs", self.ids.len());
    }

    /// What funds and account pay, recomputed from the stored steps.
    pub fn check_steps(&self, report: &mut AuditReport) -> Result<(), AuditError> {
        for (row, id) in self.ids.iter().enumerate().filter(|(row, _)| !self.reversal[*row]) {
            let (mut funds, mut account) = (0i128, 0i128);
            for step in self.steps[row].split(';').filter(|step| !step.is_empty()) {
                let Some((kind, base, rate, amount)) = parse_step(step) else {
                    report.differ("steps", id.as_str(), step, "kind:rule:base:rate:amount");
                    continue;
                };
                match kind {
                    "S" => {
                        funds += amount;
                        // A cap or a running total moves a segment by at most one fen.
                        let exact = (base * rate * 2 + 1_000_000).div_euclid(2_000_000);
                        if (exact - amount).abs() > 1 || amount > base {
                            report.differ("segment", format!("{id} {step}"), amount, exact);
                        }
                    }
                    "A" => account += amount,
                    _ => {}
                }
            }
            if funds != self.amount(fields::FUND_PAY_SUMAMT, row) {
                let stored = self.amount(fields::FUND_PAY_SUMAMT, row);
                report.differ("funds from steps", id.as_str(), stored, funds);
            }
            if account != self.amount(fields::ACCT_PAY, row) {
                let stored = self.amount(fields::ACCT_PAY, row);
                report.differ("account from steps", id.as_str(), stored, account);
            }
        }
        report.looked("steps", self.ids.len());
        Ok(())
    }

    /// A reversal of tonight's settlement is its mirror, column by column.
    pub fn check_reversals(&self, report: &mut AuditReport) -> Result<(), AuditError> {
        let settlements = self.ids.iter().enumerate().filter(|(row, _)| !self.reversal[*row]);
        let rows: HashMap<&str, usize> =
            settlements.map(|(row, id)| (id.as_str(), row)).collect();
        let mut looked = 0;
        for row in (0..self.ids.len()).filter(|row| self.reversal[*row]) {
            looked += 1;
            let Some(original) = rows.get(self.originals[row].as_str()) else { continue };
            for name in amount_columns() {
                let (mine, theirs) = (self.amount(name, row), self.amount(name, *original));
                if mine != -theirs {
                    report.differ("mirror", format!("{} {name}", self.ids[row]), mine, -theirs);
                }
            }
        }
        report.looked("mirror", looked);
        Ok(())
    }

    /// Counts and sums are those the run believes.
    pub fn check_totals(&self, expected: &Expected, report: &mut AuditReport) {
        let totals = [
            ("settled records", self.ids.len() as i128, i128::from(expected.settled)),
            ("fee total", self.sum(fields::MEDFEE_SUMAMT), expected.fee_fen),
            ("fund grand total", self.sum(fields::FUND_PAY_SUMAMT), expected.fund_fen),
            ("account total", self.sum(fields::ACCT_PAY), expected.account_fen),
            ("cash total", self.sum(fields::PSN_CASH_PAY), expected.cash_fen),
            ("institution total", self.sum(fields::HOSP_PART_AMT), expected.institution_fen),
        ];
        for (check, left, right) in totals {
            if left != right {
                report.differ(check, "night", left, right);
            }
        }
        report.looked("totals", totals.len());
    }
}

fn parse_step(step: &str) -> Option<(&str, i128, i128, i128)> {
    let mut parts = step.split(':');
    let kind = parts.next()?;
    parts.next()?;
    let mut number = || parts.next()?.parse().ok();
    Some((kind, number()?, number()?, number()?))
}
