//! Values that cannot be meant: falling benefits, caps of nothing, deductibles that rise, segments that no amount reaches.

use std::collections::BTreeSet;

use crate::money::{Fen, Rate};
use crate::policy::document::Place;
use crate::policy::plan::{
    CapBasis, CapPeriod, CapTable, DeductibleValue, Effect, Layer, RatioTable, SegmentMeasure,
    SegmentMode, SegmentStart, TransferRule,
};
use crate::policy::select::ScopeBit;
use crate::policy::{Dated, Policy, PolicyBook};

use super::cubes::meets;
use super::{Report, Severity};

impl Report<'_> {
    pub(super) fn values(&mut self, policy: &Policy, book: &PolicyBook) {
        for layer in &policy.layers {
            self.ratios(layer, book);
            self.deductibles(layer, book);
            self.caps(layer, book);
        }
        self.visits(policy);
        self.local_effects();
    }

    fn rule(
        &mut self,
        book: &PolicyBook,
        rule: u32,
        severity: Severity,
        kind: &'static str,
        what: &str,
        remedy: &str,
    ) {
        let Some(rule) = book.rule(rule) else { return };
        let place = Place { line: rule.line, column: rule.column };
        let what = self.head(&format!("{} (from {}): {what}", rule.place, rule.from));
        self.say(&rule.file, place, severity, kind, what, remedy);
    }

    fn ratios(&mut self, layer: &Layer, book: &PolicyBook) {
        let excepted =
            self.whole.written.exceptions.iter().any(|exception| exception.layer == layer.id);
        for (day, table) in layer.ratio.iter() {
            for row in &table.rows {
                for (before, after) in falls(table, &row.value).filter(|_| !excepted) {
                    let what = format!(
                        "an amount that reaches {} is paid {} of all of it in place of {}: the fund pays less when the cost rises",
                        after.above, after.pays, before.pays
                    );
                    let remedy = format!(
                        "correct the ratios, or add `[[exception]]` with `of = \"falls\"`, `layer = \"{}\"` and `why = \"…\"`",
                        layer.id
                    );
                    self.rule(book, row.rule, Severity::Error, "falls", &what, &remedy);
                }
                let all = row.value.iter().all(|segment| segment.pays == Rate::ONE);
                let capped = layer.caps.iter().any(|series| series.at(*day).is_some());
                if all && !capped {
                    let what = "pays 100% of everything and the layer has no cap";
                    self.rule(
                        book,
                        row.rule,
                        Severity::Warning,
                        "value",
                        what,
                        "compare with the notice, and add `[[layer.cap]]` if it has one",
                    );
                }
                if let Some(above) = beyond_cap(layer, table, *day, &row.value) {
                    let what = format!(
                        "no amount reaches the segment above {above}: a cap on eligible ends before it"
                    );
                    self.rule(
                        book,
                        row.rule,
                        Severity::Warning,
                        "unreachable",
                        &what,
                        "delete the segment, or correct the cap",
                    );
                }
            }
        }
    }

    fn deductibles(&mut self, layer: &Layer, book: &PolicyBook) {
        for (_, table) in layer.deductible.iter() {
            for row in &table.rows {
                let DeductibleValue::Amounts(amounts) = &row.value else { continue };
                if let Some([before, after]) =
                    amounts.array_windows().find(|[before, after]| after > before)
                {
                    let what = format!(
                        "a later stay owes more than the one before: {after} after {before}"
                    );
                    self.rule(
                        book,
                        row.rule,
                        Severity::Warning,
                        "value",
                        &what,
                        "compare with the notice",
                    );
                }
            }
        }
    }

    fn caps(&mut self, layer: &Layer, book: &PolicyBook) {
        for (_, table) in layer.caps.iter().flat_map(Dated::iter) {
            // Beside people without a cap, nothing for all others is meant.
            if table.rows.iter().any(|row| row.value.limit.is_none()) {
                continue;
            }
            for row in table.rows.iter().filter(|row| row.value.limit == Some(Fen::ZERO)) {
                let what = "a cap of 0: the layer pays nothing";
                self.rule(
                    book,
                    row.rule,
                    Severity::Warning,
                    "value",
                    what,
                    "write the cap, or `yuan = \"none\"` for no cap",
                );
            }
        }
    }

    /// Transfers that say nothing, and credits of counters that nobody keeps.
    fn visits(&mut self, policy: &Policy) {
        let counters: Vec<_> = policy.layers.iter().map(|layer| layer.counter).collect();
        let known: Vec<String> = counters.iter().map(ToString::to_string).collect();
        let mut found = Vec::new();
        for (layer, merged) in policy.layers.iter().zip(&self.whole.layers) {
            for (day, table) in layer.deductible.iter() {
                let entry = merged
                    .tables
                    .iter()
                    .filter(|table| table.kind == super::tables::Kind::Deductible);
                let entry = entry.flat_map(|table| table.in_force(*day)).next();
                let Some(entry) = entry.filter(|entry| entry.own) else { continue };
                let rules = table
                    .transfer
                    .map(|transfer| [transfer.upward, transfer.downward, transfer.same]);
                if rules.is_some_and(|rules| rules.iter().all(|rule| *rule == TransferRule::Full)) {
                    let what = format!(
                        "layer {} · deductible · transfer says full for everything: it changes nothing",
                        layer.id
                    );
                    found.push((
                        entry.file.to_owned(),
                        entry.place,
                        what,
                        "write upward, downward or same, or delete it".to_owned(),
                    ));
                }
                if let Some(credit) =
                    table.credit.filter(|credit| !counters.contains(&credit.counter))
                {
                    let what = format!(
                        "layer {} · deductible · credit: no layer keeps counter {}",
                        layer.id, credit.counter
                    );
                    found.push((
                        entry.file.to_owned(),
                        entry.place,
                        what,
                        format!("kept here: {}", known.join(", ")),
                    ));
                }
                if table.credit.is_some_and(|credit| credit.counter == layer.counter) {
                    let what = format!(
                        "layer {} · deductible · credit names the layer's own counter",
                        layer.id
                    );
                    let remedy =
                        "name the counter of the other kind of care, or write kind = \"annual\"";
                    found.push((entry.file.to_owned(), entry.place, what, remedy.to_owned()));
                }
            }
        }
        for (file, place, what, remedy) in found {
            let what = self.head(&what);
            self.say(&file, place, Severity::Error, "value", what, remedy);
        }
    }

    /// Rows on care elsewhere that also change care at home.
    fn local_effects(&mut self) {
        let space = &self.whole.space;
        let home = space.place_cube(|place| {
            place.scope == ScopeBit::Local && place.filing == crate::codes::FilingClass::Local
        });
        let mut found = Vec::new();
        for entry in self.whole.cross.entries().filter(|entry| entry.own) {
            for line in &entry.rows {
                let acts = line.effects.iter().any(|effect| effect.kind != Effect::None);
                if acts && meets(&line.cubes, &[home]) {
                    let what = format!(
                        "cross_region · row {} (from {}) also changes care at home",
                        line.number, entry.from
                    );
                    found.push((entry.file.to_owned(), line.place, what));
                }
            }
        }
        for (file, place, what) in found {
            let what = self.head(&what);
            self.say(
                &file,
                place,
                Severity::Warning,
                "value",
                what,
                "add `filing` or `scopes` without local",
            );
        }
    }
}

/// Neighbouring segments at whose bound the fund pays less.
fn falls<'a>(
    table: &RatioTable,
    segments: &'a [crate::policy::plan::Segment],
) -> impl Iterator<Item = (&'a crate::policy::plan::Segment, &'a crate::policy::plan::Segment)> {
    let whole = matches!(table.mode, SegmentMode::WholeUpper | SegmentMode::WholeLower);
    segments
        .windows(2)
        .filter(move |pair| whole && pair[1].pays < pair[0].pays)
        .map(|pair| (&pair[0], &pair[1]))
}

/// Layers that pay less somewhere when the cost rises.
pub(super) fn falling_layers(policy: &Policy) -> BTreeSet<&str> {
    let falling = |layer: &&Layer| {
        layer.ratio.iter().any(|(_, table)| {
            table.rows.iter().any(|row| falls(table, &row.value).next().is_some())
        })
    };
    policy.layers.iter().filter(falling).map(|layer| layer.id.as_str()).collect()
}

/// The first segment that a cap on eligible keeps every amount from.
fn beyond_cap(
    layer: &Layer,
    table: &RatioTable,
    day: crate::calendar::Date,
    segments: &[crate::policy::plan::Segment],
) -> Option<Fen> {
    let bounds = |cap: &CapTable| {
        let period = match table.measure {
            SegmentMeasure::Admission => {
                matches!(cap.period, CapPeriod::Year | CapPeriod::Admission)
            }
            SegmentMeasure::Year => cap.period == CapPeriod::Year,
            SegmentMeasure::Period(_) => false,
        };
        period
            && cap.basis == CapBasis::Eligible
            && cap.counter == layer.counter
            && cap.additions.is_empty()
    };
    let caps = layer.caps.iter().filter_map(|series| series.at(day)).filter(|cap| bounds(cap));
    let highest = |cap: &CapTable| {
        cap.rows
            .iter()
            .map(|row| row.value.limit)
            .collect::<Option<Vec<Fen>>>()
            .and_then(|all| all.into_iter().max())
    };
    let cap = caps.filter_map(highest).min()?;
    // The deductible lies below the segments, or inside the first of them.
    let below = match (table.start, layer.deductible.at(day)) {
        (SegmentStart::Zero, Some(deductible)) => {
            deductible.rows.iter().map(|row| most(&row.value)).max()??
        }
        _ => Fen::ZERO,
    };
    segments
        .iter()
        .map(|segment| segment.above)
        .find(|above| *above >= cap + below && !above.is_zero())
}

fn most(value: &DeductibleValue) -> Option<Fen> {
    match value {
        DeductibleValue::Amounts(amounts) => amounts.iter().max().copied(),
        DeductibleValue::Share { .. } => None,
    }
}
