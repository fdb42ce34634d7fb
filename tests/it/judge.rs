//! Whole nights against the plain model: see `plain`.

use std::path::{Path, PathBuf};

use crate::plain;
use crate::support::{self, medsettle, root, stderr};

/// Runs the days of a pipeline in one store and judges what was published.
fn judged(pipeline: &Path, store: &Path, days: &[&str]) -> Vec<String> {
    for day in days {
        let output = support::run(pipeline, store, &["--date", day]);
        let code = output.status.code().unwrap();
        assert!(matches!(code, 0 | 3), "{day}: {code}\n{}", stderr(&output));
    }
    plain::judge(pipeline, days, store)
}

/// Stops with the differences, the first hundred of them.
fn none(differences: Vec<String>) {
    let shown: Vec<&str> = differences.iter().take(100).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), shown.join("\n"));
}

fn synth(folder: &Path, arguments: &[&str]) -> PathBuf {
    let night = folder.join("night");
    let mut all = vec!["synth", "--out", night.to_str().unwrap()];
    all.extend(arguments);
    let output = medsettle(&all);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    night.join("pipeline.toml")
}

/// The night of `fixtures/errors/base`, as its cases start from it.
fn base(night: &Path) -> PathBuf {
    support::copy(&root().join("fixtures/errors/base"), night);
    let pipeline = night.join("pipeline.toml");
    let text = std::fs::read_to_string(&pipeline).unwrap();
    let policy = root().join("pipelines/policy");
    std::fs::write(&pipeline, text.replace("POLICY", policy.to_str().unwrap())).unwrap();
    let one = night.join("inbox/one");
    std::fs::create_dir_all(&one).unwrap();
    for name in ["settlements.csv", "fees.csv"] {
        std::fs::rename(night.join(name), one.join(name)).unwrap();
    }
    support::write_manifest(&one, "H31011500002", "2026-03-10", 1);
    pipeline
}

#[test]
fn the_base_night_of_the_error_cases() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base(&folder.path().join("night"));
    none(judged(&pipeline, &folder.path().join("store"), &["2026-03-10"]));
}

#[test]
fn the_example_night() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = root().join("pipelines/example.toml");
    none(judged(&pipeline, &folder.path().join("store"), &["2026-03-10"]));
}

#[test]
fn synthetic_nights() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--claims", "3000", "--seed", "7", "--nights", "3", "--dirty", "0.05"];
    let pipeline = synth(folder.path(), &arguments);
    let days = ["2026-03-10", "2026-03-11", "2026-03-12"];
    none(judged(&pipeline, &folder.path().join("store"), &days));
}
