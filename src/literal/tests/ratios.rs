//! Ratios: measures, starts, modes, adjustments, rounding, percentage first, top-up.

use super::{HALF, STAY, VISIT, case, deductible, holds, pays, policy, ratio, stay, visit, wrong};

const STEPS: &str = "[\"0\", \"50\"], [\"1000\", \"80\"]";

#[test]
fn segments_start_at_zero_or_above_the_deductible() {
    let table = deductible("kind = \"per_visit\"", "{ yuan = [\"400.00\"] }");
    for (start, fund) in [("zero", "1100.00"), ("deductible", "980.00")] {
        // Zero: 600 at 50, 1000 at 80. Deductible: 1000 at 50, 600 at 80.
        let segments = ratio(&format!("start = \"{start}\""), STEPS);
        let claims = [stay("2025-01-01", "2025-01-02", "2000.00", "", &pays("400.00", fund))];
        holds(&[STAY, &table, &segments], "", &claims);
    }
}

#[test]
fn years_and_periods_run_on() {
    let claims = |third: &str| {
        [
            visit("2025-12-01", "800.00", "", &pays("0.00", "400.00")),
            // 200 at 50, 600 at 80.
            visit("2025-12-30", "800.00", "", &pays("0.00", "580.00")),
            visit("2026-01-02", "100.00", "", &pays("0.00", third)),
        ]
    };
    holds(&[VISIT, &ratio("measure = \"year\"", STEPS)], "", &claims("50.00"));
    holds(&[VISIT, &ratio("measure = \"period\"\ndays = 60", STEPS)], "", &claims("80.00"));
}

#[test]
fn a_year_s_claims_add_up_to_its_benefit() {
    // 0.01 at 50 % is 0.005: 0.01, then 0.01 less 0.01, and so on.
    let claims = ["0.01", "0.00", "0.01", "0.00"]
        .map(|fund| visit("2025-01-01", "0.01", "", &pays("0.00", fund)));
    holds(&[VISIT, &ratio("measure = \"year\"", "[\"0\", \"50\"]")], "", &claims);
}

#[test]
fn whole_at_the_segment_reached() {
    let whole = |bounds: &str| ratio(&format!("mode = \"whole\"\n{bounds}"), STEPS);
    let one = |amount: &str, fund: &str| {
        stay("2025-01-01", "2025-01-02", amount, "", &pays("0.00", fund))
    };
    holds(
        &[STAY, &whole("")],
        "",
        &[one("999.00", "499.50"), one("1000.00", "800.00"), one("2000.00", "1600.00")],
    );
    let claims = [one("1000.00", "500.00"), one("1000.01", "800.01")];
    holds(&[STAY, &whole("bounds = \"lower\"")], "", &claims);
    // Of a year: 900 at 50 is 450; 1500 at 80 is 1200, of which 750 are left, but no more than the claim itself.
    let year = ratio("mode = \"whole\"\nmeasure = \"year\"", STEPS);
    holds(
        &[STAY, &year],
        "",
        &[one("900.00", "450.00"), one("600.00", "600.00"), one("100.00", "80.00")],
    );
}

#[test]
fn adjustments_in_order_and_within_bounds() {
    let table = r#"
[[layer.ratio]]
from = 2020-01-01
rows = [ { segments = [["0", "90"], ["1000", "98"]] } ]
adjust = [
  { persons = ["12"], personal_factor = "60" },
  { age_from = 70, points = "5" },
  { marks = ["veteran"], personal_points = "-1" },
]
"#;
    // 90: person's 10 becomes 6, 94; 98: 2 becomes 1.2, 98.8. At 70: 99 and 100. Veteran: 91, 99.
    for (person, fund) in [
        ("psn_type = \"11\"", "1880.00"),
        ("psn_type = \"12\"", "1928.00"),
        ("psn_type = \"12\", birth = 1950-01-01", "1990.00"),
        ("psn_type = \"11\", marks = [ { mark = \"veteran\" } ]", "1900.00"),
    ] {
        let keys = format!("person = {{ {person} }}");
        let claims = [stay("2025-01-01", "2025-01-02", "2000.00", "", &pays("0.00", fund))];
        holds(&[STAY, table], &keys, &claims);
    }
}

#[test]
fn rounding_by_segment_or_layer() {
    // Pieces 0.005, 0.005, 0.005: 0.03 by segment, 0.02 by layer (0.015 rounds up).
    let segments = ratio("", "[\"0\", \"50\"], [\"0.01\", \"50\"], [\"0.02\", \"50\"]");
    for (rounding, fund) in [("segment", "0.03"), ("layer", "0.02")] {
        let head = format!("rounding = \"{rounding}\"\n");
        let claims = [stay("2025-01-01", "2025-01-02", "0.03", "", &pays("0.00", fund))];
        holds(&[&head, STAY, &segments], "", &claims);
    }
}

#[test]
fn a_share_first_and_class_b_items() {
    let layer = STAY.replace("[\"in_scope\"]", "[\"in_scope\", \"pre_self_pay\"]");
    let first = "\n[[layer.first]]\nfrom = 2020-01-01\nrows = [ { med_types = [\"21\"], percent = \"10\" } ]\n";
    let table = deductible("kind = \"per_visit\"", "{ yuan = [\"100.00\"] }");
    // 10 % of 1000 + 200, then 100, half of 980.
    let fee = "fee = { in_scope = \"1000.00\", pre_self_pay = \"200.00\", over_limit = \"50.00\" }";
    let expected = "deductible = \"100.00\", first = \"0.00\", funds = { hifp_pay = \"490.00\" }, cash = \"760.00\"";
    holds(
        &[&layer, first, &table, HALF],
        "",
        &[stay("2025-01-01", "2025-01-02", "", fee, expected)],
    );
}

#[test]
fn another_layer_s_tables() {
    let table = deductible("kind = \"per_visit\"", "{ yuan = [\"100.00\"] }");
    let same = VISIT.to_owned() + "same_ratio_as = \"stay\"\nsame_deductible_as = \"stay\"\n";
    let claims = [visit("2025-01-01", "300.00", "", &pays("100.00", "100.00"))];
    holds(&[STAY, &table, HALF, &same], "", &claims);
}

#[test]
fn a_minimum_of_all_funds_together() {
    let aid = r#"
[[layer]]
id = "aid"
care = ["inpatient"]
fund = "maf_pay"
counter = "medical_aid"
base = ["deductible", "copay"]
[[layer.top_up]]
from = 2020-01-01
rows = [ { percent = "60", of = "total_fee" } ]
"#;
    let table = deductible("kind = \"per_visit\"", "{ yuan = [\"400.00\"] }");
    // Half of 600 is 300; 60 % of 1200 is 720.
    let fee = "fee = { in_scope = \"1000.00\", full_self_pay = \"200.00\" }";
    let expected = "funds = { hifp_pay = \"300.00\", maf_pay = \"420.00\" }, cash = \"480.00\", \
                    totals = { \"medical_aid.paid\" = \"420.00\", \"medical_aid.base\" = \"700.00\" }";
    holds(&[STAY, &table, HALF, aid], "", &[stay("2025-01-01", "2025-01-02", "", fee, expected)]);
}

#[test]
fn a_layer_without_a_ratio() {
    let old = ratio("", "[\"0\", \"50\"]").replace("2020", "2030");
    let text = case("", &[stay("2025-01-01", "2025-01-02", "1.00", "", "held = true")]);
    assert_eq!(wrong(&policy(&[STAY, &old]), &text), Vec::<String>::new());
    // An upper one is not in force; another layer on the in-scope amount is passed over.
    let upper = STAY.replace("\"stay\"", "\"upper\"").replace("in_scope", "copay");
    let second = STAY.replace("\"stay\"", "\"second\"");
    let claims = [stay("2025-01-01", "2025-01-02", "1.00", "", &pays("0.00", "0.50"))];
    holds(&[STAY, HALF, &upper, &old, &second, HALF], "", &claims);
}

#[test]
fn conditions_of_a_layer_choose_the_first() {
    let small = STAY.replace("\"stay\"", "\"small\"") + "only = { levels = [\"1\"] }\n";
    let claims = [
        stay("2025-01-01", "2025-01-02", "100.00", "hosp_lv = \"08\"", &pays("0.00", "90.00")),
        stay("2025-01-01", "2025-01-02", "100.00", "", &pays("0.00", "50.00")),
    ];
    holds(&[&small, &ratio("", "[\"0\", \"90\"]"), STAY, HALF], "", &claims);
}
