//! Running totals are the fold of their moves.

use std::collections::HashMap;
use std::path::Path;

use polars::prelude::*;

use crate::codes::fields;

use super::frames::{self, AuditError, ints, texts};
use super::{AuditReport, Expected};

/// What a running total is one of.
const KEY: [&str; 5] =
    ["psn_pseudonym", fields::INSUPLC_ADMDVS, fields::INSUTYPE, "benefit_year", "slot"];

/// Moves of a night, summed.
#[derive(Default)]
pub struct Moves {
    /// By slot.
    sums: HashMap<String, i128>,
    /// Fund paid or eligible amount after a settlement that raised it: (key of settlement and slot, value), ascending.
    after: Vec<(u128, i64)>,
}

impl Moves {
    /// Reads the moves, one file at a time, and checks them: after = before + delta; each starts where the one before it ended.
    pub fn read(folder: &Path, report: &mut AuditReport) -> Result<Moves, AuditError> {
        let mut moves = Moves::default();
        for path in frames::files(folder)? {
            moves.add_file(&path, report)?;
        }
        moves.after.sort_unstable();
        Ok(moves)
    }

    fn add_file(&mut self, path: &Path, report: &mut AuditReport) -> Result<(), AuditError> {
        let mut columns = KEY.to_vec();
        columns.extend([fields::SETL_ID, "fold_place", "before", "delta", "after"]);
        let frame = frames::read(path, &columns)?;
        let mut order: Vec<Expr> = KEY.iter().map(|name| col(*name)).collect();
        order.push(col("fold_place"));
        let options = SortMultipleOptions::default().with_maintain_order(true);
        let sorted = frame.lazy().sort_by_exprs(order, options).collect()?;
        let [person, region, insurance] =
            [texts(&sorted, KEY[0])?, texts(&sorted, KEY[1])?, texts(&sorted, KEY[2])?];
        let year = sorted.column(KEY[3])?.cast(&DataType::Int32)?;
        let year = year.i32()?;
        let (slots, ids) = (texts(&sorted, KEY[4])?, texts(&sorted, fields::SETL_ID)?);
        let (before, delta, after) =
            (ints(&sorted, "before")?, ints(&sorted, "delta")?, ints(&sorted, "after")?);
        for row in 0..sorted.height() {
            let slot = slots[row];
            if before[row] + delta[row] != after[row] {
                report.differ("move", slot, after[row], before[row] + delta[row]);
            }
            match self.sums.get_mut(slot) {
                Some(sum) => *sum += i128::from(delta[row]),
                None => _ = self.sums.insert(slot.to_owned(), i128::from(delta[row])),
            }
            let same = row > 0
                && slot == slots[row - 1]
                && person[row] == person[row - 1]
                && region[row] == region[row - 1]
                && insurance[row] == insurance[row - 1]
                && year.get(row) == year.get(row - 1);
            if same && before[row] != after[row - 1] {
                report.differ("fold", slot, before[row], after[row - 1]);
            }
            if delta[row] > 0
                && let Some(bounded) = bounded(slot)
            {
                self.after.push((frames::key(&[ids[row], bounded]), after[row]));
            }
        }
        report.looked("moves", sorted.height());
        Ok(())
    }

    /// The running total after a settlement, where it was raised by it.
    pub fn after(&self, settlement: &str, slot: &str) -> Option<i128> {
        let key = frames::key(&[settlement, slot]);
        let at = self.after.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(i128::from(self.after[at].1))
    }

    /// All moves of a slot are the change of the state.
    pub fn check_closing(&self, expected: &Expected, report: &mut AuditReport) {
        let moved = |slot: &str| self.sums.get(slot).copied().unwrap_or(0);
        for closing in &expected.closing {
            if moved(&closing.slot) != closing.value {
                report.differ("state", closing.slot.as_str(), closing.value, moved(&closing.slot));
            }
        }
        let mut slots: Vec<&String> = self.sums.keys().collect();
        slots.sort();
        for slot in slots {
            let closed = expected.closing.iter().any(|closing| closing.slot == *slot);
            if !closed && moved(slot) != 0 {
                report.differ("state", slot.as_str(), 0, moved(slot));
            }
        }
        report.looked("state", expected.closing.len());
    }
}

/// The name under which caps know a slot: a month's total goes by the beginning of its name, since a settlement counts in one month.
fn bounded(slot: &str) -> Option<&str> {
    if slot.ends_with(".paid") || slot.ends_with(".eligible") {
        return Some(slot);
    }
    let month = slot.get(..slot.len().checked_sub(3)?)?;
    month.ends_with(".paid").then(|| &slot[..=month.len()])
}
