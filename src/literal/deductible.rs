//! Deductibles (起付线): what a claim owes of a standard, and what it pays.
//!
//! Owns every kind and key of the table. Must not choose rows: `terms` did.
//!
//! Order: the row's standard; the effects `deductible_factor`; a stay begun again; transfer; credit; what was met before; the ceiling.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::calendar::stay_days;
use super::facts::tier;
use super::figures::{or_zero, round, times};
use super::layer::Work;
use super::terms::{DeductibleTerms, LayerTerms, Standard};

impl Work<'_> {
    /// How much of `base` a layer's deductible takes.
    pub(super) fn deduct(
        &mut self,
        terms: &LayerTerms<'_>,
        base: Decimal,
    ) -> Result<Decimal, String> {
        let Some(deductible) = &terms.deductible else { return Ok(Decimal::ZERO) };
        if terms.is_first && !self.owes_deductible {
            return Ok(Decimal::ZERO);
        }
        let standard = self.standard(terms, deductible)?;
        let due = if terms.is_first {
            self.standard = standard;
            self.due(terms, deductible, standard)
        } else {
            self.threshold(terms, deductible, standard)
        };
        Ok(base.min(or_zero(due)))
    }

    /// What the rules ask before anything is taken off. A share of a bill is of the stay's bill so far, where a stay is settled in parts.
    fn standard(
        &self,
        terms: &LayerTerms<'_>,
        deductible: &DeductibleTerms<'_>,
    ) -> Result<Decimal, String> {
        let mut standard = match &deductible.standard {
            Standard::Yuan(yuan) => *yuan,
            Standard::Bill { share, of, at_least, at_most } => {
                let parts = terms.is_first && deductible.kind == "by_admission";
                let before = if parts { self.stay() } else { super::state::StayPart::default() };
                let bill = if *of == "in_scope" {
                    before.in_scope + self.fee.in_scope
                } else {
                    before.fee + self.fee.total()
                };
                let asked = round(bill * share);
                let asked = at_least.map_or(asked, |least| asked.max(least));
                at_most.map_or(asked, |most| asked.min(most))
            }
        };
        for effect in self.own_effects(terms).filter(|effect| effect.kind == "deductible_factor") {
            standard = round(times(standard, effect.share()?)?);
        }
        if let Some(days) = deductible.restarts_after_days.filter(|days| *days > 0)
            && self.claim.care == "inpatient"
        {
            let stayed = stay_days(self.begin(), self.claim.end);
            let begun = (stayed - 1) / days + 1;
            standard *= Decimal::from(begun);
        }
        Ok(standard)
    }

    /// The day on which the stay began, over its parts.
    fn begin(&self) -> NaiveDate {
        self.state.stay_begin().unwrap_or(self.claim.begin)
    }

    /// Of an upper layer. Annual: a threshold on the base of the year; per period: on that of the period; else the standard.
    fn threshold(
        &self,
        terms: &LayerTerms<'_>,
        deductible: &DeductibleTerms<'_>,
        standard: Decimal,
    ) -> Decimal {
        let counter = terms.layer.counter();
        match deductible.kind {
            "annual" => standard - self.total(&format!("{counter}.base")),
            "per_period" => {
                standard - self.state.period(counter, deductible.days, self.claim.begin).base
            }
            _ => standard,
        }
    }

    /// Of the first layer: what the claim owes.
    fn due(
        &mut self,
        terms: &LayerTerms<'_>,
        deductible: &DeductibleTerms<'_>,
        standard: Decimal,
    ) -> Decimal {
        let counter = terms.layer.counter();
        let met = self.total(&format!("{counter}.deductible"));
        let owed = self.transferred(counter, deductible, standard);
        let owed = or_zero(owed - self.credit(deductible));
        let due = match deductible.kind {
            "annual" => owed - met,
            "per_period" => {
                owed - self.state.period(counter, deductible.days, self.claim.begin).deductible
            }
            "by_admission" => owed - self.stay().deductible,
            _ => owed,
        };
        deductible.year_ceiling.map_or(due, |ceiling| due.min(ceiling - met))
    }

    /// What is owed where a stay follows another one closely. Tiers are the institutions' own.
    fn transferred(
        &self,
        counter: &str,
        deductible: &DeductibleTerms<'_>,
        standard: Decimal,
    ) -> Decimal {
        let Some(transfer) = deductible.transfer.filter(|_| self.claim.care == "inpatient") else {
            return standard;
        };
        let Some(last) = self.state.last_stay(counter) else { return standard };
        if !follows(last.end, self.begin(), transfer.within_days) {
            return standard;
        }
        let (before, now) = (tier(&last.level), tier(&self.claim.hosp_lv));
        let rule = match now.cmp(before) {
            std::cmp::Ordering::Greater => &transfer.upward,
            std::cmp::Ordering::Less => &transfer.downward,
            std::cmp::Ordering::Equal => &transfer.same,
        };
        match rule.as_deref() {
            Some("difference") => or_zero(standard - last.deductible),
            Some("waived") => Decimal::ZERO,
            _ => standard,
        }
    }

    /// What the last visit on another counter paid, if it counts here and has not yet.
    fn credit(&mut self, deductible: &DeductibleTerms<'_>) -> Decimal {
        let Some(credit) = deductible.credit else { return Decimal::ZERO };
        if let Some((_, amount)) = self.state.stay_credit() {
            return amount;
        }
        let Some(last) = self.state.last_visit(&credit.counter) else { return Decimal::ZERO };
        if self.state.was_credited(last.number)
            || !follows(last.end, self.begin(), credit.within_days)
        {
            return Decimal::ZERO;
        }
        if let Some(now) = self.state.now() {
            now.credit = Some((last.number, last.deductible));
        }
        last.deductible
    }
}

/// Whether something begins on or after a day, within so many days of it.
fn follows(end: NaiveDate, begin: NaiveDate, within: i64) -> bool {
    (0..=within).contains(&(begin - end).num_days())
}
