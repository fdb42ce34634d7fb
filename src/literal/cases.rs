//! Cases (section 9): read from text, run in order, held against what they expect.
//!
//! Owns the defaults of a case. Must not know rules.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::book::Book;
use super::claim::{Claim, Fee, Mark, Outcome, Person, Settled, Spell, care_of};
use super::figures::number;
use super::file::{CaseFile, CaseText, ClaimText, ExpectedText, PersonText};
use super::state::{State, Totals};

/// One person and claims in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    pub id: String,
    pub person: Person,
    /// The account's own money and what family gave, in yuan.
    pub balance: Decimal,
    pub family: Decimal,
    /// Totals in the benefit year of the first claim, before it.
    pub before: Totals,
    pub claims: Vec<CaseClaim>,
}

/// A claim of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseClaim {
    /// Empty: the first insurance of the policy's file.
    pub insurance: String,
    /// Its `care_region` is empty where it is the policy's region.
    pub claim: Claim,
    pub expected: Option<Expected>,
}

/// What a claim should come to; what is not given is not asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    Refused,
    Held,
    Amounts(Box<Amounts>),
}

/// Expected amounts in yuan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amounts {
    pub deductible: Option<Decimal>,
    pub first: Option<Decimal>,
    /// All funds that pay: one that is not named pays nothing.
    pub funds: Option<BTreeMap<String, Decimal>>,
    pub account: Option<Decimal>,
    pub cash: Option<Decimal>,
    /// Totals after the claim, in its benefit year.
    pub totals: Totals,
}

/// Reads the cases of a text.
///
/// # Errors
/// What could not be read, with the case where it stands.
pub fn cases(text: &str) -> Result<Vec<Case>, String> {
    let file: CaseFile = toml::from_str(text).map_err(|error| error.to_string())?;
    file.case
        .into_iter()
        .map(|case| {
            let id = case.id.clone();
            read(case).map_err(|error| format!("case {id}: {error}"))
        })
        .collect()
}

fn read(case: CaseText) -> Result<Case, String> {
    let money = |text: Option<&String>| text.map_or(Ok(Decimal::ZERO), |text| number(text));
    Ok(Case {
        id: case.id,
        balance: money(case.person.balance.as_ref())?,
        family: money(case.person.family.as_ref())?,
        person: person(case.person),
        before: totals(&case.before)?,
        claims: case.claim.into_iter().map(claim).collect::<Result<_, _>>()?,
    })
}

fn person(text: PersonText) -> Person {
    let day = |day: super::file::Day| day.0;
    let mark = |mark: super::file::MarkText| Mark {
        mark: mark.mark,
        value: mark.value,
        institution: mark.institution,
        from: mark.from.map(day),
        to: mark.to.map(day),
    };
    let spell = |spell: super::file::SpellText| Spell { from: spell.from.0, to: spell.to.map(day) };
    Person {
        person_type: text.psn_type,
        birth: text.birth.map(day),
        retired: text.retired.map(day),
        identities: text.identities,
        marks: text.marks.into_iter().map(mark).collect(),
        registered: text.registered,
        enrolled: text.enrolled.into_iter().map(spell).collect(),
        continuous_since: text.continuous_since.map(day),
    }
}

/// Reads totals: amounts are text, counts are whole numbers.
fn totals(text: &BTreeMap<String, toml::Value>) -> Result<Totals, String> {
    let mut totals = Totals::new();
    for (name, value) in text {
        let amount = match value {
            toml::Value::Integer(count) => Decimal::from(*count),
            toml::Value::String(text) => number(text)?,
            _ => return Err(format!("{name} is no amount")),
        };
        totals.insert(name.clone(), amount);
    }
    Ok(totals)
}

fn claim(text: ClaimText) -> Result<CaseClaim, String> {
    let fee = |name: &str| text.fee.get(name).map_or(Ok(Decimal::ZERO), |text| number(text));
    let fee = Fee {
        in_scope: fee("in_scope")?,
        pre_self_pay: fee("pre_self_pay")?,
        over_limit: fee("over_limit")?,
        full_self_pay: fee("full_self_pay")?,
        institution: Decimal::ZERO,
    };
    let care = care_of(&text.med_type).ok_or_else(|| format!("med_type {}", text.med_type))?;
    let end = text.end.map_or(text.begin.0, |end| end.0);
    let midnight = end.and_time(chrono::NaiveTime::MIN);
    Ok(CaseClaim {
        insurance: text.insurance.unwrap_or_default(),
        expected: text.expected.map(expected).transpose()?,
        claim: Claim {
            care: care.to_owned(),
            med_type: text.med_type,
            hosp_lv: text.hosp_lv,
            filing: text.filing.unwrap_or_else(|| "local".to_owned()),
            care_region: text.care_region.unwrap_or_default(),
            begin: text.begin.0,
            end,
            settled: text.settled.map_or(midnight, |settled| settled.0),
            fee,
            disease: text.disease.unwrap_or_default(),
            institution: text.institution.unwrap_or_else(|| "H1".to_owned()),
            institution_marks: text.institution_marks,
            linked: text.linked.unwrap_or(true),
            mid_stay: text.mid_stay,
            visit: text.visit,
            // As in a settlement row, where an account that is not mentioned is not used.
            account_used: text.account_used.unwrap_or(false),
            account_at_most: None,
        },
    })
}

fn expected(text: ExpectedText) -> Result<Expected, String> {
    if text.refused {
        return Ok(Expected::Refused);
    }
    if text.held {
        return Ok(Expected::Held);
    }
    let may = |text: Option<&String>| text.map(|text| number(text)).transpose();
    let funds = text.funds.map(|funds| {
        let funds = funds.into_iter().map(|(fund, text)| Ok((fund, number(&text)?)));
        funds.collect::<Result<BTreeMap<_, _>, String>>()
    });
    Ok(Expected::Amounts(Box::new(Amounts {
        deductible: may(text.deductible.as_ref())?,
        first: may(text.first.as_ref())?,
        funds: funds.transpose()?,
        account: may(text.account.as_ref())?,
        cash: may(text.cash.as_ref())?,
        totals: totals(&text.totals)?,
    })))
}

/// A case as it ran.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// One for each claim.
    pub outcomes: Vec<Outcome>,
    /// What differs from what the case expects, a line each; empty: it holds.
    pub differences: Vec<String>,
    /// What is left behind after the last claim.
    pub state: State,
}

impl Book {
    /// Runs a case of the policy in the file `path` (from the book's root, `440100/310.toml`).
    ///
    /// # Errors
    /// No such policy, or its benefit year cannot be read.
    pub fn play(&self, path: &str, case: &Case) -> Result<Played, String> {
        let (region, first) = self.served_by(path).ok_or_else(|| format!("no policy {path}"))?;
        let mut state = State::new(case.balance, case.family);
        let mut played =
            Played { outcomes: Vec::new(), differences: Vec::new(), state: State::default() };
        for (index, one) in case.claims.iter().enumerate() {
            let insurance = if one.insurance.is_empty() { first } else { &one.insurance };
            let mut claim = one.claim.clone();
            if claim.care_region.is_empty() {
                claim.care_region = region.to_owned();
            }
            if index == 0 && !case.before.is_empty() {
                let year = self.first_year(region, insurance, &case.person, &claim)?;
                state.years.insert(year, case.before.clone());
            }
            let outcome = self.settle(region, insurance, &case.person, &mut state, &claim);
            if let Some(expected) = &one.expected {
                let place = format!("claim {}", index + 1);
                differ(&place, expected, &outcome, &state, &mut played.differences);
            }
            played.outcomes.push(outcome);
        }
        played.state = state;
        Ok(played)
    }
}

fn differ(
    place: &str,
    expected: &Expected,
    outcome: &Outcome,
    state: &State,
    differences: &mut Vec<String>,
) {
    match (expected, outcome) {
        (Expected::Refused, Outcome::Refused(_)) | (Expected::Held, Outcome::Held(_)) => {}
        (Expected::Amounts(amounts), Outcome::Settled(settled)) => {
            amounts.differ(place, settled, state, differences);
        }
        (expected, outcome) => {
            differences.push(format!("{place}: expected {expected:?}, it is {outcome:?}"));
        }
    }
}

impl Amounts {
    fn differ(&self, place: &str, settled: &Settled, state: &State, differences: &mut Vec<String>) {
        let mut ask = |what: &str, expected: Decimal, found: Decimal| {
            if expected != found {
                differences.push(format!("{place}: {what} is {found}, expected {expected}"));
            }
        };
        let pairs = [
            ("deductible", self.deductible, settled.deductible),
            ("first", self.first, settled.first),
            ("account", self.account, settled.account),
            ("cash", self.cash, settled.cash),
        ];
        for (what, expected, found) in pairs {
            ask(what, expected.unwrap_or(found), found);
        }
        if let Some(funds) = &self.funds {
            let of = |funds: &BTreeMap<String, Decimal>, name: &str| {
                funds.get(name).copied().unwrap_or_default()
            };
            let mut names: Vec<&String> = funds.keys().chain(settled.funds.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                ask(name, of(funds, name), of(&settled.funds, name));
            }
        }
        for (name, expected) in &self.totals {
            ask(name, *expected, state.total(settled.year, name));
        }
    }
}
