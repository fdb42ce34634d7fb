//! Running totals are the fold of their moves.

use std::collections::HashMap;
use std::path::Path;

use polars::prelude::*;

use crate::codes::fields;

use super::frames::{self, AuditError, ints, texts};
use super::{AuditReport, Expected};

/// Whose a running total is.
const OWNER: [&str; 3] = ["psn_pseudonym", fields::INSUPLC_ADMDVS, fields::INSUTYPE];

/// Moves of a night, summed.
#[derive(Default)]
pub struct Moves {
    /// By slot.
    sums: HashMap<String, i128>,
    /// Fund paid or eligible amount after a layer that raised it: (key of settlement and slot, by how much, value), ascending.
    after: Vec<(u128, i64, i64)>,
}

impl Moves {
    /// Reads the moves, one file at a time, and checks them: after = before + delta; each starts where the one before it ended.
    /// A file holds whole people in fold order.
    pub fn read(folder: &Path, report: &mut AuditReport) -> Result<Moves, AuditError> {
        let mut moves = Moves::default();
        for path in frames::files(folder)? {
            moves.add_file(&path, report)?;
        }
        moves.after.sort_unstable();
        Ok(moves)
    }

    fn add_file(&mut self, path: &Path, report: &mut AuditReport) -> Result<(), AuditError> {
        let mut columns = OWNER.to_vec();
        columns.extend(["benefit_year", "slot", fields::SETL_ID, "before", "delta", "after"]);
        let frame = frames::read(path, &columns)?;
        let [person, region, insurance] =
            [texts(&frame, OWNER[0])?, texts(&frame, OWNER[1])?, texts(&frame, OWNER[2])?];
        let years = frame.column("benefit_year")?.cast(&DataType::Int32)?;
        let years: Vec<i32> = years.i32()?.iter().map(Option::unwrap_or_default).collect();
        let (slots, ids) = (texts(&frame, "slot")?, texts(&frame, fields::SETL_ID)?);
        let (before, delta, after) =
            (ints(&frame, "before")?, ints(&frame, "delta")?, ints(&frame, "after")?);
        // The person's totals so far: (region, insurance, year, slot) -> value. People stand one after another.
        let mut totals: HashMap<(&str, &str, i32, &str), i64> = HashMap::new();
        for row in 0..frame.height() {
            let slot = slots[row];
            if row > 0 && person[row] != person[row - 1] {
                totals.clear();
            }
            if before[row] + delta[row] != after[row] {
                report.differ("move", slot, after[row], before[row] + delta[row]);
            }
            let key = (region[row], insurance[row], years[row], slot);
            if let Some(last) = totals.insert(key, after[row])
                && last != before[row]
            {
                report.differ("fold", format!("{} {slot}", ids[row]), before[row], last);
            }
            match self.sums.get_mut(slot) {
                Some(sum) => *sum += i128::from(delta[row]),
                None => _ = self.sums.insert(slot.to_owned(), i128::from(delta[row])),
            }
            if delta[row] > 0 && is_bounded(slot) {
                self.after.push((frames::key(&[ids[row], slot]), delta[row], after[row]));
            }
        }
        report.looked("moves", frame.height());
        Ok(())
    }

    /// The running total after a settlement raised it by so much; the least, where it did so more than once.
    pub fn after(&self, settlement: &str, slot: &str, by: i128) -> Option<i128> {
        let key = (frames::key(&[settlement, slot]), i64::try_from(by).ok()?);
        let at = self.after.partition_point(|(known, delta, _)| (*known, *delta) < key);
        let (known, delta, after) = self.after.get(at)?;
        ((*known, *delta) == key).then_some(i128::from(*after))
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

/// Whether a cap may bound a slot: fund paid or eligible, of the year or of a month, day or disease.
fn is_bounded(slot: &str) -> bool {
    [".paid", ".eligible"].into_iter().any(|measure| {
        let rest = slot.find(measure).map(|at| &slot[at + measure.len()..]);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}
