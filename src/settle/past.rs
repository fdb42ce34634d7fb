//! What a person's years remember of earlier visits, periods and stays.
//!
//! All of it is kept in sums by date, so that a reversal takes back exactly what its record added, in whatever order records and reversals come.

use crate::calendar::{BenefitYear, Date};
use crate::claim::{Counter, Measure, Slot};
use crate::money::Fen;
use crate::policy::plan::{DeductibleKind, SegmentMeasure};
use crate::policy::{LayerTerms, Pays};

use super::layers::Working;
use super::year::Year;

/// A period of so many days of a counter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Period {
    /// Place of the year in which it began, which keeps its totals.
    pub(super) at: usize,
    pub(super) start: Date,
}

/// The last day on which visits of a counter ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LastVisit {
    pub(super) at: usize,
    /// A stay, or another visit.
    pub(super) measure: Measure,
    pub(super) end: Date,
    /// Of several the highest.
    pub(super) tier: u8,
}

/// How many years before its own a layer asks about.
pub(super) fn looks_back(terms: &LayerTerms<'_>, year: BenefitYear) -> usize {
    let years = |days: i32| usize::try_from(days.max(0) / 365 + 1).unwrap_or(1);
    let mut back = 0;
    if let Some(days) = period_days(terms) {
        back = back.max(years(days));
    }
    if let Some((_, table, _)) = terms.deductible {
        let within = table.transfer.map(|transfer| transfer.within_days);
        let within = within.into_iter().chain(table.credit.map(|credit| credit.within_days)).max();
        back = back.max(within.map_or(0, |days| years(i32::try_from(days).unwrap_or(i32::MAX))));
    }
    let resetting = terms.caps.iter().flat_map(|cap| &cap.resetting);
    let recorded = resetting.map(|(_, recorded)| *recorded).min();
    let since = |day: Date| years(year.first_day().days_since(day));
    back.max(recorded.map_or(0, since)).min(Slot::MOST_BACK)
}

/// The length of the periods that a layer's deductible or segments run in, if they run in one. A counter has one length of periods.
fn period_days(terms: &LayerTerms<'_>) -> Option<i32> {
    let of_deductible = match terms.deductible.map(|(_, table, _)| table.kind) {
        Some(DeductibleKind::PerPeriod(days)) => Some(days),
        _ => None,
    };
    let of_segments = match terms.pays {
        Pays::Segments { table, .. } => match table.measure {
            SegmentMeasure::Period(days) => Some(days),
            SegmentMeasure::Admission | SegmentMeasure::Year => None,
        },
        Pays::TopUp { .. } => None,
    };
    of_deductible.or(of_segments).map(|days| i32::try_from(days).unwrap_or(i32::MAX))
}

impl Working<'_> {
    /// The period that a layer's deductible or segments run in.
    pub(super) fn period_of(&self, terms: &LayerTerms<'_>) -> Option<Period> {
        period_days(terms).map(|days| self.period(terms.layer.counter, days))
    }

    /// The period that covers the beginning of care; else, for a record that comes late, one that opened within so many days after it;
    /// else a new one.
    fn period(&self, counter: Counter, days: i32) -> Period {
        let begin = self.claim.begin;
        let mut covering: Option<Period> = None;
        let mut later: Option<Period> = None;
        for (at, year) in self.years.iter().enumerate().skip(self.at) {
            for (_, start, visits) in year.dated(counter, Measure::PeriodVisits) {
                let distance = begin.days_since(start);
                if visits <= 0 || distance.abs() >= days {
                    continue;
                }
                let found = Period { at, start };
                if distance >= 0 && covering.is_none_or(|known| known.start < start) {
                    covering = Some(found);
                }
                if distance < 0 && later.is_none_or(|known| known.start > start) {
                    later = Some(found);
                }
            }
        }
        covering.or(later).unwrap_or(Period { at: self.at, start: begin })
    }

    /// The visit of these kinds that ended last on a counter, if care began no more than `within` days after it.
    pub(super) fn last_visit(
        &self,
        counter: Counter,
        kinds: &[Measure],
        within: u32,
    ) -> Option<LastVisit> {
        let mut last: Option<LastVisit> = None;
        for (at, year) in self.years.iter().enumerate().skip(self.at) {
            for measure in kinds {
                for (slot, end, visits) in year.dated(counter, *measure) {
                    let visit = LastVisit { at, measure: *measure, end, tier: slot.tier() };
                    let later = last.is_none_or(|l| (l.end, l.tier) < (end, visit.tier));
                    if visits > 0 && later {
                        last = Some(visit);
                    }
                }
            }
        }
        let begin = self.begin();
        last.filter(|l| u32::try_from(begin.days_since(l.end)).is_ok_and(|days| days <= within))
    }

    /// The day on which care began, of a stay in parts with its first.
    pub(super) fn begin(&self) -> Date {
        self.stay.begin.map_or(self.claim.begin, |begin| begin.min(self.claim.begin))
    }

    /// A total of visits that ended on a day, over all years looked at: they may stand in two.
    pub(super) fn on_day(&self, counter: Counter, measure: Measure, end: Date) -> Fen {
        let slot = Slot::dated(counter, measure, end);
        self.years.iter().skip(self.at).map(|year| year.amount(slot)).sum()
    }
}

/// Whether a settled stay covers a day, admission and discharge included.
pub(super) fn in_known_stay<'y>(years: impl Iterator<Item = &'y Year>, day: Date) -> bool {
    let mut inside = 0;
    for year in years {
        for (slot, value) in year.non_zero() {
            let sign = match slot.measure() {
                Some(Measure::StayFrom) => 1,
                Some(Measure::StayUntil) => -1,
                _ => continue,
            };
            if slot.date().is_some_and(|date| date <= day) {
                inside += sign * value;
            }
        }
    }
    inside > 0
}

/// The first day after a stay.
pub(super) fn first_day_outside(begin: Date, end: Date) -> Date {
    end.max(begin).next()
}
