//! A case through the engine: reference data made of it, its claims folded one after another.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::{Date, DateSpan, Moment};
use crate::claim::finding::worst;
use crate::claim::{
    Claim, Declared, DeclaredField, Outcome as Stopped, PricedClaim, Settled, Slot,
};
use crate::codes::{CareKind, FilingClass, Fund, InsuredRegion, PersonNo, SettlementId, VisitId};
use crate::money::Fen;
use crate::policy::{Policy, PolicyBook};
use crate::reference::coverage::Registration;
use crate::reference::{
    Balance, Enrolment, Filing, FilingReason, LinkOpening, PersonMark, Reference,
};
use crate::settle::fold::FoldInputs;
use crate::settle::{PersonState, fold_person};

use super::{Case, CaseClaim, Expected, Paid};

/// What became of a claim of a case.
#[derive(Debug)]
pub enum Outcome {
    Settled(Box<Settled>),
    /// Rejected, with the codes and words of its findings.
    Refused(String),
    /// Held, likewise.
    Held(String),
}

/// Where a claim did not come to what its case says: what, expected, computed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    pub what: String,
    pub expected: String,
    pub computed: String,
}

const ALWAYS: DateSpan = DateSpan { from: Date::EARLIEST, until: Date::FOREVER };

/// Runs a case; one outcome per claim, with the running totals of its benefit year afterwards.
pub fn run(case: &Case, policy: &Policy, book: &PolicyBook) -> Vec<(Outcome, BTreeMap<Slot, i64>)> {
    let mut state = PersonState::default();
    if let Some(first) = case.claims.first() {
        let claim = claim_of(first, policy, 0);
        let year = policy.year_containing(policy.year_date(&claim));
        let totals = state.years.entry((policy.region, first.insurance, year)).or_default();
        for (slot, value) in &case.before {
            totals.set(*slot, *value);
        }
    }
    let claims = case.claims.iter().enumerate();
    claims.map(|(index, claim)| run_claim(case, claim, index, policy, book, &mut state)).collect()
}

fn run_claim(
    case: &Case,
    written: &CaseClaim,
    index: usize,
    policy: &Policy,
    book: &PolicyBook,
    state: &mut PersonState,
) -> (Outcome, BTreeMap<Slot, i64>) {
    let claim = claim_of(written, policy, index);
    let reference = reference_of(case, written, policy);
    let year = policy.year_containing(policy.year_date(&claim));
    let key = (policy.region, claim.insurance, year);
    let (charges, lines) = (written.fee, 1);
    let record = PricedClaim { claim, charges, lines, findings: Vec::new() };
    let (held, tonight) = (BTreeSet::new(), BTreeSet::new());
    let inputs = FoldInputs {
        reference: &reference,
        book,
        hold_differences: false,
        held: &held,
        tonight: &tonight,
    };
    let mut result = fold_person(vec![record], state, &BTreeMap::new(), inputs);
    let outcome = match (result.settled.pop(), result.stopped.pop()) {
        (Some(settled), _) => Outcome::Settled(Box::new(settled)),
        (None, Some(stopped)) => {
            let words: Vec<String> = stopped
                .findings
                .iter()
                .map(|f| format!("{} {} {}", f.code, f.found, f.expected))
                .collect();
            match worst(&stopped.findings) {
                Some(Stopped::Hold) => Outcome::Held(words.join("; ")),
                _ => Outcome::Refused(words.join("; ")),
            }
        }
        (None, None) => Outcome::Held("nothing came back".into()),
    };
    let totals = state.years.get(&key).map(|year| year.non_zero().collect()).unwrap_or_default();
    (outcome, totals)
}

fn claim_of(written: &CaseClaim, policy: &Policy, index: usize) -> Claim {
    let mut declared = Declared::default();
    declared.set(DeclaredField::Total, written.fee.total());
    let visit = VisitId::new(&format!("V{index}")).unwrap_or_default();
    Claim {
        id: SettlementId::new(&format!("C{index}")).unwrap_or_default(),
        visit: written.visit.unwrap_or(visit),
        person_no: person_no(),
        insurance: written.insurance,
        insured_div: policy.region.0,
        care_div: written.care_region,
        institution: written.institution,
        med_type: written.med_type,
        begin: written.begin,
        end: written.end,
        settled_at: written.settled_at,
        mid_stay: written.mid_stay,
        account_used: written.account_used,
        disease: written.disease,
        emergency: written.filing == FilingClass::Emergency,
        declared,
        ..Claim::default()
    }
}

fn person_no() -> PersonNo {
    PersonNo::new("1").unwrap_or_default()
}

/// Reference data in which exactly this claim is possible.
fn reference_of(case: &Case, claim: &CaseClaim, policy: &Policy) -> Reference {
    let mut reference = Reference::default();
    let own = policy.region.0;
    reference.regions.add(own, "", own, ALWAYS);
    if claim.care_region != own {
        reference.regions.add(claim.care_region, "", claim.care_region, ALWAYS);
    }
    let institution = reference.institutions.entry(claim.institution);
    institution.registered.push((ALWAYS, claim.care_region, claim.level));
    institution.agreements.push(ALWAYS);
    institution.marks.extend(claim.institution_marks.iter().map(|mark| (ALWAYS, mark.clone())));
    if claim.linked {
        let links = CareKind::ALL.map(|care| (care, LinkOpening::Nationwide, ALWAYS));
        institution.links.extend(links);
    }
    add_person(case, claim, policy.region, &mut reference);
    reference
}

fn add_person(case: &Case, claim: &CaseClaim, region: InsuredRegion, reference: &mut Reference) {
    let written = &case.person;
    let person = reference.coverage.entry(region, person_no());
    // Somebody of whom nothing is said has been enrolled since the care began: no gap, and no years.
    let since = [DateSpan { from: claim.begin, until: Date::FOREVER }];
    let spells = if written.enrolled.is_empty() { &since[..] } else { &written.enrolled };
    person.enrolments = spells
        .iter()
        .map(|span| Enrolment {
            span: *span,
            insurance: claim.insurance,
            person_type: written.person_type,
            birth: written.birth,
            active: true,
            wait_until: None,
            identities: written.identities.clone(),
            retired: written.retired,
            continuous_since: written.continuous_since,
            civil_servant: written.civil_servant,
        })
        .collect();
    person.marks = written
        .marks
        .iter()
        .map(|mark| PersonMark {
            mark: mark.mark.clone(),
            value: mark.value,
            institution: mark.institution,
            span: mark.span,
        })
        .collect();
    person.filings.extend(filing(claim));
    let own = [claim.disease];
    let diseases = if written.registered.is_empty() { &own[..] } else { &written.registered };
    // The order of the list is the order of registration.
    person.registrations = diseases
        .iter()
        .zip(0..)
        .map(|(disease, day)| Registration {
            disease: *disease,
            insurance: None,
            institution: None,
            span: DateSpan {
                from: Date::from_days(Date::EARLIEST.days() + day),
                until: Date::FOREVER,
            },
        })
        .collect();
    person.balance = written.balance.map(|balance| Balance {
        balance,
        sharing_limit: written.family,
        as_of: Moment::midnight(Date::EARLIEST),
    });
}

/// The filing that makes the claim stand as it says.
fn filing(claim: &CaseClaim) -> Option<Filing> {
    let reason = match claim.filing {
        FilingClass::Local | FilingClass::Emergency | FilingClass::Unfiled => return None,
        FilingClass::LongTerm | FilingClass::LongTermReturn | FilingClass::PromiseReturn => {
            FilingReason::LongTerm
        }
        FilingClass::Referral => FilingReason::Referral,
        FilingClass::OtherTemporary => FilingReason::OtherTemporary,
    };
    Some(Filing {
        place: claim.care_region,
        reason,
        insurance: None,
        on_promise: claim.filing == FilingClass::PromiseReturn,
        span: ALWAYS,
        created: Moment::midnight(Date::EARLIEST),
    })
}

/// What of an outcome is not as its case says.
pub fn compare(
    expected: &Expected,
    outcome: &Outcome,
    totals: &BTreeMap<Slot, i64>,
) -> Vec<Difference> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Settled(settled) => format!("settled, cash {}", settled.payers.cash),
        Outcome::Refused(why) => format!("refused: {why}"),
        Outcome::Held(why) => format!("held: {why}"),
    };
    let differs = |expected: &str, outcome: &Outcome| {
        vec![Difference {
            what: "outcome".into(),
            expected: expected.into(),
            computed: word(outcome),
        }]
    };
    match (expected, outcome) {
        (Expected::Refused, Outcome::Refused(_)) | (Expected::Held, Outcome::Held(_)) => Vec::new(),
        (Expected::Refused, other) => differs("refused", other),
        (Expected::Held, other) => differs("held", other),
        (Expected::Paid(paid), Outcome::Settled(settled)) => compare_paid(paid, settled, totals),
        (Expected::Paid(_), other) => differs("settled", other),
    }
}

fn compare_paid(paid: &Paid, settled: &Settled, totals: &BTreeMap<Slot, i64>) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut amount = |what: String, expected: Fen, computed: Fen| {
        if expected != computed {
            let (expected, computed) = (expected.to_string(), computed.to_string());
            differences.push(Difference { what, expected, computed });
        }
    };
    amount("deductible".into(), paid.deductible, settled.deductible);
    if let Some(first) = paid.first {
        amount("first".into(), first, settled.out_of_area_first);
    }
    for fund in Fund::ALL {
        let expected = paid.funds.iter().find(|(f, _)| *f == fund).map(|(_, amount)| *amount);
        amount(fund.field().into(), expected.unwrap_or_default(), settled.payers.fund(fund));
    }
    amount("account".into(), paid.account, settled.payers.account);
    amount("cash".into(), paid.cash, settled.payers.cash);
    for (slot, value) in &paid.totals {
        let computed = totals.get(slot).copied().unwrap_or(0);
        amount(slot.name(), Fen::new(*value), Fen::new(computed));
    }
    differences
}
