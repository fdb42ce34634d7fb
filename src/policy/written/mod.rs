//! A policy file as a clerk wrote it: typed, every value with its place and its source, nothing merged or computed yet.
//!
//! This is what `check`, `show` and `diff` look at, and what [`super::compile`] turns into [`super::plan`].

mod beside;
mod conditions;
mod head;
mod merged;
mod read;
mod tables;

use std::sync::Arc;

use crate::calendar::Date;
use crate::claim::Counter;
use crate::codes::{CareKind, Fund, Insurance, InsuredRegion};
use crate::money::{Fen, Rate, rounding};

use super::document::{Place, Problem};
use super::plan::{
    CapBasis, CapDiseases, CapPeriod, ClaimDate, Component, Credit, DeductibleKind, Effect,
    FeeBase, RoundingUnit, SegmentMeasure, SegmentMode, SegmentStart, Source, Transfer, Waiting,
    YearOf,
};

pub use conditions::{AGES, Conditions};
pub use merged::{LayerParts, figures_of, layers_of};
pub use read::read_files;

/// Files of a book as read: policies and the bases that they extend.
#[derive(Clone, Debug, Default)]
pub struct WrittenBook {
    pub policies: Vec<Written>,
    pub bases: Vec<Written>,
    pub problems: Vec<Problem>,
}

impl WrittenBook {
    /// A base by its path in the book.
    pub fn base(&self, path: &str) -> Option<&Written> {
        self.bases.iter().find(|base| *base.file == *path)
    }

    /// The bases of a policy, the nearest first, each once.
    pub fn bases_of<'a>(&'a self, policy: &'a Written) -> Vec<&'a Written> {
        let mut found: Vec<&Written> = Vec::new();
        let mut waiting: Vec<&str> = policy.extends.iter().map(|(path, _)| path.as_str()).collect();
        while !waiting.is_empty() {
            let path = waiting.remove(0);
            let Some(base) = self.base(path) else { continue };
            if found.iter().any(|known| known.file == base.file) {
                continue;
            }
            found.push(base);
            waiting.extend(base.extends.iter().map(|(path, _)| path.as_str()));
        }
        found
    }
}

/// One file.
#[derive(Clone, Debug)]
pub struct Written {
    pub file: Arc<str>,
    pub is_base: bool,
    pub title: String,
    pub region: InsuredRegion,
    pub region_at: Place,
    pub insurance: Vec<Insurance>,
    pub persons: Vec<String>,
    /// As written; `None`: from the day on which all tables of first layers have begun.
    pub serves_from: Option<Date>,
    pub last_checked: Date,
    pub terms_date: ClaimDate,
    pub year_starts: Vec<(Date, (u32, u32))>,
    pub year_of: YearOf,
    pub rounding: RoundingUnit,
    pub extends: Vec<(String, Place)>,
    pub sources: Vec<(String, Place, Arc<Source>)>,
    pub parameters: Vec<Parameter>,
    pub layers: Vec<WrittenLayer>,
    pub cross_region: Vec<DatedRows<(), Vec<WrittenEffect>>>,
    pub bounds: Vec<DatedRows<(), Rate>>,
    pub waiting: Vec<DatedRows<(), Waiting>>,
    pub registration: Vec<DatedRows<(), u32>>,
    /// Key: the account pays before all layers.
    pub account: Vec<DatedRows<bool, Vec<Component>>>,
    pub not_served: Vec<NotServed>,
    pub exceptions: Vec<Exception>,
}

/// One publication of a yearly figure.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub id: String,
    pub from: Date,
    pub yuan: Fen,
    pub source: Arc<Source>,
    pub place: Place,
    pub file: Arc<str>,
}

/// What the notice leaves out on purpose.
#[derive(Clone, Debug)]
pub struct NotServed {
    pub place: Place,
    pub who: Conditions,
    pub why: String,
}

/// Something that `policy check` would refuse, and why it is right here.
#[derive(Clone, Debug)]
pub struct Exception {
    pub place: Place,
    pub of: String,
    pub layer: String,
    pub why: String,
}

/// A table that holds from a day: its own keys, and its rows.
#[derive(Clone, Debug)]
pub struct DatedRows<K, V> {
    pub file: Arc<str>,
    pub place: Place,
    pub from: Date,
    pub keys: K,
    pub rows: Vec<WrittenRow<V>>,
}

/// A value, for whom, and where it was published.
#[derive(Clone, Debug)]
pub struct WrittenRow<V> {
    pub file: Arc<str>,
    pub place: Place,
    /// Counted from 1 in its table.
    pub number: usize,
    pub who: Conditions,
    pub source: Arc<Source>,
    pub source_id: String,
    pub untested: Option<String>,
    pub before_others: bool,
    pub value: V,
}

/// An amount as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Amount {
    Yuan(Fen),
    /// So many millionths of a parameter: `6 x average_wage` is 6,000,000, `6 % of average_wage` 60,000.
    Of {
        millionths: u64,
        parameter: String,
        text: String,
    },
}

impl Parameter {
    /// So many millionths of the figure, rounded half up to the fen; `None` where that is no amount of money.
    pub fn share(&self, millionths: u64) -> Option<Fen> {
        let product = i128::from(millionths) * i128::from(self.yuan.get());
        let fen = i64::try_from(rounding::divide(product, 1_000_000)).ok().map(Fen::new);
        fen.filter(|fen| *fen <= Fen::MAX_FIELD)
    }
}

impl Amount {
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Amount::Yuan(_) => None,
            Amount::Of { parameter, .. } => Some(parameter),
        }
    }
}

/// A layer; in a policy with a base, what it changes of the base's layer of that `id`.
#[derive(Clone, Debug)]
pub struct WrittenLayer {
    pub id: String,
    pub place: Place,
    /// `None` where the base's layer says it.
    pub head: Option<LayerHead>,
    pub first: Vec<DatedRows<(), Rate>>,
    pub deductible: Vec<DatedRows<DeductibleKeys, WrittenDeductible>>,
    pub ratio: Vec<RatioRows>,
    pub top_up: Vec<DatedRows<(), (Rate, FeeBase)>>,
    pub cap: Vec<CapRows>,
}

#[derive(Clone, Debug)]
pub struct LayerHead {
    pub name: String,
    pub name_en: String,
    pub care: Vec<CareKind>,
    pub only: Conditions,
    pub fund: Fund,
    pub counter: Counter,
    pub also_counts: Vec<Counter>,
    pub base: Vec<Component>,
    pub same_ratio_as: Option<(String, Place)>,
    pub same_deductible_as: Option<(String, Place)>,
    pub pays_during_stay: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeductibleKeys {
    pub kind: DeductibleKind,
    pub year_ceiling: Option<Amount>,
    pub restarts_after_days: Option<u32>,
    pub transfer: Option<Transfer>,
    pub credit: Option<Credit>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WrittenDeductible {
    Amounts { yuan: Vec<Amount>, later: Option<Later> },
    Share { rate: Rate, of: FeeBase, at_least: Option<Amount>, at_most: Option<Amount> },
}

/// How a list of deductibles goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Later {
    pub step: LaterStep,
    /// Of the amount before; else of the first.
    pub of_previous: bool,
    pub floor: Amount,
    pub at_most: Option<Rate>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LaterStep {
    Minus(Amount),
    MinusPercent(Rate),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RatioKeys {
    pub measure: SegmentMeasure,
    pub start: SegmentStart,
    pub mode: SegmentMode,
}

/// A ratio table with what adjusts its rows.
#[derive(Clone, Debug)]
pub struct RatioRows {
    pub table: DatedRows<RatioKeys, Vec<(Amount, Rate)>>,
    pub adjust: Vec<WrittenRow<Adjust>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Adjust {
    /// Millionths, signed.
    Points(i64),
    PersonalPoints(i64),
    PersonalFactor(Rate),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CapKeys {
    pub basis: CapBasis,
    pub period: CapPeriod,
    /// `None`: the layer's own.
    pub counter: Option<Counter>,
    pub diseases: CapDiseases,
}

/// A cap table with what raises it.
#[derive(Clone, Debug)]
pub struct CapRows {
    pub table: DatedRows<CapKeys, WrittenCap>,
    pub additions: Vec<WrittenAddition>,
    pub additions_at_most: Option<Rate>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenCap {
    /// `None`: no cap.
    pub yuan: Option<Amount>,
    pub supplement: Option<Amount>,
}

#[derive(Clone, Debug)]
pub struct WrittenAddition {
    pub place: Place,
    pub fact: String,
    pub after: u32,
    pub yuan: Amount,
    pub resets: bool,
    pub source: Arc<Source>,
}

/// One effect of care elsewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenEffect {
    pub place: Place,
    pub kind: Effect,
    pub layers: Vec<(String, Place)>,
}
