//! A draft: policies that stand in for some of the book's, to see what they would change.
//!
//! A draft's file takes the place of the book's file whose path its own path ends with. What it serves beyond that is taken out of the
//! book's other files, so that every region and insurance has one policy again. The rest of the book stays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use crate::codes::{Insurance, InsuredRegion};
use crate::policy::written::{Written, WrittenBook, read_files};
use crate::policy::{PolicyBook, compile};

use super::policy_book::{self, LoadedBook};

/// Whom a policy serves.
pub type Served = (InsuredRegion, Insurance);

/// A book with a draft in it.
#[derive(Debug)]
pub struct Draft {
    pub book: PolicyBook,
    /// Files of the draft, by their path in the book.
    pub files: Vec<String>,
    /// Files of the book that no longer count, whole or in part.
    pub replaced: Vec<String>,
    /// Region and insurance of every policy that may pay otherwise than before.
    pub touched: BTreeSet<Served>,
}

/// Puts a draft into a book.
///
/// # Errors
/// Everything wrong with the draft, or with the book once the draft is in it.
pub fn load(current: &LoadedBook, paths: &[PathBuf]) -> Result<Draft, Vec<String>> {
    let texts = texts(current, paths)?;
    let names: BTreeSet<&str> = texts.keys().map(String::as_str).collect();
    let kept = current.files.iter().filter(|(name, _)| !names.contains(name.as_str()));
    let mut files: Vec<(&str, &str)> =
        kept.map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.extend(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    files.sort_unstable();
    let mut written = read_files(files);
    let mut replaced: BTreeSet<String> = current
        .files
        .iter()
        .map(|(name, _)| name.clone())
        .filter(|name| names.contains(name.as_str()))
        .collect();
    give_way(&mut written, &names, &mut replaced);
    let book = compile::compile(&written)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    Ok(Draft {
        book,
        touched: touched(&current.written, &written, &names),
        files: names.iter().map(|name| (*name).to_owned()).collect(),
        replaced: replaced.into_iter().collect(),
    })
}

/// The draft's policy files by their path in the book.
fn texts(current: &LoadedBook, paths: &[PathBuf]) -> Result<BTreeMap<String, String>, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut errors = Vec::new();
    for path in paths {
        let files = if path.is_dir() {
            policy_book::texts(std::slice::from_ref(path))
        } else {
            policy_book::text(path).map(|file| vec![file])
        };
        match files {
            Ok(files) => {
                for (below, text) in files.into_iter().filter(|(name, _)| !is_cases(name)) {
                    let whole = if path.is_dir() { path.join(&below) } else { path.clone() };
                    let name = place_in_book(current, &whole).unwrap_or(below);
                    if found.insert(name.clone(), text).is_some() {
                        errors.push(format!("{name}: the draft has it twice; keep one"));
                    }
                }
            }
            Err(more) => errors.extend(more),
        }
    }
    if found.is_empty() && errors.is_empty() {
        errors.push("the draft has no policy file (*.toml)".to_owned());
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

fn is_cases(name: &str) -> bool {
    name.ends_with("cases.toml")
}

/// The book's file whose path a path ends with; of several the longest.
fn place_in_book(current: &LoadedBook, path: &Path) -> Option<String> {
    let parts = |path: &Path| -> Vec<String> {
        let normal = path.components().filter(|part| matches!(part, Component::Normal(_)));
        normal.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let whole = parts(path);
    let names = current.files.iter().map(|(name, _)| name);
    names
        .filter(|name| whole.ends_with(&parts(Path::new(name))))
        .max_by_key(|name| name.len())
        .cloned()
}

/// Takes what the draft serves out of the book's other policies; one that serves nobody any more goes.
fn give_way(written: &mut WrittenBook, draft: &BTreeSet<&str>, replaced: &mut BTreeSet<String>) {
    let served: BTreeSet<Served> = written
        .policies
        .iter()
        .filter(|policy| draft.contains(&*policy.file))
        .flat_map(serves)
        .collect();
    for policy in written.policies.iter_mut().filter(|policy| !draft.contains(&*policy.file)) {
        let before = policy.insurance.len();
        let region = policy.region;
        policy.insurance.retain(|insurance| !served.contains(&(region, *insurance)));
        if policy.insurance.len() < before {
            replaced.insert(policy.file.to_string());
        }
    }
    written.policies.retain(|policy| !policy.insurance.is_empty());
}

fn serves(policy: &Written) -> impl Iterator<Item = Served> + '_ {
    policy.insurance.iter().map(|insurance| (policy.region, *insurance))
}

/// What the draft's own files serve, what files in their place served, and what rests on a base of the draft.
fn touched(before: &WrittenBook, after: &WrittenBook, draft: &BTreeSet<&str>) -> BTreeSet<Served> {
    let named = |policy: &Written| draft.contains(&*policy.file);
    let rests = |policy: &Written| after.bases_of(policy).into_iter().any(named);
    let gone = before.policies.iter().filter(|policy| named(policy));
    let now = after.policies.iter().filter(|policy| named(policy) || rests(policy));
    gone.chain(now).flat_map(serves).collect()
}
