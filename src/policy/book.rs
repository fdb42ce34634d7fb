//! All policies of a run, and the terms that hold for one claim.

use std::collections::HashMap;

use arrayvec::ArrayVec;

use crate::calendar::Date;
use crate::claim::Claim;
use crate::codes::{
    AdmDiv, CareKind, FilingClass, HospitalLevel, Insurance, InsuredRegion, MedType, PersonType,
    Scope,
};
use crate::money::Fen;

use super::plan::{
    CapBasis, CapPeriod, CapTable, Component, DeductibleKind, DeductibleTable, EffectRow, Layer,
    LevelMatch, Policy, Row, Rule, Segment, SegmentMeasure, SegmentStart, Selector, TermsDate,
};

/// The policies of a run with their rules numbered in file order.
#[derive(Debug, Default)]
pub struct PolicyBook {
    policies: Vec<Policy>,
    by_key: HashMap<(InsuredRegion, Insurance), usize>,
    rules: Vec<Rule>,
}

/// What a row may ask about a claim.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub person_type: PersonType,
    /// Whole years on admission; `None` when the birth date is not known.
    pub age: Option<i32>,
    pub level: HospitalLevel,
    pub filing: FilingClass,
    pub scope: Scope,
    pub care_region: AdmDiv,
    pub identities: &'a [String],
    pub disease: &'a str,
    pub med_type: &'a MedType,
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
    /// Rule number and effect of care elsewhere, if a row matched.
    pub effect: Option<(u16, &'a EffectRow)>,
    /// Rule number and components that the personal account may pay.
    pub account: Option<(u16, &'a [Component])>,
}

/// One layer's values.
#[derive(Debug)]
pub struct LayerTerms<'a> {
    pub layer: &'a Layer,
    pub deductible: Option<(u16, DeductibleKind, &'a [Fen])>,
    pub ratio_rule: u16,
    pub measure: SegmentMeasure,
    pub start: SegmentStart,
    pub segments: &'a [Segment],
    pub cap: Option<(u16, CapBasis, CapPeriod, Fen)>,
}

impl PolicyBook {
    /// # Errors
    /// The second of two policies for one region and insurance.
    pub fn new(policies: Vec<Policy>, rules: Vec<Rule>) -> Result<PolicyBook, String> {
        let mut by_key = HashMap::new();
        for (index, policy) in policies.iter().enumerate() {
            for insurance in &policy.insurance {
                if by_key.insert((policy.region, *insurance), index).is_some() {
                    return Err(format!(
                        "two policies for region {} and insurance {insurance}",
                        policy.region
                    ));
                }
            }
        }
        Ok(PolicyBook { policies, by_key, rules })
    }

    pub fn policy(&self, region: InsuredRegion, insurance: Insurance) -> Option<&Policy> {
        self.by_key.get(&(region, insurance)).map(|i| &self.policies[*i])
    }

    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    pub fn rule(&self, number: u16) -> Option<&Rule> {
        self.rules.get(usize::from(number))
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

impl Policy {
    /// The date of `claim` that picks this policy's values.
    pub fn terms_date(&self, claim: &Claim) -> Date {
        match self.terms_date {
            TermsDate::Settlement => claim.settled_at.date(),
            TermsDate::Admission => claim.begin,
            TermsDate::Discharge => claim.end,
        }
    }

    /// The effect of care elsewhere for these facts.
    pub fn effect(&self, on: Date, facts: &Facts<'_>) -> Option<(u16, &EffectRow)> {
        let rows = self.cross_region.at(on)?;
        pick(rows, facts).map(|row| (row.rule, &row.value))
    }

    /// Resolves every table for one claim.
    ///
    /// # Errors
    /// [`NoTerms`] when the first layer of the care kind has no ratio on that day for these facts, or a table that is in
    /// force has no row for them: the operator must complete the policy, the claim is held.
    pub fn terms<'a>(&'a self, on: Date, facts: &Facts<'_>) -> Result<Terms<'a>, NoTerms> {
        let care = facts.med_type.kind();
        let mut layers = ArrayVec::new();
        for layer in self.layers.iter().filter(|layer| layer.care.contains(&care)) {
            match layer_terms(layer, on, facts)? {
                Some(terms) => layers
                    .try_push(terms)
                    .map_err(|_| NoTerms { what: "more than 12 layers".into() })?,
                None if layer.is_first() => {
                    return Err(NoTerms { what: format!("layer {} · ratio on {on}", layer.id) });
                }
                None => {}
            }
        }
        if !layers.iter().any(|terms: &LayerTerms<'_>| terms.layer.is_first()) {
            return Err(NoTerms { what: format!("a layer for {} care", care.key()) });
        }
        let account = self.account.at(on).and_then(|rows| pick(rows, facts));
        Ok(Terms {
            layers,
            effect: self.effect(on, facts),
            account: account.map(|row| (row.rule, row.value.as_slice())),
        })
    }
}

fn layer_terms<'a>(
    layer: &'a Layer,
    on: Date,
    facts: &Facts<'_>,
) -> Result<Option<LayerTerms<'a>>, NoTerms> {
    let Some(ratio) = layer.ratio.at(on) else { return Ok(None) };
    let Some(row) = pick(&ratio.rows, facts) else { return Ok(None) };
    Ok(Some(LayerTerms {
        layer,
        deductible: deductible_terms(layer, on, facts)?,
        ratio_rule: row.rule,
        measure: ratio.measure,
        start: ratio.start,
        segments: &row.value,
        cap: cap_terms(layer, on, facts)?,
    }))
}

type DeductibleTerms<'a> = Option<(u16, DeductibleKind, &'a [Fen])>;

fn deductible_terms<'a>(
    layer: &'a Layer,
    on: Date,
    facts: &Facts<'_>,
) -> Result<DeductibleTerms<'a>, NoTerms> {
    if layer.deductible.is_empty() {
        return Ok(None);
    }
    let missing = || NoTerms { what: format!("layer {} · deductible on {on}", layer.id) };
    let table: &DeductibleTable = layer.deductible.at(on).ok_or_else(missing)?;
    let row = pick(&table.rows, facts).ok_or_else(missing)?;
    Ok(Some((row.rule, table.kind, &row.value)))
}

type CapTerms = Option<(u16, CapBasis, CapPeriod, Fen)>;

fn cap_terms(layer: &Layer, on: Date, facts: &Facts<'_>) -> Result<CapTerms, NoTerms> {
    if layer.cap.is_empty() {
        return Ok(None);
    }
    let missing = || NoTerms { what: format!("layer {} · cap on {on}", layer.id) };
    let table: &CapTable = layer.cap.at(on).ok_or_else(missing)?;
    let row = pick(&table.rows, facts).ok_or_else(missing)?;
    Ok(row.value.map(|cap| (row.rule, table.basis, table.period, cap)))
}

fn pick<'a, T>(rows: &'a [Row<T>], facts: &Facts<'_>) -> Option<&'a Row<T>> {
    rows.iter().find(|row| row.who.matches(facts))
}

impl Selector {
    /// Whether every condition holds.
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        let care: CareKind = facts.med_type.kind();
        starts(&self.persons, facts.person_type.as_str())
            && self.age_matches(facts.age)
            && (self.levels.is_empty()
                || self.levels.iter().any(|level| match level {
                    LevelMatch::Tier(tier) => *tier == facts.level.tier(),
                    LevelMatch::Exact(code) => *code == facts.level.code(),
                }))
            && (self.filing.is_empty() || self.filing.contains(&facts.filing))
            && (self.scopes.is_empty() || self.scopes.contains(&facts.scope))
            && starts(&self.care_regions, facts.care_region.as_str())
            && (self.identities.is_empty()
                || facts.identities.iter().any(|have| self.identities.contains(have)))
            && starts(&self.diseases, facts.disease)
            && (self.care.is_empty() || self.care.contains(&care))
            && (self.med_types.is_empty()
                || self.med_types.iter().any(|code| code == facts.med_type.as_str()))
    }

    fn age_matches(&self, age: Option<i32>) -> bool {
        if self.age_from.is_none() && self.age_to.is_none() {
            return true;
        }
        age.is_some_and(|age| {
            self.age_from.is_none_or(|from| age >= from) && self.age_to.is_none_or(|to| age <= to)
        })
    }
}

fn starts(prefixes: &[String], text: &str) -> bool {
    prefixes.is_empty() || prefixes.iter().any(|prefix| text.starts_with(prefix.as_str()))
}
