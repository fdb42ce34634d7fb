//! Whole nights against the plain model: see `plain`.

use std::path::{Path, PathBuf};

use crate::plain::fold::Fold;
use crate::plain::{self, rich};
use crate::support::{self, medsettle, root, stderr};
use crate::tables;

/// Runs the days of a pipeline in one store and judges what was published.
pub fn judged(pipeline: &Path, store: &Path, days: &[&str]) -> Vec<String> {
    let mut fold = Fold::default();
    let mut differences = Vec::new();
    for day in days {
        let output = support::run(pipeline, store, &["--date", day]);
        let code = output.status.code().unwrap();
        assert!(matches!(code, 0 | 3), "{day}: {code}\n{}", stderr(&output));
        differences.extend(plain::judge(&mut fold, pipeline, day, store));
    }
    differences
}

/// Stops with the differences, the first hundred of them.
pub fn none(differences: Vec<String>) {
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

#[test]
fn nights_made_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = rich::rich().write(&folder.path().join("night"));
    let store = folder.path().join("store");
    let differences = judged(&pipeline, &store, &rich::NIGHTS);
    covers(&store);
    none(differences);
}

/// The nights made by hand are rich: every standing, every kind of payer, segments, caps and reversals occur.
fn covers(store: &Path) {
    let settled = tables::all(store, "settlement");
    let count =
        |holds: &dyn Fn(&tables::Row) -> bool| settled.iter().filter(|row| holds(row)).count();
    for class in [
        "local",
        "long_term",
        "referral",
        "emergency",
        "other_temporary",
        "unfiled",
        "long_term_return",
    ] {
        assert!(count(&|row| row["filing_class"] == class) > 10, "{class}");
    }
    for column in [
        "hifp_pay",
        "hifob_pay",
        "hifmi_pay",
        "hosp_part_amt",
        "cvlserv_pay",
        "maf_pay",
        "oth_pay",
        "acct_pay",
        "acct_mulaid_pay",
        "out_of_area_first",
        "psn_cash_pay",
    ] {
        assert!(count(&|row| tables::fen(row, column) > 0) > 5, "{column}");
    }
    for step in [";C:", ";S:", ";A:"] {
        assert!(count(&|row| row["setl_proc_info"].contains(step)) > 50, "{step}");
    }
    assert!(count(&|row| row["refd_setl_flag"] == "1") > 200);
    let stopped = tables::all(store, "not_settled");
    for code in ["D602", "D603", "E505", "E508", "E509", "E510", "H702"] {
        assert!(stopped.iter().any(|row| row["code"] == code), "{code}");
    }
}

#[test]
fn the_judge_sees_one_wrong_fen() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = base(&folder.path().join("night"));
    let store = folder.path().join("store");
    none(judged(&pipeline, &store, &["2026-03-10"]));
    let outbox = store.join("outbox");
    let files = support::files(&outbox);
    let file = files.iter().find(|file| file.ends_with("insured_settlement_detail.csv")).unwrap();
    let text = std::fs::read_to_string(outbox.join(file)).unwrap();
    assert!(text.contains(",24.15,"));
    std::fs::write(outbox.join(file), text.replacen(",24.15,", ",24.16,", 1)).unwrap();
    let found = plain::judge(&mut Fold::default(), &pipeline, "2026-03-10", &store);
    let expected =
        "2026-03-10: insured_settlement_detail.csv S1: preselfpay_amt: model 24.15, program 24.16";
    assert_eq!(found, [expected]);
}

#[test]
fn synthetic_nights_of_other_seeds() {
    for seed in ["21", "22", "23"] {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["--claims", "1500", "--seed", seed, "--nights", "2", "--dirty", "0.3"];
        let pipeline = synth(folder.path(), &arguments);
        let store = folder.path().join("store");
        none(judged(&pipeline, &store, &["2026-03-10", "2026-03-11"]));
    }
}

#[test]
fn nights_that_hold_differences_and_clear_funds_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut hand = rich::rich();
    hand.keys =
        "on_difference = \"hold\"\nclear_base = \"funds\"\nline_tolerance = \"0.00\"\n".to_owned();
    let pipeline = hand.write(&folder.path().join("night"));
    let store = folder.path().join("store");
    let differences = judged(&pipeline, &store, &rich::NIGHTS);
    let stopped = tables::all(&store, "not_settled");
    assert!(stopped.iter().filter(|row| row["code"] == "H704").count() > 50);
    none(differences);
}

#[test]
fn two_runs_of_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = rich::rich().write(&folder.path().join("night"));
    let (store, inbox) = (folder.path().join("store"), folder.path().join("night/inbox"));
    let (day, next) = (rich::NIGHTS[0], rich::NIGHTS[1]);
    // Half of the submissions come after the first run, and are settled after what it booked whatever their time.
    let late = folder.path().join("late");
    std::fs::create_dir_all(&late).unwrap();
    let mut folders: Vec<_> =
        std::fs::read_dir(inbox.join(day)).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let folders: Vec<_> = folders.iter().skip(1).step_by(2).collect();
    let name = |path: &Path| path.file_name().unwrap().to_owned();
    for path in &folders {
        std::fs::rename(path, late.join(name(path))).unwrap();
    }
    let mut fold = Fold::default();
    let mut differences = Vec::new();
    for (run, day) in [day, day, next].into_iter().enumerate() {
        if run == 1 {
            for path in &folders {
                std::fs::rename(late.join(name(path)), path).unwrap();
            }
        }
        let output = support::run(&pipeline, &store, &["--date", day]);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", stderr(&output));
        differences.extend(plain::judge(&mut fold, &pipeline, day, &store));
    }
    none(differences);
}
