//! Every construct of the policy language on small invented policies, figures worked out by hand.

mod caps;
mod deductibles;
mod elsewhere;
mod others;
mod properties;
mod ratios;
mod years;

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::{Date, DateSpan, Moment};
use crate::claim::{Charges, Claim, Declared, DeclaredField, PricedClaim, Settled, Slot};
use crate::codes::{
    AdmDiv, CareKind, DiseaseCode, Fund, HospitalLevel, InstitutionCode, Insurance, InsuredRegion,
    MedType, PersonNo, PersonType, SettlementId, VisitId,
};
use crate::money::Fen;
use crate::policy::compile::compile;
use crate::policy::written::read_files;
use crate::policy::{Component, Policy, PolicyBook};
use crate::reference::{Balance, Enrolment, LinkOpening, PersonMark, Reference};

use super::fold::FoldInputs;
use super::{PersonState, fold_person};

const ALWAYS: DateSpan = DateSpan { from: Date::EARLIEST, until: Date::FOREVER };

/// A layer for stays whose fund is the pool; `tables` follow it.
fn stays(tables: &str) -> String {
    layer("stay", "inpatient", "inpatient", tables)
}

fn layer(id: &str, care: &str, counter: &str, tables: &str) -> String {
    on_base(id, care, counter, "hifp_pay", "\"in_scope\"", tables)
}

fn on_base(id: &str, care: &str, counter: &str, fund: &str, base: &str, tables: &str) -> String {
    format!(
        "[[layer]]\nid = \"{id}\"\ncare = [\"{care}\"]\nfund = \"{fund}\"\ncounter = \"{counter}\"\nbase = [{base}]\n{tables}\n"
    )
}

/// One table with what stands in it.
fn table(name: &str, keys: &str, rows: &str) -> String {
    format!("[[layer.{name}]]\nfrom = 2000-01-01\nsource = \"s\"\n{keys}\nrows = [ {rows} ]\n")
}

fn flat(percent: &str) -> String {
    table("ratio", "", &format!("{{ segments = [[\"0\", \"{percent}\"]] }}"))
}

/// One person of region 990100, treated there or in 990200, under an invented policy.
struct Story {
    book: PolicyBook,
    reference: Reference,
    state: PersonState,
    count: u32,
}

/// Care that is asked to be settled.
#[derive(Clone, Copy)]
struct Care {
    med_type: &'static str,
    level: &'static str,
    begin: &'static str,
    end: &'static str,
    /// Day of settlement; empty: the end.
    settled: &'static str,
    /// In yuan.
    in_scope: i64,
    pre_self_pay: i64,
    full_self_pay: i64,
    disease: &'static str,
    visit: &'static str,
    mid_stay: bool,
    away: bool,
    account: bool,
}

fn stay(begin: &'static str, end: &'static str, in_scope: i64) -> Care {
    Care { med_type: "21", begin, end, ..visit(begin, in_scope) }
}

fn visit(day: &'static str, in_scope: i64) -> Care {
    Care {
        med_type: "11",
        level: "01",
        begin: day,
        end: day,
        settled: "",
        in_scope,
        pre_self_pay: 0,
        full_self_pay: 0,
        disease: "",
        visit: "",
        mid_stay: false,
        away: false,
        account: false,
    }
}

fn chronic(day: &'static str, disease: &'static str, in_scope: i64) -> Care {
    Care { med_type: "14", disease, ..visit(day, in_scope) }
}

fn day(text: &str) -> Date {
    Date::parse(text.as_bytes()).unwrap_or_default()
}

fn yuan(amount: i64) -> Fen {
    Fen::new(amount * 100)
}

fn division(text: &str) -> AdmDiv {
    AdmDiv::parse(text.as_bytes()).unwrap_or_default()
}

fn insurance() -> Insurance {
    Insurance::parse("310").unwrap_or_default()
}

const REGION: &str = "990100";

impl Story {
    /// `head`: keys of the head; `body`: layers and tables.
    fn with_head(head: &str, body: &str) -> Story {
        let text = format!(
            "title = \"t\"\nregion = \"{REGION}\"\ninsurance = [\"310\"]\nlast_checked = 2026-01-01\n{head}\n\
             [sources.s]\ntitle = \"t\"\nnumber = \"1\"\narticle = \"1\"\nconfidence = \"high\"\nnote = \"\"\n{body}"
        );
        let written = read_files([("p.toml", text.as_str())]);
        let book = match compile(&written) {
            Ok(book) => book,
            Err(problems) => {
                let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
                panic!("{}\n{text}", told.join("\n"))
            }
        };
        let (state, reference) = (PersonState::default(), reference());
        Story { book, reference, state, count: 0 }
    }

    fn new(body: &str) -> Story {
        Story::with_head("", body)
    }

    fn insured() -> InsuredRegion {
        InsuredRegion(division(REGION))
    }

    fn policy(&self) -> &Policy {
        &self.book.policies()[0]
    }

    fn mark(&mut self, mark: &str, value: i64, from: &str) {
        let number = PersonNo::new("1").unwrap_or_default();
        let span = DateSpan { from: day(from), until: Date::FOREVER };
        let person = self.reference.coverage.entry(Story::insured(), number);
        person.marks = vec![PersonMark { mark: mark.to_owned(), value, institution: None, span }];
    }

    fn balance(&mut self, balance: Fen) {
        let number = PersonNo::new("1").unwrap_or_default();
        let as_of = Moment::midnight(Date::EARLIEST);
        let person = self.reference.coverage.entry(Story::insured(), number);
        person.balance = Some(Balance { balance, sharing_limit: Fen::ZERO, as_of });
    }

    fn total(&self, year: &str, slot: &str) -> i64 {
        let key =
            (Story::insured(), insurance(), crate::calendar::BenefitYear::starting(day(year)));
        let slot = Slot::parse(slot).unwrap_or_default();
        self.state.years.get(&key).map_or(0, |year| year.get(slot))
    }

    /// A record as it comes from pricing.
    fn record(&mut self, care: &Care) -> PricedClaim {
        self.count += 1;
        let charges = Charges {
            full_self_pay: yuan(care.full_self_pay),
            pre_self_pay: yuan(care.pre_self_pay),
            in_scope: yuan(care.in_scope),
            ..Charges::default()
        };
        let mut declared = Declared::default();
        declared.set(DeclaredField::Total, charges.total());
        let settled = if care.settled.is_empty() { care.end } else { care.settled };
        let number = self.count;
        let own = format!("V{number}");
        let visit = if care.visit.is_empty() { &own } else { care.visit };
        let place = if care.away { "990200" } else { REGION };
        let claim = Claim {
            id: SettlementId::new(&format!("C{number:04}")).unwrap_or_default(),
            visit: VisitId::new(visit).unwrap_or_default(),
            person_no: PersonNo::new("1").unwrap_or_default(),
            insurance: insurance(),
            person_type: PersonType::parse("1101").unwrap_or_default(),
            insured_div: division(REGION),
            care_div: division(place),
            institution: institution(care.level, care.away),
            med_type: MedType::parse(care.med_type, &[]).unwrap_or_default(),
            begin: day(care.begin),
            end: day(care.end),
            settled_at: Moment::midnight(day(settled)),
            mid_stay: care.mid_stay,
            account_used: care.account,
            disease: DiseaseCode::new(care.disease).unwrap_or_default(),
            emergency: care.away,
            declared,
            ..Claim::default()
        };
        PricedClaim { claim, charges, lines: 1, findings: Vec::new() }
    }

    /// Settles records of one night.
    fn night(&mut self, records: Vec<PricedClaim>, earlier: &[Settled]) -> Vec<Settled> {
        let (held, tonight) = (BTreeSet::new(), BTreeSet::new());
        let inputs = FoldInputs {
            reference: &self.reference,
            book: &self.book,
            hold_differences: false,
            held: &held,
            tonight: &tonight,
        };
        let booked =
            |settled: &Settled| super::Booked { settled: settled.clone(), reversed: false };
        let earlier: BTreeMap<SettlementId, super::Booked> =
            earlier.iter().map(|settled| (settled.claim.id, booked(settled))).collect();
        let result = fold_person(records, &mut self.state, &earlier, inputs);
        let findings: Vec<_> = result.stopped.iter().flat_map(|record| &record.findings).collect();
        assert!(findings.is_empty(), "{findings:?}");
        result.settled
    }

    fn settle(&mut self, care: &Care) -> Settled {
        let record = self.record(care);
        let mut settled = self.night(vec![record], &[]);
        settled.remove(0)
    }

    /// Settles care and holds deductible, what the pool pays and cash against figures in fen.
    fn pays(&mut self, care: Care, deductible: i64, pooled: i64, cash: i64) {
        let settled = self.settle(&care);
        let payers = &settled.payers;
        let computed =
            (settled.deductible.get(), payers.fund(Fund::Pooled).get(), payers.cash.get());
        let what = (care.begin, care.end, care.in_scope);
        assert_eq!(computed, (deductible, pooled, cash), "{what:?}: {:?}", settled.steps);
    }

    /// The reversal of a booked record.
    fn reverse(&mut self, settled: &Settled) -> Settled {
        self.count += 1;
        let id = SettlementId::new(&format!("R{:04}", self.count)).unwrap_or_default();
        let mut claim =
            Claim { id, reversal: true, original: settled.claim.id, ..settled.claim.clone() };
        claim.declared = Declared::default();
        claim.declared.set(DeclaredField::Total, -settled.charges.total());
        let record = PricedClaim { claim, ..PricedClaim::default() };
        self.night(vec![record], std::slice::from_ref(settled)).remove(0)
    }
}

fn institution(level: &str, away: bool) -> InstitutionCode {
    InstitutionCode::new(&format!("H{level}{}", u8::from(away))).unwrap_or_default()
}

/// Institutions of every level at home and away, and one person who is enrolled.
fn reference() -> Reference {
    let mut reference = Reference::default();
    for place in [REGION, "990200"] {
        reference.regions.add(division(place), "", division(place), ALWAYS);
    }
    for (code, away) in ["01", "05", "08", "11"].into_iter().flat_map(|c| [(c, false), (c, true)]) {
        let place = if away { "990200" } else { REGION };
        let level = HospitalLevel::parse(code).unwrap_or_default();
        let institution = reference.institutions.entry(institution(code, away));
        institution.registered.push((ALWAYS, division(place), level));
        institution.agreements.push(ALWAYS);
        let links = CareKind::ALL.map(|care| (care, LinkOpening::Nationwide, ALWAYS));
        institution.links.extend(links);
    }
    let number = PersonNo::new("1").unwrap_or_default();
    let person = reference.coverage.entry(Story::insured(), number);
    person.enrolments.push(Enrolment {
        span: DateSpan { from: day("2010-01-01"), until: Date::FOREVER },
        insurance: insurance(),
        person_type: PersonType::parse("1101").unwrap_or_default(),
        birth: Some(day("1980-01-01")),
        active: true,
        wait_until: None,
        identities: Vec::new(),
        retired: None,
        continuous_since: None,
        civil_servant: false,
    });
    person.registrations = ["M03900", "M07800"].map(registered).into();
    reference
}

fn registered(code: &str) -> crate::reference::coverage::Registration {
    crate::reference::coverage::Registration {
        disease: DiseaseCode::new(code).unwrap_or_default(),
        insurance: None,
        institution: None,
        span: ALWAYS,
    }
}
