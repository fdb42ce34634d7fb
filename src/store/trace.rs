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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_exactly_what_is_written() {
        for text in ["", "S:3:100:850000:85", "E:0:-1:0:-1;A:65535:5:1000000:5"] {
            let mut written = String::new();
            if let Some(steps) = parse_trace(text) {
                trace_text(&steps, &mut written);
            }
            assert_eq!(written, text);
        }
        for text in [";", "S:3:100:850000:85;", "S:3:100:850000", "S:3:100:850000:85:1"] {
            assert_eq!(parse_trace(text), None, "{text}");
        }
        for text in ["S:+3:100:850000:85", "S:3:100:1000001:85", "S:03:1:0:0", "X:3:1:0:0"] {
            assert_eq!(parse_trace(text), None, "{text}");
        }
    }
}
