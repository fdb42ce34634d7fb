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
    while let Some(at) = waiting
        .iter()
        .position(|(_, table)| head::extends(table).iter().any(|path| broken.contains(path)))
    {
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
            let circles: Vec<&(&str, Table)> =
                waiting.iter().filter(|(name, _)| comes_back(name, &waiting)).collect();
            for (name, table) in circles {
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
    for file in book.policies.iter().chain(&book.bases) {
        for (path, place) in &file.extends {
            if book.policies.iter().any(|policy| *policy.file == **path) {
                book.problems.push(Problem {
                    file: file.file.to_string(),
                    place: *place,
                    what: format!("extends: {path} is a policy, not a base"),
                    remedy: "move what both need into a file with `base = true`".into(),
                });
            }
        }
    }
    book.policies.sort_by(|a, b| a.file.cmp(&b.file));
    book.bases.sort_by(|a, b| a.file.cmp(&b.file));
    book.problems.sort();
    book.problems.dedup();
    book
}

/// Whether a file extends itself over others that wait.
fn comes_back(name: &str, waiting: &[(&str, Table)]) -> bool {
    let mut seen: Vec<&str> = vec![name];
    let mut at = 0;
    while at < seen.len() {
        let table = waiting.iter().find(|(other, _)| *other == seen[at]).map(|(_, table)| table);
        for path in table.map(head::extends).unwrap_or_default() {
            if path == name {
                return true;
            }
            if !seen.contains(&path) {
                seen.push(path);
            }
        }
        at += 1;
    }
    false
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
