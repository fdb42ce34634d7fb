//! The compiled shape of a policy: flat, dated, resolved. The file format and its meaning are in `pipelines/policy/README.md`.
//!
//! What a clerk wrote is in [`super::written`]; here bases are merged, parameters have become amounts, series of later
//! deductibles are lists, and adjustments of ratios are rows of their own in front of the row they adjust.

use crate::calendar::{BenefitYear, Date};
use crate::claim::Counter;
use crate::codes::{Fund, HospitalLevel, Insurance, InsuredRegion};
use crate::money::{Fen, Rate};

use super::dated::Dated;
use super::select::{Selector, Symbols};

/// One insured pooling region's benefits for one or more insurances.
#[derive(Clone, Debug)]
pub struct Policy {
    pub title: String,
    /// File, relative to the book.
    pub file: String,
    pub region: InsuredRegion,
    pub insurance: Vec<Insurance>,
    /// Whom the policy serves at all.
    pub serves: Selector,
    pub serves_from: Date,
    pub last_checked: Date,
    pub terms_date: ClaimDate,
    /// First month and day of the benefit year.
    pub year_starts: Dated<(u32, u32)>,
    pub year_of: YearOf,
    pub rounding: RoundingUnit,
    pub layers: Vec<Layer>,
    pub cross_region: Dated<Vec<Row<Vec<EffectStep>>>>,
    pub waiting: Dated<Vec<Row<Waiting>>>,
    /// At most so many chronic diseases count.
    pub registration: Dated<Vec<Row<u32>>>,
    /// What the account pays out of the in-scope amount before all layers.
    pub account_before: Dated<Vec<Row<Vec<Component>>>>,
    /// What the account pays of the person's part.
    pub account_after: Dated<Vec<Row<Vec<Component>>>>,
    /// The texts that this policy's selectors ask for.
    pub symbols: Symbols,
}

impl Policy {
    /// The benefit year that `day` lies in: it began on the last day, up to `day`, that is the starting day of the entry in force on it.
    pub fn year_containing(&self, day: Date) -> BenefitYear {
        let mut until = day;
        loop {
            let (month, first) = self.year_starts.at(until).copied().unwrap_or((1, 1));
            let start = BenefitYear::containing(until, month, first).first_day();
            let in_force = self.year_starts.start_of(until).unwrap_or(start);
            if start >= in_force || until <= Date::EARLIEST {
                return BenefitYear::starting(start);
            }
            until = in_force.previous();
        }
    }

    /// The year before `year`.
    pub fn year_before(&self, year: BenefitYear) -> BenefitYear {
        self.year_containing(year.first_day().previous())
    }
}

/// A date of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimDate {
    Settlement,
    Admission,
    Discharge,
}

/// What picks the benefit year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum YearOf {
    Date(ClaimDate),
    /// A stay over a year's end is divided by its days.
    SplitByDays,
}

/// What is rounded to the fen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RoundingUnit {
    Segment,
    Layer,
}

/// A value for whom it concerns, with the number of its rule in the book.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// All of them must match: the row's own conditions, and those of an adjustment it was made from.
    pub who: Selector,
    pub rule: u32,
    pub value: T,
}

/// Parts of a claim; see the module page of `settle` for how they come about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Component {
    FullSelfPay,
    OverLimit,
    PreSelfPay,
    OutOfAreaFirst,
    FirstPay,
    Deductible,
    Copay,
    OverCap,
    InScope,
}

impl Component {
    pub const COUNT: usize = 9;
    pub const ALL: [Component; Component::COUNT] = [
        Component::FullSelfPay,
        Component::OverLimit,
        Component::PreSelfPay,
        Component::OutOfAreaFirst,
        Component::FirstPay,
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
            Component::FirstPay => "first_pay",
            Component::Deductible => "deductible",
            Component::Copay => "copay",
            Component::OverCap => "over_cap",
            Component::InScope => "in_scope",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Component::FullSelfPay => "全自费",
            Component::OverLimit => "超限价自费",
            Component::PreSelfPay => "先行自付",
            Component::OutOfAreaFirst => "异地先行自付",
            Component::FirstPay => "按比例先付",
            Component::Deductible => "起付线",
            Component::Copay => "分段自付",
            Component::OverCap => "超封顶线",
            Component::InScope => "符合政策范围",
        }
    }
}

/// One fund's turn. Layers pay in file order; the first that matches with `in_scope` in its base splits the in-scope amount.
#[derive(Clone, Debug)]
pub struct Layer {
    pub id: String,
    pub name: String,
    pub name_en: String,
    /// Care kinds and the layer's own conditions.
    pub only: Selector,
    pub fund: Fund,
    pub counter: Counter,
    /// Further counters whose eligible and paid totals it adds to.
    pub also_counts: Vec<Counter>,
    pub base: Vec<Component>,
    pub pays_during_stay: bool,
    /// Some table asks what the last visit on this counter was: it must be remembered.
    pub remembers_visits: bool,
    /// Totals of months, days or diseases that caps of the policy bound and that what this layer pays adds to.
    pub tracks: Vec<Tracked>,
    pub first: Dated<Vec<Row<Rate>>>,
    pub deductible: Dated<DeductibleTable>,
    pub ratio: Dated<RatioTable>,
    pub top_up: Dated<Vec<Row<TopUp>>>,
    /// Caps that hold side by side.
    pub caps: Vec<Dated<CapTable>>,
}

impl Layer {
    /// Whether it can split the in-scope amount.
    pub fn is_on_scope(&self) -> bool {
        self.base.contains(&Component::InScope)
    }
}

/// A total of a part of the year, or of one disease, that some cap bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tracked {
    pub counter: Counter,
    pub basis: CapBasis,
    pub period: CapPeriod,
    pub by_disease: bool,
}

/// 起付线.
#[derive(Clone, Debug)]
pub struct DeductibleTable {
    pub kind: DeductibleKind,
    pub year_ceiling: Option<Fen>,
    pub restarts_after_days: Option<u32>,
    pub transfer: Option<Transfer>,
    pub credit: Option<Credit>,
    pub rows: Vec<Row<DeductibleValue>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeductibleKind {
    ByAdmission,
    PerVisit,
    Annual,
    /// Met once within periods of so many days.
    PerPeriod(u32),
}

/// How much a deductible is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeductibleValue {
    /// By admission number; the last one repeats. One amount for the other kinds.
    Amounts(Vec<Fen>),
    /// A share of the bill.
    Share { rate: Rate, of: FeeBase, at_least: Fen, at_most: Option<Fen> },
}

/// What a stay owes that begins soon after the last one ended, at another tier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transfer {
    pub within_days: u32,
    pub upward: TransferRule,
    pub downward: TransferRule,
    pub same: TransferRule,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransferRule {
    Full,
    /// The standard less what the last stay paid of it.
    Difference,
    Waived,
}

/// What the last visit on another counter paid as deductible counts here, once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credit {
    pub counter: Counter,
    pub within_days: u32,
}

/// 支付比例.
#[derive(Clone, Debug)]
pub struct RatioTable {
    pub measure: SegmentMeasure,
    pub start: SegmentStart,
    pub mode: SegmentMode,
    pub rows: Vec<Row<Vec<Segment>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentMeasure {
    Admission,
    /// Periods of so many days.
    Period(u32),
    Year,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentStart {
    /// The deductible lies inside the first segments.
    Zero,
    /// Segments start above the deductible.
    Deductible,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentMode {
    /// Each part at its own ratio.
    Marginal,
    /// All at the ratio of the segment that the amount reaches; an amount exactly on a bound belongs to the upper segment.
    WholeUpper,
    /// The same, but an amount exactly on a bound belongs to the lower segment.
    WholeLower,
}

/// From `above` up to the next segment's `above`; the fund pays `pays`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    pub above: Fen,
    pub pays: Rate,
}

/// 保底: funds together pay at least this share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopUp {
    pub rate: Rate,
    pub of: FeeBase,
}

/// 封顶线.
#[derive(Clone, Debug)]
pub struct CapTable {
    pub basis: CapBasis,
    pub period: CapPeriod,
    /// Whose total it bounds.
    pub counter: Counter,
    pub diseases: CapDiseases,
    pub rows: Vec<Row<Cap>>,
    pub additions: Vec<Addition>,
    /// Share of the cap that additions come to at most.
    pub additions_at_most: Option<Rate>,
}

/// A limit; `None`: no cap for these people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cap {
    pub limit: Option<Fen>,
    /// With [`CapDiseases::Highest`], where this limit is the highest: for each further disease.
    pub supplement: Fen,
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
    Day,
    Admission,
}

/// How a cap deals with several chronic diseases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CapDiseases {
    /// One total, the limit of the claim's disease.
    Together,
    /// One total per disease.
    Separate,
    /// One total, the limits of all registered diseases added up.
    Added,
    /// One total, the highest limit and the supplement for each further disease.
    Highest,
}

/// What raises a cap: so much for each unit of a fact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Addition {
    pub rule: u32,
    pub fact: CountedFact,
    pub yuan: Fen,
    /// Counts as 0 once an earlier year went above the bare cap since the mark was recorded.
    pub resets: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CountedFact {
    /// Whole years of unbroken enrolment, less `after`.
    EnrolledYears { after: u32 },
    /// Number of a person's mark (place in [`Symbols`]), less `after`.
    Mark { symbol: u8, after: u32 },
}

/// One effect of care elsewhere, and which layers it concerns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EffectStep {
    pub effect: Effect,
    /// Places in `Policy::layers`; empty: the claim's first layer.
    pub layers: Vec<u8>,
}

/// 异地就医待遇调整.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    None,
    /// Points off every ratio.
    Points(Rate),
    /// Share of every ratio that remains.
    Factor(Rate),
    /// Every ratio becomes this.
    Flat(Rate),
    /// The person first pays this share of a base.
    FirstPercent(Rate, FirstPercentBase),
    /// Millionths of the deductible that is due; may be above one.
    DeductibleFactor(u32),
    /// Rows are looked up as for this hospital level: applied when terms are looked up, nothing is left to do when settling.
    Level(HospitalLevel),
    Zero,
    /// Not settled directly.
    Refuse,
}

/// Of what, and when, a percentage is paid first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FirstPercentBase {
    /// Before the deductible.
    InScope,
    /// Before the deductible.
    TotalFee,
    /// Of what is above the deductible.
    Eligible,
}

/// What of the bill a share is taken of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FeeBase {
    InScope,
    TotalFee,
}

/// Waiting after a gap in enrolment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    pub gap_over_days: u32,
    pub months: u32,
    pub more_months_per_missing_year: u32,
    pub refuse: bool,
}

/// Where a value was published, and how sure we are of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    pub title: String,
    pub number: String,
    pub article: String,
    pub confidence: Confidence,
    pub note: String,
}

impl Source {
    /// In place of one that could not be read.
    pub(super) fn unknown() -> Source {
        let empty = String::new;
        Source {
            title: empty(),
            number: empty(),
            article: empty(),
            confidence: Confidence::Low,
            note: empty(),
        }
    }
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
    /// File that holds the row, relative to the book, and its place.
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// `layer inpatient · deductible · row 2`.
    pub place: String,
    pub from: Date,
    /// The row's, then those of the adjustments and parameters that went into it.
    pub sources: Vec<Source>,
    /// The value in words: `1300.00, then 650.00`.
    pub value: String,
}
