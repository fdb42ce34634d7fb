//! `policy test`: the cases of a whole book, the values that none of them shows, the boundary certificates.

use std::collections::BTreeMap;

use crate::literal;
use crate::policy::compile::compile_one;
use crate::policy::document::{Place, Problem};
use crate::policy::written::{Written, WrittenBook};
use crate::policy::{Policy, PolicyBook};

use super::cases::{self, Case};
use super::certificate::{Certificate, certify};
use super::judge::{self, compiled_words};
use super::perturb::{self, KnownValue};

/// A book with everything that its test needs.
pub struct Book<'a> {
    pub written: &'a WrittenBook,
    /// Path in the book and text of every file, cases included.
    pub files: &'a [(String, String)],
    pub second: &'a literal::Book,
}

/// What the test of one policy came to.
#[derive(Debug, Default)]
pub struct Examined {
    pub file: String,
    pub cases: usize,
    pub claims: usize,
    pub values: usize,
    pub untested: usize,
    /// What is wrong, by place where there is one.
    pub problems: Vec<Problem>,
    pub certificate: Option<Certificate>,
    /// Numbers of the list of constructs that the cases show.
    pub shows: BTreeMap<u32, Vec<String>>,
}

/// What to do beside running the cases.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub perturb: bool,
    pub certify: bool,
}

/// Examines one policy.
pub fn examine(book: &Book<'_>, written: &Written, extent: Extent) -> Examined {
    let mut examined = Examined { file: written.file.to_string(), ..Examined::default() };
    let compiled = match compile_one(written, book.written) {
        Ok(compiled) => compiled,
        Err(problems) => {
            examined.problems = problems;
            return examined;
        }
    };
    let policy = &compiled.policies()[0];
    let (file, cases) = match cases_of(book, written, policy) {
        Ok(found) => found,
        Err(problems) => {
            examined.problems = problems;
            return examined;
        }
    };
    run_cases(book, &file, &cases, policy, &compiled, &mut examined);
    if extent.perturb {
        perturbed(book, written, &cases, &mut examined);
    }
    if extent.certify {
        let certificate = certify(written, book.written, policy, &compiled, Some(book.second));
        for (who, disagreement) in &certificate.disagreements {
            let what = format!(
                "the two evaluators disagree: {who}: compiled {}, literal {}",
                disagreement.compiled, disagreement.literal
            );
            examined.problems.push(problem(
                &written.file,
                Place::default(),
                what,
                "report this: one of them is wrong",
            ));
        }
        if let Some(fall) = fall(written, &certificate) {
            examined.problems.push(fall);
        }
        examined.certificate = Some(certificate);
    }
    examined
}

/// Funds that pay less for more, where the file does not say why.
pub fn fall(written: &Written, certificate: &Certificate) -> Option<Problem> {
    let first = certificate.falls.first().filter(|_| written.exceptions.is_empty())?;
    let what = format!(
        "funds pay less for more, in {} places, the first: {first}",
        certificate.falls.len()
    );
    let remedy = "correct the policy, or add `[[exception]]` with `of = \"falls\"`";
    Some(problem(&written.file, Place::default(), what, remedy))
}

fn problem(file: &str, place: Place, what: String, remedy: &str) -> Problem {
    Problem { file: file.to_owned(), place, what, remedy: remedy.to_owned() }
}

/// The cases beside a policy, with the name of their file.
fn cases_of(
    book: &Book<'_>,
    written: &Written,
    policy: &Policy,
) -> Result<(String, Vec<Case>), Vec<Problem>> {
    let name = format!("{}.cases.toml", written.file.trim_end_matches(".toml"));
    if let Some((_, text)) = book.files.iter().find(|(file, _)| *file == name) {
        cases::read(&name, text, policy).map(|cases| (name, cases))
    } else {
        let what = format!("no cases stand beside it: {name} is missing");
        Err(vec![problem(
            &written.file,
            Place::default(),
            what,
            "write cases for every value of the notice",
        )])
    }
}

fn run_cases(
    book: &Book<'_>,
    file: &str,
    cases: &[Case],
    policy: &Policy,
    compiled: &PolicyBook,
    examined: &mut Examined,
) {
    for case in cases {
        examined.cases += 1;
        for number in &case.shows {
            examined.shows.entry(*number).or_default().push(format!("{file} · {}", case.id));
        }
        let run = cases::run(case, policy, compiled);
        for (claim, (outcome, totals)) in case.claims.iter().zip(&run) {
            examined.claims += 1;
            for difference in cases::compare(&claim.expected, outcome, totals) {
                let what = format!(
                    "case {}: {} expected {}, computed {}",
                    case.id, difference.what, difference.expected, difference.computed
                );
                examined.problems.push(problem(
                    file,
                    claim.place,
                    what,
                    "correct the case or the policy",
                ));
            }
        }
        for disagreement in judge::disagreements(case, policy, &run, book.second) {
            let what = format!(
                "case {}: the two evaluators disagree on claim {}: compiled {}, literal {}",
                case.id, disagreement.claim, disagreement.compiled, disagreement.literal
            );
            examined.problems.push(problem(
                file,
                case.place,
                what,
                "report this: one of them is wrong",
            ));
        }
    }
}

/// What cases come to, as text.
fn results(cases: &[Case], compiled: &PolicyBook) -> Vec<String> {
    let policy = &compiled.policies()[0];
    let mut words = Vec::new();
    for case in cases {
        for (outcome, totals) in cases::run(case, policy, compiled) {
            words.push(compiled_words(&outcome));
            words.push(totals.len().to_string());
        }
    }
    words
}

/// Moves every value of the policy's own file; one that changes nothing must say why.
fn perturbed(book: &Book<'_>, written: &Written, cases: &[Case], examined: &mut Examined) {
    let Ok(compiled) = compile_one(written, book.written) else { return };
    let before = results(cases, &compiled);
    for value in perturb::values(written) {
        examined.values += 1;
        let shown = (0..perturb::ways(&value)).any(|way| {
            let moved = perturb::moved(written, &value, way);
            // A value that cannot be moved without breaking a check is held by that check.
            compile_one(&moved, book.written).is_ok_and(|moved| results(cases, &moved) != before)
        });
        report_value(&written.file, &value, shown, examined);
    }
}

fn report_value(file: &str, value: &KnownValue, shown: bool, examined: &mut Examined) {
    match (&value.untested, shown) {
        (None, false) => examined.problems.push(problem(
            file,
            value.place,
            format!("no case shows {}", value.name),
            "add a case that changes with it, or write `untested = \"why\"` on its row",
        )),
        (Some(_), _) => examined.untested += 1,
        (None, true) => {}
    }
}

/// Moves every value of a base; some case of some policy that extends it must change.
pub fn examine_base(book: &Book<'_>, base: &Written) -> Examined {
    let mut examined = Examined { file: base.file.to_string(), ..Examined::default() };
    let users: Vec<&Written> = book
        .written
        .policies
        .iter()
        .filter(|policy| book.written.bases_of(policy).iter().any(|b| b.file == base.file))
        .collect();
    let mut known = Vec::new();
    for user in users {
        let Ok(compiled) = compile_one(user, book.written) else { continue };
        let Ok((_, cases)) = cases_of(book, user, &compiled.policies()[0]) else { continue };
        known.push((user, results(&cases, &compiled), cases));
    }
    for value in perturb::values(base) {
        examined.values += 1;
        let shown = (0..perturb::ways(&value)).any(|way| {
            let mut other = book.written.clone();
            for one in &mut other.bases {
                if one.file == base.file {
                    *one = perturb::moved(base, &value, way);
                }
            }
            known.iter().any(|(user, before, cases)| {
                compile_one(user, &other).is_ok_and(|moved| results(cases, &moved) != *before)
            })
        });
        report_value(&base.file, &value, shown, &mut examined);
    }
    examined
}
