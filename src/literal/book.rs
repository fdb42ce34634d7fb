//! The policies of a book: a region's file over its bases, and which entry of a table holds on a day.
//!
//! Owns merging (section 7), dates of entries and parameters (section 2). Must not know claims.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::claim::Claim;
use super::figures::{Figure, figure, number, round, times};
use super::file::{self, Dated, File, YearStarts};

/// All policies of a book.
#[derive(Clone, Debug)]
pub struct Book {
    policies: Vec<Policy>,
}

/// A region's file and the bases that it extends, the nearest first.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    path: String,
    /// Never empty; the first is the region's own.
    files: Vec<File>,
    /// Ids of the layers in the order in which they pay.
    layers: Vec<String>,
}

/// A layer over all files that say something of it, the region's first.
#[derive(Clone, Debug)]
pub(super) struct Layer<'a> {
    pub id: &'a str,
    parts: Vec<&'a file::Layer>,
}

impl Book {
    /// Reads the policies of a book from the texts of its files, each under its path from the book's root.
    ///
    /// Files of cases and files that are not `.toml` are passed over; a base is only read where a policy extends it.
    ///
    /// # Errors
    /// What could not be read, with the path of its file.
    pub fn read(files: &[(String, String)]) -> Result<Book, String> {
        let mut read = BTreeMap::new();
        for (path, text) in files.iter().filter(|(path, _)| is_policy(path)) {
            let file: File = toml::from_str(text).map_err(|error| format!("{path}: {error}"))?;
            read.insert(path.as_str(), file);
        }
        let mut policies = Vec::new();
        for (path, file) in read.iter().filter(|(_, file)| !file.base) {
            let mut chain = vec![file.clone()];
            let mut taken = vec![(*path).to_owned()];
            extend(&read, file, &mut taken, &mut chain)?;
            let layers = order(&chain);
            policies.push(Policy { path: (*path).to_owned(), files: chain, layers });
        }
        Ok(Book { policies })
    }

    /// The policy that serves this person.
    pub(super) fn policy(&self, region: &str, insurance: &str, person: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| {
            let head = policy.head();
            let serves = |lead: &String| person.starts_with(lead.as_str());
            head.region == region
                && head.insurance.iter().any(|code| code == insurance)
                && (head.persons.is_empty() || head.persons.iter().any(serves))
        })
    }

    /// Region and first insurance of the policy in this file.
    pub(super) fn served_by(&self, path: &str) -> Option<(&str, &str)> {
        let policy = self.policies.iter().find(|policy| policy.path == path)?;
        let head = policy.head();
        Some((&head.region, head.insurance.first().map_or("", String::as_str)))
    }
}

fn is_policy(path: &str) -> bool {
    path.ends_with(".toml") && !path.ends_with(".cases.toml")
}

/// Adds the bases of a file, each once, a base's own bases behind it.
fn extend(
    read: &BTreeMap<&str, File>,
    file: &File,
    taken: &mut Vec<String>,
    chain: &mut Vec<File>,
) -> Result<(), String> {
    for path in &file.extends {
        if taken.contains(path) {
            continue;
        }
        let base = read.get(path.as_str()).ok_or_else(|| format!("there is no base {path}"))?;
        taken.push(path.clone());
        chain.push(base.clone());
        extend(read, base, taken, chain)?;
    }
    Ok(())
}

/// Order of layers: the region's in its order and the base's in its own, the region's before the base's wherever both orders allow.
fn order(files: &[File]) -> Vec<String> {
    let mut merged: Vec<String> = Vec::new();
    for file in files {
        let base: Vec<&String> = file.layer.iter().map(|layer| &layer.id).collect();
        let mut together: Vec<String> = Vec::new();
        for id in &merged {
            if let Some(place) = base.iter().position(|other| *other == id) {
                for before in base[..place].iter().filter(|other| !merged.contains(other)) {
                    if !together.contains(before) {
                        together.push((*before).clone());
                    }
                }
            }
            together.push(id.clone());
        }
        for id in base {
            if !together.contains(id) {
                together.push(id.clone());
            }
        }
        merged = together;
    }
    merged
}

/// The entry of one file's table that holds on a day: the last one that has begun.
fn entry<'a, T: Dated + 'a>(entries: impl Iterator<Item = &'a T>, on: NaiveDate) -> Option<&'a T> {
    entries.filter(|entry| entry.from() <= on).max_by_key(|entry| entry.from())
}

impl Policy {
    fn head(&self) -> &File {
        &self.files[0]
    }

    /// The first day of the benefit year, as written.
    pub fn year_starts(&self) -> Option<&YearStarts> {
        self.head().year_starts.as_ref()
    }

    /// The day that picks dated values.
    pub fn terms_date(&self, claim: &Claim) -> NaiveDate {
        pick_date(self.head().terms_date.as_deref(), claim)
    }

    /// The day that picks the benefit year; `None` where a stay is split by its days.
    pub fn year_date(&self, claim: &Claim) -> Option<NaiveDate> {
        match self.head().year_of.as_deref() {
            Some("split_by_days") => None,
            other => Some(pick_date(other, claim)),
        }
    }

    /// Whether only a layer's sum is rounded.
    pub fn rounds_layers(&self) -> bool {
        self.head().rounding.as_deref() == Some("layer")
    }

    /// Layers in the order in which they pay.
    pub fn layers(&self) -> impl Iterator<Item = Layer<'_>> {
        self.layers.iter().map(|id| self.layer(id))
    }

    /// A layer by id; without a table in any file where there is none.
    pub fn layer<'a>(&'a self, id: &'a str) -> Layer<'a> {
        let parts = self.files.iter().flat_map(|file| &file.layer).filter(|layer| layer.id == id);
        Layer { id, parts: parts.collect() }
    }

    /// The entries of a table that hold on a day, one of each file, the region's first.
    pub fn tables<'a, T: Dated + 'a>(
        &'a self,
        of: impl Fn(&'a File) -> &'a [T],
        on: NaiveDate,
    ) -> Vec<&'a T> {
        self.files.iter().filter_map(|file| entry(of(file).iter(), on)).collect()
    }

    /// The same, of those entries alone that are of one kind.
    pub fn tables_that<'a, T: Dated + 'a>(
        &'a self,
        of: impl Fn(&'a File) -> &'a [T],
        on: NaiveDate,
        kind: impl Fn(&&'a T) -> bool,
    ) -> Vec<&'a T> {
        self.files.iter().filter_map(|file| entry(of(file).iter().filter(&kind), on)).collect()
    }

    /// An amount as it stands on a day, in yuan: a figure, or one that hangs on a parameter.
    pub fn yuan(&self, text: &str, on: NaiveDate) -> Result<Decimal, String> {
        match figure(text)? {
            Figure::Yuan(yuan) => Ok(yuan),
            Figure::Times(factor, id) => Ok(round(times(factor, self.parameter(id, on)?)?)),
        }
    }

    fn parameter(&self, id: &str, on: NaiveDate) -> Result<Decimal, String> {
        for file in &self.files {
            let entries =
                file.parameter.iter().filter(|entry| entry.id == id && entry.from() <= on);
            if let Some(entry) = entries.max_by_key(|entry| entry.from()) {
                return number(&entry.yuan);
            }
        }
        Err(format!("parameter {id} has no value on {on}"))
    }
}

fn pick_date(which: Option<&str>, claim: &Claim) -> NaiveDate {
    match which {
        Some("admission") => claim.begin,
        Some("discharge") => claim.end,
        _ => claim.settled.date(),
    }
}

impl<'a> Layer<'a> {
    fn key<T>(&self, of: impl Fn(&'a file::Layer) -> Option<T>) -> Option<T> {
        self.parts.iter().find_map(|part| of(part))
    }

    fn list(&self, of: impl Fn(&'a file::Layer) -> Option<&'a Vec<String>>) -> &'a [String] {
        self.key(of).map_or(&[], Vec::as_slice)
    }

    pub fn care(&self) -> &'a [String] {
        self.list(|part| part.care.as_ref())
    }

    pub fn only(&self) -> Option<&'a file::Conditions> {
        self.key(|part| part.only.as_ref())
    }

    pub fn fund(&self) -> &'a str {
        self.key(|part| part.fund.as_deref()).unwrap_or("")
    }

    pub fn counter(&self) -> &'a str {
        self.key(|part| part.counter.as_deref()).unwrap_or("")
    }

    pub fn also_counts(&self) -> &'a [String] {
        self.list(|part| part.also_counts.as_ref())
    }

    pub fn base(&self) -> &'a [String] {
        self.list(|part| part.base.as_ref())
    }

    /// Whether it looks at the in-scope amount.
    pub fn splits(&self) -> bool {
        self.base().iter().any(|component| component == "in_scope")
    }

    pub fn same_ratio_as(&self) -> Option<&'a str> {
        self.key(|part| part.same_ratio_as.as_deref())
    }

    pub fn same_deductible_as(&self) -> Option<&'a str> {
        self.key(|part| part.same_deductible_as.as_deref())
    }

    pub fn nothing_during_stay(&self) -> bool {
        self.key(|part| part.during_stay.as_deref()) == Some("zero")
    }

    /// Whether any file has such a table.
    pub fn has<T: 'a>(&self, of: impl Fn(&'a file::Layer) -> &'a [T]) -> bool {
        self.parts.iter().any(|part| !of(part).is_empty())
    }

    /// The entries of a table that hold on a day, one of each file, the region's first.
    pub fn tables<T: Dated + 'a>(
        &self,
        of: impl Fn(&'a file::Layer) -> &'a [T],
        on: NaiveDate,
    ) -> Vec<&'a T> {
        self.parts.iter().filter_map(|part| entry(of(part).iter(), on)).collect()
    }

    /// The cap entries that hold on a day: tables that differ in what they bound stand side by side.
    pub fn caps(&self, on: NaiveDate) -> Vec<Vec<&'a file::CapTable>> {
        let mut groups: Vec<[&str; 4]> = Vec::new();
        for table in self.parts.iter().flat_map(|part| &part.cap) {
            let what = self.bounds(table);
            if !groups.contains(&what) {
                groups.push(what);
            }
        }
        let held = groups.into_iter().map(|what| {
            let of_part = |part: &&'a file::Layer| {
                let tables = part.cap.iter().filter(|table| self.bounds(table) == what);
                tables.filter(|table| table.from() <= on).max_by_key(|table| table.from())
            };
            self.parts.iter().filter_map(of_part).collect::<Vec<_>>()
        });
        held.filter(|group| !group.is_empty()).collect()
    }

    /// What a cap table bounds: on, per, counter, diseases.
    pub fn bounds(&self, table: &'a file::CapTable) -> [&'a str; 4] {
        [
            table.on.as_deref().unwrap_or("fund_paid"),
            table.per.as_deref().unwrap_or("year"),
            table.counter.as_deref().unwrap_or(self.counter()),
            table.diseases.as_deref().unwrap_or("together"),
        ]
    }
}
