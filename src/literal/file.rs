//! A policy file as its text says it: one struct per table of the format, nothing resolved.
//!
//! Owns the keys. Must not know what they come to: dates, bases and parameters are looked up in `book`.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Deserializer, de};

/// A bare date of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) NaiveDate);

/// A bare date of a file, with a time where one stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) NaiveDateTime);

fn date_of(value: &toml::value::Datetime) -> Option<NaiveDate> {
    let date = value.date?;
    NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let value = toml::value::Datetime::deserialize(deserializer)?;
        date_of(&value).map(Day).ok_or_else(|| de::Error::custom(format!("{value} is no date")))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let value = toml::value::Datetime::deserialize(deserializer)?;
        let moment = date_of(&value).and_then(|date| match value.time {
            None => date.and_hms_opt(0, 0, 0),
            Some(time) => date.and_hms_opt(
                u32::from(time.hour),
                u32::from(time.minute),
                time.second.map_or(0, u32::from),
            ),
        });
        moment.map(Moment).ok_or_else(|| de::Error::custom(format!("{value} is no moment")))
    }
}

/// A whole file: a policy, or a base where `base` is set.
#[derive(Clone, Deserialize, Debug)]
pub(super) struct File {
    #[serde(default)]
    pub base: bool,
    #[serde(default)]
    pub region: String,
    #[serde(default)]
    pub insurance: Vec<String>,
    #[serde(default)]
    pub persons: Vec<String>,
    pub terms_date: Option<String>,
    pub year_starts: Option<YearStarts>,
    pub year_of: Option<String>,
    pub rounding: Option<String>,
    #[serde(default)]
    pub extends: Vec<String>,
    #[serde(default)]
    pub parameter: Vec<Parameter>,
    #[serde(default)]
    pub layer: Vec<Layer>,
    #[serde(default)]
    pub cross_region: Vec<Table<EffectRow>>,
    #[serde(default)]
    pub waiting: Vec<Table<WaitingRow>>,
    #[serde(default)]
    pub registration: Vec<Table<RegistrationRow>>,
    #[serde(default)]
    pub account: Vec<AccountTable>,
}

/// First day of the benefit year: always the same, or by date.
#[derive(Clone, Deserialize, Debug)]
#[serde(untagged)]
pub(super) enum YearStarts {
    Always(String),
    Dated(Vec<YearStart>),
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct YearStart {
    pub from: Day,
    pub starts: String,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct Parameter {
    pub id: String,
    pub from: Day,
    pub yuan: String,
}

/// A layer, or what a region changes of one.
#[derive(Clone, Deserialize, Debug)]
pub(super) struct Layer {
    pub id: String,
    pub care: Option<Vec<String>>,
    pub only: Option<Conditions>,
    pub fund: Option<String>,
    pub counter: Option<String>,
    pub also_counts: Option<Vec<String>>,
    pub base: Option<Vec<String>>,
    pub same_ratio_as: Option<String>,
    pub same_deductible_as: Option<String>,
    pub during_stay: Option<String>,
    #[serde(default)]
    pub deductible: Vec<DeductibleTable>,
    #[serde(default)]
    pub first: Vec<Table<FirstRow>>,
    #[serde(default)]
    pub ratio: Vec<RatioTable>,
    #[serde(default)]
    pub cap: Vec<CapTable>,
    #[serde(default)]
    pub top_up: Vec<Table<TopUpRow>>,
}

/// Something that holds from a day.
pub(super) trait Dated {
    fn from(&self) -> NaiveDate;
}

/// Something that holds for whom its conditions name.
pub(super) trait Row {
    fn conditions(&self) -> &Conditions;
}

macro_rules! dated {
    ($($name:ident)*) => {$(
        impl Dated for $name {
            fn from(&self) -> NaiveDate {
                self.from.0
            }
        }
    )*};
}
dated!(Parameter YearStart DeductibleTable RatioTable CapTable AccountTable);

impl<R> Dated for Table<R> {
    fn from(&self) -> NaiveDate {
        self.from.0
    }
}

macro_rules! rows {
    ($($name:ident)*) => {$(
        impl Row for $name {
            fn conditions(&self) -> &Conditions {
                &self.who
            }
        }
    )*};
}
rows!(DeductibleRow FirstRow RatioRow Adjustment CapRow Addition TopUpRow EffectRow WaitingRow RegistrationRow AccountRow);

/// A dated table without keys of its own.
#[derive(Clone, Deserialize, Debug)]
pub(super) struct Table<R> {
    pub from: Day,
    pub rows: Vec<R>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct DeductibleTable {
    pub from: Day,
    pub kind: Option<String>,
    pub days: Option<i64>,
    pub year_ceiling: Option<String>,
    pub restarts_after_days: Option<i64>,
    pub transfer: Option<Transfer>,
    pub credit: Option<Credit>,
    #[serde(default)]
    pub rows: Vec<DeductibleRow>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct Transfer {
    pub within_days: i64,
    pub upward: Option<String>,
    pub downward: Option<String>,
    pub same: Option<String>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct Credit {
    pub counter: String,
    pub within_days: i64,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct DeductibleRow {
    #[serde(flatten)]
    pub who: Conditions,
    #[serde(default)]
    pub yuan: Vec<String>,
    pub later: Option<Later>,
    pub percent: Option<String>,
    pub of: Option<String>,
    pub at_least: Option<String>,
    pub at_most: Option<String>,
}

/// How standards go on after the last one of the list.
#[derive(Clone, Deserialize, Debug)]
pub(super) struct Later {
    pub minus: Option<String>,
    pub minus_percent: Option<String>,
    pub of: Option<String>,
    pub floor: Option<String>,
    pub at_most_percent: Option<String>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct FirstRow {
    #[serde(flatten)]
    pub who: Conditions,
    pub percent: String,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct RatioTable {
    pub from: Day,
    pub measure: Option<String>,
    pub days: Option<i64>,
    pub start: Option<String>,
    pub mode: Option<String>,
    pub bounds: Option<String>,
    #[serde(default)]
    pub rows: Vec<RatioRow>,
    #[serde(default)]
    pub adjust: Vec<Adjustment>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct RatioRow {
    #[serde(flatten)]
    pub who: Conditions,
    /// Lower bound, per cent.
    pub segments: Vec<(String, String)>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct Adjustment {
    #[serde(flatten)]
    pub who: Conditions,
    pub points: Option<String>,
    pub personal_points: Option<String>,
    pub personal_factor: Option<String>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct CapTable {
    pub from: Day,
    pub on: Option<String>,
    pub per: Option<String>,
    pub counter: Option<String>,
    pub diseases: Option<String>,
    #[serde(default)]
    pub rows: Vec<CapRow>,
    #[serde(default)]
    pub additions: Vec<Addition>,
    pub additions_at_most: Option<String>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct CapRow {
    #[serde(flatten)]
    pub who: Conditions,
    pub yuan: String,
    pub supplement: Option<String>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct Addition {
    #[serde(flatten)]
    pub who: Conditions,
    pub fact: String,
    #[serde(default)]
    pub after: i64,
    pub yuan: String,
    #[serde(default)]
    pub resets: bool,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct TopUpRow {
    #[serde(flatten)]
    pub who: Conditions,
    pub percent: String,
    pub of: Option<String>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct EffectRow {
    #[serde(flatten)]
    pub who: Conditions,
    pub effect: Option<String>,
    pub value: Option<String>,
    pub base: Option<String>,
    pub before: Option<String>,
    #[serde(default)]
    pub effects: Vec<Effect>,
    #[serde(default)]
    pub layers: Vec<String>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct Effect {
    #[serde(rename = "effect")]
    pub kind: String,
    pub value: Option<String>,
    pub base: Option<String>,
    pub before: Option<String>,
    #[serde(default)]
    pub layers: Vec<String>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct WaitingRow {
    #[serde(flatten)]
    pub who: Conditions,
    #[serde(default)]
    pub gap_over_days: i64,
    #[serde(default)]
    pub months: u32,
    #[serde(default)]
    pub more_months_per_missing_year: u32,
    pub effect: Option<String>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct RegistrationRow {
    #[serde(flatten)]
    pub who: Conditions,
    pub at_most: usize,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct AccountTable {
    pub from: Day,
    pub when: Option<String>,
    #[serde(default)]
    pub rows: Vec<AccountRow>,
}

#[derive(Clone, Deserialize, Debug)]
pub(super) struct AccountRow {
    #[serde(flatten)]
    pub who: Conditions,
    pub pays: Vec<String>,
}

/// Whom a row concerns (section 6).
#[derive(Clone, Deserialize, Debug, Default)]
#[serde(default)]
pub(super) struct Conditions {
    pub insurance: Vec<String>,
    pub persons: Vec<String>,
    pub age_from: Option<i64>,
    pub age_to: Option<i64>,
    pub born_from: Option<Day>,
    pub born_before: Option<Day>,
    pub retired_from: Option<Day>,
    pub retired_before: Option<Day>,
    pub months_from: Option<i64>,
    pub months_to: Option<i64>,
    pub identities: Vec<String>,
    pub marks: Vec<String>,
    pub institution_marks: Vec<String>,
    pub levels: Vec<String>,
    pub filing: Vec<String>,
    pub scopes: Vec<String>,
    pub care_regions: Vec<String>,
    pub linked: Option<bool>,
    pub diseases: Vec<String>,
    pub care: Vec<String>,
    pub med_types: Vec<String>,
    pub admission_from: Option<i64>,
    pub admission_to: Option<i64>,
}

/// A file of cases (section 9).
#[derive(Deserialize)]
pub(super) struct CaseFile {
    #[serde(default)]
    pub case: Vec<CaseText>,
}

#[derive(Deserialize)]
pub(super) struct CaseText {
    pub id: String,
    #[serde(default)]
    pub person: PersonText,
    #[serde(default)]
    pub before: BTreeMap<String, toml::Value>,
    #[serde(default)]
    pub claim: Vec<ClaimText>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PersonText {
    pub psn_type: String,
    pub birth: Option<Day>,
    pub identities: Vec<String>,
    pub marks: Vec<MarkText>,
    pub registered: Vec<String>,
    pub enrolled: Vec<SpellText>,
    pub continuous_since: Option<Day>,
    pub retired: Option<Day>,
    pub balance: Option<String>,
    pub family: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct MarkText {
    pub mark: String,
    pub value: Option<i64>,
    pub institution: Option<String>,
    pub from: Option<Day>,
    pub to: Option<Day>,
}

#[derive(Deserialize)]
pub(super) struct SpellText {
    pub from: Day,
    pub to: Option<Day>,
}

#[derive(Deserialize)]
pub(super) struct ClaimText {
    pub insurance: Option<String>,
    pub med_type: String,
    #[serde(default)]
    pub hosp_lv: String,
    pub filing: Option<String>,
    pub care_region: Option<String>,
    pub begin: Day,
    pub end: Option<Day>,
    pub settled: Option<Moment>,
    #[serde(default)]
    pub fee: BTreeMap<String, String>,
    pub expected: Option<ExpectedText>,
    pub disease: Option<String>,
    pub institution: Option<String>,
    #[serde(default)]
    pub institution_marks: Vec<String>,
    pub linked: Option<bool>,
    #[serde(default)]
    pub mid_stay: bool,
    #[serde(default)]
    pub visit: String,
    pub account_used: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ExpectedText {
    pub refused: bool,
    pub held: bool,
    pub deductible: Option<String>,
    pub first: Option<String>,
    pub funds: Option<BTreeMap<String, String>>,
    pub account: Option<String>,
    pub cash: Option<String>,
    pub totals: BTreeMap<String, toml::Value>,
}
