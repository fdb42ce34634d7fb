//! What a person's standing does to all layers: waiting after a gap, registrations that count (section 5).
//!
//! Must not know layers or amounts.

use chrono::NaiveDate;

use super::calendar::{later, whole_years};
use super::claim::{Claim, Spell, Stop};
use super::facts::Facts;
use super::file::WaitingRow;
use super::terms::{Lookup, pick};

/// Whether the person still waits, so that all layers pay nothing.
///
/// A gap is counted in days without enrolment: none where one spell begins the day after another ended.
pub(super) fn waits(lookup: Lookup<'_>, facts: &Facts<'_>) -> Result<bool, Stop> {
    let on = facts.claim.begin;
    let Some((began, ended)) = gap(&facts.person.enrolled, on) else { return Ok(false) };
    let missing = ended.succ_opt().unwrap_or(ended);
    let days = (began - missing).num_days();
    let tables = lookup.policy.tables(|file| &file.waiting, lookup.on);
    let rows: Vec<&WaitingRow> = tables
        .iter()
        .flat_map(|table| &table.rows)
        .filter(|row| days > row.gap_over_days)
        .collect();
    let Some(row) = pick(rows, facts) else { return Ok(false) };
    let years = u32::try_from(whole_years(missing, began)).unwrap_or(0);
    let months = row.months.saturating_add(row.more_months_per_missing_year.saturating_mul(years));
    if on >= later(began, months) {
        Ok(false)
    } else if row.effect.as_deref() == Some("refuse") {
        Err(Stop::Refused("benefits have not begun after a gap in enrolment".into()))
    } else {
        Ok(true)
    }
}

/// When the spell that holds on a day began, and when the last one before it ended.
fn gap(spells: &[Spell], on: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let holds = |spell: &&Spell| spell.from <= on && spell.to.is_none_or(|to| on <= to);
    let began = spells.iter().filter(holds).map(|spell| spell.from).max()?;
    let ended = spells.iter().filter(|spell| spell.from < began).map(|spell| spell.to);
    // A spell before it that has not ended, or ended later, leaves no gap.
    let ended = ended.max_by_key(|to| to.unwrap_or(NaiveDate::MAX))??;
    (ended < began).then_some((began, ended))
}

/// The registered diseases that count, the earliest first.
///
/// # Errors
/// A chronic claim whose disease is registered beyond those that count is refused, as one without a registration would be; whether a
/// disease is registered at all is not asked here.
pub(super) fn registered(lookup: Lookup<'_>, facts: &Facts<'_>) -> Result<Vec<String>, Stop> {
    let all = &facts.person.registered;
    let tables = lookup.policy.tables(|file| &file.registration, lookup.on);
    let row = pick(tables.iter().flat_map(|table| &table.rows), facts);
    let Some(row) = row else { return Ok(all.clone()) };
    // A row that names diseases counts only those.
    let named = |disease: &&String| {
        row.who.diseases.is_empty()
            || row.who.diseases.iter().any(|head| disease.starts_with(head.as_str()))
    };
    let beyond: Vec<&String> = all.iter().filter(named).skip(row.at_most).collect();
    let counted: Vec<String> =
        all.iter().filter(|disease| !beyond.contains(disease)).cloned().collect();
    let covers = |disease: &String| same_disease(disease, &facts.claim.disease);
    if is_chronic(facts.claim)
        && beyond.iter().any(|disease| covers(disease))
        && !counted.iter().any(covers)
    {
        return Err(Stop::Refused("the disease is registered beyond those that count".into()));
    }
    Ok(counted)
}

fn is_chronic(claim: &Claim) -> bool {
    claim.care == "chronic"
}

/// A registration covers codes with the same first four characters.
fn same_disease(one: &str, other: &str) -> bool {
    one.get(..4).is_some() && one.get(..4) == other.get(..4)
}
