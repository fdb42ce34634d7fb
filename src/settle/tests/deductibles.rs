//! Kinds and keys of deductibles.

use super::*;

fn with(keys: &str, rows: &str) -> Story {
    Story::new(&stays(&(table("deductible", keys, rows) + &flat("80"))))
}

#[test]
fn by_number_of_the_stay_and_the_last_one_repeats() {
    let mut story = with("kind = \"by_admission\"", "{ yuan = [\"1000.00\", \"500.00\"] }");
    story.pays(stay("2025-01-01", "2025-01-05", 3_000), 100_000, 160_000, 140_000);
    story.pays(stay("2025-02-01", "2025-02-05", 3_000), 50_000, 200_000, 100_000);
    story.pays(stay("2025-03-01", "2025-03-05", 3_000), 50_000, 200_000, 100_000);
    story.pays(stay("2026-01-01", "2026-01-05", 600), 60_000, 0, 60_000);
}

#[test]
fn a_share_of_the_bill_between_bounds() {
    let mut story = with(
        "kind = \"by_admission\"",
        "{ percent = \"20\", of = \"total_fee\", at_least = \"500.00\", at_most = \"2000.00\" }",
    );
    // 20 % of 1,100 is 220: at least 500.
    let small = Care { full_self_pay: 100, ..stay("2025-01-01", "2025-01-02", 1_000) };
    story.pays(small, 50_000, 40_000, 20_000 + 40_000 - 10_000 + 10_000 + 10_000);
    story.pays(stay("2025-02-01", "2025-02-02", 5_000), 100_000, 320_000, 180_000);
    story.pays(stay("2025-03-01", "2025-03-02", 20_000), 200_000, 1_440_000, 560_000);
}

#[test]
fn a_share_of_the_bill_of_a_stay_in_parts() {
    let mut story = with(
        "kind = \"by_admission\"",
        "{ percent = \"20\", of = \"in_scope\", at_least = \"500.00\" }",
    );
    let part = Care { mid_stay: true, visit: "V", ..stay("2025-01-01", "2025-01-10", 1_000) };
    story.pays(part, 50_000, 40_000, 60_000);
    // 20 % of 1,000 + 4,000, less the 500 of the first part.
    let rest = Care { visit: "V", ..stay("2025-01-10", "2025-01-20", 4_000) };
    story.pays(rest, 50_000, 280_000, 120_000);
    assert_eq!(story.total("2025-01-01", "stay.bill"), 0);
}

#[test]
fn owed_again_for_each_further_ninety_days() {
    let mut story =
        with("kind = \"by_admission\"\nrestarts_after_days = 90", "{ yuan = [\"1000.00\"] }");
    story.pays(stay("2025-01-01", "2025-04-01", 10_000), 100_000, 720_000, 280_000);
    story.pays(stay("2025-05-01", "2025-07-31", 10_000), 200_000, 640_000, 360_000);
    story.pays(stay("2025-01-01", "2025-12-01", 10_000), 400_000, 480_000, 520_000);
}

#[test]
fn a_ceiling_of_the_year() {
    let mut story =
        with("kind = \"by_admission\"\nyear_ceiling = \"1400.00\"", "{ yuan = [\"1000.00\"] }");
    story.pays(stay("2025-01-01", "2025-01-05", 2_000), 100_000, 80_000, 120_000);
    story.pays(stay("2025-02-01", "2025-02-05", 2_000), 40_000, 128_000, 72_000);
    story.pays(stay("2025-03-01", "2025-03-05", 2_000), 0, 160_000, 40_000);
}

#[test]
fn a_transfer_within_a_day() {
    let keys = "kind = \"by_admission\"\n\
                transfer = { within_days = 1, upward = \"difference\", downward = \"waived\", same = \"full\" }";
    let rows =
        "{ levels = [\"3\"], yuan = [\"1000.00\"] }, { levels = [\"2\"], yuan = [\"400.00\"] }";
    let mut story = with(keys, rows);
    let second = |begin, end| Care { level: "05", ..stay(begin, end, 2_000) };
    story.pays(second("2025-01-01", "2025-01-05"), 40_000, 128_000, 72_000);
    // Upward on the next day: 1,000 less 400.
    story.pays(stay("2025-01-06", "2025-01-10", 2_000), 60_000, 112_000, 88_000);
    // Downward on the same day: nothing.
    story.pays(second("2025-01-10", "2025-01-20"), 0, 160_000, 40_000);
    // The same tier: in full.
    story.pays(second("2025-01-20", "2025-01-22"), 40_000, 128_000, 72_000);
    // Two days later it is no transfer; nor is a stay that began before the last one ended.
    story.pays(stay("2025-01-24", "2025-01-30", 2_000), 100_000, 80_000, 120_000);
    story.pays(second("2025-01-28", "2025-02-03"), 40_000, 128_000, 72_000);
}

#[test]
fn a_transfer_over_the_end_of_the_year() {
    let keys = "kind = \"by_admission\"\n\
                transfer = { within_days = 1, upward = \"waived\", downward = \"waived\", same = \"waived\" }";
    let mut story = with(keys, "{ yuan = [\"1000.00\"] }");
    story.pays(stay("2025-12-20", "2025-12-31", 2_000), 100_000, 80_000, 120_000);
    story.pays(stay("2026-01-01", "2026-01-05", 2_000), 0, 160_000, 40_000);
}

#[test]
fn what_an_emergency_visit_paid_counts_once() {
    let credit =
        "kind = \"by_admission\"\ncredit = { counter = \"outpatient.2\", within_days = 3 }";
    let body = stays(&(table("deductible", credit, "{ yuan = [\"1000.00\"] }") + &flat("80")))
        + &layer(
            "visit",
            "outpatient",
            "outpatient.2",
            &(table("deductible", "kind = \"per_visit\"", "{ yuan = [\"300.00\"] }") + &flat("50")),
        );
    let mut story = Story::new(&body);
    story.pays(visit("2025-01-01", 500), 30_000, 10_000, 40_000);
    story.pays(stay("2025-01-04", "2025-01-06", 2_000), 70_000, 104_000, 96_000);
    // It has counted; the next one is too long ago.
    story.pays(stay("2025-01-04", "2025-01-07", 2_000), 100_000, 80_000, 120_000);
    story.pays(visit("2025-02-01", 500), 30_000, 10_000, 40_000);
    story.pays(stay("2025-02-05", "2025-02-06", 2_000), 100_000, 80_000, 120_000);
}

#[test]
fn a_credited_stay_in_parts_owes_the_rest_once() {
    let credit = "kind = \"by_admission\"\ncredit = { counter = \"outpatient\", within_days = 3 }";
    let body = stays(&(table("deductible", credit, "{ yuan = [\"1000.00\"] }") + &flat("80")))
        + &layer(
            "visit",
            "outpatient",
            "outpatient",
            &(table("deductible", "kind = \"per_visit\"", "{ yuan = [\"300.00\"] }") + &flat("50")),
        );
    let mut story = Story::new(&body);
    story.pays(visit("2025-01-01", 300), 30_000, 0, 30_000);
    let part = Care { mid_stay: true, visit: "V", ..stay("2025-01-02", "2025-01-10", 500) };
    story.pays(part, 50_000, 0, 50_000);
    // 1,000 less 300 credited less 500 paid.
    let rest = Care { visit: "V", ..stay("2025-01-02", "2025-01-20", 1_000) };
    story.pays(rest, 20_000, 64_000, 36_000);
}

#[test]
fn within_periods_of_so_many_days() {
    let keys = "kind = \"per_period\"\ndays = 90";
    let body = layer(
        "visit",
        "outpatient",
        "outpatient",
        &(table("deductible", keys, "{ yuan = [\"300.00\"] }") + &flat("50")),
    );
    let mut story = Story::new(&body);
    story.pays(visit("2025-11-01", 200), 20_000, 0, 20_000);
    story.pays(visit("2025-12-01", 200), 10_000, 5_000, 15_000);
    // Day 89 of the period, in the next year.
    story.pays(visit("2026-01-29", 200), 0, 10_000, 10_000);
    // A new one begins.
    story.pays(visit("2026-01-30", 400), 30_000, 5_000, 35_000);
    // A record that comes late belongs to the period that covered it.
    let late = Care { settled: "2026-02-10", ..visit("2025-12-24", 200) };
    story.pays(late, 0, 10_000, 10_000);
    assert_eq!(story.total("2025-01-01", "outpatient.period_visits.2025-11-01"), 4);
    assert_eq!(story.total("2025-01-01", "outpatient.period_deductible.2025-11-01"), 30_000);
}

#[test]
fn once_a_year_the_higher_standard_owes_the_difference() {
    let rows = "{ levels = [\"3\"], yuan = [\"800.00\"] }, { yuan = [\"300.00\"] }";
    let body = layer(
        "visit",
        "outpatient",
        "outpatient",
        &(table("deductible", "kind = \"annual\"", rows) + &flat("50")),
    );
    let mut story = Story::new(&body);
    let low = |day| Care { level: "08", ..visit(day, 400) };
    story.pays(low("2025-01-01"), 30_000, 5_000, 35_000);
    story.pays(visit("2025-01-02", 600), 50_000, 5_000, 55_000);
    story.pays(low("2025-01-03"), 0, 20_000, 20_000);
}

#[test]
fn a_threshold_of_an_upper_layer_shifts_nothing() {
    let major = table("deductible", "kind = \"annual\"", "{ yuan = [\"1000.00\"] }")
        + &table("ratio", "measure = \"year\"", "{ segments = [[\"0\", \"60\"]] }");
    let body = stays(&flat("50"))
        + &on_base("major", "inpatient", "major", "hifmi_pay", "\"copay\"", &major);
    let mut story = Story::new(&body);
    // Co-payments of 800 each: 600 of the second are above 1,000.
    story.pays(stay("2025-01-01", "2025-01-02", 1_600), 0, 80_000, 80_000);
    story.pays(stay("2025-02-01", "2025-02-02", 1_600), 0, 80_000, 80_000 - 36_000);
}
