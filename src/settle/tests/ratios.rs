//! Segments: on what they run, where they start, how they are rounded.

use super::*;

fn outpatient(keys: &str, segments: &str) -> Story {
    let ratio = table("ratio", keys, &format!("{{ segments = [{segments}] }}"));
    Story::new(&layer("visit", "outpatient", "outpatient", &ratio))
}

#[test]
fn a_years_claims_add_up_to_the_years_benefit() {
    let mut story = outpatient("measure = \"year\"", "[\"0\", \"33.3333\"], [\"10\", \"50\"]");
    // 5.00 x 0.333333 = 1.666665; 10.00 x = 3.33333; 2.00 above at one half.
    story.pays(visit("2025-01-01", 5), 0, 167, 333);
    story.pays(visit("2025-01-02", 7), 0, 333 - 167 + 100, 700 - 266);
    story.pays(visit("2026-01-02", 3), 0, 100, 200);
}

#[test]
fn segments_of_a_period_start_again_with_it() {
    let keys = "measure = \"period\"\ndays = 30";
    let mut story = outpatient(keys, "[\"0\", \"50\"], [\"100\", \"80\"]");
    story.pays(visit("2025-01-01", 80), 0, 4_000, 4_000);
    story.pays(visit("2025-01-30", 80), 0, 1_000 + 4_800, 2_200);
    story.pays(visit("2025-01-31", 80), 0, 4_000, 4_000);
}

#[test]
fn the_deductible_lies_inside_the_segments_or_below_them() {
    let deductible = table("deductible", "kind = \"per_visit\"", "{ yuan = [\"50.00\"] }");
    let rows = "{ segments = [[\"0\", \"50\"], [\"100\", \"80\"]] }";
    for (start, pooled) in [("zero", 2_500 + 4_000), ("deductible", 5_000)] {
        let ratio = table("ratio", &format!("start = \"{start}\""), rows);
        let tables = format!("{deductible}{ratio}");
        let mut story = Story::new(&layer("visit", "outpatient", "outpatient", &tables));
        story.pays(visit("2025-01-01", 150), 5_000, pooled, 15_000 - pooled);
    }
}

#[test]
fn the_whole_amount_at_the_ratio_it_reaches() {
    let segments = "[\"0\", \"50\"], [\"100\", \"60\"], [\"200\", \"80\"]";
    // An amount on a bound belongs to the upper segment, or to the lower.
    for (keys, on_bound) in
        [("mode = \"whole\"", 6_000), ("mode = \"whole\"\nbounds = \"lower\"", 5_000)]
    {
        let mut story = outpatient(keys, segments);
        story.pays(visit("2025-01-01", 100), 0, on_bound, 10_000 - on_bound);
        story.pays(visit("2025-01-01", 99), 0, 4_950, 4_950);
        story.pays(visit("2025-01-01", 250), 0, 20_000, 5_000);
        story.pays(visit("2025-01-01", 0), 0, 0, 0);
    }
}

#[test]
fn the_whole_year_at_the_ratio_it_reaches() {
    let keys = "mode = \"whole\"\nmeasure = \"year\"";
    let mut story = outpatient(keys, "[\"0\", \"50\"], [\"100\", \"90\"], [\"300\", \"20\"]");
    story.pays(visit("2025-01-01", 90), 0, 4_500, 4_500);
    // 0.9 x 110 - 45 = 54 is more than the claim's 20.
    story.pays(visit("2025-01-02", 20), 0, 2_000, 0);
    // 0.9 x 210 - 0.9 x 110.
    story.pays(visit("2025-01-03", 100), 0, 9_000, 1_000);
    // 0.2 x 310 - 0.9 x 210 is below nothing.
    story.pays(visit("2025-01-04", 100), 0, 0, 10_000);
}

#[test]
fn rounded_by_segment_or_as_one() {
    let ratio = table(
        "ratio",
        "",
        "{ segments = [[\"0\", \"33.3\"], [\"1\", \"33.3\"], [\"2\", \"33.3\"]] }",
    );
    // Three times 33.3 fen, or 99.9.
    for (rounding, pooled) in [("segment", 99), ("layer", 100)] {
        let head = format!("rounding = \"{rounding}\"");
        let mut story =
            Story::with_head(&head, &layer("visit", "outpatient", "outpatient", &ratio));
        story.pays(visit("2025-01-01", 3), 0, pooled, 300 - pooled);
    }
}

#[test]
fn a_layer_rounded_as_one_adds_up_over_the_year() {
    let ratio = table(
        "ratio",
        "measure = \"year\"",
        "{ segments = [[\"0\", \"33.35\"], [\"2\", \"66.65\"]] }",
    );
    let body = layer("visit", "outpatient", "outpatient", &ratio);
    let mut story = Story::with_head("rounding = \"layer\"", &body);
    // F(1) = 33.35, F(3) = 133.35, F(4) = 200.
    story.pays(visit("2025-01-01", 1), 0, 33, 67);
    story.pays(visit("2025-01-02", 2), 0, 100, 100);
    story.pays(visit("2025-01-03", 1), 0, 67, 33);
}

#[test]
fn parts_of_a_stay_share_the_segments() {
    let ratio = table("ratio", "", "{ segments = [[\"0\", \"50\"], [\"1000\", \"90\"]] }");
    let copay = table("ratio", "", "{ segments = [[\"0\", \"0\"], [\"400\", \"50\"]] }");
    let body =
        stays(&ratio) + &on_base("large", "inpatient", "large", "hifob_pay", "\"copay\"", &copay);
    let mut story = Story::new(&body);
    let part = Care { mid_stay: true, visit: "V", ..stay("2025-01-01", "2025-01-10", 800) };
    story.pays(part, 0, 40_000, 40_000);
    // Second layer: co-payments of 400 and 160, half of what is above 400.
    let rest = Care { visit: "V", ..stay("2025-01-10", "2025-01-20", 800) };
    story.pays(rest, 0, 10_000 + 54_000, 16_000 - 8_000);
    assert_eq!(story.total("2025-01-01", "large.part_reached"), 0);
    // Another stay begins anew.
    story.pays(stay("2025-02-01", "2025-02-10", 800), 0, 40_000, 40_000);
}
