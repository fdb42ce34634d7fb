//! Every code has an input that triggers it: `fixtures/errors/cases.toml`. A code without a case fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use medsettle::claim::{Code, Outcome};
use serde::Deserialize;

use crate::support;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    code: String,
    #[serde(default)]
    warning: bool,
    #[serde(default)]
    file: String,
    #[serde(default)]
    find: String,
    #[serde(default)]
    replace: String,
    /// Hexadecimal, in place of `replace`.
    #[serde(default)]
    bytes: String,
    #[serde(default)]
    all: bool,
    #[serde(default)]
    also: Vec<(String, String)>,
    also_in: Option<Edit>,
    #[serde(default)]
    append: String,
    repeat_line: Option<usize>,
    #[serde(default)]
    rename: String,
    manifest: Option<Swap>,
    after: Option<After>,
    /// This file's size and digest are put right in the manifest after `after`.
    #[serde(default)]
    manifest_bytes: String,
    #[serde(default)]
    remove: String,
    #[serde(default)]
    twice: bool,
    #[serde(default)]
    pipeline: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Edit {
    file: String,
    find: String,
    replace: String,
}

#[derive(Deserialize)]
struct Swap {
    find: String,
    replace: String,
}

#[derive(Deserialize)]
struct After {
    file: String,
    #[serde(default)]
    find: String,
    #[serde(default)]
    replace: String,
    truncate: Option<usize>,
}

fn edit(path: &Path, find: &[u8], replace: &[u8], all: bool) {
    let mut bytes = std::fs::read(path).unwrap();
    let mut from = 0;
    let mut found = false;
    while let Some(at) = bytes[from..].windows(find.len()).position(|w| w == find) {
        let at = from + at;
        bytes.splice(at..at + find.len(), replace.iter().copied());
        from = at + replace.len();
        found = true;
        if !all {
            break;
        }
    }
    assert!(found, "{}: {:?} is not there", path.display(), String::from_utf8_lossy(find));
    std::fs::write(path, bytes).unwrap();
}

/// Where a file of the base stands in a test night.
fn place_of(night: &Path, submission: &Path, file: &str) -> std::path::PathBuf {
    if matches!(file, "settlements.csv" | "fees.csv" | "manifest.json") {
        submission.join(file)
    } else {
        night.join(file)
    }
}

fn prepare(case: &Case, night: &Path) {
    support::copy(&support::root().join("fixtures/errors/base"), night);
    let pipeline = night.join("pipeline.toml");
    let policy = support::root().join("pipelines/policy");
    edit(&pipeline, b"POLICY", policy.to_str().unwrap().as_bytes(), false);
    if !case.pipeline.is_empty() {
        let text = std::fs::read_to_string(&pipeline).unwrap();
        std::fs::write(&pipeline, format!("{text}{}\n", case.pipeline)).unwrap();
    }
    let one = night.join("inbox/one");
    std::fs::create_dir_all(&one).unwrap();
    for name in ["settlements.csv", "fees.csv"] {
        std::fs::rename(night.join(name), one.join(name)).unwrap();
    }
    edits(case, night, &one);
    support::write_manifest(&one, "H31011500002", "2026-03-10", 1);
    if let Some(swap) = &case.manifest {
        let (find, replace) = (swap.find.as_bytes(), swap.replace.as_bytes());
        edit(&one.join("manifest.json"), find, replace, false);
    }
    if let Some(after) = &case.after {
        let path = one.join(&after.file);
        match after.truncate {
            Some(length) => {
                let bytes = std::fs::read(&path).unwrap();
                std::fs::write(&path, &bytes[..length]).unwrap();
            }
            None => edit(&path, after.find.as_bytes(), after.replace.as_bytes(), false),
        }
    }
    if !case.manifest_bytes.is_empty() {
        support::write_manifest(&one, "H31011500002", "2026-03-10", 1);
    }
    if !case.remove.is_empty() {
        std::fs::remove_file(one.join(&case.remove)).unwrap();
    }
    if case.twice {
        let two = night.join("inbox/two");
        support::copy(&one, &two);
        edit(&two.join("settlements.csv"), b"45.20,0", b"45.200,0", false);
        support::write_manifest(&two, "H31011500002", "2026-03-10", 1);
    }
}

fn edits(case: &Case, night: &Path, one: &Path) {
    if !case.find.is_empty() {
        let path = place_of(night, one, &case.file);
        let replace = if case.bytes.is_empty() {
            case.replace.as_bytes().to_vec()
        } else {
            (0..case.bytes.len())
                .step_by(2)
                .map(|i| u8::from_str_radix(&case.bytes[i..i + 2], 16).unwrap())
                .collect()
        };
        edit(&path, case.find.as_bytes(), &replace, case.all);
        for (find, replace) in &case.also {
            edit(&path, find.as_bytes(), replace.as_bytes(), false);
        }
    }
    if let Some(also) = &case.also_in {
        let path = place_of(night, one, &also.file);
        edit(&path, also.find.as_bytes(), also.replace.as_bytes(), case.all);
    }
    if !case.append.is_empty() || case.repeat_line.is_some() {
        let path = one.join(&case.file);
        let mut text = std::fs::read_to_string(&path).unwrap();
        if let Some(line) = case.repeat_line {
            let copy = text.lines().nth(line - 1).unwrap().to_owned();
            text.push_str(&format!("{copy}\n"));
        }
        if !case.append.is_empty() {
            text.push_str(&format!("{}\n", case.append));
        }
        std::fs::write(&path, text).unwrap();
    }
    if !case.rename.is_empty() {
        std::fs::rename(one.join(&case.file), one.join(&case.rename)).unwrap();
    }
}

/// All text that a run gave to people: what it printed and what it sent back.
fn told(store: &Path, output: &std::process::Output) -> BTreeMap<String, String> {
    let mut told = BTreeMap::from([
        ("stderr".to_owned(), support::stderr(output)),
        ("stdout".to_owned(), support::stdout(output)),
    ]);
    for file in support::files(&store.join("outbox")) {
        let name = file.display().to_string();
        if name.contains("returns/") {
            let text = std::fs::read_to_string(store.join("outbox").join(&file)).unwrap();
            told.insert(name, text);
        }
    }
    told
}

fn check(case: &Case) {
    let folder = tempfile::tempdir().unwrap();
    let (night, store) = (folder.path().join("night"), folder.path().join("store"));
    prepare(case, &night);
    let output = support::run(&night.join("pipeline.toml"), &store, &[]);
    let exit = output.status.code().unwrap();
    let told = told(&store, &output);
    let all: String = told.values().map(String::as_str).collect::<Vec<_>>().join("\n");
    let code = Code::ALL.iter().find(|c| c.text() == case.code).unwrap();
    if case.warning {
        assert!(warned(&store, &case.code), "{}: no settled record warns\n{all}", case.code);
        return;
    }
    assert!(all.contains(&case.code), "{}: not reported (exit {exit})\n{all}", case.code);
    assert!(all.contains(code.remedy()), "{}: no word on what to do\n{all}", case.code);
    assert!(all.contains(&case.message), "{}: does not say {:?}\n{all}", case.code, case.message);
    if !case.place.is_empty() {
        assert!(all.contains(&case.place), "{}: not at {}\n{all}", case.code, case.place);
    }
    let expected: &[i32] = match code.outcome() {
        Outcome::Refuse => &[3, 5],
        _ => &[3],
    };
    assert!(expected.contains(&exit), "{}: exit {exit}\n{all}", case.code);
    for person in ["11000000000000000001", "110100198001010014"] {
        assert!(!support::stderr(&output).contains(person), "{}: a person leaks", case.code);
    }
}

/// Whether a settled row of the insured region's detail carries the warning.
fn warned(store: &Path, code: &str) -> bool {
    support::files(&store.join("outbox")).iter().any(|file| {
        file.ends_with("insured_settlement_detail.csv")
            && std::fs::read_to_string(store.join("outbox").join(file)).unwrap().contains(code)
    })
}

#[test]
fn every_code_is_triggered_by_its_case() {
    let path = support::root().join("fixtures/errors/cases.toml");
    let cases: Cases = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let covered: BTreeSet<&str> = cases.case.iter().map(|case| case.code.as_str()).collect();
    let missing: Vec<&str> =
        Code::ALL.iter().map(|c| c.text()).filter(|code| !covered.contains(code)).collect();
    assert!(missing.is_empty(), "codes without a case: {missing:?}");
    let mut failures = Vec::new();
    for (number, case) in cases.case.iter().enumerate() {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(case)));
        if let Err(panic) = result {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
                .unwrap_or_default();
            failures.push(format!("case {} {}", number + 1, text));
        }
    }
    assert!(failures.is_empty(), "{} cases fail\n{}", failures.len(), failures.join("\n----\n"));
}

#[test]
fn the_base_night_settles_without_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let (night, store) = (folder.path().join("night"), folder.path().join("store"));
    let case: Case = toml::from_str("code = \"\"").unwrap();
    prepare(&case, &night);
    let output = support::run(&night.join("pipeline.toml"), &store, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", support::stderr(&output));
    let again = support::run(&night.join("pipeline.toml"), &store, &[]);
    assert_eq!(again.status.code(), Some(0));
    assert!(support::stderr(&again).contains("nothing new"), "{}", support::stderr(&again));
}
