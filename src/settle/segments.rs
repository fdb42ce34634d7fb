//! What a layer pays of the amount above its deductible: by segments, at one ratio, or what other funds lack.

use crate::claim::settled::StepKind;
use crate::claim::{Measure, Slot};
use crate::money::{Fen, Rate, rounding};
use crate::policy::plan::{FeeBase, RatioTable, RoundingUnit, Segment, SegmentMode, TopUp};
use crate::policy::{Effect, LayerTerms, SegmentMeasure, SegmentStart};

use super::caps::Bound;
use super::layers::{Looked, Payment, Working};

/// Where on the segments' axis an amount lies.
#[derive(Clone, Copy, Debug)]
struct Position {
    from: Fen,
    /// Where the amounts before it ended, and how much of them reached the segments.
    before: Fen,
    reached: Fen,
}

impl<'a> Working<'a> {
    pub(super) fn segments(
        &mut self,
        terms: &LayerTerms<'a>,
        (rule, table, segments): (u32, &RatioTable, &[Segment]),
        looked: &Looked,
        bounds: &[Bound],
    ) -> Payment {
        let (pay_room, eligible_room) = Working::rooms(bounds);
        let within = eligible_room.map_or(looked.eligible, |room| looked.eligible.min(room));
        let position = self.position(terms, table, looked);
        self.tell_elsewhere(terms, segments, looked);
        let mut result = match table.mode {
            SegmentMode::Marginal => {
                let axis = Axis {
                    from: position.from,
                    to: position.from + within,
                    adds_up: table.measure == SegmentMeasure::Year,
                };
                self.marginal(terms, (rule, segments), axis, pay_room)
            }
            SegmentMode::WholeUpper | SegmentMode::WholeLower => {
                let lower = table.mode == SegmentMode::WholeLower;
                self.whole(terms, (rule, segments, lower), position, within, pay_room)
            }
        };
        result.over = looked.eligible - result.consumed;
        result
    }

    /// Where the eligible amount starts.
    fn position(&self, terms: &LayerTerms<'a>, table: &RatioTable, looked: &Looked) -> Position {
        let counter = terms.layer.counter;
        let (base, reached) = match table.measure {
            SegmentMeasure::Admission => {
                let stay = self.stay_of(terms);
                (stay.deductible + stay.reached + stay.over, stay.reached)
            }
            SegmentMeasure::Year => {
                let of = |measure| self.years[self.at].amount(Slot::of(counter, measure));
                (of(Measure::Base), of(Measure::Eligible))
            }
            SegmentMeasure::Period(_) => looked.period.map_or((Fen::ZERO, Fen::ZERO), |period| {
                let of = |measure| {
                    self.years[period.at].amount(Slot::dated(counter, measure, period.start))
                };
                (of(Measure::PeriodBase), of(Measure::PeriodEligible))
            }),
        };
        match table.start {
            SegmentStart::Zero => Position { from: base + looked.deducted, before: base, reached },
            SegmentStart::Deductible => Position { from: reached, before: reached, reached },
        }
    }

    /// Each part at its own ratio.
    fn marginal(
        &mut self,
        terms: &LayerTerms<'a>,
        (rule, segments): (u32, &[Segment]),
        axis: Axis,
        pay_room: Option<Fen>,
    ) -> Payment {
        let mut result = Payment::default();
        let by_layer = self.terms.rounding == RoundingUnit::Layer;
        // Of a layer that is rounded as one: what it comes to so far, in millionths of a fen.
        let mut exact: i128 = 0;
        for (index, segment) in segments.iter().enumerate() {
            let upper = segments.get(index + 1).map(|next| next.above);
            if by_layer && axis.adds_up {
                let below = axis.from.min(upper.unwrap_or(axis.from)) - segment.above;
                exact += product(self.adjusted(terms, segment.pays), below.or_zero());
            }
            let Some((low, high)) = overlap(segment, upper, axis.from, axis.to) else { continue };
            let rate = self.adjusted(terms, segment.pays);
            let pays = if by_layer {
                let before = exact;
                exact += product(rate, high - low);
                rounded(exact) - rounded(before)
            } else if axis.adds_up {
                rate.of(high) - rate.of(low)
            } else {
                rate.of(high - low)
            };
            let left = pay_room.map(|room| room - result.paid);
            let (amount, pays) = match left {
                Some(left) if pays > left => (rate.amount_reaching(left).min(high - low), left),
                _ => (high - low, pays),
            };
            result.paid += pays;
            result.consumed += amount;
            if terms.is_first {
                self.pooled_rate = rate;
            }
            self.step(StepKind::Segment, rule, amount, rate, pays);
            if amount < high - low {
                break;
            }
        }
        result
    }

    /// All at the ratio of the segment that the amount reaches, less what came before at its own; at least nothing, at most all of it.
    fn whole(
        &mut self,
        terms: &LayerTerms<'a>,
        (rule, segments, lower): (u32, &[Segment], bool),
        position: Position,
        within: Fen,
        pay_room: Option<Fen>,
    ) -> Payment {
        if within.is_zero() {
            return Payment::default();
        }
        let at = |place: Fen| self.adjusted(terms, reached(segments, place, lower));
        let rate = at(position.from + within);
        let before = at(position.before).of(position.reached);
        let pays = (rate.of(position.reached + within) - before).or_zero().min(within);
        let (amount, pays) = match pay_room {
            Some(room) if pays > room => (rate.amount_reaching(room).min(within), room),
            _ => (within, pays),
        };
        // Catching up on what came before it, a payment may be more than its own ratio's.
        let amount = amount.max(pays);
        if terms.is_first {
            self.pooled_rate = rate;
        }
        self.step(StepKind::Whole, rule, amount, rate, pays);
        Payment { paid: pays, consumed: amount, over: Fen::ZERO }
    }

    /// What earlier layers' funds lack of a share of the bill.
    pub(super) fn top_up(
        &mut self,
        terms: &LayerTerms<'a>,
        rule: u32,
        value: TopUp,
        looked: &Looked,
        bounds: &[Bound],
    ) -> Payment {
        let (pay_room, eligible_room) = Working::rooms(bounds);
        let bill = match value.of {
            FeeBase::InScope => self.bill.scope,
            FeeBase::TotalFee => self.bill.total,
        };
        let rate = self.adjusted(terms, value.rate);
        let lack = (rate.of(bill) - self.paid_in_part()).or_zero();
        let rooms = pay_room.into_iter().chain(eligible_room);
        let pays = rooms.fold(lack.min(looked.eligible), Fen::min);
        self.step(StepKind::TopUp, rule, bill, rate, pays);
        Payment { paid: pays, consumed: pays, over: lack.min(looked.eligible) - pays }
    }

    /// A ratio as it holds for care elsewhere, effects in their order; nothing is for good.
    fn adjusted(&self, terms: &LayerTerms<'_>, rate: Rate) -> Rate {
        let zero = self.effects(terms).any(|(_, effect)| effect == Effect::Zero);
        if zero || self.pays_nothing(terms) {
            return Rate::ZERO;
        }
        self.effects(terms).fold(rate, |rate, (_, effect)| match effect {
            Effect::Points(points) => rate.minus_points(points),
            Effect::Factor(factor) => rate.times(factor),
            Effect::Flat(flat) => flat,
            Effect::None
            | Effect::Zero
            | Effect::FirstPercent(..)
            | Effect::DeductibleFactor(_)
            | Effect::Level(_)
            | Effect::Refuse => rate,
        })
    }

    /// A step that cites the rule on care elsewhere, where it changes a layer's ratios or deductible.
    fn tell_elsewhere(&mut self, terms: &LayerTerms<'a>, segments: &[Segment], looked: &Looked) {
        let Some((rule, _)) = self.terms.effects else { return };
        let Some(first) = segments.first() else { return };
        let changes = self.effects(terms).any(|(_, effect)| {
            !matches!(effect, Effect::None | Effect::FirstPercent(..) | Effect::Refuse)
        });
        if changes {
            let rate = self.adjusted(terms, first.pays);
            self.step(StepKind::Elsewhere, rule, looked.deducted, rate, Fen::ZERO);
        }
    }
}

/// The part of the axis that a claim covers.
#[derive(Clone, Copy, Debug)]
struct Axis {
    from: Fen,
    to: Fen,
    /// Claims of a year add up to its benefit: each pays what the rounded benefit grows by.
    adds_up: bool,
}

/// The part of `from..to` inside a segment, measured from the segment's lower bound.
fn overlap(segment: &Segment, upper: Option<Fen>, from: Fen, to: Fen) -> Option<(Fen, Fen)> {
    let low = from.max(segment.above);
    let high = upper.map_or(to, |upper| to.min(upper));
    (low < high).then(|| (low - segment.above, high - segment.above))
}

/// The ratio of the segment that an amount reaches; `lower`: an amount on a bound belongs to the segment below it.
fn reached(segments: &[Segment], amount: Fen, lower: bool) -> Rate {
    let reaches = |segment: &&Segment| {
        if lower { segment.above < amount } else { segment.above <= amount }
    };
    let segment = segments.iter().rfind(reaches).or(segments.first());
    segment.map_or(Rate::ZERO, |segment| segment.pays)
}

fn product(rate: Rate, amount: Fen) -> i128 {
    i128::from(rate.millionths()) * i128::from(amount.get())
}

fn rounded(exact: i128) -> Fen {
    Fen::new(i64::try_from(rounding::divide(exact, 1_000_000)).unwrap_or(i64::MAX))
}
