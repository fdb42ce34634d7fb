//! The model against what a store published for a day. Every difference names the record, the field and both values.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::books::{Sums, books};
use super::fold::{Judged, Results};
use super::night::Inputs;
use super::published::Published;
use super::text::{day as parse_day, number};
use super::{first, outcome};
use crate::tables::Row;

/// Compares a night.
pub fn compare(
    inputs: &Inputs,
    day: &str,
    results: &Results,
    published: &Published,
    differences: &mut Vec<String>,
) {
    let mut found = Vec::new();
    refusals(results, published, &mut found);
    settlements(results, published, &mut found);
    details(results, published, &mut found);
    stopped(inputs, day, results, published, &mut found);
    breaks(results, published, &mut found);
    let books = books(results, inputs.pipeline.clear_base != "funds");
    let keyed = |rows: &[Row], key: &[&str], columns: &[&str]| {
        rows.iter().map(|row| sums_row(None, row, key, columns)).collect::<Sums>()
    };
    let ledger = [
        "book",
        "owner_admdvs",
        "insuplc_admdvs",
        "mdtrtarea_admvs",
        "fixmedins_code",
        "insutype",
        "care_kind",
        "fund",
        "account",
    ];
    let theirs = keyed(&published.ledger, &ledger, &["debit", "credit"]);
    sums("ledger_entry", &books.ledger, &theirs, &mut found);
    let position = ["insuplc_admdvs", "mdtrtarea_admvs", "insutype", "care_kind", "fund"];
    let counts = ["settlements", "reversals", "medfee_sumamt", "amount"];
    let theirs = keyed(&published.positions, &position, &counts);
    sums("clearing_position", &books.positions, &theirs, &mut found);
    statements(
        &books.payable,
        published,
        "payable_statement.csv",
        &["mdtrtarea_admvs"],
        &mut found,
    );
    statements(
        &books.receivable,
        published,
        "receivable_statement.csv",
        &["insuplc_admdvs"],
        &mut found,
    );
    let pay = ["fixmedins_code", "insuplc_admdvs"];
    statements(&books.pay_list, published, "institution_pay_list.csv", &pay, &mut found);
    differences.extend(found.into_iter().map(|line| format!("{day}: {line}")));
}

fn refusals(results: &Results, published: &Published, found: &mut Vec<String>) {
    let ours: BTreeSet<&String> = results.refused.keys().collect();
    let theirs: BTreeSet<&String> = published.refused.keys().collect();
    for folder in ours.symmetric_difference(&theirs) {
        let (ours, theirs) = (results.refused.get(*folder), published.refused.get(*folder));
        found.push(format!("submission {folder}: model refuses {ours:?}, program {theirs:?}"));
    }
}

type RecordKey = (String, String);

fn ours(results: &Results) -> BTreeMap<RecordKey, &Judged> {
    let settled = results.records.iter().filter(|judged| judged.settled.is_some());
    settled
        .map(|judged| {
            let reversal = judged.claim.as_ref().unwrap().reversal;
            ((judged.id.clone(), u8::from(reversal).to_string()), judged)
        })
        .collect()
}

fn record_key(row: &Row) -> RecordKey {
    (row["setl_id"].clone(), row["refd_setl_flag"].clone())
}

fn settlements(results: &Results, published: &Published, found: &mut Vec<String>) {
    let ours = ours(results);
    let mut theirs: BTreeMap<RecordKey, &Row> = BTreeMap::new();
    for row in &published.settlement {
        if theirs.insert(record_key(row), row).is_some() {
            found.push(format!("{}: settled twice", row["setl_id"]));
        }
    }
    for (key, judged) in &ours {
        let Some(row) = theirs.get(key) else {
            found.push(format!("{}: model settles it, program does not", key.0));
            continue;
        };
        amounts("settlement", judged, row, found);
        let settled = judged.settled.as_ref().unwrap();
        let texts = [
            ("filing_class", settled.filing.to_owned()),
            ("insuplc_admdvs", settled.insured.clone()),
            ("mdtrtarea_admvs", settled.care_pool.clone()),
            ("hosp_lv", settled.level.clone()),
            ("pay_loc", pay_loc(settled.scope).to_owned()),
            ("benefit_year", settled.year.to_string()),
            ("line_count", settled.lines.to_string()),
            ("fold_place", judged.fold_place.to_string()),
            ("submission", judged.place.label()),
            ("source_line", judged.place.line.to_string()),
        ];
        for (column, value) in texts {
            if row[column] != value {
                found.push(differs("settlement", &key.0, column, &value, &row[column]));
            }
        }
    }
    for key in theirs.keys().filter(|key| !ours.contains_key(key)) {
        found.push(format!("{}: program settles it, model does not", key.0));
    }
}

fn pay_loc(scope: &str) -> &'static str {
    match scope {
        "local" => "2",
        "same_province" => "3",
        _ => "4",
    }
}

fn differs(place: &str, id: &str, column: &str, ours: &str, theirs: &str) -> String {
    format!("{place} {id}: {column}: model {ours}, program {theirs}")
}

fn amounts(place: &str, judged: &Judged, row: &Row, found: &mut Vec<String>) {
    let amounts = judged.settled.as_ref().unwrap().amounts();
    let known = amounts.iter().map(|(column, amount)| (*column, format!("{amount:.2}")));
    let balance = (!amounts.contains_key("balc")).then(|| ("balc", String::new()));
    for (column, value) in known.chain(balance) {
        let same = number(&row[column], 2) == number(&value, 2);
        if !same {
            found.push(differs(place, &judged.id, column, &value, &row[column]));
        }
    }
}

/// Declared amounts that are not the computed ones.
fn breaks(results: &Results, published: &Published, found: &mut Vec<String>) {
    let mut ours = BTreeSet::new();
    for judged in &results.records {
        let (Some(claim), Some(settled)) = (&judged.claim, &judged.settled) else { continue };
        let computed = settled.amounts();
        for (column, declared) in &claim.declared {
            if let Some(computed) = computed.get(column).filter(|computed| *computed != declared) {
                ours.insert((judged.id.clone(), (*column).to_owned(), *declared, *computed));
            }
        }
    }
    let theirs = published.breaks.iter().map(|row| {
        let of = |column: &str| number(&row[column], 2).unwrap();
        (row["setl_id"].clone(), row["field"].clone(), of("declared"), of("computed"))
    });
    let theirs: BTreeSet<_> = theirs.collect();
    for one in ours.symmetric_difference(&theirs) {
        let (id, field, declared, computed) = one;
        let side = if ours.contains(one) { "model" } else { "program" };
        found.push(format!("break {id}: {field}: {declared} against {computed}, {side} only"));
    }
}

/// Each region's own files hold the records of its role, and no other.
fn details(results: &Results, published: &Published, found: &mut Vec<String>) {
    for (name, insured) in
        [("insured_settlement_detail.csv", true), ("care_settlement_detail.csv", false)]
    {
        let mut theirs: BTreeMap<(RecordKey, String), &Row> = BTreeMap::new();
        for (region, row) in published.file(name) {
            theirs.insert((record_key(row), region.clone()), row);
        }
        for (key, judged) in ours(results) {
            let settled = judged.settled.as_ref().unwrap();
            let region = if insured { &settled.insured } else { &settled.care_pool };
            let Some(row) = theirs.remove(&(key.clone(), region.clone())) else {
                found.push(format!("{name} {}: missing in {region}", key.0));
                continue;
            };
            amounts(name, judged, row, found);
            let number = &judged.claim.as_ref().unwrap().person;
            if insured && row["psn_no"] != *number {
                found.push(format!("{name} {}: psn_no is another", key.0));
            }
        }
        for ((key, _), region) in theirs.keys().map(|key| (key, &key.1)) {
            found.push(format!("{name} {}: not due in {region}", key.0));
        }
    }
}

/// Rejected and held records, by where they stand: the code that decides, in the table and in what goes back.
fn stopped(
    inputs: &Inputs,
    day: &str,
    results: &Results,
    published: &Published,
    found: &mut Vec<String>,
) {
    type Key = (String, String, bool);
    let is_line = |code: &str| matches!(code, "L301" | "L307");
    let mut theirs: BTreeMap<Key, (String, String)> = BTreeMap::new();
    for row in &published.not_settled {
        let key = (row["submission"].clone(), row["source_line"].clone(), is_line(&row["code"]));
        theirs.insert(key, (row["code"].clone(), row["outcome"].clone()));
    }
    let mut returned: BTreeMap<Key, (String, String)> = BTreeMap::new();
    for (region, row) in published.file("rejected.csv").iter().filter(|(_, r)| r["reason"] == "1") {
        let key = (row["submission"].clone(), row["record_line"].clone(), is_line(&row["code"]));
        returned.insert(key, (row["code"].clone(), region.clone()));
    }
    for judged in results.records.iter().filter(|judged| judged.settled.is_none()) {
        let place = &judged.place;
        let key = (place.label(), place.line.to_string(), place.is_line);
        let Some(code) = first(&judged.findings) else {
            found.push(format!("{}: model has no reason to stop it", judged.id));
            continue;
        };
        let at = format!("{} ({} line {})", judged.id, key.0, key.1);
        match theirs.remove(&key) {
            Some((theirs, its)) if theirs == code && its == outcome(code) => {}
            other => {
                found.push(format!("{at}: model {code} {:?}, program {other:?}", judged.findings));
            }
        }
        let business = parse_day(day).unwrap();
        let institution = judged.claim.as_ref().map_or(&place.submission.0, |c| &c.institution);
        let region = inputs
            .reference
            .institution(institution, business)
            .and_then(|(division, _)| inputs.reference.pool(division, business));
        match (returned.get(&key), region) {
            (Some((theirs, its)), Some(region)) if theirs == code && its == region => {}
            (None, None) => {}
            (theirs, region) => {
                found.push(format!("{at}: model returns {code} in {region:?}, program {theirs:?}"));
            }
        }
    }
    for (key, value) in theirs {
        found.push(format!("{key:?}: program stops it with {value:?}, model does not"));
    }
}

/// One row's key and sums.
fn sums_row(
    region: Option<&str>,
    row: &Row,
    key: &[&str],
    columns: &[&str],
) -> (Vec<String>, BTreeMap<String, Decimal>) {
    let mut texts: Vec<String> = region.map(str::to_owned).into_iter().collect();
    texts.extend(key.iter().map(|column| row[*column].clone()));
    let sums =
        columns.iter().map(|column| ((*column).to_owned(), number(&row[*column], 2).unwrap()));
    (texts, sums.collect())
}

fn statements(
    ours: &Sums,
    published: &Published,
    name: &str,
    others: &[&str],
    found: &mut Vec<String>,
) {
    let mut columns = vec!["settlements", "reversals", "medfee_sumamt", "acct_pay", "amount"];
    columns.extend(super::row::FUNDS);
    let mut key = others.to_vec();
    key.extend(["insutype", "care_kind"]);
    let theirs: Sums = published
        .file(name)
        .iter()
        .map(|(region, row)| sums_row(Some(region), row, &key, &columns))
        // A region with local care only has an empty statement.
        .filter(|(key, row)| {
            key[1] != "合计" || ours.contains_key(key) || row["settlements"] != Decimal::ZERO
        })
        .collect();
    sums(name, ours, &theirs, found);
}

fn sums(name: &str, ours: &Sums, theirs: &Sums, found: &mut Vec<String>) {
    let keys: BTreeSet<&Vec<String>> = ours.keys().chain(theirs.keys()).collect();
    for key in keys {
        let empty = BTreeMap::new();
        let (Some(_), Some(_)) = (ours.get(key), theirs.get(key)) else {
            let side = if ours.contains_key(key) { "model only" } else { "program only" };
            found.push(format!("{name} {}: {side}", key.join("/")));
            continue;
        };
        let (ours, theirs) = (ours.get(key).unwrap_or(&empty), theirs.get(key).unwrap_or(&empty));
        let columns: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for column in columns {
            let of =
                |sums: &BTreeMap<String, Decimal>| sums.get(column).copied().unwrap_or_default();
            if of(ours) != of(theirs) {
                let (ours, theirs) = (of(ours).to_string(), of(theirs).to_string());
                found.push(differs(name, &key.join("/"), column, &ours, &theirs));
            }
        }
    }
}
