//! The policy book: every `*.toml` under a folder, in path order.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::policy::document::{Place, Problem};
use crate::policy::written::{WrittenBook, read_files};
use crate::policy::{PolicyBook, compile};

/// A loaded book with the digest of its files.
#[derive(Debug)]
pub struct LoadedBook {
    pub book: PolicyBook,
    /// The same, as the clerks wrote it.
    pub written: WrittenBook,
    /// SHA-256 over names and contents.
    pub digest: [u8; 32],
    /// Relative path and text of each file.
    pub files: Vec<(String, String)>,
}

/// Loads every policy under `roots`. Cases beside the policies belong to the digest no more than comments do: they are left out.
///
/// # Errors
/// All mistakes of all files.
pub fn load(roots: &[PathBuf]) -> Result<LoadedBook, Vec<String>> {
    match texts(roots) {
        Ok(files) => read(files),
        Err(problems) => Err(problems),
    }
}

/// Relative path and text of every policy and case file under `roots`, in path order.
///
/// # Errors
/// All files that cannot be read or are not UTF-8.
pub fn texts(roots: &[PathBuf]) -> Result<Vec<(String, String)>, Vec<String>> {
    let (files, problems) = gather(roots);
    if problems.is_empty() {
        Ok(files)
    } else {
        Err(problems.iter().map(ToString::to_string).collect())
    }
}

/// What could be read, and what not; a problem of a whole file has no place.
fn gather(roots: &[PathBuf]) -> (Vec<(String, String)>, Vec<Problem>) {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    let unreadable = |file: String, error: std::io::Error| {
        let remedy = "check the path and who may read it".into();
        Problem { file, place: Place::default(), what: error.to_string(), remedy }
    };
    for root in roots {
        let mut paths = Vec::new();
        if let Err(error) = collect(root, &mut paths) {
            problems.push(unreadable(root.display().to_string(), error));
        }
        paths.sort();
        for path in paths {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            match std::fs::read(&path) {
                Ok(bytes) => match utf8(&name, bytes) {
                    Ok(text) => files.push((name, text)),
                    Err(problem) => problems.push(problem),
                },
                Err(error) => problems.push(unreadable(name, error)),
            }
        }
    }
    (files, problems)
}

/// A book for proofs: everything that is wrong with it, and what of it is sound.
#[derive(Debug)]
pub struct Opened {
    /// Policies that were read and compiled, and all bases.
    pub written: WrittenBook,
    pub book: PolicyBook,
    /// By file and place.
    pub problems: Vec<Problem>,
    /// How many policies were left out because of problems.
    pub left_out: usize,
}

/// Opens a book; policies with problems, in themselves or in a base, are left out.
pub fn open(roots: &[PathBuf]) -> Opened {
    let (files, mut problems) = gather(roots);
    let mut written = read_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let book = compile::compile(&written).unwrap_or_else(|more| {
        problems.extend(more);
        PolicyBook::default()
    });
    problems.sort();
    problems.dedup();
    if problems.is_empty() {
        return Opened { written, book, problems, left_out: 0 };
    }
    let all = written.policies.len();
    let wrong = |file: &str| problems.iter().any(|problem| problem.file == file);
    let sound: Vec<bool> = written
        .policies
        .iter()
        .map(|policy| {
            !wrong(&policy.file) && !written.bases_of(policy).iter().any(|base| wrong(&base.file))
        })
        .collect();
    let mut sound = sound.into_iter();
    written.policies.retain(|_| sound.next().unwrap_or(false));
    written.problems.clear();
    let book = compile::compile(&written).unwrap_or_default();
    let left_out = all - written.policies.len();
    Opened { written, book, problems, left_out }
}

/// Name and text of one policy or case file: the name is its own and its folder's.
///
/// # Errors
/// A file that cannot be read or is not UTF-8.
pub fn text(path: &Path) -> Result<(String, String), Vec<String>> {
    let parts: Vec<_> = path.iter().collect();
    let name: PathBuf = parts[parts.len().saturating_sub(2)..].iter().collect();
    let name = name.to_string_lossy().into_owned();
    let bytes =
        std::fs::read(path).map_err(|error| vec![format!("{}: {error}", path.display())])?;
    let text = utf8(&name, bytes).map_err(|problem| vec![problem.to_string()])?;
    Ok((name, text))
}

/// The text of a file, or where it stops being UTF-8.
fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        let last = good.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let column = String::from_utf8_lossy(last).chars().count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Problem {
            file: name.to_owned(),
            place: Place { line: number(line), column: number(column) },
            what: "is not UTF-8 (perhaps GB18030)".into(),
            remedy: "save the file as UTF-8".into(),
        }
    })
}

/// Reads a book from texts.
///
/// # Errors
/// All mistakes of all files.
pub fn read(files: Vec<(String, String)>) -> Result<LoadedBook, Vec<String>> {
    let files: Vec<(String, String)> =
        files.into_iter().filter(|(name, _)| !name.ends_with("cases.toml")).collect();
    let mut hash = Sha256::new();
    for (name, text) in &files {
        hash.update(name);
        hash.update([0]);
        hash.update(text);
        hash.update([0]);
    }
    let written = read_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let book = compile::compile(&written)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    Ok(LoadedBook { book, written, digest: hash.finalize().into(), files })
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
