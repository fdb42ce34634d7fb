//! The policy book: every `*.toml` under a folder, in path order.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::policy::{PolicyBook, parse};

/// A loaded book with the digest of its files.
#[derive(Debug)]
pub struct LoadedBook {
    pub book: PolicyBook,
    /// SHA-256 over names and contents.
    pub digest: [u8; 32],
    /// Relative path and text of each file.
    pub files: Vec<(String, String)>,
}

/// Loads every policy under `roots`.
///
/// # Errors
/// All mistakes of all files.
pub fn load(roots: &[PathBuf]) -> Result<LoadedBook, Vec<String>> {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for root in roots {
        let mut paths = Vec::new();
        if let Err(error) = collect(root, &mut paths) {
            errors.push(format!("{}: {error}", root.display()));
        }
        paths.sort();
        for path in paths {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            match std::fs::read(&path).map(String::from_utf8) {
                Ok(Ok(text)) => files.push((name, text)),
                Ok(Err(_)) => errors.push(format!("{name}: is not UTF-8; save it as UTF-8")),
                Err(error) => errors.push(format!("{name}: {error}")),
            }
        }
    }
    if errors.is_empty() { read(files) } else { Err(errors) }
}

/// Reads a book from texts.
///
/// # Errors
/// All mistakes of all files.
pub fn read(files: Vec<(String, String)>) -> Result<LoadedBook, Vec<String>> {
    let (mut rules, mut policies, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let mut hash = Sha256::new();
    for (name, text) in &files {
        hash.update(name);
        hash.update([0]);
        hash.update(text);
        hash.update([0]);
        match parse::policy(name, text, &mut rules) {
            Ok(policy) => policies.push(policy),
            Err(mut found) => errors.append(&mut found),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let book = PolicyBook::new(policies, rules).map_err(|error| vec![error])?;
    Ok(LoadedBook { book, digest: hash.finalize().into(), files })
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    Ok(())
}
