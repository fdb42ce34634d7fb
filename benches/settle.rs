//! What one claim costs: looking its terms up, and settling it under Beijing's policy for retired employees with all its layers.
//!
//! `cargo bench --bench settle` prints nanoseconds a claim, the median of many rounds, beside a reference of the same run: copying
//! the claim's record, which any program that gives a result must do.
#![allow(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints figures"
)]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use medsettle::calendar::{Date, Moment};
use medsettle::claim::{Charges, Claim, PricedClaim};
use medsettle::codes::{
    AdmDiv, CareRegion, FilingClass, HospitalLevel, Insurance, InsuredRegion, MedType, PersonType,
    Scope,
};
use medsettle::ingest::policy_book;
use medsettle::money::Fen;
use medsettle::policy::Facts;
use medsettle::reference::PersonRecord;
use medsettle::settle::{Account, Entitled, History, Year, settle_claim};

const ROUNDS: usize = 301;
const CLAIMS: usize = 1_000;

fn main() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pipelines/policy");
    let book = policy_book::load(&[root]).unwrap().book;
    let region = InsuredRegion(AdmDiv::parse(b"110000").unwrap());
    let insurance = Insurance::parse("310").unwrap();
    let policy = book.policy(region, insurance).unwrap();
    let day = Date::parse(b"2025-06-30").unwrap();
    let med_type = MedType::parse("21", &[]).unwrap();
    let mut facts = Facts {
        insurance,
        age: Some(68),
        level: HospitalLevel::parse("02").unwrap(),
        admission: 2,
        begin: day,
        ..Facts::empty()
    };
    facts.set_person_type(PersonType::parse("1201").unwrap());
    facts.set_care_region(region.0);
    facts.set_med_type(&med_type, &policy.symbols);
    // Deductible, three segments, the pool's cap, aid above it.
    let charges = Charges {
        in_scope: Fen::new(18_000_000),
        pre_self_pay: Fen::new(200_000),
        ..Charges::default()
    };
    let claim = Claim {
        insurance,
        med_type,
        begin: day,
        end: day,
        settled_at: Moment::midnight(day),
        account_used: true,
        ..Claim::default()
    };
    let priced = PricedClaim { claim, charges, lines: 1, findings: Vec::new() };
    let person = PersonRecord::default();
    let lookup = median(|| {
        black_box(policy.terms(day, black_box(&facts)).unwrap());
    });
    let entitled = Entitled {
        insured: region,
        care: CareRegion(region.0),
        scope: Scope::Local,
        filing: FilingClass::Local,
        level: facts.level,
        person: &person,
        policy,
        terms: policy.terms(day, &facts).unwrap(),
    };
    println!("layers of the claim     {:>8}", entitled.terms.layers.len());
    let copy = median(|| {
        black_box(black_box(&priced).claim.clone());
    });
    let settle = median(|| {
        let mut years = [Year::default(), Year::default()];
        let mut account =
            Account { as_of: Moment::default(), balance: Fen::new(50_000), sharing: Fen::ZERO };
        let history = History { years: &mut years, open_stay: None, in_stay: false, place: 0 };
        black_box(settle_claim(black_box(&priced), &entitled, history, Some(&mut account)));
    });
    println!("copy of the record      {copy:>8.0} ns");
    println!("terms looked up         {lookup:>8.0} ns");
    println!("claim settled           {settle:>8.0} ns, the copy of its record included");
    println!("both, less the copy     {:>8.0} ns", lookup + settle - copy);
}

/// Nanoseconds of one call: the median over rounds of a thousand.
fn median(mut work: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..CLAIMS {
                work();
            }
            started.elapsed().as_nanos() as f64 / CLAIMS as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}
