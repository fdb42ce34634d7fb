//! Pages of policies: what they say, that they leave nothing out, and what a change comes to in money.

use std::path::{Path, PathBuf};

use medsettle::calendar::Date;
use medsettle::ingest::policy_book::{self, LoadedBook};
use medsettle::money::Fen;
use medsettle::page::bills::{self, Came, Version};
use medsettle::page::diff::{Kind, Pairing, changes};
use medsettle::page::outline::Outline;
use medsettle::page::{Lang, show};

use crate::support::{code, medsettle, root, stdout};

fn folder() -> PathBuf {
    root().join("fixtures/policy/page")
}

fn load(book: &str) -> LoadedBook {
    policy_book::load(&[folder().join(book)]).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn page(book: &str, lang: Lang, on: Option<&str>) -> String {
    let loaded = load(book);
    let on = on.map(|day| Date::parse(day.as_bytes()).unwrap());
    show::page(&Outline::of(&loaded.written, &loaded.written.policies[0], on), lang)
}

/// Holds a text against the one that was read by a person.
fn golden(name: &str, text: &str) {
    let path = folder().join("expected").join(name);
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if text != expected {
        let got = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&got, text).unwrap();
        panic!(
            "{} is not what is shown now, {}; read it and copy it",
            path.display(),
            got.display()
        );
    }
}

#[test]
fn a_page_in_chinese() {
    golden("show.zh.md", &page("small", Lang::Zh, None));
}

#[test]
fn a_page_in_english() {
    golden("show.en.md", &page("small", Lang::En, None));
}

#[test]
fn a_page_in_one_language_has_nothing_of_the_other() {
    let english = page("full", Lang::En, None);
    for line in english.lines().filter(|line| !line.starts_with("# ") && !line.contains('《')) {
        let chinese = line.chars().find(|c| ('\u{4e00}'..='\u{9fff}').contains(c));
        assert_eq!(chinese, None, "{line}");
    }
}

#[test]
fn what_is_uncertain_is_marked_wherever_it_stands() {
    for lang in [Lang::Zh, Lang::En, Lang::Both] {
        let text = page("small", lang, None);
        let mark = if lang == Lang::En { "not confirmed (low)" } else { "未确证" };
        // Four rows of care elsewhere, their cells in the matrix, the banner and the footnote.
        assert!(text.matches(mark).count() >= 4 + 4 + 2, "{text}");
        let doubtful = text.lines().filter(|line| line.contains("200,000.00"));
        let mark = if lang == Lang::En { "uncertain (medium)" } else { "存疑" };
        assert!(doubtful.into_iter().all(|line| line.contains(mark)), "{text}");
    }
}

#[test]
fn every_key_of_the_format_is_on_the_page() {
    let text = page("full", Lang::En, None);
    for words in [
        // head
        "region: 990800",
        "residents' basic insurance (390)",
        "minor or student resident, adult resident, elderly resident",
        "complete from: 2023-01-01",
        "since 2019-07-01 from 07-01",
        "divided by its days",
        "day of admission",
        "the sum of a layer's segments",
        "000000/base.toml",
        "average_income",
        "52,000.00",
        // layers
        "only for: tier 3 or tier 2 or tier 1 or ungraded",
        "(hifp_pay)",
        "total of stays, total of large amounts",
        "in scope, class B first payment",
        "ratio as of: Pooled fund, stays",
        "deductible as of: Pooled fund, stays",
        "during a stay: the layer pays nothing",
        "from base file: 000000/base.toml",
        // deductible
        "by the number of the stay",
        "no more than 1,400.00 a year",
        "each further 90 days begun",
        "to a higher tier the difference, to a lower one waived, to the same full",
        "paid as deductible within 2 days counts once",
        "first 1,000.00, number 2 500.00, number 3 and later 0.00",
        "less by 20% of the one before, never below 200.00, never more than 60% below the first",
        "then 50.00 less each time",
        "20% of the total fee, at least 100.00, at most 2 % of average_income",
        "14,000.00 (14 x national_figure)",
        "once a year, cumulative",
        // first, ratio
        "the person first pays 10%",
        "period of 90 days",
        "from the first yuan, the deductible inside",
        "exactly on a bound: the lower one",
        "2 x average_income",
        "the person's share becomes 60% of itself",
        "5 points more for the fund",
        "1 points fewer for the person",
        // cap
        "bounds what the fund pays in a year",
        "bounds the total of large amounts",
        "the highest limit, more for each further disease",
        "6 x average_income",
        "1,000.00 more for each further disease",
        "no cap",
        "3,800.00 more for each of whole years of unbroken enrolment above 4",
        "counts as 0 once",
        "at most 20% of the cap",
        // top-up
        "funds together pay at least 50% of the in-scope amount",
        // care elsewhere
        "as at home",
        "10 points off (Pooled fund, stays)",
        "first pays 20% of the in-scope amount, before the deductible, then the rules of a tier 3A hospital",
        "150% of the deductible, then every ratio becomes 60%",
        "90% of every ratio",
        "the layer pays nothing",
        "not settled directly (rejected)",
        "at most 10 points off",
        // waiting, registrations, account
        "gap of more than 90 days: 3 months of waiting, 1 more for each whole year",
        "at most 3 chronic diseases",
        "before all layers the account pays",
        "after all layers the account may pay",
        // conditions
        "residents' basic insurance (390), child below school age (1402)",
        "aged 60 to 69",
        "aged 70 and over",
        "born from 1950-01-01 and before 1960-01-01",
        "retired from 2001-01-01 and before 2002-01-01",
        "enrolled for 12 to 24 months",
        "minimum-allowance recipient (2303)",
        "family doctor (family_doctor)",
        "community institution (community)",
        "tier 1A",
        "same prefecture",
        "other province",
        "care in Tianjin (12) or Hebei (13)",
        "institution without the link",
        "institution with the link",
        "disease M03",
        "emergency turned stay (24)",
        "stays 2 to 3 of the year",
        "no case shows it: nobody published one",
        "stands on purpose before later rows",
        // what is left out
        "not filed, pharmacy: the notice does not speak of it",
        "the whole amount goes by the segment that is reached",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
}

#[test]
fn a_day_shows_what_holds_on_it() {
    let before = page("full", Lang::En, Some("2023-06-01"));
    let after = page("full", Lang::En, Some("2024-08-01"));
    assert!(before.contains("300,000.00 (6 x average_income)"), "{before}");
    assert!(after.contains("312,000.00 (6 x average_income)"), "{after}");
    assert!(!before.contains("since 2024-01-01") && after.contains("since 2024-01-01"));
    assert!(!before.contains("after all layers the account"));
}

#[test]
fn a_changed_ratio_shows_in_money() {
    let (old, new) = (load("small"), load("changed"));
    let (before, after) = (&old.written.policies[0], &new.written.policies[0]);
    let (old_page, new_page) =
        (Outline::of(&old.written, before, None), Outline::of(&new.written, after, None));
    let tables = changes(&old_page, &new_page, Pairing::Versions);
    let kinds: Vec<Kind> = tables.iter().flat_map(|t| &t.changes).map(|c| c.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Value).count(), 1, "{kinds:?}");
    assert!(kinds.contains(&Kind::Source));
    let groups = bills::compare(version(&old), version(&new));
    let plain = &groups[0];
    assert_eq!(plain.whom[0].en, "stays, in service, tier 3");
    let ten_thousand = plain.bills.iter().find(|(amount, ..)| *amount == Fen::new(1_000_000));
    // (10,000 - 1,000) x 80 % and x 75 %.
    let (_, before, after) = ten_thousand.unwrap();
    let fund = |came: &Came| match came {
        Came::Paid { funds, person, .. } => (funds.iter().copied().sum::<Fen>(), *person),
        other => panic!("{other:?}"),
    };
    assert_eq!(fund(before), (Fen::new(720_000), Fen::new(280_000)));
    assert_eq!(fund(after), (Fen::new(675_000), Fen::new(325_000)));
    let below = plain.bills.iter().any(|(amount, ..)| *amount == Fen::new(50_000));
    assert!(!below, "a bill below the deductible is paid as before");
    let all: Vec<&str> = groups.iter().flat_map(|g| &g.whom).map(|w| w.en.as_str()).collect();
    assert!(all.iter().all(|whom| whom.contains("tier 3")), "{all:#?}");
}

fn version(loaded: &LoadedBook) -> Version<'_> {
    Version {
        written: &loaded.written.policies[0],
        paper: &loaded.written,
        policy: &loaded.book.policies()[0],
        book: &loaded.book,
        day: Date::parse(b"2023-01-01").unwrap(),
    }
}

#[test]
fn pages_and_differences_from_the_command_line() {
    let small = folder().join("small");
    let (small, changed) = (small.to_str().unwrap(), folder().join("changed"));
    let shown = medsettle(&["policy", "show", "990800", "--policy", small, "--lang", "zh"]);
    assert_eq!((code(&shown), stdout(&shown)), (0, page("small", Lang::Zh, None)));
    let missing = medsettle(&["policy", "show", "990801", "--policy", small]);
    assert_eq!(code(&missing), 2);
    let versions = medsettle(&["policy", "diff", small, changed.to_str().unwrap(), "--lang", "zh"]);
    assert_eq!(code(&versions), 0);
    golden("diff.zh.md", &stdout(&versions));
    let same = medsettle(&["policy", "diff", small, small, "--lang", "en"]);
    assert!(stdout(&same).contains("do not differ"));
    let full = folder().join("full");
    let full = full.to_str().unwrap();
    let days = ["--from", "2023-06-01", "--to", "2024-08-01", "--policy", full, "--lang", "en"];
    let days = medsettle(&[&["policy", "diff", "990800"][..], &days].concat());
    let text = stdout(&days);
    assert_eq!(code(&days), 0);
    for words in ["300,000.00 (6 x average_income)", "312,000.00", "added", "What typical bills"] {
        assert!(text.to_lowercase().contains(&words.to_lowercase()), "{words} is not in\n{text}");
    }
    assert_eq!(code(&medsettle(&["policy", "diff", "990800"])), 2);
}
