//! Books: bases, dates, years, a stay over a year's end, reversals.

use chrono::NaiveDate;

use super::super::calendar::{days_by_year, month_number, year_of};
use super::super::file::File;
use super::super::{Book, cases};
use super::{HALF, STAY, VISIT, case, deductible, holds, pays, ratio, stay, visit, word, wrong_in};

const BASE: &str = r#"
base = true
[[parameter]]
id = "line"
from = 2020-01-01
yuan = "400.00"
[[layer]]
id = "stay"
care = ["inpatient"]
fund = "hifp_pay"
counter = "inpatient"
base = ["in_scope"]
[[layer.deductible]]
from = 2020-01-01
kind = "by_admission"
rows = [ { levels = ["2"], yuan = ["1 x line"] }, { yuan = ["500.00"] } ]
[[layer.ratio]]
from = 2020-01-01
rows = [ { segments = [["0", "50"]] } ]
adjust = [ { persons = ["12"], points = "10" } ]
[[layer]]
id = "aid"
care = ["inpatient"]
fund = "maf_pay"
counter = "medical_aid"
base = ["copay", "over_cap"]
[[layer.ratio]]
from = 2020-01-01
measure = "year"
rows = [ { segments = [["0", "10"]] } ]
"#;

#[test]
fn a_region_changes_a_base() {
    let region = r#"
region = "440100"
insurance = ["310"]
extends = ["000000/national.toml"]
[[layer]]
id = "stay"
[[layer.deductible]]
from = 2022-01-01
rows = [ { levels = ["3"], yuan = ["900.00"] } ]
[[layer.cap]]
from = 2020-01-01
on = "fund_paid"
rows = [ { yuan = "100.00" } ]
[[layer]]
id = "large"
care = ["inpatient"]
fund = "hifob_pay"
counter = "large"
base = ["over_cap"]
[[layer.ratio]]
from = 2020-01-01
rows = [ { segments = [["0", "90"]] } ]
"#;
    let files = [("440100/310.toml", region), ("000000/national.toml", BASE)];
    // 900; room 100 of 200; large 90 % of 900; aid 10 % of 100 + 90.
    let tertiary = "deductible = \"900.00\", funds = { hifp_pay = \"100.00\", hifob_pay = \"810.00\", maf_pay = \"19.00\" }";
    // The base's own row and parameter; 1600 over the cap of which nothing is left.
    let secondary = "deductible = \"400.00\", funds = { hifp_pay = \"0.00\", hifob_pay = \"1440.00\", maf_pay = \"16.00\" }";
    let before = "deductible = \"500.00\"";
    let text = case(
        "",
        &[
            stay("2021-01-01", "2021-01-02", "2000.00", "", before),
            stay("2025-01-01", "2025-01-02", "2000.00", "", tertiary),
            stay("2025-02-01", "2025-02-02", "2000.00", "hosp_lv = \"05\"", secondary),
        ],
    );
    assert_eq!(wrong_in(&files, &text), Vec::<String>::new());
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let file = |text: &str| Book::read(&[("440100/310.toml".to_owned(), text.to_owned())]);
    assert!(file("nonsense").is_err());
    assert!(file("region = \"1\"\nextends = [\"none.toml\"]").is_err());
    let ignored = [("440100/310.cases.toml".to_owned(), "nonsense".to_owned())];
    assert!(Book::read(&ignored).is_ok());
    assert!(cases("[[case]]").is_err());
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

#[test]
fn benefit_years() {
    let starts = |text: &str| toml::from_str::<File>(text).ok().and_then(|file| file.year_starts);
    let dated = starts(
        "year_starts = [ { from = 2000-01-01, starts = \"04-01\" }, { from = 2019-07-01, starts = \"07-01\" } ]",
    );
    let of = |starts, on| year_of(starts, on).unwrap_or_default();
    assert_eq!(of(None, day(2025, 6, 1)), day(2025, 1, 1));
    assert_eq!(of(dated.as_ref(), day(2019, 3, 31)), day(2018, 4, 1));
    assert_eq!(of(dated.as_ref(), day(2019, 6, 30)), day(2019, 4, 1));
    assert_eq!(of(dated.as_ref(), day(2019, 7, 1)), day(2019, 7, 1));
    assert_eq!(of(dated.as_ref(), day(2020, 6, 30)), day(2019, 7, 1));
    // In force before its first day comes: the year that runs is lengthened to 15 months.
    let longer = starts(
        "year_starts = [ { from = 2000-01-01, starts = \"04-01\" }, { from = 2019-04-01, starts = \"07-01\" } ]",
    );
    assert_eq!(of(longer.as_ref(), day(2019, 6, 30)), day(2018, 4, 1));
    assert_eq!(of(longer.as_ref(), day(2019, 7, 1)), day(2019, 7, 1));
    assert_eq!(month_number(day(2018, 4, 1), day(2019, 3, 31)), 3);
    assert_eq!(month_number(day(2018, 4, 1), day(2019, 4, 1)), 16);
    let days = days_by_year(None, day(2024, 12, 30), day(2025, 1, 3));
    assert_eq!(days, Ok(vec![(day(2024, 1, 1), 2), (day(2025, 1, 1), 2)]));
    let one = days_by_year(None, day(2024, 12, 31), day(2024, 12, 31));
    assert_eq!(one, Ok(vec![(day(2024, 1, 1), 1)]));
}

#[test]
fn a_stay_over_the_year_s_end() {
    let table = deductible("kind = \"by_admission\"", "{ yuan = [\"300.00\"] }");
    let steps = ratio("measure = \"year\"", "[\"0\", \"50\"], [\"500\", \"80\"]");
    // A third of 1000.00 is 333.33, less 300: half of 33.33 is 16.67. The rest, 666.67: 250 and 80 % of 166.67, 133.34.
    let expected = "deductible = \"300.00\", funds = { hifp_pay = \"400.01\" }, cash = \"599.99\", \
                    totals = { admissions = 1, \"inpatient.base\" = \"666.67\" }";
    let claims = [stay("2024-12-31", "2025-01-03", "1000.00", "", expected)];
    holds(&["year_of = \"split_by_days\"\n", STAY, &table, &steps], "", &claims);
    // By admission the whole counts in the old year, by settlement in the new one.
    for (year_of, admissions) in [("admission", "0"), ("settlement", "1")] {
        let claims = [
            stay("2024-12-31", "2025-01-03", "1000.00", "", &pays("300.00", "350.00")),
            stay("2025-02-01", "2025-02-02", "1.00", "", "deductible = \"1.00\""),
        ];
        let head = format!("year_of = \"{year_of}\"\n");
        let number =
            format!("totals = {{ admissions = {} }}", if admissions == "0" { 1 } else { 2 });
        let second = stay("2025-03-01", "2025-03-02", "1.00", "", &number);
        let first = &claims[0];
        holds(&[&head, STAY, &table, HALF], "", &[first.clone(), second]);
    }
}

#[test]
fn terms_by_date() {
    let later = ratio("", "[\"0\", \"80\"]").replace("2020-01-01", "2025-01-02");
    for (date, fund) in [("settlement", "80.00"), ("discharge", "80.00"), ("admission", "50.00")] {
        let head = format!("terms_date = \"{date}\"\n");
        let claims = [stay("2025-01-01", "2025-01-02", "100.00", "", &pays("0.00", fund))];
        holds(&[&head, STAY, HALF, &later], "", &claims);
    }
}

#[test]
fn taken_back_is_as_if_never_settled() {
    let table = deductible("kind = \"annual\"", "{ yuan = [\"60.00\"] }");
    let account = "\n[[account]]\nfrom = 2020-01-01\nrows = [ { pays = [\"deductible\"] } ]\n";
    let text = super::policy(&[VISIT, &table, HALF, account]);
    let person = "person = { psn_type = \"11\", balance = \"30.00\", family = \"20.00\" }";
    let used = "account_used = true";
    let text_of = case(person, &[visit("2025-01-01", "100.00", used, "account = \"50.00\"")]);
    let book = Book::read(&[("440100/310.toml".to_owned(), text)]);
    let case = cases(&text_of).ok().and_then(|mut cases| cases.pop());
    let (Ok(book), Some(case)) = (book, case) else { return assert_eq!("", "it does not read") };
    let Ok(played) = book.play("440100/310.toml", &case) else {
        return assert_eq!("", "no policy");
    };
    assert_eq!(played.differences, Vec::<String>::new());
    let mut state = played.state;
    assert_eq!(state.balance + state.family, 0.into());
    let mut words = Vec::new();
    for outcome in &played.outcomes {
        words.push(word(outcome));
        if let super::Outcome::Settled(settled) = outcome {
            state.take_back(settled);
        }
    }
    assert_eq!(words, ["settled"]);
    assert_eq!((state.balance, state.family), (30.into(), 20.into()));
    assert!(
        state.years.values().flat_map(|totals| totals.values()).all(rust_decimal::Decimal::is_zero)
    );
}
