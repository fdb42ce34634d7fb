//! Published worked examples against the kernel: `fixtures/examples/cases.toml`.

use std::path::Path;

use medsettle::calendar::{Date, Moment};
use medsettle::claim::{Charges, Claim, Counter, DeclaredField, Measure, PricedClaim, Slot};
use medsettle::codes::{
    AdmDiv, CareRegion, FilingClass, Fund, HospitalLevel, Insurance, InsuredRegion, MedType,
    PersonType, Scope, SettlementId,
};
use medsettle::ingest::policy_book;
use medsettle::money::{Fen, yuan};
use medsettle::policy::Facts;
use medsettle::reference::PersonRecord;
use medsettle::settle::{Account, Entitled, History, Year, settle_claim};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    kind: String,
    policy_region: Option<String>,
    insurance: Option<String>,
    med_type: Option<String>,
    hosp_lv: Option<String>,
    psn_type: Option<String>,
    age: Option<i32>,
    settled_on: Option<toml::value::Datetime>,
    #[serde(default)]
    admissions_before: i64,
    #[serde(default)]
    before: Vec<Before>,
    claim: Option<BTreeMap<String, String>>,
    #[serde(default)]
    acct_used: bool,
    #[serde(default)]
    balance: String,
    expected: Option<Expected>,
    #[serde(default)]
    declared: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Before {
    counter: String,
    #[serde(default)]
    deductible: String,
    #[serde(default)]
    base: String,
    #[serde(default)]
    paid: String,
}

#[derive(Deserialize)]
struct Expected {
    deductible: String,
    funds: BTreeMap<String, String>,
    account: String,
    cash: String,
}

fn fen(text: &str) -> Fen {
    if text.is_empty() { Fen::ZERO } else { yuan::parse(text.as_bytes()).unwrap() }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn published_examples_agree_to_the_fen() {
    let text = std::fs::read_to_string(root().join("fixtures/examples/cases.toml")).unwrap();
    let cases: Cases = toml::from_str(&text).unwrap();
    let roots = [root().join("pipelines/policy"), root().join("fixtures/examples/policy")];
    let book = policy_book::load(&roots).unwrap().book;
    let mut golden = 0;
    for case in &cases.case {
        match case.kind.as_str() {
            "golden" => {
                check_golden(case, &book);
                golden += 1;
            }
            "negative" => check_negative(case),
            other => panic!("{}: kind {other}", case.id),
        }
    }
    assert!(golden >= 10, "only {golden} golden cases");
}

fn check_golden(case: &Case, book: &medsettle::policy::PolicyBook) {
    let id = &case.id;
    let region = AdmDiv::parse(case.policy_region.as_ref().unwrap().as_bytes()).unwrap();
    let insurance = Insurance::parse(case.insurance.as_ref().unwrap()).unwrap();
    let policy = book.policy(InsuredRegion(region), insurance).expect(id);
    let on = Date::parse(case.settled_on.as_ref().unwrap().to_string().as_bytes()).unwrap();
    let med_type = MedType::parse(case.med_type.as_ref().unwrap(), &[]).unwrap();
    let level = HospitalLevel::parse(case.hosp_lv.as_ref().unwrap()).unwrap();
    let mut facts = Facts {
        insurance,
        age: case.age,
        level,
        filing: FilingClass::Local,
        scope: Scope::Local,
        admission: u32::try_from(case.admissions_before).unwrap() + 1,
        begin: on,
        ..Facts::empty()
    };
    facts.set_person_type(PersonType::parse(case.psn_type.as_ref().unwrap()).unwrap());
    facts.set_care_region(region);
    facts.set_med_type(&med_type, &policy.symbols);
    let terms = policy.terms(on, &facts).unwrap_or_else(|e| panic!("{id}: {}", e.what));
    let part = |name: &str| fen(case.claim.as_ref().unwrap().get(name).unwrap());
    let charges = Charges {
        full_self_pay: part("full_self_pay"),
        over_limit: part("over_limit"),
        pre_self_pay: part("pre_self_pay"),
        in_scope: part("in_scope"),
        ..Charges::default()
    };
    assert_eq!(charges.total(), part("total"), "{id}: the components are not the total");
    let claim = Claim {
        id: SettlementId::new("case").unwrap(),
        insurance,
        med_type,
        begin: on,
        end: on,
        settled_at: Moment::midnight(on),
        account_used: case.acct_used,
        ..Claim::default()
    };
    let priced = PricedClaim { claim, charges, lines: 1, findings: Vec::new() };
    let person = PersonRecord::default();
    let entitled = Entitled {
        insured: InsuredRegion(region),
        care: CareRegion(region),
        scope: Scope::Local,
        filing: FilingClass::Local,
        level,
        person: &person,
        policy,
        terms,
    };
    let mut year = year(case);
    let mut account =
        Account { as_of: Moment::default(), balance: fen(&case.balance), sharing: Fen::ZERO };
    let settled = settle_claim(&priced, &entitled, History::of(&mut year), Some(&mut account));
    let expected = case.expected.as_ref().unwrap();
    assert_eq!(settled.deductible, fen(&expected.deductible), "{id}: deductible");
    for fund in Fund::ALL {
        let text = expected.funds.get(fund.field()).map_or("0.00", String::as_str);
        assert_eq!(settled.payers.fund(fund), fen(text), "{id}: {}", fund.field());
    }
    assert_eq!(settled.payers.account, fen(&expected.account), "{id}: account");
    assert_eq!(settled.payers.cash, fen(&expected.cash), "{id}: cash");
}

fn year(case: &Case) -> Year {
    let mut year = Year::default();
    year.set(Slot::ADMISSIONS, case.admissions_before);
    for before in &case.before {
        let counter = Counter::parse(&before.counter).unwrap();
        let mut set = |measure, text: &str| year.set(Slot::of(counter, measure), fen(text).get());
        set(Measure::Deductible, &before.deductible);
        set(Measure::Base, &before.base);
        set(Measure::Paid, &before.paid);
    }
    year
}

/// A published record whose own amounts do not add up must be refused.
fn check_negative(case: &Case) {
    let mut claim = Claim::default();
    for field in DeclaredField::ALL {
        if let Some(text) = case.declared.get(field.field()) {
            claim.declared.set(field, fen(text));
        }
    }
    let mut findings = Vec::new();
    medsettle::validate::check_declared(&claim, "settlements.csv", &mut findings);
    assert!(!findings.is_empty(), "{}: nothing was found wrong", case.id);
}
