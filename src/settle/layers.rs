//! The arithmetic of one claim: effect of care elsewhere, layers, account, cash.

use crate::calendar::BenefitYear;
use crate::claim::settled::{Step, StepKind};
use crate::claim::{AccumulatorMove, Claim, Counter, Measure, Payers, PricedClaim, Settled, Slot};
use crate::codes::CareKind;
use crate::money::{Fen, Rate};
use crate::policy::plan::{EffectRow, Segment};
use crate::policy::{
    CapBasis, CapPeriod, Component, DeductibleKind, Effect, FirstPercentBase, LayerTerms,
    SegmentMeasure, SegmentStart, Terms,
};

use super::entitlement::Entitled;
use super::year::{Account, Year};

/// Unpaid amounts of a claim by [`Component`].
#[derive(Clone, Copy, Debug, Default)]
struct Unpaid([Fen; 8]);

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
struct Working<'a> {
    claim: &'a Claim,
    terms: &'a Terms<'a>,
    year: &'a mut Year,
    unpaid: Unpaid,
    payers: Payers,
    moves: Vec<AccumulatorMove>,
    steps: Vec<Step>,
    deductible: Fen,
    deductible_standard: Fen,
    pooled_rate: Rate,
    out_of_area_first: Fen,
    /// What the earlier parts of this stay came to; nothing for any other care.
    stay: Stay,
    continues_stay: bool,
}

/// Earlier parts of a stay that is settled in the middle (中途结算), in fen.
#[derive(Clone, Copy, Default)]
struct Stay {
    deductible: Fen,
    reached: Fen,
    paid: Fen,
}

/// Settles one entitled claim; `year` and `account` become what they are after it.
///
/// `continues_stay` says that the year's open stay is this claim's: its parts share one deductible and one set of segments.
/// Amounts in fen; the result holds every identity of the settlement record. Cannot fail.
///
/// # Panics
/// When an identity does not hold: a bug, stopped before anything is published.
pub fn settle_claim(
    priced: &PricedClaim,
    entitled: &Entitled<'_>,
    year: &mut Year,
    account: Option<&mut Account>,
    continues_stay: bool,
    fold_place: u32,
) -> Settled {
    let charges = &priced.charges;
    let mut unpaid = Unpaid::default();
    unpaid.add(Component::FullSelfPay, charges.full_self_pay - charges.institution_full);
    unpaid.add(Component::OverLimit, charges.over_limit - charges.institution_over);
    unpaid.add(Component::PreSelfPay, charges.pre_self_pay);
    unpaid.add(Component::InScope, charges.in_scope);
    let [deductible, reached, paid] = Slot::STAY.map(|slot| year.amount(slot));
    let stay = if continues_stay { Stay { deductible, reached, paid } } else { Stay::default() };
    let mut work = Working {
        stay,
        continues_stay,
        claim: &priced.claim,
        terms: &entitled.terms,
        year,
        unpaid,
        payers: Payers { institution: charges.institution(), ..Payers::default() },
        moves: Vec::with_capacity(8),
        steps: Vec::with_capacity(8),
        deductible: Fen::ZERO,
        deductible_standard: Fen::ZERO,
        pooled_rate: Rate::ZERO,
        out_of_area_first: Fen::ZERO,
    };
    work.percentage_first(charges.total(), charges.in_scope);
    for layer in &entitled.terms.layers {
        work.layer(layer);
    }
    work.count_stay();
    let balance_after = work.account_and_cash(account);
    let settled = Settled {
        claim: priced.claim.clone(),
        insured: entitled.insured,
        care: entitled.care,
        scope: entitled.scope,
        filing: entitled.filing,
        level: entitled.level,
        year: benefit_year(&priced.claim, entitled),
        person_key: entitled.person.key,
        charges: *charges,
        lines: priced.lines,
        out_of_area_first: work.out_of_area_first,
        deductible_standard: work.deductible_standard,
        deductible: work.deductible,
        pooled_rate: work.pooled_rate,
        payers: work.payers,
        balance_after,
        fold_place,
        moves: work.moves,
        steps: work.steps,
        warnings: priced.findings.iter().map(|finding| finding.code).collect(),
    };
    assert_identities(&settled);
    settled
}

/// The benefit year a claim counts in: by settlement time.
pub fn benefit_year(claim: &Claim, entitled: &Entitled<'_>) -> BenefitYear {
    let (month, day) = entitled.policy.year_starts;
    BenefitYear::containing(claim.settled_at.date(), month, day)
}

fn assert_identities(settled: &Settled) {
    let payers = &settled.payers;
    let id = settled.claim.id;
    assert_eq!(payers.total(), settled.charges.total(), "payers of {id} do not add up to its fee");
    let negative = payers.funds.iter().any(|f| f.is_negative())
        || payers.cash.is_negative()
        || payers.account.is_negative()
        || payers.institution.is_negative();
    assert!(!negative, "a payer of {id} is negative: {payers:?}");
    assert!(
        settled.deductible <= settled.charges.in_scope,
        "deductible of {id} is above its in-scope amount"
    );
}

/// What one layer's segments came to.
struct Segmented {
    paid: Fen,
    /// Amount that reached the segments and found room under the cap.
    consumed: Fen,
}

impl Working<'_> {
    fn percentage_first(&mut self, fee: Fen, in_scope: Fen) {
        let Some((rule, row)) = self.terms.effect else { return };
        let Effect::FirstPercent(rate, base) = row.effect else { return };
        let first = self.terms.layers.iter().find(|terms| terms.layer.is_first());
        if first.is_none_or(|terms| !concerns(row, terms)) {
            return;
        }
        let base = match base {
            FirstPercentBase::InScope => in_scope,
            FirstPercentBase::TotalFee => fee,
        };
        let first = rate.of(base).min(in_scope);
        self.unpaid.pay(&[Component::InScope], first);
        self.unpaid.add(Component::OutOfAreaFirst, first);
        self.out_of_area_first = first;
        self.steps.push(Step { kind: StepKind::Effect, rule, base, rate, amount: first });
    }

    fn layer(&mut self, terms: &LayerTerms<'_>) {
        let base = self.unpaid.sum(&terms.layer.base);
        if !terms.layer.is_first() && base.is_zero() {
            return;
        }
        let counter = terms.layer.counter;
        let at = self.steps.len();
        let (rule, amount) = (terms.ratio_rule, Fen::ZERO);
        self.steps.push(Step { kind: StepKind::Layer, rule, base, rate: Rate::ZERO, amount });
        let before = self.year.amount(Slot::of(counter, Measure::Base));
        let deducted = self.deduct(terms, base, before);
        let eligible = base - deducted;
        let from = self.position(terms, before, deducted);
        let result = self.segments(terms, from, eligible);
        self.steps[at].amount = result.paid;
        if terms.layer.is_first() {
            self.stay.deductible += deducted;
            self.stay.reached += result.consumed;
            self.stay.paid += result.paid;
        }
        if terms.layer.is_first() {
            self.split_in_scope(base, deducted, eligible, &result);
        } else {
            self.unpaid.pay(&terms.layer.base, result.paid);
        }
        self.payers.funds[terms.layer.fund.index()] += result.paid;
        self.count(Slot::of(counter, Measure::Deductible), deducted.get());
        self.count(Slot::of(counter, Measure::Base), base.get());
        self.count(Slot::of(counter, Measure::Eligible), result.consumed.get());
        self.count(Slot::of(counter, Measure::Paid), result.paid.get());
        if let Some((_, _, CapPeriod::Month, _)) = terms.cap
            && let Some(slot) = self.month_slot(counter)
        {
            self.count(slot, result.paid.get());
        }
    }

    fn count(&mut self, slot: Slot, delta: i64) {
        self.moves.extend(self.year.add(slot, delta));
    }

    fn month_slot(&self, counter: Counter) -> Option<Slot> {
        Slot::month(counter, self.claim.settled_at.month())
    }

    /// Earlier parts of the stay, for the layer that counts by them.
    fn stay_of(&self, terms: &LayerTerms<'_>) -> Stay {
        if terms.layer.is_first() { self.stay } else { Stay::default() }
    }

    /// How much of `base` the deductible takes.
    fn deduct(&mut self, terms: &LayerTerms<'_>, base: Fen, before: Fen) -> Fen {
        let Some((rule, kind, amounts)) = terms.deductible else { return Fen::ZERO };
        let number = match kind {
            DeductibleKind::ByAdmission => self.year.get(Slot::ADMISSIONS),
            DeductibleKind::PerVisit | DeductibleKind::Annual => 0,
        };
        let last = amounts.len() - 1;
        let standard = amounts[usize::try_from(number).map_or(last, |n| n.min(last))];
        let due = match kind {
            DeductibleKind::Annual if terms.layer.is_first() => {
                let met = Slot::of(terms.layer.counter, Measure::Deductible);
                standard - self.year.amount(met)
            }
            // An upper layer's annual deductible is a threshold on the base of the year.
            DeductibleKind::Annual => standard - before,
            DeductibleKind::ByAdmission => standard - self.stay_of(terms).deductible,
            DeductibleKind::PerVisit => standard,
        };
        let taken = base.min(due.or_zero());
        if terms.layer.is_first() {
            self.deductible_standard = standard;
            self.deductible = taken;
        }
        self.steps.push(Step {
            kind: StepKind::Deductible,
            rule,
            base: standard,
            rate: Rate::ONE,
            amount: taken,
        });
        taken
    }

    /// Where on the segments' axis the eligible amount starts.
    fn position(&self, terms: &LayerTerms<'_>, before: Fen, deducted: Fen) -> Fen {
        match (terms.measure, terms.start) {
            (SegmentMeasure::Admission, SegmentStart::Zero) => {
                let stay = self.stay_of(terms);
                stay.deductible + stay.reached + deducted
            }
            (SegmentMeasure::Admission, SegmentStart::Deductible) => self.stay_of(terms).reached,
            (SegmentMeasure::Year, SegmentStart::Zero) => before + deducted,
            (SegmentMeasure::Year, SegmentStart::Deductible) => {
                self.year.amount(Slot::of(terms.layer.counter, Measure::Eligible))
            }
        }
    }

    /// What is left of the cap: (of fund payment, of eligible amount); `None` is no bound.
    fn room(&self, terms: &LayerTerms<'_>) -> (Option<Fen>, Option<Fen>) {
        let Some((_, basis, period, cap)) = terms.cap else { return (None, None) };
        let counter = terms.layer.counter;
        let measure = match basis {
            CapBasis::FundPaid => Measure::Paid,
            CapBasis::Eligible => Measure::Eligible,
        };
        let used = match period {
            CapPeriod::Year => self.year.amount(Slot::of(counter, measure)),
            CapPeriod::Month => self.month_slot(counter).map_or(Fen::ZERO, |s| self.year.amount(s)),
            CapPeriod::Admission => match basis {
                CapBasis::FundPaid => self.stay_of(terms).paid,
                CapBasis::Eligible => self.stay_of(terms).reached,
            },
        };
        let left = Some((cap - used).or_zero());
        match basis {
            CapBasis::FundPaid => (left, None),
            CapBasis::Eligible => (None, left),
        }
    }

    fn segments(&mut self, terms: &LayerTerms<'_>, from: Fen, eligible: Fen) -> Segmented {
        let (pay_room, eligible_room) = self.room(terms);
        let within = eligible_room.map_or(eligible, |room| eligible.min(room));
        let to = from + within;
        let mut result = Segmented { paid: Fen::ZERO, consumed: Fen::ZERO };
        for (index, segment) in terms.segments.iter().enumerate() {
            let upper = terms.segments.get(index + 1).map(|next| next.above);
            let Some((low, high)) = overlap(segment, upper, from, to) else { continue };
            let rate = self.adjusted(terms, segment.pays);
            let pays = match terms.measure {
                SegmentMeasure::Admission => rate.of(high - low),
                SegmentMeasure::Year => rate.of(high) - rate.of(low),
            };
            let left = pay_room.map(|room| room - result.paid);
            let (amount, pays) = match left {
                Some(left) if pays > left => (rate.amount_reaching(left).min(high - low), left),
                _ => (high - low, pays),
            };
            result.paid += pays;
            result.consumed += amount;
            if terms.layer.is_first() {
                self.pooled_rate = rate;
            }
            self.steps.push(Step {
                kind: StepKind::Segment,
                rule: terms.ratio_rule,
                base: amount,
                rate,
                amount: pays,
            });
            if amount < high - low {
                break;
            }
        }
        if let Some((rule, _, _, cap)) = terms.cap {
            let over = eligible - result.consumed;
            self.steps.push(Step {
                kind: StepKind::Cap,
                rule,
                base: cap,
                rate: Rate::ONE,
                amount: over,
            });
        }
        result
    }

    /// A ratio as it holds for care elsewhere.
    fn adjusted(&self, terms: &LayerTerms<'_>, rate: Rate) -> Rate {
        match self.terms.effect {
            Some((_, row)) if concerns(row, terms) => match row.effect {
                Effect::Points(points) => rate.minus_points(points),
                Effect::Factor(factor) => rate.times(factor),
                Effect::Zero => Rate::ZERO,
                Effect::None | Effect::FirstPercent(..) | Effect::Refuse => rate,
            },
            _ => rate,
        }
    }

    fn split_in_scope(&mut self, base: Fen, deducted: Fen, eligible: Fen, result: &Segmented) {
        self.unpaid.pay(&[Component::InScope], base);
        self.unpaid.add(Component::Deductible, deducted);
        self.unpaid.add(Component::Copay, result.consumed - result.paid);
        self.unpaid.add(Component::OverCap, eligible - result.consumed);
    }

    /// A stay counts as an admission once, when it ends; until then its parts add up.
    fn count_stay(&mut self) {
        if self.claim.med_type.kind() != CareKind::Inpatient {
            return;
        }
        let sums = match (self.claim.mid_stay, self.continues_stay) {
            (true, _) => [self.stay.deductible, self.stay.reached, self.stay.paid],
            (false, true) => [Fen::ZERO; 3],
            // Another stay may be open: it is left alone.
            (false, false) => return self.count(Slot::ADMISSIONS, 1),
        };
        if !self.claim.mid_stay {
            self.count(Slot::ADMISSIONS, 1);
        }
        for (slot, sum) in Slot::STAY.into_iter().zip(sums) {
            let change = sum.get() - self.year.get(slot);
            self.count(slot, change);
        }
    }

    /// Draws the least of what the account may pay, its balance and a lower declared amount; the rest is cash.
    fn account_and_cash(&mut self, account: Option<&mut Account>) -> Option<Fen> {
        let person: Fen = self.unpaid.sum(&Component::ALL);
        let declared = self.claim.declared.get(crate::claim::DeclaredField::Account);
        let account = account.map(|account| {
            if let (true, Some((rule, pays))) = (self.claim.account_used, self.terms.account) {
                let may = self.unpaid.sum(pays);
                let draw = may.min(account.available()).min(declared.unwrap_or(may)).or_zero();
                self.payers.account_sharing = account.draw(draw);
                self.payers.account = draw;
                let rate = Rate::ONE;
                self.steps.push(Step {
                    kind: StepKind::Account,
                    rule,
                    base: may,
                    rate,
                    amount: draw,
                });
            }
            account.balance
        });
        self.payers.cash = person - self.payers.account;
        account
    }
}

fn concerns(row: &EffectRow, terms: &LayerTerms<'_>) -> bool {
    if row.layers.is_empty() {
        terms.layer.is_first()
    } else {
        row.layers.contains(&terms.layer.id)
    }
}

/// The part of `from..to` inside a segment, measured from the segment's lower bound.
fn overlap(segment: &Segment, upper: Option<Fen>, from: Fen, to: Fen) -> Option<(Fen, Fen)> {
    let low = from.max(segment.above);
    let high = upper.map_or(to, |upper| to.min(upper));
    (low < high).then(|| (low - segment.above, high - segment.above))
}
