//! Tables beside the layers: care elsewhere, waiting, registrations, the account.

use crate::calendar::Date;
use crate::codes::{FilingClass, Scope};
use crate::money::Rate;

use super::super::dated::Dated;
use super::super::document::Place;
use super::super::plan::{Component, Effect, EffectStep, Layer, Row, Waiting};
use super::super::select::{Facts, Selector};
use super::super::written::{DatedRows, Written, WrittenEffect, WrittenRow};
use super::{Compiler, Valued};

type Rows<T> = Dated<Vec<Row<T>>>;

impl<'a> Compiler<'a> {
    /// The lists of one kind of table, the region's own first.
    fn lists<K, V>(
        &self,
        of: impl Fn(&'a Written) -> &'a Vec<DatedRows<K, V>>,
        keep: impl Fn(&DatedRows<K, V>) -> bool,
    ) -> Vec<Vec<&'a DatedRows<K, V>>> {
        let files = std::iter::once(self.written).chain(self.bases.iter().copied());
        files.map(|file| of(file).iter().filter(|table| keep(table)).collect()).collect()
    }

    fn plain<V: Clone>(
        &mut self,
        name: &str,
        lists: &[Vec<&'a DatedRows<(), V>>],
        words: impl Fn(&V) -> String + Copy,
    ) -> Rows<V> {
        self.series(
            name,
            lists,
            |_| Vec::new(),
            |compiler, day, tables| {
                compiler.rows(name, day, tables, |_, _, row| {
                    let (value, words) = (row.value.clone(), words(&row.value));
                    Valued { value, words, parameters: Vec::new() }
                })
            },
        )
    }

    pub(super) fn waiting(&mut self) -> Rows<Waiting> {
        let lists = self.lists(|file| &file.waiting, |_| true);
        self.plain("waiting", &lists, |waiting| {
            let Waiting { gap_over_days, months, more_months_per_missing_year, .. } = waiting;
            format!("gap > {gap_over_days} d: {months} months, +{more_months_per_missing_year} per missing year")
        })
    }

    pub(super) fn registration(&mut self) -> Rows<u32> {
        let lists = self.lists(|file| &file.registration, |_| true);
        self.plain("registration", &lists, |most| format!("at most {most}"))
    }

    pub(super) fn account(&mut self, before: bool) -> Rows<Vec<Component>> {
        let lists = self.lists(|file| &file.account, |table| table.keys == before);
        let name = if before { "account before" } else { "account" };
        self.series(
            name,
            &lists,
            |_| Vec::new(),
            |compiler, day, tables| {
                compiler.rows(name, day, tables, |_, _, row| {
                    let keys: Vec<&str> =
                        row.value.iter().map(|component| component.key()).collect();
                    Valued {
                        value: row.value.clone(),
                        words: keys.join(", "),
                        parameters: Vec::new(),
                    }
                })
            },
        )
    }

    pub(super) fn cross_region(&mut self, layers: &[Layer]) -> Rows<Vec<EffectStep>> {
        let lists = self.lists(|file| &file.cross_region, |_| true);
        let bounds = self.bounds();
        let mut rows = self.series(
            "cross_region",
            &lists,
            |_| Vec::new(),
            |compiler, day, tables| {
                compiler.rows("cross_region", day, tables, |compiler, _, row| {
                    let value = row
                        .value
                        .iter()
                        .map(|effect| compiler.effect(effect, row, layers))
                        .collect();
                    let words: Vec<String> = row.value.iter().map(effect_words).collect();
                    Valued { value, words: words.join(", then "), parameters: Vec::new() }
                })
            },
        );
        self.check_bounds(&lists, &bounds);
        self.check_factors(&lists, layers);
        if rows.is_empty() {
            rows = Dated::default();
        }
        rows
    }

    fn effect(
        &mut self,
        effect: &WrittenEffect,
        row: &WrittenRow<Vec<WrittenEffect>>,
        layers: &[Layer],
    ) -> EffectStep {
        let mut places = Vec::new();
        for (id, place) in &effect.layers {
            match layers.iter().position(|layer| layer.id == *id) {
                Some(at)
                    if matches!(effect.kind, Effect::FirstPercent(..))
                        && !layers[at].is_on_scope() =>
                {
                    let what = format!(
                        "first_percent says nothing of layer {id}: it is taken out of the in-scope amount"
                    );
                    self.wrong(&row.file, *place, what, "name a layer on in_scope, or none");
                }
                Some(at) => places.extend(u8::try_from(at)),
                None => self.no_layer(
                    &row.file,
                    *place,
                    id,
                    layers.iter().map(|layer| layer.id.as_str()),
                ),
            }
        }
        EffectStep { effect: effect.kind, layers: places }
    }

    pub(super) fn no_layer<'b>(
        &mut self,
        file: &str,
        place: Place,
        id: &str,
        known: impl Iterator<Item = &'b str>,
    ) {
        let known: Vec<&str> = known.collect();
        self.wrong(
            file,
            place,
            format!("there is no layer {id:?}"),
            format!("known: {}", known.join(", ")),
        );
    }

    /// National bounds: those of every base of the book hold for everybody.
    fn bounds(&mut self) -> Vec<Rows<Rate>> {
        let all = self.all_bases;
        let files: Vec<&'a Written> = std::iter::once(self.written).chain(all).collect();
        let words = |rate: &Rate| format!("{rate} points");
        files
            .into_iter()
            .map(|file| self.plain("bound", &[file.bounds.iter().collect()], words))
            .collect()
    }

    /// Points off are bounded for each filing class that a row names, where the care may be in another province.
    fn check_bounds(
        &mut self,
        lists: &[Vec<&'a DatedRows<(), Vec<WrittenEffect>>>],
        bounds: &[Rows<Rate>],
    ) {
        for table in lists.iter().flatten() {
            for row in &table.rows {
                let points: u32 = row
                    .value
                    .iter()
                    .map(|effect| match effect.kind {
                        Effect::Points(rate) => rate.millionths(),
                        _ => 0,
                    })
                    .sum();
                let elsewhere = row.who.scopes.is_empty()
                    || row.who.scopes.iter().any(|s| s == "other_province");
                if points == 0 || !elsewhere {
                    continue;
                }
                let named = |class: &FilingClass| {
                    row.who.filing.is_empty() || row.who.filing.contains(class)
                };
                let elsewhere = [
                    FilingClass::LongTerm,
                    FilingClass::Referral,
                    FilingClass::Emergency,
                    FilingClass::OtherTemporary,
                    FilingClass::Unfiled,
                ];
                let low = elsewhere.into_iter().filter(named).filter_map(|class| {
                    bound_for(class, table.from, bounds).map(|bound| (bound, class))
                });
                if let Some((bound, class)) = low.min_by_key(|(bound, _)| *bound)
                    && points > bound.millionths()
                {
                    let off = Rate::from_millionths(points).unwrap_or(Rate::ONE);
                    let what = format!(
                        "cross_region · row {}: {off} off is above the national bound of {bound} for {}",
                        row.number,
                        class.key()
                    );
                    self.wrong(
                        &row.file,
                        row.place,
                        what,
                        "take the notice's points within the bound, or split the row by filing",
                    );
                }
            }
        }
    }

    /// A factor times a ratio must be a whole number of millionths: what is paid is never the share of a rounded share.
    fn check_factors(
        &mut self,
        lists: &[Vec<&'a DatedRows<(), Vec<WrittenEffect>>>],
        layers: &[Layer],
    ) {
        for row in lists.iter().flatten().flat_map(|table| &table.rows) {
            for effect in &row.value {
                let Effect::Factor(factor) = effect.kind else { continue };
                let concerned = |layer: &&Layer| {
                    effect.layers.iter().any(|(id, _)| *id == layer.id)
                        || effect.layers.is_empty() && layer.is_on_scope()
                };
                for layer in layers.iter().filter(concerned) {
                    let rows = layer.ratio.iter().flat_map(|(_, table)| &table.rows);
                    let mut ratios = rows.flat_map(|row| &row.value).map(|segment| segment.pays);
                    if let Some(ratio) = ratios.find(|ratio| !ratio.times_exactly(factor)) {
                        let what = format!(
                            "cross_region · row {}: factor {factor} of ratio {ratio} (layer {}) has more than four decimals of a per cent",
                            row.number, layer.id
                        );
                        self.wrong(
                            &row.file,
                            row.place,
                            what,
                            "write the ratios out as rows with `filing`",
                        );
                        break;
                    }
                }
            }
        }
    }
}

/// The least bound that any file sets for a filing class.
fn bound_for(class: FilingClass, day: Date, bounds: &[Rows<Rate>]) -> Option<Rate> {
    let facts = Facts { filing: class, scope: Scope::OtherProvince, ..Facts::empty() };
    let of_file = |rows: &Rows<Rate>| {
        let rows = rows.at(day)?;
        rows.iter().find(|row| matches_filing(&row.who, &facts)).map(|row| row.value)
    };
    bounds.iter().filter_map(of_file).min()
}

fn matches_filing(who: &Selector, facts: &Facts<'_>) -> bool {
    Selector { filing: who.filing, scopes: who.scopes, ..Selector::default() }.matches(facts)
}

fn effect_words(effect: &WrittenEffect) -> String {
    let what = match effect.kind {
        Effect::None => "none".to_owned(),
        Effect::Points(rate) => format!("-{rate} points"),
        Effect::Factor(rate) => format!("x {rate}"),
        Effect::Flat(rate) => format!("flat {rate}"),
        Effect::FirstPercent(rate, base) => format!("first {rate} of {base:?}"),
        Effect::DeductibleFactor(factor) => {
            format!("deductible x {}.{:04}%", factor / 10_000, factor % 10_000)
        }
        Effect::Level(level) => format!("as level {level}"),
        Effect::Zero => "zero".to_owned(),
        Effect::Refuse => "refuse".to_owned(),
    };
    let layers: Vec<&str> = effect.layers.iter().map(|(id, _)| id.as_str()).collect();
    if layers.is_empty() { what } else { format!("{what} ({})", layers.join(", ")) }
}
