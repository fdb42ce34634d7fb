//! From what clerks wrote to flat tables: bases merged, parameters turned into amounts, conditions into masks.
//!
//! Reports everything that cannot be compiled: names that lead nowhere, tables of a base that say otherwise, products that are not exact,
//! bounds that are broken. Whether a policy is *complete* is asked by `policy check`, not here.

mod beside;
mod conditions;
mod layers;
mod structure;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::calendar::Date;
use crate::money::Fen;

use super::book::PolicyBook;
use super::dated::Dated;
use super::document::{Place, Problem};
use super::plan::{Policy, Row, Rule, Source};
use super::select::{Selector, Symbols};
use super::written::{
    Amount, Conditions, DatedRows, Parameter, Written, WrittenBook, WrittenRow, figures_of,
};

/// Compiles a book that was read without problems.
///
/// # Errors
/// Every problem of every policy, by file and place.
pub fn compile(book: &WrittenBook) -> Result<PolicyBook, Vec<Problem>> {
    let mut problems = book.problems.clone();
    let mut rules = Rules::default();
    let mut policies = Vec::with_capacity(book.policies.len());
    for written in &book.policies {
        let bases = book.bases_of(written);
        let mut compiler = Compiler::new(written, bases, &book.bases, &mut rules);
        policies.push(compiler.policy());
        problems.append(&mut compiler.problems);
    }
    let twice = PolicyBook::new(policies, rules.list);
    match twice {
        Ok(book) if problems.is_empty() => return Ok(book),
        Ok(_) => {}
        Err(errors) => problems.extend(errors.into_iter().map(|(file, what)| {
            let policy = book.policies.iter().find(|policy| *policy.file == *file);
            let place = policy.map_or(Place { line: 1, column: 1 }, |policy| policy.region_at);
            Problem { file, place, what, remedy: "keep one of the two".into() }
        })),
    }
    problems.sort();
    problems.dedup();
    Err(problems)
}

/// Compiles one policy of a book alone, with its bases.
///
/// # Errors
/// Every problem of that policy.
pub fn compile_one(written: &Written, book: &WrittenBook) -> Result<PolicyBook, Vec<Problem>> {
    let mut rules = Rules::default();
    let bases = book.bases_of(written);
    let mut compiler = Compiler::new(written, bases, &book.bases, &mut rules);
    let policy = compiler.policy();
    let problems = std::mem::take(&mut compiler.problems);
    match PolicyBook::new(vec![policy], rules.list) {
        Ok(book) if problems.is_empty() => Ok(book),
        _ => Err(problems),
    }
}

/// The numbered rows of a book.
#[derive(Default)]
struct Rules {
    list: Vec<Rule>,
    known: HashMap<(String, Place, Date, String), u32>,
}

struct Compiler<'a> {
    written: &'a Written,
    /// What it extends, the nearest first.
    bases: Vec<&'a Written>,
    /// All bases of the book: their bounds hold for everybody.
    all_bases: &'a [Written],
    parameters: BTreeMap<&'a str, Vec<&'a Parameter>>,
    symbols: Symbols,
    rules: &'a mut Rules,
    problems: Vec<Problem>,
}

/// A compiled value: itself, in words, the parameters that went into it.
struct Valued<'a, T> {
    value: T,
    words: String,
    parameters: Vec<&'a Parameter>,
}

impl<'a> Compiler<'a> {
    fn new(
        written: &'a Written,
        bases: Vec<&'a Written>,
        all_bases: &'a [Written],
        rules: &'a mut Rules,
    ) -> Compiler<'a> {
        let files: Vec<&Written> = std::iter::once(written).chain(bases.iter().copied()).collect();
        let parameters = figures_of(&files);
        let (symbols, problems) = (Symbols::default(), Vec::new());
        Compiler { written, bases, all_bases, parameters, symbols, rules, problems }
    }

    fn policy(&mut self) -> Policy {
        let written = self.written;
        let layers = self.layers();
        let cross_region = self.cross_region(&layers);
        let serves = Conditions {
            persons: written.persons.clone(),
            insurance: written.insurance.clone(),
            ..Conditions::default()
        };
        let serves = self.selector(&serves, &written.file, Place { line: 1, column: 1 });
        let starts = Dated::new(written.year_starts.clone()).unwrap_or_default();
        Policy {
            title: written.title.clone(),
            file: written.file.to_string(),
            region: written.region,
            insurance: written.insurance.clone(),
            serves,
            serves_from: written.serves_from.unwrap_or_else(|| begins(&layers)),
            last_checked: written.last_checked,
            terms_date: written.terms_date,
            year_starts: starts,
            year_of: written.year_of,
            rounding: written.rounding,
            waiting: self.waiting(),
            registration: self.registration(),
            account_before: self.account(true),
            account_after: self.account(false),
            cross_region,
            layers,
            symbols: std::mem::take(&mut self.symbols),
        }
    }

    fn wrong(
        &mut self,
        file: &str,
        place: Place,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (file, what, remedy) = (file.to_owned(), what.into(), remedy.into());
        self.problems.push(Problem { file, place, what, remedy });
    }

    /// Tables of one kind, each list in ascending order: what holds from each day on which something changes.
    ///
    /// `lists` are the region's own tables first, then those of its bases.
    fn series<K, V, T>(
        &mut self,
        name: &str,
        lists: &[Vec<&'a DatedRows<K, V>>],
        used: impl Fn(&'a V) -> Vec<&'a str>,
        mut build: impl FnMut(&mut Self, Date, &[&'a DatedRows<K, V>]) -> T,
    ) -> Dated<T> {
        let mut days: BTreeSet<Date> = BTreeSet::new();
        for list in lists {
            for pair in list.windows(2) {
                if pair[0].from >= pair[1].from {
                    let (file, place, day) = (pair[1].file.clone(), pair[1].place, pair[1].from);
                    let what =
                        format!("{name}: the entry from {day} is not later than the one before it");
                    self.wrong(
                        &file,
                        place,
                        what,
                        "one entry per day, in ascending order; correct from or merge the two",
                    );
                }
            }
            days.extend(list.iter().map(|table| table.from));
        }
        let first = days.first().copied();
        let values = lists.iter().flatten().flat_map(|table| &table.rows).map(|row| &row.value);
        let parameters: BTreeSet<&str> = values.flat_map(&used).collect();
        for id in parameters {
            let published = self.parameters.get(id).into_iter().flatten().map(|p| p.from);
            days.extend(published.filter(|day| first.is_some_and(|first| *day > first)));
        }
        let mut entries = Vec::with_capacity(days.len());
        for day in days {
            let in_force: Vec<&DatedRows<K, V>> = lists
                .iter()
                .filter_map(|list| list.iter().rev().find(|table| table.from <= day).copied())
                .collect();
            if !in_force.is_empty() {
                entries.push((day, build(self, day, &in_force)));
            }
        }
        Dated::new(entries).unwrap_or_default()
    }

    /// Rows in force on a day, the region's own before those of its bases.
    fn rows<K, V, T>(
        &mut self,
        name: &str,
        day: Date,
        tables: &[&'a DatedRows<K, V>],
        mut value: impl FnMut(&mut Self, Date, &'a WrittenRow<V>) -> Valued<'a, T>,
    ) -> Vec<Row<T>> {
        let mut rows = Vec::new();
        for table in tables {
            for row in &table.rows {
                let valued = value(self, day, row);
                let who = self.selector(&row.who, &row.file, row.place);
                let place = format!("{name} · row {}", row.number);
                let rule = self.rule(row, place, table.from, &valued, &[]);
                rows.push(Row { who, rule, value: valued.value });
            }
        }
        rows
    }

    /// The number of a row's rule; the same row with the same value is one rule.
    fn rule<V, T>(
        &mut self,
        row: &WrittenRow<V>,
        place: String,
        from: Date,
        valued: &Valued<'_, T>,
        more: &[Arc<Source>],
    ) -> u32 {
        let from = valued.parameters.iter().map(|parameter| parameter.from).fold(from, Date::max);
        let key = (row.file.to_string(), row.place, from, format!("{place}\0{}", valued.words));
        if let Some(rule) = self.rules.known.get(&key) {
            return *rule;
        }
        let number = u32::try_from(self.rules.list.len()).unwrap_or(u32::MAX);
        let mut sources = vec![(*row.source).clone()];
        let further = valued.parameters.iter().map(|parameter| &parameter.source).chain(more);
        for source in further {
            if !sources.contains(source) {
                sources.push((**source).clone());
            }
        }
        self.rules.list.push(Rule {
            file: row.file.to_string(),
            line: row.place.line,
            column: row.place.column,
            place,
            from,
            sources,
            value: valued.words.clone(),
        });
        self.rules.known.insert(key, number);
        number
    }

    /// An amount on a day.
    fn amount(
        &mut self,
        amount: &Amount,
        day: Date,
        file: &str,
        place: Place,
    ) -> (Fen, Option<&'a Parameter>) {
        let (millionths, id) = match amount {
            Amount::Yuan(fen) => return (*fen, None),
            Amount::Of { millionths, parameter, .. } => (*millionths, parameter),
        };
        let Some(list) = self.parameters.get(id.as_str()) else {
            let known: Vec<&str> = self.parameters.keys().copied().collect();
            let mut remedy = format!("add `[[parameter]]` with `id = \"{id}\"`");
            if !known.is_empty() {
                remedy.push_str(&format!(", or name one of: {}", known.join(", ")));
            }
            self.wrong(file, place, format!("there is no parameter {id:?}"), remedy);
            return (Fen::ZERO, None);
        };
        let Some(parameter) = list.iter().rev().find(|parameter| parameter.from <= day).copied()
        else {
            let what = format!("parameter {id} has no value on {day}");
            self.wrong(file, place, what, "publish it from that day on, or begin the table later");
            return (Fen::ZERO, None);
        };
        let Some(fen) = parameter.share(millionths) else {
            self.wrong(
                file,
                place,
                format!("{id} times its factor is no amount of money"),
                "correct the factor",
            );
            return (Fen::ZERO, None);
        };
        (fen, Some(parameter))
    }

    /// An amount in words: itself, and what it was made of.
    fn amount_words(amount: &Amount, fen: Fen) -> String {
        match amount {
            Amount::Yuan(_) => fen.to_string(),
            Amount::Of { text, .. } => format!("{fen} ({text})"),
        }
    }
}

/// The first day on which every layer on the in-scope amount has begun.
fn begins(layers: &[super::plan::Layer]) -> Date {
    let first = |layer: &super::plan::Layer| layer.ratio.iter().next().map(|(day, _)| *day);
    let scope = layers.iter().filter(|layer| layer.is_on_scope());
    scope.filter_map(first).max().unwrap_or(Date::EARLIEST)
}

/// Conditions that hold for both; those that nobody meets are left to `policy check`.
fn both(a: &Selector, b: &Selector) -> Option<Selector> {
    a.and(b)
}
