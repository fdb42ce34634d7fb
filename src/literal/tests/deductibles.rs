//! Deductibles of every kind.

use super::{HALF, STAY, VISIT, claim, deductible, elsewhere, holds, pays, stay, visit};

#[test]
fn by_admission_and_what_goes_on_after_the_list() {
    let run = |later: &str, standards: &[&str]| {
        let row = format!("{{ yuan = [\"1000.00\", \"500.00\"]{later} }}");
        let table = deductible("kind = \"by_admission\"", &row);
        let months = ["01", "02", "03", "04", "05", "06"];
        let claims: Vec<String> = standards
            .iter()
            .zip(months)
            .map(|(standard, month)| {
                let day = format!("2025-{month}-05");
                stay(&day, &day, "2000.00", "", &format!("deductible = \"{standard}\""))
            })
            .collect();
        holds(&[STAY, &table, HALF], "", &claims);
    };
    run("", &["1000.00", "500.00", "500.00"]);
    // 20 % of the first value, 200, off each time.
    run(
        ", later = { minus_percent = \"20\", floor = \"150.00\" }",
        &["1000", "500", "300", "150", "150"],
    );
    // Of the one before: 500, 400, 320.
    run(", later = { minus_percent = \"20\", of = \"previous\" }", &["1000", "500", "400", "320"]);
    run(", later = { minus = \"120.00\" }", &["1000", "500", "380", "260", "140", "20"]);
    // Never more than 60 % below the first: 400.
    run(
        ", later = { minus = \"70.00\", at_most_percent = \"60\" }",
        &["1000", "500", "430", "400"],
    );
}

#[test]
fn a_share_of_the_bill() {
    let row =
        "{ percent = \"20\", of = \"total_fee\", at_least = \"200.00\", at_most = \"700.00\" }";
    let table = deductible("kind = \"per_visit\"", row);
    let bill = "fee = { in_scope = \"2000.00\", full_self_pay = \"500.00\" }";
    holds(
        &[STAY, &table, HALF],
        "",
        &[
            stay("2025-01-01", "2025-01-02", "500.00", "", &pays("200.00", "150.00")),
            stay("2025-02-01", "2025-02-02", "", bill, &pays("500.00", "750.00")),
            stay("2025-03-01", "2025-03-02", "9000.00", "", &pays("700.00", "4150.00")),
        ],
    );
    // Settled in parts, it is the share of the whole bill: 20 % of 1500, then of 4500.
    let table = deductible(
        "kind = \"by_admission\"",
        "{ percent = \"20\", of = \"in_scope\", at_least = \"400.00\" }",
    );
    holds(
        &[STAY, &table, HALF],
        "",
        &[
            stay(
                "2025-01-01",
                "2025-01-02",
                "1500.00",
                "visit = \"V\"\nmid_stay = true",
                &pays("400.00", "550.00"),
            ),
            stay(
                "2025-01-01",
                "2025-01-05",
                "3000.00",
                "visit = \"V\"",
                &pays("500.00", "1250.00"),
            ),
        ],
    );
}

#[test]
fn annual_pays_the_difference_to_a_higher_standard() {
    let table = deductible(
        "kind = \"annual\"",
        "{ levels = [\"3\"], yuan = [\"550.00\"] }, { yuan = [\"100.00\"] }",
    );
    holds(
        &[VISIT, &table, HALF],
        "",
        &[
            visit("2025-01-01", "80.00", "hosp_lv = \"09\"", &pays("80.00", "0.00")),
            visit("2025-01-02", "80.00", "hosp_lv = \"09\"", &pays("20.00", "30.00")),
            visit("2025-01-03", "600.00", "", &pays("450.00", "75.00")),
            visit("2025-01-04", "600.00", "", &pays("0.00", "300.00")),
            visit("2026-01-04", "600.00", "", &pays("550.00", "25.00")),
        ],
    );
}

#[test]
fn periods_go_over_the_year_and_open_anew() {
    let table = deductible("kind = \"per_period\"\ndays = 90", "{ yuan = [\"300.00\"] }");
    holds(
        &[VISIT, &table, HALF],
        "",
        &[
            visit("2025-12-01", "200.00", "", &pays("200.00", "0.00")),
            visit("2026-01-10", "200.00", "", &pays("100.00", "50.00")),
            // Day 91 of the period that opened on 1 December is 1 March.
            visit("2026-02-28", "200.00", "", &pays("0.00", "100.00")),
            visit("2026-03-01", "400.00", "", &pays("300.00", "50.00")),
        ],
    );
}

#[test]
fn a_year_s_ceiling_and_a_long_stay() {
    let table = deductible(
        "kind = \"by_admission\"\nyear_ceiling = \"1400.00\"\nrestarts_after_days = 90",
        "{ yuan = [\"600.00\"] }",
    );
    holds(
        &[STAY, &table, HALF],
        "",
        &[
            // 90 days: once. 91 days: twice, but 800 are left.
            stay("2025-01-01", "2025-04-01", "5000.00", "", &pays("600.00", "2200.00")),
            stay("2025-05-01", "2025-07-31", "5000.00", "", &pays("800.00", "2100.00")),
            stay("2025-08-01", "2025-08-03", "5000.00", "", &pays("0.00", "2500.00")),
        ],
    );
}

#[test]
fn transfers() {
    let keys = "kind = \"by_admission\"\ntransfer = { within_days = 1, upward = \"difference\", downward = \"waived\", same = \"full\" }";
    let table = deductible(
        keys,
        "{ levels = [\"3\"], yuan = [\"1000.00\"] }, { levels = [\"2\"], yuan = [\"400.00\"] }",
    );
    let two = "hosp_lv = \"05\"";
    holds(
        &[STAY, &table, HALF],
        "",
        &[
            stay("2025-01-01", "2025-01-05", "5000.00", two, &pays("400.00", "2300.00")),
            stay("2025-01-06", "2025-01-09", "5000.00", "", &pays("600.00", "2200.00")),
            stay("2025-01-09", "2025-01-12", "5000.00", two, &pays("0.00", "2500.00")),
            stay("2025-01-13", "2025-01-15", "5000.00", two, &pays("400.00", "2300.00")),
            // Two days after: no transfer.
            stay("2025-01-17", "2025-01-19", "5000.00", "", &pays("1000.00", "2000.00")),
        ],
    );
}

#[test]
fn a_credit_counts_once() {
    let visits = deductible("kind = \"per_visit\"", "{ yuan = [\"100.00\"] }");
    let keys = "kind = \"by_admission\"\ncredit = { counter = \"outpatient\", within_days = 1 }";
    let stays = deductible(keys, "{ yuan = [\"500.00\"] }");
    holds(
        &[STAY, &stays, HALF, VISIT, &visits, HALF],
        "",
        &[
            visit("2025-01-01", "300.00", "", &pays("100.00", "100.00")),
            stay("2025-01-02", "2025-01-03", "1000.00", "", &pays("400.00", "300.00")),
            stay("2025-01-02", "2025-01-04", "1000.00", "", &pays("500.00", "250.00")),
            visit("2025-02-01", "300.00", "", &pays("100.00", "100.00")),
            stay("2025-02-03", "2025-02-04", "1000.00", "", &pays("500.00", "250.00")),
        ],
    );
}

#[test]
fn parts_of_a_stay_share_one() {
    let table = deductible("kind = \"by_admission\"", "{ yuan = [\"500.00\", \"200.00\"] }");
    let part = "visit = \"V\"\nmid_stay = true";
    holds(
        &[STAY, &table, HALF],
        "",
        &[
            stay("2025-01-01", "2025-01-05", "300.00", part, &pays("300.00", "0.00")),
            stay("2025-01-01", "2025-01-09", "700.00", part, &pays("200.00", "250.00")),
            stay("2025-01-01", "2025-01-11", "700.00", "visit = \"V\"", &pays("0.00", "350.00")),
            stay("2025-02-01", "2025-02-03", "700.00", "visit = \"V\"", &pays("200.00", "250.00")),
        ],
    );
}

#[test]
fn an_upper_layer_s_is_a_threshold_on_the_year() {
    let upper = r#"
[[layer]]
id = "major"
care = ["inpatient"]
fund = "hifmi_pay"
counter = "major"
base = ["copay"]
[[layer.deductible]]
from = 2020-01-01
kind = "annual"
rows = [ { yuan = ["1500.00"] } ]
[[layer.ratio]]
from = 2020-01-01
measure = "year"
start = "zero"
rows = [ { segments = [["0", "60"], ["2000", "80"]] } ]
"#;
    // Copay 1000 twice, then 1000: 500 at 60, all of the next 1000 at 80.
    let of = |day: &str, major: &str| {
        let expected = format!("funds = {{ hifp_pay = \"1000.00\", hifmi_pay = \"{major}\" }}");
        stay(day, day, "2000.00", "", &expected)
    };
    holds(
        &[STAY, HALF, upper],
        "",
        &[of("2025-01-01", "0.00"), of("2025-02-01", "300.00"), of("2025-03-01", "800.00")],
    );
}

#[test]
fn none_in_force_holds_and_a_factor_scales() {
    let table = deductible("kind = \"by_admission\"", "{ yuan = [\"500.00\"] }");
    let away = elsewhere(
        "{ filing = [\"other_temporary\"], effect = \"deductible_factor\", value = \"150\" }",
    );
    let filed = "filing = \"other_temporary\"\ncare_region = \"110000\"";
    holds(
        &[STAY, &table, HALF, &away],
        "",
        &[
            stay("2025-01-01", "2025-01-05", "1000.00", filed, &pays("750.00", "125.00")),
            claim("21", "2019-01-01", "2019-01-02", "1000.00", "", "held = true"),
        ],
    );
}
