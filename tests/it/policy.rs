//! The policy book: cases of every shipped and fictional policy, values that nothing shows, break points judged by the literal
//! evaluator; and that each of these finds what it is there to find.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use medsettle::ingest::policy_book;
use medsettle::literal;
use medsettle::policy::written::read_files;
use medsettle::prove::examine::{Book, Examined, Extent, examine, examine_base};

const ALL: Extent = Extent { perturb: true, certify: true };
const CASES: Extent = Extent { perturb: false, certify: false };

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn texts(paths: &[&str]) -> Vec<(String, String)> {
    let roots: Vec<PathBuf> = paths.iter().map(|path| root(path)).collect();
    policy_book::texts(&roots).unwrap()
}

fn examined(
    files: &[(String, String)],
    judged: &[(String, String)],
    extent: Extent,
    only: &str,
) -> Vec<Examined> {
    let written = read_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    assert_eq!(written.problems, Vec::new());
    let second = literal::Book::read(judged).unwrap();
    let book = Book { written: &written, files, second: &second };
    let policies = written.policies.iter().filter(|policy| policy.file.starts_with(only));
    let mut all: Vec<Examined> = policies.map(|policy| examine(&book, policy, extent)).collect();
    if only.is_empty() && extent.perturb {
        all.extend(written.bases.iter().map(|base| examine_base(&book, base)));
    }
    all
}

fn problems(examined: &[Examined]) -> Vec<String> {
    examined.iter().flat_map(|one| &one.problems).map(ToString::to_string).collect()
}

#[test]
fn the_shipped_book_passes_its_test() {
    let files = texts(&["pipelines/policy"]);
    let examined = examined(&files, &files, ALL, "");
    assert_eq!(problems(&examined), Vec::<String>::new());
    let points: usize =
        examined.iter().filter_map(|one| one.certificate.as_ref()).map(|c| c.points).sum();
    assert!(points > 10_000, "only {points} points judged");
    for one in examined.iter().filter(|one| one.certificate.is_some()) {
        assert!(one.cases >= 10, "{}: {} cases", one.file, one.cases);
        let falls = one.certificate.as_ref().map(|certificate| &certificate.falls);
        assert_eq!(falls, Some(&Vec::new()), "{}: funds pay less for more", one.file);
    }
}

#[test]
fn fictional_policies_pass_theirs() {
    for folder in ["fixtures/policy/oddities", "fixtures/policy/items"] {
        let files = texts(&[folder]);
        let examined = examined(&files, &files, ALL, "");
        let problems = problems(&examined);
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

/// Every construct that the docs list is shown by a case, or by a test that they name.
#[test]
fn every_item_of_the_list_has_a_case() {
    let mut shown: BTreeMap<u32, usize> = BTreeMap::new();
    for folder in ["pipelines/policy", "fixtures/policy/oddities", "fixtures/policy/items"] {
        let files = texts(&[folder]);
        for one in examined(&files, &files, CASES, "") {
            for (number, cases) in one.shows {
                *shown.entry(number).or_default() += cases.len();
            }
        }
    }
    // 47, reversals, is shown by the nights of tests/it/edges.rs.
    let missing: Vec<u32> = (1..=48).filter(|n| *n != 47 && !shown.contains_key(n)).collect();
    assert_eq!(missing, Vec::<u32>::new());
    let docs = std::fs::read_to_string(root("pipelines/policy/README.md")).unwrap();
    for number in 1..=48 {
        assert!(docs.contains(&format!("\n| {number} |")), "item {number} is not in the table");
    }
}

fn changed(
    files: &[(String, String)],
    file: &str,
    find: &str,
    replace: &str,
) -> Vec<(String, String)> {
    let mut copy = files.to_vec();
    let (_, text) = copy.iter_mut().find(|(name, _)| name == file).unwrap();
    assert!(text.contains(find), "{find:?} is not in {file}");
    *text = text.replacen(find, replace, 1);
    copy
}

#[test]
fn a_slip_in_a_policy_fails_its_cases() {
    let files = texts(&["pipelines/policy"]);
    let slip = changed(&files, "610900/310.toml", "\"400.00\"", "\"500.00\"");
    let found = problems(&examined(&slip, &slip, CASES, "610900/310"));
    assert!(found.iter().any(|line| line.contains("deductible expected")), "{found:?}");
}

#[test]
fn a_difference_between_the_evaluators_is_found_at_its_break_point() {
    let files = texts(&["pipelines/policy"]);
    // One fen, in what the literal evaluator reads only: no case is that near.
    let other = changed(&files, "610900/310.toml", "\"400.00\"", "\"400.01\"");
    let found = problems(&examined(&files, &other, ALL, "610900/310"));
    assert!(found.iter().any(|line| line.contains("the two evaluators disagree")), "{found:?}");
}

#[test]
fn a_value_that_no_case_shows_is_named() {
    let files = texts(&["pipelines/policy"]);
    let (name, text) = files.iter().find(|(name, _)| name == "610900/310.cases.toml").unwrap();
    let first_case: String = text.split("[[case]]").take(2).collect::<Vec<_>>().join("[[case]]");
    let mut fewer = files.clone();
    for file in &mut fewer {
        if file.0 == *name {
            file.1.clone_from(&first_case);
        }
    }
    let found = problems(&examined(&fewer, &fewer, ALL, "610900/310"));
    assert!(found.iter().any(|line| line.contains("no case shows layer")), "{found:?}");
    let place = found.iter().find(|line| line.contains("no case shows")).unwrap();
    assert!(place.starts_with("610900/310.toml:"), "{place}");
}

#[test]
fn funds_that_pay_less_for_more_are_found_unless_the_file_says_why() {
    let files = texts(&["fixtures/policy/items"]);
    let exception = "of    = \"falls\"";
    let (name, text) = files.iter().find(|(_, text)| text.contains(exception)).unwrap();
    let from = text.find("[[exception]]").unwrap();
    let until = text[from..].find("\n\n").map_or(text.len(), |end| from + end);
    let bare = changed(&files, name, &text[from..until], "");
    let found = problems(&examined(&bare, &bare, ALL, name));
    assert!(found.iter().any(|line| line.contains("funds pay less for more")), "{found:?}");
    assert_eq!(problems(&examined(&files, &files, ALL, name)), Vec::<String>::new());
}
