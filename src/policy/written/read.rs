//! Files of a book: bases first, so that a policy can name their sources.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::document::{self, Place, Problem, Table};
use super::super::plan::Source;
use super::head;
use super::{Written, WrittenBook};

/// Names that a file may use: sources by id.
pub(super) type Scope = BTreeMap<String, Arc<Source>>;

/// Reads all files of a book. Files whose name ends in `cases.toml` are not policies and are left alone.
///
/// Everything wrong is in `problems`, ordered by file and place; what could be read is there all the same.
pub fn read_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> WrittenBook {
    let mut book = WrittenBook::default();
    let mut waiting: Vec<(&str, Table)> = Vec::new();
    let mut broken: Vec<&str> = Vec::new();
    for (name, text) in files {
        if name.ends_with("cases.toml") {
            continue;
        }
        match document::parse(name, text) {
            Ok(table) => waiting.push((name, table)),
            Err(mut problems) => {
                book.problems.append(&mut problems);
                broken.push(name);
            }
        }
    }
    // What stands on a base that is no TOML cannot be judged before that is mended.
    while let Some(at) = waiting.iter().position(|(_, table)| head::extends(table).iter().any(|path| broken.contains(path))) {
        broken.push(waiting.remove(at).0);
    }
    let names: Vec<String> = waiting.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut scopes: BTreeMap<String, Scope> = BTreeMap::new();
    while !waiting.is_empty() {
        let ready = |(_, table): &(&str, Table)| {
            // A base that is not there is reported by its reader, and not waited for.
            head::extends(table)
                .iter()
                .all(|path| scopes.contains_key(*path) || !names.iter().any(|n| n == path))
        };
        let Some(at) = waiting.iter().position(ready) else {
            for (name, table) in &waiting {
                let key = table.entries.iter().find(|(key, ..)| key == "extends");
                book.problems.push(Problem {
                    file: (*name).to_owned(),
                    place: key.map_or(Place { line: 1, column: 1 }, |(_, place, _)| *place),
                    what: "extends comes back to this file".into(),
                    remedy: "a base must not extend what extends it".into(),
                });
            }
            break;
        };
        let (name, table) = waiting.remove(at);
        let (written, scope) = read_one(name, &table, &scopes, &mut book.problems);
        scopes.insert(name.to_owned(), scope);
        if written.is_base { book.bases.push(written) } else { book.policies.push(written) }
    }
    book.policies.sort_by(|a, b| a.file.cmp(&b.file));
    book.bases.sort_by(|a, b| a.file.cmp(&b.file));
    book.problems.sort();
    book.problems.dedup();
    book
}

fn read_one(
    name: &str,
    table: &Table,
    scopes: &BTreeMap<String, Scope>,
    found: &mut Vec<Problem>,
) -> (Written, Scope) {
    let mut inherited = Scope::new();
    for path in head::extends(table) {
        if let Some(scope) = scopes.get(path) {
            inherited.extend(scope.iter().map(|(id, source)| (id.clone(), source.clone())));
        }
    }
    let known: Vec<&str> = scopes.keys().map(String::as_str).collect();
    head::read(name, table, inherited, &known, found)
}
