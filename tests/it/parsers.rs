//! No parser panics, and what one accepts is right: `checks.rs` under arbitrary bytes and mutated
//! valid files.
//!
//! Seeds are fixed, so that a gate says the same twice; `tests/fuzz` looks for new inputs.

use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestRunner};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::mutate::{Edit, changed, edits, retold};
use crate::{checks, support};

fn config(cases: u32, seed: u64) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    }
}

/// Runs a check in a folder of its own on arbitrary values.
fn check<S: Strategy>(cases: u32, seed: u64, inputs: S, check: impl Fn(&Path, S::Value)) {
    let folder = TempDir::new().unwrap();
    let result = TestRunner::new(config(cases, seed)).run(&inputs, |input| {
        check(folder.path(), input);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn base(file: &str) -> Vec<u8> {
    std::fs::read(support::root().join("fixtures/errors/base").join(file)).unwrap()
}

/// A valid file with changes, or bytes that never were one.
fn mutated(valid: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let arbitrary = vec(any::<u8>(), 0..300);
    prop_oneof![12 => edits().prop_map(move |edits| changed(&valid, &edits)), 1 => arbitrary]
}

/// Texts over the characters that numbers, dates and codes are made of.
fn scalar_text() -> impl Strategy<Value = Vec<u8>> {
    let numeric = select(&b"00112359.-+: Te"[..]);
    let valid = select(vec![
        &b"2026-03-10 10:00:00"[..],
        b"2024-02-29",
        b"99999999999999.99",
        b"0.1000",
        b"92.2",
        b"310115",
        b"310",
        b"1101",
        b"03",
        b"21",
        b"S:3:100:850000:85;E:0:-1:0:-1",
        b"-12.30",
    ]);
    prop_oneof![
        vec(numeric, 0..24),
        vec(any::<u8>(), 0..24),
        (valid, edits()).prop_map(|(valid, edits)| changed(valid, &edits)),
    ]
}

#[test]
fn scalars_are_read_as_written_or_refused() {
    check(6_000, 1, scalar_text(), |_, bytes| checks::scalars(&bytes));
}

#[test]
fn every_day_and_every_amount_comes_back() {
    let days = -25_567..376_200i32;
    let moments = (days, 0..86_400i64, any::<i64>(), 0..=1_000_000u32);
    check(2_000, 2, moments, |_, (day, second, fen, millionths)| {
        use medsettle::calendar::{Date, Moment};
        use medsettle::money::{Fen, Rate, yuan};
        let date = Date::from_days(day);
        assert_eq!(Date::parse(date.to_string().as_bytes()), Some(date));
        let moment =
            Moment::from_micros((Moment::midnight(date).micros() / 1_000_000 + second) * 1_000_000);
        assert_eq!(Moment::parse(moment.to_string().as_bytes()), Some(moment));
        let amount = Fen::new(fen % (Fen::MAX_FIELD.get() + 1));
        assert_eq!(yuan::parse(amount.to_string().as_bytes()), Ok(amount));
        let rate = Rate::from_millionths(millionths).unwrap();
        assert_eq!(Rate::from_percent(rate.to_string().trim_end_matches('%')), Some(rate));
    });
}

#[test]
fn manifests_are_read_whole_or_refused() {
    let folder = TempDir::new().unwrap();
    for name in ["settlements.csv", "fees.csv"] {
        std::fs::write(folder.path().join(name), base(name)).unwrap();
    }
    support::write_manifest(folder.path(), "H31011500002", "2026-03-10", 1);
    let valid = std::fs::read(folder.path().join("manifest.json")).unwrap();
    check(1_500, 3, mutated(valid), |folder, bytes| checks::manifest(folder, &bytes));
}

#[test]
fn settlements_are_read_the_same_plain_and_compressed() {
    let valid = mutated(base("settlements.csv"));
    check(600, 4, valid, |folder, bytes| checks::settlements(folder, &bytes));
}

#[test]
fn damaged_compression_is_refused() {
    let valid = zstd::encode_all(base("settlements.csv").as_slice(), 1).unwrap();
    check(600, 5, mutated(valid), |folder, bytes| checks::settlements(folder, &bytes));
}

#[test]
fn fee_lines_are_read_or_refused_and_their_parts_add_up() {
    check(1_500, 6, mutated(base("fees.csv")), |folder, bytes| checks::fees(folder, &bytes));
}

#[test]
fn reference_files_are_read_or_refused() {
    let root = support::root().join("fixtures/errors/base/reference");
    let names = support::files(&root);
    check(700, 7, (select(names), edits()), |folder, (name, edits)| {
        let copy = folder.join("reference");
        if !copy.exists() {
            support::copy(&root, &copy);
        }
        let bytes = std::fs::read(copy.join(&name)).unwrap();
        checks::reference(&copy, name.to_str().unwrap(), &changed(&bytes, &edits));
    });
}

#[test]
fn a_bad_key_file_is_refused_without_its_keys() {
    let mut valid = base("keys.toml");
    valid.extend_from_slice(b"[regions]\n\"110000\" = \"00ff00ff00ff00ff00ff00ff00ff00ff\"\n");
    check(1_000, 8, mutated(valid), |folder, bytes| checks::key_file(folder, &bytes));
}

fn policies() -> Vec<String> {
    let root = support::root().join("pipelines/policy");
    let files = support::files(&root).into_iter().map(|file| root.join(file));
    let toml = files.filter(|file| file.extension().is_some_and(|e| e == "toml"));
    toml.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn whatever_policy_is_accepted_settles_any_claim() {
    let spoilt = (select(policies()), edits()).prop_map(|(text, edits)| {
        String::from_utf8_lossy(&changed(text.as_bytes(), &edits)).into_owned()
    });
    let picks = vec((any::<Index>(), any::<Index>()), 1..4);
    let other = (select(policies()), picks).prop_map(|(text, picks)| retold(&text, &picks));
    check(3_000, 9, prop_oneof![1 => spoilt, 3 => other], |_, text| checks::policy(&text));
}

#[test]
fn pipelines_are_read_or_refused() {
    let mut valid = base("pipeline.toml");
    valid.extend_from_slice(
        b"line_tolerance = \"0.02\"\non_difference = \"hold\"\nclear_base = \"funds\"\npolicy_errors = \"hold\"\n\
          expected = [\"H31011500002\"]\n[local_med_types]\n77 = \"chronic\"\n",
    );
    check(1_500, 10, mutated(valid), |folder, bytes| checks::pipeline(folder, &bytes));
}

/// A state file of four buckets with one person each, and the records of one.
fn state() -> (Vec<u8>, Vec<u8>) {
    use medsettle::claim::Slot;
    use medsettle::settle::{Account, PersonState, Year};
    let buckets: Vec<Vec<u8>> = (0..4u8)
        .map(|bucket| {
            let mut state = PersonState { next_place: 7, ..PersonState::default() };
            let mut year = Year::default();
            let words = ["inpatient", "chronic.2", "large", "other.15"];
            let slot = Slot::parse(&format!("{}.paid", words[usize::from(bucket)]));
            year.set(slot.unwrap(), 123_456);
            state.years.insert(Default::default(), year);
            let account = Account {
                as_of: medsettle::calendar::Moment::default(),
                balance: medsettle::money::Fen::new(5),
                sharing: medsettle::money::Fen::ZERO,
            };
            state.accounts.insert(Default::default(), account);
            let people = [(u128::from(bucket), state)].into();
            medsettle::store::people::encode_bucket(&people).unwrap()
        })
        .collect();
    (medsettle::store::people::assemble(&buckets), buckets[3].clone())
}

fn booked() -> Vec<u8> {
    use medsettle::store::ids::{IdEntry, IdKind, encode};
    let entry = |id| IdEntry { id, kind: IdKind::Settlement, content: id * 7, bucket: 1 };
    encode((1..9u128).map(entry).collect())
}

#[test]
fn state_files_are_whole_or_damaged() {
    let (file, records) = state();
    for valid in [file, records, booked()] {
        check(600, 11, mutated(valid), |folder, bytes| checks::state_files(folder, &bytes));
    }
}

#[test]
fn arguments_are_understood_or_refused() {
    use clap::Parser;
    let words = select(vec![
        "run",
        "check",
        "explain",
        "runs",
        "list",
        "show",
        "synth",
        "--date",
        "2026-03-10",
        "--from",
        "--to",
        "2026-02-30",
        "--threads",
        "0",
        "65536",
        "--store",
        "--json",
        "-v",
        "--dirty",
        "0.1",
        "1.1",
        "--claims",
        "18446744073709551616",
        "p.toml",
        "S1",
        "--",
        "-",
        "",
    ]);
    let any_word = prop_oneof![8 => words.prop_map(str::to_owned), 1 => ".{0,8}"];
    check(1_000, 12, vec(any_word, 0..7), |_, words| {
        let words = std::iter::once("medsettle".to_owned()).chain(words);
        // A refusal is worded, never a panic.
        if let Err(error) = medsettle::cli::args::Args::try_parse_from(words) {
            assert!(!error.to_string().is_empty());
        }
    });
}

/// A night with one submission; gives its folder.
fn night(folder: &Path) -> PathBuf {
    support::copy(&support::root().join("fixtures/errors/base"), folder);
    let pipeline = folder.join("pipeline.toml");
    let text = std::fs::read_to_string(&pipeline).unwrap();
    let policy = support::root().join("pipelines/policy");
    std::fs::write(&pipeline, text.replace("POLICY", policy.to_str().unwrap())).unwrap();
    let one = folder.join("inbox/one");
    std::fs::create_dir_all(&one).unwrap();
    for name in ["settlements.csv", "fees.csv"] {
        std::fs::rename(folder.join(name), one.join(name)).unwrap();
    }
    support::write_manifest(&one, "H31011500002", "2026-03-10", 1);
    one
}

/// Changes one file of a submission: after its manifest is written (0), before that, or before that
/// and compressed (1).
fn spoil(one: &Path, name: &str, edits: &[Edit], how: u64) {
    let path = one.join(name);
    std::fs::write(&path, changed(&std::fs::read(&path).unwrap(), edits)).unwrap();
    if how == 0 || name == "manifest.json" {
        return;
    }
    support::write_manifest(one, "H31011500002", "2026-03-10", 1);
    if how == 1 {
        let packed = zstd::encode_all(std::fs::read(&path).unwrap().as_slice(), 1).unwrap();
        let digest: [u8; 32] = Sha256::digest(&packed).into();
        let manifest = one.join("manifest.json");
        let text = std::fs::read(&manifest).unwrap();
        let mut json: serde_json::Value = serde_json::from_slice(&text).unwrap();
        for file in json["files"].as_array_mut().unwrap().iter_mut().filter(|f| f["name"] == name) {
            file["name"] = format!("{name}.zst").into();
            file["bytes"] = packed.len().into();
            file["sha256"] = digest.iter().map(|b| format!("{b:02x}")).collect::<String>().into();
        }
        std::fs::remove_file(path).unwrap();
        std::fs::write(one.join(format!("{name}.zst")), packed).unwrap();
        std::fs::write(manifest, serde_json::to_vec(&json).unwrap()).unwrap();
    }
}

#[test]
fn whatever_is_sent_the_night_is_published_or_refused() {
    let mut seen = std::collections::BTreeMap::<i32, u32>::new();
    for seed in 0..72u64 {
        let mut runner = TestRunner::new(config(1, seed));
        let edits = edits().new_tree(&mut runner).unwrap().current();
        let name = ["settlements.csv", "fees.csv", "fees.csv", "manifest.json"][seed as usize % 4];
        let folder = TempDir::new().unwrap();
        let (path, store) = (folder.path().join("night"), folder.path().join("store"));
        let one = night(&path);
        spoil(&one, name, &edits, seed / 4 % 6);
        let output = support::run(&path.join("pipeline.toml"), &store, &[]);
        let exit = output.status.code();
        let told = support::stderr(&output);
        assert!(matches!(exit, Some(0 | 3 | 4 | 5)), "{seed} {name} {edits:?}: {exit:?}\n{told}");
        *seen.entry(exit.unwrap()).or_default() += 1;
    }
    assert!(seen.keys().any(|exit| *exit == 5) && seen.keys().any(|exit| *exit != 5), "{seen:?}");
}

#[test]
fn two_manifests_of_the_largest_counts_do_not_stop_the_others() {
    let folder = TempDir::new().unwrap();
    let (path, store) = (folder.path().join("night"), folder.path().join("store"));
    let one = night(&path);
    for (name, institution) in [("two", "H11010500001"), ("three", "H31011500002")] {
        let other = path.join("inbox").join(name);
        support::copy(&one, &other);
        support::write_manifest(&other, institution, "2026-03-10", 2);
        let manifest = other.join("manifest.json");
        let text = std::fs::read_to_string(&manifest).unwrap();
        let text = text.replace("\"rows\": 2", "\"rows\": 18446744073709551615");
        let text = text.replace("\"rows\": 4", "\"rows\": 18446744073709551615");
        assert_eq!(text.matches("18446744073709551615").count(), 2);
        std::fs::write(&manifest, text).unwrap();
    }
    let output = support::run(&path.join("pipeline.toml"), &store, &[]);
    assert_eq!(output.status.code(), Some(3), "{}", support::stderr(&output));
}

#[test]
fn a_line_that_contradicts_itself_goes_back() {
    let folder = TempDir::new().unwrap();
    let (path, store) = (folder.path().join("night"), folder.path().join("store"));
    let one = night(&path);
    let fees = std::fs::read_to_string(one.join("fees.csv")).unwrap();
    let odd = "-99999999999999.99,92233720368.5477,1000000";
    let odd = fees.replace("300.00,3,100.00", odd);
    assert_ne!(odd, fees);
    std::fs::write(one.join("fees.csv"), odd).unwrap();
    support::write_manifest(&one, "H31011500002", "2026-03-10", 1);
    let output = support::run(&path.join("pipeline.toml"), &store, &[]);
    assert_eq!(output.status.code(), Some(3), "{}", support::stderr(&output));
}
