//! Drafts of policies replayed on settled history.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use medsettle::ingest::{draft, policy_book};

use crate::night::synth;
use crate::support::{self, medsettle, stderr, stdout};
use crate::tables::{self, Row, fen};

const DAYS: [&str; 2] = ["2026-03-10", "2026-03-11"];
const REGION: &str = "110000";

/// A plain policy for Beijing's employees: what it pays can be worked out on paper.
const POLICY: &str = r#"
title        = "北京市职工基本医疗保险（试验）"
region       = "110000"
insurance    = ["310"]
last_checked = 2026-01-01

[sources.made]
title      = "试验"
number     = ""
article    = "第一条"
confidence = "high"
note       = ""

[[layer]]
id      = "stays"
name    = "统筹基金（住院）"
name_en = "Pooled fund, stays"
care    = ["inpatient"]
fund    = "hifp_pay"
counter = "inpatient"
base    = ["in_scope"]

[[layer.deductible]]
from   = 2020-01-01
kind   = "by_admission"
source = "made"
rows   = [ { yuan = ["1000.00", "500.00"] } ]

[[layer.ratio]]
from    = 2020-01-01
measure = "admission"
source  = "made"
rows    = [ { segments = [["0", "80"]] } ]

[[layer.cap]]
from   = 2020-01-01
on     = "fund_paid"
per    = "year"
source = "made"
rows   = [ { yuan = "9000.00" } ]

[[layer]]
id      = "visits"
name    = "统筹基金（门诊）"
name_en = "Pooled fund, visits"
care    = ["outpatient"]
fund    = "hifp_pay"
counter = "outpatient"
base    = ["in_scope"]

[[layer.ratio]]
from    = 2020-01-01
measure = "admission"
source  = "made"
rows    = [
  { persons = ["11"], segments = [["0", "60"]] },
  { persons = ["12"], segments = [["0", "70"]] },
]

[[layer]]
id      = "diseases"
name    = "统筹基金（慢特病）"
name_en = "Pooled fund, chronic diseases"
care    = ["chronic"]
fund    = "hifp_pay"
counter = "chronic"
base    = ["in_scope"]

[[layer.ratio]]
from    = 2020-01-01
measure = "admission"
source  = "made"
rows    = [ { segments = [["0", "75"]] } ]

[[layer]]
id      = "pharmacies"
name    = "定点药店"
name_en = "Pharmacies"
care    = ["pharmacy"]
fund    = "hifp_pay"
counter = "other"
base    = ["in_scope"]

[[layer.ratio]]
from    = 2020-01-01
measure = "admission"
source  = "made"
rows    = [ { segments = [["0", "0"]] } ]

[[layer]]
id      = "large"
name    = "大额互助"
name_en = "Large-amount aid"
care    = ["inpatient"]
fund    = "hifob_pay"
counter = "large"
base    = ["over_cap"]

[[layer.ratio]]
from    = 2020-01-01
measure = "admission"
source  = "made"
rows    = [ { segments = [["0", "90"]] } ]

[[cross_region]]
from   = 2020-01-01
source = "made"
rows   = [ { filing = ["unfiled"], effect = "none" }, { effect = "none" } ]
"#;

/// A store of two synthetic nights under the plain policy.
struct History {
    folder: tempfile::TempDir,
    pipeline: PathBuf,
    store: PathBuf,
}

impl History {
    fn new() -> History {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["--claims", "6000", "--seed", "7", "--nights", "2"];
        let pipeline = synth(folder.path(), &arguments);
        // The plain policy leaves out most of what a notice says.
        let text = std::fs::read_to_string(&pipeline).unwrap();
        std::fs::write(&pipeline, format!("{text}policy_errors = \"hold\"\n")).unwrap();
        let store = folder.path().join("store");
        let history = History { folder, pipeline, store };
        std::fs::write(history.book_file(), POLICY).unwrap();
        for day in DAYS {
            let output = support::run(&history.pipeline, &history.store, &["--date", day]);
            let code = output.status.code().unwrap();
            assert!(matches!(code, 0 | 3), "{code}: {}", stderr(&output));
        }
        history
    }

    fn book_file(&self) -> PathBuf {
        self.pipeline.parent().unwrap().join("policy").join(REGION).join("310.toml")
    }

    /// Writes the plain policy with changes as a draft.
    fn draft(&self, name: &str, changes: &[(&str, &str)]) -> PathBuf {
        let text = changes.iter().fold(POLICY.to_owned(), |text, (find, replace)| {
            assert!(text.contains(find), "{find}");
            text.replace(find, replace)
        });
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(folder.join(REGION)).unwrap();
        std::fs::write(folder.join(REGION).join("310.toml"), text).unwrap();
        folder
    }

    fn arguments<'a>(&'a self, draft: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
        let mut all = vec!["policy", "simulate", self.pipeline.to_str().unwrap()];
        all.extend(["--draft", draft.to_str().unwrap(), "--store", self.store.to_str().unwrap()]);
        all.extend(more);
        all
    }

    fn simulate(&self, draft: &Path, more: &[&str]) -> Value {
        let mut arguments = self.arguments(draft, &["--json", "--top", "100000"]);
        arguments.extend(more);
        let output = medsettle(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What was booked for the people of the policy.
    fn booked(&self) -> Vec<Row> {
        let rows = tables::all(&self.store, "settlement").into_iter();
        rows.filter(|row| row["insuplc_admdvs"] == REGION && row["insutype"] == "310").collect()
    }
}

fn number(value: &Value, key: &str) -> i128 {
    i128::from(value[key].as_i64().unwrap_or_else(|| panic!("{key} in {value}")))
}

fn payer(report: &Value, field: &str) -> (i128, i128) {
    let lines = report["payers"].as_array().unwrap();
    let line = lines.iter().find(|line| line["field"] == field).unwrap();
    (number(line, "change_fen"), number(line, "records"))
}

/// Half up to the fen, of an amount of either sign.
fn rounded(amount: i128, percent: i128) -> i128 {
    let half_up = (amount.abs() * percent + 50) / 100;
    half_up * amount.signum()
}

fn claims(report: &Value) -> &Vec<Value> {
    report["claims"].as_array().unwrap()
}

#[test]
fn a_draft_that_says_the_same_changes_nothing() {
    let history = History::new();
    let before = support::published(&history.store);
    let report = history.simulate(&history.draft("same", &[]), &[]);
    let booked = history.booked();
    let total = &report["total"];
    assert!(booked.len() > 300);
    assert_eq!(number(total, "records"), booked.len() as i128);
    assert_eq!(number(total, "records"), number(total, "same") + number(total, "reversed"));
    assert!(number(total, "reversed") > 0);
    assert_eq!((number(total, "fund_change_fen"), number(total, "person_change_fen")), (0, 0));
    // The replay under the book of the nights is what the nights booked.
    let sum = |column: &str| booked.iter().map(|row| fen(row, column)).sum::<i128>();
    assert_eq!(number(&report["baseline"], "differing"), 0);
    assert_eq!(number(&report["baseline"], "records"), booked.len() as i128);
    assert_eq!(number(total, "fund_before_fen"), sum("fund_pay_sumamt"));
    assert_eq!(number(total, "fee_fen"), sum("medfee_sumamt"));
    assert!(claims(&report).is_empty() && report["stopped"].as_array().unwrap().is_empty());
    assert_eq!(report["draft"], serde_json::json!(["110000/310.toml"]));
    assert_eq!(report["draft"], report["replaced"]);
    // Reads only.
    assert_eq!(before, support::published(&history.store));
    let left = std::fs::read_dir(&history.store).unwrap();
    let mut left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!left.any(|name| name.starts_with("simulate")));
}

#[test]
fn ten_points_less_change_the_claims_concerned_and_their_sum() {
    let history = History::new();
    let draft = history.draft("less", &[("[[\"0\", \"70\"]]", "[[\"0\", \"60\"]]")]);
    let report = history.simulate(&draft, &[]);
    let concerned: Vec<Row> = history
        .booked()
        .into_iter()
        .filter(|row| row["care_kind"] == "outpatient" && row["psn_type"].starts_with("12"))
        .collect();
    let change = |row: &Row| {
        let in_scope = fen(row, "inscp_scp_amt");
        rounded(in_scope, 60) - rounded(in_scope, 70)
    };
    // Over all records, reversals too: worked out from the in-scope amounts alone.
    let expected: i128 = concerned.iter().map(change).sum();
    assert!(expected < 0);
    let total = &report["total"];
    assert_eq!(number(total, "fund_change_fen"), expected);
    assert_eq!(number(total, "person_change_fen"), -expected);
    assert_eq!(payer(&report, "hifp_pay").0, expected);
    // The claims that are told are those that stand and change; what was reversed cancels.
    let undone: BTreeSet<&str> = concerned
        .iter()
        .filter(|row| row["refd_setl_flag"] == "1")
        .flat_map(|row| [row["setl_id"].as_str(), row["init_setl_id"].as_str()])
        .collect();
    assert!(!undone.is_empty());
    let standing: BTreeSet<&str> = concerned
        .iter()
        .filter(|row| change(row) != 0)
        .map(|row| row["setl_id"].as_str())
        .filter(|id| !undone.contains(id))
        .collect();
    let told: BTreeSet<&str> =
        claims(&report).iter().map(|claim| claim["setl_id"].as_str().unwrap()).collect();
    assert_eq!(told, standing);
    assert_eq!(number(total, "worse"), standing.len() as i128);
    assert_eq!((number(total, "better"), number(total, "shifted")), (0, 0));
    let sum: i128 = claims(&report)
        .iter()
        .map(|claim| number(claim, "fund_after_fen") - number(claim, "fund_before_fen"))
        .sum();
    assert_eq!(sum, expected);
    for claim in claims(&report) {
        assert_eq!(claim["step"]["layer"], "visits", "{claim}");
        let rule = claim["step"]["after_rule"].as_str().unwrap();
        assert!(rule.contains("110000/310.toml") && rule.contains("ratio"), "{rule}");
    }
    // Every group adds up to the whole.
    for groups in ["regions", "levels", "person_types", "care"] {
        let groups = report[groups].as_array().unwrap();
        for key in ["records", "fee_fen", "fund_change_fen", "person_change_fen", "worse"] {
            let sum: i128 = groups.iter().map(|group| number(group, key)).sum();
            assert_eq!(sum, number(total, key), "{key}");
        }
    }
}

#[test]
fn a_smaller_cap_moves_money_to_the_layer_above() {
    let history = History::new();
    let draft = history.draft("cap", &[("\"9000.00\"", "\"4000.00\"")]);
    let report = history.simulate(&draft, &[]);
    let (pool, changed) = payer(&report, "hifp_pay");
    let (large, _) = payer(&report, "hifob_pay");
    assert!(changed > 0 && pool < 0 && large > 0, "{pool} {large}");
    // What the pool no longer pays at 80 per cent is paid at 90 per cent of what lies beyond the cap.
    assert_eq!(payer(&report, "psn_cash_pay").0, -(pool + large));
    assert!(large > -pool, "nine tenths of more than the pool lost: {pool} {large}");
    let stays = |row: &Row| row["care_kind"] == "inpatient";
    let booked: BTreeSet<String> =
        history.booked().into_iter().filter(stays).map(|row| row["setl_id"].clone()).collect();
    assert!(!claims(&report).is_empty());
    for claim in claims(&report) {
        assert!(booked.contains(claim["setl_id"].as_str().unwrap()), "{claim}");
        assert_eq!(claim["step"]["layer"], "stays", "{claim}");
        assert!(claim["step"]["kind"].as_str().unwrap().contains("cap"), "{claim}");
    }
    // A reversed stay gives its room back in both replays: pairs come to nothing.
    let sum: i128 = claims(&report)
        .iter()
        .map(|claim| number(claim, "fund_after_fen") - number(claim, "fund_before_fen"))
        .sum();
    assert_eq!(sum, number(&report["total"], "fund_change_fen"));
}

#[test]
fn the_report_does_not_depend_on_threads_and_names_nobody() {
    let history = History::new();
    let changes = [("\"9000.00\"", "\"4000.00\""), ("[[\"0\", \"60\"]]", "[[\"0\", \"65\"]]")];
    let draft = history.draft("both", &changes);
    let told = |threads: &str, more: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_medsettle"))
            .args(history.arguments(&draft, more))
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    for more in [&["--top", "50"][..], &["--json"]] {
        let one = told("1", more);
        assert_eq!(one, told("2", more));
        assert_eq!(one, told("7", more));
        let enrolment = history.pipeline.parent().unwrap().join("reference/enrolment.csv");
        let mut reader = csv::Reader::from_path(enrolment).unwrap();
        let names: BTreeSet<String> = reader
            .deserialize::<Row>()
            .map(|row| row.unwrap())
            .flat_map(|row| [row["psn_no"].clone(), row["certno"].clone()])
            .collect();
        let words = one.split(|c: char| !c.is_ascii_alphanumeric());
        assert!(!words.into_iter().any(|word| names.contains(word)), "a person is named");
    }
    let text = told("2", &["--top", "1"]);
    for word in ["draft 草案", "pay less 减轻", "layer ", "person 人员", "现行"] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
}

#[test]
fn days_and_regions_choose_what_is_told_and_not_what_is_replayed() {
    let history = History::new();
    let draft = history.draft("cap", &[("\"9000.00\"", "\"4000.00\"")]);
    let whole = history.simulate(&draft, &[]);
    let first = history.simulate(&draft, &["--to", "2026-03-10"]);
    let second = history.simulate(&draft, &["--from", "2026-03-11", "--region", REGION]);
    for key in ["records", "fund_change_fen", "person_after_fen", "worse", "better", "reversed"] {
        let parts = number(&first["total"], key) + number(&second["total"], key);
        assert_eq!(parts, number(&whole["total"], key), "{key}");
    }
    let elsewhere = history.simulate(&draft, &["--region", "440100"]);
    assert_eq!(number(&elsewhere["total"], "records"), 0);
}

#[test]
fn what_does_not_settle_any_more_is_counted_apart() {
    let history = History::new();
    let refuse = [("{ effect = \"none\" } ]", "{ effect = \"refuse\" } ]")];
    let report = history.simulate(&history.draft("refuse", &refuse), &[]);
    let stopped = report["stopped"].as_array().unwrap();
    let records: i128 = stopped.iter().map(|line| number(line, "records")).sum();
    let booked = history.booked();
    assert!(records > 0);
    assert_eq!(records + number(&report["total"], "records"), booked.len() as i128);
    for line in stopped {
        assert_eq!((&line["under"], &line["code"]), (&"draft".into(), &"E509".into()), "{line}");
        assert_eq!(line["outcome"], "rejected");
    }
    // A kind of care that the draft forgets is held.
    let chronic = [("care    = [\"chronic\"]", "care    = [\"pharmacy\"]")];
    let report = history.simulate(&history.draft("hold", &chronic), &[]);
    let stopped = report["stopped"].as_array().unwrap();
    assert_eq!((stopped.len(), &stopped[0]["code"]), (1, &"H702".into()), "{stopped:?}");
    assert_eq!(stopped[0]["outcome"], "held");
    let chronic = booked.iter().filter(|row| row["care_kind"] == "chronic");
    assert_eq!(number(&stopped[0], "records"), chronic.count() as i128);
}

#[test]
fn a_book_that_changed_since_is_said_to_be_no_baseline() {
    let history = History::new();
    let draft = history.draft("same", &[]);
    let text = POLICY.replace("[[\"0\", \"75\"]]", "[[\"0\", \"50\"]]");
    std::fs::write(history.book_file(), text).unwrap();
    let report = history.simulate(&draft, &[]);
    let chronic: Vec<Row> =
        history.booked().into_iter().filter(|row| row["care_kind"] == "chronic").collect();
    let baseline = &report["baseline"];
    assert_eq!(number(baseline, "differing"), chronic.len() as i128);
    let booked: i128 = chronic.iter().map(|row| fen(row, "hifp_pay")).sum();
    let change = number(baseline, "booked_fund_fen") - number(baseline, "replayed_fund_fen");
    assert_eq!(change, number(&report["total"], "fund_change_fen"));
    assert!(booked > change && change > 0);
    let output = medsettle(&history.arguments(&draft, &[]));
    assert!(stdout(&output).contains("NOT the booked one"), "{}", stdout(&output));
}

#[test]
fn a_draft_that_does_not_pass_is_two() {
    let history = History::new();
    let broken = history.draft("broken", &[("fund    = \"hifob_pay\"", "fund    = \"nobody\"")]);
    let empty = history.folder.path().join("empty");
    std::fs::create_dir_all(&empty).unwrap();
    for (draft, says) in [
        (&broken, "110000/310.toml:"),
        (&empty, "no policy file"),
        (&history.folder.path().join("nowhere.toml"), "nowhere.toml"),
    ] {
        let output = medsettle(&history.arguments(draft, &[]));
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
    let same = history.draft("same", &[]);
    let store = history.folder.path().join("no-store");
    let mut arguments = history.arguments(&same, &[]);
    *arguments.last_mut().unwrap() = store.to_str().unwrap();
    assert_eq!(medsettle(&arguments).status.code(), Some(2));
}

/// Region and insurance, as `110000/310`.
fn served(touched: &BTreeSet<draft::Served>) -> Vec<String> {
    touched.iter().map(|(region, insurance)| format!("{region}/{insurance}")).collect()
}

#[test]
fn a_draft_takes_only_what_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    let both = POLICY.replace("[\"310\"]", "[\"310\", \"390\"]");
    let based = POLICY.replace("110000", "120000");
    let based =
        based.replacen("last_checked", "extends = [\"000000/shared.toml\"]\nlast_checked", 1);
    let base = "base = true\n";
    let book =
        [("110000/both.toml", &*both), ("120000/310.toml", &based), ("000000/shared.toml", base)];
    let book = book.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    let book = policy_book::read(book).unwrap();
    // Another file for one of two insurances: the book's file keeps the other.
    let draft = draft::load(&book, &[file("any/name.toml", POLICY)]).unwrap();
    assert_eq!(draft.files, ["any/name.toml"]);
    assert_eq!(draft.replaced, ["110000/both.toml"]);
    assert_eq!(served(&draft.touched), ["110000/310"]);
    assert_eq!(draft.book.policies().len(), 3);
    // A new version of the file: what it no longer serves is touched too.
    let draft = draft::load(&book, &[file("new/110000/both.toml", POLICY)]).unwrap();
    assert_eq!((draft.files, draft.book.policies().len()), (vec!["110000/both.toml".into()], 2));
    assert_eq!(served(&draft.touched), ["110000/310", "110000/390"]);
    // A base touches whoever rests on it.
    file("bases/000000/shared.toml", base);
    let draft = draft::load(&book, &[folder.path().join("bases")]).unwrap();
    assert_eq!(draft.replaced, ["000000/shared.toml"]);
    assert_eq!(served(&draft.touched), ["120000/310"]);
    // One place in the book, one file.
    let again = file("more/000000/shared.toml", base);
    let twice = draft::load(&book, &[folder.path().join("bases"), again]).unwrap_err();
    assert!(twice[0].contains("twice"), "{twice:?}");
}
