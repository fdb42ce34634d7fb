//! Synthetic nights: what was planted comes out as the truth says, and nothing else does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::night::synth;
use crate::support::{self, medsettle, stderr};
use crate::tables::{self, Row};

const DAYS: [&str; 2] = ["2026-03-10", "2026-03-11"];

fn truth(night: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(night.join("truth/planted.csv")).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// A record: its id and line.
fn key(row: &Row, line: &str) -> (String, String) {
    (row["setl_id"].clone(), row[line].clone())
}

/// First reason of every refused submission, by folder.
fn refused(store: &Path) -> BTreeMap<String, String> {
    let outbox = store.join("outbox");
    support::files(&outbox)
        .iter()
        .filter(|file| file.to_string_lossy().contains("/refused-"))
        .map(|file| {
            let text = std::fs::read_to_string(outbox.join(file)).unwrap();
            let refusal: serde_json::Value = serde_json::from_str(&text).unwrap();
            let of = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (of(&refusal["folder"]), of(&refusal["reasons"][0]["code"]))
        })
        .collect()
}

/// What a store published about its records.
struct Published {
    settled: BTreeMap<String, Row>,
    stopped: BTreeMap<(String, String), Row>,
    refused: BTreeMap<String, String>,
    differing: BTreeSet<String>,
}

impl Published {
    fn read(store: &Path) -> Published {
        let settled = tables::all(store, "settlement");
        let stopped = tables::all(store, "not_settled");
        let breaks = tables::all(store, "reconciliation_break");
        Published {
            settled: settled.into_iter().map(|row| (row["setl_id"].clone(), row)).collect(),
            stopped: stopped.into_iter().map(|row| (key(&row, "source_line"), row)).collect(),
            refused: refused(store),
            differing: breaks.into_iter().map(|row| row["setl_id"].clone()).collect(),
        }
    }

    /// What is not as expected of a planted record.
    fn wrong(&self, planted: &Row) -> Option<String> {
        let settled = self.settled.get(&planted["setl_id"]);
        let stopped = self.stopped.get(&key(planted, "line"));
        match planted["outcome"].as_str() {
            "settled" => match settled {
                Some(row) => wrongly_settled(planted, row, &self.differing),
                None => Some(format!("did not settle: {stopped:?}")),
            },
            "refused" => {
                let day = planted["date"].replace('-', "");
                let code = self.refused.get(&format!("{}-{day}-1", planted["institution"]));
                let as_planted = code == Some(&planted["code"]) && settled.is_none();
                (!as_planted).then(|| format!("not refused: {code:?}"))
            }
            outcome => {
                let found = stopped.map(|row| (row["outcome"].as_str(), row["code"].as_str()));
                let expected = (outcome, planted["code"].as_str());
                (found != Some(expected)).then(|| format!("{found:?}, settled: {settled:?}"))
            }
        }
    }
}

fn wrongly_settled(planted: &Row, row: &Row, differing: &BTreeSet<String>) -> Option<String> {
    let kind = planted["kind"].as_str();
    let filing = row["filing_class"].as_str();
    let class_expected = match kind {
        "unfiled" | "emergency" => Some(kind),
        _ => kind.strip_prefix("late_filed_"),
    };
    let is_as_planted = row["warnings"] == planted["code"]
        && class_expected.is_none_or(|class| class == filing)
        && (row["refd_setl_flag"] == "1") == kind.starts_with("reversal")
        && differing.contains(&planted["setl_id"]) == (kind == "declared_differs");
    (!is_as_planted).then(|| format!("{row:?}"))
}

/// Runs both nights of a synthetic folder and holds what was published against the truth.
fn check(night: &Path, exits: &[i32]) -> Published {
    let store = night.join("store");
    for day in DAYS {
        let output = support::run(&night.join("pipeline.toml"), &store, &["--date", day]);
        let exit = output.status.code().unwrap();
        assert!(exits.contains(&exit), "{day}: exit {exit}\n{}", stderr(&output));
    }
    let (truth, published) = (truth(night), Published::read(&store));
    let wrong: Vec<String> = truth
        .iter()
        .filter_map(|row| published.wrong(row).map(|found| format!("{row:?}\n  {found}")))
        .collect();
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), truth.len(), wrong.join("\n"));
    let expected: BTreeSet<(String, String)> = truth
        .iter()
        .filter(|row| matches!(row["outcome"].as_str(), "rejected" | "held"))
        .map(|row| key(row, "line"))
        .collect();
    let stopped: BTreeSet<(String, String)> = published.stopped.keys().cloned().collect();
    let unplanted: Vec<_> = stopped.difference(&expected).collect();
    assert!(unplanted.is_empty(), "stopped, though nothing was planted: {unplanted:?}");
    let planted: BTreeSet<&String> = truth.iter().map(|row| &row["setl_id"]).collect();
    for (id, row) in &published.settled {
        let as_planted = planted.contains(id);
        let is_plain = row["warnings"].is_empty() && !published.differing.contains(id);
        assert!(as_planted || is_plain, "warned or differing, though nothing was planted: {row:?}");
    }
    published
}

#[test]
fn everything_planted_is_found_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--claims", "4000", "--nights", "2", "--dirty", "0.05", "--seed", "3"];
    let pipeline = synth(folder.path(), &arguments);
    let night = pipeline.parent().unwrap();
    let published = check(night, &[3]);
    assert_eq!(published.refused.len(), 10, "{:?}", published.refused);
    let kinds: BTreeSet<String> = truth(night).into_iter().map(|row| row["kind"].clone()).collect();
    // 25 planted errors, 5 refusals, 2 reversals, 3 late filings, unfiled, emergency.
    assert_eq!(kinds.len(), 37, "{kinds:?}");
    let summary = std::fs::read_to_string(night.join("truth/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    for (kind, count) in summary["planted"].as_object().unwrap() {
        let rows = truth(night).iter().filter(|row| row["kind"] == *kind).count();
        assert_eq!(count.as_u64(), Some(rows as u64), "{kind}");
    }
    let refused = truth(night).iter().filter(|row| row["outcome"] == "refused").count();
    let stray = truth(night).iter().filter(|row| row["kind"] == "line_without_claim").count();
    // The first of two equal rows settles, so that rows count records and not ids.
    let records = tables::all(&night.join("store"), "settlement").len()
        + tables::all(&night.join("store"), "not_settled").len();
    assert_eq!(summary["settlement_rows"].as_u64(), Some((records + refused - stray) as u64));
}

#[test]
fn a_clean_night_stops_only_what_nobody_filed() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--claims", "1500", "--nights", "2", "--compress", "zst", "--seed", "8"];
    let pipeline = synth(folder.path(), &arguments);
    let published = check(pipeline.parent().unwrap(), &[0, 3]);
    assert!(published.refused.is_empty() && published.differing.is_empty());
    assert!(published.stopped.values().all(|row| row["code"] == "E509"));
}

#[test]
fn a_request_that_cannot_be_met_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine"), "keep").unwrap();
    let out = folder.path().to_str().unwrap();
    let fresh = folder.path().join("fresh");
    let fresh = fresh.to_str().unwrap();
    for arguments in [
        vec!["--out", out, "--claims", "10"],
        vec!["--out", fresh, "--claims", "0"],
        vec!["--out", fresh, "--claims", "10", "--first-day", "2019-01-01"],
        vec!["--out", fresh, "--claims", "10", "--format", "xlsx"],
        vec!["--out", fresh, "--claims", "10", "--dirty", "2"],
    ] {
        let mut all = vec!["synth"];
        all.extend(&arguments);
        let output = medsettle(&all);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    }
    assert_eq!(support::files(folder.path()).len(), 1, "nothing was written");
}
