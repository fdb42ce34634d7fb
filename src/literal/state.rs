//! What is remembered between a person's claims: totals by benefit year, and every settlement as it was.
//!
//! Owns names of totals, stays in parts, periods and last visits. Must not know rules. One state is one person in one insurance of one
//! region.
//!
//! Totals are named `inpatient.paid`, with a month behind (`chronic.paid.03`), a day (`chronic.paid.03-15`) and a disease
//! (`chronic.paid:M03900`, `chronic.paid.03:M03900`); `admissions` counts stays that ended. A month that comes a second time in a benefit
//! year of more than twelve months, or after its end, is numbered on: 13 and up.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::claim::{Claim, Settled};

/// Running totals of a benefit year by name.
pub type Totals = BTreeMap<String, Decimal>;

/// What a person's claims left behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// By first day of the benefit year.
    pub years: BTreeMap<NaiveDate, Totals>,
    /// The account's own money, in yuan.
    pub balance: Decimal,
    /// What family members let the person use, in yuan.
    pub family: Decimal,
    /// Stays that are known without a settlement here: first and last day.
    pub stays: Vec<(NaiveDate, NaiveDate)>,
    /// Settlements in the order in which they were booked.
    pub(super) past: Vec<Past>,
    next: u64,
}

/// What one part adds to its stay, of the first layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StayPart {
    /// What the deductible and the segments looked at.
    pub base: Decimal,
    pub deductible: Decimal,
    /// Amount that reached the segments and found room.
    pub eligible: Decimal,
    pub paid: Decimal,
    pub in_scope: Decimal,
    pub fee: Decimal,
}

impl StayPart {
    pub(super) fn add(&mut self, other: &StayPart) {
        self.base += other.base;
        self.deductible += other.deductible;
        self.eligible += other.eligible;
        self.paid += other.paid;
        self.in_scope += other.in_scope;
        self.fee += other.fee;
    }
}

/// The four totals of a counter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub deductible: Decimal,
    pub base: Decimal,
    pub eligible: Decimal,
    pub paid: Decimal,
}

/// What a layer with a cap came to in one settlement, held against the cap without additions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Against {
    pub layer: String,
    pub year: NaiveDate,
    pub amount: Decimal,
    pub bare: Decimal,
}

/// A settlement as it is remembered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Past {
    pub number: u64,
    pub care: String,
    pub institution: String,
    pub visit: String,
    pub level: String,
    pub begin: NaiveDate,
    pub end: NaiveDate,
    pub settled: NaiveDate,
    pub mid_stay: bool,
    /// Counter of its first layer.
    pub counter: String,
    pub stay: StayPart,
    pub counters: BTreeMap<String, Sums>,
    pub against: Vec<Against>,
    /// The visit whose deductible it took as credit, and how much.
    pub credit: Option<(u64, Decimal)>,
}

impl Past {
    fn is_stay(&self) -> bool {
        self.care == "inpatient"
    }

    /// Whether both are parts of one stay.
    fn same_visit(&self, other: &Past) -> bool {
        self.number == other.number
            || (self.is_stay()
                && other.is_stay()
                && !self.visit.is_empty()
                && self.visit == other.visit
                && self.institution == other.institution)
    }
}

/// A stay or visit that ended, over all its parts.
pub(super) struct Ended {
    /// Number of its last settlement.
    pub number: u64,
    pub level: String,
    pub end: NaiveDate,
    pub deductible: Decimal,
}

impl State {
    /// A person without claims, and an account: own money and what family gave, in yuan.
    pub fn new(balance: Decimal, family: Decimal) -> State {
        State { balance, family, ..State::default() }
    }

    /// A running total; nothing where there is none.
    pub fn total(&self, year: NaiveDate, name: &str) -> Decimal {
        self.years.get(&year).and_then(|totals| totals.get(name)).copied().unwrap_or_default()
    }

    pub(super) fn count(&mut self, year: NaiveDate, name: String, amount: Decimal) {
        if !amount.is_zero() {
            *self.years.entry(year).or_default().entry(name).or_default() += amount;
        }
    }

    /// Undoes a settlement, as a reversal does: totals, its part of a stay, the account. Its date no longer opens a period.
    pub fn take_back(&mut self, settled: &Settled) {
        for (year, moves) in &settled.moves {
            for (name, change) in moves {
                self.count(*year, name.clone(), -change);
            }
        }
        self.past.retain(|past| past.number != settled.number);
        self.balance += settled.account - settled.family;
        self.family += settled.family;
    }

    /// Begins to remember a settlement.
    pub(super) fn open(&mut self, claim: &Claim, counter: &str) {
        self.next += 1;
        self.past.push(Past {
            number: self.next,
            care: claim.care.clone(),
            institution: claim.institution.clone(),
            visit: claim.visit.clone(),
            level: claim.hosp_lv.clone(),
            begin: claim.begin,
            end: claim.end,
            settled: claim.settled.date(),
            mid_stay: claim.mid_stay,
            counter: counter.to_owned(),
            stay: StayPart::default(),
            counters: BTreeMap::new(),
            against: Vec::new(),
            credit: None,
        });
    }

    /// The settlement at work.
    pub(super) fn now(&mut self) -> Option<&mut Past> {
        self.past.last_mut()
    }

    /// Settlements of the stay at work, its earlier parts first: those since it last ended.
    fn parts(&self) -> Vec<&Past> {
        let Some(now) = self.past.last() else { return Vec::new() };
        let mut parts = vec![now];
        for past in self.past.iter().rev().skip(1).filter(|past| past.same_visit(now)) {
            if !past.mid_stay {
                break;
            }
            parts.push(past);
        }
        parts.reverse();
        parts
    }

    /// What the parts of the stay at work came to so far.
    pub(super) fn stay(&self) -> StayPart {
        let mut sum = StayPart::default();
        for part in self.parts() {
            sum.add(&part.stay);
        }
        sum
    }

    /// First day of the stay at work.
    pub(super) fn stay_begin(&self) -> Option<NaiveDate> {
        self.parts().iter().map(|part| part.begin).min()
    }

    /// The credit that an earlier part of the stay at work took.
    pub(super) fn stay_credit(&self) -> Option<(u64, Decimal)> {
        self.parts().iter().find_map(|part| part.credit)
    }

    /// Whether any settlement took a credit from this visit.
    pub(super) fn was_credited(&self, number: u64) -> bool {
        self.past.iter().any(|past| past.credit.is_some_and(|(from, _)| from == number))
    }

    /// The last stay before the one at work that counts on this counter and ended.
    pub(super) fn last_stay(&self, counter: &str) -> Option<Ended> {
        self.last(|past| past.is_stay() && past.counter == counter)
    }

    /// The last visit before the one at work that counts on this counter and ended.
    pub(super) fn last_visit(&self, counter: &str) -> Option<Ended> {
        self.last(|past| past.counter == counter)
    }

    fn last(&self, counts: impl Fn(&Past) -> bool) -> Option<Ended> {
        let own: BTreeSet<u64> = self.parts().iter().map(|part| part.number).collect();
        let found = self
            .past
            .iter()
            .rposition(|past| !own.contains(&past.number) && !past.mid_stay && counts(past))?;
        let last = &self.past[found];
        let mut deductible = last.stay.deductible;
        for past in self.past[..found].iter().rev().filter(|past| past.same_visit(last)) {
            if !past.mid_stay {
                break;
            }
            deductible += past.stay.deductible;
        }
        Some(Ended { number: last.number, level: last.level.clone(), end: last.end, deductible })
    }

    /// Whether the person was in another stay on this day, as far as is known. Days of admission and discharge are days of the stay.
    pub(super) fn in_stay(&self, on: NaiveDate) -> bool {
        let own: BTreeSet<u64> = self.parts().iter().map(|part| part.number).collect();
        let settled = self
            .past
            .iter()
            .filter(|past| past.is_stay() && !own.contains(&past.number))
            .map(|past| (past.begin, past.end));
        settled.chain(self.stays.iter().copied()).any(|(begin, end)| begin <= on && on <= end)
    }

    /// What a counter came to in the period of so many days that holds on `begin`. A period opens with the first settlement, by its
    /// begin, after the last one ended; years do not matter.
    pub(super) fn period(&self, counter: &str, days: i64, begin: NaiveDate) -> Sums {
        let length = Days::new(days.unsigned_abs());
        let mut closes: Option<NaiveDate> = None;
        let mut sums = Sums::default();
        for past in &self.past {
            let Some(own) = past.counters.get(counter) else { continue };
            if closes.is_none_or(|closes| past.begin >= closes) {
                closes = past.begin.checked_add_days(length);
                sums = Sums::default();
            }
            sums.deductible += own.deductible;
            sums.base += own.base;
            sums.eligible += own.eligible;
            sums.paid += own.paid;
        }
        if closes.is_none_or(|closes| begin >= closes) { Sums::default() } else { sums }
    }

    /// Whether, since a day, a layer's amount of an earlier year went above the cap without additions.
    pub(super) fn went_above(
        &self,
        layer: &str,
        year: NaiveDate,
        since: Option<NaiveDate>,
    ) -> bool {
        let mut sums: BTreeMap<NaiveDate, Decimal> = BTreeMap::new();
        for past in &self.past {
            for one in past.against.iter().filter(|one| one.layer == layer && one.year < year) {
                let sum = sums.entry(one.year).or_default();
                *sum += one.amount;
                if *sum > one.bare && since.is_none_or(|since| past.settled >= since) {
                    return true;
                }
            }
        }
        false
    }
}
