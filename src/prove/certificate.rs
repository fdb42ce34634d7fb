//! The boundary certificate: every amount at which a policy's formula changes its shape, judged there and one fen on either side.
//!
//! Owns: finding the break points of the compiled formula, and holding them against the literal evaluator. A break point is found
//! by the shape of the calculation (which rules worked, which of them were exhausted), not by its amounts, so that no step is too small.

use std::collections::{BTreeMap, BTreeSet};

use crate::claim::Charges;
use crate::claim::settled::{Step, StepKind};
use crate::literal;
use crate::money::{Fen, Rate};
use crate::policy::written::{Amount, Written, WrittenBook, figures_of};
use crate::policy::{Policy, PolicyBook};

use super::cases::{self, Case, Outcome};
use super::judge::{Disagreement, compiled_words, disagreements};
use super::people;
use super::perturb;

/// What a certificate came to.
#[derive(Debug, Default)]
pub struct Certificate {
    /// Ways in which the policy settles a claim: sets of rules that work together.
    pub ways: usize,
    /// Amounts judged.
    pub points: usize,
    /// One line per way and point: what was asked, what it came to.
    pub lines: Vec<String>,
    pub disagreements: Vec<(String, Disagreement)>,
    /// Amounts above which funds pay less.
    pub falls: Vec<String>,
}

/// Rules that worked and how far: the same shape is the same straight line.
type Shape = Vec<(u8, u32, u32, bool)>;

/// The largest bill that is looked at, in fen.
const MOST: i64 = 1_000_000_000;

/// An earlier claim of the year, in fen in scope, before the one that is looked at; none first.
const EARLIER: [i64; 2] = [0, 4_000_000];

/// Looks at a policy on all its days; with a second evaluator every point is judged by it too.
///
/// Without one it still shows that funds never pay less for more ([`Certificate::falls`]); that they pay no more than is left is
/// asserted wherever a claim settles.
pub fn certify(
    written: &Written,
    book: &WrittenBook,
    policy: &Policy,
    compiled: &PolicyBook,
    second: Option<&literal::Book>,
) -> Certificate {
    let mut work = Work {
        policy,
        compiled,
        second,
        amounts: amounts(written, book),
        seen: BTreeMap::new(),
        certificate: Certificate::default(),
    };
    let rows = people::conditions(written, book);
    for day in people::days(policy) {
        for case in people::told_apart(policy, &rows, day) {
            work.way(&case);
        }
    }
    work.certificate.ways = work.seen.len();
    work.certificate
}

struct Work<'a> {
    policy: &'a Policy,
    compiled: &'a PolicyBook,
    second: Option<&'a literal::Book>,
    /// Amounts that the policy names.
    amounts: Vec<i64>,
    /// How many people each way was looked at for.
    seen: BTreeMap<Shape, u32>,
    certificate: Certificate,
}

/// As many people as one way is looked up for.
const LOOKED_UP: u32 = 4;

impl Work<'_> {
    /// One way to settle: looked up by both evaluators; judged at every break point the first time it is met.
    fn way(&mut self, case: &Case) {
        let asked = with_fee(case, 0, 1_234_567);
        let run = cases::run(&asked, self.policy, self.compiled);
        let way = rules_of(&run[run.len() - 1].0);
        let times = self.seen.entry(way).or_insert(0);
        *times += 1;
        if *times > LOOKED_UP {
            return;
        }
        let first = *times == 1;
        self.hold(&asked, &run);
        if first && matches!(run[run.len() - 1].0, Outcome::Settled(_)) {
            for earlier in EARLIER {
                self.break_points(case, earlier);
            }
        }
    }

    fn hold(&mut self, case: &Case, run: &[(Outcome, BTreeMap<crate::claim::Slot, i64>)]) {
        self.certificate.points += 1;
        let Some(second) = self.second else { return };
        for disagreement in disagreements(case, self.policy, run, second) {
            self.certificate.disagreements.push((describe(case), disagreement));
        }
    }

    fn shape(&self, case: &Case, earlier: i64, in_scope: i64) -> Shape {
        let asked = with_fee(case, earlier, in_scope);
        let run = cases::run(&asked, self.policy, self.compiled);
        run.last().map(|(outcome, _)| shape_of(outcome)).unwrap_or_default()
    }

    fn break_points(&mut self, case: &Case, earlier: i64) {
        let mut grid: BTreeSet<i64> = self.amounts.iter().flat_map(|a| [*a, a - earlier]).collect();
        let mut step = 1;
        while step < MOST {
            grid.insert(step);
            step += (step / 3).max(1);
        }
        grid.insert(MOST);
        let grid: Vec<i64> = grid.into_iter().filter(|at| (1..=MOST).contains(at)).collect();
        let mut points: BTreeSet<i64> = BTreeSet::new();
        let mut low = (grid[0], self.shape(case, earlier, grid[0]));
        for at in &grid[1..] {
            let high = (*at, self.shape(case, earlier, *at));
            self.between(case, earlier, &low, &high, &mut points);
            low = high;
        }
        let around: BTreeSet<i64> =
            points.iter().flat_map(|at| [at - 1, *at, at + 1]).filter(|at| *at > 0).collect();
        let mut last = None;
        for at in around {
            let asked = with_fee(case, earlier, at);
            let run = cases::run(&asked, self.policy, self.compiled);
            self.hold(&asked, &run);
            let Some((outcome, _)) = run.last() else { continue };
            let words = format!(
                "{} | in scope {} | {}",
                describe(&asked),
                Fen::new(at),
                compiled_words(outcome)
            );
            if let Outcome::Settled(settled) = outcome {
                let paid = settled.payers.fund_total();
                if last.is_some_and(|last| paid < last) {
                    self.certificate.falls.push(words.clone());
                }
                last = Some(paid);
            }
            self.certificate.lines.push(words);
        }
    }

    /// Adds the amounts between two shapes at which the shape changes: the first fen of each new one.
    fn between(
        &self,
        case: &Case,
        earlier: i64,
        low: &(i64, Shape),
        high: &(i64, Shape),
        points: &mut BTreeSet<i64>,
    ) {
        if low.1 == high.1 {
            return;
        }
        if high.0 - low.0 == 1 {
            points.insert(high.0);
            return;
        }
        let at = low.0 + (high.0 - low.0) / 2;
        let middle = (at, self.shape(case, earlier, at));
        self.between(case, earlier, low, &middle, points);
        self.between(case, earlier, &middle, high, points);
    }
}

/// Every amount that a policy and its bases name, in fen; one that hangs on a figure with each publication of it.
fn amounts(written: &Written, book: &WrittenBook) -> Vec<i64> {
    let files: Vec<&Written> = std::iter::once(written).chain(book.bases_of(written)).collect();
    let figures = figures_of(&files);
    let mut amounts = Vec::new();
    for amount in files.iter().flat_map(|file| perturb::amounts(file)) {
        match amount {
            Amount::Yuan(fen) => amounts.push(fen.get()),
            Amount::Of { millionths, parameter, .. } => {
                let published = figures.get(parameter.as_str()).into_iter().flatten();
                let shares = published.filter_map(|figure| figure.share(millionths));
                amounts.extend(shares.map(Fen::get));
            }
        }
    }
    amounts
}

/// The case with an earlier claim and a bill; the other parts of the fee are there so that every base is.
fn with_fee(case: &Case, earlier: i64, in_scope: i64) -> Case {
    let mut case = case.clone();
    let fee = |in_scope| Charges {
        full_self_pay: Fen::new(12_345),
        over_limit: Fen::new(6_789),
        pre_self_pay: Fen::new(100_001),
        in_scope: Fen::new(in_scope),
        ..Charges::default()
    };
    if earlier > 0 {
        let mut before = case.claims[0].clone();
        before.fee = fee(earlier);
        case.claims.insert(0, before);
    }
    if let Some(claim) = case.claims.last_mut() {
        claim.fee = fee(in_scope);
    }
    case
}

/// The rules of a calculation, in order.
fn rules_of(outcome: &Outcome) -> Shape {
    match outcome {
        Outcome::Settled(settled) => {
            let mut rules: Shape =
                settled.steps.iter().map(|step| (kind(step.kind), step.rule, 0, false)).collect();
            rules.dedup();
            rules
        }
        Outcome::Refused(_) => vec![(u8::MAX, 0, 0, true)],
        Outcome::Held(_) => vec![(u8::MAX, 0, 0, false)],
    }
}

fn kind(kind: StepKind) -> u8 {
    kind as u8
}

/// The rules of a calculation with their rates, and which of them were exhausted.
fn shape_of(outcome: &Outcome) -> Shape {
    let Outcome::Settled(settled) = outcome else { return rules_of(outcome) };
    let exhausted = |step: &Step| match step.kind {
        StepKind::Deductible => step.amount == step.base,
        StepKind::Cap => !step.amount.is_zero(),
        _ => false,
    };
    let shape = settled.steps.iter().map(|step| {
        let rated = matches!(step.kind, StepKind::Segment | StepKind::Whole);
        let rate = if rated { step.rate } else { Rate::ZERO };
        (kind(step.kind), step.rule, rate.millionths(), exhausted(step))
    });
    shape.collect()
}

/// Whom a case is about, in short.
fn describe(case: &Case) -> String {
    let Some(claim) = case.claims.last() else { return String::new() };
    let mut words = format!(
        "{} {} {} psn {} level {} {} in {}",
        claim.begin,
        claim.insurance,
        claim.med_type.as_str(),
        case.person.person_type,
        claim.level,
        claim.filing.key(),
        claim.care_region,
    );
    let born = case.person.birth.map(|birth| claim.begin.age_since(birth));
    if let Some(age) = born.filter(|age| *age != 40) {
        words.push_str(&format!(" age {age}"));
    }
    for text in case.person.identities.iter().chain(&claim.institution_marks) {
        words.push_str(&format!(" {text}"));
    }
    for mark in &case.person.marks {
        words.push_str(&format!(" {}", mark.mark));
    }
    for (slot, value) in &case.before {
        words.push_str(&format!(" {} {value}", slot.name()));
    }
    if !claim.disease.is_empty() {
        words.push_str(&format!(" {}", claim.disease));
    }
    if case.claims.len() > 1 {
        words.push_str(" after an earlier claim");
    }
    words
}
