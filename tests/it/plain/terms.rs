//! Policies as their files say them, and the rows that hold for one claim.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::reference::tier;
use super::row::Claim;
use super::text::{day, number, yuan};

/// All policies.
pub struct Book {
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
pub struct Policy {
    pub region: String,
    insurance: Vec<String>,
    #[serde(default)]
    terms_date: Option<String>,
    #[serde(default)]
    year_starts: Option<String>,
    layer: Vec<Layer>,
    #[serde(default)]
    cross_region: Vec<Entry<Effect>>,
    #[serde(default)]
    account: Vec<Entry<Account>>,
}

#[derive(Deserialize)]
pub struct Layer {
    pub id: String,
    care: Vec<String>,
    pub fund: String,
    pub counter: String,
    pub base: Vec<String>,
    #[serde(default)]
    deductible: Vec<Entry<Amounts>>,
    #[serde(default)]
    ratio: Vec<Entry<Segments>>,
    #[serde(default)]
    cap: Vec<Entry<Amount>>,
}

/// A dated table.
#[derive(Deserialize)]
pub struct Entry<R> {
    from: toml::value::Datetime,
    kind: Option<String>,
    measure: Option<String>,
    start: Option<String>,
    on: Option<String>,
    per: Option<String>,
    rows: Vec<R>,
}

/// Whom a row concerns.
#[derive(Deserialize)]
pub struct Who {
    #[serde(default)]
    persons: Vec<String>,
    age_from: Option<i32>,
    age_to: Option<i32>,
    #[serde(default)]
    levels: Vec<String>,
    #[serde(default)]
    filing: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    care_regions: Vec<String>,
    #[serde(default)]
    identities: Vec<String>,
    #[serde(default)]
    diseases: Vec<String>,
    #[serde(default)]
    care: Vec<String>,
    #[serde(default)]
    med_types: Vec<String>,
}

#[derive(Deserialize)]
pub struct Amounts {
    #[serde(flatten)]
    who: Who,
    yuan: Vec<String>,
}

#[derive(Deserialize)]
pub struct Amount {
    #[serde(flatten)]
    who: Who,
    yuan: String,
}

#[derive(Deserialize)]
pub struct Segments {
    #[serde(flatten)]
    who: Who,
    segments: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub struct Effect {
    #[serde(flatten)]
    who: Who,
    #[serde(rename = "effect")]
    pub kind: String,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    pub base: Option<String>,
    #[serde(default)]
    pub layers: Vec<String>,
}

#[derive(Deserialize)]
pub struct Account {
    #[serde(flatten)]
    who: Who,
    pub pays: Vec<String>,
}

trait Row {
    fn who(&self) -> &Who;
}

macro_rules! row {
    ($($name:ident)*) => {$(
        impl Row for $name {
            fn who(&self) -> &Who {
                &self.who
            }
        }
    )*};
}
row!(Amounts Amount Segments Effect Account);

/// What rows ask about a claim.
pub struct Facts<'a> {
    pub claim: &'a Claim,
    pub person_type: &'a str,
    pub age: Option<i32>,
    pub level: &'a str,
    pub filing: &'a str,
    pub scope: &'a str,
    pub care_pool: &'a str,
    pub identities: &'a [String],
}

/// What holds for one claim.
pub struct Terms<'a> {
    pub layers: Vec<LayerTerms<'a>>,
    pub effect: Option<&'a Effect>,
    /// Components that the account may pay.
    pub account: Option<&'a [String]>,
}

pub struct LayerTerms<'a> {
    pub layer: &'a Layer,
    /// Kind, and amounts by admission.
    pub deductible: Option<(&'a str, Vec<Decimal>)>,
    pub yearly: bool,
    pub from_zero: bool,
    /// From (yuan), share.
    pub segments: Vec<(Decimal, Decimal)>,
    /// What is capped, over which period, amount.
    pub cap: Option<(&'a str, &'a str, Decimal)>,
}

impl Layer {
    /// The layer that splits the in-scope amount.
    pub fn is_first(&self) -> bool {
        self.base == ["in_scope"]
    }
}

impl Effect {
    /// `value` as a share.
    pub fn share(&self) -> Decimal {
        percent(self.value.as_deref().unwrap_or("0"))
    }

    /// Whether the effect is on this layer.
    pub fn concerns(&self, layer: &Layer) -> bool {
        if self.layers.is_empty() { layer.is_first() } else { self.layers.contains(&layer.id) }
    }
}

fn percent(text: &str) -> Decimal {
    number(text, 4).unwrap() / Decimal::ONE_HUNDRED
}

impl Book {
    pub fn read(folders: &[PathBuf]) -> Book {
        let mut policies = Vec::new();
        for folder in folders {
            collect(folder, &mut policies);
        }
        Book { policies }
    }

    pub fn policy(&self, region: &str, insurance: &str) -> Option<&Policy> {
        let serves = |policy: &&Policy| {
            policy.region == region && policy.insurance.iter().any(|code| code == insurance)
        };
        self.policies.iter().find(serves)
    }
}

fn collect(folder: &Path, policies: &mut Vec<Policy>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, policies);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            policies.push(toml::from_str(&text).unwrap());
        }
    }
}

impl Policy {
    /// The day that picks this policy's values.
    pub fn terms_date(&self, claim: &Claim) -> NaiveDate {
        match self.terms_date.as_deref() {
            Some("admission") => claim.begin,
            Some("discharge") => claim.end,
            _ => claim.time.date(),
        }
    }

    /// First day of the benefit year that contains `on`.
    pub fn year_of(&self, on: NaiveDate) -> NaiveDate {
        use chrono::Datelike;
        let starts = self.year_starts.as_deref().unwrap_or("01-01");
        let this = day(&format!("{:04}-{starts}", on.year())).unwrap();
        if on >= this { this } else { day(&format!("{:04}-{starts}", on.year() - 1)).unwrap() }
    }

    /// Whether care is not settled directly, whatever else holds.
    pub fn refuses(&self, facts: &Facts<'_>) -> bool {
        let on = self.terms_date(facts.claim);
        let effect = at(&self.cross_region, on).and_then(|entry| pick(&entry.rows, facts));
        effect.is_some_and(|row| row.kind == "refuse")
    }

    /// Everything that holds for a claim; `None` where a table that is needed has no row for it.
    pub fn terms<'a>(&'a self, facts: &Facts<'_>) -> Option<Terms<'a>> {
        let on = self.terms_date(facts.claim);
        let mut layers = Vec::new();
        for layer in self.layer.iter().filter(|l| l.care.iter().any(|c| c == facts.claim.care)) {
            let row =
                at(&layer.ratio, on).and_then(|entry| Some((entry, pick(&entry.rows, facts)?)));
            match row {
                Some((entry, row)) => layers.push(layer_terms(layer, entry, row, on, facts)?),
                None if layer.is_first() => return None,
                None => {}
            }
        }
        if !layers.iter().any(|terms| terms.layer.is_first()) {
            return None;
        }
        let effect = at(&self.cross_region, on).and_then(|entry| pick(&entry.rows, facts));
        let account = at(&self.account, on).and_then(|entry| pick(&entry.rows, facts));
        Some(Terms { layers, effect, account: account.map(|row| row.pays.as_slice()) })
    }
}

fn layer_terms<'a>(
    layer: &'a Layer,
    entry: &'a Entry<Segments>,
    row: &'a Segments,
    on: NaiveDate,
    facts: &Facts<'_>,
) -> Option<LayerTerms<'a>> {
    let segments = row.segments.iter().map(|(from, share)| (yuan(from).unwrap(), percent(share)));
    let mut terms = LayerTerms {
        layer,
        deductible: None,
        yearly: entry.measure.as_deref() == Some("year"),
        from_zero: entry.start.as_deref() == Some("zero"),
        segments: segments.collect(),
        cap: None,
    };
    if !layer.deductible.is_empty() {
        let entry = at(&layer.deductible, on)?;
        let row = pick(&entry.rows, facts)?;
        let amounts = row.yuan.iter().map(|text| yuan(text).unwrap()).collect();
        terms.deductible = Some((entry.kind.as_deref().unwrap(), amounts));
    }
    if !layer.cap.is_empty() {
        let entry = at(&layer.cap, on)?;
        let row = pick(&entry.rows, facts)?;
        if row.yuan != "none" {
            let per = entry.per.as_deref().unwrap_or("year");
            terms.cap = Some((entry.on.as_deref().unwrap(), per, yuan(&row.yuan).unwrap()));
        }
    }
    Some(terms)
}

/// The entry that holds on a day: the last one whose first day has come.
fn at<R>(entries: &[Entry<R>], on: NaiveDate) -> Option<&Entry<R>> {
    let started = |entry: &&Entry<R>| day(&entry.from.to_string()).unwrap() <= on;
    entries.iter().filter(started).max_by_key(|entry| entry.from.to_string())
}

/// The first row that matches.
fn pick<'a, R: Row>(rows: &'a [R], facts: &Facts<'_>) -> Option<&'a R> {
    rows.iter().find(|row| row.who().matches(facts))
}

impl Who {
    fn matches(&self, facts: &Facts<'_>) -> bool {
        let any = |list: &[String], holds: &dyn Fn(&str) -> bool| {
            list.is_empty() || list.iter().any(|one| holds(one))
        };
        any(&self.persons, &|lead| facts.person_type.starts_with(lead))
            && self.age_from.is_none_or(|from| facts.age.is_some_and(|age| age >= from))
            && self.age_to.is_none_or(|to| facts.age.is_some_and(|age| age <= to))
            && any(&self.levels, &|level| level == tier(facts.level) || level == facts.level)
            && any(&self.filing, &|class| class == facts.filing)
            && any(&self.scopes, &|scope| scope == facts.scope)
            && any(&self.care_regions, &|lead| facts.care_pool.starts_with(lead))
            && any(&self.identities, &|code| facts.identities.iter().any(|have| have == code))
            && any(&self.diseases, &|lead| facts.claim.disease.starts_with(lead))
            && any(&self.care, &|care| care == facts.claim.care)
            && any(&self.med_types, &|code| code == facts.claim.med_type)
    }
}
