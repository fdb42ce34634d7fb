//! A policy file as it is written, before anything is checked but names and types.

use serde::Deserialize;

use crate::codes::{CareKind, FilingClass, Scope};

use super::parse::{Reader, level};
use super::plan::Selector;

pub(super) type Day = toml::value::Datetime;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub(super) title: String,
    pub(super) region: String,
    pub(super) insurance: Vec<String>,
    pub(super) last_checked: Day,
    #[serde(default)]
    pub(super) terms_date: Option<String>,
    #[serde(default)]
    pub(super) year_starts: Option<String>,
    pub(super) sources: std::collections::BTreeMap<String, RawSource>,
    pub(super) layer: Vec<RawLayer>,
    #[serde(default)]
    pub(super) cross_region: Vec<RawTable<RawEffect>>,
    #[serde(default)]
    pub(super) account: Vec<RawTable<RawAccount>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub(super) title: String,
    #[serde(default)]
    pub(super) number: String,
    #[serde(default)]
    pub(super) article: String,
    pub(super) confidence: String,
    #[serde(default)]
    pub(super) note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLayer {
    pub(super) id: String,
    pub(super) care: Vec<String>,
    pub(super) fund: String,
    pub(super) counter: String,
    pub(super) base: Vec<String>,
    #[serde(default)]
    pub(super) deductible: Vec<RawTable<RawDeductible>>,
    #[serde(default)]
    pub(super) ratio: Vec<RawTable<RawRatio>>,
    #[serde(default)]
    pub(super) cap: Vec<RawTable<RawCap>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTable<R> {
    pub(super) from: Day,
    pub(super) source: String,
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) measure: Option<String>,
    #[serde(default)]
    pub(super) start: Option<String>,
    #[serde(default)]
    pub(super) on: Option<String>,
    #[serde(default)]
    pub(super) per: Option<String>,
    pub(super) rows: Vec<R>,
}

macro_rules! raw_row {
    ($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            #[serde(default)] pub(super) persons: Vec<String>,
            #[serde(default)] pub(super) age_from: Option<i32>,
            #[serde(default)] pub(super) age_to: Option<i32>,
            #[serde(default)] pub(super) levels: Vec<String>,
            #[serde(default)] pub(super) filing: Vec<String>,
            #[serde(default)] pub(super) scopes: Vec<String>,
            #[serde(default)] pub(super) care_regions: Vec<String>,
            #[serde(default)] pub(super) identities: Vec<String>,
            #[serde(default)] pub(super) diseases: Vec<String>,
            #[serde(default)] pub(super) care: Vec<String>,
            #[serde(default)] pub(super) med_types: Vec<String>,
            #[serde(default)] pub(super) source: Option<String>,
            $($(#[$meta])* pub(super) $field: $type,)*
        }

        impl RawRow for $name {
            fn own_source(&self) -> Option<&str> {
                self.source.as_deref()
            }

            fn selector(&self, place: &str, reader: &mut Reader) -> Selector {
                if self.age_from.zip(self.age_to).is_some_and(|(from, to)| from > to) {
                    reader.wrong(place, "age_from is above age_to: nobody matches");
                }
                Selector {
                    persons: reader.leading(place, "persons", &self.persons),
                    age_from: self.age_from,
                    age_to: self.age_to,
                    levels: reader.list(place, "levels", &self.levels, level),
                    filing: reader.list(place, "filing", &self.filing, FilingClass::parse),
                    scopes: reader.list(place, "scopes", &self.scopes, Scope::parse),
                    care_regions: reader.leading(place, "care_regions", &self.care_regions),
                    identities: self.identities.clone(),
                    diseases: self.diseases.clone(),
                    care: reader.list(place, "care", &self.care, CareKind::parse),
                    med_types: self.med_types.clone(),
                }
            }
        }
    };
}

pub(super) trait RawRow {
    fn own_source(&self) -> Option<&str>;
    fn selector(&self, place: &str, reader: &mut Reader) -> Selector;
}

raw_row!(RawDeductible { yuan: Vec<String>, });
raw_row!(RawRatio { segments: Vec<(String, String)>, });
raw_row!(RawCap { yuan: String });
raw_row!(RawAccount { pays: Vec<String>, });

raw_row!(RawEffect {
    effect: String,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    base: Option<String>,
    #[serde(default)]
    layers: Vec<String>,
});
