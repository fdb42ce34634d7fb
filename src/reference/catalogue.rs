//! Care-place catalogues: which items are in scope, and how much of them.
//!
//! Source: care place's catalogue, insured place's policy (医保发〔2022〕22号 Art. 6). A pooling region may list an item itself;
//! else its province's list serves.

use hashbrown::HashMap;

use crate::calendar::{Date, DateSpan};
use crate::codes::{AdmDiv, CareRegion, InsuranceClass};
use crate::money::Rate;

/// No price limit, in millionths of a yuan.
pub const NO_LIMIT: i64 = i64::MAX;

/// What holds for an item over a span.
#[derive(Clone, Debug)]
pub struct ItemVersion {
    pub span: DateSpan,
    /// 丙, or anything else that is all self-paid.
    pub self_paid: bool,
    /// 1 甲, 2 乙, 3 丙.
    pub class: u8,
    /// The institution, not the person, bears what is over the limit (and a whole class-03 item).
    pub institution_bears: bool,
    /// First-payment ratio for employees and residents.
    pub first_payment: [Rate; 2],
    /// Price limit in millionths of a yuan, by insurance and tier (0–3); [`NO_LIMIT`] for none.
    pub price_limit: [[i64; 4]; 2],
}

impl ItemVersion {
    pub fn first_payment(&self, insurance: InsuranceClass) -> Rate {
        self.first_payment[column(insurance)]
    }

    /// The limit in millionths of a yuan.
    pub fn price_limit(&self, insurance: InsuranceClass, tier: u8) -> i64 {
        self.price_limit[column(insurance)][usize::from(tier.min(3))]
    }
}

/// Residents have a column; everyone else uses the employees'.
fn column(insurance: InsuranceClass) -> usize {
    usize::from(insurance == InsuranceClass::Resident)
}

/// One place's list.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Code -> versions in `versions`, first and count.
    index: HashMap<Box<[u8]>, (usize, usize)>,
    versions: Vec<ItemVersion>,
}

impl Catalogue {
    /// Adds all versions of one item.
    pub fn add(&mut self, code: &str, versions: Vec<ItemVersion>) {
        let span = (self.versions.len(), versions.len());
        self.index.insert(code.as_bytes().into(), span);
        self.versions.extend(versions);
    }

    pub fn get(&self, code: &[u8], day: Date) -> Option<&ItemVersion> {
        let (first, count) = *self.index.get(code)?;
        let versions = &self.versions[first..first + count];
        versions.iter().find(|version| version.span.contains(day))
    }

    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }
}

/// All places' lists.
#[derive(Debug, Default)]
pub struct Catalogues {
    places: std::collections::BTreeMap<AdmDiv, Catalogue>,
}

impl Catalogues {
    pub fn place_mut(&mut self, place: AdmDiv) -> &mut Catalogue {
        self.places.entry(place).or_default()
    }

    /// The lists that serve a care region.
    pub fn of(&self, care: CareRegion) -> PlaceCatalogue<'_> {
        PlaceCatalogue {
            own: self.places.get(&care.0),
            provincial: self.places.get(&care.0.province()),
        }
    }
}

/// The lists that serve one care region: its own first, then its province's.
#[derive(Clone, Copy, Debug)]
pub struct PlaceCatalogue<'a> {
    own: Option<&'a Catalogue>,
    provincial: Option<&'a Catalogue>,
}

impl PlaceCatalogue<'_> {
    /// Whether any list is loaded.
    pub fn is_loaded(&self) -> bool {
        self.own.or(self.provincial).is_some()
    }

    pub fn get(&self, code: &[u8], day: Date) -> Option<&ItemVersion> {
        self.own
            .and_then(|list| list.get(code, day))
            .or_else(|| self.provincial.and_then(|list| list.get(code, day)))
    }
}
