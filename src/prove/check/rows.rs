//! Rows of one table against one another: two that both match and say different things, rows that nothing reaches, and rows of a region
//! that say what its base says anyway.

use crate::policy::document::Place;

use super::cubes::{Cube, Work, meets};
use super::tables::{Entry, Line, Merged, Table};
use super::words::hull;
use super::{Report, Severity};

/// What is found about rows, before it is said.
struct Found {
    file: String,
    place: Place,
    severity: Severity,
    kind: &'static str,
    what: String,
    remedy: String,
}

impl Report<'_> {
    pub(super) fn rows(&mut self) {
        let mut work = Work::default();
        let (reached, _) = self.whole.reach(&[self.whole.serves], &mut work);
        let mut found = Vec::new();
        for (layer, own) in self.whole.layers.iter().zip(&reached) {
            if let Some(unreached) = self.unreached_layer(layer, own) {
                found.push(unreached);
                continue;
            }
            for table in &layer.tables {
                let universe = self.with_borrowers(layer, table, own, &reached);
                self.table_rows(table, &universe, &mut work, &mut found);
            }
        }
        for table in std::iter::once(&self.whole.cross).chain(&self.whole.beside) {
            self.table_rows(table, &[self.whole.serves], &mut work, &mut found);
        }
        if work.gave_up {
            self.too_many("some table");
        }
        for Found { file, place, severity, kind, what, remedy } in found {
            self.say(&file, place, severity, kind, what, remedy);
        }
    }

    fn unreached_layer(&self, layer: &Merged<'_>, reached: &[Cube]) -> Option<Found> {
        if !reached.is_empty() || !layer.own {
            return None;
        }
        let first = self.whole.layers.iter().find(|other| {
            layer.is_on_scope()
                && other.is_on_scope()
                && other.id != layer.id
                && meets(&other.only, &layer.only)
        });
        let why = match first {
            Some(other) => format!(
                "layer {} at line {} takes all of its claims first",
                other.id, other.place.line
            ),
            None => "no claim meets its conditions".to_owned(),
        };
        Some(Found {
            file: layer.file.to_owned(),
            place: layer.place,
            severity: Severity::Error,
            kind: "unreachable",
            what: self.head(&format!("layer {} is never selected: {why}", layer.id)),
            remedy: "correct care or only, or delete the layer".into(),
        })
    }

    /// What a table of a layer is asked for: by the layer itself, and by layers that take its tables.
    fn with_borrowers(
        &self,
        layer: &Merged<'_>,
        table: &Table<'_>,
        own: &[Cube],
        reached: &[Vec<Cube>],
    ) -> Vec<Cube> {
        let mut universe = own.to_vec();
        for (other, reach) in self.whole.layers.iter().zip(reached) {
            let names = [&other.head.same_ratio_as, &other.head.same_deductible_as];
            let borrows = names.into_iter().flatten().any(|(id, _)| id == layer.id);
            if borrows
                && matches!(
                    table.kind,
                    super::tables::Kind::Ratio | super::tables::Kind::Deductible
                )
            {
                universe.extend(reach);
            }
        }
        universe
    }

    fn table_rows(
        &self,
        table: &Table<'_>,
        universe: &[Cube],
        work: &mut Work,
        found: &mut Vec<Found>,
    ) {
        for entry in table.own_entries() {
            // A base serves others too: what it says need not concern this policy.
            let whole = [self.whole.space.whole()];
            let universe = if entry.own { universe } else { &whole };
            let reached = reached(entry, universe, work);
            for (at, line) in entry.rows.iter().enumerate() {
                if reached[at].is_empty() {
                    found.push(self.unreached(table, entry, at, universe));
                } else {
                    self.overlaps(table, entry, at, &reached[at], universe, work, found);
                    if entry.own && is_useless(table, entry, line, &reached[at], work) {
                        let what = format!(
                            "{} · row {} says what the base says for all that it matches",
                            table.name, line.number
                        );
                        found.push(self.about(
                            entry,
                            line.place,
                            Severity::Warning,
                            "useless",
                            &what,
                            "delete it",
                        ));
                    }
                }
            }
            let rows: Vec<Cube> =
                entry.rows.iter().flat_map(|line| line.cubes.iter().copied()).collect();
            let matched = work.meet(universe, &rows);
            for line in
                entry.adjust.iter().filter(|line| entry.own && !meets(&line.cubes, &matched))
            {
                let what = format!("{} · adjust {} matches nobody", table.name, line.number);
                found.push(self.about(
                    entry,
                    line.place,
                    Severity::Error,
                    "unreachable",
                    &what,
                    "delete it, or correct its conditions",
                ));
            }
        }
    }

    fn unreached(
        &self,
        table: &Table<'_>,
        entry: &Entry<'_>,
        at: usize,
        universe: &[Cube],
    ) -> Found {
        let line = &entry.rows[at];
        let mut what = format!("{} · row {} ", table.name, line.number);
        let remedy = if meets(&line.cubes, universe) {
            let takes = |other: &&Line<'_>| meets(&other.cubes, &line.cubes);
            let lines: Vec<String> = entry.rows[..at]
                .iter()
                .filter(takes)
                .map(|other| other.place.line.to_string())
                .collect();
            let lines = match lines.as_slice() {
                [line] => format!("the row at line {line} takes"),
                lines => format!("the rows at lines {} take", lines.join(", ")),
            };
            what.push_str(&format!("is never reached: {lines} all that it matches"));
            "move it up and write `before_others = true`, narrow the earlier rows, or delete it"
        } else {
            what.push_str("matches nobody whom this table is asked for");
            "correct its conditions, or delete it"
        };
        self.about(entry, line.place, Severity::Error, "unreachable", &what, remedy)
    }

    #[expect(clippy::too_many_arguments, reason = "a row, what it takes, and where it stands")]
    fn overlaps(
        &self,
        table: &Table<'_>,
        entry: &Entry<'_>,
        at: usize,
        reached: &[Cube],
        universe: &[Cube],
        work: &mut Work,
        found: &mut Vec<Found>,
    ) {
        let line = &entry.rows[at];
        if line.before_others {
            return;
        }
        let mut others: Vec<&Line<'_>> = Vec::new();
        let mut example = None;
        let one = work.meet(universe, &line.cubes);
        for later in entry.rows[at + 1..].iter().filter(|later| later.value != line.value) {
            let both = work.meet(reached, &later.cubes);
            let two = work.meet(universe, &later.cubes);
            if !both.is_empty() && !work.is_within(&one, &two) && !work.is_within(&two, &one) {
                others.push(later);
                example.get_or_insert(both[0]);
            }
        }
        let Some(example) = example else { return };
        let told = self.whole.space.tell(&example, &hull(universe));
        let example = told.first().map_or("", |one| one.words.as_str());
        let each = |of: fn(&Line<'_>) -> String| {
            others.iter().map(|line| of(line)).collect::<Vec<_>>().join(", ")
        };
        let (numbers, lines) =
            (each(|line| line.number.to_string()), each(|line| line.place.line.to_string()));
        let (rows, at_lines) = if others.len() == 1 { ("row", "line") } else { ("rows", "lines") };
        let what = format!(
            "{} · row {} (line {}) and {rows} {numbers} ({at_lines} {lines}) say different things and both match, for example, {example}",
            table.name, line.number, line.place.line
        );
        let remedy = format!(
            "write `before_others = true` into row {} if it is to win, or narrow one of the two",
            line.number
        );
        found.push(self.about(entry, line.place, Severity::Error, "overlap", &what, &remedy));
    }

    /// A finding about an entry; of a base nothing is said of the region.
    fn about(
        &self,
        entry: &Entry<'_>,
        place: Place,
        severity: Severity,
        kind: &'static str,
        what: &str,
        remedy: &str,
    ) -> Found {
        let what = format!("{what} (from {})", entry.from);
        let what = if entry.own { self.head(&what) } else { what };
        Found {
            file: entry.file.to_owned(),
            place,
            severity,
            kind,
            what,
            remedy: remedy.to_owned(),
        }
    }
}

/// Whether a region's row says, for everything that it takes, what the base's rows in force would say.
fn is_useless(
    table: &Table<'_>,
    entry: &Entry<'_>,
    line: &Line<'_>,
    reached: &[Cube],
    work: &mut Work,
) -> bool {
    let list = table.lists.iter().find(|list| list.iter().any(|other| std::ptr::eq(other, entry)));
    let until = list
        .and_then(|list| list.iter().find(|other| other.from > entry.from))
        .map(|next| next.from);
    let starts = table.entries().map(|other| other.from);
    let mut days: Vec<_> =
        starts.filter(|day| *day > entry.from && until.is_none_or(|end| *day < end)).collect();
    days.push(entry.from);
    days.into_iter().all(|day| {
        let mut left = reached.to_vec();
        for base in table.in_force(day).into_iter().filter(|other| !other.own) {
            for row in &base.rows {
                if row.value != line.value && meets(&left, &row.cubes)
                    || !base.adjust.is_empty()
                    || !entry.adjust.is_empty()
                {
                    return false;
                }
                left = work.without(&left, &row.cubes);
            }
        }
        left.is_empty()
    })
}

/// What each row takes of a universe, rows before it considered.
fn reached(entry: &Entry<'_>, universe: &[Cube], work: &mut Work) -> Vec<Vec<Cube>> {
    let mut left = universe.to_vec();
    let mut all = Vec::new();
    for line in &entry.rows {
        all.push(work.meet(&left, &line.cubes));
        left = work.without(&left, &line.cubes);
    }
    all
}
