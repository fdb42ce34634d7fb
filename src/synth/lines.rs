//! The fee lines of a claim, one after another: nothing of them is kept.

use super::catalogue::{NationalItem, is_drug, is_service};
use super::claim::Claim;
use super::draw::{Draw, Purpose};
use super::institutions::Institution;
use super::plan::Plan;
use super::roles::{Kind, Role};
use super::row::moved;
use crate::calendar::Date;
use crate::claim::Charges;
use crate::codes::CareKind;
use crate::money::Fen;
use crate::price::{LineAmounts, price_times_count, split_line};

/// A fee line.
#[derive(Clone, Copy, Debug)]
pub struct Line<'p> {
    pub number: u32,
    pub code: &'p str,
    /// Place of the item in the national list.
    pub item: usize,
    pub day: Date,
    pub second: u32,
    pub amounts: LineAmounts,
}

/// What a claim's lines add up to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    pub total: Fen,
    pub charges: Charges,
}

/// Counts in tenths of a thousandth.
const WHOLE: i64 = 10_000;
const FRACTIONS: [i64; 6] = [5_000, 12_500, 2_500, 15_000, 3_333, 7_500];
/// What a planted wrong amount is wrong by: far above any rounding.
const WRONG_BY: Fen = Fen::new(100);

impl Plan {
    /// Makes the lines of a claim, gives each to `each`, and what they add up to.
    pub fn lines(&self, claim: &Claim, mut each: impl FnMut(&Line<'_>)) -> Sums {
        let slot = claim.slot;
        let mut draw =
            Draw::new(self.seed, Purpose::Lines, slot.night, slot.institution as u64, slot.index);
        let mut sums = Sums::default();
        let Some(institution) = self.institutions.get(slot.institution) else { return sums };
        let planted = match claim.role {
            Role::Planted(kind) => Some(kind),
            _ => None,
        };
        for place in 0..claim.lines {
            let Some(mut line) = self.line(claim, institution, place, &mut draw) else { break };
            if let (0, Some(kind)) = (place, planted) {
                plant(&mut line, kind, claim);
            }
            if place == 1 && planted == Some(Kind::LineNumberTwice) {
                line.number = 1;
            }
            sums.total += line.amounts.amount;
            if let Some(listed) = self.catalogue.listed(institution.pool, line.item) {
                let (item, class) = (listed.on(line.day), claim.scheme.class());
                let split = split_line(&line.amounts, item, class, institution.tier());
                sums.charges = sums.charges.checked_add(&split.charges).unwrap_or(sums.charges);
            }
            each(&line);
        }
        sums
    }

    fn line(
        &self,
        claim: &Claim,
        institution: &Institution,
        place: u32,
        draw: &mut Draw,
    ) -> Option<Line<'_>> {
        let items = &self.catalogue.items;
        let drawn = draw.skewed(u32::try_from(items.len()).unwrap_or(u32::MAX)) as usize;
        let index = match claim.care {
            // Pharmacies sell drugs: the first six of every ten items.
            CareKind::Pharmacy if !is_drug(drawn) => drawn - drawn % 10 + drawn % 6,
            _ => drawn,
        };
        let item = items.get(index)?;
        let price = price(item, institution, draw);
        let count = count(index, claim.care, draw);
        let nights = claim.end.days() - claim.begin.days();
        let day = moved(claim.begin, draw.offset(u32::try_from(nights).unwrap_or(0) + 1));
        let until = if day == claim.end { claim.second } else { 86_000 };
        let amounts = LineAmounts {
            amount: price_times_count(price, count).unwrap_or_default(),
            count,
            price,
            outside_restriction: draw.percent(1),
        };
        let second = 21_600 + draw.below(until.saturating_sub(21_600));
        Some(Line { number: place + 1, code: &item.code, item: index, day, second, amounts })
    }
}

/// The first line of a claim with a planted error.
fn plant(line: &mut Line<'_>, kind: Kind, claim: &Claim) {
    match kind {
        Kind::UnknownItem => line.code = super::catalogue::UNKNOWN_ITEM,
        Kind::WrongLineAmount => line.amounts.amount += WRONG_BY,
        Kind::FeeAfterSettlement => line.day = claim.end.next(),
        _ => {}
    }
}

/// Higher institutions charge more, and no two quite the same.
fn price(item: &NationalItem, institution: &Institution, draw: &mut Draw) -> i64 {
    let serial = i64::from(institution.code.as_bytes().last().copied().unwrap_or(0) % 7);
    let level = 86 + 4 * i64::from(institution.tier()) + serial + i64::from(draw.below(4));
    (item.price * level / 100 / item.step * item.step).max(item.step.max(10_000))
}

fn count(item: usize, care: CareKind, draw: &mut Draw) -> i64 {
    if is_service(item) {
        return WHOLE * i64::from(1 + draw.skewed(3));
    }
    if draw.percent(5) {
        return draw.pick(&FRACTIONS).copied().unwrap_or(WHOLE);
    }
    let most = match care {
        CareKind::Inpatient => 4,
        CareKind::Chronic => 12,
        _ => 6,
    };
    WHOLE * i64::from(1 + draw.skewed(most))
}
