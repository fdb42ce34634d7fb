//! What a night came to, in counts and in fen.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::claim::{NotSettled, Outcome, Payers, RefusedSubmission, Settled};
use crate::codes::Fund;

/// Records and their fees, in fen, reversals negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Count {
    pub records: u64,
    pub fee_fen: i128,
}

impl Count {
    pub fn add(&mut self, records: u64, fee_fen: i128) {
        self.records += records;
        self.fee_fen += fee_fen;
    }

    fn merge(&mut self, other: &Count) {
        self.add(other.records, other.fee_fen);
    }
}

/// Sums of a night, or of a part of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct RunTotals {
    /// Records of accepted submissions: settlements and reversals, plus fee lines that belong to none.
    pub received: Count,
    pub settled: Count,
    pub rejected: Count,
    pub held: Count,
    /// Of the rejected: fee lines without a settlement.
    pub stray_lines: Count,
    /// Of the received: held by an earlier run, and taken up again.
    pub held_before: Count,
    /// Records of refused submissions, by their declared totals; not part of `received`.
    pub refused: Count,
    pub reversals: u64,
    pub lines: u64,
    pub differing: u64,
    pub funds_fen: BTreeMap<&'static str, i128>,
    pub account_fen: i128,
    pub cash_fen: i128,
    pub institution_fen: i128,
}

impl RunTotals {
    pub fn add_settled(&mut self, settled: &Settled) {
        let wide = |fen: crate::money::Fen| i128::from(fen.get());
        self.settled.add(1, wide(settled.charges.total()));
        self.reversals += u64::from(settled.claim.reversal);
        let payers: &Payers = &settled.payers;
        for fund in Fund::ALL {
            *self.funds_fen.entry(fund.field()).or_default() += wide(payers.fund(fund));
        }
        self.account_fen += wide(payers.account);
        self.cash_fen += wide(payers.cash);
        self.institution_fen += wide(payers.institution);
    }

    pub fn add_not_settled(&mut self, record: &NotSettled) {
        let fee = i128::from(record.fee.get());
        match record.outcome {
            Outcome::Hold => self.held.add(1, fee),
            _ => self.rejected.add(1, fee),
        }
        if record.is_line {
            self.stray_lines.add(1, fee);
        }
    }

    pub fn add_refused(&mut self, submission: &RefusedSubmission) {
        self.refused.add(submission.declared_records, submission.declared_fee);
    }

    pub fn merge(&mut self, other: &RunTotals) {
        self.received.merge(&other.received);
        self.settled.merge(&other.settled);
        self.rejected.merge(&other.rejected);
        self.held.merge(&other.held);
        self.stray_lines.merge(&other.stray_lines);
        self.held_before.merge(&other.held_before);
        self.refused.merge(&other.refused);
        self.reversals += other.reversals;
        self.lines += other.lines;
        self.differing += other.differing;
        for (fund, amount) in &other.funds_fen {
            *self.funds_fen.entry(fund).or_default() += amount;
        }
        self.account_fen += other.account_fen;
        self.cash_fen += other.cash_fen;
        self.institution_fen += other.institution_fen;
    }

    pub fn fund_total_fen(&self) -> i128 {
        self.funds_fen.values().sum()
    }

    /// In = settled + rejected + held, in count and in fen; fees = payers.
    ///
    /// # Errors
    /// The first identity that does not hold, with both numbers.
    pub fn check(&self) -> Result<(), String> {
        let out = |f: fn(&Count) -> i128| f(&self.settled) + f(&self.rejected) + f(&self.held);
        let checks = [
            ("records", i128::from(self.received.records), out(|c| i128::from(c.records))),
            ("fees in fen", self.received.fee_fen, out(|c| c.fee_fen)),
            (
                "payers in fen",
                self.settled.fee_fen,
                self.fund_total_fen() + self.account_fen + self.cash_fen + self.institution_fen,
            ),
        ];
        match checks.iter().find(|(_, left, right)| left != right) {
            Some((what, left, right)) => Err(format!("{what}: {left} in, {right} out")),
            None => Ok(()),
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub enum NightOutcome {
    /// Published.
    Published(Box<crate::report::summary::RunSummary>),
    /// Nothing new since the run named: done already; what it came to.
    Nothing { run_id: String, summary: Box<crate::report::summary::RunSummary> },
    /// A dry run: what would have been published.
    Dry(Box<crate::report::summary::RunSummary>),
}
