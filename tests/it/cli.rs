//! Commands as exit code, stdout and stderr.

use std::path::Path;

use crate::support::{self, medsettle, root, stderr, stdout};

fn code(output: &std::process::Output) -> i32 {
    output.status.code().unwrap()
}

/// The tiny night of `fixtures/errors`, ready to run.
pub fn base_night(folder: &Path, pipeline: &str) -> std::path::PathBuf {
    let night = folder.join("night");
    support::copy(&root().join("fixtures/errors/base"), &night);
    let policy = root().join("pipelines/policy");
    let text = std::fs::read_to_string(night.join("pipeline.toml")).unwrap();
    let text = text.replace("POLICY", policy.to_str().unwrap());
    std::fs::write(night.join("pipeline.toml"), format!("{text}{pipeline}\n")).unwrap();
    let one = night.join("inbox/one");
    std::fs::create_dir_all(&one).unwrap();
    for name in ["settlements.csv", "fees.csv"] {
        std::fs::rename(night.join(name), one.join(name)).unwrap();
    }
    support::write_manifest(&one, "H31011500002", "2026-03-10", 1);
    night.join("pipeline.toml")
}

#[test]
fn help_tells_exit_codes_and_every_command() {
    let output = medsettle(&["--help"]);
    assert_eq!(code(&output), 0);
    let text = stdout(&output);
    for word in ["run", "check", "explain", "runs", "synth", "Exit codes", "6 out of balance"] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
}

#[test]
fn wrong_usage_is_two() {
    for arguments in [
        &["run"][..],
        &["run", "no-such-file.toml"],
        &["run", "no-such-file.toml", "--date", "2026-02-30"],
        &["frobnicate"],
        &["runs", "list", "--store", "no-such-store"],
        &["explain", "S1", "--store", "no-such-store"],
    ] {
        let output = medsettle(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}\n{}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}: talk on stdout");
    }
}

#[test]
fn the_clock_never_decides_the_day() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base_night(folder.path(), "");
    let text = std::fs::read_to_string(&pipeline).unwrap();
    let without: String =
        text.lines().filter(|l| !l.starts_with("date")).collect::<Vec<_>>().join("\n");
    std::fs::write(&pipeline, without).unwrap();
    let store = folder.path().join("store");
    let output = support::run(&pipeline, &store, &[]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("no date"), "{}", stderr(&output));
    assert_eq!(code(&support::run(&pipeline, &store, &["--date", "2026-03-10"])), 0);
}

#[test]
fn a_missing_expected_submission_is_four() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base_night(folder.path(), "expected = [\"H31011500002\", \"H11010500001\"]");
    let store = folder.path().join("store");
    let output = support::run(&pipeline, &store, &[]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(stderr(&output).contains("H11010500001"));
    assert!(support::published(&store).is_empty());
    let text = std::fs::read_to_string(&pipeline).unwrap();
    std::fs::write(&pipeline, format!("{text}proceed_when_missing = true\n")).unwrap();
    assert_eq!(code(&support::run(&pipeline, &store, &[])), 0);
}

#[test]
fn a_held_store_is_seven() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base_night(folder.path(), "");
    let store = folder.path().join("store");
    std::fs::create_dir_all(&store).unwrap();
    let lock = std::fs::File::create(store.join("lock")).unwrap();
    lock.lock().unwrap();
    let output = support::run(&pipeline, &store, &[]);
    assert_eq!(code(&output), 7, "{}", stderr(&output));
    drop(lock);
    assert_eq!(code(&support::run(&pipeline, &store, &[])), 0);
}

#[test]
fn a_store_that_cannot_be_written_is_eight() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base_night(folder.path(), "");
    let store = folder.path().join("store");
    std::fs::write(&store, "a file stands in the way").unwrap();
    let output = support::run(&pipeline, &store, &[]);
    assert_eq!(code(&output), 8, "{}", stderr(&output));
}

#[test]
fn a_dry_run_publishes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base_night(folder.path(), "");
    let store = folder.path().join("store");
    let output = support::run(&pipeline, &store, &["--dry-run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("settled"));
    assert!(support::published(&store).is_empty());
    assert!(!store.join("inputs").exists());
    let output = support::run(&pipeline, &store, &[]);
    assert_eq!(code(&output), 0);
    assert!(!support::published(&store).is_empty());
}

#[test]
fn json_goes_to_stdout_and_parses() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base_night(folder.path(), "");
    let store = folder.path().join("store");
    let output = support::run(&pipeline, &store, &["--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["submissions_accepted"], 1);
    assert_eq!(summary["counts"][1]["key"], "settled");
    assert_eq!(summary["counts"][1]["fee_fen"], 334_670);
    let store = store.to_str().unwrap();
    let listed = medsettle(&["runs", "list", "--store", store, "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let run_id = listed[0]["run_id"].as_str().unwrap();
    let shown = medsettle(&["runs", "show", run_id, "--store", store, "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["run_id"], run_id);
    let story = medsettle(&["explain", "S1", "--store", store, "--lines", "--json"]);
    let story: serde_json::Value = serde_json::from_slice(&story.stdout).unwrap();
    assert_eq!(story[0]["setl_id"], "S1");
    assert_eq!(story[0]["lines"].as_array().unwrap().len(), 3);
    let checked = medsettle(&["check", pipeline.to_str().unwrap(), "--json"]);
    let checked: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(checked["errors"].as_array().unwrap().len(), 0);
}

#[test]
fn explain_says_where_every_fen_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base_night(folder.path(), "");
    let store = folder.path().join("store");
    support::run(&pipeline, &store, &[]);
    let output = medsettle(&["explain", "S1", "--store", store.to_str().unwrap(), "--lines"]);
    assert_eq!(code(&output), 0);
    let text = stdout(&output);
    for word in [
        "H31011500002/2026-03-10/1, settlements line 2",
        "第三十六条",
        "起付线 deductible",
        "inpatient.paid",
        "应付异地就医清算款",
        "XB02",
    ] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
    let unknown = medsettle(&["explain", "NOPE", "--store", store.to_str().unwrap()]);
    assert_eq!(code(&unknown), 2);
}

#[test]
fn an_interrupted_run_is_nine_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let night = folder.path().join("synth");
    let made = medsettle(&["synth", "--out", night.to_str().unwrap(), "--claims", "20000"]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let store = folder.path().join("store");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_medsettle"))
        .args(["run", night.join("pipeline.toml").to_str().unwrap()])
        .args(["--store", store.to_str().unwrap(), "--threads", "1"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Wait until it is at work, then ask it to stop.
    while !store.join("work").exists() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let asked = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(asked.success());
    assert_eq!(child.wait().unwrap().code(), Some(9));
    assert!(support::published(&store).is_empty());
}
