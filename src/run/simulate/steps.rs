//! Where two calculations of one claim part.

use crate::claim::settled::{Step, StepKind};
use crate::policy::PolicyBook;
use crate::report::simulation::StepChange;

/// The book that counts, and the book with the draft in it.
#[derive(Clone, Copy)]
pub struct Books<'a> {
    pub current: &'a PolicyBook,
    pub draft: &'a PolicyBook,
}

/// The first step that comes to another amount; where it is a layer as a whole, what inside it does.
pub fn first_difference(before: &[Step], after: &[Step], books: Books<'_>) -> StepChange {
    let at = first(before, after, parts);
    let at = at.or_else(|| first(before, after, |a, b| numbers(a) != numbers(b)));
    let Some(at) = at else { return StepChange::default() };
    let whole = (before.get(at), after.get(at));
    let (old, new) = match whole {
        (Some(old), Some(new)) if [old.kind, new.kind] == [StepKind::Layer; 2] => {
            inside(&before[at + 1..], &after[at + 1..]).unwrap_or(whole)
        }
        _ => whole,
    };
    let layer = [(before, books.current), (after, books.draft)]
        .into_iter()
        .find_map(|(steps, book)| layer(steps, at, book));
    let kinds: Vec<&str> = match (old.map(|s| kind(s.kind)), new.map(|s| kind(s.kind))) {
        (Some(old), Some(new)) if old != new => vec![old, new],
        (old, new) => old.or(new).into_iter().collect(),
    };
    StepChange {
        layer: layer.unwrap_or_default(),
        kind: kinds.join(" / "),
        before: old.map_or_else(String::new, words),
        before_rule: old.map_or_else(String::new, |step| rule(step, books.current)),
        after: new.map_or_else(String::new, words),
        after_rule: new.map_or_else(String::new, |step| rule(step, books.draft)),
    }
}

fn parts(a: &Step, b: &Step) -> bool {
    a.kind != b.kind || a.amount != b.amount
}

type StepPair<'a> = (Option<&'a Step>, Option<&'a Step>);

/// Inside one layer. A cap comes last but cuts the segments before it: where only room was lost, it is the cap that differs.
fn inside<'a>(before: &'a [Step], after: &'a [Step]) -> Option<StepPair<'a>> {
    let (before, after) = (own(before), own(after));
    let at = first(before, after, parts)?;
    let found: StepPair<'a> = (before.get(at), after.get(at));
    let is_cap = |step: &Step| step.kind == StepKind::Cap;
    let same_terms = match found {
        (Some(old), Some(new)) if old.kind == new.kind => {
            old.rate == new.rate && matches!(old.kind, StepKind::Segment | StepKind::Whole)
        }
        (old, new) => old.is_none_or(is_cap) || new.is_none_or(is_cap),
    };
    let caps = |steps: &'a [Step]| steps.iter().filter(|step| is_cap(step));
    let mut old: Vec<&Step> = caps(before).collect();
    let mut new: Vec<&Step> = caps(after).collect();
    let amount = |cap: Option<&&Step>| cap.map_or(0, |cap| cap.amount.get());
    let differs =
        (0..old.len().max(new.len())).find(|i| amount(old.get(*i)) != amount(new.get(*i)));
    match differs {
        Some(i) if same_terms => {
            let take = |caps: &mut Vec<&'a Step>| (i < caps.len()).then(|| caps.swap_remove(i));
            Some((take(&mut old), take(&mut new)))
        }
        _ => Some(found),
    }
}

/// The steps of the layer whose head stands before `steps`.
fn own(steps: &[Step]) -> &[Step] {
    let inside = steps.iter().take_while(|step| step.kind != StepKind::Layer);
    &steps[..inside.count()]
}

fn first(before: &[Step], after: &[Step], differ: impl Fn(&Step, &Step) -> bool) -> Option<usize> {
    let together = before.iter().zip(after).position(|(a, b)| differ(a, b));
    let shorter = before.len().min(after.len());
    together.or_else(|| (before.len() != after.len()).then_some(shorter))
}

fn numbers(step: &Step) -> (i64, u32, i64) {
    (step.base.get(), step.rate.millionths(), step.amount.get())
}

/// Id of the layer in which a step stands.
fn layer(steps: &[Step], at: usize, book: &PolicyBook) -> Option<String> {
    let step = steps.get(at)?;
    let names = |step: &Step| {
        let place = &book.rule(step.rule)?.place;
        let id = place.strip_prefix("layer ")?;
        Some(id.split(" · ").next().unwrap_or(id).to_owned())
    };
    names(step).or_else(|| {
        let head = steps[..at].iter().rev().find(|step| step.kind == StepKind::Layer)?;
        names(head).filter(|_| step.kind != StepKind::Account)
    })
}

fn kind(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Effect => "异地先行自付 percentage first, elsewhere",
        StepKind::Elsewhere => "异地待遇 terms elsewhere",
        StepKind::AccountBefore => "个人账户先付 account, before all layers",
        StepKind::Waiting => "待遇等待期 waiting",
        StepKind::Layer => "支付层 the whole layer",
        StepKind::DuringStay => "住院期间 during a stay",
        StepKind::First => "先行自付 percentage first",
        StepKind::Deductible => "起付线 deductible",
        StepKind::Segment => "分段支付 segment",
        StepKind::Whole => "全额支付 one ratio for the whole",
        StepKind::TopUp => "保底 minimum guarantee",
        StepKind::Cap => "封顶 cap",
        StepKind::Account => "个人账户 account",
    }
}

/// `12000.00 x 0.850000 = 10200.00`; for a cap what it is and what found no room.
fn words(step: &Step) -> String {
    match step.kind {
        StepKind::Segment
        | StepKind::Whole
        | StepKind::TopUp
        | StepKind::First
        | StepKind::Effect
        | StepKind::Elsewhere => format!("{} x {} = {}", step.base, step.rate, step.amount),
        StepKind::Cap => format!("cap {}, beyond it {}", step.base, step.amount),
        _ => format!("{} -> {}", step.base, step.amount),
    }
}

fn rule(step: &Step, book: &PolicyBook) -> String {
    book.rule(step.rule).map_or_else(String::new, |rule| {
        format!("{}:{} {} = {}", rule.file, rule.line, rule.place, rule.value)
    })
}
