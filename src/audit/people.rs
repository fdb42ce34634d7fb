//! Running totals are the fold of their moves.

use std::collections::HashMap;
use std::path::Path;

use polars::prelude::*;

use crate::codes::fields;

use super::frames::{AuditError, ints, read_all, texts};
use super::{AuditReport, Expected};

/// After = before + delta; each move starts where the one before it ended; all moves of a slot are the change of the state.
pub fn check_moves(
    folder: &Path,
    expected: &Expected,
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    let key = ["psn_pseudonym", fields::INSUPLC_ADMDVS, fields::INSUTYPE, "benefit_year", "slot"];
    let mut columns = key.to_vec();
    columns.extend(["fold_place", "before", "delta", "after"]);
    let frame = read_all(folder, &columns)?;
    let mut order: Vec<Expr> = key.iter().map(|name| col(*name)).collect();
    order.push(col("fold_place"));
    let options = SortMultipleOptions::default().with_maintain_order(true);
    let sorted = frame.lazy().sort_by_exprs(order, options).collect()?;
    let keys = key.map(|name| sorted.column(name));
    let [person, region, insurance, year, slot] = keys;
    let (person, region, insurance) = (person?.str()?, region?.str()?, insurance?.str()?);
    let year = year?.cast(&DataType::Int32)?;
    let year = year.i32()?;
    let slots = texts(&sorted, "slot")?;
    let (before, delta, after) =
        (ints(&sorted, "before")?, ints(&sorted, "delta")?, ints(&sorted, "after")?);
    let _ = slot?;
    let mut sums: HashMap<&str, i128> = HashMap::new();
    for row in 0..sorted.height() {
        if before[row] + delta[row] != after[row] {
            report.differ("move", slots[row].as_str(), after[row], before[row] + delta[row]);
        }
        *sums.entry(slots[row].as_str()).or_default() += i128::from(delta[row]);
        let same = row > 0
            && slots[row] == slots[row - 1]
            && person.get(row) == person.get(row - 1)
            && region.get(row) == region.get(row - 1)
            && insurance.get(row) == insurance.get(row - 1)
            && year.get(row) == year.get(row - 1);
        if same && before[row] != after[row - 1] {
            report.differ("fold", slots[row].as_str(), before[row], after[row - 1]);
        }
    }
    report.looked("moves", sorted.height());
    for closing in &expected.closing {
        let moved = sums.remove(closing.slot.as_str()).unwrap_or(0);
        if moved != closing.value {
            report.differ("state", closing.slot.as_str(), closing.value, moved);
        }
    }
    for (slot, moved) in sums.into_iter().filter(|(_, moved)| *moved != 0) {
        report.differ("state", slot, 0, moved);
    }
    Ok(())
}
