//! One claim: account before, care elsewhere, layers in their order, account, cash.

use arrayvec::ArrayVec;

use crate::calendar::BenefitYear;
use crate::claim::settled::{Step, StepKind};
use crate::claim::{
    AccumulatorMove, Claim, Counter, DeclaredField, Measure, Payers, PricedClaim, Settled, Slot,
};
use crate::money::{Fen, Rate};
use crate::policy::plan::{EffectStep, Tracked};
use crate::policy::{CapPeriod, Component, Effect, FirstPercentBase, LayerTerms, Pays, Terms};

use super::caps::Bound;
use super::entitlement::Entitled;
use super::parts::{self, Bill, Calendar};
use super::past::Period;
use super::stay::OpenStay;
use super::year::{Account, Year};

/// What a claim finds of the person.
#[derive(Debug)]
pub struct History<'a> {
    /// Running totals of the claim's benefit year, of the one before it, and so on, as far back as its rules look; at least one.
    pub years: &'a mut [Year],
    /// Place in `years` of the year that counts earlier parts of the claim's stay (中途结算): its parts share one deductible and one set
    /// of segments.
    pub open_stay: Option<usize>,
    /// Care fell into a stay that is known.
    pub in_stay: bool,
    /// Place in the person's fold.
    pub place: u32,
}

impl<'a> History<'a> {
    /// Totals of one year and nothing else.
    pub fn of(year: &'a mut Year) -> History<'a> {
        History { years: std::slice::from_mut(year), open_stay: None, in_stay: false, place: 0 }
    }
}

/// Unpaid amounts of a claim by [`Component`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unpaid([Fen; Component::COUNT]);

impl Unpaid {
    fn get(&self, component: Component) -> Fen {
        self.0[component as usize]
    }

    fn add(&mut self, component: Component, amount: Fen) {
        self.0[component as usize] += amount;
    }

    fn sum(&self, components: &[Component]) -> Fen {
        components.iter().map(|c| self.get(*c)).sum()
    }

    /// Takes `amount` from the components in the order listed.
    fn pay(&mut self, components: &[Component], mut amount: Fen) {
        for component in components {
            let part = amount.min(self.get(*component));
            self.0[*component as usize] -= part;
            amount -= part;
        }
        assert!(amount.is_zero(), "a layer paid {amount} more than its base");
    }
}

/// A claim in the middle of being settled.
pub(super) struct Working<'a> {
    pub(super) claim: &'a Claim,
    pub(super) entitled: &'a Entitled<'a>,
    pub(super) terms: &'a Terms<'a>,
    pub(super) years: &'a mut [Year],
    /// Place in `years` of the year that the part at work counts in.
    pub(super) at: usize,
    /// Of a divided stay only the first part owes the deductible.
    pub(super) owes_deductible: bool,
    /// The bill of the part at work.
    pub(super) bill: Bill,
    /// Month and day of the part at work, where a total of some layer goes by them.
    calendar: Option<Calendar>,
    /// What funds had paid before the part at work.
    paid_before: Fen,
    unpaid: Unpaid,
    /// What parts before the one at work left unpaid.
    left: Unpaid,
    payers: Payers,
    moves: Vec<AccumulatorMove>,
    pub(super) steps: Vec<Step>,
    pub(super) deductible: Fen,
    pub(super) deductible_standard: Fen,
    pub(super) pooled_rate: Rate,
    out_of_area_first: Fen,
    /// The year at work counts earlier parts of this stay.
    pub(super) continues: bool,
    /// What the parts of this stay came to so far, for the first layer; nothing for any other care.
    pub(super) stay: OpenStay,
    /// The same for layers behind it, as they will be kept.
    pub(super) upper: ArrayVec<(Slot, i64), 56>,
    /// Counter of the first layer, where it is asked for visits later, and what this one paid as deductible.
    pub(super) visited: Option<(Counter, Fen)>,
    in_stay: bool,
}

/// What one layer's segments came to.
#[derive(Clone, Copy, Default, Debug)]
#[expect(clippy::struct_field_names, reason = "what was paid is what the word says")]
pub(super) struct Paid {
    pub(super) paid: Fen,
    /// Amount that reached the segments and found room under the caps.
    pub(super) consumed: Fen,
    /// What would have been paid for, or paid, but for the caps.
    pub(super) over: Fen,
}

/// What a layer looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looked {
    /// After what was to be paid first.
    pub(super) base: Fen,
    pub(super) deducted: Fen,
    /// Met otherwise: a deductible paid elsewhere that counts here.
    pub(super) credited: Fen,
    /// Above the deductible.
    pub(super) eligible: Fen,
    pub(super) period: Option<Period>,
}

/// Settles one entitled claim; years and account become what they are after it.
///
/// Amounts in fen; the result holds every identity of the settlement record. Cannot fail.
///
/// # Panics
/// When an identity does not hold: a bug, stopped before anything is published.
pub fn settle_claim(
    priced: &PricedClaim,
    entitled: &Entitled<'_>,
    history: History<'_>,
    mut account: Option<&mut Account>,
) -> Settled {
    let (claim, charges) = (&priced.claim, &priced.charges);
    let History { years, open_stay, in_stay, place } = history;
    let mut work = Working::new(claim, entitled, years, in_stay);
    work.payers.institution = charges.institution();
    let declared = claim.declared.get(DeclaredField::Account);
    let days = parts::divided(entitled.policy, claim);
    for (index, mut part) in Bill::of(charges).divided(&days).enumerate() {
        if let Some(account) = account.as_deref_mut() {
            part.in_scope -= work.account_before(&part, account, declared);
        }
        let (at, first) = (days[index].0.min(work.years.len() - 1), index == 0);
        work.begin_part(at, part, open_stay, first);
        work.part();
    }
    work.count_stay(open_stay);
    let balance_after = work.account_and_cash(account, declared);
    let settled = Settled {
        claim: claim.clone(),
        insured: entitled.insured,
        care: entitled.care,
        scope: entitled.scope,
        filing: entitled.filing,
        level: entitled.level,
        year: benefit_year(claim, entitled),
        earlier: earlier_years(claim, entitled, &work.moves),
        person_key: entitled.person.key,
        charges: *charges,
        lines: priced.lines,
        out_of_area_first: work.out_of_area_first,
        deductible_standard: work.deductible_standard,
        deductible: work.deductible,
        pooled_rate: work.pooled_rate,
        payers: work.payers,
        balance_after,
        fold_place: place,
        moves: work.moves,
        steps: work.steps,
        warnings: priced.findings.iter().map(|finding| finding.code).collect(),
    };
    assert_identities(&settled);
    settled
}

/// The benefit year a claim counts in.
pub fn benefit_year(claim: &Claim, entitled: &Entitled<'_>) -> BenefitYear {
    entitled.policy.year_containing(entitled.policy.year_date(claim))
}

/// The years before it, as far back as moves go.
fn earlier_years(
    claim: &Claim,
    entitled: &Entitled<'_>,
    moves: &[AccumulatorMove],
) -> Vec<BenefitYear> {
    let most = moves.iter().map(|step| step.slot.years_back()).max().unwrap_or(0);
    let mut year = benefit_year(claim, entitled);
    let back = (0..most).map(|_| {
        year = entitled.policy.year_before(year);
        year
    });
    back.collect()
}

fn assert_identities(settled: &Settled) {
    let (payers, charges) = (&settled.payers, &settled.charges);
    let id = settled.claim.id;
    assert_eq!(payers.total(), charges.total(), "payers of {id} do not add up to its fee");
    let negative = payers.funds.iter().any(|f| f.is_negative())
        || payers.cash.is_negative()
        || payers.account.is_negative()
        || payers.institution.is_negative();
    assert!(!negative, "a payer of {id} is negative: {payers:?}");
    assert!(
        settled.deductible <= charges.in_scope + charges.pre_self_pay,
        "deductible of {id} is above what its first layer may look at"
    );
}

impl<'a> Working<'a> {
    fn new(
        claim: &'a Claim,
        entitled: &'a Entitled<'a>,
        years: &'a mut [Year],
        in_stay: bool,
    ) -> Working<'a> {
        Working {
            claim,
            entitled,
            terms: &entitled.terms,
            years,
            at: 0,
            owes_deductible: true,
            bill: Bill::default(),
            calendar: None,
            paid_before: Fen::ZERO,
            unpaid: Unpaid::default(),
            left: Unpaid::default(),
            payers: Payers::default(),
            moves: Vec::with_capacity(12),
            steps: Vec::with_capacity(10),
            deductible: Fen::ZERO,
            deductible_standard: Fen::ZERO,
            pooled_rate: Rate::ZERO,
            out_of_area_first: Fen::ZERO,
            continues: false,
            stay: OpenStay::default(),
            upper: ArrayVec::new(),
            visited: None,
            in_stay,
        }
    }

    /// Puts the part of the stay that lies in the year `at` to work; any other claim is one part.
    fn begin_part(&mut self, at: usize, bill: Bill, open_stay: Option<usize>, first: bool) {
        self.at = at;
        self.continues = open_stay == Some(at);
        self.bill = bill;
        self.owes_deductible = first && open_stay.is_none_or(|open| open <= at);
        if let (true, Some(open)) = (first, open_stay) {
            self.stay = OpenStay::read(&self.years[open]);
        }
        self.upper.clear();
        self.paid_before = self.payers.fund_total();
        let by_calendar =
            |total: &Tracked| matches!(total.period, CapPeriod::Month | CapPeriod::Day);
        let tracks = || self.terms.layers.iter().flat_map(|terms| &terms.layer.tracks);
        self.calendar = None;
        self.calendar = tracks().any(by_calendar).then(|| self.calendar());
        let unpaid = &mut self.unpaid;
        for (component, amount) in [
            (Component::FullSelfPay, bill.full_self_pay),
            (Component::OverLimit, bill.over_limit),
            (Component::PreSelfPay, bill.pre_self_pay),
            (Component::InScope, bill.in_scope),
        ] {
            unpaid.add(component, amount);
        }
    }

    fn part(&mut self) {
        let terms = self.terms;
        if let Some(rule) = terms.waiting {
            let in_scope = self.unpaid.get(Component::InScope);
            self.leave_to_the_person(in_scope);
            self.step(StepKind::Waiting, rule, in_scope, Rate::ZERO, in_scope);
        } else {
            self.percentages_first();
            for layer in &terms.layers {
                self.layer(layer);
            }
        }
        for component in Component::ALL {
            self.left.add(component, self.unpaid.get(component));
        }
        self.unpaid = Unpaid::default();
    }

    /// The in-scope amount of which no layer pays anything.
    fn leave_to_the_person(&mut self, in_scope: Fen) {
        self.unpaid.pay(&[Component::InScope], in_scope);
        self.unpaid.add(Component::Copay, in_scope);
    }

    pub(super) fn step(&mut self, kind: StepKind, rule: u32, base: Fen, rate: Rate, amount: Fen) {
        self.steps.push(Step { kind, rule, base, rate, amount, slot: None });
    }

    /// Adds to a total of the year at a place.
    pub(super) fn count_in(&mut self, at: usize, slot: Slot, delta: i64) {
        self.moves.extend(self.years[at].add(slot.back(at), delta));
    }

    pub(super) fn count(&mut self, slot: Slot, delta: i64) {
        self.count_in(self.at, slot, delta);
    }

    /// Effects of care elsewhere that concern a layer, in written order.
    pub(super) fn effects(
        &self,
        terms: &LayerTerms<'_>,
    ) -> impl Iterator<Item = (u32, Effect)> + use<'a> {
        let (place, is_first) = (terms.place, terms.is_first);
        let concerns = move |step: &&EffectStep| match step.layers.as_slice() {
            [] => is_first,
            layers => layers.contains(&place),
        };
        let (rule, steps) = self.terms.effects.unwrap_or((0, &[]));
        steps.iter().filter(concerns).map(move |step| (rule, step.effect))
    }

    /// What the person pays of care elsewhere before anything else, out of what the first layer looks at. Each percentage is of the whole
    /// of its base; together they take no more than there is.
    fn percentages_first(&mut self) {
        let terms = self.terms;
        let Some(first) = terms.layers.iter().find(|terms| terms.is_first) else { return };
        let in_scope = self.unpaid.get(Component::InScope);
        for (rule, effect) in self.effects(first) {
            let Effect::FirstPercent(rate, base) = effect else { continue };
            let base = match base {
                FirstPercentBase::InScope => in_scope,
                FirstPercentBase::TotalFee => self.bill.total,
                FirstPercentBase::Eligible => continue,
            };
            let amount = rate.of(base).min(self.unpaid.sum(&first.layer.base));
            self.unpaid.pay(&first.layer.base, amount);
            self.pay_out_of_area(amount);
            self.step(StepKind::Effect, rule, base, rate, amount);
        }
    }

    fn pay_out_of_area(&mut self, amount: Fen) {
        self.unpaid.add(Component::OutOfAreaFirst, amount);
        self.out_of_area_first += amount;
    }

    fn layer(&mut self, terms: &LayerTerms<'a>) {
        let base = self.unpaid.sum(&terms.layer.base);
        if !terms.is_first && base.is_zero() {
            return;
        }
        let (at, rule) = (self.steps.len(), terms.pays.rule());
        self.step(StepKind::Layer, rule, base, Rate::ZERO, Fen::ZERO);
        if self.pays_nothing(terms) {
            self.step(StepKind::DuringStay, rule, base, Rate::ZERO, Fen::ZERO);
        }
        let looked = self.looked(terms, base);
        let bounds = self.bounds(terms);
        let result = match terms.pays {
            Pays::TopUp { rule, value } => self.top_up(terms, rule, value, &looked, &bounds),
            Pays::Segments { rule, table, segments } => {
                self.segments(terms, (rule, table, segments), &looked, &bounds)
            }
        };
        self.steps[at].amount = result.paid;
        self.cap_steps(&bounds, &result);
        assert!(
            !result.paid.is_negative()
                && result.paid <= result.consumed
                && result.consumed <= looked.eligible
                && !result.over.is_negative(),
            "layer {} pays {} of {}",
            terms.layer.id,
            result.paid,
            looked.eligible
        );
        if terms.is_first {
            self.unpaid.pay(&terms.layer.base, looked.deducted + looked.eligible);
            self.unpaid.add(Component::Deductible, looked.deducted);
            self.unpaid.add(Component::Copay, result.consumed - result.paid);
            self.unpaid.add(Component::OverCap, result.over);
        } else {
            self.unpaid.pay(&terms.layer.base, result.paid);
        }
        self.payers.funds[terms.layer.fund.index()] += result.paid;
        self.add_to_stay(terms, looked.deducted, &result);
        self.count_layer(terms, &looked, &result);
        self.mark_above(&bounds, &result);
    }

    /// What of its components a layer looks at: less what the person pays first of them, and the deductible.
    fn looked(&mut self, terms: &LayerTerms<'a>, base: Fen) -> Looked {
        let mut base = base;
        if let (Some((rule, rate)), true) = (terms.first, terms.is_first) {
            let amount = rate.of(base);
            self.unpaid.pay(&terms.layer.base, amount);
            self.unpaid.add(Component::FirstPay, amount);
            self.step(StepKind::First, rule, base, rate, amount);
            base -= amount;
        }
        let period = self.period_of(terms);
        let (deducted, credited) = self.deduct(terms, base, period);
        let eligible = base - deducted;
        let first = self.first_of_eligible(terms, eligible);
        Looked { base: base - first, deducted, credited, eligible: eligible - first, period }
    }

    /// Percentages of what is above the deductible of the first layer.
    fn first_of_eligible(&mut self, terms: &LayerTerms<'a>, eligible: Fen) -> Fen {
        let mut first = Fen::ZERO;
        for (rule, effect) in self.effects(terms).filter(|_| terms.is_first) {
            let Effect::FirstPercent(rate, FirstPercentBase::Eligible) = effect else { continue };
            let amount = rate.of(eligible).min(eligible - first);
            self.step(StepKind::Effect, rule, eligible, rate, amount);
            first += amount;
        }
        if !first.is_zero() {
            self.unpaid.pay(&terms.layer.base, first);
            self.pay_out_of_area(first);
        }
        first
    }

    /// Care fell into a stay: the layer's ratios are nothing, deductible and totals run on.
    pub(super) fn pays_nothing(&self, terms: &LayerTerms<'_>) -> bool {
        !terms.layer.pays_during_stay && self.in_stay
    }

    fn count_layer(&mut self, terms: &LayerTerms<'_>, looked: &Looked, result: &Paid) {
        let (layer, counter) = (terms.layer, terms.layer.counter);
        let (base, met) = (looked.base.get(), (looked.deducted + looked.credited).get());
        let (eligible, paid) = (result.consumed.get(), result.paid.get());
        self.count(Slot::of(counter, Measure::Deductible), met);
        self.count(Slot::of(counter, Measure::Base), base);
        self.count(Slot::of(counter, Measure::Eligible), eligible);
        self.count(Slot::of(counter, Measure::Paid), paid);
        for also in layer.also_counts.iter().filter(|also| **also != counter) {
            self.count(Slot::of(*also, Measure::Eligible), eligible);
            self.count(Slot::of(*also, Measure::Paid), paid);
        }
        self.count_divided(terms, eligible, paid);
        if let Some(period) = looked.period {
            let slot = |measure| Slot::dated(counter, measure, period.start);
            self.count_in(period.at, slot(Measure::PeriodVisits), 1);
            self.count_in(period.at, slot(Measure::PeriodDeductible), met);
            self.count_in(period.at, slot(Measure::PeriodBase), base);
            self.count_in(period.at, slot(Measure::PeriodEligible), eligible);
        }
    }

    /// What funds paid so far of the part at work.
    pub(super) fn paid_in_part(&self) -> Fen {
        self.payers.fund_total() - self.paid_before
    }

    /// Month and day of the part at work.
    pub(super) fn calendar(&self) -> Calendar {
        let make = || Calendar::of(self.entitled.policy, self.claim, self.at);
        self.calendar.unwrap_or_else(make)
    }

    /// Draws from the account out of the in-scope amount; returns how much.
    fn account_before(&mut self, bill: &Bill, account: &mut Account, declared: Option<Fen>) -> Fen {
        let (true, Some((rule, pays))) = (self.claim.account_used, self.terms.account_before)
        else {
            return Fen::ZERO;
        };
        let may = if pays.contains(&Component::InScope) { bill.in_scope } else { Fen::ZERO };
        self.draw(StepKind::AccountBefore, rule, may, account, declared)
    }

    /// Draws the least of what the account may pay, its balance and what is left of a lower declared amount.
    fn draw(
        &mut self,
        kind: StepKind,
        rule: u32,
        may: Fen,
        account: &mut Account,
        declared: Option<Fen>,
    ) -> Fen {
        let declared = declared.map_or(may, |declared| declared - self.payers.account);
        let draw = may.min(account.available()).min(declared).or_zero();
        self.payers.account_sharing += account.draw(draw);
        self.payers.account += draw;
        self.step(kind, rule, may, Rate::ONE, draw);
        draw
    }

    /// The account's part of what is left to the person; the rest is cash.
    fn account_and_cash(
        &mut self,
        account: Option<&mut Account>,
        declared: Option<Fen>,
    ) -> Option<Fen> {
        let person: Fen = self.left.sum(&Component::ALL);
        let mut drawn = Fen::ZERO;
        let balance = account.map(|account| {
            if let (true, Some((rule, pays))) = (self.claim.account_used, self.terms.account_after)
            {
                let may = self.left.sum(pays);
                drawn = self.draw(StepKind::Account, rule, may, account, declared);
            }
            account.balance
        });
        self.payers.cash = person - drawn;
        balance
    }

    /// Rooms under the caps: of payment, of eligible amount; `None` is no bound.
    pub(super) fn rooms(bounds: &[Bound]) -> (Option<Fen>, Option<Fen>) {
        let least = |of_payment: bool| {
            bounds.iter().filter(|b| b.of_payment == of_payment).map(|b| b.left).min()
        };
        (least(true), least(false))
    }
}

impl Pays<'_> {
    fn rule(&self) -> u32 {
        match self {
            Pays::Segments { rule, .. } | Pays::TopUp { rule, .. } => *rule,
        }
    }
}
