//! Segments: what a ratio pays of an amount, under what caps leave.
//!
//! Owns where segments begin, rounding per segment or layer, and the amount that found room. Must not know totals or rows.

use rust_decimal::Decimal;

use super::figures::{or_zero, round};
use super::terms::RatioTerms;

/// Where an amount lies on the segments' axis, in yuan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// What lay there before the claim.
    pub before: Decimal,
    /// Where the claim's eligible amount starts.
    pub from: Decimal,
    /// What had reached the segments and found room before.
    pub eligible: Decimal,
}

/// What caps leave, in yuan; `None` is no bound.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room {
    pub paid: Option<Decimal>,
    pub eligible: Option<Decimal>,
}

impl Room {
    /// An amount within both bounds.
    pub fn least(&self, amount: Decimal) -> Decimal {
        let amount = self.paid.map_or(amount, |room| amount.min(room));
        self.eligible.map_or(amount, |room| amount.min(room))
    }
}

/// What a layer came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Paid {
    pub paid: Decimal,
    /// Amount that reached the segments and found room.
    pub used: Decimal,
}

/// Pays an eligible amount; `nothing` stands for a ratio of nothing.
///
/// An amount below the first bound reaches no segment and finds no room.
pub(super) fn pay(
    ratio: &RatioTerms<'_>,
    axis: Axis,
    eligible: Decimal,
    room: Room,
    nothing: bool,
    rounds_layers: bool,
) -> Paid {
    let within = room.eligible.map_or(eligible, |room| eligible.min(room));
    let segments: Vec<(Decimal, Decimal)> = ratio
        .segments
        .iter()
        .map(|(bound, share)| (*bound, if nothing { Decimal::ZERO } else { *share }))
        .collect();
    if ratio.whole {
        return pay_whole(&segments, ratio.lower, axis, within, room.paid);
    }
    let rounding = Rounding { yearly: ratio.measure == "year", layers: rounds_layers };
    pay_marginal(&segments, rounding, axis.from, within, room.paid)
}

/// How pieces are rounded.
#[derive(Clone, Copy)]
struct Rounding {
    /// As what a year's amounts come to less what they came to before.
    yearly: bool,
    /// The sum over segments only.
    layers: bool,
}

/// Each part at its own ratio.
fn pay_marginal(
    segments: &[(Decimal, Decimal)],
    rounding: Rounding,
    from: Decimal,
    within: Decimal,
    room: Option<Decimal>,
) -> Paid {
    let to = from + within;
    let mut result = Paid::default();
    // What the segments pay so far before it is rounded; of a year, from its start.
    let mut exact = if rounding.yearly { exact_below(segments, from) } else { Decimal::ZERO };
    for (index, (bound, share)) in segments.iter().enumerate() {
        let next = segments.get(index + 1).map(|(next, _)| *next);
        let low = from.max(*bound);
        let high = next.map_or(to, |next| to.min(next));
        if low >= high {
            continue;
        }
        let piece = (high - low) * share;
        let pays = match (rounding.layers, rounding.yearly) {
            (true, _) => round(exact + piece) - round(exact),
            (false, true) => round((high - bound) * share) - round((low - bound) * share),
            (false, false) => round(piece),
        };
        exact += piece;
        if let Some(left) = room.map(|room| room - result.paid).filter(|left| pays > *left) {
            // The cap falls inside this segment.
            result.used += found_room(left, *share).min(high - low);
            result.paid += left;
            break;
        }
        result.paid += pays;
        result.used += high - low;
    }
    result
}

/// What segments pay of everything below a point, not rounded.
fn exact_below(segments: &[(Decimal, Decimal)], point: Decimal) -> Decimal {
    let mut sum = Decimal::ZERO;
    for (index, (bound, share)) in segments.iter().enumerate() {
        let next = segments.get(index + 1).map_or(point, |(next, _)| point.min(*next));
        sum += or_zero(next - bound) * share;
    }
    sum
}

/// All at the ratio of the segment that the amount reaches: what the whole comes to less what it came to before, never less than 0 and
/// never more than the claim's own amount.
///
/// The document says the former of `measure = "year"`; here it is read so of periods and of stays in parts too.
fn pay_whole(
    segments: &[(Decimal, Decimal)],
    lower: bool,
    axis: Axis,
    within: Decimal,
    room: Option<Decimal>,
) -> Paid {
    let share = reached(segments, lower, axis.from + within);
    let earlier = round(axis.eligible * reached(segments, lower, axis.before));
    let pays = or_zero(round((axis.eligible + within) * share) - earlier).min(within);
    match room.filter(|room| pays > *room) {
        Some(room) => Paid { paid: room, used: found_room(room, share).min(within) },
        None => Paid { paid: pays, used: within },
    }
}

/// The share of the segment that an amount reaches.
fn reached(segments: &[(Decimal, Decimal)], lower: bool, amount: Decimal) -> Decimal {
    let inside = |bound: Decimal| if lower { bound < amount } else { bound <= amount };
    let last = segments.iter().rev().find(|(bound, _)| inside(*bound));
    last.or(segments.first()).map_or(Decimal::ZERO, |(_, share)| *share)
}

/// The amount whose share is what a cap left.
fn found_room(left: Decimal, share: Decimal) -> Decimal {
    if share.is_zero() { left } else { round(left / share) }
}
