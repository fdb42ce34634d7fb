//! `policy check`: for every day, person, place and kind of care that a policy serves there is exactly one value, and it was meant.
//!
//! Owns: [`check`] and its findings. Works on sets of combinations ([`cubes`]) over what a policy's rows tell apart ([`space`]), table by
//! table ([`tables`]): gaps ([`gaps`]), overlaps and rows that nothing reaches ([`rows`]), values that cannot be meant ([`values`]), and
//! what nothing uses ([`unused`]).

pub mod cubes;
mod gaps;
mod rows;
pub mod space;
mod tables;
mod unused;
mod values;
mod words;

use std::fmt;

use serde::Serialize;

use crate::codes::AdmDiv;
use crate::policy::document::{Place, Problem};
use crate::policy::written::WrittenBook;
use crate::policy::{Policy, PolicyBook};

use cubes::Work;
use tables::Whole;

/// Whether a finding stops a book from being used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub fn key(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// Something that a person should change, where, and how.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Finding {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub severity: Severity,
    /// `reading gap overlap unreachable falls value unused useless too-many`.
    pub kind: &'static str,
    pub what: String,
    pub remedy: String,
}

impl Finding {
    /// A mistake that was found before anything was proven.
    pub fn of(problem: Problem) -> Finding {
        let Problem { file, place: Place { line, column }, what, remedy } = problem;
        Finding { file, line, column, severity: Severity::Error, kind: "reading", what, remedy }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}[{}]: {}", self.severity.key(), self.kind, self.what)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "; {}", self.remedy) }
    }
}

/// What was asked, and what was found.
#[derive(Debug, Default)]
pub struct Proof {
    pub policies: usize,
    pub tables: usize,
    /// Combinations of atoms that were shown to have a value, over all tables and stretches of dates.
    pub combinations: u64,
    /// By file and place.
    pub findings: Vec<Finding>,
}

impl Proof {
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
    }

    pub fn warnings(&self) -> usize {
        self.findings.len() - self.errors()
    }
}

/// Which policies of a book are to be proven.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extent {
    /// Only this region.
    pub region: Option<AdmDiv>,
    /// Some policies were left out because of mistakes: what bases offer may be used by them.
    pub incomplete: bool,
}

/// Proves a book.
pub fn check(book: &PolicyBook, written: &WrittenBook, extent: Extent) -> Proof {
    check_with(book, written, extent, |_| Vec::new())
}

/// The same, with a further proof of each policy: the place for one that settles invented claims.
pub fn check_with(
    book: &PolicyBook,
    written: &WrittenBook,
    extent: Extent,
    further: impl Fn(&Policy) -> Vec<Finding>,
) -> Proof {
    let mut proof = Proof::default();
    for file in &written.policies {
        if extent.region.is_some_and(|region| file.region.0 != region) {
            continue;
        }
        let policy =
            file.insurance.first().and_then(|insurance| book.policy(file.region, *insurance));
        let Some(policy) = policy else { continue };
        let mut report =
            Report { whole: Whole::of(file, written), work: Work::default(), proof: &mut proof };
        report.prove(policy, book);
        proof.findings.extend(further(policy));
    }
    if extent.region.is_none() {
        proof.findings.extend(unused::of_book(written, extent.incomplete));
    }
    proof.findings.sort();
    proof.findings.dedup();
    proof
}

/// One policy under proof.
struct Report<'a> {
    whole: Whole<'a>,
    work: Work,
    proof: &'a mut Proof,
}

impl Report<'_> {
    fn prove(&mut self, policy: &Policy, book: &PolicyBook) {
        self.proof.policies += 1;
        if self.whole.space.too_many {
            self.too_many("the policy");
            return;
        }
        self.gaps(policy.serves_from);
        self.rows();
        self.values(policy, book);
        self.unused(policy);
    }

    /// An honest end: nothing was shown about this table.
    fn too_many(&mut self, what: &str) {
        let (file, place) = (self.whole.written.file.to_string(), Place { line: 1, column: 1 });
        let what =
            format!("{}{what} tells too many combinations apart to be proven", self.head(""));
        self.say(
            &file,
            place,
            Severity::Error,
            "too-many",
            what,
            "use fewer marks and diseases, or split the file by insurance",
        );
    }

    /// `region 440100 · insurance 310 · `, and more.
    fn head(&self, more: &str) -> String {
        let insurance: Vec<&str> =
            self.whole.written.insurance.iter().map(crate::codes::Insurance::as_str).collect();
        format!(
            "region {} · insurance {} · {more}",
            self.whole.written.region,
            insurance.join(", ")
        )
    }

    fn say(
        &mut self,
        file: &str,
        place: Place,
        severity: Severity,
        kind: &'static str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let Place { line, column } = place;
        let (file, what, remedy) = (file.to_owned(), what.into(), remedy.into());
        self.proof.findings.push(Finding { file, line, column, severity, kind, what, remedy });
    }
}
