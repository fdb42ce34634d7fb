//! The calculation trace of a record as text, and back.

use crate::claim::Slot;
use crate::claim::settled::{Step, StepKind};
use crate::money::{Fen, Rate};

/// The calculation trace of a record: `kind:rule:base:rate:amount;…`, fen and millionths; behind a cap's, the running total that it bounds.
pub fn trace_text(steps: &[Step], out: &mut String) {
    use std::fmt::Write;
    for (index, step) in steps.iter().enumerate() {
        let kind = letter(step.kind);
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
        if let Some(slot) = step.slot {
            let _ = write!(out, ":{slot}");
        }
    }
}

/// Reads a trace; `None` for any text that [`trace_text`] does not write.
pub fn parse_trace(text: &str) -> Option<Vec<Step>> {
    let steps: Vec<Step> = match text {
        "" => Vec::new(),
        _ => text.split(';').map(parse_step).collect::<Option<_>>()?,
    };
    let mut written = String::with_capacity(text.len());
    trace_text(&steps, &mut written);
    (written == text).then_some(steps)
}

fn parse_step(text: &str) -> Option<Step> {
    let mut parts = text.split(':');
    let letter_of = parts.next()?;
    let mut known = KINDS.into_iter().filter(|(_, letter)| letter_of.chars().eq([*letter]));
    let (kind, _) = known.next()?;
    let mut number = || parts.next();
    let mut step = Step {
        kind,
        rule: number()?.parse().ok()?,
        base: Fen::new(number()?.parse().ok()?),
        rate: Rate::from_millionths(number()?.parse().ok()?)?,
        amount: Fen::new(number()?.parse().ok()?),
        slot: None,
    };
    if let Some(slot) = parts.next() {
        step.slot = Some(Slot::parse(slot).filter(|_| kind == StepKind::Cap)?);
    }
    Some(step)
}

/// Letters of the kinds of steps.
const KINDS: [(StepKind, char); 13] = [
    (StepKind::Effect, 'E'),
    (StepKind::Elsewhere, 'X'),
    (StepKind::AccountBefore, 'B'),
    (StepKind::Waiting, 'Z'),
    (StepKind::Layer, 'L'),
    (StepKind::DuringStay, 'N'),
    (StepKind::First, 'F'),
    (StepKind::Deductible, 'D'),
    (StepKind::Segment, 'S'),
    (StepKind::Whole, 'W'),
    (StepKind::TopUp, 'T'),
    (StepKind::Cap, 'C'),
    (StepKind::Account, 'A'),
];

fn letter(kind: StepKind) -> char {
    KINDS.into_iter().find(|(known, _)| *known == kind).map_or('?', |(_, letter)| letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_exactly_what_is_written() {
        for text in [
            "",
            "S:3:100:850000:85",
            "E:0:-1:0:-1;A:4294967295:5:1000000:5",
            "C:7:100:1000000:0:inpatient.paid;C:8:100:1000000:0;C:9:1:0:0:chronic.2.paid.03@1",
        ] {
            let mut written = String::new();
            if let Some(steps) = parse_trace(text) {
                trace_text(&steps, &mut written);
            }
            assert_eq!(written, text);
        }
        for text in [";", "S:3:100:850000:85;", "S:3:100:850000", "S:3:100:850000:85:1"] {
            assert_eq!(parse_trace(text), None, "{text}");
        }
        for text in ["S:+3:100:850000:85", "S:3:100:1000001:85", "S:03:1:0:0", "?:3:1:0:0"] {
            assert_eq!(parse_trace(text), None, "{text}");
        }
    }
}
