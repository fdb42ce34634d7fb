//! A policy's tables with those of its bases behind them, all of one shape: entries by first day, rows as cubes.
//!
//! Merges again what `policy::compile` merges, from the written files: so the proof does not take the compiler's word.

use crate::calendar::Date;
use crate::claim::Counter;
use crate::codes::CareKind;
use crate::policy::Component;
use crate::policy::document::Place;
use crate::policy::plan::{CapBasis, CapDiseases, CapPeriod};
use crate::policy::written::{
    CapKeys, Conditions, DatedRows, LayerHead, Written, WrittenBook, WrittenEffect, WrittenLayer,
    WrittenRow, layers_of,
};

use super::cubes::{Cube, Work};
use super::space::Space;

/// What a table says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    First,
    Deductible,
    Ratio,
    TopUp,
    Cap,
    Cross,
    Waiting,
    Registration,
    Account,
}

/// One row: whom it concerns and what it says.
#[derive(Debug)]
pub struct Line<'a> {
    pub place: Place,
    pub number: usize,
    pub who: &'a Conditions,
    pub before_others: bool,
    /// Equal where rows say the same.
    pub value: String,
    pub cubes: Vec<Cube>,
    /// Of a row on care elsewhere.
    pub effects: &'a [WrittenEffect],
}

/// One dated entry of a table.
#[derive(Debug)]
pub struct Entry<'a> {
    pub file: &'a str,
    pub place: Place,
    pub from: Date,
    /// Of the policy's own file, not of a base.
    pub own: bool,
    pub rows: Vec<Line<'a>>,
    pub adjust: Vec<Line<'a>>,
}

/// A table over time, the region's entries before those of its bases.
#[derive(Debug)]
pub struct Table<'a> {
    pub kind: Kind,
    pub name: String,
    pub lists: Vec<Vec<Entry<'a>>>,
    /// The first so many lists are the layer's own; the others are those of the layer whose tables it takes.
    pub own_lists: usize,
}

impl<'a> Table<'a> {
    pub fn is_empty(&self) -> bool {
        self.lists.iter().all(Vec::is_empty)
    }

    /// Entries in force on a day, in the order in which their rows are asked.
    pub fn in_force(&self, day: Date) -> Vec<&Entry<'a>> {
        self.lists
            .iter()
            .filter_map(|list| list.iter().rev().find(|entry| entry.from <= day))
            .collect()
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.lists.iter().flatten()
    }

    /// Entries that this layer does not borrow.
    pub fn own_entries(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.lists.iter().take(self.own_lists).flatten()
    }
}

/// A layer with the layers of bases that it changes.
#[derive(Debug)]
pub struct Merged<'a> {
    pub id: &'a str,
    pub file: &'a str,
    pub place: Place,
    pub own: bool,
    pub head: &'a LayerHead,
    parts: Vec<(&'a Written, &'a WrittenLayer)>,
    /// Care kinds and the layer's own conditions.
    pub only: Vec<Cube>,
    pub tables: Vec<Table<'a>>,
}

impl Merged<'_> {
    pub fn is_on_scope(&self) -> bool {
        self.head.base.contains(&Component::InScope)
    }
}

/// What a policy leaves out on purpose.
#[derive(Debug)]
pub struct LeftOut<'a> {
    pub file: &'a str,
    pub place: Place,
    pub own: bool,
    pub cubes: Vec<Cube>,
}

/// A policy with everything it extends.
#[derive(Debug)]
pub struct Whole<'a> {
    pub written: &'a Written,
    pub space: Space,
    /// The people and insurances that it serves.
    pub serves: Cube,
    pub layers: Vec<Merged<'a>>,
    pub cross: Table<'a>,
    pub beside: Vec<Table<'a>>,
    pub left_out: Vec<LeftOut<'a>>,
}

impl<'a> Whole<'a> {
    pub fn of(written: &'a Written, book: &'a WrittenBook) -> Whole<'a> {
        let bases = book.bases_of(written);
        let files: Vec<&Written> = std::iter::once(written).chain(bases.iter().copied()).collect();
        let mut layers = merged(&files);
        let ids: Vec<Vec<(&Written, &WrittenLayer)>> =
            layers.iter().map(|layer| layer.parts.clone()).collect();
        let names: Vec<&str> = layers.iter().map(|layer| layer.id).collect();
        for layer in &mut layers {
            let parts_of =
                |id: &str| names.iter().position(|name| *name == id).map(|at| ids[at].as_slice());
            layer.tables = layer_tables(layer, parts_of);
        }
        let mut cross = beside(
            "cross_region",
            Kind::Cross,
            &files,
            |file| file.cross_region.iter().collect(),
            |list| effects(list),
        );
        for (list, file) in cross.lists.iter_mut().zip(&files) {
            for (entry, rows) in list.iter_mut().zip(&file.cross_region) {
                for (line, row) in entry.rows.iter_mut().zip(&rows.rows) {
                    line.effects = &row.value;
                }
            }
        }
        let mut whole = Whole {
            written,
            space: Space::of("", &[], &[]),
            serves: Cube::ALL,
            layers,
            cross,
            beside: tables_beside(&files),
            left_out: Vec::new(),
        };
        whole.cut(&files);
        whole
    }

    /// Cuts the atoms and turns all conditions into cubes.
    fn cut(&mut self, files: &[&'a Written]) {
        let serves = Conditions { persons: self.written.persons.clone(), ..Conditions::default() };
        let mut all: Vec<&Conditions> = vec![&serves];
        all.extend(files.iter().flat_map(|file| &file.not_served).map(|row| &row.who));
        all.extend(self.layers.iter().map(|layer| &layer.head.only));
        let tables = self
            .layers
            .iter()
            .flat_map(|layer| &layer.tables)
            .chain([&self.cross])
            .chain(&self.beside);
        for entry in tables.flat_map(Table::entries) {
            all.extend(entry.rows.iter().chain(&entry.adjust).map(|line| line.who));
        }
        let region = self.written.region.to_string();
        let space = Space::of(&region, &self.written.insurance, &all);
        self.serves = space.cubes(&serves).into_iter().next().unwrap_or(Cube::ALL);
        for layer in &mut self.layers {
            let care = space.care_cube(&layer.head.care);
            let only = space.cubes(&layer.head.only);
            layer.only =
                only.iter().filter_map(|cube| cube.meet(&care)?.meet(&self.serves)).collect();
            layer.tables.iter_mut().for_each(|table| fill(table, &space));
        }
        fill(&mut self.cross, &space);
        self.beside.iter_mut().for_each(|table| fill(table, &space));
        for file in files {
            for row in &file.not_served {
                let (cubes, own) = (space.cubes(&row.who), file.file == self.written.file);
                self.left_out.push(LeftOut { file: &file.file, place: row.place, own, cubes });
            }
        }
        self.space = space;
    }

    /// Every first day of every table, ascending, each once.
    pub fn days(&self) -> Vec<Date> {
        let tables = self
            .layers
            .iter()
            .flat_map(|layer| &layer.tables)
            .chain([&self.cross])
            .chain(&self.beside);
        let mut days: Vec<Date> = tables.flat_map(Table::entries).map(|entry| entry.from).collect();
        days.sort();
        days.dedup();
        days
    }

    /// For each layer the combinations that reach it: of those on the in-scope amount the first that matches takes a claim.
    pub fn reach(&self, served: &[Cube], work: &mut Work) -> (Vec<Vec<Cube>>, Vec<Cube>) {
        let mut left = served.to_vec();
        let mut reached = Vec::new();
        for layer in &self.layers {
            if layer.is_on_scope() {
                reached.push(work.meet(&left, &layer.only));
                left = work.without(&left, &layer.only);
            } else {
                reached.push(work.meet(served, &layer.only));
            }
        }
        (reached, left)
    }
}

fn fill(table: &mut Table<'_>, space: &Space) {
    for entry in table.lists.iter_mut().flatten() {
        for line in entry.rows.iter_mut().chain(&mut entry.adjust) {
            line.cubes = space.cubes(line.who);
        }
    }
}

/// Layers that have a head; one without is told by the reader.
fn merged<'a>(files: &[&'a Written]) -> Vec<Merged<'a>> {
    let with_head = layers_of(files).into_iter().filter_map(|layer| {
        let (_, head) = layer.head()?;
        Some(Merged {
            id: layer.id,
            file: &layer.file.file,
            place: layer.parts[0].1.place,
            own: std::ptr::eq(layer.file, files[0]),
            head,
            parts: layer.parts,
            only: Vec::new(),
            tables: Vec::new(),
        })
    });
    with_head.collect()
}

type Parts<'p, 'a> = &'p [(&'a Written, &'a WrittenLayer)];

fn layer_tables<'a, 'p>(
    layer: &Merged<'a>,
    parts_of: impl Fn(&str) -> Option<Parts<'p, 'a>>,
) -> Vec<Table<'a>>
where
    'a: 'p,
{
    let own: Vec<_> = layer.parts.clone();
    let with = |same: &Option<(String, Place)>| {
        let more = same.as_ref().and_then(|(id, _)| parts_of(id)).unwrap_or_default();
        own.iter().chain(more).copied().collect::<Vec<_>>()
    };
    let build = Build { layer: layer.id, own_lists: own.len() };
    let mut tables = vec![
        build.table(
            Kind::First,
            "first",
            &own,
            |part| part.first.iter().collect(),
            |rate| format!("{rate:?}"),
        ),
        build.table(
            Kind::Deductible,
            "deductible",
            &with(&layer.head.same_deductible_as),
            |part| part.deductible.iter().collect(),
            |value| format!("{value:?}"),
        ),
        build.table(
            Kind::TopUp,
            "top_up",
            &own,
            |part| part.top_up.iter().collect(),
            |value| format!("{value:?}"),
        ),
    ];
    let mut ratio = build.table(
        Kind::Ratio,
        "ratio",
        &with(&layer.head.same_ratio_as),
        |part| part.ratio.iter().map(|rows| &rows.table).collect(),
        |value| format!("{value:?}"),
    );
    let adjusts = with(&layer.head.same_ratio_as);
    for (list, (_, part)) in ratio.lists.iter_mut().zip(&adjusts) {
        for (entry, rows) in list.iter_mut().zip(&part.ratio) {
            entry.adjust = lines(&rows.adjust, |value| format!("{value:?}"));
        }
    }
    tables.push(ratio);
    tables.extend(caps(layer, &build, &own));
    tables.retain(|table| !table.is_empty());
    tables
}

type CapKey = (CapBasis, CapPeriod, Counter, CapDiseases);

/// Caps that hold side by side, each a table of its own.
fn caps<'a>(
    layer: &Merged<'a>,
    build: &Build<'a>,
    own: &[(&'a Written, &'a WrittenLayer)],
) -> Vec<Table<'a>> {
    let key = |keys: CapKeys| -> CapKey {
        (keys.basis, keys.period, keys.counter.unwrap_or(layer.head.counter), keys.diseases)
    };
    let mut kinds: Vec<CapKey> = Vec::new();
    for rows in own.iter().flat_map(|(_, part)| &part.cap) {
        if !kinds.contains(&key(rows.table.keys)) {
            kinds.push(key(rows.table.keys));
        }
    }
    let of_kind = |kind: &CapKey| {
        build.table(
            Kind::Cap,
            "cap",
            own,
            |part| {
                part.cap
                    .iter()
                    .map(|rows| &rows.table)
                    .filter(|table| key(table.keys) == *kind)
                    .collect()
            },
            |value| format!("{value:?}"),
        )
    };
    kinds.iter().map(of_kind).collect()
}

struct Build<'a> {
    layer: &'a str,
    own_lists: usize,
}

impl<'a> Build<'a> {
    fn table<K: 'a, V: 'a>(
        &self,
        kind: Kind,
        key: &str,
        parts: &[(&'a Written, &'a WrittenLayer)],
        of: impl Fn(&'a WrittenLayer) -> Vec<&'a DatedRows<K, V>>,
        value: impl Fn(&V) -> String,
    ) -> Table<'a> {
        let lists = parts
            .iter()
            .map(|(file, part)| {
                let entries = of(part).into_iter();
                entries.map(|rows| entry(rows, !file.is_base, &value)).collect()
            })
            .collect();
        Table {
            kind,
            name: format!("layer {} · {key}", self.layer),
            lists,
            own_lists: self.own_lists,
        }
    }
}

fn beside<'a, K: 'a, V: 'a>(
    name: &str,
    kind: Kind,
    files: &[&'a Written],
    of: impl Fn(&'a Written) -> Vec<&'a DatedRows<K, V>>,
    value: impl Fn(&V) -> String,
) -> Table<'a> {
    let lists = files
        .iter()
        .map(|file| of(file).into_iter().map(|rows| entry(rows, !file.is_base, &value)).collect());
    Table { kind, name: name.to_owned(), lists: lists.collect(), own_lists: files.len() }
}

fn tables_beside<'a>(files: &[&'a Written]) -> Vec<Table<'a>> {
    let account = |before: bool| {
        let of = move |file: &'a Written| {
            file.account.iter().filter(|table| table.keys == before).collect()
        };
        beside("account", Kind::Account, files, of, |pays| format!("{pays:?}"))
    };
    vec![
        beside(
            "waiting",
            Kind::Waiting,
            files,
            |file| file.waiting.iter().collect(),
            |value| format!("{value:?}"),
        ),
        beside(
            "registration",
            Kind::Registration,
            files,
            |file| file.registration.iter().collect(),
            u32::to_string,
        ),
        account(true),
        account(false),
    ]
}

fn entry<K, V>(rows: &DatedRows<K, V>, own: bool, value: impl Fn(&V) -> String) -> Entry<'_> {
    let (file, place, from) = (&*rows.file, rows.place, rows.from);
    Entry { file, place, from, own, rows: lines(&rows.rows, value), adjust: Vec::new() }
}

fn lines<V>(rows: &[WrittenRow<V>], value: impl Fn(&V) -> String) -> Vec<Line<'_>> {
    rows.iter()
        .map(|row| Line {
            place: row.place,
            number: row.number,
            who: &row.who,
            before_others: row.before_others,
            value: value(&row.value),
            cubes: Vec::new(),
            effects: &[],
        })
        .collect()
}

/// Effects without the places where they stand.
fn effects(list: &[WrittenEffect]) -> String {
    let one = |effect: &WrittenEffect| {
        let layers: Vec<&str> = effect.layers.iter().map(|(id, _)| id.as_str()).collect();
        format!("{:?} {layers:?}", effect.kind)
    };
    list.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// The kinds of care that some layer on the in-scope amount takes.
pub fn care_taken(layers: &[Merged<'_>]) -> Vec<CareKind> {
    let takes = |kind: &CareKind| {
        layers.iter().any(|layer| layer.is_on_scope() && layer.head.care.contains(kind))
    };
    CareKind::ALL.into_iter().filter(takes).collect()
}
