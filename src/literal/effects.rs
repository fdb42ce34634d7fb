//! Care elsewhere (section 4): whether it is settled directly, and what changes.
//!
//! Owns the nine effects but for the amounts that `first_percent` takes. Must not know totals.

use rust_decimal::Decimal;

use super::claim::Stop;
use super::facts::Facts;
use super::figures::share;
use super::file::EffectRow;
use super::terms::{Lookup, pick};

/// An effect of the row that holds, in the order of the row.
#[derive(Clone, Debug)]
pub(super) struct Effect<'a> {
    pub kind: &'a str,
    pub value: &'a str,
    pub base: &'a str,
    /// Before `deductible` or `ratio`; the older format had no key and meant the deductible.
    pub before: &'a str,
    layers: &'a [String],
}

impl Effect<'_> {
    /// Whether it is on this layer: named, or the first where none is named.
    pub fn concerns(&self, id: &str, is_first: bool) -> bool {
        if self.layers.is_empty() { is_first } else { self.layers.iter().any(|named| named == id) }
    }

    /// Its value as a share.
    pub fn share(&self) -> Result<Decimal, String> {
        share(self.value)
    }
}

/// The effects that hold for a claim.
///
/// Local care with filing `local` looks no row up. An institution without a link is refused unless the row taken says `linked = false`.
pub(super) fn effects<'a>(lookup: Lookup<'a>, facts: &Facts<'_>) -> Result<Vec<Effect<'a>>, Stop> {
    let at_home = facts.scope == "local";
    if at_home && facts.claim.filing == "local" && facts.claim.linked {
        return Ok(Vec::new());
    }
    let tables = lookup.policy.tables(|file| &file.cross_region, lookup.on);
    let row = pick(tables.iter().flat_map(|table| &table.rows), facts);
    if !facts.claim.linked && row.is_none_or(|row| row.who.linked != Some(false)) {
        return Err(Stop::Refused("the institution has no link for this care".into()));
    }
    let Some(row) = row else {
        if at_home && facts.claim.filing != "promise_return" {
            return Ok(Vec::new());
        }
        return Err(Stop::Held(format!("no row for {} care, {}", facts.scope, facts.claim.filing)));
    };
    let effects = of_row(row);
    if effects.iter().any(|effect| effect.kind == "refuse") {
        return Err(Stop::Refused(format!("{} care is not settled directly", facts.claim.filing)));
    }
    Ok(effects)
}

fn of_row(row: &EffectRow) -> Vec<Effect<'_>> {
    let mut effects = Vec::new();
    if let Some(kind) = &row.effect {
        effects.push(Effect {
            kind,
            value: row.value.as_deref().unwrap_or("0"),
            base: row.base.as_deref().unwrap_or("in_scope"),
            before: row.before.as_deref().unwrap_or("deductible"),
            layers: &row.layers,
        });
    }
    for one in &row.effects {
        effects.push(Effect {
            kind: &one.kind,
            value: one.value.as_deref().unwrap_or("0"),
            base: one.base.as_deref().unwrap_or("in_scope"),
            before: one.before.as_deref().unwrap_or("deductible"),
            layers: if one.layers.is_empty() { &row.layers } else { &one.layers },
        });
    }
    effects
}

/// The level whose rules hold: that of the last `level` effect, or the institution's own.
pub(super) fn level_of(effects: &[&Effect<'_>], own: &str) -> String {
    let level = effects.iter().rev().find(|effect| effect.kind == "level");
    level.map_or(own, |effect| effect.value).to_owned()
}

/// A ratio after the effects, in their order. `zero` is for good, whatever stands behind it.
pub(super) fn share_of(effects: &[&Effect<'_>], own: Decimal) -> Result<Decimal, String> {
    let mut ratio = own;
    for effect in effects {
        match effect.kind {
            "points" => ratio -= effect.share()?,
            "factor" => ratio *= effect.share()?,
            "flat" => ratio = effect.share()?,
            "zero" => return Ok(Decimal::ZERO),
            _ => {}
        }
        ratio = ratio.clamp(Decimal::ZERO, Decimal::ONE);
    }
    Ok(ratio)
}
