//! Layers: heads and tables of a region and its bases, adjustments written out as rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::calendar::Date;
use crate::claim::Counter;
use crate::money::{Fen, Rate};

use super::super::dated::Dated;
use super::super::document::Place;
use super::super::plan::{
    Addition, Cap, CapDiseases, CapPeriod, CapTable, CountedFact, DeductibleTable, DeductibleValue,
    FeeBase, Layer, RatioTable, Row, Segment, Source, TopUp, Tracked,
};
use super::super::select::SymbolKind;
use super::super::written::{
    Adjust, Amount, CapKeys, CapRows, Conditions, DatedRows, Later, LaterStep, LayerHead,
    RatioRows, WrittenCap, WrittenDeductible, WrittenLayer, WrittenRow, layers_of,
};
use super::{Compiler, Valued, both};

/// A layer of the region with the layers of its bases that it changes, the nearest first.
pub(super) struct Merged<'a> {
    pub(super) id: &'a str,
    pub(super) head: &'a LayerHead,
    pub(super) file: Arc<str>,
    pub(super) parts: Vec<&'a WrittenLayer>,
}

/// More deductibles in a row than any person has stays.
const MANY_STAYS: usize = 60;

impl<'a> Compiler<'a> {
    pub(super) fn layers(&mut self) -> Vec<Layer> {
        let merged = self.merged();
        let layers: Vec<Layer> = merged.iter().map(|layer| self.layer(layer, &merged)).collect();
        self.check_structure(&merged);
        self.check_periods(&merged, &layers);
        track(remember_visits(layers))
    }

    /// The region's layers in its order, then those of its bases that it does not name.
    fn merged(&mut self) -> Vec<Merged<'a>> {
        let files: Vec<_> =
            std::iter::once(self.written).chain(self.bases.iter().copied()).collect();
        let mut merged: Vec<Merged<'a>> = Vec::new();
        for layer in layers_of(&files) {
            let parts: Vec<&WrittenLayer> = layer.parts.iter().map(|(_, part)| *part).collect();
            match layer.head() {
                Some((_, head)) => {
                    merged.push(Merged {
                        id: layer.id,
                        head,
                        file: layer.file.file.clone(),
                        parts,
                    });
                }
                None if self.lacks_base() => {}
                None => {
                    let what = format!(
                        "layer {}: no base has a layer of this id, so care, fund, counter and base are missing",
                        layer.id
                    );
                    let (file, place) = (layer.file.file.clone(), parts[0].place);
                    self.wrong(&file, place, what, "add them, or correct the id");
                }
            }
        }
        merged
    }

    fn layer(&mut self, layer: &Merged<'a>, all: &[Merged<'a>]) -> Layer {
        let head = layer.head;
        let name = format!("layer {}", layer.id);
        let place = layer.parts[0].place;
        let only = Conditions { care: head.care.clone(), ..head.only.clone() };
        let mut only = self.selector(&only, &layer.file, place);
        if !head.only.care.is_empty() {
            only.care &= super::conditions::care(&head.only.care);
        }
        let ratio_parts = self.with_other(layer, head.same_ratio_as.as_ref(), all);
        let deductible_parts = self.with_other(layer, head.same_deductible_as.as_ref(), all);
        let first_lists: Vec<_> =
            layer.parts.iter().map(|part| part.first.iter().collect()).collect();
        let first_name = format!("{name} · first");
        let first = self.series(
            &first_name,
            &first_lists,
            |_| Vec::new(),
            |compiler, day, tables| {
                compiler.rows(&first_name, day, tables, |_, _, row| Valued {
                    value: row.value,
                    words: row.value.to_string(),
                    parameters: Vec::new(),
                })
            },
        );
        Layer {
            id: layer.id.to_owned(),
            name: if head.name.is_empty() { layer.id.to_owned() } else { head.name.clone() },
            name_en: if head.name_en.is_empty() {
                layer.id.to_owned()
            } else {
                head.name_en.clone()
            },
            only,
            fund: head.fund,
            counter: head.counter,
            also_counts: head.also_counts.clone(),
            base: head.base.clone(),
            pays_during_stay: head.pays_during_stay,
            remembers_visits: false,
            tracks: Vec::new(),
            first,
            deductible: self.deductible(&format!("{name} · deductible"), &deductible_parts),
            ratio: self.ratio(&format!("{name} · ratio"), &ratio_parts),
            top_up: self.top_up(&format!("{name} · top_up"), &layer.parts),
            caps: self.caps(&format!("{name} · cap"), layer),
        }
    }

    /// The layer's own parts, and behind them those of the layer whose tables it takes.
    fn with_other(
        &mut self,
        layer: &Merged<'a>,
        same: Option<&'a (String, Place)>,
        all: &[Merged<'a>],
    ) -> Vec<&'a WrittenLayer> {
        let mut parts = layer.parts.clone();
        if let Some((id, place)) = same {
            match all.iter().find(|other| other.id == id && other.id != layer.id) {
                Some(other) => parts.extend(&other.parts),
                None => self.no_layer(&layer.file, *place, id, all.iter().map(|other| other.id)),
            }
        }
        parts
    }

    fn deductible(&mut self, name: &str, parts: &[&'a WrittenLayer]) -> Dated<DeductibleTable> {
        let lists: Vec<Vec<_>> =
            parts.iter().map(|part| part.deductible.iter().collect()).collect();
        self.series(name, &lists, deductible_parameters, |compiler, day, tables| {
            compiler.same_keys(name, tables);
            let keys = &tables[0].keys;
            let (file, place) = (tables[0].file.clone(), tables[0].place);
            let year_ceiling =
                keys.year_ceiling.as_ref().map(|a| compiler.amount(a, day, &file, place).0);
            let rows = compiler.rows(name, day, tables, Compiler::deductible_value);
            DeductibleTable {
                kind: keys.kind,
                year_ceiling,
                restarts_after_days: keys.restarts_after_days,
                transfer: keys.transfer,
                credit: keys.credit,
                rows,
            }
        })
    }

    /// Tables in force on one day must agree on what their rows mean.
    fn same_keys<K: PartialEq, V>(&mut self, name: &str, tables: &[&DatedRows<K, V>]) {
        for other in &tables[1..] {
            if other.keys != tables[0].keys {
                let what = format!(
                    "{name}: its own keys (kind, measure, on, …) are not those of {}:{}, which it overrides",
                    other.file, other.place.line
                );
                self.wrong(
                    &tables[0].file.clone(),
                    tables[0].place,
                    what,
                    "write the same keys, or give the layer another id",
                );
            }
        }
    }

    fn deductible_value(
        &mut self,
        day: Date,
        row: &'a WrittenRow<WrittenDeductible>,
    ) -> Valued<'a, DeductibleValue> {
        let mut parameters = Vec::new();
        let mut resolve = |compiler: &mut Self, amount: &Amount| {
            let (fen, parameter) = compiler.amount(amount, day, &row.file, row.place);
            parameters.extend(parameter);
            fen
        };
        let (value, words) = match &row.value {
            WrittenDeductible::Share { rate, of, at_least, at_most } => {
                let at_least = at_least.as_ref().map(|a| resolve(self, a)).unwrap_or_default();
                let at_most = at_most.as_ref().map(|a| resolve(self, a));
                let most = at_most.map_or(String::new(), |most| format!(", at most {most}"));
                let of_words = if *of == FeeBase::InScope { "in_scope" } else { "total_fee" };
                let words = format!("{rate} of {of_words}, at least {at_least}{most}");
                (DeductibleValue::Share { rate: *rate, of: *of, at_least, at_most }, words)
            }
            WrittenDeductible::Amounts { yuan, later } => {
                let mut amounts: Vec<Fen> = yuan.iter().map(|a| resolve(self, a)).collect();
                if let Some(later) = later {
                    let step = match &later.step {
                        LaterStep::Minus(amount) => Step::Minus(resolve(self, amount)),
                        LaterStep::MinusPercent(rate) => Step::Percent(*rate),
                    };
                    let floor = resolve(self, &later.floor);
                    go_on(&mut amounts, later, step, floor);
                }
                let words: Vec<String> = amounts.iter().map(Fen::to_string).collect();
                (DeductibleValue::Amounts(amounts), words.join(", then "))
            }
        };
        Valued { value, words, parameters }
    }

    fn top_up(&mut self, name: &str, parts: &[&'a WrittenLayer]) -> Dated<Vec<Row<TopUp>>> {
        let lists: Vec<Vec<_>> = parts.iter().map(|part| part.top_up.iter().collect()).collect();
        self.series(
            name,
            &lists,
            |_| Vec::new(),
            |compiler, day, tables| {
                compiler.rows(name, day, tables, |_, _, row| {
                    let (rate, of) = row.value;
                    let words = format!(
                        "{rate} of {}",
                        if of == FeeBase::InScope { "in_scope" } else { "total_fee" }
                    );
                    Valued { value: TopUp { rate, of }, words, parameters: Vec::new() }
                })
            },
        )
    }

    fn ratio(&mut self, name: &str, parts: &[&'a WrittenLayer]) -> Dated<RatioTable> {
        let lists: Vec<Vec<&DatedRows<_, _>>> =
            parts.iter().map(|part| part.ratio.iter().map(|rows| &rows.table).collect()).collect();
        let all: Vec<&'a RatioRows> = parts.iter().flat_map(|part| &part.ratio).collect();
        self.series(name, &lists, segment_parameters, |compiler, day, tables| {
            compiler.same_keys(name, tables);
            let keys = tables[0].keys;
            let mut rows = Vec::new();
            for table in tables {
                let adjust =
                    all.iter().find(|rows| std::ptr::eq(&raw const rows.table, &raw const **table));
                let adjust = adjust.map_or(&[][..], |rows| rows.adjust.as_slice());
                for row in &table.rows {
                    compiler.adjusted_rows(name, day, table.from, row, adjust, &mut rows);
                }
            }
            RatioTable { measure: keys.measure, start: keys.start, mode: keys.mode, rows }
        })
    }

    /// A row once for each set of adjustments that people may meet, the largest sets first, the bare row last.
    fn adjusted_rows(
        &mut self,
        name: &str,
        day: Date,
        from: Date,
        row: &'a WrittenRow<Vec<(Amount, Rate)>>,
        adjust: &'a [WrittenRow<Adjust>],
        rows: &mut Vec<Row<Vec<Segment>>>,
    ) {
        if adjust.len() > 6 {
            self.wrong(
                &adjust[6].file,
                adjust[6].place,
                "more than six adjustments in one table",
                "write rows instead",
            );
            return;
        }
        let bare = self.selector(&row.who, &row.file, row.place);
        let whose: Vec<_> =
            adjust.iter().map(|a| self.selector(&a.who, &a.file, a.place)).collect();
        let (segments, parameters) = self.segments(name, day, row);
        for set in (0..1_u32 << adjust.len()).rev() {
            let chosen = || (0..adjust.len()).filter(move |at| set >> at & 1 == 1);
            let who = chosen().try_fold(bare.clone(), |who, at| both(&who, &whose[at]));
            let Some(who) = who else { continue };
            let mut adjusted = segments.clone();
            for at in chosen() {
                self.apply(&adjust[at], &mut adjusted);
            }
            let mut place = format!("{name} · row {}", row.number);
            for at in chosen() {
                place.push_str(&format!(" · adjust {}", at + 1));
            }
            let words: Vec<String> =
                adjusted.iter().map(|s| format!("above {}: {}", s.above, s.pays)).collect();
            let sources: Vec<Arc<Source>> = chosen().map(|at| adjust[at].source.clone()).collect();
            let valued =
                Valued { value: (), words: words.join("; "), parameters: parameters.clone() };
            let rule = self.rule(row, place, from, &valued, &sources);
            rows.push(Row { who, rule, value: adjusted });
        }
    }

    fn apply(&mut self, adjust: &WrittenRow<Adjust>, segments: &mut [Segment]) {
        for segment in segments {
            let pays = i64::from(segment.pays.millionths());
            let changed = match adjust.value {
                Adjust::Points(points) => pays + points,
                Adjust::PersonalPoints(points) => pays - points,
                Adjust::PersonalFactor(factor) => {
                    let share = (1_000_000 - pays) * i64::from(factor.millionths());
                    if share % 1_000_000 != 0 {
                        let what = format!(
                            "personal_factor {factor} of the person's share beside {} has more than four decimals of a per cent",
                            segment.pays
                        );
                        self.wrong(
                            &adjust.file,
                            adjust.place,
                            what,
                            "write the ratios out as rows",
                        );
                    }
                    1_000_000 - share / 1_000_000
                }
            };
            let changed = u32::try_from(changed.clamp(0, 1_000_000)).unwrap_or(0);
            segment.pays = Rate::from_millionths(changed).unwrap_or(Rate::ONE);
        }
    }

    fn segments(
        &mut self,
        name: &str,
        day: Date,
        row: &'a WrittenRow<Vec<(Amount, Rate)>>,
    ) -> (Vec<Segment>, Vec<&'a super::Parameter>) {
        let mut parameters = Vec::new();
        let mut segments: Vec<Segment> = Vec::new();
        for (above, pays) in &row.value {
            let (fen, parameter) = self.amount(above, day, &row.file, row.place);
            parameters.extend(parameter);
            let above = Compiler::amount_words(above, fen);
            let wrong = match segments.last() {
                None if !fen.is_zero() => {
                    Some(format!("the first segment begins at {above}: a gap from 0"))
                }
                Some(last) if last.above >= fen => Some(format!(
                    "the segment above {above} is not above the one before it, {}",
                    last.above
                )),
                _ => None,
            };
            if let Some(what) = wrong {
                let what = format!("{name} · row {}: {what}", row.number);
                self.wrong(
                    &row.file,
                    row.place,
                    what,
                    "segments start at \"0\" and rise; each reaches to the next",
                );
            }
            segments.push(Segment { above: fen, pays: *pays });
        }
        (segments, parameters)
    }

    fn caps(&mut self, name: &str, layer: &Merged<'a>) -> Vec<Dated<CapTable>> {
        let own = layer.head.counter;
        let key =
            |keys: CapKeys| (keys.basis, keys.period, keys.counter.unwrap_or(own), keys.diseases);
        let mut kinds = Vec::new();
        for table in layer.parts.iter().flat_map(|part| &part.cap) {
            let kind = key(table.table.keys);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        if kinds.len() > 4 {
            let what = format!("{name}: more than four caps side by side");
            self.wrong(
                &layer.file,
                layer.parts[0].place,
                what,
                "write at most four that differ in on, per, counter or diseases",
            );
        }
        let all: Vec<&'a CapRows> = layer.parts.iter().flat_map(|part| &part.cap).collect();
        let mut caps = Vec::new();
        for kind in kinds {
            let list = |part: &&'a WrittenLayer| {
                part.cap
                    .iter()
                    .map(|rows| &rows.table)
                    .filter(|table| key(table.keys) == kind)
                    .collect()
            };
            let lists: Vec<Vec<_>> = layer.parts.iter().map(list).collect();
            caps.push(self.cap_series(name, own, &lists, &all));
        }
        caps
    }

    fn cap_series(
        &mut self,
        name: &str,
        own: Counter,
        lists: &[Vec<&'a DatedRows<CapKeys, WrittenCap>>],
        all: &[&'a CapRows],
    ) -> Dated<CapTable> {
        self.series(name, lists, cap_parameters, |compiler, day, tables| {
            let keys = tables[0].keys;
            let with =
                all.iter().find(|rows| std::ptr::eq(&raw const rows.table, &raw const *tables[0]));
            let rows = compiler.rows(name, day, tables, Compiler::cap_value);
            CapTable {
                basis: keys.basis,
                period: keys.period,
                counter: keys.counter.unwrap_or(own),
                diseases: keys.diseases,
                rows,
                additions: with.map_or_else(Vec::new, |with| compiler.additions(name, day, with)),
                additions_at_most: with.and_then(|with| with.additions_at_most),
            }
        })
    }

    fn cap_value(&mut self, day: Date, row: &'a WrittenRow<WrittenCap>) -> Valued<'a, Cap> {
        let mut parameters = Vec::new();
        let mut words = Vec::new();
        let mut resolve = |compiler: &mut Self, amount: &Amount| {
            let (fen, parameter) = compiler.amount(amount, day, &row.file, row.place);
            parameters.extend(parameter);
            words.push(Compiler::amount_words(amount, fen));
            fen
        };
        let limit = row.value.yuan.as_ref().map(|amount| resolve(self, amount));
        let supplement = row.value.supplement.as_ref().map(|amount| resolve(self, amount));
        if limit.is_none() {
            words.insert(0, "no cap".into());
        }
        let value = Cap { limit, supplement: supplement.unwrap_or_default() };
        Valued { value, words: words.join(", each further disease "), parameters }
    }

    fn additions(&mut self, name: &str, day: Date, with: &'a CapRows) -> Vec<Addition> {
        let mut additions = Vec::new();
        for (index, written) in with.additions.iter().enumerate() {
            let (yuan, parameter) =
                self.amount(&written.yuan, day, &with.table.file, written.place);
            let fact = match written.fact.as_str() {
                "enrolled_years" => Some(CountedFact::EnrolledYears { after: written.after }),
                mark => self
                    .symbols
                    .add(SymbolKind::Mark, mark)
                    .map(|symbol| CountedFact::Mark { symbol, after: written.after }),
            };
            let Some(fact) = fact else { continue };
            let words = format!("+{yuan} x {}", written.fact);
            let valued = Valued { value: (), words, parameters: parameter.into_iter().collect() };
            let row = WrittenRow {
                file: with.table.file.clone(),
                place: written.place,
                number: index + 1,
                who: Conditions::default(),
                source: written.source.clone(),
                source_id: String::new(),
                untested: None,
                before_others: false,
                value: (),
            };
            let place = format!("{name} · addition {}", index + 1);
            let rule = self.rule(&row, place, with.table.from, &valued, &[]);
            additions.push(Addition { rule, fact, yuan, resets: written.resets });
        }
        additions
    }

    /// A base that the policy names is not there, which is said already.
    pub(super) fn lacks_base(&self) -> bool {
        let known = |path: &str| self.all_bases.iter().any(|base| *base.file == *path);
        self.written.extends.iter().any(|(path, _)| !known(path))
    }
}

enum Step {
    Minus(Fen),
    Percent(Rate),
}

/// Goes on from the last amount until nothing changes any more.
fn go_on(amounts: &mut Vec<Fen>, later: &Later, step: Step, floor: Fen) {
    let Some(&first) = amounts.first() else { return };
    let lowest = later.at_most.map_or(floor, |most| floor.max(first - most.of(first)));
    while amounts.len() < MANY_STAYS {
        let before = amounts[amounts.len() - 1];
        let off = match &step {
            Step::Minus(amount) => *amount,
            Step::Percent(rate) => rate.of(if later.of_previous { before } else { first }),
        };
        // A list that is below its floor already stays where it is.
        let next = (before - off).max(lowest).min(before);
        if next == before {
            break;
        }
        amounts.push(next);
    }
}

fn deductible_parameters(value: &WrittenDeductible) -> Vec<&str> {
    match value {
        WrittenDeductible::Amounts { yuan, later } => {
            let mut all: Vec<&Amount> = yuan.iter().collect();
            if let Some(later) = later {
                all.push(&later.floor);
                if let LaterStep::Minus(amount) = &later.step {
                    all.push(amount);
                }
            }
            all.into_iter().filter_map(Amount::parameter).collect()
        }
        WrittenDeductible::Share { at_least, at_most, .. } => {
            [at_least, at_most].into_iter().flatten().filter_map(Amount::parameter).collect()
        }
    }
}

#[expect(clippy::ptr_arg, reason = "the value of a row is a list")]
fn segment_parameters(value: &Vec<(Amount, Rate)>) -> Vec<&str> {
    value.iter().filter_map(|(above, _)| above.parameter()).collect()
}

fn cap_parameters(value: &WrittenCap) -> Vec<&str> {
    [&value.yuan, &value.supplement].into_iter().flatten().filter_map(Amount::parameter).collect()
}

/// Marks the layers whose last visit some table asks for.
fn remember_visits(mut layers: Vec<Layer>) -> Vec<Layer> {
    let mut asked: BTreeSet<Counter> = BTreeSet::new();
    for layer in &layers {
        for (_, table) in layer.deductible.iter() {
            asked.extend(table.credit.map(|credit| credit.counter));
            asked.extend(table.transfer.map(|_| layer.counter));
        }
    }
    for layer in &mut layers {
        layer.remembers_visits = asked.contains(&layer.counter);
    }
    layers
}

/// Tells each layer which totals of caps, its own and others', it adds to beside those of the year.
fn track(mut layers: Vec<Layer>) -> Vec<Layer> {
    let mut bounded: Vec<Tracked> = Vec::new();
    let tables = layers.iter().flat_map(|layer| &layer.caps).flat_map(Dated::iter);
    for (_, table) in tables {
        let by_disease = table.diseases == CapDiseases::Separate;
        let (counter, basis, period) = (table.counter, table.basis, table.period);
        let total = Tracked { counter, basis, period, by_disease };
        let of_year = period == CapPeriod::Year && !by_disease;
        if !of_year && period != CapPeriod::Admission && !bounded.contains(&total) {
            bounded.push(total);
        }
    }
    for layer in &mut layers {
        let adds_to = |counter| layer.counter == counter || layer.also_counts.contains(&counter);
        layer.tracks = bounded.iter().filter(|total| adds_to(total.counter)).copied().collect();
    }
    layers
}
