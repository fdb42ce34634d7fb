//! Which pooling region a division belongs to, and since when.
//!
//! Never guessed from digits: counties with pools of their own, pools without a GB/T 2260 code and province-level pools exist.

use std::collections::{BTreeMap, HashMap};

use crate::calendar::{Date, DateSpan};
use crate::codes::AdmDiv;

/// The dated table division -> pooling region.
#[derive(Debug, Default)]
pub struct RegionTable {
    spans: HashMap<AdmDiv, Vec<(DateSpan, AdmDiv)>>,
    names: BTreeMap<AdmDiv, String>,
}

impl RegionTable {
    /// Adds a row. `false` when the division already has a pool on some of these days.
    pub fn add(&mut self, division: AdmDiv, name: &str, pool: AdmDiv, span: DateSpan) -> bool {
        self.names.insert(division, name.to_owned());
        let spans = self.spans.entry(division).or_default();
        if spans.iter().any(|(other, _)| other.overlaps(&span)) {
            return false;
        }
        spans.push((span, pool));
        true
    }

    /// The pooling region of `division` on `day`.
    pub fn pool(&self, division: AdmDiv, day: Date) -> Option<AdmDiv> {
        let spans = self.spans.get(&division)?;
        spans.iter().find(|(span, _)| span.contains(day)).map(|(_, pool)| *pool)
    }

    /// The pooling regions of `division` on the days of `span`, each with the days on which it is one.
    pub fn pools(&self, division: AdmDiv, span: DateSpan) -> Vec<(AdmDiv, DateSpan)> {
        let spans = self.spans.get(&division).map_or(&[][..], Vec::as_slice);
        let shared = |other: &DateSpan| DateSpan {
            from: other.from.max(span.from),
            until: other.until.min(span.until),
        };
        spans
            .iter()
            .filter(|(other, _)| other.overlaps(&span))
            .map(|(other, pool)| (*pool, shared(other)))
            .collect()
    }

    /// The region's name, or its code.
    pub fn name(&self, division: AdmDiv) -> String {
        self.names.get(&division).cloned().unwrap_or_else(|| division.to_string())
    }

    pub fn names(&self) -> impl Iterator<Item = (AdmDiv, &str)> {
        self.names.iter().map(|(division, name)| (*division, name.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}
