//! What funds and account pay, recomputed from the stored steps; each layer within its base and under its cap.

use super::claims::{Part, at};
use super::people::Moves;
use super::{AuditReport, Expected};

/// One stored step: kind, rule, base, rate in millionths, amount.
#[derive(Clone, Copy)]
struct Step<'a> {
    kind: &'a str,
    rule: u16,
    base: i128,
    rate: i128,
    amount: i128,
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
        for (kind, at) in [("L", at::FUNDS), ("A", at::ACCOUNT)] {
            if sum(kind) != part.amount(at, row) {
                report.differ(
                    "paid from steps",
                    format!("{id} {kind}"),
                    part.amount(at, row),
                    sum(kind),
                );
            }
        }
        check_layers(id, &steps, part, row, report);
        check_caps(id, &steps, moves, expected, report);
    }
    report.looked("steps", part.rows());
}

/// A layer's segments come to what it pays, and to no more than its base less the deductible; a layer's base is still unpaid.
fn check_layers(
    id: &str,
    steps: &[Step<'_>],
    part: &Part<'_>,
    row: usize,
    report: &mut AuditReport,
) {
    let fee = part.amount(at::FEE, row);
    let mut unpaid = fee - part.amount(at::INSTITUTION, row);
    let layers: Vec<usize> = (0..steps.len()).filter(|at| steps[*at].kind == "L").collect();
    for (number, start) in layers.iter().enumerate() {
        let end = layers.get(number + 1).copied().unwrap_or(steps.len());
        let (layer, own) = (steps[*start], &steps[start + 1..end]);
        let (mut paid, mut used) = (0, 0);
        for step in own {
            match step.kind {
                "S" => {
                    paid += step.amount;
                    used += step.base;
                    // A cap or a running total moves a segment by at most one fen.
                    let exact = (step.base * step.rate * 2 + 1_000_000).div_euclid(2_000_000);
                    if (exact - step.amount).abs() > 1 || step.amount > step.base {
                        report.differ("segment", id, step.amount, exact);
                    }
                }
                "D" => {
                    used += step.amount;
                    let declared = part.amount(at::DEDUCTIBLE, row);
                    if number == 0 && step.amount != declared {
                        report.differ("deductible from steps", id, declared, step.amount);
                    }
                }
                _ => {}
            }
        }
        if paid != layer.amount {
            report.differ("layer from segments", id, layer.amount, paid);
        }
        if used > layer.base || layer.base > unpaid {
            report.differ(
                "layer within its base",
                id,
                used.max(layer.base),
                layer.base.min(unpaid),
            );
        }
        unpaid -= layer.amount;
    }
}

/// The running total that a cap bounds does not end above it; a cap of one settlement bounds what its layer paid or looked at.
fn check_caps(
    id: &str,
    steps: &[Step<'_>],
    moves: &Moves,
    expected: &Expected,
    report: &mut AuditReport,
) {
    let mut layer_paid = 0;
    for step in steps {
        match step.kind {
            "L" => layer_paid = step.amount,
            "C" => {
                let Some(rule) = expected.caps.get(&step.rule) else {
                    report.differ("cap", id, step.rule, "a rule of the book with a cap");
                    continue;
                };
                let reached = match &rule.slot {
                    Some(slot) => moves.after(id, slot).unwrap_or(0),
                    None => layer_paid,
                };
                if reached > rule.cap_fen || step.base != rule.cap_fen {
                    report.differ("layer under its cap", id, reached, rule.cap_fen);
                }
            }
            _ => {}
        }
    }
}

fn parse(step: &str) -> Option<Step<'_>> {
    let mut parts = step.split(':');
    Some(Step {
        kind: parts.next()?,
        rule: parts.next()?.parse().ok()?,
        base: parts.next()?.parse().ok()?,
        rate: parts.next()?.parse().ok()?,
        amount: parts.next()?.parse().ok()?,
    })
}
