//! One accepted submission: rows become records, lines are priced and given to them, and what does not agree is noted.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::Findings;
use super::catalogue::{LineNumbers, Parts, split};
use super::night::{Inputs, Place, Record, Stray};
use super::reference::tier;
use super::row::{Claim, check_declared, claim};
use super::text::{Table, View, largest, number, round, time, yuan};

/// One accepted submission at work.
pub struct Submission<'a> {
    pub inputs: &'a Inputs,
    pub key: (String, String, u64),
    pub records: Vec<Record>,
    pub strays: Vec<Stray>,
}

impl Submission<'_> {
    fn place(&self, line: u64, is_line: bool) -> Place {
        Place { submission: self.key.clone(), line, is_line }
    }

    /// Makes records of its rows and lines.
    pub fn read(&mut self, settlements: &Table, fees: &Table) {
        let mut unreadable = HashSet::new();
        for row in &settlements.rows {
            let view = settlements.view(row);
            let place = self.place(row.number, false);
            match claim(&view, &self.inputs.pipeline.local_med_types) {
                Ok(claim) => {
                    let findings = self.row_findings(&claim);
                    let parts = Parts::default();
                    self.records.push(Record { place, claim, parts, lines: 0, findings });
                }
                Err(findings) => {
                    let id = String::from_utf8_lossy(view.bytes("setl_id")).into_owned();
                    unreadable.insert(id.clone());
                    self.strays.push(Stray { place, id, findings });
                }
            }
        }
        self.lines(fees, &unreadable);
        self.copies();
        for record in &mut self.records {
            check(record);
        }
    }

    fn row_findings(&self, claim: &Claim) -> Findings {
        let mut findings = Findings::new();
        if claim.institution != self.key.0 {
            findings.insert("R208");
        }
        if !claim.reversal && claim.time.date() < claim.begin {
            findings.insert("W901");
        }
        findings
    }

    fn lines(&mut self, fees: &Table, unreadable: &HashSet<String>) {
        let mut first: HashMap<String, usize> = HashMap::new();
        for (index, record) in self.records.iter().enumerate() {
            first.entry(record.claim.id.clone()).or_insert(index);
        }
        let mut numbers = HashSet::new();
        for row in &fees.rows {
            let view = fees.view(row);
            let id = String::from_utf8_lossy(view.bytes("setl_id")).into_owned();
            let found = if id.is_empty() {
                self.of_visit(&String::from_utf8_lossy(view.bytes("mdtrt_id")))
            } else {
                first.get(&id).copied().ok_or("L301")
            };
            match found {
                Ok(index) => self.line(index, &view, &mut numbers),
                Err(_) if !id.is_empty() && unreadable.contains(&id) => {}
                Err(code) => {
                    let place = self.place(row.number, true);
                    self.strays.push(Stray { place, id, findings: Findings::from([code]) });
                }
            }
        }
    }

    /// The one settlement of a visit. Of several, one that is not undone in the submission.
    fn of_visit(&self, visit: &str) -> Result<usize, &'static str> {
        let claims = || self.records.iter().map(|record| &record.claim);
        let undone = |id: &str| claims().any(|claim| claim.reversal && claim.original == id);
        let of_visit = |(_, claim): &(usize, &Claim)| !claim.reversal && claim.visit == visit;
        let all: Vec<(usize, &Claim)> = claims().enumerate().filter(of_visit).collect();
        let left: Vec<_> = all.iter().filter(|(_, claim)| !undone(&claim.id)).collect();
        match (all.as_slice(), left.as_slice()) {
            ([], _) => Err("L301"),
            ([(index, _)], _) | (_, [(index, _)]) => Ok(*index),
            _ => Err("L307"),
        }
    }

    fn line(&mut self, index: usize, row: &View<'_>, numbers: &mut HashSet<(usize, String)>) {
        let Some(line) = FeeLine::read(row) else {
            self.records[index].findings.insert("L306");
            return;
        };
        let record = &mut self.records[index];
        let claim = &record.claim;
        if claim.reversal {
            return;
        }
        let findings = &mut record.findings;
        if line.person != claim.person || line.visit != claim.visit {
            findings.insert("L308");
        }
        let tolerance = self.inputs.pipeline.line_tolerance.as_deref().unwrap_or("0.01");
        let product = line.numbers.price.checked_mul(line.numbers.count).map(round);
        let near =
            |product: Decimal| (product - line.numbers.amount).abs() <= yuan(tolerance).unwrap();
        if !product.is_some_and(near) {
            findings.insert("L303");
        }
        if line.day > claim.time.date() {
            findings.insert("W901");
        }
        if !numbers.insert((index, line.number)) {
            findings.insert("L309");
        }
        record.lines += 1;
        let reference = &self.inputs.reference;
        let registered = reference.institution(&claim.institution, claim.begin);
        let division = registered.map_or(claim.care_division.as_str(), |(division, _)| division);
        let pool = reference.pool(division, claim.begin).unwrap_or(division);
        let tier = registered.map_or("0", |(_, level)| tier(level));
        let item = reference.catalogue.find(pool, &line.item, line.day, &claim.insurance, tier);
        match item {
            Some(item) => {
                let sum = record.parts.plus(&split(&line.numbers, &item));
                if sum.total().abs() > largest() {
                    findings.insert("R212");
                } else {
                    record.parts = sum;
                }
            }
            None if reference.catalogue.serves(pool) => {
                findings.insert("L304");
            }
            None => {
                findings.insert("H703");
            }
        }
    }

    /// A second row of an id has the lines of the first.
    fn copies(&mut self) {
        let mut first: HashMap<String, usize> = HashMap::new();
        for index in 0..self.records.len() {
            let id = self.records[index].claim.id.clone();
            let original = *first.entry(id).or_insert(index);
            let (parts, lines) = (self.records[original].parts, self.records[original].lines);
            let found = self.records[original].findings.clone();
            let copy = &mut self.records[index];
            (copy.parts, copy.lines) = (parts, lines);
            copy.findings.extend(found.into_iter().filter(|code| *code != "R208"));
        }
    }
}

/// What the lines and the declared amounts say of one another.
fn check(record: &mut Record) {
    let (claim, parts, findings) = (&record.claim, &record.parts, &mut record.findings);
    if !claim.reversal {
        if record.lines == 0 && !findings.contains("L306") {
            findings.insert("L302");
        }
        let all = [parts.full, parts.over, parts.pre, parts.in_scope, parts.institution()];
        if all.iter().any(|part| *part < Decimal::ZERO) {
            findings.insert("L305");
        }
        if parts.total().abs() > too_large() {
            findings.insert("R212");
        }
        let incomplete = ["L306", "L304", "H703"].iter().any(|code| findings.contains(code));
        if record.lines > 0 && !incomplete && claim.fee != parts.total() {
            findings.insert("I401");
        }
    }
    if claim.fee.abs() > too_large() {
        findings.insert("R212");
    }
    check_declared(claim, findings);
}

/// No settlement is larger than this.
fn too_large() -> Decimal {
    Decimal::from(10_000_000_000_u64)
}

/// A fee line.
struct FeeLine {
    number: String,
    visit: String,
    person: String,
    day: chrono::NaiveDate,
    item: String,
    numbers: LineNumbers,
}

impl FeeLine {
    fn read(row: &View<'_>) -> Option<FeeLine> {
        let text = |column: &str| std::str::from_utf8(row.bytes(column)).ok();
        let short = |column: &str, longest: usize| {
            text(column).filter(|text| !text.is_empty() && text.len() <= longest)
        };
        let lossy = |column: &str| String::from_utf8_lossy(row.bytes(column)).into_owned();
        let outside_restriction = match row.bytes("lmt_used_flag") {
            b"1" => true,
            b"" | b"0" => false,
            _ => return None,
        };
        Some(FeeLine {
            number: short("feedetl_sn", 30)?.to_owned(),
            visit: lossy("mdtrt_id"),
            person: lossy("psn_no"),
            day: time(text("fee_ocur_time")?)?.date(),
            item: short("med_list_codg", 50)?.to_owned(),
            numbers: LineNumbers {
                amount: yuan(text("det_item_fee_sumamt")?)?,
                count: number(text("cnt")?, 4)?,
                price: number(text("pric")?, 6).filter(|price| *price >= Decimal::ZERO)?,
                outside_restriction,
            },
        })
    }
}
