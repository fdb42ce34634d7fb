//! Caps: what they bound, per when, whose, additions.

use super::{HALF, STAY, VISIT, cap, claim, holds, pays, ratio, stay, visit};

#[test]
fn a_cap_inside_a_segment() {
    // 1000 at 30 %: room 100.00 is the share of 333.33; the rest is over the cap.
    let upper = r#"
[[layer]]
id = "large"
care = ["inpatient"]
fund = "hifob_pay"
counter = "large"
base = ["over_cap"]
[[layer.ratio]]
from = 2020-01-01
rows = [ { segments = [["0", "100"]] } ]
"#;
    let table = cap("on = \"fund_paid\"", "{ yuan = \"100.00\" }");
    let expected = "funds = { hifp_pay = \"100.00\", hifob_pay = \"666.67\" }, cash = \"233.33\", \
                    totals = { \"inpatient.eligible\" = \"333.33\" }";
    let claims = [stay("2025-01-01", "2025-01-02", "1000.00", "", expected)];
    holds(&[STAY, &ratio("", "[\"0\", \"30\"]"), &table, upper], "", &claims);
}

#[test]
fn per_year_month_day_and_admission() {
    let run = |per: &str, funds: [&str; 5]| {
        let table = cap(&format!("on = \"eligible\"\nper = \"{per}\""), "{ yuan = \"100.00\" }");
        let days = ["2025-01-05", "2025-01-05", "2025-01-06", "2025-02-01", "2026-01-05"];
        let claims: Vec<String> = days
            .iter()
            .zip(funds)
            .map(|(day, fund)| visit(day, "80.00", "", &pays("0.00", fund)))
            .collect();
        holds(&[VISIT, HALF, &table], "", &claims);
    };
    run("year", ["40.00", "10.00", "0.00", "0.00", "40.00"]);
    run("month", ["40.00", "10.00", "0.00", "40.00", "40.00"]);
    run("day", ["40.00", "10.00", "40.00", "40.00", "40.00"]);
    run("admission", ["40.00", "40.00", "40.00", "40.00", "40.00"]);
    // A stay in parts is one admission.
    let table = cap("on = \"fund_paid\"\nper = \"admission\"", "{ yuan = \"100.00\" }");
    holds(
        &[STAY, HALF, &table],
        "",
        &[
            stay(
                "2025-01-01",
                "2025-01-02",
                "160.00",
                "visit = \"V\"\nmid_stay = true",
                &pays("0.00", "80.00"),
            ),
            stay("2025-01-01", "2025-01-03", "160.00", "visit = \"V\"", &pays("0.00", "20.00")),
            stay("2025-01-04", "2025-01-05", "160.00", "visit = \"W\"", &pays("0.00", "80.00")),
        ],
    );
}

#[test]
fn months_of_a_year_that_is_not_the_calendar_s() {
    let head = "year_starts = \"07-15\"\n";
    let table = cap("on = \"fund_paid\"\nper = \"month\"", "{ yuan = \"50.00\" }");
    holds(
        &[head, VISIT, HALF, &table],
        "",
        &[
            visit("2025-07-14", "80.00", "", &pays("0.00", "40.00")),
            visit("2025-07-15", "80.00", "", &pays("0.00", "40.00")),
            visit("2025-07-20", "80.00", "", &pays("0.00", "10.00")),
        ],
    );
}

#[test]
fn side_by_side_and_shared() {
    // 30 a day and 50 a year of payment, the least counts; and 45 a year of what outpatient and stays share.
    let day = cap("on = \"fund_paid\"\nper = \"day\"", "{ yuan = \"30.00\" }");
    let year = cap("on = \"fund_paid\"\nper = \"year\"", "{ yuan = \"50.00\" }");
    let shared = cap("on = \"fund_paid\"\ncounter = \"other\"", "{ yuan = \"45.00\" }");
    let layer = VISIT.to_owned() + "also_counts = [\"other\"]\n";
    let claims = |last: &str| {
        [
            visit("2025-01-01", "80.00", "", &pays("0.00", "30.00")),
            visit("2025-01-02", "80.00", "", &pays("0.00", last)),
        ]
    };
    holds(&[&layer, HALF, &day, &year], "", &claims("20.00"));
    holds(&[&layer, HALF, &day, &year, &shared], "", &claims("15.00"));
}

#[test]
fn what_no_monthly_cap_bounds_is_not_in_the_month() {
    let rows = "{ diseases = [\"M1\"], yuan = \"none\" }, { yuan = \"50.00\" }";
    let month = cap("on = \"fund_paid\"\nper = \"month\"", rows);
    let claims = [chronic("M100", "200.00"), chronic("M200", "50.00"), chronic("M200", "0.00")];
    holds(&[VISIT, HALF, &month], "", &claims);
    let year = cap("on = \"fund_paid\"\nper = \"year\"", rows);
    let claims = [chronic("M100", "200.00"), chronic("M200", "0.00")];
    holds(&[VISIT, HALF, &year], "", &claims);
}

fn chronic(disease: &str, fund: &str) -> String {
    claim(
        "14",
        "2025-01-01",
        "2025-01-01",
        "400.00",
        &format!("disease = \"{disease}\""),
        &pays("0.00", fund),
    )
}

#[test]
fn limits_of_diseases() {
    let rows = "{ diseases = [\"M1\"], yuan = \"100.00\", supplement = \"20.00\" }, \
                { diseases = [\"M2\"], yuan = \"150.00\", supplement = \"30.00\" }, \
                { diseases = [\"M3\"], yuan = \"none\" }";
    let run = |diseases: &str, claims: &[String]| {
        let table = cap(&format!("on = \"fund_paid\"\ndiseases = \"{diseases}\""), rows);
        let keys = "person = { psn_type = \"11\", registered = [\"M100\", \"M200\"] }";
        holds(&[VISIT, HALF, &table], keys, claims);
    };
    run(
        "together",
        &[chronic("M100", "100.00"), chronic("M200", "50.00"), chronic("M300", "200.00")],
    );
    run(
        "separate",
        &[chronic("M100", "100.00"), chronic("M200", "150.00"), chronic("M100", "0.00")],
    );
    // 250 together.
    run("added", &[chronic("M100", "200.00"), chronic("M200", "50.00")]);
    // 150 and 30 more.
    run("highest", &[chronic("M100", "180.00"), chronic("M200", "0.00")]);
}

#[test]
fn additions_and_what_resets_them() {
    let head = r#"
[[parameter]]
id = "wage"
from = 2020-01-01
yuan = "33.33"
[[parameter]]
id = "wage"
from = 2026-01-01
yuan = "50.00"
"#;
    let keys = "on = \"fund_paid\"\nadditions = [ { fact = \"enrolled_years\", after = 4, yuan = \"10.00\" }, \
                { fact = \"quiet\", yuan = \"20.00\", resets = true } ]";
    let table = cap(keys, "{ yuan = \"3 x wage\" }");
    let person = "person = { psn_type = \"11\", continuous_since = 2018-02-01, marks = [ { mark = \"quiet\", value = 2 } ] }";
    // 99.99, six years less four: 20, two quiet years: 40. Then 150 and 30, the quiet ones used up.
    let claims = [
        stay("2025-01-01", "2025-01-02", "400.00", "", &pays("0.00", "159.99")),
        stay("2026-01-01", "2026-01-02", "400.00", "", &pays("0.00", "180.00")),
    ];
    holds(&[head, STAY, HALF, &table], person, &claims);
    let table = cap(&format!("{keys}\nadditions_at_most = \"50\""), "{ yuan = \"50 % of wage\" }");
    // 16.67 (16.665), 8.34 more.
    let claims = [stay("2025-01-01", "2025-01-02", "400.00", "", &pays("0.00", "25.01"))];
    holds(&[head, STAY, HALF, &table], person, &claims);
}

#[test]
fn none_in_force_and_none_that_matches_hold() {
    let late = cap("on = \"fund_paid\"", "{ yuan = \"1.00\" }").replace("2020", "2030");
    let none = cap("on = \"fund_paid\"", "{ persons = [\"12\"], yuan = \"1.00\" }");
    for table in [late, none] {
        let claims = [stay("2025-01-01", "2025-01-02", "1.00", "", "held = true")];
        holds(&[STAY, HALF, &table], "", &claims);
    }
}
