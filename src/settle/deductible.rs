//! How much of a layer's base its deductible takes.

use std::cmp::Ordering;

use crate::claim::settled::StepKind;
use crate::claim::{Measure, Slot};
use crate::money::{Fen, Rate, rounding};
use crate::policy::plan::{
    Credit, DeductibleTable, DeductibleValue, FeeBase, Transfer, TransferRule,
};
use crate::policy::{DeductibleKind, Effect, LayerTerms};

use super::layers::Working;
use super::past::Period;

impl<'a> Working<'a> {
    /// What the deductible takes of `base`, and what was met otherwise and counts towards the standard of a year or period.
    ///
    /// In this order: the row's standard; factors of care elsewhere; begun again; transfer; credit; what was met before; the ceiling.
    pub(super) fn deduct(
        &mut self,
        terms: &LayerTerms<'a>,
        base: Fen,
        period: Option<Period>,
    ) -> (Fen, Fen) {
        let Some((rule, table, value)) = terms.deductible else { return (Fen::ZERO, Fen::ZERO) };
        let standard = self.standard(terms, table, value);
        let mut standard = self.scaled(terms, standard);
        if let (true, Some(days)) = (self.is_inpatient(), table.restarts_after_days) {
            standard = times(standard, self.begun(days));
        }
        let (due, credited) = if terms.is_first {
            self.due(terms, table, standard, period)
        } else {
            (standard - self.met(terms, table, period), Fen::ZERO)
        };
        let taken = base.min(due.or_zero());
        if terms.is_first {
            if self.owes_deductible {
                self.deductible_standard = standard;
            }
            self.deductible += taken;
        }
        self.step(StepKind::Deductible, rule, standard, Rate::ONE, taken);
        let by_visit = matches!(table.kind, DeductibleKind::ByAdmission | DeductibleKind::PerVisit);
        (taken, if by_visit { Fen::ZERO } else { credited })
    }

    /// What the first layer's deductible asks, and what was credited against it.
    fn due(
        &mut self,
        terms: &LayerTerms<'a>,
        table: &DeductibleTable,
        standard: Fen,
        period: Option<Period>,
    ) -> (Fen, Fen) {
        let by_stay = table.kind == DeductibleKind::ByAdmission;
        let mut owed = standard;
        if let (true, Some(transfer)) = (self.is_inpatient(), table.transfer) {
            owed = self.transferred(terms, transfer, owed);
        }
        let credit = table.credit.filter(|_| self.owes_deductible);
        let mut credited = Fen::ZERO;
        if let Some((at, slot, amount)) = credit.and_then(|credit| self.credit(credit)) {
            credited = amount.min(owed);
            owed -= credited;
            self.count_in(at, slot, credited.get());
        }
        let mut due = (owed - self.met(terms, table, period)).or_zero();
        if let Some(ceiling) = table.year_ceiling {
            let so_far = Slot::of(terms.layer.counter, Measure::Deductible);
            due = due.min((ceiling - self.years[self.at].amount(so_far)).or_zero());
        }
        if by_stay {
            self.stay.credit += credited;
        }
        if self.owes_deductible {
            return (due, credited);
        }
        // A later part of a divided stay owes nothing, nor do parts of the same stay that come after it.
        if by_stay {
            self.stay.credit += due;
        }
        (Fen::ZERO, Fen::ZERO)
    }

    /// The amount that a row says, for this stay or bill.
    fn standard(
        &mut self,
        terms: &LayerTerms<'a>,
        table: &DeductibleTable,
        value: &DeductibleValue,
    ) -> Fen {
        let by_stay = table.kind == DeductibleKind::ByAdmission;
        match value {
            DeductibleValue::Amounts(amounts) => {
                let number = if by_stay { self.years[self.at].get(Slot::ADMISSIONS) } else { 0 };
                let last = amounts.len().saturating_sub(1);
                let place = usize::try_from(number).map_or(last, |number| number.min(last));
                amounts.get(place).copied().unwrap_or_default()
            }
            DeductibleValue::Share { rate, of, at_least, at_most } => {
                let mut bill = match of {
                    FeeBase::InScope => self.bill.scope,
                    FeeBase::TotalFee => self.bill.total,
                };
                if by_stay && terms.is_first {
                    self.stay.bill += bill;
                    bill = self.stay.bill;
                }
                let share = rate.of(bill).max(*at_least);
                at_most.map_or(share, |most| share.min(most))
            }
        }
    }

    /// What of the standard was met before, where it is met once in a stay, a year or a period. On a layer behind the first it is a threshold on the
    /// base.
    fn met(&self, terms: &LayerTerms<'_>, table: &DeductibleTable, period: Option<Period>) -> Fen {
        let counter = terms.layer.counter;
        match table.kind {
            DeductibleKind::ByAdmission => {
                let stay = self.stay_of(terms);
                stay.deductible + stay.credit
            }
            DeductibleKind::PerVisit => Fen::ZERO,
            DeductibleKind::Annual => {
                let measure = if terms.is_first { Measure::Deductible } else { Measure::Base };
                self.years[self.at].amount(Slot::of(counter, measure))
            }
            DeductibleKind::PerPeriod(_) => period.map_or(Fen::ZERO, |period| {
                let measure =
                    if terms.is_first { Measure::PeriodDeductible } else { Measure::PeriodBase };
                self.years[period.at].amount(Slot::dated(counter, measure, period.start))
            }),
        }
    }

    /// How often a stay owes its deductible: once for every so many days begun. A stay's days are its nights, at least one.
    fn begun(&self, days: u32) -> i64 {
        let nights = i64::from(self.claim.end.days_since(self.begin())).max(1);
        let days = i64::from(days).max(1);
        (nights + days - 1) / days
    }

    /// What is owed soon after the last stay. Tiers are the institutions' own.
    fn transferred(&self, terms: &LayerTerms<'_>, transfer: Transfer, standard: Fen) -> Fen {
        let counter = terms.layer.counter;
        let last = self.last_visit(counter, &[Measure::Ended], transfer.within_days);
        let Some(last) = last else { return standard };
        let rule = match self.entitled.level.tier().cmp(&last.tier) {
            Ordering::Greater => transfer.upward,
            Ordering::Less => transfer.downward,
            Ordering::Equal => transfer.same,
        };
        match rule {
            TransferRule::Full => standard,
            TransferRule::Difference => {
                (standard - self.on_day(counter, Measure::EndedDeductible, last.end)).or_zero()
            }
            TransferRule::Waived => Fen::ZERO,
        }
    }

    /// A deductible paid on another counter that has not counted anywhere yet: where its use is kept, and how much it is.
    fn credit(&self, credit: Credit) -> Option<(usize, Slot, Fen)> {
        let (counter, kinds) = (credit.counter, [Measure::Visit, Measure::Ended]);
        let last = self.last_visit(counter, &kinds, credit.within_days)?;
        let paid = match last.measure {
            Measure::Ended => self.on_day(counter, Measure::EndedDeductible, last.end),
            _ => self.on_day(counter, Measure::VisitDeductible, last.end),
        };
        let used = self.on_day(counter, Measure::VisitCredited, last.end);
        let slot = Slot::dated(counter, Measure::VisitCredited, last.end);
        (used.is_zero() && !paid.is_zero()).then_some((last.at, slot, paid))
    }

    /// A deductible as care elsewhere changes it.
    fn scaled(&self, terms: &LayerTerms<'_>, amount: Fen) -> Fen {
        let factors = self.effects(terms).filter_map(|(_, effect)| match effect {
            Effect::DeductibleFactor(millionths) => Some(i64::from(millionths)),
            _ => None,
        });
        factors.fold(amount, |amount, factor| {
            let product = rounding::product_over(amount.get(), factor, 1_000_000);
            product.map_or(Fen::MAX_FIELD, Fen::new).min(Fen::MAX_FIELD)
        })
    }
}

fn times(amount: Fen, count: i64) -> Fen {
    Fen::new(amount.get().saturating_mul(count)).min(Fen::MAX_FIELD)
}
