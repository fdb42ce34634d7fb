//! Settles one claim: which policy, what holds, each year's part, account and cash.
//!
//! Owns the order of steps, and that payers add up. Must not know how a layer computes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::book::{Book, Policy};
use super::calendar::{days_by_year, divide, year_of};
use super::claim::{Claim, Fee, Outcome, Person, Settled, Stop};
use super::effects::{Effect, effects};
use super::facts::{Facts, scope};
use super::figures::or_zero;
use super::file;
use super::layer::Work;
use super::standing::{registered, waits};
use super::state::{State, Totals};
use super::terms::{LayerTerms, Lookup, pick};

impl Book {
    /// Settles a claim of a person insured in `region` with `insurance`, over what earlier claims left in `state`.
    ///
    /// `state` changes only when the claim settles.
    pub fn settle(
        &self,
        region: &str,
        insurance: &str,
        person: &Person,
        state: &mut State,
        claim: &Claim,
    ) -> Outcome {
        let mut after = state.clone();
        match self.try_settle(region, insurance, person, &mut after, claim) {
            Ok(settled) => {
                *state = after;
                Outcome::Settled(Box::new(settled))
            }
            Err(Stop::Refused(why)) => Outcome::Refused(why),
            Err(Stop::Held(why)) => Outcome::Held(why),
        }
    }

    /// First day of the benefit year in which a claim counts, with its first part where it is split by days.
    ///
    /// # Errors
    /// There is no policy, or its year cannot be read.
    pub fn first_year(
        &self,
        region: &str,
        insurance: &str,
        person: &Person,
        claim: &Claim,
    ) -> Result<NaiveDate, String> {
        let policy = self.policy(region, insurance, &person.person_type).ok_or("no policy")?;
        Ok(parts(policy, claim)?.first().map_or(claim.begin, |(year, _)| *year))
    }

    fn try_settle(
        &self,
        region: &str,
        insurance: &str,
        person: &Person,
        state: &mut State,
        claim: &Claim,
    ) -> Result<Settled, Stop> {
        let policy = self
            .policy(region, insurance, &person.person_type)
            .ok_or_else(|| Stop::Held(format!("no policy of {region} for {insurance}")))?;
        let lookup = Lookup { policy, on: policy.terms_date(claim) };
        let before = state.years.clone();
        let mut run = Run { lookup, region, insurance, person, claim, settled: Settled::default() };
        let parts = parts(policy, claim)?;
        let last = parts.len().saturating_sub(1);
        for (index, (year, fee)) in parts.into_iter().enumerate() {
            run.part(state, year, fee, index == 0)?;
            if index == last && claim.care == "inpatient" && !claim.mid_stay {
                state.count(year, "admissions".to_owned(), Decimal::ONE);
            }
        }
        let mut settled = run.settled;
        settled.moves = moves(&before, &state.years);
        if let Some(now) = state.now() {
            settled.number = now.number;
            settled.stay = now.stay;
        }
        check(&settled, claim)?;
        Ok(settled)
    }
}

/// The years in which a claim counts, and what of its fee in each.
fn parts(policy: &Policy, claim: &Claim) -> Result<Vec<(NaiveDate, Fee)>, String> {
    let starts = policy.year_starts();
    let Some(on) = policy.year_date(claim) else {
        let days = days_by_year(starts, claim.begin, claim.end)?;
        let lengths: Vec<i64> = days.iter().map(|(_, days)| *days).collect();
        let fees = divide(&claim.fee, &lengths);
        return Ok(days.into_iter().map(|(year, _)| year).zip(fees).collect());
    };
    Ok(vec![(year_of(starts, on)?, claim.fee)])
}

/// A claim on its way through its parts.
struct Run<'a> {
    lookup: Lookup<'a>,
    region: &'a str,
    insurance: &'a str,
    person: &'a Person,
    claim: &'a Claim,
    settled: Settled,
}

/// What holds for a claim, or for one year's part of it.
struct Held<'a> {
    effects: Vec<Effect<'a>>,
    waits: bool,
    terms: Vec<LayerTerms<'a>>,
    /// Whether the account pays before all layers.
    account_before: bool,
    /// Components that it pays after them.
    account_after: Option<&'a [String]>,
}

impl<'a> Run<'a> {
    /// Looks every table up.
    fn look_up(&self, state: &State, year: NaiveDate) -> Result<Held<'a>, Stop> {
        let ended = state.total(year, "admissions").round().try_into().unwrap_or(i64::MAX - 1);
        let mut facts = Facts {
            person: self.person,
            claim: self.claim,
            insurance: self.insurance,
            scope: scope(self.region, &self.claim.care_region),
            level: self.claim.hosp_lv.clone(),
            disease: self.claim.disease.clone(),
            registered: &[],
            admission: ended + 1,
            year,
            history: state,
        };
        let effects = effects(self.lookup, &facts)?;
        let counted = registered(self.lookup, &facts)?;
        facts.registered = &counted;
        let waits = waits(self.lookup, &facts)?;
        let terms = self.lookup.terms(&facts, &effects)?;
        let account_before = self.account(&facts, "before").is_some();
        let account_after = self.account(&facts, "after");
        Ok(Held { effects, waits, terms, account_before, account_after })
    }

    /// Settles what counts in one year.
    fn part(
        &mut self,
        state: &mut State,
        year: NaiveDate,
        fee: Fee,
        is_first: bool,
    ) -> Result<(), Stop> {
        let Held { effects, waits, terms, account_before, account_after } =
            self.look_up(state, year)?;
        if is_first {
            let first = terms.iter().find(|terms| terms.is_first);
            state.open(self.claim, first.map_or("", |terms| terms.layer.counter()));
        }
        let mut unpaid = components(&fee);
        if account_before {
            let drawn = self.draw(state, fee.in_scope);
            unpaid.insert("in_scope".to_owned(), fee.in_scope - drawn);
        }
        let rounds_layers = self.lookup.policy.rounds_layers();
        let mut work = Work {
            claim: self.claim,
            fee,
            year,
            owes_deductible: is_first,
            waits,
            rounds_layers,
            effects: &effects,
            state,
            unpaid,
            funds: BTreeMap::new(),
            standard: Decimal::ZERO,
            deductible: Decimal::ZERO,
            first: Decimal::ZERO,
            first_pay: Decimal::ZERO,
        };
        if waits {
            // No layer looks at anything: what is in scope is the person's share.
            let in_scope = work.unpaid.remove("in_scope").unwrap_or_default();
            *work.unpaid.entry("copay".to_owned()).or_default() += in_scope;
        } else {
            for layer in &terms {
                work.layer(layer)?;
            }
        }
        let unpaid = self.add(work, is_first);
        let person: Decimal = unpaid.values().sum();
        let drawn = match account_after {
            Some(pays) => self.draw(state, pays.iter().filter_map(|name| unpaid.get(name)).sum()),
            None => Decimal::ZERO,
        };
        self.settled.cash += person - drawn;
        self.settled.institution += fee.institution;
        self.settled.year = year;
        Ok(())
    }

    /// Components that the account pays before all layers, or after them; `None` where it pays nothing.
    fn account(&self, facts: &Facts<'_>, when: &str) -> Option<&'a [String]> {
        let before = |table: &&file::AccountTable| table.when.as_deref().unwrap_or("after") == when;
        let tables = self.lookup.policy.tables_that(|file| &file.account, self.lookup.on, before);
        let row = pick(tables.iter().flat_map(|table| &table.rows), facts)?;
        Some(&row.pays)
    }

    /// Adds what a part came to; gives what it left unpaid.
    fn add(&mut self, work: Work<'_>, is_first: bool) -> BTreeMap<String, Decimal> {
        let settled = &mut self.settled;
        if is_first {
            settled.deductible_standard = work.standard;
        }
        settled.deductible += work.deductible;
        settled.first += work.first;
        settled.first_pay += work.first_pay;
        for (fund, amount) in work.funds {
            *settled.funds.entry(fund).or_default() += amount;
        }
        for (component, amount) in &work.unpaid {
            *settled.unpaid.entry(component.clone()).or_default() += *amount;
        }
        work.unpaid
    }

    /// Draws from the account, own money first, then what family gave.
    fn draw(&mut self, state: &mut State, may: Decimal) -> Decimal {
        if !self.claim.account_used {
            return Decimal::ZERO;
        }
        let (own, family) = (or_zero(state.balance), or_zero(state.family));
        let mut drawn = may.min(own + family);
        if let Some(most) = self.claim.account_at_most {
            drawn = drawn.min(or_zero(most - self.settled.account));
        }
        let shared = or_zero(drawn - own);
        state.balance -= drawn - shared;
        state.family -= shared;
        self.settled.account += drawn;
        self.settled.family += shared;
        drawn
    }
}

fn components(fee: &Fee) -> BTreeMap<String, Decimal> {
    [
        ("full_self_pay", fee.full_self_pay),
        ("over_limit", fee.over_limit),
        ("pre_self_pay", fee.pre_self_pay),
        ("in_scope", fee.in_scope),
    ]
    .into_iter()
    .map(|(name, amount)| (name.to_owned(), amount))
    .collect()
}

/// How totals changed.
fn moves(
    before: &BTreeMap<NaiveDate, Totals>,
    after: &BTreeMap<NaiveDate, Totals>,
) -> BTreeMap<NaiveDate, Totals> {
    let mut moves: BTreeMap<NaiveDate, Totals> = BTreeMap::new();
    for (year, totals) in after {
        for (name, amount) in totals {
            let was = before.get(year).and_then(|totals| totals.get(name)).copied();
            let change = amount - was.unwrap_or_default();
            if !change.is_zero() {
                moves.entry(*year).or_default().insert(name.clone(), change);
            }
        }
    }
    moves
}

/// Payers add up to the fee, and none is negative.
fn check(settled: &Settled, claim: &Claim) -> Result<(), Stop> {
    let funds: Decimal = settled.funds.values().sum();
    let payers = funds + settled.account + settled.cash + settled.institution;
    if payers != claim.fee.total() {
        return Err(Stop::Held(format!("payers come to {payers}, not to {}", claim.fee.total())));
    }
    let negative = |amount: &Decimal| amount.is_sign_negative() && !amount.is_zero();
    if settled.funds.values().chain([&settled.account, &settled.cash]).any(negative) {
        return Err(Stop::Held("a payer is negative".into()));
    }
    Ok(())
}
