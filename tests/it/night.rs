//! Whole nights: the example night, equal bytes, several nights, no leaks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::{self, medsettle, published, root, stderr, stdout};
use crate::tables::{self, fen};

fn example() -> PathBuf {
    root().join("pipelines/example.toml")
}

/// The example night in a fresh store.
fn example_store(folder: &Path, more: &[&str]) -> PathBuf {
    let store = folder.join("store");
    let output = support::run(&example(), &store, more);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    store
}

/// A synthetic night in `folder`; gives its pipeline.
pub fn synth(folder: &Path, arguments: &[&str]) -> PathBuf {
    let night = folder.join("night");
    let mut all = vec!["synth", "--out", night.to_str().unwrap()];
    all.extend(arguments);
    let output = medsettle(&all);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    night.join("pipeline.toml")
}

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("a BOM");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn the_example_night_fills_every_output() {
    let folder = tempfile::tempdir().unwrap();
    let store = example_store(folder.path(), &[]);
    let outbox = support::files(&store.join("outbox"));
    let filled = |name: &str| {
        outbox
            .iter()
            .filter(|file| file.ends_with(name))
            .filter(|file| {
                name.ends_with(".parquet") || rows(&store.join("outbox").join(file)).len() > 1
            })
            .map(|file| file.components().next().unwrap().as_os_str().to_str().unwrap().to_owned())
            .collect::<BTreeSet<String>>()
    };
    for name in [
        "insured_settlement_detail.csv",
        "insured_settlement_detail.parquet",
        "care_settlement_detail.csv",
        "care_settlement_detail.parquet",
        "payable_statement.csv",
        "receivable_statement.csv",
        "institution_pay_list.csv",
        "reconciliation.csv",
        "reconciliation_totals.csv",
        "rejected.csv",
    ] {
        assert!(!filled(name).is_empty(), "no region has a filled {name}");
    }
    assert!(outbox.iter().any(|f| f.to_string_lossy().contains("/refused-")), "nothing refused");
    let regions = filled("care_settlement_detail.csv");
    let provinces: BTreeSet<&str> = regions.iter().map(|r| &r[..2]).collect();
    assert!(regions.len() >= 6 && provinces.len() >= 3, "{regions:?}");
    for table in [
        "settlement",
        "priced_line",
        "accumulator_move",
        "ledger_entry",
        "clearing_position",
        "reconciliation_break",
        "not_settled",
    ] {
        assert!(!tables::all(&store, table).is_empty(), "{table} is empty");
    }
    assert!(tables::all(&store, "settlement").len() >= 300);
}

#[test]
fn published_examples_come_out_as_published() {
    let folder = tempfile::tempdir().unwrap();
    let store = example_store(folder.path(), &[]);
    let settled = tables::all(&store, "settlement");
    // Declared are the published amounts: none of these records may differ.
    let broken: Vec<_> = tables::all(&store, "reconciliation_break")
        .into_iter()
        .filter(|row| row["setl_id"].starts_with("PUB-"))
        .collect();
    assert!(broken.is_empty(), "{broken:?}");
    for (id, funds) in [
        ("PUB-BJ-RETIREE", 9_175_951),
        ("PUB-SD-2014-FARMER", 18_700_000),
        ("PUB-CS-2023-FORMULA", 594_000),
        ("PUB-JSJK-IN-SERVICE", 336_000),
        ("PUB-JSJK-RETIRED", 357_000),
        ("PUB-HS-2021-2207", 0),
    ] {
        let row = settled.iter().find(|row| row["setl_id"] == id).expect(id);
        assert_eq!(fen(row, "fund_pay_sumamt"), funds, "{id}");
    }
    // The published record that does not add up is refused, with the reason.
    let refused = tables::all(&store, "not_settled");
    let refused = refused.iter().find(|row| row["setl_id"] == "PUB-HI-2021-QUERY").unwrap();
    assert_eq!((refused["code"].as_str(), refused["outcome"].as_str()), ("I404", "rejected"));
}

#[test]
fn bytes_do_not_depend_on_threads_or_folder_order() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = synth(folder.path(), &["--claims", "3000", "--seed", "5", "--dirty", "0.05"]);
    let run = |name: &str, threads: &str| {
        let store = folder.path().join(name);
        let output = support::run(&pipeline, &store, &["--threads", threads]);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        published(&store)
    };
    let one = run("one", "1");
    assert!(one.len() > 40);
    assert_eq!(one, run("two", "2"), "two threads");
    assert_eq!(one, run("eight", "8"), "eight threads");
    // Other names, other order: a submission is known by what it says, not by where it lies.
    let inbox = folder.path().join("night/inbox/2026-03-10");
    let mut folders: Vec<_> =
        std::fs::read_dir(&inbox).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    let refused: Vec<&str> =
        one.iter().filter_map(|(name, _)| name.split("/refused-").nth(1)).collect();
    for (number, path) in folders.iter().enumerate() {
        // A refusal names the folder it is about.
        let name = path.file_name().unwrap().to_str().unwrap();
        if !refused.iter().any(|refused| refused.starts_with(name)) {
            let number = folders.len() - number;
            std::fs::rename(path, inbox.join(format!("z{number:04}"))).unwrap();
        }
    }
    assert_eq!(one, run("shuffled", "2"), "shuffled submissions");
}

#[test]
fn the_same_night_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = example_store(folder.path(), &[]);
    let before = published(&store);
    let again = support::run(&example(), &store, &[]);
    assert_eq!(again.status.code(), Some(0));
    assert!(stderr(&again).contains("nothing new"), "{}", stderr(&again));
    assert!(stdout(&again).contains("settled"), "the earlier summary is shown again");
    assert_eq!(before, published(&store));
}

/// Every text of every published file that the person's own insured region does not own, and all that was printed.
fn texts_for_others(store: &Path) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for part in ["outbox", "tables", "runs"] {
        for file in support::files(&store.join(part)) {
            let path = store.join(part).join(&file);
            if file.ends_with("insured_settlement_detail.csv") {
                continue;
            }
            let text = if file.extension().is_some_and(|e| e == "parquet") {
                tables::read(&path)
                    .iter()
                    .flat_map(|row| row.values().cloned())
                    .collect::<Vec<_>>()
                    .join("\n")
            } else {
                std::fs::read_to_string(&path).unwrap()
            };
            texts.push((format!("{part}/{}", file.display()), text));
        }
    }
    texts
}

#[test]
fn nobody_is_named_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let output = support::run(&example(), &store, &["-vvv"]);
    let mut texts = texts_for_others(&store);
    texts.push(("stderr".into(), stderr(&output)));
    texts.push(("stdout".into(), stdout(&output)));
    let ids = tables::all(&store, "settlement");
    for id in ids.iter().take(40).map(|row| row["setl_id"].as_str()) {
        let told = medsettle(&["explain", id, "--lines", "--store", store.to_str().unwrap()]);
        texts.push((format!("explain {id}"), stdout(&told)));
    }
    let mut names = BTreeSet::new();
    for reference in ["fixtures/night/reference", "fixtures/examples/reference"] {
        let mut reader =
            csv::Reader::from_path(root().join(reference).join("enrolment.csv")).unwrap();
        for row in reader.deserialize::<BTreeMap<String, String>>() {
            let row = row.unwrap();
            names.insert(row["psn_no"].clone());
            names.insert(row["certno"].clone());
        }
    }
    assert!(names.len() > 200);
    for (file, text) in &texts {
        // Numbers are long digit strings: look at those only.
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() >= 15) {
            assert!(!names.contains(word), "{file} names a person");
        }
    }
    let own = support::files(&store.join("outbox"));
    let own = own.iter().find(|file| file.ends_with("insured_settlement_detail.csv")).unwrap();
    let text = std::fs::read_to_string(store.join("outbox").join(own)).unwrap();
    assert!(names.iter().any(|name| text.contains(name.as_str())), "its own region is told");
}

/// What is paid, by (claims, reversals): identities that the audit does not share code with.
fn check_conservation(store: &Path) {
    let settled = tables::all(store, "settlement");
    for row in &settled {
        let sum = |columns: &[&str]| columns.iter().map(|c| fen(row, c)).sum::<i128>();
        let id = &row["setl_id"];
        let parts =
            sum(&["fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"]);
        let payers = sum(&["fund_pay_sumamt", "acct_pay", "psn_cash_pay", "hosp_part_amt"]);
        let funds = sum(&[
            "hifp_pay",
            "cvlserv_pay",
            "hifes_pay",
            "hifmi_pay",
            "hifob_pay",
            "hifdm_pay",
            "maf_pay",
            "oth_pay",
        ]);
        assert_eq!(fen(row, "medfee_sumamt"), parts, "{id}: parts");
        assert_eq!(fen(row, "medfee_sumamt"), payers, "{id}: payers");
        assert_eq!(fen(row, "fund_pay_sumamt"), funds, "{id}: funds");
    }
    let mut vouchers: BTreeMap<(String, String), i128> = BTreeMap::new();
    let mut pairs: BTreeMap<(String, String, String), [i128; 2]> = BTreeMap::new();
    for row in tables::all(store, "ledger_entry") {
        let (debit, credit) = (fen(&row, "debit"), fen(&row, "credit"));
        *vouchers.entry((row["voucher"].clone(), row["fund"].clone())).or_default() +=
            debit - credit;
        let side = match (row["book"].as_str(), row["account"].as_str()) {
            ("insured", "due_to") => 0,
            ("care", "due_from") => 1,
            _ => continue,
        };
        let key = [row["insuplc_admdvs"].clone(), row["mdtrtarea_admvs"].clone()];
        let [insured, care] = key;
        pairs.entry((insured, care, row["fund"].clone())).or_default()[side] += debit + credit;
    }
    assert!(vouchers.values().all(|difference| *difference == 0), "a voucher does not balance");
    for (pair, [owes, owed]) in &pairs {
        assert_eq!(owes, owed, "{pair:?}");
    }
    // Statements of the two sides, as people read them.
    let mut stated: BTreeMap<(String, String), [i128; 2]> = BTreeMap::new();
    for file in support::files(&store.join("outbox")) {
        let region = file.components().next().unwrap().as_os_str().to_str().unwrap().to_owned();
        let (side, other) = if file.ends_with("payable_statement.csv") {
            (0, "mdtrtarea_admvs")
        } else if file.ends_with("receivable_statement.csv") {
            (1, "insuplc_admdvs")
        } else {
            continue;
        };
        for row in rows(&store.join("outbox").join(&file)).iter().filter(|r| r[other] != "合计") {
            let key = if side == 0 {
                (region.clone(), row[other].clone())
            } else {
                (row[other].clone(), region.clone())
            };
            stated.entry(key).or_default()[side] += fen(row, "amount");
        }
    }
    assert!(!stated.is_empty());
    for (pair, [payable, receivable]) in &stated {
        assert_eq!(payable, receivable, "{pair:?}");
    }
    check_manifests(store, &settled);
}

/// In = settled + rejected + held, and the manifests' totals are those of the tables.
fn check_manifests(store: &Path, settled: &[tables::Row]) {
    let (mut fee, mut records) = (0, 0);
    for file in support::files(&store.join("runs")).iter().filter(|f| f.ends_with("manifest.json"))
    {
        let bytes = std::fs::read(store.join("runs").join(file)).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let of = |name: &str| {
            let total = &manifest["totals"][name];
            let fee = total["medfee_sumamt"].as_str().unwrap();
            let fee = medsettle::money::yuan::parse_scaled(fee.as_bytes(), 2).unwrap();
            (total["records"].as_u64().unwrap(), i128::from(fee))
        };
        let (received, out) = (of("received"), [of("settled"), of("rejected"), of("held")]);
        assert_eq!(received.0, out.iter().map(|o| o.0).sum::<u64>());
        assert_eq!(received.1, out.iter().map(|o| o.1).sum::<i128>());
        records += out[0].0 as usize;
        fee += out[0].1;
    }
    assert_eq!(records, settled.len());
    assert_eq!(fee, settled.iter().map(|row| fen(row, "medfee_sumamt")).sum::<i128>());
}

#[test]
fn every_fen_has_one_owner_in_any_night() {
    for seed in ["11", "12", "13", "14", "15", "16"] {
        let folder = tempfile::tempdir().unwrap();
        let pipeline = synth(
            folder.path(),
            &["--claims", "600", "--seed", seed, "--nights", "2", "--dirty", "0.1"],
        );
        let store = folder.path().join("store");
        for day in ["2026-03-10", "2026-03-11"] {
            let output = support::run(&pipeline, &store, &["--date", day]);
            let code = output.status.code().unwrap();
            assert!(matches!(code, 0 | 3), "seed {seed}, {day}: {code}\n{}", stderr(&output));
        }
        check_conservation(&store);
    }
    let folder = tempfile::tempdir().unwrap();
    check_conservation(&example_store(folder.path(), &[]));
}

/// A policy for the invented region 990100, made from Nanchang's, which settles unfiled care.
fn policy_for_the_invented_region(folder: &Path) {
    let text = std::fs::read_to_string(root().join("pipelines/policy/360100/310.toml")).unwrap();
    let region = folder.join("990100");
    std::fs::create_dir_all(&region).unwrap();
    std::fs::write(region.join("310.toml"), text.replace("\"360100\"", "\"990100\"")).unwrap();
}

#[test]
fn what_a_missing_policy_held_settles_once_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let more = folder.path().join("night/more-policies");
    let pipeline = crate::cli::base_night(folder.path(), "");
    std::fs::create_dir_all(&more).unwrap();
    // S2's person becomes one of the region without a policy.
    let one = folder.path().join("night/inbox/one");
    for (file, find, replace) in [
        (
            "settlements.csv",
            "S2,V2,11000000000000000001,110100198001010014,310,1101,110000",
            "S2,V2,99010000000000000005,990100199205050059,310,1101,990100",
        ),
        ("fees.csv", "V2,11000000000000000001", "V2,99010000000000000005"),
    ] {
        let text = std::fs::read_to_string(one.join(file)).unwrap();
        assert!(text.contains(find));
        std::fs::write(one.join(file), text.replace(find, replace)).unwrap();
    }
    support::write_manifest(&one, "H31011500002", "2026-03-10", 1);
    let text = std::fs::read_to_string(&pipeline).unwrap();
    let policy = root().join("pipelines/policy");
    let shipped = format!("\"{}\"", policy.to_str().unwrap());
    assert!(text.contains(&shipped));
    let both = format!("[{shipped}, \"more-policies\"]");
    std::fs::write(&pipeline, text.replace(&shipped, &both)).unwrap();
    let store = folder.path().join("store");
    let output = support::run(&pipeline, &store, &[]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let held = tables::all(&store, "not_settled");
    assert_eq!((held[0]["setl_id"].as_str(), held[0]["code"].as_str()), ("S2", "H702"));
    // Nothing changed: nothing happens.
    let output = support::run(&pipeline, &store, &[]);
    assert!(stderr(&output).contains("nothing new"), "{}", stderr(&output));
    policy_for_the_invented_region(&more);
    let output = support::run(&pipeline, &store, &["--date", "2026-03-11"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("held before"), "{}", stdout(&output));
    let settled = tables::all(&store, "settlement");
    let ids: BTreeSet<&str> = settled.iter().map(|row| row["setl_id"].as_str()).collect();
    assert_eq!(ids, BTreeSet::from(["S1", "S2"]));
    assert_eq!(settled.len(), 2);
    check_conservation(&store);
    // Taken up once, not again.
    for day in ["2026-03-10", "2026-03-11"] {
        let output = support::run(&pipeline, &store, &["--date", day]);
        assert!(stderr(&output).contains("nothing new"), "{day}: {}", stderr(&output));
    }
}
