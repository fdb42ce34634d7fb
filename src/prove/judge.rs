//! Two evaluators side by side: the compiled one that settles nights, and the literal one that shares no code with it.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use crate::calendar::Date;
use crate::claim::Slot;
use crate::codes::Fund;
use crate::literal;
use crate::money::Fen;
use crate::policy::{Policy, PolicyBook};

use super::cases::{self, Case, CaseClaim, Outcome};

/// A claim on which the two do not agree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disagreement {
    /// Which claim of the case, from 1.
    pub claim: usize,
    pub compiled: String,
    pub literal: String,
}

/// Runs a case through both.
pub fn judge(
    case: &Case,
    policy: &Policy,
    book: &PolicyBook,
    second: &literal::Book,
) -> Vec<Disagreement> {
    let first = cases::run(case, policy, book);
    disagreements(case, policy, &first, second)
}

/// Holds outcomes of the compiled evaluator against the literal one.
pub fn disagreements(
    case: &Case,
    policy: &Policy,
    compiled: &[(Outcome, BTreeMap<Slot, i64>)],
    second: &literal::Book,
) -> Vec<Disagreement> {
    let played = second.play(&policy.file, &literal_case(case));
    let literal: Vec<String> = match played {
        Ok(played) => played.outcomes.iter().map(literal_words).collect(),
        Err(why) => vec![why; compiled.len()],
    };
    let pairs = compiled.iter().zip(literal).enumerate();
    pairs
        .map(|(at, ((outcome, _), literal))| (at, compiled_words(outcome), literal))
        .filter(|(_, compiled, literal)| compiled != literal)
        .map(|(at, compiled, literal)| Disagreement { claim: at + 1, compiled, literal })
        .collect()
}

/// What a claim came to, in words that both evaluators can say.
pub fn compiled_words(outcome: &Outcome) -> String {
    let settled = match outcome {
        Outcome::Settled(settled) => settled,
        Outcome::Refused(_) => return "refused".into(),
        Outcome::Held(_) => return "held".into(),
    };
    let mut words =
        format!("deductible {} first {}", settled.deductible, settled.out_of_area_first);
    for fund in Fund::ALL {
        let paid = settled.payers.fund(fund);
        if !paid.is_zero() {
            words.push_str(&format!(" {} {paid}", fund.field()));
        }
    }
    words.push_str(&format!(" account {} cash {}", settled.payers.account, settled.payers.cash));
    words
}

fn literal_words(outcome: &literal::Outcome) -> String {
    let settled = match outcome {
        literal::Outcome::Settled(settled) => settled,
        literal::Outcome::Refused(_) => return "refused".into(),
        literal::Outcome::Held(_) => return "held".into(),
    };
    let mut words = format!("deductible {:.2} first {:.2}", settled.deductible, settled.first);
    for fund in Fund::ALL {
        let paid = settled.funds.get(fund.field()).copied().unwrap_or_default();
        if !paid.is_zero() {
            words.push_str(&format!(" {} {paid:.2}", fund.field()));
        }
    }
    words.push_str(&format!(" account {:.2} cash {:.2}", settled.account, settled.cash));
    words
}

fn decimal(fen: Fen) -> Decimal {
    Decimal::new(fen.get(), 2)
}

/// The case in the literal evaluator's own words.
fn literal_case(case: &Case) -> literal::Case {
    let person = &case.person;
    let day = |date: Date| date.civil();
    let mut marks: Vec<literal::Mark> = person
        .marks
        .iter()
        .map(|mark| literal::Mark {
            mark: mark.mark.clone(),
            value: Some(mark.value),
            institution: mark.institution.map(|code| code.as_str().to_owned()),
            from: Some(day(mark.span.from)),
            to: (mark.span.until != Date::FOREVER).then(|| day(mark.span.until.previous())),
        })
        .collect();
    if person.civil_servant {
        let mark = "civil_servant".to_owned();
        marks.push(literal::Mark { mark, value: None, institution: None, from: None, to: None });
    }
    let spells = person.enrolled.iter().map(|span| literal::Spell {
        from: day(span.from),
        to: (span.until != Date::FOREVER).then(|| day(span.until.previous())),
    });
    let value = |slot: &Slot, value: i64| {
        if slot.is_count() { Decimal::from(value) } else { Decimal::new(value, 2) }
    };
    literal::Case {
        id: case.id.clone(),
        person: literal::Person {
            person_type: person.person_type.as_str().to_owned(),
            birth: person.birth.map(day),
            retired: person.retired.map(day),
            identities: person.identities.clone(),
            marks,
            registered: registered(case),
            enrolled: spells.collect(),
            continuous_since: person.continuous_since.map(day),
        },
        balance: person.balance.map(decimal).unwrap_or_default(),
        family: decimal(person.family),
        before: case
            .before
            .iter()
            .map(|(slot, number)| (slot.name(), value(slot, *number)))
            .collect(),
        claims: case.claims.iter().map(literal_claim).collect(),
    }
}

/// A case that registers nothing has its claims' diseases registered, as its run has.
fn registered(case: &Case) -> Vec<String> {
    if !case.person.registered.is_empty() {
        return case.person.registered.iter().map(|code| code.as_str().to_owned()).collect();
    }
    let mut diseases: Vec<String> = Vec::new();
    for claim in &case.claims {
        let code = claim.disease.as_str();
        if !code.is_empty() && !diseases.iter().any(|known| known == code) {
            diseases.push(code.to_owned());
        }
    }
    diseases
}

fn literal_claim(claim: &CaseClaim) -> literal::CaseClaim {
    let settled: NaiveDateTime = {
        let seconds = claim.settled_at.micros() / 1_000_000;
        chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc()
    };
    literal::CaseClaim {
        insurance: claim.insurance.as_str().to_owned(),
        claim: literal::Claim {
            care: claim.med_type.kind().key().to_owned(),
            med_type: claim.med_type.as_str().to_owned(),
            hosp_lv: claim.level.as_str().to_owned(),
            filing: claim.filing.key().to_owned(),
            care_region: claim.care_region.as_str().to_owned(),
            begin: claim.begin.civil(),
            end: claim.end.civil(),
            settled,
            fee: literal::Fee {
                in_scope: decimal(claim.fee.in_scope),
                pre_self_pay: decimal(claim.fee.pre_self_pay),
                over_limit: decimal(claim.fee.over_limit),
                full_self_pay: decimal(claim.fee.full_self_pay),
                institution: Decimal::ZERO,
            },
            disease: claim.disease.as_str().to_owned(),
            institution: claim.institution.as_str().to_owned(),
            institution_marks: claim.institution_marks.clone(),
            linked: claim.linked,
            mid_stay: claim.mid_stay,
            visit: claim.visit.map(|visit| visit.as_str().to_owned()).unwrap_or_default(),
            account_used: claim.account_used,
            account_at_most: None,
        },
        expected: None,
    }
}
