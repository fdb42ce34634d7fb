//! What holds for one claim: the tables of its day, the rows that match it, amounts resolved.
//!
//! Owns the choice of rows and what follows where there is none. Must not compute what is paid.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::book::{Layer, Policy};
use super::caps::{CapTerms, caps};
use super::claim::Stop;
use super::effects::{Effect, level_of, share_of};
use super::facts::Facts;
use super::figures::{or_zero, round, share, times};
use super::file::{self, Row};

/// A layer in force.
#[derive(Debug)]
pub(super) struct LayerTerms<'a> {
    pub layer: Layer<'a>,
    pub is_first: bool,
    /// Share of the base that the person pays first.
    pub first: Decimal,
    pub deductible: Option<DeductibleTerms<'a>>,
    pub pays: Pays<'a>,
    pub caps: Vec<CapTerms>,
    /// Period and counter of each cap table of the layer, whatever its rows say.
    pub bounded: Vec<(String, String)>,
}

/// How a layer pays.
#[derive(Debug)]
pub(super) enum Pays<'a> {
    Segments(RatioTerms<'a>),
    /// What funds lack of a share of an amount.
    TopUp {
        share: Decimal,
        of: &'a str,
    },
}

#[derive(Debug)]
pub(super) struct RatioTerms<'a> {
    pub measure: &'a str,
    pub days: i64,
    pub from_zero: bool,
    pub whole: bool,
    pub lower: bool,
    /// Lower bound in yuan, share; the share as it holds for this claim.
    pub segments: Vec<(Decimal, Decimal)>,
}

#[derive(Debug)]
pub(super) struct DeductibleTerms<'a> {
    pub kind: &'a str,
    pub days: i64,
    pub standard: Standard<'a>,
    pub year_ceiling: Option<Decimal>,
    pub restarts_after_days: Option<i64>,
    pub transfer: Option<&'a file::Transfer>,
    pub credit: Option<&'a file::Credit>,
}

/// A deductible before anything is taken off.
#[derive(Debug)]
pub(super) enum Standard<'a> {
    Yuan(Decimal),
    Bill { share: Decimal, of: &'a str, at_least: Option<Decimal>, at_most: Option<Decimal> },
}

/// Where rows are looked up.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    pub policy: &'a Policy,
    pub on: NaiveDate,
}

/// The first row that matches, over the entries of all files.
pub(super) fn pick<'a, R: Row + 'a>(
    rows: impl IntoIterator<Item = &'a R>,
    facts: &Facts<'_>,
) -> Option<&'a R> {
    rows.into_iter().find(|row| facts.hold(row.conditions()))
}

impl<'a> Lookup<'a> {
    pub fn yuan(&self, text: &str) -> Result<Decimal, String> {
        self.policy.yuan(text, self.on)
    }

    fn may(&self, text: Option<&String>) -> Result<Option<Decimal>, String> {
        text.map(|text| self.yuan(text)).transpose()
    }

    /// The layers whose conditions hold; of those that look at the in-scope amount the first only.
    ///
    /// `only` is held against the institution's own level, whatever level's rules hold elsewhere.
    pub fn layers(&self, facts: &Facts<'_>) -> Result<Vec<(Layer<'a>, bool)>, Stop> {
        let mut layers = Vec::new();
        let mut split = false;
        for layer in self.policy.layers() {
            let serves = layer.care().contains(&facts.claim.care)
                && layer.only().is_none_or(|only| facts.hold(only));
            if serves && !(layer.splits() && split) {
                split |= layer.splits();
                let is_first = layer.splits();
                layers.push((layer, is_first));
            }
        }
        if split {
            Ok(layers)
        } else {
            Err(Stop::Held("no layer splits the in-scope amount".into()))
        }
    }

    /// Everything that holds for a claim, layer by layer. A layer without a ratio on the day is left out, unless it is the first.
    pub fn terms(
        &self,
        facts: &Facts<'_>,
        effects: &[Effect<'_>],
    ) -> Result<Vec<LayerTerms<'a>>, Stop> {
        let mut terms = Vec::new();
        for (layer, is_first) in self.layers(facts)? {
            let own: Vec<&Effect<'_>> =
                effects.iter().filter(|effect| effect.concerns(layer.id, is_first)).collect();
            let facts = Facts { level: level_of(&own, &facts.level), ..facts.clone() };
            let Some(pays) = self.pays(&layer, &own, &facts)? else {
                if is_first {
                    return Err(Stop::Held(format!("layer {} has no ratio", layer.id)));
                }
                continue;
            };
            terms.push(LayerTerms {
                is_first,
                first: if is_first { self.first(&layer, &facts)? } else { Decimal::ZERO },
                deductible: self.deductible(&layer, &facts)?,
                pays,
                caps: caps(*self, &layer, &facts)?,
                bounded: bounded(&layer, self.on),
                layer,
            });
        }
        Ok(terms)
    }

    fn pays(
        &self,
        layer: &Layer<'a>,
        effects: &[&Effect<'_>],
        facts: &Facts<'_>,
    ) -> Result<Option<Pays<'a>>, Stop> {
        let top_ups = layer.tables(|part| &part.top_up, self.on);
        if let Some(row) = pick(top_ups.iter().flat_map(|table| &table.rows), facts) {
            let of = row.of.as_deref().unwrap_or("in_scope");
            return Ok(Some(Pays::TopUp { share: share(&row.percent)?, of }));
        }
        Ok(self.ratio(layer, effects, facts)?.map(Pays::Segments))
    }

    fn ratio(
        &self,
        layer: &Layer<'a>,
        effects: &[&Effect<'_>],
        facts: &Facts<'_>,
    ) -> Result<Option<RatioTerms<'a>>, Stop> {
        let source = self.followed(layer, Layer::same_ratio_as);
        let tables = source.tables(|part| &part.ratio, self.on);
        let Some(row) = pick(tables.iter().flat_map(|table| &table.rows), facts) else {
            return Ok(None);
        };
        let adjust: Vec<&file::Adjustment> = tables
            .iter()
            .flat_map(|table| &table.adjust)
            .filter(|one| facts.hold(&one.who))
            .collect();
        let mut segments = Vec::new();
        for (bound, percent) in &row.segments {
            let own = adjusted(share(percent)?, &adjust)?;
            segments.push((self.yuan(bound)?, share_of(effects, own)?));
        }
        let key = |of: fn(&'a file::RatioTable) -> Option<&'a String>| {
            tables.iter().find_map(|table| of(table)).map(String::as_str)
        };
        Ok(Some(RatioTerms {
            measure: key(|table| table.measure.as_ref()).unwrap_or("admission"),
            days: tables.iter().find_map(|table| table.days).unwrap_or(0),
            from_zero: key(|table| table.start.as_ref()) == Some("zero"),
            whole: key(|table| table.mode.as_ref()) == Some("whole"),
            lower: key(|table| table.bounds.as_ref()) == Some("lower"),
            segments,
        }))
    }

    /// The layer whose tables stand for this layer's.
    fn followed(&self, layer: &Layer<'a>, of: impl Fn(&Layer<'a>) -> Option<&'a str>) -> Layer<'a> {
        let mut layer = layer.clone();
        // A layer that follows itself in a ring has no tables worth finding: stop somewhere.
        for _ in 0..16 {
            let Some(id) = of(&layer) else { break };
            layer = self.policy.layer(id);
        }
        layer
    }

    fn first(&self, layer: &Layer<'a>, facts: &Facts<'_>) -> Result<Decimal, Stop> {
        let tables = layer.tables(|part| &part.first, self.on);
        let row = pick(tables.iter().flat_map(|table| &table.rows), facts);
        Ok(row.map_or(Ok(Decimal::ZERO), |row| share(&row.percent))?)
    }

    fn deductible(
        &self,
        layer: &Layer<'a>,
        facts: &Facts<'_>,
    ) -> Result<Option<DeductibleTerms<'a>>, Stop> {
        let source = self.followed(layer, Layer::same_deductible_as);
        if !source.has(|part| &part.deductible) {
            return Ok(None);
        }
        let tables = source.tables(|part| &part.deductible, self.on);
        let row = pick(tables.iter().flat_map(|table| &table.rows), facts)
            .ok_or_else(|| Stop::Held(format!("layer {} has no deductible", layer.id)))?;
        let kind = tables.iter().find_map(|table| table.kind.as_deref()).unwrap_or("per_visit");
        let number = if kind == "by_admission" { facts.admission } else { 1 };
        Ok(Some(DeductibleTerms {
            kind,
            days: tables.iter().find_map(|table| table.days).unwrap_or(0),
            standard: self.standard(row, number)?,
            year_ceiling: self.may(tables.iter().find_map(|table| table.year_ceiling.as_ref()))?,
            restarts_after_days: tables.iter().find_map(|table| table.restarts_after_days),
            transfer: tables.iter().find_map(|table| table.transfer.as_ref()),
            credit: tables.iter().find_map(|table| table.credit.as_ref()),
        }))
    }

    /// `number`: which stay of the year this is, from 1.
    fn standard(&self, row: &'a file::DeductibleRow, number: i64) -> Result<Standard<'a>, Stop> {
        if let Some(percent) = &row.percent {
            return Ok(Standard::Bill {
                share: share(percent)?,
                of: row.of.as_deref().unwrap_or("total_fee"),
                at_least: self.may(row.at_least.as_ref())?,
                at_most: self.may(row.at_most.as_ref())?,
            });
        }
        let amounts = row.yuan.iter().map(|text| self.yuan(text)).collect::<Result<Vec<_>, _>>()?;
        let (Some(first), Some(last)) = (amounts.first().copied(), amounts.last().copied()) else {
            return Err(Stop::Held("a deductible row without an amount".into()));
        };
        let index = usize::try_from((number - 1).max(0)).unwrap_or(usize::MAX);
        let standard = match (amounts.get(index), &row.later) {
            (Some(own), _) => *own,
            (None, None) => last,
            (None, Some(later)) => self.later(later, first, last, index + 1 - amounts.len())?,
        };
        Ok(Standard::Yuan(standard))
    }

    /// The standard so many stays after the last value of the list.
    fn later(
        &self,
        later: &file::Later,
        first: Decimal,
        last: Decimal,
        stays: usize,
    ) -> Result<Decimal, Stop> {
        let floor = self.may(later.floor.as_ref())?.unwrap_or_default();
        let lowest = match &later.at_most_percent {
            Some(percent) => round(first - first * share(percent)?),
            None => Decimal::ZERO,
        };
        let minus = self.may(later.minus.as_ref())?.unwrap_or_default();
        let part = later.minus_percent.as_deref().map_or(Ok(Decimal::ZERO), share)?;
        let previous = later.of.as_deref() == Some("previous");
        let mut standard = last;
        for _ in 0..stays.min(1_000) {
            let of = if previous { standard } else { first };
            let next = or_zero(standard - minus - times(of, part)?);
            // Of the one before: that one is a named amount. Of the first: only the outcome is.
            standard = if previous { round(next) } else { next };
        }
        Ok(round(standard).max(floor).max(lowest))
    }
}

/// A ratio after every adjustment that matches, each within 0 and 100.
fn adjusted(own: Decimal, adjust: &[&file::Adjustment]) -> Result<Decimal, String> {
    let mut ratio = own;
    for one in adjust {
        if let Some(factor) = &one.personal_factor {
            ratio = Decimal::ONE - (Decimal::ONE - ratio) * share(factor)?;
        }
        if let Some(points) = &one.points {
            ratio += share(points)?;
        }
        if let Some(points) = &one.personal_points {
            ratio -= share(points)?;
        }
        ratio = ratio.clamp(Decimal::ZERO, Decimal::ONE);
    }
    Ok(ratio)
}

/// Period and counter of each cap table of a layer that holds on a day.
fn bounded(layer: &Layer<'_>, on: NaiveDate) -> Vec<(String, String)> {
    let tables = layer.caps(on).into_iter().flatten();
    tables
        .map(|table| {
            let [_, per, counter, _] = layer.bounds(table);
            (per.to_owned(), counter.to_owned())
        })
        .collect()
}
