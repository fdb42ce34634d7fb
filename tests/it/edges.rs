//! Rare cases, each of which the plain model and the program once saw differently.

use std::path::Path;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use crate::judge::{judged, none};
use crate::plain::fold::Fold;
use crate::plain::hand::{Flags, Hand, HandClaim, institution, places};
use crate::plain::text::time;
use crate::plain::{self};
use crate::support;

const FIRST: &str = "2026-03-10";
const SECOND: &str = "2026-03-11";

/// Enrols somebody with Beijing's employees.
fn enrol(hand: &mut Hand, number: &str) {
    hand.row(
        "enrolment.csv",
        format!("110105,{number},01,C{number},1,1985-01-01,310,1101,0,,1,,2020-01-01,"),
    );
}

fn at(text: &str) -> NaiveDateTime {
    time(text).unwrap()
}

/// A stay in Beijing of somebody from there.
fn stay(night: &str, id: &str, number: &str, when: &str, yuan: i64) -> HandClaim {
    HandClaim {
        night: night.to_owned(),
        id: id.to_owned(),
        person: number.to_owned(),
        cert: format!("C{number}"),
        insurance: "310".to_owned(),
        person_type: "1101".to_owned(),
        insured: "110105".to_owned(),
        care: "110105".to_owned(),
        institution: institution("110105", 0),
        sender: String::new(),
        visit: String::new(),
        med_type: "21".to_owned(),
        begin: at(when).date(),
        time: at(when),
        flags: Flags::default(),
        disease: String::new(),
        account: String::new(),
        lines: vec![("XA".to_owned(), Decimal::from(yuan), Decimal::ONE)],
    }
}

/// Settles nights and stops with what differs.
fn agree(hand: &Hand, days: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = hand.write(&folder.path().join("night"));
    none(judged(&pipeline, &folder.path().join("store"), days));
}

/// The code for which the first night stops a record.
fn code_of(hand: &Hand, id: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = hand.write(&folder.path().join("night"));
    let store = folder.path().join("store");
    judged(&pipeline, &store, &[FIRST]);
    let stopped = crate::tables::all(&store, "not_settled");
    stopped.iter().find(|row| row["setl_id"] == id).unwrap()["code"].clone()
}

/// One more night after reference data changed.
fn night(fold: &mut Fold, hand: &Hand, folder: &Path, day: &str) -> Vec<String> {
    let pipeline = hand.write(&folder.join("night"));
    let store = folder.join("store");
    let output = support::run(&pipeline, &store, &["--date", day]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", support::stderr(&output));
    plain::judge(fold, &pipeline, day, &store)
}

#[test]
fn a_reversal_that_names_another_person() {
    let mut hand = places();
    for number in ["11000000000000000001", "11000000000000000002"] {
        enrol(&mut hand, number);
    }
    let own = stay(FIRST, "S1", "11000000000000000001", "2026-03-10 09:00:00", 5_000);
    hand.claim(&own);
    let other = HandClaim {
        person: "11000000000000000002".to_owned(),
        cert: "C11000000000000000002".to_owned(),
        ..own
    };
    hand.reversal(&other, "R1", at("2026-03-10 10:00:00"), FIRST);
    hand.reversal(&other, "R2", at("2026-03-11 10:00:00"), SECOND);
    agree(&hand, &[FIRST, SECOND]);
}

#[test]
fn a_reversal_and_a_newer_balance() {
    let folder = tempfile::tempdir().unwrap();
    let (mut hand, mut fold) = (places(), Fold::default());
    let number = "11000000000000000001";
    enrol(&mut hand, number);
    let header = "insu_admdvs,psn_no,balc,acct_mulaid_limit,as_of_time";
    let balance = |amount: &str, day: &str| format!("110105,{number},{amount},0.00,{day} 23:00:00");
    hand.replace("balances.csv", &[header, &balance("500.00", "2026-01-01")]);
    let draws = Flags { account_used: true, ..Flags::default() };
    let account = "100.00".to_owned();
    let first = stay(FIRST, "S1", number, "2026-03-10 09:00:00", 1_000);
    let first = HandClaim { flags: draws, account, ..first };
    hand.claim(&first);
    let mut differences = night(&mut fold, &hand, folder.path(), FIRST);
    // The account's own books know of the draw, and of 20 yuan paid in since.
    hand.replace("balances.csv", &[header, &balance("420.00", "2026-03-10")]);
    hand.reversal(&first, "R1", at("2026-03-11 08:00:00"), SECOND);
    let second = stay(SECOND, "S2", number, "2026-03-11 09:00:00", 1_000);
    hand.claim(&HandClaim { flags: draws, ..second });
    differences.extend(night(&mut fold, &hand, folder.path(), SECOND));
    none(differences);
}

#[test]
fn a_reversal_with_another_med_type() {
    let mut hand = places();
    enrol(&mut hand, "11000000000000000001");
    let own = stay(FIRST, "S1", "11000000000000000001", "2026-03-10 09:00:00", 5_000);
    hand.claim(&own);
    let other = HandClaim { med_type: "11".to_owned(), ..own };
    hand.reversal(&other, "R1", at("2026-03-10 10:00:00"), FIRST);
    agree(&hand, &[FIRST]);
    assert_eq!(code_of(&hand, "R1"), "D604", "it would be booked to another kind of care");
}

#[test]
fn a_second_copy_with_a_finding_of_its_own() {
    let mut hand = places();
    enrol(&mut hand, "11000000000000000001");
    let own = stay(FIRST, "S1", "11000000000000000001", "2026-03-10 09:00:00", 5_000);
    hand.claim(&own);
    let elsewhere = HandClaim {
        institution: institution("110105", 1),
        sender: own.institution.clone(),
        lines: Vec::new(),
        ..own
    };
    hand.claim(&elsewhere);
    agree(&hand, &[FIRST]);
}

#[test]
fn a_division_that_changed_its_pool() {
    let mut hand = places();
    hand.row("regions.csv", "110181,a county,120000,2020-01-01,2025-12-31");
    hand.row("regions.csv", "110181,a county,110000,2026-01-01,");
    hand.row(
        "enrolment.csv",
        "110181,11000000000000000001,01,C11000000000000000001,1,1985-01-01,310,1101,0,,1,,2020-01-01,",
    );
    let own = stay(FIRST, "S1", "11000000000000000001", "2026-03-10 09:00:00", 5_000);
    hand.claim(&HandClaim { insured: "110181".to_owned(), ..own });
    agree(&hand, &[FIRST]);
}

#[test]
fn a_corrected_certificate_number() {
    let folder = tempfile::tempdir().unwrap();
    let (mut hand, mut fold) = (places(), Fold::default());
    let number = "11000000000000000001";
    let header = "insu_admdvs,psn_no,psn_cert_type,certno,gend,brdy,insutype,psn_type,cvlserv_flag,psn_idet_type,\
        psn_insu_stas,wait_until,begndate,enddate";
    let spell =
        |cert: &str| format!("110105,{number},01,{cert},1,1985-01-01,310,1101,0,,1,,2020-01-01,");
    hand.replace("enrolment.csv", &[header, &spell("C11000000000000000001")]);
    let first = stay(FIRST, "S1", number, "2026-03-10 09:00:00", 5_000);
    hand.claim(&first);
    let mut differences = night(&mut fold, &hand, folder.path(), FIRST);
    hand.replace("enrolment.csv", &[header, &spell("D2")]);
    let second = stay(SECOND, "S2", number, "2026-03-11 09:00:00", 5_000);
    hand.claim(&HandClaim { cert: "D2".to_owned(), ..second });
    hand.reversal(&first, "R1", at("2026-03-11 10:00:00"), SECOND);
    differences.extend(night(&mut fold, &hand, folder.path(), SECOND));
    none(differences);
}

#[test]
fn lines_of_a_settlement_whose_id_is_too_long() {
    let mut hand = places();
    enrol(&mut hand, "11000000000000000001");
    let id = "S".repeat(31);
    hand.claim(&stay(FIRST, &id, "11000000000000000001", "2026-03-10 09:00:00", 5_000));
    hand.claim(&stay(FIRST, "S2", "11000000000000000001", "2026-03-10 10:00:00", 5_000));
    agree(&hand, &[FIRST]);
}

#[test]
fn lines_by_visit_of_a_reversed_settlement() {
    let mut hand = places();
    enrol(&mut hand, "11000000000000000001");
    let own = stay(FIRST, "S1", "11000000000000000001", "2026-03-10 09:00:00", 5_000);
    let own = HandClaim { flags: Flags { by_visit: true, ..Flags::default() }, ..own };
    hand.claim(&own);
    hand.reversal(&own, "R1", at("2026-03-10 10:00:00"), FIRST);
    agree(&hand, &[FIRST]);
}

#[test]
fn a_reversal_at_the_same_second_as_another_claim() {
    let mut hand = places();
    enrol(&mut hand, "11000000000000000001");
    let own = stay(FIRST, "A", "11000000000000000001", "2026-03-10 09:00:00", 5_000);
    hand.claim(&own);
    hand.claim(&stay(FIRST, "M", "11000000000000000001", "2026-03-10 10:00:00", 5_000));
    hand.reversal(&own, "Z", at("2026-03-10 10:00:00"), FIRST);
    agree(&hand, &[FIRST]);
}

#[test]
fn a_stay_that_is_settled_in_the_middle() {
    let mut hand = places();
    enrol(&mut hand, "11000000000000000001");
    let middle = stay(FIRST, "S1", "11000000000000000001", "2026-03-10 09:00:00", 25_000);
    let flags = Flags { mid_stay: true, ..Flags::default() };
    hand.claim(&HandClaim { flags, ..middle });
    let end = stay(FIRST, "S2", "11000000000000000001", "2026-03-10 10:00:00", 25_000);
    hand.claim(&HandClaim { visit: "VS1".to_owned(), ..end });
    agree(&hand, &[FIRST]);
}

#[test]
fn unfiled_care_without_terms() {
    let mut hand = places();
    // Wuhan has no terms for chronic disease, and refuses unfiled care.
    let number = "42010000000000000001";
    hand.row(
        "enrolment.csv",
        format!("420102,{number},01,C{number},1,1985-01-01,310,1101,0,,1,,2020-01-01,"),
    );
    hand.row("chronic.csv", format!("420102,{number},,M03900,,2020-01-01,"));
    let own = stay(FIRST, "S1", number, "2026-03-10 09:00:00", 500);
    hand.claim(&HandClaim {
        insured: "420102".to_owned(),
        med_type: "14".to_owned(),
        disease: "M03900".to_owned(),
        ..own
    });
    assert_eq!(code_of(&hand, "S1"), "E509");
}

#[test]
fn a_reversal_of_a_held_record() {
    let mut hand = places();
    // Foshan has no policy: held.
    visitor(&mut hand, "S1", "21", 5_000);
    let own = stay(FIRST, "S1", "4406S1", "2026-03-10 09:00:00", 5_000);
    let own = HandClaim { insured: "440604".to_owned(), ..own };
    hand.reversal(&own, "R1", at("2026-03-10 10:00:00"), FIRST);
    // Somebody else, so that something is published.
    enrol(&mut hand, "11000000000000000001");
    hand.claim(&stay(FIRST, "S2", "11000000000000000001", "2026-03-10 10:00:00", 5_000));
    assert_eq!(code_of(&hand, "S1"), "H702");
    assert!(code_of(&hand, "R1").starts_with('H'), "it waits with what it undoes");
}

/// A policy for Foshan's employees; `effect` is its row of care elsewhere.
fn invented(effect: &str) -> String {
    format!(
        "title = \"t\"\nregion = \"440600\"\ninsurance = [\"310\"]\nlast_checked = 2026-11-24\n\
         [sources.s]\ntitle = \"t\"\nconfidence = \"low\"\n\
         [[layer]]\nid = \"stay\"\ncare = [\"inpatient\"]\nfund = \"hifp_pay\"\ncounter = \"inpatient\"\nbase = [\"in_scope\"]\n\
         [[layer.ratio]]\nfrom = 2020-01-01\nsource = \"s\"\nrows = [ {{ segments = [[\"0\", \"92.25\"]] }} ]\n\
         [[layer]]\nid = \"visit\"\ncare = [\"outpatient\"]\nfund = \"hifp_pay\"\ncounter = \"outpatient\"\nbase = [\"in_scope\"]\n\
         [[layer.ratio]]\nfrom = 2020-01-01\nsource = \"s\"\nrows = [ {{ segments = [[\"0\", \"50\"]] }} ]\n\
         [[cross_region]]\nfrom = 2020-01-01\nsource = \"s\"\nrows = [ {effect} ]\n"
    )
}

/// Somebody from Foshan treated in Beijing.
fn visitor(hand: &mut Hand, id: &str, med_type: &str, yuan: i64) {
    let number = format!("4406{id}");
    hand.row(
        "enrolment.csv",
        format!("440604,{number},01,C{number},1,1985-01-01,310,1101,0,,1,,2020-01-01,"),
    );
    let own = stay(FIRST, id, &number, "2026-03-10 09:00:00", yuan);
    let (insured, med_type) = ("440604".to_owned(), med_type.to_owned());
    hand.claim(&HandClaim { insured, med_type, ..own });
}

#[test]
fn first_percent_of_stays_only() {
    let mut hand = places();
    hand.policy = invented(
        "{ effect = \"first_percent\", value = \"20\", base = \"in_scope\", before = \"deductible\", layers = [\"stay\"] }",
    );
    visitor(&mut hand, "S1", "21", 5_000);
    visitor(&mut hand, "S2", "11", 5_000);
    agree(&hand, &[FIRST]);
}

#[test]
fn a_factor_with_more_than_six_decimals() {
    let mut hand = places();
    // 0.9225 x 0.875 = 0.8071875: refused, rather than rounded before it meets the amount.
    hand.policy = invented("{ effect = \"factor\", value = \"87.5\" }");
    visitor(&mut hand, "S1", "21", 50_000);
    let folder = tempfile::tempdir().unwrap();
    let pipeline = hand.write(&folder.path().join("night"));
    let store = folder.path().join("store");
    let output = support::run(&pipeline, &store, &["--date", FIRST]);
    assert_eq!(output.status.code(), Some(2));
    let told = support::stderr(&output);
    assert!(told.contains("factor 87.5% of ratio 92.25%"), "{told}");
}

/// A stay of 25,000 settled in the middle, and its last part of as much.
fn two_parts(hand: &mut Hand, second_night: &str, when: &str) -> HandClaim {
    enrol(hand, "11000000000000000001");
    let middle = stay(FIRST, "S1", "11000000000000000001", "2026-03-10 09:00:00", 25_000);
    let flags = Flags { mid_stay: true, ..Flags::default() };
    hand.claim(&HandClaim { flags, ..middle });
    let end = stay(second_night, "S2", "11000000000000000001", when, 25_000);
    let end = HandClaim { visit: "VS1".to_owned(), begin: at("2026-03-10 09:00:00").date(), ..end };
    hand.claim(&end);
    end
}

#[test]
fn a_stay_whose_parts_settle_in_two_nights() {
    let mut hand = places();
    two_parts(&mut hand, SECOND, "2026-03-11 10:00:00");
    agree(&hand, &[FIRST, SECOND]);
}

#[test]
fn the_last_part_of_a_stay_is_reversed_and_settled_again() {
    let mut hand = places();
    let end = two_parts(&mut hand, FIRST, "2026-03-10 10:00:00");
    hand.reversal(&end, "R2", at("2026-03-11 10:00:00"), SECOND);
    hand.claim(&HandClaim {
        id: "S3".to_owned(),
        night: SECOND.to_owned(),
        time: at("2026-03-11 11:00:00"),
        ..end
    });
    agree(&hand, &[FIRST, SECOND]);
}
