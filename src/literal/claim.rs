//! What the evaluator is asked, and what it answers: plain values, amounts in yuan.
//!
//! Owns the public types. Must know nothing of files or rules.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::state::StayPart;

/// A person as the insured place knows them, on the claim's admission.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// `psn_type`, as enrolled.
    pub person_type: String,
    pub birth: Option<NaiveDate>,
    pub retired: Option<NaiveDate>,
    /// `psn_idet_type` codes.
    pub identities: Vec<String>,
    /// Marks; `civil_servant` stands for cvlserv_flag 1.
    pub marks: Vec<Mark>,
    /// Registered chronic diseases, the earliest first.
    pub registered: Vec<String>,
    /// Spells of the insurance that the claims use, at the insured place.
    pub enrolled: Vec<Spell>,
    /// Since when enrolment is unbroken (`cont_insu_date`).
    pub continuous_since: Option<NaiveDate>,
}

/// A mark of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub mark: String,
    /// A whole number that goes with it; without one it counts as 1.
    pub value: Option<i64>,
    /// The only institution at which it counts, if it names one.
    pub institution: Option<String>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

/// A spell of enrolment, both days included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spell {
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

/// The fee by component, in yuan.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fee {
    pub in_scope: Decimal,
    pub pre_self_pay: Decimal,
    pub over_limit: Decimal,
    pub full_self_pay: Decimal,
    /// What the institution bears itself: in none of the components above.
    pub institution: Decimal,
}

impl Fee {
    /// The whole fee.
    pub fn total(&self) -> Decimal {
        self.in_scope + self.pre_self_pay + self.over_limit + self.full_self_pay + self.institution
    }
}

/// A claim to settle.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// `inpatient`, `outpatient`, `chronic` or `pharmacy`.
    pub care: String,
    pub med_type: String,
    pub hosp_lv: String,
    /// Standing towards filing, a word of section 6.
    pub filing: String,
    /// Pooling region of the care place.
    pub care_region: String,
    pub begin: NaiveDate,
    pub end: NaiveDate,
    pub settled: NaiveDateTime,
    pub fee: Fee,
    /// `dise_codg`; may be empty.
    pub disease: String,
    pub institution: String,
    pub institution_marks: Vec<String>,
    /// Whether the institution has the link that the care needs.
    pub linked: bool,
    /// A stay settled before it ends (中途结算).
    pub mid_stay: bool,
    /// Parts of one stay carry the same visit at the same institution; empty: a visit of its own.
    pub visit: String,
    /// Whether the personal account is to be used.
    pub account_used: bool,
    /// The account pays no more than this, where it is known.
    pub account_at_most: Option<Decimal>,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Settled(Box<Settled>),
    /// Not settled directly, and why.
    Refused(String),
    /// No terms for it, and why.
    Held(String),
}

/// What a settled claim comes to, in yuan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// First day of the benefit year; of a stay split by days, that of its last part.
    pub year: NaiveDate,
    /// What the rules ask as deductible before anything met earlier is taken off.
    pub deductible_standard: Decimal,
    pub deductible: Decimal,
    /// First payment for care elsewhere (`out_of_area_first`).
    pub first: Decimal,
    /// First payment of the layer itself (`first_pay`).
    pub first_pay: Decimal,
    /// By fund; a fund that a layer named stands here, with 0 if it paid nothing.
    pub funds: BTreeMap<String, Decimal>,
    /// Paid by the account, family's share included.
    pub account: Decimal,
    /// Of `account`, what family members gave.
    pub family: Decimal,
    pub cash: Decimal,
    pub institution: Decimal,
    /// What the funds left unpaid, by component, before an account paid from it.
    pub unpaid: BTreeMap<String, Decimal>,
    /// What it did to running totals: first day of the year, name, change.
    pub moves: BTreeMap<NaiveDate, BTreeMap<String, Decimal>>,
    /// What it added to its stay.
    pub stay: StayPart,
    /// Number under which the state remembers it.
    pub number: u64,
}

/// Why a claim does not settle.
#[derive(Debug)]
pub(super) enum Stop {
    Refused(String),
    Held(String),
}

impl From<String> for Stop {
    /// What cannot be evaluated is held.
    fn from(why: String) -> Stop {
        Stop::Held(why)
    }
}

/// `inpatient`, `outpatient`, `chronic` or `pharmacy` of a national `med_type`; `None` where a region's own list must say.
///
/// Source: the national interface's med_type dictionary.
pub fn care_of(med_type: &str) -> Option<&'static str> {
    match med_type {
        "11" | "12" | "13" | "19" | "51" | "53" | "1102" | "1901" | "108" | "9118" | "9119" => {
            Some("outpatient")
        }
        "14" => Some("chronic"),
        "21" | "22" | "23" | "24" | "26" | "28" | "52" | "2101" | "2105" | "9218" | "9219"
        | "9903" | "9921" | "9922" | "9925" => Some("inpatient"),
        "41" => Some("pharmacy"),
        _ => None,
    }
}
