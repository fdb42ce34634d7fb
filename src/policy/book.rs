//! All policies of a run, and the terms that hold for one claim.

use std::collections::HashMap;

use arrayvec::ArrayVec;

use crate::calendar::Date;
use crate::claim::Claim;
use crate::codes::{CareKind, Insurance, InsuredRegion};
use crate::money::{Fen, Rate};

use super::plan::{
    Cap, CapDiseases, CapTable, ClaimDate, Component, CountedFact, DeductibleTable,
    DeductibleValue, Effect, EffectStep, Layer, Policy, RatioTable, RoundingUnit, Row, Rule,
    Segment, TopUp, Waiting, YearOf,
};
use super::select::{CodeHead, Facts, Selector};

/// The policies of a run with their rules numbered in file order.
#[derive(Debug, Default)]
pub struct PolicyBook {
    policies: Vec<Policy>,
    by_key: HashMap<(InsuredRegion, Insurance), usize>,
    rules: Vec<Rule>,
}

/// Why no terms were found: which table lacks which entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoTerms {
    pub what: String,
}

/// The values that hold for one claim.
#[derive(Debug)]
pub struct Terms<'a> {
    pub layers: ArrayVec<LayerTerms<'a>, 12>,
    /// Rule number and effects of care elsewhere, if a row matched.
    pub effects: Option<(u32, &'a [EffectStep])>,
    /// The rule of a waiting period in which no layer pays.
    pub waiting: Option<u32>,
    /// Rule number and components that the account pays before all layers.
    pub account_before: Option<(u32, &'a [Component])>,
    /// Rule number and components that the account pays of the person's part.
    pub account_after: Option<(u32, &'a [Component])>,
    pub rounding: RoundingUnit,
}

/// One layer's values.
#[derive(Debug)]
pub struct LayerTerms<'a> {
    pub layer: &'a Layer,
    /// Place in `Policy::layers`, as effects name it.
    pub place: u8,
    /// It splits the in-scope amount.
    pub is_first: bool,
    pub first: Option<(u32, Rate)>,
    pub deductible: Option<(u32, &'a DeductibleTable, &'a DeductibleValue)>,
    pub pays: Pays<'a>,
    pub caps: ArrayVec<CapTerms<'a>, 4>,
}

/// How a layer comes to what it pays.
#[derive(Clone, Copy, Debug)]
pub enum Pays<'a> {
    Segments { rule: u32, table: &'a RatioTable, segments: &'a [Segment] },
    TopUp { rule: u32, value: TopUp },
}

/// One cap that holds.
#[derive(Debug)]
pub struct CapTerms<'a> {
    pub rule: u32,
    pub table: &'a CapTable,
    /// The bare limit, diseases added up where the table says so.
    pub limit: Fen,
    /// What raises it, whatever happened before.
    pub extra: Fen,
    /// What raises it until an earlier year used it: amount, and the day on which its mark was recorded.
    pub resetting: ArrayVec<(Fen, Date), 2>,
}

impl CapTerms<'_> {
    /// The limit with its additions. `used_since` says whether an earlier year went above the bare cap on or after a day.
    pub fn raised(&self, used_since: impl Fn(Date) -> bool) -> Fen {
        let unused = self.resetting.iter().filter(|(_, day)| !used_since(*day));
        let extra = unused.fold(self.extra, |all, (amount, _)| all + *amount);
        let most = self.table.additions_at_most.map(|rate| rate.of(self.limit));
        self.limit + most.map_or(extra, |most| extra.min(most))
    }
}

impl PolicyBook {
    /// # Errors
    /// Every second policy for one region and insurance: its file, and what is wrong.
    pub fn new(
        policies: Vec<Policy>,
        rules: Vec<Rule>,
    ) -> Result<PolicyBook, Vec<(String, String)>> {
        let mut by_key = HashMap::new();
        let mut errors = Vec::new();
        for (index, policy) in policies.iter().enumerate() {
            for insurance in &policy.insurance {
                if let Some(other) = by_key.insert((policy.region, *insurance), index) {
                    let other: &Policy = &policies[other];
                    errors.push((
                        policy.file.clone(),
                        format!(
                            "region {} and insurance {insurance} are served by {} already",
                            policy.region, other.file
                        ),
                    ));
                }
            }
        }
        if errors.is_empty() { Ok(PolicyBook { policies, by_key, rules }) } else { Err(errors) }
    }

    pub fn policy(&self, region: InsuredRegion, insurance: Insurance) -> Option<&Policy> {
        self.by_key.get(&(region, insurance)).map(|i| &self.policies[*i])
    }

    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    pub fn rule(&self, number: u32) -> Option<&Rule> {
        self.rules.get(usize::try_from(number).ok()?)
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

impl ClaimDate {
    /// That date of a claim.
    pub fn of(self, claim: &Claim) -> Date {
        match self {
            ClaimDate::Settlement => claim.settled_at.date(),
            ClaimDate::Admission => claim.begin,
            ClaimDate::Discharge => claim.end,
        }
    }
}

impl Policy {
    /// The date of `claim` that picks this policy's values.
    pub fn terms_date(&self, claim: &Claim) -> Date {
        self.terms_date.of(claim)
    }

    /// The date of `claim` whose benefit year it counts in; of a stay that is divided, its last day: the day of discharge counts only
    /// when it is the only one.
    pub fn year_date(&self, claim: &Claim) -> Date {
        match self.year_of {
            YearOf::Date(date) => date.of(claim),
            YearOf::SplitByDays if claim.med_type.kind() == CareKind::Inpatient => {
                claim.end.previous().max(claim.begin)
            }
            YearOf::SplitByDays => claim.end,
        }
    }

    /// The effects of care elsewhere for these facts.
    pub fn effects(&self, on: Date, facts: &Facts<'_>) -> Option<(u32, &[EffectStep])> {
        let rows = self.cross_region.at(on)?;
        pick(rows, facts).map(|row| (row.rule, row.value.as_slice()))
    }

    /// Whether the row on care elsewhere that matches asks for institutions without a link.
    pub fn speaks_of_unlinked(&self, on: Date, facts: &Facts<'_>) -> bool {
        let row = self.cross_region.at(on).and_then(|rows| pick(rows, facts));
        row.is_some_and(|row| row.who.linked == 1)
    }

    /// A waiting period in which the claim's care begins: rule, row, first day on which benefits are due.
    pub fn waiting(&self, on: Date, facts: &Facts<'_>) -> Option<(u32, Waiting, Date)> {
        let (gap, spell) = facts.gap?;
        // How long the gap is, is a condition of the row like any other.
        let long = |row: &&Row<Waiting>| {
            u32::try_from(gap).is_ok_and(|days| days > row.value.gap_over_days)
        };
        let row = self.waiting.at(on)?.iter().filter(long).find(|row| row.who.matches(facts))?;
        let years =
            u32::try_from(spell.age_since(Date::from_days(spell.days() - gap))).unwrap_or(0);
        let months = row.value.months + row.value.more_months_per_missing_year * years;
        let due = spell.plus_months(months);
        (facts.begin < due).then_some((row.rule, row.value, due))
    }

    /// How many registered diseases count, and among which diseases (those that the row names); `None`: all count.
    pub fn registered_at_most(&self, on: Date, facts: &Facts<'_>) -> Option<(u32, &Selector)> {
        pick(self.registration.at(on)?, facts).map(|row| (row.value, &row.who))
    }

    /// Resolves every table for one claim. `level` is looked up as an effect says, where one does.
    ///
    /// # Errors
    /// [`NoTerms`] when the policy does not serve these people, when the first layer has no ratio on that day for these facts, or a
    /// table that is in force has no row for them: the operator must complete the policy, the claim is held.
    pub fn terms<'a>(&'a self, on: Date, facts: &Facts<'_>) -> Result<Terms<'a>, NoTerms> {
        if !self.serves.matches(facts) {
            return Err(NoTerms { what: "a policy that serves these people".into() });
        }
        let effects = self.effects(on, facts);
        let waiting =
            self.waiting(on, facts).filter(|(_, row, _)| !row.refuse).map(|(rule, ..)| rule);
        let other_level = effects.and_then(|(_, steps)| steps.iter().find_map(EffectStep::level));
        let elsewhere;
        let facts = match other_level {
            Some(level) => {
                elsewhere = Facts { level, ..facts.clone() };
                &elsewhere
            }
            None => facts,
        };
        let mut layers: ArrayVec<LayerTerms<'a>, 12> = ArrayVec::new();
        let mut has_first = false;
        for (place, layer) in self.layers.iter().enumerate() {
            if !layer.only.matches(facts) || layer.is_on_scope() && has_first {
                continue;
            }
            let is_first = layer.is_on_scope();
            match layer_terms(layer, place, is_first, on, facts)? {
                Some(terms) => layers
                    .try_push(terms)
                    .map_err(|_| NoTerms { what: "at most 12 layers for one claim".into() })?,
                None if is_first => {
                    return Err(NoTerms { what: format!("layer {} · ratio on {on}", layer.id) });
                }
                None => {}
            }
            has_first |= is_first;
        }
        if !has_first {
            return Err(NoTerms { what: format!("a layer for {} care", facts.care.key()) });
        }
        let account = |table: &'a super::Dated<Vec<Row<Vec<Component>>>>| {
            let row = pick(table.at(on)?, facts)?;
            Some((row.rule, row.value.as_slice()))
        };
        Ok(Terms {
            layers,
            effects,
            waiting,
            account_before: account(&self.account_before),
            account_after: account(&self.account_after),
            rounding: self.rounding,
        })
    }
}

impl EffectStep {
    fn level(&self) -> Option<crate::codes::HospitalLevel> {
        match self.effect {
            Effect::Level(level) => Some(level),
            _ => None,
        }
    }
}

fn layer_terms<'a>(
    layer: &'a Layer,
    place: usize,
    is_first: bool,
    on: Date,
    facts: &Facts<'_>,
) -> Result<Option<LayerTerms<'a>>, NoTerms> {
    let Some(pays) = pays(layer, on, facts) else { return Ok(None) };
    let first = layer.first.at(on).and_then(|rows| pick(rows, facts));
    Ok(Some(LayerTerms {
        layer,
        place: u8::try_from(place).unwrap_or(u8::MAX),
        is_first,
        first: first.map(|row| (row.rule, row.value)),
        deductible: deductible_terms(layer, on, facts)?,
        pays,
        caps: cap_terms(layer, on, facts)?,
    }))
}

fn pays<'a>(layer: &'a Layer, on: Date, facts: &Facts<'_>) -> Option<Pays<'a>> {
    if let Some(rows) = layer.top_up.at(on) {
        let row = pick(rows, facts)?;
        return Some(Pays::TopUp { rule: row.rule, value: row.value });
    }
    let table = layer.ratio.at(on)?;
    let row = pick(&table.rows, facts)?;
    Some(Pays::Segments { rule: row.rule, table, segments: &row.value })
}

type DeductibleTerms<'a> = Option<(u32, &'a DeductibleTable, &'a DeductibleValue)>;

fn deductible_terms<'a>(
    layer: &'a Layer,
    on: Date,
    facts: &Facts<'_>,
) -> Result<DeductibleTerms<'a>, NoTerms> {
    if layer.deductible.is_empty() {
        return Ok(None);
    }
    let missing = || NoTerms { what: format!("layer {} · deductible on {on}", layer.id) };
    let table = layer.deductible.at(on).ok_or_else(missing)?;
    let row = pick(&table.rows, facts).ok_or_else(missing)?;
    Ok(Some((row.rule, table, &row.value)))
}

fn cap_terms<'a>(
    layer: &'a Layer,
    on: Date,
    facts: &Facts<'_>,
) -> Result<ArrayVec<CapTerms<'a>, 4>, NoTerms> {
    let mut caps = ArrayVec::new();
    for series in &layer.caps {
        let missing = || NoTerms { what: format!("layer {} · cap on {on}", layer.id) };
        let table = series.at(on).ok_or_else(missing)?;
        let row = pick(&table.rows, facts).ok_or_else(missing)?;
        let Some(limit) = limit(table, row.value.limit, facts) else { continue };
        let mut terms =
            CapTerms { rule: row.rule, table, limit, extra: Fen::ZERO, resetting: ArrayVec::new() };
        for addition in &table.additions {
            let (units, recorded) = units(addition.fact, facts);
            if units <= 0 {
                continue;
            }
            let amount = Fen::new(addition.yuan.get().saturating_mul(units)).min(Fen::MAX_FIELD);
            match recorded.filter(|_| addition.resets) {
                None => terms.extra += amount,
                Some(day) => terms
                    .resetting
                    .try_push((amount, day))
                    .map_err(|_| NoTerms { what: "at most 2 additions that reset".into() })?,
            }
        }
        caps.try_push(terms).map_err(|_| NoTerms { what: "at most 4 caps at once".into() })?;
    }
    Ok(caps)
}

/// The limit of the claim's own row, or of all registered diseases' rows; no cap for one of them is no cap.
fn limit(table: &CapTable, own: Option<Fen>, facts: &Facts<'_>) -> Option<Fen> {
    if matches!(table.diseases, CapDiseases::Together | CapDiseases::Separate) {
        return own;
    }
    let row_of = |disease: &CodeHead| {
        pick(&table.rows, &Facts { disease: *disease, ..facts.clone() }).map(|row| row.value)
    };
    let known = facts.registered.contains(&facts.disease);
    let own_disease = (!known).then_some(&facts.disease);
    let (mut sum, mut highest, mut found) = (Fen::ZERO, Cap::default(), 0);
    for cap in facts.registered.iter().chain(own_disease).filter_map(row_of) {
        sum += cap.limit?;
        if found == 0 || cap.limit > highest.limit {
            highest = cap;
        }
        found += 1;
    }
    Some(match table.diseases {
        CapDiseases::Added => sum,
        _ => (1..found).fold(highest.limit.unwrap_or_default(), |all, _| all + highest.supplement),
    })
}

/// How many units of a fact count, and since when a mark has been known.
fn units(fact: CountedFact, facts: &Facts<'_>) -> (i64, Option<Date>) {
    match fact {
        CountedFact::EnrolledYears { after } => {
            let years = facts.months.unwrap_or(0) / 12;
            (i64::from(years) - i64::from(after), None)
        }
        CountedFact::Mark { symbol, after } => facts
            .numbers
            .iter()
            .find(|(place, ..)| *place == symbol)
            .map_or((0, None), |(_, value, day)| (value - i64::from(after), Some(*day))),
    }
}

/// The first row that matches.
pub fn pick<'a, T>(rows: &'a [Row<T>], facts: &Facts<'_>) -> Option<&'a Row<T>> {
    rows.iter().find(|row| row.who.matches(facts))
}
