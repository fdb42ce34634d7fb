//! Cases by construct, with figures worked out by hand. A policy is a head, layers and what a test adds.

mod caps;
mod deductibles;
mod elsewhere;
mod files;
mod person;
mod ratios;

use super::{Book, Outcome, cases};

const HEAD: &str = r#"
title = "t"
region = "440100"
insurance = ["310"]
"#;

/// Stays: half of what is above the deductible, unless a test says otherwise.
const STAY: &str = r#"
[[layer]]
id = "stay"
care = ["inpatient"]
fund = "hifp_pay"
counter = "inpatient"
base = ["in_scope"]
"#;

const VISIT: &str = r#"
[[layer]]
id = "visit"
care = ["outpatient", "chronic", "pharmacy"]
fund = "hifp_pay"
counter = "outpatient"
base = ["in_scope"]
"#;

const HALF: &str = r#"
[[layer.ratio]]
from = 2020-01-01
rows = [ { segments = [["0", "50"]] } ]
"#;

/// A table of deductibles in force since 2020.
fn deductible(keys: &str, rows: &str) -> String {
    format!("\n[[layer.deductible]]\nfrom = 2020-01-01\n{keys}\nrows = [ {rows} ]\n")
}

fn ratio(keys: &str, segments: &str) -> String {
    format!(
        "\n[[layer.ratio]]\nfrom = 2020-01-01\n{keys}\nrows = [ {{ segments = [{segments}] }} ]\n"
    )
}

fn cap(keys: &str, rows: &str) -> String {
    format!("\n[[layer.cap]]\nfrom = 2020-01-01\n{keys}\nrows = [ {rows} ]\n")
}

fn elsewhere(rows: &str) -> String {
    format!("\n[[cross_region]]\nfrom = 2020-01-01\nrows = [ {rows} ]\n")
}

/// A case of one person: `keys` of the case, then claims.
fn case(keys: &str, claims: &[String]) -> String {
    let person = if keys.contains("person =") {
        String::new()
    } else {
        "person = { psn_type = \"11\" }\n".to_owned()
    };
    format!("\n[[case]]\nid = \"c\"\n{person}{keys}\n{}", claims.join("\n"))
}

/// A stay with so much in scope, and what it should come to.
fn stay(begin: &str, end: &str, in_scope: &str, more: &str, expected: &str) -> String {
    claim("21", begin, end, in_scope, more, expected)
}

/// A visit on a day.
fn visit(day: &str, in_scope: &str, more: &str, expected: &str) -> String {
    claim("11", day, day, in_scope, more, expected)
}

fn claim(
    med_type: &str,
    begin: &str,
    end: &str,
    in_scope: &str,
    more: &str,
    expected: &str,
) -> String {
    let level = if more.contains("hosp_lv") { "" } else { "hosp_lv = \"02\"\n" };
    let fee = if more.contains("fee =") {
        String::new()
    } else {
        format!("fee = {{ in_scope = \"{in_scope}\" }}\n")
    };
    format!(
        "[[case.claim]]\nmed_type = \"{med_type}\"\nbegin = {begin}\nend = {end}\n{level}{fee}{more}\n\
         expected = {{ {expected} }}\n"
    )
}

/// What a fund pays and the person's deductible, as an expectation.
fn pays(deductible: &str, fund: &str) -> String {
    format!("deductible = \"{deductible}\", funds = {{ hifp_pay = \"{fund}\" }}")
}

/// What is wrong with cases of a policy: empty where every figure is met.
fn wrong(policy: &str, text: &str) -> Vec<String> {
    wrong_in(&[("440100/310.toml", policy)], text)
}

fn wrong_in(files: &[(&str, &str)], text: &str) -> Vec<String> {
    let files: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let played = Book::read(&files).and_then(|book| {
        let mut differences = Vec::new();
        for case in cases(text)? {
            let played = book.play("440100/310.toml", &case)?;
            differences.extend(played.differences);
        }
        Ok(differences)
    });
    played.unwrap_or_else(|error| vec![error])
}

/// Policy text of a head and pieces.
fn policy(pieces: &[&str]) -> String {
    format!("{HEAD}{}", pieces.concat())
}

#[track_caller]
fn holds(pieces: &[&str], keys: &str, claims: &[String]) {
    assert_eq!(wrong(&policy(pieces), &case(keys, claims)), Vec::<String>::new());
}

/// Rounds, shares and figures are what the README's own case says.
#[test]
fn the_case_of_the_document() {
    let text = case(
        "before = { admissions = 1, \"inpatient.paid\" = \"10000.00\" }",
        &[stay(
            "2025-03-01",
            "2025-03-08",
            "",
            "fee = { in_scope = \"20000.00\", pre_self_pay = \"500.00\", over_limit = \"0.00\", full_self_pay = \"300.00\" }",
            "deductible = \"500.00\", funds = { hifp_pay = \"16770.00\" }, account = \"0.00\", cash = \"4030.00\", \
             totals = { \"inpatient.paid\" = \"26770.00\", admissions = 2 }",
        )],
    );
    let table = deductible("kind = \"by_admission\"", "{ yuan = [\"1000.00\", \"500.00\"] }");
    let text_of = policy(&[STAY, &table, &ratio("", "[\"0\", \"86\"]")]);
    assert_eq!(wrong(&text_of, &text), Vec::<String>::new());
}

/// What an outcome is, in a word.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Settled(_) => "settled",
        Outcome::Refused(_) => "refused",
        Outcome::Held(_) => "held",
    }
}
