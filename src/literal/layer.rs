//! The arithmetic of one claim, or of one year's part of it: layers in order, over the totals so far.
//!
//! Owns what is taken and paid, and what is counted. Must not choose rows: `terms` did.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::calendar::month_number;
use super::caps::CapTerms;
use super::claim::{Claim, Fee};
use super::effects::Effect;
use super::figures::{or_zero, round};
use super::segments::{Axis, Paid, Room, pay};
use super::state::{Against, State, StayPart};
use super::terms::{LayerTerms, Pays, RatioTerms};

/// A claim at work.
pub(super) struct Work<'a> {
    pub claim: &'a Claim,
    /// The fee of this part.
    pub fee: Fee,
    /// First day of the benefit year of this part.
    pub year: NaiveDate,
    /// A later part of a stay that is split by days owes none.
    pub owes_deductible: bool,
    /// All layers pay nothing.
    pub waits: bool,
    pub rounds_layers: bool,
    pub effects: &'a [Effect<'a>],
    pub state: &'a mut State,
    pub unpaid: BTreeMap<String, Decimal>,
    pub funds: BTreeMap<String, Decimal>,
    pub standard: Decimal,
    pub deductible: Decimal,
    pub first: Decimal,
    pub first_pay: Decimal,
}

impl Work<'_> {
    fn sum(&self, components: &[String]) -> Decimal {
        components.iter().map(|name| self.unpaid.get(name).copied().unwrap_or_default()).sum()
    }

    pub(super) fn total(&self, name: &str) -> Decimal {
        self.state.total(self.year, name)
    }

    /// Runs one layer.
    pub(super) fn layer(&mut self, terms: &LayerTerms<'_>) -> Result<(), String> {
        if terms.is_first { self.split(terms) } else { self.pay_unpaid(terms) }
    }

    /// The first layer turns what it looks at into shares of the person and its fund's payment.
    fn split(&mut self, terms: &LayerTerms<'_>) -> Result<(), String> {
        let looked_at = self.sum(terms.layer.base());
        let outside = self.first_percent("deductible", looked_at, terms)?;
        let first_pay = round((looked_at - outside) * terms.first);
        let base = looked_at - outside - first_pay;
        let deducted = self.deduct(terms, base)?;
        let inside = self.first_percent("ratio", base - deducted, terms)?;
        let eligible = base - deducted - inside;
        let paid = self.paid(terms, deducted, eligible);
        for component in terms.layer.base() {
            self.unpaid.insert(component.clone(), Decimal::ZERO);
        }
        for (component, amount) in [
            ("out_of_area_first", outside + inside),
            ("first_pay", first_pay),
            ("deductible", deducted),
            ("copay", paid.used - paid.paid),
            ("over_cap", eligible - paid.used),
        ] {
            self.unpaid.insert(component.to_owned(), amount);
        }
        self.first += outside + inside;
        self.first_pay += first_pay;
        self.deductible += deducted;
        let part = StayPart {
            base: base - inside,
            deductible: deducted,
            eligible: paid.used,
            paid: paid.paid,
            in_scope: self.fee.in_scope,
            fee: self.fee.total(),
        };
        if let Some(now) = self.state.now() {
            now.stay.add(&part);
        }
        // What was paid first elsewhere never reached the axis of the segments: it is no base, before the deductible or behind it.
        self.book(terms, base - inside, deducted, &paid);
        Ok(())
    }

    /// A later layer pays from what is unpaid.
    fn pay_unpaid(&mut self, terms: &LayerTerms<'_>) -> Result<(), String> {
        let base = self.sum(terms.layer.base());
        if base.is_zero() {
            return Ok(());
        }
        let deducted = self.deduct(terms, base)?;
        let paid = self.paid(terms, deducted, base - deducted);
        let mut left = paid.paid;
        for component in terms.layer.base() {
            let Some(unpaid) = self.unpaid.get_mut(component) else { continue };
            let part = left.min(*unpaid);
            *unpaid -= part;
            left -= part;
        }
        if !left.is_zero() {
            return Err(format!("layer {} paid more than its base", terms.layer.id));
        }
        self.book(terms, base, deducted, &paid);
        Ok(())
    }

    /// What the person first pays for care elsewhere, before the deductible or before the ratio. Each effect is of the whole of its
    /// base; together they take no more than there is.
    fn first_percent(
        &self,
        before: &str,
        available: Decimal,
        terms: &LayerTerms<'_>,
    ) -> Result<Decimal, String> {
        let mut taken = Decimal::ZERO;
        for effect in self.own_effects(terms).filter(|effect| effect.kind == "first_percent") {
            if effect.before != before {
                continue;
            }
            let base = match (before, effect.base) {
                ("ratio", _) => available,
                (_, "total_fee") => self.fee.total(),
                _ => self.sum(&["in_scope".to_owned()]),
            };
            taken += round(base * effect.share()?).min(available - taken);
        }
        Ok(taken)
    }

    pub(super) fn own_effects(&self, terms: &LayerTerms<'_>) -> impl Iterator<Item = &Effect<'_>> {
        let (id, is_first) = (terms.layer.id, terms.is_first);
        self.effects.iter().filter(move |effect| effect.concerns(id, is_first))
    }

    /// Whether the layer pays nothing, whatever its ratio says.
    fn pays_nothing(&self, terms: &LayerTerms<'_>) -> bool {
        self.waits
            || self.own_effects(terms).any(|effect| effect.kind == "zero")
            || (terms.layer.nothing_during_stay() && self.state.in_stay(self.claim.begin))
    }

    fn paid(&self, terms: &LayerTerms<'_>, deducted: Decimal, eligible: Decimal) -> Paid {
        let room = self.room(terms);
        let nothing = self.pays_nothing(terms);
        match &terms.pays {
            Pays::Segments(ratio) => {
                let axis = self.axis(terms, ratio, deducted);
                pay(ratio, axis, eligible, room, nothing, self.rounds_layers)
            }
            Pays::TopUp { share, of } => {
                let whole = if *of == "total_fee" { self.fee.total() } else { self.fee.in_scope };
                let funds: Decimal = self.funds.values().sum();
                let lack = if nothing { Decimal::ZERO } else { round(whole * share) - funds };
                let paid = room.least(or_zero(lack).min(eligible));
                Paid { paid, used: if terms.is_first { eligible } else { paid } }
            }
        }
    }

    /// Where the segments begin for this claim.
    ///
    /// Earlier parts of a stay count for its first layer only.
    fn axis(&self, terms: &LayerTerms<'_>, ratio: &RatioTerms<'_>, deducted: Decimal) -> Axis {
        let counter = terms.layer.counter();
        let (base, eligible) = match ratio.measure {
            "year" => {
                (self.total(&format!("{counter}.base")), self.total(&format!("{counter}.eligible")))
            }
            "period" => {
                let sums = self.state.period(counter, ratio.days, self.claim.begin);
                (sums.base, sums.eligible)
            }
            _ if terms.is_first => {
                let stay = self.stay();
                (stay.base, stay.eligible)
            }
            _ => (Decimal::ZERO, Decimal::ZERO),
        };
        if ratio.from_zero {
            Axis { before: base, from: base + deducted, eligible }
        } else {
            Axis { before: eligible, from: eligible, eligible }
        }
    }

    /// What the parts of this stay came to before this claim, or this claim's earlier years.
    pub(super) fn stay(&self) -> StayPart {
        self.state.stay()
    }

    /// What caps leave: the least of them.
    fn room(&self, terms: &LayerTerms<'_>) -> Room {
        let mut room = Room::default();
        for cap in &terms.caps {
            let left = or_zero(cap.limit - self.used(cap, terms.is_first));
            let side = if cap.on_eligible { &mut room.eligible } else { &mut room.paid };
            *side = Some(side.map_or(left, |other| other.min(left)));
        }
        room
    }

    /// What counts against a cap already.
    fn used(&self, cap: &CapTerms, is_first: bool) -> Decimal {
        let measure = if cap.on_eligible { "eligible" } else { "paid" };
        if cap.per == "admission" {
            let stay = if is_first { self.stay() } else { StayPart::default() };
            return if cap.on_eligible { stay.eligible } else { stay.paid };
        }
        let name = self.name(&cap.counter, measure, &cap.per);
        match &cap.disease {
            Some(disease) => self.total(&format!("{name}:{disease}")),
            None => self.total(&name),
        }
    }

    /// Name of a total over the year, or over the month or day of settlement in it.
    fn name(&self, counter: &str, measure: &str, per: &str) -> String {
        let on = self.claim.settled.date();
        let month = month_number(self.year, on);
        match per {
            "month" => format!("{counter}.{measure}.{month:02}"),
            "day" => format!("{counter}.{measure}.{month:02}-{:02}", on.day()),
            _ => format!("{counter}.{measure}"),
        }
    }

    /// Books what a layer came to: fund, totals of its counters, history.
    fn book(&mut self, terms: &LayerTerms<'_>, base: Decimal, deducted: Decimal, paid: &Paid) {
        let layer = &terms.layer;
        let own = layer.counter();
        *self.funds.entry(layer.fund().to_owned()).or_default() += paid.paid;
        self.state.count(self.year, format!("{own}.deductible"), deducted);
        self.state.count(self.year, format!("{own}.base"), base);
        if let Some(now) = self.state.now() {
            let sums = now.counters.entry(own.to_owned()).or_default();
            sums.deductible += deducted;
            sums.base += base;
        }
        let further = layer.also_counts().iter().map(String::as_str).filter(|other| *other != own);
        for counter in further.chain([own]) {
            self.count(terms, counter, "eligible", paid.used);
            self.count(terms, counter, "paid", paid.paid);
            if let Some(now) = self.state.now() {
                let sums = now.counters.entry(counter.to_owned()).or_default();
                sums.eligible += paid.used;
                sums.paid += paid.paid;
            }
        }
        for cap in &terms.caps {
            let Some(limit) = cap.bare else { continue };
            let amount = if cap.on_eligible { paid.used } else { paid.paid };
            let layer = layer.id.to_owned();
            let against = Against { layer, year: self.year, amount, bare: limit };
            if let Some(now) = self.state.now() {
                now.against.push(against);
            }
        }
    }

    /// Adds to a counter's totals of the year, the month and the day, and to those of the disease. Where the layer's own cap of that kind says
    /// `none` for this claim, nothing counts against it.
    fn count(&mut self, terms: &LayerTerms<'_>, counter: &str, measure: &str, amount: Decimal) {
        for per in ["year", "month", "day"] {
            let bounds = |cap: &CapTerms| cap.per == per && cap.counter == counter;
            let own = terms.bounded.iter().any(|(p, c)| p == per && c == counter);
            if per != "year" && own && !terms.caps.iter().any(bounds) {
                continue;
            }
            let name = self.name(counter, measure, per);
            if !self.claim.disease.is_empty() {
                self.state.count(self.year, format!("{name}:{}", self.claim.disease), amount);
            }
            self.state.count(self.year, name, amount);
        }
    }
}
