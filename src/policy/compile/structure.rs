//! What a layer may be, where it may stand, and what layers that share a counter must agree on.

use std::collections::BTreeSet;

use crate::calendar::Date;
use crate::claim::Counter;
use crate::codes::CareKind;

use super::super::document::Place;
use super::super::plan::{Component, DeductibleKind, Layer, SegmentMeasure};
use super::super::written::WrittenLayer;
use super::Compiler;
use super::layers::Merged;

impl<'a> Compiler<'a> {
    /// What a layer may be, and where it may stand.
    pub(super) fn check_structure(&mut self, merged: &[Merged<'a>]) {
        // A kind of care that could not be read is said already.
        let unknown_care = merged.iter().any(|layer| layer.head.care.is_empty());
        for (index, layer) in merged.iter().enumerate() {
            let place = layer.parts[0].place;
            let base = &layer.head.base;
            let on_scope = base.contains(&Component::InScope);
            let say = |compiler: &mut Self, what: &str, remedy: &str| {
                compiler.wrong(&layer.file, place, format!("layer {}: {what}", layer.id), remedy);
            };
            let fits = [Component::InScope, Component::PreSelfPay];
            if on_scope && base.iter().any(|component| !fits.contains(component)) {
                say(
                    self,
                    "beside in_scope a base may only have pre_self_pay",
                    "split the layer in two",
                );
            }
            let has = |of: fn(&WrittenLayer) -> bool| layer.parts.iter().any(|part| of(part));
            let ratio = has(|part| !part.ratio.is_empty()) || layer.head.same_ratio_as.is_some();
            let top_up = has(|part| !part.top_up.is_empty());
            if ratio == top_up {
                say(
                    self,
                    "needs a ratio table or a top_up, one of the two",
                    "add `[[layer.ratio]]`",
                );
            }
            if !on_scope && has(|part| !part.first.is_empty()) {
                say(self, "first is for a layer on in_scope", "move it to the first layer");
            }
            if on_scope && top_up {
                say(self, "a top_up cannot split the in-scope amount", "give it another base");
            }
            for care in &layer.head.care {
                let before = merged[..index].iter().filter(|other| other.head.care.contains(care));
                let mut scoped =
                    before.filter(|other| other.head.base.contains(&Component::InScope));
                if !on_scope && scoped.next().is_none() && !unknown_care {
                    let what =
                        format!("stands before any layer on in_scope for {} care", care.key());
                    say(self, &what, "put the layer that splits the in-scope amount first");
                }
            }
        }
        let care: BTreeSet<CareKind> =
            merged.iter().flat_map(|layer| layer.head.care.iter().copied()).collect();
        if care.is_empty() && !self.lacks_base() {
            let file = self.written.file.clone();
            self.wrong(
                &file,
                Place { line: 1, column: 1 },
                "the policy has no layer",
                "add `[[layer]]`",
            );
        }
    }

    /// On any day a counter has one length of periods: its totals of a period belong to the deductibles and the segments of all its layers.
    pub(super) fn check_periods(&mut self, merged: &[Merged<'a>], layers: &[Layer]) {
        let deductibles =
            layers.iter().flat_map(|layer| layer.deductible.iter().map(|(day, _)| *day));
        let ratios = layers.iter().flat_map(|layer| layer.ratio.iter().map(|(day, _)| *day));
        let days: BTreeSet<Date> = deductibles.chain(ratios).collect();
        for day in days {
            let mut known: Vec<(Counter, u32)> = Vec::new();
            for (written, layer) in merged.iter().zip(layers) {
                for length in period_lengths(layer, day) {
                    match known.iter().find(|(counter, _)| *counter == layer.counter) {
                        Some((counter, other)) if *other != length => {
                            let what = format!(
                                "layer {}: periods of {length} days from {day}, where counter {counter} has periods of {other}",
                                layer.id
                            );
                            let place = written.parts[0].place;
                            self.wrong(
                                &written.file,
                                place,
                                what,
                                "give one of the two a counter of its own",
                            );
                        }
                        Some(_) => {}
                        None => known.push((layer.counter, length)),
                    }
                }
            }
        }
    }
}

/// Lengths of the periods in which a layer's deductible and its segments run on a day.
fn period_lengths(layer: &Layer, day: Date) -> impl Iterator<Item = u32> {
    let deductible = layer.deductible.at(day).and_then(|table| match table.kind {
        DeductibleKind::PerPeriod(days) => Some(days),
        _ => None,
    });
    let ratio = layer.ratio.at(day).and_then(|table| match table.measure {
        SegmentMeasure::Period(days) => Some(days),
        _ => None,
    });
    deductible.into_iter().chain(ratio)
}
