//! What funds and account pay, recomputed from the stored steps; each layer within its base and under its cap.

use super::claims::{Part, at};
use super::people::Moves;
use super::{AuditReport, Expected};

/// One stored step: kind, rule, base, rate in millionths, amount, and of a cap the running total that it bounds.
#[derive(Clone, Copy)]
struct Step<'a> {
    kind: &'a str,
    rule: u32,
    base: i128,
    rate: i128,
    amount: i128,
    slot: Option<&'a str>,
}

/// Checks the steps of every settlement of a part.
pub fn check_steps(part: &Part<'_>, moves: &Moves, expected: &Expected, report: &mut AuditReport) {
    let mut steps = Vec::with_capacity(16);
    for row in part.settlements() {
        let id = part.ids[row];
        steps.clear();
        for text in part.steps[row].split(';').filter(|step| !step.is_empty()) {
            match parse(text) {
                Some(step) => steps.push(step),
                None => report.differ("steps", id, text, "kind:rule:base:rate:amount"),
            }
        }
        let sum = |kind: &str| -> i128 {
            steps.iter().filter(|step| step.kind == kind).map(|step| step.amount).sum()
        };
        let account = sum("A") + sum("B");
        for (kind, at, sum) in [("L", at::FUNDS, sum("L")), ("A", at::ACCOUNT, account)] {
            if sum != part.amount(at, row) {
                report.differ("paid from steps", format!("{id} {kind}"), part.amount(at, row), sum);
            }
        }
        check_layers(id, &steps, part, row, report);
        check_caps(id, &steps, moves, expected, report);
    }
    report.looked("steps", part.rows());
}

/// A layer's segments come to what it pays, and to no more than its base less what was paid first and the deductible; a layer's base is
/// still unpaid. A divided stay has its layers once for each part.
fn check_layers(
    id: &str,
    steps: &[Step<'_>],
    part: &Part<'_>,
    row: usize,
    report: &mut AuditReport,
) {
    let before: i128 = steps.iter().filter(|s| s.kind == "B").map(|s| s.amount).sum();
    let mut unpaid = part.amount(at::FEE, row) - part.amount(at::INSTITUTION, row) - before;
    let layers: Vec<usize> = (0..steps.len()).filter(|at| steps[*at].kind == "L").collect();
    let mut deductibles = Vec::new();
    for (number, start) in layers.iter().enumerate() {
        let end = layers.get(number + 1).copied().unwrap_or(steps.len());
        let (layer, own) = (steps[*start], &steps[start + 1..end]);
        let sums = layer_sums(id, own, report);
        deductibles.push(sums.deductible);
        if sums.paid != layer.amount {
            report.differ("layer from segments", id, layer.amount, sums.paid);
        }
        if sums.used > layer.base || layer.base > unpaid {
            report.differ(
                "layer within its base",
                id,
                sums.used.max(layer.base),
                layer.base.min(unpaid),
            );
        }
        unpaid -= layer.amount;
    }
    // The first layer's; of a divided stay only its first part owes one.
    let (declared, first) = (part.amount(at::DEDUCTIBLE, row), deductibles.first());
    if first.is_some_and(|first| *first != declared) {
        report.differ("deductible from steps", id, declared, deductibles[0]);
    }
}

/// What the steps of one layer come to.
#[derive(Default)]
struct LayerSums {
    paid: i128,
    /// What of its base was looked at: paid first, taken by the deductible, or within the segments.
    used: i128,
    deductible: i128,
}

fn layer_sums(id: &str, own: &[Step<'_>], report: &mut AuditReport) -> LayerSums {
    let mut sums = LayerSums::default();
    for step in own {
        match step.kind {
            "S" | "W" | "T" => {
                // A cap or a running total moves a segment by at most one fen. One ratio for everything may catch up on what came
                // before; a guarantee pays what is lacking.
                let exact = (step.base * step.rate * 2 + 1_000_000).div_euclid(2_000_000);
                let wrong = match step.kind {
                    "S" => (exact - step.amount).abs() > 1 || step.amount > step.base,
                    "W" => step.amount > step.base,
                    _ => step.amount > exact,
                };
                if wrong {
                    report.differ("segment", id, step.amount, exact);
                }
                sums.paid += step.amount;
                sums.used += if step.kind == "T" { step.amount } else { step.base };
            }
            "D" => {
                sums.used += step.amount;
                sums.deductible += step.amount;
            }
            "F" => sums.used += step.amount,
            _ => {}
        }
    }
    sums
}

/// The running total that a cap bounds does not end above it where the layer raised it; a cap of one admission bounds what its layer paid.
fn check_caps(
    id: &str,
    steps: &[Step<'_>],
    moves: &Moves,
    expected: &Expected,
    report: &mut AuditReport,
) {
    let (mut paid, mut reached) = (0, 0);
    for step in steps {
        match step.kind {
            "L" => (paid, reached) = (step.amount, 0),
            "S" | "W" => reached += step.base,
            "T" => reached += step.amount,
            "C" => {
                let Some(rule) = expected.caps.get(&step.rule) else {
                    report.differ("cap", id, step.rule, "a rule of the book with a cap");
                    continue;
                };
                let total = match (rule.slot.as_deref(), step.slot) {
                    (None, None) => Some(paid),
                    (Some(known), Some(slot)) if is_of(slot, known) => {
                        let by = if known.ends_with(".paid") { paid } else { reached };
                        // Years back are told apart by the table's column of years.
                        let slot = slot.split_once('@').map_or(slot, |(slot, _)| slot);
                        if by > 0 { moves.after(id, slot, by) } else { None }
                    }
                    (known, slot) => {
                        let known = known.unwrap_or("an admission");
                        report.differ("cap", id, slot.unwrap_or("an admission"), known);
                        continue;
                    }
                };
                let cap = rule.cap_fen.unwrap_or(step.base);
                if cap != step.base {
                    report.differ("cap", id, step.base, cap);
                }
                if let Some(total) = total.filter(|total| *total > step.base.min(cap)) {
                    report.differ("layer under its cap", id, total, step.base.min(cap));
                }
            }
            _ => {}
        }
    }
}

/// Whether a slot is a total, or one of its months, days or diseases.
fn is_of(slot: &str, total: &str) -> bool {
    slot.strip_prefix(total).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '@']))
}

fn parse(step: &str) -> Option<Step<'_>> {
    let mut parts = step.split(':');
    let step = Step {
        kind: parts.next()?,
        rule: parts.next()?.parse().ok()?,
        base: parts.next()?.parse().ok()?,
        rate: parts.next()?.parse().ok()?,
        amount: parts.next()?.parse().ok()?,
        slot: parts.next(),
    };
    parts.next().is_none().then_some(step)
}
