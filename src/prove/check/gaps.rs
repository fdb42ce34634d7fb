//! Combinations that a policy serves and for which some table in force has no row.

use crate::calendar::Date;
use crate::codes::FilingClass;
use crate::policy::Effect;
use crate::policy::document::Place;

use super::cubes::{Atoms, Cube, DIMENSIONS, count, joined, meets};
use super::space::Dim;
use super::tables::{Kind, Merged, Table, care_taken};
use super::words::{Told, hull, list};
use super::{Report, Severity};

/// At most so many gaps are told for one table.
const TOLD: usize = 5;

/// Combinations without a row over a stretch of dates.
struct Gap {
    /// `inpatient · layer inpatient · ratio`.
    name: String,
    kind: Option<Kind>,
    file: String,
    place: Place,
    from: Date,
    /// Last day; `None`: for good.
    to: Option<Date>,
    /// No entry of the table is in force at all.
    no_entry: bool,
    /// The first day of the table's first entry.
    begins: Option<Date>,
    cubes: Vec<Cube>,
    within: Cube,
}

/// A table as it is asked on one day.
struct Asked<'t> {
    name: String,
    file: String,
    place: Place,
    table: &'t Table<'t>,
}

/// Gaps of a policy while they are collected, and which `not_served` rows they needed.
struct Gaps {
    found: Vec<Gap>,
    from: Date,
    to: Option<Date>,
    needed: Vec<bool>,
    combinations: u64,
    tables: usize,
}

impl Report<'_> {
    pub(super) fn gaps(&mut self, serves_from: Date) {
        let mut days = self.whole.days();
        days.retain(|day| *day > serves_from);
        days.insert(0, serves_from);
        let needed = vec![false; self.whole.left_out.len()];
        let mut gaps = Gaps {
            found: Vec::new(),
            from: serves_from,
            to: None,
            needed,
            combinations: 0,
            tables: 0,
        };
        for (at, day) in days.iter().enumerate() {
            gaps.from = *day;
            gaps.to = days.get(at + 1).map(|next| next.previous());
            gaps.tables = 0;
            self.gaps_on(*day, &mut gaps);
            if self.work.gave_up {
                self.too_many(&format!("the policy on {day}"));
                self.work.gave_up = false;
                break;
            }
        }
        self.proof.combinations = self.proof.combinations.saturating_add(gaps.combinations);
        self.proof.tables += gaps.tables;
        self.tell(&gaps.found);
        self.needless(&gaps.needed);
    }

    fn gaps_on(&mut self, day: Date, gaps: &mut Gaps) {
        let (served, lacking) = self.served(day);
        let whole = &self.whole;
        let file = whole.written.file.to_string();
        let first = Place { line: 1, column: 1 };
        let cross = whole.cross.in_force(day);
        let (cross_file, cross_place) = cross
            .first()
            .map_or((file.clone(), first), |entry| (entry.file.to_owned(), entry.place));
        let ask = Asked {
            name: "cross_region".into(),
            file: cross_file,
            place: cross_place,
            table: &whole.cross,
        };
        let elsewhere = self.elsewhere();
        count_table(whole, &ask, day, &elsewhere, gaps);
        add(whole, gaps, &ask, &elsewhere, lacking, cross.is_empty());
        let (reached, no_layer) = whole.reach(&served, &mut self.work);
        let nobody =
            Table { kind: Kind::First, name: String::new(), lists: Vec::new(), own_lists: 0 };
        let ask = Asked { name: "layers".into(), file, place: first, table: &nobody };
        add(whole, gaps, &ask, &served, no_layer, false);
        for (layer, universe) in whole.layers.iter().zip(&reached) {
            let care: Vec<&str> = layer.head.care.iter().map(|kind| kind.key()).collect();
            let mut paying = Vec::new();
            let tables = |kind: Kind| layer.tables.iter().filter(move |table| table.kind == kind);
            let asked = |table| asked(layer, &care.join(", "), table);
            for table in tables(Kind::Ratio).chain(tables(Kind::TopUp)) {
                if table.in_force(day).is_empty() && !layer.is_on_scope() {
                    continue;
                }
                let ask = asked(table);
                let lacking = lacking_rows(&mut self.work, table, day, universe);
                paying = self.work.without(universe, &lacking);
                count_table(whole, &ask, day, universe, gaps);
                add(whole, gaps, &ask, universe, lacking, table.in_force(day).is_empty());
            }
            for table in tables(Kind::Deductible).chain(tables(Kind::Cap)) {
                let ask = asked(table);
                let lacking = lacking_rows(&mut self.work, table, day, &paying);
                count_table(whole, &ask, day, &paying, gaps);
                add(whole, gaps, &ask, &paying, lacking, table.in_force(day).is_empty());
            }
        }
    }

    /// What the policy settles on a day after care elsewhere was looked at, and what care elsewhere lacks a row for.
    fn served(&mut self, day: Date) -> (Vec<Cube>, Vec<Cube>) {
        let whole = &self.whole;
        let linked = [whole.space.linked_cube(true)];
        let mut left = vec![whole.serves];
        let mut served = Vec::new();
        for line in whole.cross.in_force(day).into_iter().flat_map(|entry| &entry.rows) {
            let mut part = self.work.meet(&left, &line.cubes);
            left = self.work.without(&left, &line.cubes);
            // Without a link care is refused, unless a row speaks of it.
            if line.who.linked != Some(false) {
                part = self.work.meet(&part, &linked);
            }
            if line.effects.iter().any(|effect| effect.kind == Effect::Refuse) {
                continue;
            }
            let level = line.effects.iter().find_map(|effect| match effect.kind {
                Effect::Level(level) => Some(usize::from(level.code()) - 1),
                _ => None,
            });
            if let Some(level) = level {
                for cube in &mut part {
                    cube.dims[Dim::Level as usize] = Atoms::of([level]);
                }
            }
            served.extend(part);
        }
        let left = self.work.meet(&left, &linked);
        let lacking = self.work.meet(&left, &[needs_row(self)]);
        served.extend(self.work.without(&left, &[needs_row(self)]));
        (joined(served), lacking)
    }

    fn elsewhere(&self) -> Vec<Cube> {
        let linked = [self.whole.space.linked_cube(true)];
        let all = self.work.meet(&[self.whole.serves], &linked);
        self.work.meet(&all, &[needs_row(self)])
    }

    /// Says the first gaps of each table, and how many more there are.
    fn tell(&mut self, gaps: &[Gap]) {
        let mut names: Vec<&str> = Vec::new();
        for gap in gaps {
            if !names.contains(&gap.name.as_str()) {
                names.push(&gap.name);
            }
        }
        for name in names {
            let of_table = gaps.iter().filter(|gap| gap.name == name);
            let space = &self.whole.space;
            let all: Vec<(&Gap, Told)> = of_table
                .flat_map(|gap| {
                    gap.cubes
                        .iter()
                        .flat_map(|cube| space.tell(cube, &gap.within))
                        .map(move |one| (gap, one))
                })
                .collect();
            let shown = all.len().min(TOLD);
            for (at, (gap, one)) in all.iter().take(shown).enumerate() {
                let more = match all.len() - shown {
                    0 => String::new(),
                    _ if at + 1 < shown => String::new(),
                    more => format!(" (and {more} more gaps of this table)"),
                };
                let what = format!("{}{more}", self.gap_words(gap, one));
                let remedy = remedy(gap, one, self);
                self.say(&gap.file, gap.place, Severity::Error, "gap", what, remedy);
            }
        }
    }

    fn gap_words(&self, gap: &Gap, one: &Told) -> String {
        let stretch = stretch(gap.from, gap.to);
        let lacks = match (gap.kind, gap.no_entry) {
            (None, _) => "no layer on in_scope",
            (_, true) => "no entry is in force",
            (_, false) => "no row",
        };
        self.head(&format!("{} · {stretch}: {lacks} for {}", gap.name, one.words))
    }

    /// `not_served` rows that leave out nothing.
    fn needless(&mut self, needed: &[bool]) {
        let mut found = Vec::new();
        for (row, needed) in self.whole.left_out.iter().zip(needed).filter(|(row, _)| row.own) {
            if meets(&row.cubes, &[self.whole.serves]) {
                if !needed {
                    let what = "not_served leaves out what the tables have rows for: it is settled all the same";
                    found.push((row.file.to_owned(), row.place, Severity::Warning, what));
                }
            } else {
                let what = "not_served matches nobody whom the policy serves";
                found.push((row.file.to_owned(), row.place, Severity::Error, what));
            }
        }
        for (file, place, severity, what) in found {
            self.say(
                &file,
                place,
                severity,
                "unreachable",
                self.head(what),
                "delete it, or correct its conditions",
            );
        }
    }
}

/// Places that need a row on care elsewhere: all but care at home of those who live there.
fn needs_row(report: &Report<'_>) -> Cube {
    let at_home = [FilingClass::Local, FilingClass::LongTermReturn];
    report.whole.space.place_cube(|place| !at_home.contains(&place.filing))
}

fn asked<'t>(layer: &'t Merged<'t>, care: &str, table: &'t Table<'t>) -> Asked<'t> {
    let (name, file) = (format!("{care} · {}", table.name), layer.file.to_owned());
    Asked { name, file, place: layer.place, table }
}

fn lacking_rows(
    work: &mut super::Work,
    table: &Table<'_>,
    day: Date,
    universe: &[Cube],
) -> Vec<Cube> {
    let mut left = universe.to_vec();
    for line in table.in_force(day).into_iter().flat_map(|entry| &entry.rows) {
        left = work.without(&left, &line.cubes);
    }
    left
}

fn count_table(
    whole: &super::Whole<'_>,
    ask: &Asked<'_>,
    day: Date,
    universe: &[Cube],
    gaps: &mut Gaps,
) {
    let (mut mask, mut marks) = ([false; DIMENSIONS], 0);
    for line in ask.table.in_force(day).into_iter().flat_map(|entry| &entry.rows) {
        whole.space.mentioned(line.who, &mut mask, &mut marks);
    }
    gaps.tables += 1;
    gaps.combinations = gaps.combinations.saturating_add(count(universe, &mask, marks));
}

/// Adds what is lacking and not left out on purpose; a gap that goes on is one gap.
fn add(
    whole: &super::Whole<'_>,
    gaps: &mut Gaps,
    ask: &Asked<'_>,
    universe: &[Cube],
    lacking: Vec<Cube>,
    no_entry: bool,
) {
    let mut work = super::Work::default();
    let mut left = lacking;
    for (row, needed) in whole.left_out.iter().zip(&mut gaps.needed) {
        if meets(&left, &row.cubes) {
            *needed = true;
            left = work.without(&left, &row.cubes);
        }
    }
    if left.is_empty() {
        return;
    }
    let cubes = joined(left);
    let kind = (!ask.table.name.is_empty()).then_some(ask.table.kind);
    let entry =
        ask.table.in_force(gaps.from).first().map(|entry| (entry.file.to_owned(), entry.place));
    let (file, place) = entry.unwrap_or((ask.file.clone(), ask.place));
    let known = gaps
        .found
        .iter_mut()
        .rev()
        .find(|gap| gap.name == ask.name && gap.place == place && gap.cubes == cubes);
    if let Some(gap) = known.filter(|gap| gap.to.is_some_and(|to| to.next() == gaps.from)) {
        gap.to = gaps.to;
        return;
    }
    gaps.found.push(Gap {
        name: ask.name.clone(),
        kind,
        file,
        place,
        from: gaps.from,
        to: gaps.to,
        no_entry,
        begins: ask.table.entries().map(|entry| entry.from).min(),
        within: hull(universe),
        cubes,
    });
}

/// `from 2023-01-01 to 2024-06-30`, `from 2023-01-01 on`.
pub fn stretch(from: Date, to: Option<Date>) -> String {
    to.map_or_else(|| format!("from {from} on"), |to| format!("from {from} to {to}"))
}

/// TOML to add.
fn remedy(gap: &Gap, one: &Told, report: &Report<'_>) -> String {
    let value = match gap.kind {
        None => return no_layer(gap, one, report),
        Some(Kind::Ratio) => "segments = [[\"0\", \"…\"]]",
        Some(Kind::Deductible) => "yuan = [\"…\"]",
        Some(Kind::Cap) => "yuan = \"…\"",
        Some(Kind::TopUp) => "percent = \"…\", of = \"in_scope\"",
        Some(_) => "effect = \"…\"",
    };
    let row = one.row(value);
    if !gap.no_entry {
        return format!("add {row} as its last row, or {}", one.left_out());
    }
    let begin = match gap.begins.filter(|day| *day > gap.from) {
        Some(day) => format!(", or begin it or serves_from on the same day (it begins on {day})"),
        None => String::new(),
    };
    let table = match gap.kind {
        Some(Kind::Cross) => "[[cross_region]]",
        Some(Kind::Deductible) => "[[layer.deductible]]",
        Some(Kind::Cap) => "[[layer.cap]]",
        Some(Kind::TopUp) => "[[layer.top_up]]",
        _ => "[[layer.ratio]]",
    };
    format!("add `{table}` with `from = {}` and rows such as {row}{begin}", gap.from)
}

fn no_layer(gap: &Gap, one: &Told, report: &Report<'_>) -> String {
    let taken = care_taken(&report.whole.layers);
    let cares = gap.cubes.iter().flat_map(|cube| cube.dims[Dim::Care as usize].places());
    let mut lacks: Vec<String> = Vec::new();
    for care in cares.map(|at| report.whole.space.care[at].care) {
        if !taken.contains(&care) && !lacks.contains(&care.key().to_owned()) {
            lacks.push(care.key().to_owned());
        }
    }
    let left_out = one.left_out();
    if lacks.is_empty() {
        return format!("widen `only` of a layer, or {left_out}");
    }
    format!(
        "add `[[layer]]` with `{}` and `base = [\"in_scope\"]`, or {left_out}",
        list("care", &lacks)
    )
}
