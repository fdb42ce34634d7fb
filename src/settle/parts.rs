//! The parts of a bill: of a stay over a year's end by days, and the months and days that totals go by.

use arrayvec::ArrayVec;
use chrono::Datelike;

use crate::calendar::Date;
use crate::claim::{Charges, Claim, Part, Slot};
use crate::codes::CareKind;
use crate::money::{Fen, rounding};
use crate::policy::Policy;
use crate::policy::plan::YearOf;

/// Benefit years back and days in that year, the earliest part first.
pub type Days = ArrayVec<(usize, i64), { Slot::MOST_BACK + 1 }>;

/// The parts in which a claim is settled. Only a stay under a policy that divides by days has more than one.
///
/// A stay's days are its nights; the day of discharge counts only when it is the only one. What lies more than fifteen years back counts in
/// the fifteenth.
pub fn divided(policy: &Policy, claim: &Claim) -> Days {
    let mut days = Days::new();
    if policy.year_of != YearOf::SplitByDays || claim.med_type.kind() != CareKind::Inpatient {
        days.push((0, 1));
        return days;
    }
    let mut last = policy.year_date(claim);
    let mut year = policy.year_containing(last);
    for back in 0..=Slot::MOST_BACK {
        let first =
            if back == Slot::MOST_BACK { claim.begin } else { year.first_day().max(claim.begin) };
        if first <= last {
            days.push((back, i64::from(last.days_since(first)) + 1));
            last = first.previous();
        }
        if last < claim.begin {
            break;
        }
        year = policy.year_before(year);
    }
    days.reverse();
    days
}

/// What the person and the funds are asked to pay, in fen.
#[derive(Clone, Copy, Default, Debug)]
pub struct Bill {
    pub full_self_pay: Fen,
    pub over_limit: Fen,
    pub pre_self_pay: Fen,
    /// What layers look at: less what the account paid of it before them.
    pub in_scope: Fen,
    /// In scope before anything is taken.
    pub scope: Fen,
    /// The whole fee, the institution's part included.
    pub total: Fen,
}

impl Bill {
    pub fn of(charges: &Charges) -> Bill {
        Bill {
            full_self_pay: charges.full_self_pay - charges.institution_full,
            over_limit: charges.over_limit - charges.institution_over,
            pre_self_pay: charges.pre_self_pay,
            in_scope: charges.in_scope,
            scope: charges.in_scope,
            total: charges.total(),
        }
    }

    /// One bill per part: each amount in proportion to the days; the last part takes what is left.
    pub fn divided(self, days: &Days) -> impl Iterator<Item = Bill> {
        let sum: i64 = days.iter().map(|(_, days)| *days).sum();
        let (mut left, count) = (self, days.len());
        days.iter().enumerate().map(move |(index, (_, days))| {
            if index + 1 == count {
                return left;
            }
            let part = self.with(left, |amount, left| share(amount, *days, sum).min(left));
            left = left.with(part, |left, part| left - part);
            part
        })
    }

    /// Each amount with the other bill's.
    fn with(self, other: Bill, of: impl Fn(Fen, Fen) -> Fen) -> Bill {
        Bill {
            full_self_pay: of(self.full_self_pay, other.full_self_pay),
            over_limit: of(self.over_limit, other.over_limit),
            pre_self_pay: of(self.pre_self_pay, other.pre_self_pay),
            in_scope: of(self.in_scope, other.in_scope),
            scope: of(self.scope, other.scope),
            total: of(self.total, other.total),
        }
    }
}

fn share(amount: Fen, days: i64, sum: i64) -> Fen {
    let part = rounding::product_over(amount.get(), days, sum.max(1));
    Fen::new(part.unwrap_or_default())
}

/// Month and day under which a benefit year keeps a claim.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    pub month: Part,
    pub day: Part,
}

impl Calendar {
    /// By the time of settlement; of the parts of a divided stay in earlier years by their year's last day.
    ///
    /// A benefit year has each month and day once, whatever day it begins on, unless it was lengthened, or begins within a month, or the
    /// settlement came after its end: the second of a name is told apart.
    pub fn of(policy: &Policy, claim: &Claim, back: usize) -> Calendar {
        let mut year = policy.year_containing(policy.year_date(claim));
        let mut on = claim.settled_at.date();
        for _ in 0..back {
            on = year.first_day().previous();
            year = policy.year_before(year);
        }
        let first = year.first_day();
        let (day, start) = (on.civil(), first.civil());
        let months = (day.year() - start.year()) * 12 + day.month0().cast_signed()
            - start.month0().cast_signed();
        Calendar {
            month: Part::Month { month: day.month(), again: months >= 12 },
            day: Part::Day { month: day.month(), day: day.day(), again: is_year_on(on, first) },
        }
    }
}

fn is_year_on(day: Date, first: Date) -> bool {
    day.age_since(first) >= 1
}
