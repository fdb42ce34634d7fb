//! What changed between two pages: two days of one policy, or two versions of it.

use std::collections::BTreeMap;

use crate::calendar::Date;

use super::notes::Notes;
use super::outline::{Block, Line, LineKind, Outline, Part};
use super::said::{Lang, Said, said, same};
use super::table::Grid;
use super::words;

/// What happened to a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Added,
    Removed,
    Value,
    /// The same value rests on another source, or is less or more sure.
    Source,
    /// Lines stand in another order: the first that matches counts.
    Order,
}

impl Kind {
    pub fn label(self) -> Said {
        match self {
            Kind::Added => said("新增", "added"),
            Kind::Removed => said("删除", "removed"),
            Kind::Value => said("取值变动", "value changed"),
            Kind::Source => said("来源变动", "source changed"),
            Kind::Order => said("次序变动", "order changed"),
        }
    }
}

/// What changed in one table.
#[derive(Debug)]
pub struct TableChanges<'a> {
    pub title: Said,
    /// First days of the tables compared, where there are days.
    pub from: [Option<Date>; 2],
    pub changes: Vec<Change<'a>>,
}

#[derive(Debug)]
pub struct Change<'a> {
    pub kind: Kind,
    pub who: Said,
    pub before: Side<'a>,
    pub after: Side<'a>,
}

/// A value as it was or is, with the line that says so.
#[derive(Debug, Default)]
pub struct Side<'a> {
    pub words: Said,
    pub line: Option<&'a Line>,
}

impl Side<'_> {
    fn plain(words: Said) -> Side<'static> {
        Side { words, line: None }
    }
}

/// How tables of two outlines are held against one another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pairing {
    /// What holds on two days: tables of a series, whenever they began.
    Days,
    /// Two versions: entries with the same first day.
    Versions,
}

/// One table, bases' rows behind the region's own.
struct Sheet<'a> {
    title: Said,
    from: Date,
    terms: Said,
    lines: Vec<&'a Line>,
}

type Key = (usize, Part, String, Option<Date>);

/// Everything that differs, in the order of the page.
pub fn changes<'a>(old: &'a Outline, new: &'a Outline, pairing: Pairing) -> Vec<TableChanges<'a>> {
    let mut all: Vec<TableChanges<'_>> = vec![facts(old, new), layer_facts(old, new)];
    let (olds, news) = (sheets(old, new, pairing), sheets(new, new, pairing));
    let mut keys: Vec<&Key> = olds.keys().chain(news.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (before, after) = (olds.get(key), news.get(key));
        let Some(either) = after.or(before) else { continue };
        all.push(TableChanges {
            title: either.title.clone(),
            from: [before.map(|sheet| sheet.from), after.map(|sheet| sheet.from)],
            changes: sheet_changes(before, after),
        });
    }
    all.retain(|table| !table.changes.is_empty());
    all
}

/// Tables by what they are; layers in the order of `order`.
fn sheets<'a>(outline: &'a Outline, order: &Outline, pairing: Pairing) -> BTreeMap<Key, Sheet<'a>> {
    let mut sheets: BTreeMap<Key, Sheet<'a>> = BTreeMap::new();
    let mut put = |place: usize, title: Said, block: &'a Block| {
        let day = (pairing == Pairing::Versions).then_some(block.from);
        let key = (place, block.part, block.key.clone(), day);
        let terms = Said::clauses(&block.terms);
        let sheet = sheets.entry(key).or_insert(Sheet {
            title,
            from: block.from,
            terms,
            lines: Vec::new(),
        });
        sheet.from = sheet.from.max(block.from);
        sheet.lines.extend(&block.lines);
    };
    for layer in &outline.layers {
        let place = order.layers.iter().position(|other| other.id == layer.id);
        for block in &layer.blocks {
            let title = Said::join([&layer.name, &block.title], " · ", " · ");
            put(place.unwrap_or(order.layers.len()), title, block);
        }
    }
    for block in &outline.beside {
        put(usize::MAX, block.title.clone(), block);
    }
    sheets
}

fn sheet_changes<'a>(before: Option<&Sheet<'a>>, after: Option<&Sheet<'a>>) -> Vec<Change<'a>> {
    let lines = |sheet: Option<&Sheet<'a>>| numbered(sheet.map_or(&[][..], |s| &s.lines));
    let (olds, news) = (lines(before), lines(after));
    let mut changes = Vec::new();
    if let (Some(before), Some(after)) = (before, after)
        && before.terms != after.terms
    {
        changes.push(Change {
            kind: Kind::Value,
            who: said("整表", "the whole table"),
            before: Side::plain(before.terms.clone()),
            after: Side::plain(after.terms.clone()),
        });
    }
    for (id, old) in &olds {
        match news.iter().find(|(other, _)| other == id) {
            None => changes.push(change(Kind::Removed, Some(old), None)),
            Some((_, new)) if old.value != new.value => {
                changes.push(change(Kind::Value, Some(old), Some(new)));
            }
            Some((_, new)) if old.sources != new.sources => {
                changes.push(change(Kind::Source, Some(old), Some(new)));
            }
            Some(_) => {}
        }
    }
    for (id, new) in &news {
        if !olds.iter().any(|(other, _)| other == id) {
            changes.push(change(Kind::Added, None, Some(new)));
        }
    }
    changes.extend(order_change(&olds, &news));
    changes
}

/// What a line is known by: what it is, whom it concerns, and which of several alike.
type LineId = (LineKind, Said, usize);

fn numbered<'a>(lines: &[&'a Line]) -> Vec<(LineId, &'a Line)> {
    let mut known: Vec<(LineId, &Line)> = Vec::new();
    for line in lines {
        let who = match line.kind {
            // Additions concern everybody: they are known by what they say.
            LineKind::Addition => line.value.said(),
            LineKind::Row | LineKind::Adjust => words::whom(&line.who),
        };
        let alike =
            known.iter().filter(|((kind, other, _), _)| *kind == line.kind && *other == who);
        let place = alike.count();
        known.push(((line.kind, who, place), line));
    }
    known
}

fn change<'a>(kind: Kind, old: Option<&&'a Line>, new: Option<&&'a Line>) -> Change<'a> {
    let side = |line: Option<&&'a Line>| {
        line.map_or_else(Side::default, |line| Side { words: line.value.said(), line: Some(line) })
    };
    let who = new.or(old).map(|line| match line.kind {
        LineKind::Row => words::whom(&line.who),
        LineKind::Adjust => {
            words::whom(&line.who).map(|zh| format!("调整：{zh}"), |en| format!("adjustment: {en}"))
        }
        LineKind::Addition => said("封顶线加项", "addition to the cap"),
    });
    Change { kind, who: who.unwrap_or_default(), before: side(old), after: side(new) }
}

/// Lines that are in both, in another order.
fn order_change<'a>(
    olds: &[(LineId, &'a Line)],
    news: &[(LineId, &'a Line)],
) -> Option<Change<'a>> {
    let common = |ours: &[(LineId, &'a Line)], theirs: &[(LineId, &'a Line)]| -> Vec<LineId> {
        let ids = ours.iter().map(|(id, _)| id);
        ids.filter(|id| theirs.iter().any(|(other, _)| other == *id)).cloned().collect()
    };
    let (before, after) = (common(olds, news), common(news, olds));
    if before == after {
        return None;
    }
    let list = |ids: &[LineId]| {
        let all: Vec<Said> = ids.iter().map(|(_, who, _)| who.clone()).collect();
        Side::plain(Said::join(&all, " → ", " → "))
    };
    Some(Change {
        kind: Kind::Order,
        who: said("各行", "rows"),
        before: list(&before),
        after: list(&after),
    })
}

/// Facts by their labels.
fn fact_changes(
    whose: &Said,
    old: &[(Said, Said)],
    new: &[(Said, Said)],
    changes: &mut Vec<Change<'_>>,
) {
    let mut labels: Vec<&Said> = new.iter().chain(old).map(|(label, _)| label).collect();
    let mut seen: Vec<&Said> = Vec::new();
    labels.retain(|label| {
        !seen.contains(label) && {
            seen.push(label);
            true
        }
    });
    let find = |facts: &[(Said, Said)], label: &Said| {
        facts.iter().find(|(other, _)| other == label).map(|(_, value)| value.clone())
    };
    for label in labels {
        let (before, after) = (find(old, label), find(new, label));
        let kind = match (&before, &after) {
            (None, _) => Kind::Added,
            (_, None) => Kind::Removed,
            _ => Kind::Value,
        };
        if before != after {
            let who = if whose.is_empty() {
                label.clone()
            } else {
                Said::join([whose, label], " · ", " · ")
            };
            let side = |words: Option<Said>| Side::plain(words.unwrap_or_default());
            changes.push(Change { kind, who, before: side(before), after: side(after) });
        }
    }
}

fn facts<'a>(old: &Outline, new: &Outline) -> TableChanges<'a> {
    let all = |outline: &Outline| {
        let mut facts = outline.head.clone();
        // The day that was asked for is no change.
        facts.retain(|(label, _)| label.en != "shown");
        facts.push((said("名称", "title"), same(&outline.title)));
        let left_out = outline.not_served.iter().map(|(who, why)| {
            (said(format!("不在政策内：{}", who.zh), format!("left out: {}", who.en)), same(why))
        });
        facts.extend(left_out);
        let exceptions = outline.exceptions.iter().map(|(what, why)| {
            (said(format!("例外：{}", what.zh), format!("exception: {}", what.en)), same(why))
        });
        facts.extend(exceptions);
        facts
    };
    let mut changes = Vec::new();
    fact_changes(&Said::default(), &all(old), &all(new), &mut changes);
    TableChanges { title: said("总则", "head"), from: [None, None], changes }
}

/// Layers that came or went, what they are, and their order.
fn layer_facts<'a>(old: &Outline, new: &Outline) -> TableChanges<'a> {
    let mut changes = Vec::new();
    let find = |outline: &Outline, id: &str| {
        outline.layers.iter().find(|layer| layer.id == id).map(|layer| layer.facts.clone())
    };
    for layer in &old.layers {
        match find(new, &layer.id) {
            None => changes.push(Change {
                kind: Kind::Removed,
                who: layer.name.clone(),
                before: Side::plain(said("有此层", "the layer")),
                after: Side::default(),
            }),
            Some(facts) => fact_changes(&layer.name, &layer.facts, &facts, &mut changes),
        }
    }
    for layer in &new.layers {
        if find(old, &layer.id).is_none() {
            changes.push(Change {
                kind: Kind::Added,
                who: layer.name.clone(),
                before: Side::default(),
                after: Side::plain(said("有此层", "the layer")),
            });
        }
    }
    let order = |ours: &Outline, theirs: &Outline| -> Vec<Said> {
        let kept = ours.layers.iter().filter(|layer| find(theirs, &layer.id).is_some());
        kept.map(|layer| layer.name.clone()).collect()
    };
    let (before, after) = (order(old, new), order(new, old));
    let ids = |ours: &Outline, theirs: &Outline| -> Vec<String> {
        let kept = ours.layers.iter().filter(|layer| find(theirs, &layer.id).is_some());
        kept.map(|layer| layer.id.clone()).collect()
    };
    if ids(old, new) != ids(new, old) {
        changes.push(Change {
            kind: Kind::Order,
            who: said("各层", "layers"),
            before: Side::plain(Said::join(&before, " → ", " → ")),
            after: Side::plain(Said::join(&after, " → ", " → ")),
        });
    }
    TableChanges { title: said("支付层", "layers"), from: [None, None], changes }
}

/// Tables of changes, and the sources that they cite.
pub fn render(tables: &[TableChanges<'_>], lang: Lang, notes: &mut Notes) -> String {
    let mut out = String::new();
    for table in tables {
        out.push_str(&format!("### {}\n\n", title(table).label(lang)));
        let heads = [
            said("变动", "change"),
            said("适用", "for"),
            said("原", "before"),
            said("现", "after"),
        ];
        let mut grid = Grid::new(heads.map(|head| head.label(lang)));
        for change in &table.changes {
            let mut side = |side: &Side<'_>| {
                let cited = side.line.map(|line| notes.cite_all(&line.sources, lang));
                format!("{} {}", side.words.text(lang), cited.unwrap_or_default()).trim().to_owned()
            };
            let (before, after) = (side(&change.before), side(&change.after));
            grid.row([change.kind.label().text(lang), change.who.text(lang), before, after]);
        }
        out.push_str(&grid.render());
        out.push('\n');
    }
    out
}

/// A table's title with the days from which it holds.
fn title(table: &TableChanges<'_>) -> Said {
    let days = match table.from {
        [Some(before), Some(after)] if before == after => {
            said(format!("（自{after}起）"), format!(" (since {after})"))
        }
        [Some(before), Some(after)] => said(
            format!("（原自{before}起，现自{after}起）"),
            format!(" (was since {before}, is since {after})"),
        ),
        [None, Some(after)] => said(format!("（自{after}起）"), format!(" (since {after})")),
        [Some(before), None] => {
            said(format!("（原自{before}起）"), format!(" (was since {before})"))
        }
        [None, None] => Said::default(),
    };
    Said::join([&table.title, &days], "", "")
}
