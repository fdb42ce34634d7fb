//! Caps side by side: what is left under each, and what is told of them.

use arrayvec::ArrayVec;

use crate::claim::settled::{Step, StepKind};
use crate::claim::{Counter, DiseaseKey, Measure, Part, Slot};
use crate::money::{Fen, Rate};
use crate::policy::plan::{CapDiseases, CapTable};
use crate::policy::{CapBasis, CapPeriod, CapTerms, LayerTerms};

use super::layers::{Paid, Working};
use super::year::Year;

/// One cap of a layer as it stands before the layer pays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    rule: u32,
    /// Raised by additions.
    limit: Fen,
    pub(super) left: Fen,
    pub(super) of_payment: bool,
    /// The running total that it bounds; `None`: this admission.
    slot: Option<Slot>,
    counter: Counter,
    /// The bare cap, where going above it is remembered.
    bare: Option<Fen>,
}

impl Bound {
    /// Whether nothing found room under this cap any more.
    fn is_met(&self, result: &Paid) -> bool {
        let used = if self.of_payment { result.paid } else { result.consumed };
        used >= self.left
    }
}

pub(super) const fn measure_of(basis: CapBasis) -> Measure {
    match basis {
        CapBasis::FundPaid => Measure::Paid,
        CapBasis::Eligible => Measure::Eligible,
    }
}

impl Working<'_> {
    /// The caps of a layer and what is left under each.
    pub(super) fn bounds(&self, terms: &LayerTerms<'_>) -> ArrayVec<Bound, 4> {
        terms.caps.iter().map(|cap| self.bound(terms, cap)).collect()
    }

    fn bound(&self, terms: &LayerTerms<'_>, cap: &CapTerms<'_>) -> Bound {
        let table = cap.table;
        let limit = cap.raised(|since| was_above(&self.years[self.at + 1..], table.counter, since));
        let of_payment = table.basis == CapBasis::FundPaid;
        let by_disease = table.diseases == CapDiseases::Separate;
        let measure = measure_of(table.basis);
        let slot = self.total(table.counter, measure, table.period, by_disease);
        let used = match slot {
            Some(slot) => self.years[self.at].amount(slot),
            None if of_payment => self.stay_of(terms).paid,
            None => self.stay_of(terms).reached,
        };
        let resets = table.additions.iter().any(|addition| addition.resets);
        Bound {
            rule: cap.rule,
            limit,
            left: (limit - used).or_zero(),
            of_payment,
            slot: slot.map(|slot| slot.back(self.at)),
            counter: table.counter,
            bare: resets.then_some(cap.limit),
        }
    }

    /// The running total of a period and of one or all diseases; `None` for an admission.
    fn total(
        &self,
        counter: Counter,
        measure: Measure,
        period: CapPeriod,
        by_disease: bool,
    ) -> Option<Slot> {
        let part = match period {
            CapPeriod::Year => Part::Year,
            CapPeriod::Month => self.calendar().month,
            CapPeriod::Day => self.calendar().day,
            CapPeriod::Admission => return None,
        };
        let disease =
            if by_disease { DiseaseKey::of(self.claim.disease.as_str()) } else { DiseaseKey::NONE };
        Some(Slot::divided(counter, measure, part, disease))
    }

    /// Adds to the totals of months, days and diseases that some cap of the policy bounds. Of a month or day only what counts against a cap:
    /// a claim whose own row of such a cap says `none` adds nothing to it.
    pub(super) fn count_divided(&mut self, terms: &LayerTerms<'_>, eligible: i64, paid: i64) {
        for total in &terms.layer.tracks {
            let by_calendar = matches!(total.period, CapPeriod::Month | CapPeriod::Day);
            let same =
                |table: &CapTable| (table.counter, table.period) == (total.counter, total.period);
            let tables = terms.layer.caps.iter().flat_map(super::super::policy::dated::Dated::iter);
            let has_cap = tables.map(|(_, table)| table).any(same);
            if by_calendar && has_cap && !terms.caps.iter().any(|cap| same(cap.table)) {
                continue;
            }
            let amount = if total.basis == CapBasis::FundPaid { paid } else { eligible };
            let measure = measure_of(total.basis);
            let slot = self.total(total.counter, measure, total.period, total.by_disease);
            if let Some(slot) = slot.filter(|slot| *slot != Slot::of(total.counter, measure)) {
                self.count(slot, amount);
            }
        }
    }

    /// One step per cap; what found no room is told of the caps that were met.
    pub(super) fn cap_steps(&mut self, bounds: &[Bound], result: &Paid) {
        for bound in bounds {
            let used = if bound.of_payment { result.paid } else { result.consumed };
            assert!(used <= bound.left, "{used} was paid where a cap left {}", bound.left);
            let amount = if bound.is_met(result) { result.over } else { Fen::ZERO };
            self.steps.push(Step {
                kind: StepKind::Cap,
                rule: bound.rule,
                base: bound.limit,
                rate: Rate::ONE,
                amount,
                slot: bound.slot,
            });
        }
    }

    /// Remembers the day on which a total went above its bare cap.
    pub(super) fn mark_above(&mut self, bounds: &[Bound], result: &Paid) {
        for bound in bounds {
            let (Some(slot), Some(bare)) = (bound.slot, bound.bare) else { continue };
            let used = if bound.of_payment { result.paid } else { result.consumed };
            if !used.is_zero() && self.years[self.at].amount(slot) > bare {
                let day = self.claim.settled_at.date();
                self.count(Slot::dated(bound.counter, Measure::AboveCap, day), 1);
            }
        }
    }
}

/// Whether some total of a counter went above its bare cap in an earlier year, on or after a day.
fn was_above(earlier: &[Year], counter: Counter, since: crate::calendar::Date) -> bool {
    let mut marks = earlier.iter().flat_map(|year| year.dated(counter, Measure::AboveCap));
    marks.any(|(_, day, count)| count > 0 && day >= since)
}
