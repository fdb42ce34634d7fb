//! From dated tables as they were written to blocks: own tables first, then those of bases.

use std::sync::Arc;

use crate::calendar::Date;
use crate::policy::document::Place;
use crate::policy::plan::{Component, Source};
use crate::policy::written::{
    CapRows, Conditions, DatedRows, LayerHead, LayerParts, Written, WrittenLayer, WrittenRow,
    layers_of,
};

use super::outline::{Block, LayerOutline, Line, LineKind, Part, Value};
use super::said::{Said, said, same};
use super::values::{Amounts, Figures};
use super::{values, words};

pub(super) struct Builder<'a> {
    /// The policy and its bases, the nearest first.
    pub(super) files: Vec<&'a Written>,
    pub(super) bases: &'a [Written],
    pub(super) figures: Figures<'a>,
    pub(super) on: Option<Date>,
}

/// Where a series of tables stands and what it is called.
struct Series<'s> {
    part: Part,
    key: &'s str,
    title: &'s Said,
}

impl<'a> Builder<'a> {
    fn base(&self, file: &Arc<str>) -> Option<Arc<str>> {
        (*file != self.files[0].file).then(|| file.clone())
    }

    /// One block, unless it does not hold on the day that is asked for.
    fn block<K, V>(
        &self,
        series: &Series<'_>,
        (table, until): (&DatedRows<K, V>, Date),
        terms: impl Fn(&mut Amounts<'_, 'a>, &K) -> Vec<Said>,
        value: impl Fn(&mut Amounts<'_, 'a>, &V, &K) -> Value,
    ) -> Option<Block> {
        if self.on.is_some_and(|day| day < table.from || until <= day) {
            return None;
        }
        let mut amounts = self.figures.amounts(table.from, until);
        let terms = terms(&mut amounts, &table.keys);
        let lines = table.rows.iter().map(|row| {
            let mut amounts = self.figures.amounts(table.from, until);
            let value = value(&mut amounts, &row.value, &table.keys);
            line(LineKind::Row, row, value, amounts.sources)
        });
        Some(Block {
            part: series.part,
            key: series.key.to_owned(),
            title: series.title.clone(),
            from: table.from,
            until,
            base: self.base(&table.file),
            terms,
            sources: amounts.sources,
            lines: lines.collect(),
        })
    }

    /// All blocks of one series of one file.
    fn series<K, V>(
        &self,
        series: &Series<'_>,
        tables: &[&DatedRows<K, V>],
        terms: impl Fn(&mut Amounts<'_, 'a>, &K) -> Vec<Said>,
        value: impl Fn(&mut Amounts<'_, 'a>, &V, &K) -> Value,
    ) -> Vec<Block> {
        with_ends(tables).filter_map(|table| self.block(series, table, &terms, &value)).collect()
    }

    /// A table beside the layers, of every file.
    fn beside<K: PartialEq + 'a, V: 'a>(
        &self,
        part: Part,
        of: impl Fn(&'a Written) -> &'a Vec<DatedRows<K, V>>,
        terms: impl Fn(&mut Amounts<'_, 'a>, &K) -> Vec<Said>,
        value: impl Fn(&mut Amounts<'_, 'a>, &V, &K) -> Value,
    ) -> Vec<Block> {
        let title = part.title();
        let series = Series { part, key: &title.en.clone(), title: &title };
        let mut blocks = Vec::new();
        for file in &self.files {
            // Tables that differ in their keys hold side by side.
            for keyed in by_keys(of(file), |table| &table.keys) {
                blocks.extend(self.series(&series, &keyed, &terms, &value));
            }
        }
        blocks
    }

    pub(super) fn layers(&self) -> Vec<LayerOutline> {
        let mut layers: Vec<LayerOutline> =
            layers_of(&self.files).iter().filter_map(|layer| self.layer(layer)).collect();
        let known: Vec<(String, Said)> =
            layers.iter().map(|layer| (layer.id.clone(), layer.name.clone())).collect();
        let named = |id: &str| {
            known.iter().find(|(other, _)| other == id).map_or_else(|| same(id), |(_, n)| n.clone())
        };
        for layer in &mut layers {
            for (_, value) in &mut layer.facts {
                // A layer named by its id is shown by its name.
                if let Some(id) = value.en.strip_prefix('@') {
                    *value = named(id);
                }
            }
        }
        layers
    }

    /// A layer with the parts of it in every file.
    fn layer(&self, layer: &LayerParts<'a>) -> Option<LayerOutline> {
        let (id, (file, head)) = (layer.id, layer.head()?);
        let name = |text: &str| if text.is_empty() { id.to_owned() } else { text.to_owned() };
        let mut blocks = Vec::new();
        for (_, part) in &layer.parts {
            blocks.extend(self.tables(part));
        }
        blocks.sort_by_key(|block| block.part);
        Some(LayerOutline {
            id: id.to_owned(),
            name: said(name(&head.name), name(&head.name_en)),
            care: head.care.clone(),
            only: head.only.clone(),
            facts: self.facts(head, &file.file),
            blocks,
        })
    }

    fn facts(&self, head: &LayerHead, file: &Arc<str>) -> Vec<(Said, Said)> {
        let care: Vec<Said> = head.care.iter().map(|kind| words::care(*kind)).collect();
        let fund = words::fund(head.fund);
        let field = head.fund.field();
        let counters: Vec<Said> = std::iter::once(&head.counter)
            .chain(&head.also_counts)
            .map(|counter| words::counter(&counter.name()))
            .collect();
        let mut facts = vec![
            (said("医疗类别", "care"), Said::join(&care, "、", ", ")),
            (
                said("支付基金", "fund"),
                fund.map(|zh| format!("{zh}({field})"), |en| format!("{en} ({field})")),
            ),
            (said("计入", "counts in"), Said::join(&counters, "、", ", ")),
            (said("支付范围", "pays from"), words::components(&head.base)),
        ];
        let only = words::conditions(&head.only);
        if !only.is_empty() {
            facts.insert(1, (said("仅限", "only for"), only));
        }
        let other =
            |id: &Option<(String, Place)>| id.as_ref().map(|(id, _)| same(format!("@{id}")));
        let ratio = other(&head.same_ratio_as).map(|as_| (said("支付比例同", "ratio as of"), as_));
        let deductible =
            other(&head.same_deductible_as).map(|as_| (said("起付线同", "deductible as of"), as_));
        facts.extend([ratio, deductible].into_iter().flatten());
        if !head.pays_during_stay {
            facts.push((
                said("住院期间", "during a stay"),
                said("本层不支付", "the layer pays nothing"),
            ));
        }
        if !head.base.contains(&Component::InScope) {
            facts.push((
                said("次序", "turn"),
                said(
                    "在前述各层之后，支付尚未支付的部分",
                    "after the layers above, from what is unpaid",
                ),
            ));
        }
        if let Some(base) = self.base(file) {
            facts.push((said("出自基础文件", "from base file"), same(&*base)));
        }
        facts
    }

    /// The tables of a layer in one file.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method alone is not general enough over the lifetime of the figures"
    )]
    fn tables(&self, layer: &WrittenLayer) -> Vec<Block> {
        let mut blocks = self.of_layer(
            Part::Deductible,
            layer,
            &layer.deductible,
            |amounts, keys| amounts.deductible_keys(keys),
            |amounts, value, keys| Value::Plain(amounts.deductible(value, keys.kind)),
        );
        blocks.extend(self.of_layer(Part::First, layer, &layer.first, no_terms, |_, rate, ()| {
            Value::Plain(values::first(*rate))
        }));
        blocks.extend(self.ratios(layer));
        blocks.extend(self.of_layer(
            Part::TopUp,
            layer,
            &layer.top_up,
            no_terms,
            |_, (rate, of), ()| Value::Plain(values::top_up(*rate, *of)),
        ));
        blocks.extend(self.caps(layer));
        blocks
    }

    /// All tables of one kind of a layer in one file.
    fn of_layer<K, V>(
        &self,
        part: Part,
        layer: &WrittenLayer,
        tables: &[DatedRows<K, V>],
        terms: impl Fn(&mut Amounts<'_, 'a>, &K) -> Vec<Said>,
        value: impl Fn(&mut Amounts<'_, 'a>, &V, &K) -> Value,
    ) -> Vec<Block> {
        let title = part.title();
        let key = layer_key(layer, part);
        let series = Series { part, key: &key, title: &title };
        self.series(&series, &tables.iter().collect::<Vec<_>>(), terms, value)
    }

    fn ratios(&self, layer: &WrittenLayer) -> Vec<Block> {
        let title = Part::Ratio.title();
        let key = layer_key(layer, Part::Ratio);
        let series = Series { part: Part::Ratio, key: &key, title: &title };
        let tables: Vec<_> = layer.ratio.iter().map(|rows| &rows.table).collect();
        let mut blocks = Vec::new();
        for (table, rows) in with_ends(&tables).zip(&layer.ratio) {
            let block = self.block(
                &series,
                table,
                |_, keys| values::ratio_keys(keys),
                |amounts, value, _| Value::Segments(amounts.segments(value)),
            );
            let Some(mut block) = block else { continue };
            block.lines.extend(rows.adjust.iter().map(|row| {
                let value = Value::Plain(values::adjust(row.value));
                line(LineKind::Adjust, row, value, Vec::new())
            }));
            blocks.push(block);
        }
        blocks
    }

    fn caps(&self, layer: &WrittenLayer) -> Vec<Block> {
        let title = Part::Cap.title();
        let mut blocks = Vec::new();
        for keyed in by_keys(&layer.cap, |cap| &cap.table.keys) {
            let terms = Said::clauses(&values::cap_keys(&keyed[0].table.keys)).en;
            let key = format!("{} · {terms}", layer_key(layer, Part::Cap));
            // Several caps hold side by side: each is called by what it bounds.
            let first = values::cap_keys(&keyed[0].table.keys).into_iter().next();
            let title = Said::join([&title, &first.unwrap_or_default()], "：", ": ");
            let series = Series { part: Part::Cap, key: &key, title: &title };
            let tables: Vec<_> = keyed.iter().map(|cap| &cap.table).collect();
            for (table, cap) in with_ends(&tables).zip(&keyed) {
                blocks.extend(self.cap(&series, table, cap));
            }
        }
        blocks
    }

    fn cap<K, V>(
        &self,
        series: &Series<'_>,
        (table, until): (&DatedRows<K, V>, Date),
        cap: &CapRows,
    ) -> Option<Block> {
        let mut block = self.block(
            series,
            (&cap.table, until),
            |_, keys| {
                let mut terms = values::cap_keys(keys);
                terms.extend(values::additions_at_most(cap));
                terms
            },
            |amounts, value, _| Value::Plain(amounts.cap(value)),
        )?;
        for (place, addition) in cap.additions.iter().enumerate() {
            let mut amounts = self.figures.amounts(table.from, until);
            let value = Value::Plain(amounts.addition(addition));
            let mut sources = vec![addition.source.clone()];
            sources.extend(amounts.sources);
            block.lines.push(Line {
                kind: LineKind::Addition,
                number: place + 1,
                who: Conditions::default(),
                value,
                sources,
                file: table.file.clone(),
                place: addition.place,
                remarks: Vec::new(),
            });
        }
        Some(block)
    }

    pub(super) fn cross_region(&self, layer: &dyn Fn(&str) -> Said) -> Vec<Block> {
        self.beside(
            Part::CrossRegion,
            |file| &file.cross_region,
            no_terms,
            |_, effects, ()| {
                let steps: Vec<Said> =
                    effects.iter().map(|effect| values::effect(effect, layer)).collect();
                Value::Plain(Said::join(&steps, "，再", ", then "))
            },
        )
    }

    /// Those of every base of the book hold for everybody.
    pub(super) fn bounds(&self) -> Vec<Block> {
        let title = Part::Bound.title();
        let files = std::iter::once(self.files[0]).chain(self.bases);
        let mut blocks = Vec::new();
        for file in files {
            let series = Series { part: Part::Bound, key: &title.en.clone(), title: &title };
            let tables: Vec<_> = file.bounds.iter().collect();
            blocks.extend(self.series(&series, &tables, no_terms, |_, rate, ()| {
                Value::Plain(values::bound(*rate))
            }));
        }
        blocks
    }

    pub(super) fn waiting(&self) -> Vec<Block> {
        let mut blocks = self.beside(
            Part::Waiting,
            |file| &file.waiting,
            no_terms,
            |_, waiting, ()| Value::Plain(values::waiting(*waiting)),
        );
        blocks.extend(self.beside(
            Part::Registration,
            |file| &file.registration,
            no_terms,
            |_, most, ()| Value::Plain(values::registration(*most)),
        ));
        blocks
    }

    pub(super) fn account(&self) -> Vec<Block> {
        let mut blocks = self.beside(
            Part::Account,
            |file| &file.account,
            |_, before| vec![account_turn(*before)],
            |_, pays, _| Value::Plain(words::components(pays)),
        );
        // Before and after are two series, which change on days of their own.
        for block in &mut blocks {
            block.key = format!("{} · {}", block.key, Said::clauses(&block.terms).en);
        }
        blocks
    }

    pub(super) fn parameters(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (id, list) in self.figures.published() {
            for (place, figure) in list.iter().enumerate() {
                let until = list.get(place + 1).map_or(Date::FOREVER, |next| next.from);
                if self.on.is_some_and(|day| day < figure.from || until <= day) {
                    continue;
                }
                let value = Value::Plain(same(words::yuan(figure.yuan)));
                blocks.push(Block {
                    part: Part::Parameter,
                    key: format!("parameter {id}"),
                    title: same(id),
                    from: figure.from,
                    until,
                    base: self.base(&figure.file),
                    terms: Vec::new(),
                    sources: Vec::new(),
                    lines: vec![Line {
                        kind: LineKind::Row,
                        number: 1,
                        who: Conditions::default(),
                        value,
                        sources: vec![figure.source.clone()],
                        file: figure.file.clone(),
                        place: figure.place,
                        remarks: Vec::new(),
                    }],
                });
            }
        }
        blocks
    }
}

fn layer_key(layer: &WrittenLayer, part: Part) -> String {
    format!("layer {} · {}", layer.id, part.title().en)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "tables hand over what keys they have")]
fn no_terms(_: &mut Amounts<'_, '_>, (): &()) -> Vec<Said> {
    Vec::new()
}

/// When the account pays.
fn account_turn(before: bool) -> Said {
    if before {
        said("在各层之前，先由个人账户支付", "before all layers the account pays")
    } else {
        said(
            "在各层之后，个人账户可支付个人负担中的",
            "after all layers the account may pay of the person's part",
        )
    }
}

/// Tables with the first day of the one that follows.
fn with_ends<'t, K, V>(
    tables: &[&'t DatedRows<K, V>],
) -> impl Iterator<Item = (&'t DatedRows<K, V>, Date)> {
    let ends: Vec<Date> = tables
        .iter()
        .skip(1)
        .map(|table| table.from)
        .chain(std::iter::once(Date::FOREVER))
        .collect();
    tables.iter().copied().zip(ends)
}

/// Tables grouped by what they are, in the order of the file.
fn by_keys<'t, T, K: PartialEq>(tables: &'t [T], keys: impl Fn(&T) -> &K) -> Vec<Vec<&'t T>> {
    let mut groups: Vec<Vec<&'t T>> = Vec::new();
    for table in tables {
        match groups.iter_mut().find(|group| keys(group[0]) == keys(table)) {
            Some(group) => group.push(table),
            None => groups.push(vec![table]),
        }
    }
    groups
}

fn line<V>(kind: LineKind, row: &WrittenRow<V>, value: Value, figures: Vec<Arc<Source>>) -> Line {
    let mut sources = vec![row.source.clone()];
    sources.extend(figures.into_iter().filter(|source| *source != row.source));
    let mut remarks = Vec::new();
    if row.before_others {
        let words =
            said("有意排在其后各行之前", "stands on purpose before later rows that also match");
        remarks.push((words, String::new()));
    }
    if let Some(why) = &row.untested {
        remarks.push((said("无案例佐证", "no case shows it"), why.clone()));
    }
    Line {
        kind,
        number: row.number,
        who: row.who.clone(),
        value,
        sources,
        file: row.file.clone(),
        place: row.place,
        remarks,
    }
}
