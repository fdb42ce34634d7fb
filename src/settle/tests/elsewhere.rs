//! Effects of care elsewhere.

use super::*;

/// A stay away under effects; the deductible is 200, the ratios 80 and above 1,000 of eligible amount 90.
fn away(effects: &str) -> Story {
    let tables = table("deductible", "kind = \"by_admission\"", "{ yuan = [\"200.00\"] }")
        + &table("ratio", "", "{ segments = [[\"0\", \"80\"], [\"1000\", \"90\"]] }");
    let upper = table("ratio", "", "{ segments = [[\"0\", \"50\"]] }");
    let body = stays(&tables)
        + &on_base("large", "inpatient", "large", "hifob_pay", "\"copay\"", &upper)
        + &format!(
            "[[cross_region]]\nfrom = 2000-01-01\nsource = \"s\"\nrows = [ {{ filing = [\"emergency\"], {effects} }} ]\n"
        );
    Story::new(&body)
}

#[test]
fn effects_on_a_stay_of_2200() {
    // Effects; first paid, deductible, pool, large, cash.
    let cases: [(&str, [i64; 5]); 12] = [
        ("effect = \"none\"", [0, 20_000, 170_000, 15_000, 35_000 - 20_000]),
        ("effect = \"points\", value = \"10\"", [0, 20_000, 150_000, 25_000, 25_000]),
        ("effect = \"factor\", value = \"50\"", [0, 20_000, 85_000, 57_500, 57_500]),
        ("effect = \"flat\", value = \"70\"", [0, 20_000, 140_000, 30_000, 30_000]),
        ("effect = \"zero\"", [0, 20_000, 0, 100_000, 100_000]),
        (
            "effects = [ { effect = \"points\", value = \"10\" }, { effect = \"factor\", value = \"50\" } ]",
            [0, 20_000, 75_000, 62_500, 62_500],
        ),
        (
            "effects = [ { effect = \"factor\", value = \"50\" }, { effect = \"points\", value = \"10\" } ]",
            [0, 20_000, 65_000, 67_500, 67_500],
        ),
        // 220 of 2,200; then 1,000 at 80 and 780 at 90.
        (
            "effect = \"first_percent\", value = \"10\", base = \"in_scope\", before = \"deductible\"",
            [22_000, 20_000, 150_200, 13_900, 13_900],
        ),
        // 200 of what is above the deductible.
        (
            "effect = \"first_percent\", value = \"10\", base = \"eligible\", before = \"ratio\"",
            [20_000, 20_000, 152_000, 14_000, 14_000],
        ),
        // The deductible is 300; then 1,000 at 80 and 900 at 90.
        ("effect = \"deductible_factor\", value = \"150\"", [0, 30_000, 161_000, 14_500, 14_500]),
        // Only the upper layer: half less.
        (
            "effect = \"factor\", value = \"50\", layers = [\"large\"]",
            [0, 20_000, 170_000, 7_500, 22_500],
        ),
        (
            "effect = \"points\", value = \"10\", layers = [\"stay\", \"large\"]",
            [0, 20_000, 150_000, 20_000, 30_000],
        ),
    ];
    for (effects, [first, deductible, pool, large, copay]) in cases {
        let mut story = away(effects);
        let settled = story.settle(&Care { away: true, ..stay("2025-01-01", "2025-01-09", 2_200) });
        let computed = [
            settled.out_of_area_first,
            settled.deductible,
            settled.payers.fund(Fund::Pooled),
            settled.payers.fund(Fund::EmployeeMajor),
            settled.payers.cash,
        ];
        let cash = first + deductible + copay;
        assert_eq!(
            computed.map(Fen::get),
            [first, deductible, pool, large, cash],
            "{effects}: {:?}",
            settled.steps
        );
        // At home as ever.
        let home = story.settle(&stay("2025-01-01", "2025-01-09", 2_200));
        assert_eq!(home.payers.fund(Fund::Pooled), Fen::new(170_000), "{effects}");
    }
}

#[test]
fn a_percentage_of_the_fee_stops_at_the_in_scope_amount() {
    let effects =
        "effect = \"first_percent\", value = \"50\", base = \"total_fee\", before = \"deductible\"";
    let care = Care { full_self_pay: 1_000, away: true, ..stay("2025-01-01", "2025-01-09", 600) };
    let settled = away(effects).settle(&care);
    assert_eq!((settled.out_of_area_first, settled.deductible), (yuan(600), Fen::ZERO));
}

#[test]
fn a_part_of_a_stay_away_owes_the_rest_of_a_raised_deductible() {
    let mut story = away("effect = \"deductible_factor\", value = \"150\"");
    let part = Care { mid_stay: true, visit: "V", ..stay("2025-01-01", "2025-01-05", 250) };
    story.pays(Care { away: true, ..part }, 25_000, 0, 25_000);
    let rest = Care { visit: "V", away: true, ..stay("2025-01-01", "2025-01-09", 150) };
    story.pays(rest, 5_000, 8_000, 5_000 + 1_000);
}
