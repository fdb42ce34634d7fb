//! The calculation trace of a record as text, and back.

use crate::claim::settled::{Step, StepKind};
use crate::money::{Fen, Rate};

/// The calculation trace of a record: `kind:rule:base:rate:amount;…`, fen and millionths.
pub fn trace_text(steps: &[Step], out: &mut String) {
    use std::fmt::Write;
    for (index, step) in steps.iter().enumerate() {
        let kind = match step.kind {
            StepKind::Effect => 'E',
            StepKind::Layer => 'L',
            StepKind::Deductible => 'D',
            StepKind::Segment => 'S',
            StepKind::Cap => 'C',
            StepKind::Account => 'A',
        };
        if index > 0 {
            out.push(';');
        }
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "{kind}:{}:{}:{}:{}",
            step.rule,
            step.base.get(),
            step.rate.millionths(),
            step.amount.get()
        );
    }
}

/// Reads a trace; `None` when it is not one.
pub fn parse_trace(text: &str) -> Option<Vec<Step>> {
    text.split(';').filter(|step| !step.is_empty()).map(parse_step).collect()
}

fn parse_step(text: &str) -> Option<Step> {
    let mut parts = text.split(':');
    let kind = match parts.next()? {
        "E" => StepKind::Effect,
        "L" => StepKind::Layer,
        "D" => StepKind::Deductible,
        "S" => StepKind::Segment,
        "C" => StepKind::Cap,
        "A" => StepKind::Account,
        _ => return None,
    };
    Some(Step {
        kind,
        rule: parts.next()?.parse().ok()?,
        base: Fen::new(parts.next()?.parse().ok()?),
        rate: Rate::from_millionths(parts.next()?.parse().ok()?)?,
        amount: Fen::new(parts.next()?.parse().ok()?),
    })
}
