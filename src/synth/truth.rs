//! The truth: what was planted where, and what is expected of it. Written beside the night, never
//! read by a run.
//!
//! `planted.csv` has a row for every record that is more than a plain claim: `line` is its line in
//! `settlements.csv` (in `fees.csv` for a line without a claim), `code` the finding expected to
//! come first. A settled record with a code is one that warns.

use std::collections::BTreeMap;

use serde::Serialize;

use super::row::Rows;
use crate::calendar::Date;
use crate::claim::Code;
use crate::money::yuan;

/// Header of `planted.csv`.
pub const PLANTED: [&str; 7] =
    ["date", "institution", "setl_id", "line", "kind", "outcome", "code"];

/// What is expected to become of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Settled,
    Rejected,
    Held,
    Refused,
}

impl Outcome {
    fn key(self) -> &'static str {
        match self {
            Outcome::Settled => "settled",
            Outcome::Rejected => "rejected",
            Outcome::Held => "held",
            Outcome::Refused => "refused",
        }
    }

    /// What a code does to its record.
    pub fn of(code: Option<Code>) -> Outcome {
        match code.map(Code::outcome) {
            None | Some(crate::claim::Outcome::Warn) => Outcome::Settled,
            Some(crate::claim::Outcome::Refuse) => Outcome::Refused,
            Some(crate::claim::Outcome::Reject) => Outcome::Rejected,
            Some(crate::claim::Outcome::Hold) => Outcome::Held,
        }
    }
}

/// What was made, in one submission or in all.
#[derive(Debug, Default)]
pub struct Tally {
    pub submissions: u64,
    /// Rows of `settlements.csv`, copies and reversals among them.
    pub rows: u64,
    pub reversals: u64,
    pub lines: u64,
    pub people_once: u64,
    /// Signed, in fen.
    pub fee: i128,
    pub line_fee: i128,
    pub planted: BTreeMap<String, u64>,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.submissions += other.submissions;
        self.rows += other.rows;
        self.reversals += other.reversals;
        self.lines += other.lines;
        self.people_once += other.people_once;
        self.fee += other.fee;
        self.line_fee += other.line_fee;
        for (kind, count) in &other.planted {
            *self.planted.entry(kind.clone()).or_default() += count;
        }
    }

    pub fn summary(&self, people: u64) -> Summary {
        Summary {
            submissions: self.submissions,
            settlement_rows: self.rows,
            claims: self.rows - self.reversals,
            reversals: self.reversals,
            lines: self.lines,
            people: people + self.people_once,
            medfee_sumamt: yuan::wide(self.fee),
            det_item_fee_sumamt: yuan::wide(self.line_fee),
            planted: self.planted.clone(),
        }
    }
}

/// `summary.json`: totals in yuan, to the fen.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub submissions: u64,
    pub settlement_rows: u64,
    pub claims: u64,
    pub reversals: u64,
    pub lines: u64,
    pub people: u64,
    pub medfee_sumamt: String,
    pub det_item_fee_sumamt: String,
    pub planted: BTreeMap<String, u64>,
}

/// One row of `planted.csv`.
#[derive(Debug)]
pub struct Planted<'a> {
    pub day: Date,
    pub institution: &'a str,
    pub settlement_id: &'a [u8],
    pub line: u64,
    pub kind: &'a str,
    pub outcome: Outcome,
    pub code: Option<Code>,
}

/// Writes a row and counts it.
pub fn note(rows: &mut Rows, tally: &mut Tally, planted: &Planted<'_>) {
    rows.date(planted.day);
    rows.text(planted.institution);
    rows.ascii(planted.settlement_id);
    rows.number(planted.line);
    rows.text(planted.kind);
    rows.text(planted.outcome.key());
    rows.text(planted.code.map_or("", Code::text));
    rows.end();
    *tally.planted.entry(planted.kind.to_owned()).or_default() += 1;
}
