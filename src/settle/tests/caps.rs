//! Caps: periods, diseases, other counters, additions, several at once.

use super::*;

fn cap(keys: &str, rows: &str) -> String {
    table("cap", keys, rows)
}

fn of(yuan: &str) -> String {
    format!("{{ yuan = \"{yuan}\" }}")
}

#[test]
fn a_cap_inside_a_segment() {
    let tables = table("ratio", "", "{ segments = [[\"0\", \"80\"], [\"1000\", \"90\"]] }")
        + &cap("on = \"fund_paid\"\nper = \"year\"", &of("1000.00"));
    let mut story = Story::new(&stays(&tables));
    // 800, then 200 of 900: 222.22 of the second thousand found room.
    let settled = story.settle(&stay("2025-01-01", "2025-01-05", 2_000));
    assert_eq!(settled.payers.fund(Fund::Pooled), yuan(1_000));
    assert_eq!(story.total("2025-01-01", "inpatient.eligible"), 122_222);
    assert_eq!(story.total("2025-01-01", "inpatient.paid"), 100_000);
    story.pays(stay("2025-02-01", "2025-02-05", 500), 0, 0, 50_000);
}

#[test]
fn the_least_room_of_several_counts() {
    let tables = flat("50")
        + &cap("on = \"fund_paid\"\nper = \"year\"", &of("300.00"))
        + &cap("on = \"eligible\"\nper = \"month\"", &of("200.00"))
        + &cap("on = \"fund_paid\"\nper = \"day\"", &of("80.00"));
    let mut story = Story::new(&layer("visit", "outpatient", "outpatient", &tables));
    // The day: 80.
    story.pays(visit("2025-03-01", 180), 0, 8_000, 10_000);
    // The month: 160 were eligible, 40 are left.
    story.pays(visit("2025-03-02", 100), 0, 2_000, 8_000);
    story.pays(visit("2025-04-01", 160), 0, 8_000, 8_000);
    story.pays(visit("2025-05-01", 160), 0, 8_000, 8_000);
    // The year: 260 were paid.
    story.pays(visit("2025-06-01", 160), 0, 4_000, 12_000);
    assert_eq!(story.total("2025-01-01", "outpatient.eligible.03"), 20_000);
    assert_eq!(story.total("2025-01-01", "outpatient.paid.03-01"), 8_000);
}

#[test]
fn several_caps_tell_which_was_met() {
    let tables = flat("50")
        + &cap("on = \"fund_paid\"\nper = \"year\"", &of("300.00"))
        + &cap("on = \"fund_paid\"\nper = \"month\"", &of("80.00"));
    let mut story = Story::new(&layer("visit", "outpatient", "outpatient", &tables));
    let settled = story.settle(&visit("2025-03-01", 180));
    let mut told = String::new();
    for step in settled.steps.iter().filter(|step| step.slot.is_some()) {
        let slot = step.slot.map(Slot::name).unwrap_or_default();
        told.push_str(&format!("{slot} {} {}; ", step.base, step.amount));
    }
    assert_eq!(told, "outpatient.paid 300.00 0.00; outpatient.paid.03 80.00 20.00; ");
}

#[test]
fn a_shared_cap_is_fed_by_layers_that_also_count() {
    let shared = "on = \"fund_paid\"\nper = \"month\"\ncounter = \"other\"";
    let visits = flat("50") + &cap(shared, &of("100.00"));
    let body = layer("visit", "outpatient", "outpatient", &visits)
        .replace("base =", "also_counts = [\"other\"]\nbase =")
        + &layer("disease", "chronic", "chronic", &flat("50"))
            .replace("base =", "also_counts = [\"other\"]\nbase =");
    let mut story = Story::new(&body);
    // The other layer has no such cap and feeds it all the same.
    story.pays(chronic("2025-03-01", "M07800", 120), 0, 6_000, 6_000);
    story.pays(visit("2025-03-02", 120), 0, 4_000, 8_000);
    story.pays(visit("2025-04-02", 120), 0, 6_000, 6_000);
    assert_eq!(story.total("2025-01-01", "other.paid.03"), 10_000);
    assert_eq!(story.total("2025-01-01", "outpatient.paid.03"), 0);
}

#[test]
fn a_cap_for_each_disease() {
    let keys = "on = \"fund_paid\"\nper = \"month\"\ndiseases = \"separate\"";
    let rows = "{ diseases = [\"M039\"], yuan = \"50.00\" }, { yuan = \"30.00\" }";
    let tables = flat("50") + &cap(keys, rows);
    let mut story = Story::new(&layer("disease", "chronic", "chronic", &tables));
    story.pays(chronic("2025-03-01", "M03900", 200), 0, 5_000, 15_000);
    story.pays(chronic("2025-03-01", "M07800", 200), 0, 3_000, 17_000);
    story.pays(chronic("2025-03-02", "M03900", 200), 0, 0, 20_000);
    story.pays(chronic("2025-04-01", "M03900", 200), 0, 5_000, 15_000);
    assert_eq!(story.total("2025-01-01", "chronic.paid.03.M03900"), 5_000);
}

#[test]
fn the_limits_of_all_diseases_or_the_highest() {
    for (diseases, supplement, limit) in
        [("added", "", 8_000), ("highest", ", supplement = \"10.00\"", 6_000)]
    {
        let keys = format!("on = \"fund_paid\"\nper = \"year\"\ndiseases = \"{diseases}\"");
        let rows = format!(
            "{{ diseases = [\"M039\"], yuan = \"50.00\"{supplement} }}, {{ yuan = \"30.00\"{supplement} }}"
        );
        let tables = flat("50") + &cap(&keys, &rows);
        let mut story = Story::new(&layer("disease", "chronic", "chronic", &tables));
        story.pays(chronic("2025-03-01", "M03900", 120), 0, limit.min(6_000), 12_000 - 6_000);
        let left = limit - 6_000;
        story.pays(chronic("2025-03-01", "M07800", 120), 0, left, 12_000 - left);
    }
}

#[test]
fn a_cap_of_one_admission_covers_its_parts() {
    let tables = flat("50") + &cap("on = \"fund_paid\"\nper = \"admission\"", &of("500.00"));
    let mut story = Story::new(&stays(&tables));
    let part = Care { mid_stay: true, visit: "V", ..stay("2025-01-01", "2025-01-10", 800) };
    story.pays(part, 0, 40_000, 40_000);
    story.pays(Care { visit: "V", ..stay("2025-01-10", "2025-01-20", 800) }, 0, 10_000, 70_000);
    story.pays(stay("2025-02-01", "2025-02-20", 800), 0, 40_000, 40_000);
}

#[test]
fn additions_raise_a_cap_until_they_were_used() {
    let keys = "on = \"fund_paid\"\nper = \"year\"\n\
                additions = [ { fact = \"zero_claim_years\", yuan = \"40.00\", resets = true } ]";
    let mut story = Story::new(&stays(&(flat("50") + &cap(keys, &of("100.00")))));
    story.mark("zero_claim_years", 2, "2024-06-01");
    story.pays(stay("2025-01-01", "2025-01-02", 190), 0, 9_500, 9_500);
    story.pays(stay("2025-02-01", "2025-02-02", 190), 0, 8_500, 10_500);
    // It went above the bare cap in 2025: in 2026 and later the mark counts no more.
    story.pays(stay("2026-01-01", "2026-01-02", 400), 0, 10_000, 30_000);
    story.pays(stay("2028-01-01", "2028-01-02", 400), 0, 10_000, 30_000);
    // A mark that was recorded since does.
    story.mark("zero_claim_years", 1, "2025-06-01");
    story.pays(stay("2029-01-01", "2029-01-02", 400), 0, 14_000, 26_000);
}

#[test]
fn additions_come_to_a_share_of_the_cap_at_most() {
    let keys = "on = \"fund_paid\"\nper = \"year\"\nadditions_at_most = \"20\"\n\
                additions = [ { fact = \"enrolled_years\", after = 4, yuan = \"15.00\" } ]";
    let mut story = Story::new(&stays(&(flat("50") + &cap(keys, &of("100.00")))));
    // Enrolled since 2010: one year above four, then many.
    story.pays(stay("2015-06-01", "2015-06-02", 400), 0, 11_500, 28_500);
    story.pays(stay("2025-06-01", "2025-06-02", 400), 0, 12_000, 28_000);
}

#[test]
fn a_month_that_a_lengthened_year_has_twice() {
    let head = "year_starts = [ { from = 2000-01-01, starts = \"04-01\" }, { from = 2019-07-01, starts = \"07-01\" } ]";
    let tables = flat("50") + &cap("on = \"fund_paid\"\nper = \"month\"", &of("100.00"));
    let body = layer("visit", "outpatient", "outpatient", &tables);
    let mut story = Story::with_head(head, &body);
    let year = story.policy().year_containing(day("2019-05-01"));
    assert_eq!(story.policy().year_containing(day("2019-06-30")), year);
    story.pays(visit("2019-05-01", 150), 0, 7_500, 7_500);
    story.pays(visit("2019-06-01", 150), 0, 7_500, 7_500);
    story.pays(visit("2019-07-01", 150), 0, 7_500, 7_500);
    // A year that begins in July and a settlement after its end: not the month of its beginning.
    let discharge = format!("{head}\nyear_of = \"discharge\"");
    let mut story = Story::with_head(&discharge, &body);
    story.pays(visit("2020-07-01", 150), 0, 7_500, 7_500);
    let late = Care { settled: "2021-07-02", ..visit("2021-06-30", 150) };
    story.pays(late, 0, 7_500, 7_500);
    assert_eq!(story.total("2020-07-01", "outpatient.paid.07"), 7_500);
    assert_eq!(story.total("2020-07-01", "outpatient.paid.07+"), 7_500);
}
