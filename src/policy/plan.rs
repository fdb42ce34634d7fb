//! The shape of a policy. The file format and its meaning are in `pipelines/README.md`.

use crate::calendar::Date;
use crate::claim::Counter;
use crate::codes::{CareKind, FilingClass, Fund, Insurance, InsuredRegion, Scope};
use crate::money::{Fen, Rate};

use super::dated::Dated;

/// One insured pooling region's benefits for one insurance.
#[derive(Clone, Debug)]
pub struct Policy {
    pub title: String,
    pub region: InsuredRegion,
    pub insurance: Vec<Insurance>,
    pub last_checked: Date,
    pub terms_date: TermsDate,
    /// First month and day of the benefit year.
    pub year_starts: (u32, u32),
    pub layers: Vec<Layer>,
    pub cross_region: Dated<Vec<Row<EffectRow>>>,
    pub account: Dated<Vec<Row<Vec<Component>>>>,
}

/// Which date of a claim picks the dated values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TermsDate {
    Settlement,
    Admission,
    Discharge,
}

/// A value for whom it concerns, with the number of its rule in the book.
#[derive(Clone, Debug)]
pub struct Row<T> {
    pub who: Selector,
    pub rule: u16,
    pub value: T,
}

/// Whom and what a row concerns; an empty list means *any*.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    pub persons: Vec<String>,
    pub age_from: Option<i32>,
    pub age_to: Option<i32>,
    pub levels: Vec<LevelMatch>,
    pub filing: Vec<FilingClass>,
    pub scopes: Vec<Scope>,
    pub care_regions: Vec<String>,
    pub identities: Vec<String>,
    pub diseases: Vec<String>,
    pub care: Vec<CareKind>,
    pub med_types: Vec<String>,
}

/// A hospital level in a selector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LevelMatch {
    /// 3, 2, 1 or 0.
    Tier(u8),
    /// One `hosp_lv`, 1 to 11.
    Exact(u8),
}

/// Parts of a claim; see the module page of `settle` for how they come about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Component {
    FullSelfPay,
    OverLimit,
    PreSelfPay,
    OutOfAreaFirst,
    Deductible,
    Copay,
    OverCap,
    InScope,
}

impl Component {
    pub const ALL: [Component; 8] = [
        Component::FullSelfPay,
        Component::OverLimit,
        Component::PreSelfPay,
        Component::OutOfAreaFirst,
        Component::Deductible,
        Component::Copay,
        Component::OverCap,
        Component::InScope,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Component::FullSelfPay => "full_self_pay",
            Component::OverLimit => "over_limit",
            Component::PreSelfPay => "pre_self_pay",
            Component::OutOfAreaFirst => "out_of_area_first",
            Component::Deductible => "deductible",
            Component::Copay => "copay",
            Component::OverCap => "over_cap",
            Component::InScope => "in_scope",
        }
    }
}

/// One fund's turn. Layers pay in file order; only the first of a care kind works on `in_scope`.
#[derive(Clone, Debug)]
pub struct Layer {
    pub id: String,
    pub care: Vec<CareKind>,
    pub fund: Fund,
    pub counter: Counter,
    pub base: Vec<Component>,
    pub deductible: Dated<DeductibleTable>,
    pub ratio: Dated<RatioTable>,
    pub cap: Dated<CapTable>,
}

impl Layer {
    /// The layer that splits the in-scope amount.
    pub fn is_first(&self) -> bool {
        self.base.contains(&Component::InScope)
    }
}

/// 起付线.
#[derive(Clone, Debug)]
pub struct DeductibleTable {
    pub kind: DeductibleKind,
    /// Amounts by admission number; the last one repeats.
    pub rows: Vec<Row<Vec<Fen>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeductibleKind {
    ByAdmission,
    PerVisit,
    Annual,
}

/// 支付比例.
#[derive(Clone, Debug)]
pub struct RatioTable {
    pub measure: SegmentMeasure,
    pub start: SegmentStart,
    pub rows: Vec<Row<Vec<Segment>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentMeasure {
    Admission,
    Year,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentStart {
    /// The deductible lies inside the first segments.
    Zero,
    /// Segments start above the deductible.
    Deductible,
}

/// From `above` up to the next segment's `above`, half-open; the fund pays `pays`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    pub above: Fen,
    pub pays: Rate,
}

/// 封顶线.
#[derive(Clone, Debug)]
pub struct CapTable {
    pub basis: CapBasis,
    pub period: CapPeriod,
    /// `None`: no cap for these people.
    pub rows: Vec<Row<Option<Fen>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CapBasis {
    FundPaid,
    Eligible,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CapPeriod {
    Year,
    Month,
    Admission,
}

/// What care elsewhere does, and to which layers (empty: the first of the care kind).
#[derive(Clone, Debug)]
pub struct EffectRow {
    pub effect: Effect,
    pub layers: Vec<String>,
}

/// 异地就医支付比例调整.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    None,
    /// Points off every ratio.
    Points(Rate),
    /// Share of every ratio that remains.
    Factor(Rate),
    /// The person first pays this share of the base, before deductible and ratios.
    FirstPercent(Rate, FirstPercentBase),
    Zero,
    /// Not settled directly.
    Refuse,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FirstPercentBase {
    InScope,
    TotalFee,
}

/// Where a value was published, and how sure we are of it.
#[derive(Clone, Debug)]
pub struct Source {
    pub title: String,
    pub number: String,
    pub article: String,
    pub confidence: Confidence,
    pub note: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Confidence {
    High,
    Medium,
    Low,
}

impl Confidence {
    pub fn label(self) -> &'static str {
        match self {
            Confidence::High => "high",
            Confidence::Medium => "medium (uncertain)",
            Confidence::Low => "low (uncertain)",
        }
    }
}

/// One row of a policy, for `explain` and for findings.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Policy file, relative to the book.
    pub file: String,
    /// `layer inpatient · deductible · row 2`.
    pub place: String,
    pub from: Date,
    pub source: Source,
    /// The value in words: `1300.00, then 650.00`.
    pub value: String,
}
