//! Stays: parts that are settled before the end (中途结算), admissions, and what later claims may ask about a visit.

use crate::calendar::Date;
use crate::claim::slot::day_number;
use crate::claim::{Measure, Slot};
use crate::codes::CareKind;
use crate::money::Fen;
use crate::policy::plan::{CapPeriod, DeductibleKind, SegmentMeasure};
use crate::policy::{LayerTerms, Pays};

use super::layers::{Payment, Working};
use super::past::first_day_outside;
use super::year::Year;

/// What earlier parts of a stay came to for its first layer, in fen.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct OpenStay {
    pub(super) deductible: Fen,
    pub(super) reached: Fen,
    pub(super) paid: Fen,
    /// What of the base found no room under a cap.
    pub(super) over: Fen,
    /// What of the deductible was met otherwise.
    pub(super) credit: Fen,
    /// Its first day, where something goes by it.
    pub(super) begin: Option<Date>,
    /// The bill of which the deductible is a share.
    pub(super) bill: Fen,
}

impl OpenStay {
    pub(super) fn read(year: &Year) -> OpenStay {
        let [deductible, reached, paid] = Slot::STAY.map(|slot| year.amount(slot));
        let of = |slot| year.amount(slot);
        let (over, credit, bill) =
            (of(Slot::STAY_OVER), of(Slot::STAY_CREDIT), of(Slot::STAY_BILL));
        let begin = i32::try_from(year.get(Slot::STAY_BEGIN)).ok().filter(|number| *number > 0);
        let begin = begin.map(|number| Date::from_days(Date::EARLIEST.days() + number - 1));
        OpenStay { deductible, reached, paid, over, credit, begin, bill }
    }

    fn slots(&self) -> [(Slot, i64); 7] {
        [
            (Slot::STAY[0], self.deductible.get()),
            (Slot::STAY[1], self.reached.get()),
            (Slot::STAY[2], self.paid.get()),
            (Slot::STAY_OVER, self.over.get()),
            (Slot::STAY_CREDIT, self.credit.get()),
            (Slot::STAY_BEGIN, self.begin.map_or(0, day_number)),
            (Slot::STAY_BILL, self.bill.get()),
        ]
    }
}

const UPPER: [Measure; 3] = [Measure::PartDeductible, Measure::PartReached, Measure::PartPaid];

impl Working<'_> {
    pub(super) fn is_inpatient(&self) -> bool {
        self.claim.med_type.kind() == CareKind::Inpatient
    }

    /// What earlier parts of the stay came to for this layer.
    pub(super) fn stay_of(&self, terms: &LayerTerms<'_>) -> OpenStay {
        if terms.is_first || !self.continues {
            return if terms.is_first { self.stay } else { OpenStay::default() };
        }
        let of = |measure| self.years[self.at].amount(Slot::of(terms.layer.counter, measure));
        let [deductible, reached, paid] = UPPER.map(of);
        OpenStay { deductible, reached, paid, ..OpenStay::default() }
    }

    /// Adds this part to what the stay came to.
    pub(super) fn add_to_stay(&mut self, terms: &LayerTerms<'_>, deducted: Fen, result: &Payment) {
        let before = self.stay_of(terms);
        if terms.is_first {
            self.stay.deductible += deducted;
            self.stay.reached += result.consumed;
            self.stay.paid += result.paid;
            self.stay.over += result.over;
            if terms.layer.remembers_visits {
                let deductible = if self.is_inpatient() { self.stay.deductible } else { deducted };
                self.visited = Some((terms.layer.counter, deductible));
            }
            return;
        }
        if !self.is_inpatient() || !self.claim.mid_stay || !goes_by_stay(terms) {
            return;
        }
        let sums = [
            before.deductible + deducted,
            before.reached + result.consumed,
            before.paid + result.paid,
        ];
        for (measure, sum) in UPPER.into_iter().zip(sums) {
            // Sixteen layers at most, three totals each: there is room.
            let _ = self.upper.try_push((Slot::of(terms.layer.counter, measure), sum.get()));
        }
    }

    /// A stay counts as an admission once, when it ends; until then its parts add up.
    pub(super) fn count_stay(&mut self, open: Option<usize>) {
        if self.is_inpatient() {
            if self.claim.mid_stay {
                self.keep_open(open);
            } else {
                self.count_in(0, Slot::ADMISSIONS, 1);
                if let Some(open) = open {
                    self.close(open, &[]);
                }
            }
            if self.entitled.policy.layers.iter().any(|layer| !layer.pays_during_stay) {
                let (begin, end) = (self.claim.begin, self.claim.end);
                let until = first_day_outside(begin, end);
                self.count_in(0, Slot::stay_on(Measure::StayFrom, begin), 1);
                self.count_in(0, Slot::stay_on(Measure::StayUntil, until), 1);
            }
        }
        if !(self.is_inpatient() && self.claim.mid_stay) {
            self.remember_visit();
        }
    }

    /// Another stay that was left open is forgotten: the one settled last in the middle counts.
    fn keep_open(&mut self, open: Option<usize>) {
        if let Some(open) = open.filter(|open| *open != self.at) {
            self.close(open, &[]);
        }
        if self.terms.layers.iter().any(goes_by_begin) {
            self.stay.begin = Some(self.begin());
        }
        let mut parts = self.upper.clone();
        parts.extend(self.stay.slots());
        self.close(self.at, &parts);
        for (slot, value) in parts {
            let change = value - self.years[self.at].get(slot);
            self.count(slot, change);
        }
    }

    /// Takes away what a year keeps of an open stay, but for `kept`.
    fn close(&mut self, at: usize, kept: &[(Slot, i64)]) {
        let mut gone = arrayvec::ArrayVec::<(Slot, i64), 64>::new();
        let open = self.years[at].non_zero().filter(|(slot, _)| slot.is_of_open_stay());
        gone.extend(open.filter(|(slot, _)| kept.iter().all(|(k, _)| k != slot)).take(64));
        for (slot, value) in gone {
            self.count_in(at, slot, -value);
        }
    }

    fn remember_visit(&mut self) {
        let Some((counter, deductible)) = self.visited else { return };
        let (visit, paid) = if self.is_inpatient() {
            (Measure::Ended, Measure::EndedDeductible)
        } else {
            (Measure::Visit, Measure::VisitDeductible)
        };
        let (tier, end) = (self.entitled.level.tier(), self.claim.end);
        self.count_in(0, Slot::tiered(counter, visit, tier, end), 1);
        self.count_in(0, Slot::dated(counter, paid, end), deductible.get());
    }
}

/// Whether a layer's deductible asks for the first day of a stay.
fn goes_by_begin(terms: &LayerTerms<'_>) -> bool {
    terms.deductible.is_some_and(|(_, table, _)| {
        table.restarts_after_days.is_some() || table.transfer.is_some() || table.credit.is_some()
    })
}

/// Whether a layer asks what earlier parts of a stay came to.
fn goes_by_stay(terms: &LayerTerms<'_>) -> bool {
    let of_segments = match terms.pays {
        Pays::Segments { table, .. } => table.measure == SegmentMeasure::Admission,
        Pays::TopUp { .. } => false,
    };
    of_segments
        || terms.deductible.is_some_and(|(_, table, _)| table.kind == DeductibleKind::ByAdmission)
        || terms.caps.iter().any(|cap| cap.table.period == CapPeriod::Admission)
}
