//! Care elsewhere: the nine effects, alone and in order.

use super::{STAY, deductible, elsewhere, holds, pays, ratio, stay};

/// A stay of 1000 in Beijing, 500 deductible, 80 %.
fn away(row: &str, more: &str, expected: &str) {
    let table = deductible(
        "kind = \"per_visit\"",
        "{ levels = [\"3\"], yuan = [\"500.00\"] }, { yuan = [\"100.00\"] }",
    );
    let filed = format!("filing = \"referral\"\ncare_region = \"110000\"\n{more}");
    let claims = [stay("2025-01-01", "2025-01-02", "1000.00", &filed, expected)];
    holds(&[STAY, &table, &ratio("", "[\"0\", \"80\"]"), &elsewhere(row)], "", &claims);
}

fn first(deductible: &str, first: &str, fund: &str) -> String {
    format!(
        "deductible = \"{deductible}\", first = \"{first}\", funds = {{ hifp_pay = \"{fund}\" }}"
    )
}

#[test]
fn each_effect() {
    away("{ effect = \"none\" }", "", &pays("500.00", "400.00"));
    away("{ effect = \"points\", value = \"10\" }", "", &pays("500.00", "350.00"));
    away("{ effect = \"factor\", value = \"90\" }", "", &pays("500.00", "360.00"));
    away("{ effect = \"flat\", value = \"45\" }", "", &pays("500.00", "225.00"));
    away("{ effect = \"deductible_factor\", value = \"150\" }", "", &pays("750.00", "200.00"));
    away("{ effect = \"zero\" }", "", &pays("500.00", "0.00"));
    away("{ effect = \"refuse\" }", "", "refused = true");
    away("{ effect = \"level\", value = \"3\" }", "hosp_lv = \"08\"", &pays("500.00", "400.00"));
    away("{ effect = \"level\", value = \"08\" }", "", &pays("100.00", "720.00"));
}

#[test]
fn a_share_first() {
    let row = |more: &str| format!("{{ effect = \"first_percent\", value = \"20\", {more} }}");
    // 200, 500, 80 % of 300.
    away(
        &row("base = \"in_scope\", before = \"deductible\""),
        "",
        &first("500.00", "200.00", "240.00"),
    );
    away(&row("base = \"in_scope\""), "", &first("500.00", "200.00", "240.00"));
    // 500, then 20 % of 500: 80 % of 400.
    away(&row("base = \"eligible\", before = \"ratio\""), "", &first("500.00", "100.00", "320.00"));
    // 20 % of the whole bill.
    let bill = "fee = { in_scope = \"1000.00\", full_self_pay = \"800.00\" }";
    away(&row("base = \"total_fee\""), bill, &first("500.00", "360.00", "112.00"));
    let bill = "fee = { in_scope = \"1000.00\", full_self_pay = \"8000.00\" }";
    away(&row("base = \"total_fee\""), bill, &first("0.00", "1000.00", "0.00"));
}

#[test]
fn effects_in_order() {
    let two = |one: &str, other: &str| format!("{{ effects = [ {{ {one} }}, {{ {other} }} ] }}");
    let points = "effect = \"points\", value = \"10\"";
    let factor = "effect = \"factor\", value = \"50\"";
    // 80: 70, 35; or 40, 30.
    away(&two(points, factor), "", &pays("500.00", "175.00"));
    away(&two(factor, points), "", &pays("500.00", "150.00"));
    let share =
        "effect = \"first_percent\", value = \"20\", base = \"in_scope\", before = \"deductible\"";
    let level = "effect = \"level\", value = \"08\"";
    away(&two(share, level), "", &first("100.00", "200.00", "560.00"));
}

#[test]
fn whom_it_concerns() {
    away("{ effect = \"zero\", layers = [\"other\"] }", "", &pays("500.00", "400.00"));
    away("{ effect = \"zero\", layers = [\"stay\"] }", "", &pays("500.00", "0.00"));
    away("{ filing = [\"unfiled\"], effect = \"none\" }", "", "held = true");
    away("{ care_regions = [\"11\"], effect = \"none\" }", "", &pays("500.00", "400.00"));
    away("{ scopes = [\"same_province\"], effect = \"none\" }", "", "held = true");
    let near = "care_region = \"440300\"\nfiling = \"referral\"";
    let claims = [stay("2025-01-01", "2025-01-02", "10.00", near, &pays("0.00", "8.00"))];
    let row = elsewhere("{ scopes = [\"same_province\"], effect = \"none\" }");
    holds(&[STAY, &ratio("", "[\"0\", \"80\"]"), &row], "", &claims);
}

#[test]
fn home_and_links() {
    let rows = elsewhere(
        "{ filing = [\"long_term_return\"], effect = \"points\", value = \"30\" }, \
         { linked = false, filing = [\"referral\"], effect = \"none\" }, { filing = [\"local\"], effect = \"zero\" }",
    );
    let one =
        |more: &str, expected: &str| stay("2025-01-01", "2025-01-02", "10.00", more, expected);
    holds(
        &[STAY, &ratio("", "[\"0\", \"80\"]"), &rows],
        "",
        &[
            one("", &pays("0.00", "8.00")),
            one("filing = \"long_term_return\"", &pays("0.00", "5.00")),
            one("filing = \"promise_return\"", "held = true"),
            one(
                "linked = false\nfiling = \"referral\"\ncare_region = \"110000\"",
                &pays("0.00", "8.00"),
            ),
            one(
                "linked = false\nfiling = \"long_term\"\ncare_region = \"110000\"",
                "refused = true",
            ),
        ],
    );
    let none = elsewhere("{ filing = [\"unfiled\"], effect = \"refuse\" }");
    let claims = [one("filing = \"long_term_return\"", &pays("0.00", "8.00"))];
    holds(&[STAY, &ratio("", "[\"0\", \"80\"]"), &none], "", &claims);
}
