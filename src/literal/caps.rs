//! Caps (封顶线): which hold for a claim, and how high they are.
//!
//! Owns rows, diseases and additions. Must not know what was used up: `layer` does.

use rust_decimal::Decimal;

use super::book::Layer;
use super::claim::Stop;
use super::facts::Facts;
use super::figures::{or_zero, round, share, times};
use super::file::{Addition, CapRow, CapTable};
use super::terms::{Lookup, pick};

/// A cap that holds.
#[derive(Debug)]
pub(super) struct CapTerms {
    /// It bounds the amount that reached the segments, not the payment.
    pub on_eligible: bool,
    pub per: String,
    pub counter: String,
    /// The disease whose own total it bounds.
    pub disease: Option<String>,
    pub limit: Decimal,
    /// Without additions, where there may be any.
    pub bare: Option<Decimal>,
}

/// The caps of a layer. No table is no cap; a table that has no row for the claim holds it.
///
/// "None in force on the date" is read of the layer: the claim is held where the layer has cap tables and none of them has begun.
pub(super) fn caps(
    lookup: Lookup<'_>,
    layer: &Layer<'_>,
    facts: &Facts<'_>,
) -> Result<Vec<CapTerms>, Stop> {
    let groups = layer.caps(lookup.on);
    if groups.is_empty() && layer.has(|part| &part.cap) {
        return Err(Stop::Held(format!("no cap of layer {} is in force", layer.id)));
    }
    let mut caps = Vec::new();
    for group in groups {
        if let Some(cap) = cap(lookup, layer, &group, facts)? {
            caps.push(cap);
        }
    }
    Ok(caps)
}

/// The cap of tables that bound the same; `None` where the row says `none`.
fn cap(
    lookup: Lookup<'_>,
    layer: &Layer<'_>,
    group: &[&CapTable],
    facts: &Facts<'_>,
) -> Result<Option<CapTerms>, Stop> {
    let Some(table) = group.first() else { return Ok(None) };
    let [on, per, counter, diseases] = layer.bounds(table);
    let rows = || group.iter().flat_map(|table| &table.rows);
    let own = pick(rows(), facts)
        .ok_or_else(|| Stop::Held(format!("layer {} has no cap for this claim", layer.id)))?;
    let bare = match diseases {
        "added" | "highest" => {
            let found = registered(lookup, rows, own, facts)?;
            if diseases == "added" { added(&found) } else { highest(lookup, &found)? }
        }
        _ => limit(lookup, own)?,
    };
    let Some(bare) = bare else { return Ok(None) };
    let additions: Vec<&Addition> = group.iter().flat_map(|table| &table.additions).collect();
    let mut more = additions_of(lookup, layer, &additions, facts)?;
    if let Some(percent) = group.iter().find_map(|table| table.additions_at_most.as_deref()) {
        more = more.min(round(bare * share(percent)?));
    }
    Ok(Some(CapTerms {
        on_eligible: on == "eligible",
        per: per.to_owned(),
        counter: counter.to_owned(),
        disease: (diseases == "separate").then(|| facts.disease.clone()),
        limit: bare + more,
        bare: (!additions.is_empty()).then_some(bare),
    }))
}

fn limit(lookup: Lookup<'_>, row: &CapRow) -> Result<Option<Decimal>, Stop> {
    if row.yuan == "none" { Ok(None) } else { Ok(Some(lookup.yuan(&row.yuan)?)) }
}

/// A row, and the limit it states; `None` is unlimited.
type Limited<'a> = (&'a CapRow, Option<Decimal>);

/// The rows of all registered diseases that count. A disease without a row has no limit to add; where none has one, the claim's own
/// row stands alone.
fn registered<'a, I: Iterator<Item = &'a CapRow>>(
    lookup: Lookup<'_>,
    rows: impl Fn() -> I,
    own: &'a CapRow,
    facts: &Facts<'_>,
) -> Result<Vec<Limited<'a>>, Stop> {
    let mut found = Vec::new();
    for disease in facts.registered {
        let facts = Facts { disease: disease.clone(), ..facts.clone() };
        if let Some(row) = pick(rows(), &facts) {
            found.push((row, limit(lookup, row)?));
        }
    }
    if found.is_empty() {
        found.push((own, limit(lookup, own)?));
    }
    Ok(found)
}

fn added(found: &[Limited<'_>]) -> Option<Decimal> {
    found.iter().map(|(_, limit)| *limit).sum()
}

/// The highest limit, and the supplement of its row for each further disease.
fn highest(lookup: Lookup<'_>, found: &[Limited<'_>]) -> Result<Option<Decimal>, Stop> {
    if found.iter().any(|(_, limit)| limit.is_none()) {
        return Ok(None);
    }
    let mut best: Option<(&CapRow, Decimal)> = None;
    for (row, limit) in found {
        let limit = limit.unwrap_or_default();
        if best.is_none_or(|(_, so_far)| limit > so_far) {
            best = Some((row, limit));
        }
    }
    let Some((row, limit)) = best else { return Ok(None) };
    let supplement = row.supplement.as_deref().map_or(Ok(Decimal::ZERO), |t| lookup.yuan(t))?;
    Ok(Some(limit + supplement * Decimal::from(found.len() - 1)))
}

/// What additions come to, each for so many years or so much of a mark.
fn additions_of(
    lookup: Lookup<'_>,
    layer: &Layer<'_>,
    additions: &[&Addition],
    facts: &Facts<'_>,
) -> Result<Decimal, Stop> {
    let mut sum = Decimal::ZERO;
    for addition in additions.iter().filter(|one| facts.hold(&one.who)) {
        let mark = facts.mark(&addition.fact);
        let count = if addition.fact == "enrolled_years" {
            facts.enrolled_years()
        } else {
            mark.map(|mark| mark.value.unwrap_or(1))
        };
        let since = mark.and_then(|mark| mark.from);
        let used_up = addition.resets && facts.history.went_above(layer.id, facts.year, since);
        let count = if used_up { 0 } else { count.unwrap_or(0).saturating_sub(addition.after) };
        sum += times(or_zero(Decimal::from(count)), lookup.yuan(&addition.yuan)?)?;
    }
    Ok(sum)
}
