//! Stays over a year's end that are divided by their days.

use super::*;

const SPLIT: &str = "year_of = \"split_by_days\"";

fn stays_with_all() -> String {
    let tables =
        table("deductible", "kind = \"by_admission\"", "{ yuan = [\"1000.00\", \"500.00\"] }")
            + &table("ratio", "", "{ segments = [[\"0\", \"50\"], [\"1000\", \"90\"]] }")
            + &table("cap", "on = \"fund_paid\"\nper = \"year\"", "{ yuan = \"1000.00\" }");
    stays(&tables)
}

#[test]
fn each_part_runs_on_its_own_year() {
    let mut story = Story::with_head(SPLIT, &stays_with_all());
    // Nights of 29, 30 and 31 December and of 1 January: 3,000 and 1,000. The deductible is the first part's: 2,000 eligible, 500 at
    // 50 % and 900 at 90 % of which 500 find room. The second part has a year of its own and goes on in the segments of the stay.
    let settled = story.settle(&stay("2025-12-29", "2026-01-02", 4_000));
    assert_eq!((settled.deductible, settled.deductible_standard), (yuan(1_000), yuan(1_000)));
    assert_eq!(settled.payers.fund(Fund::Pooled), yuan(1_000 + 900));
    assert_eq!(settled.payers.cash, yuan(2_100));
    assert_eq!(settled.year.first_day(), day("2026-01-01"));
    assert_eq!(settled.earlier.len(), 1);
    for (year, slot, value) in [
        ("2025-01-01", "inpatient.deductible", 100_000),
        ("2025-01-01", "inpatient.base", 300_000),
        ("2025-01-01", "inpatient.paid", 100_000),
        ("2025-01-01", "admissions", 0),
        ("2026-01-01", "inpatient.deductible", 0),
        ("2026-01-01", "inpatient.base", 100_000),
        ("2026-01-01", "inpatient.paid", 90_000),
        ("2026-01-01", "admissions", 1),
    ] {
        assert_eq!(story.total(year, slot), value, "{year} {slot}");
    }
    let of_2025 = settled.moves.iter().filter(|step| step.slot.years_back() == 1).count();
    assert_eq!(of_2025, 4);
    assert_eq!(settled.year_of(&settled.moves[0]).first_day(), day("2025-01-01"));
    // The next stay is the second of 2026.
    story.pays(stay("2026-02-01", "2026-02-02", 600), 50_000, 5_000, 55_000);
    let back = story.reverse(&settled);
    assert_eq!(back.earlier, settled.earlier);
    assert_eq!(story.total("2025-01-01", "inpatient.paid"), 0);
    assert_eq!(story.total("2026-01-01", "inpatient.paid"), 5_000);
}

#[test]
fn what_is_left_of_each_fen_is_the_last_parts() {
    let mut story = Story::with_head(SPLIT, &stays(&flat("100")));
    let odd = Care { full_self_pay: 1, ..stay("2025-12-30", "2026-01-02", 100) };
    story.settle(&odd);
    assert_eq!(story.total("2025-01-01", "inpatient.paid"), 6_667);
    assert_eq!(story.total("2026-01-01", "inpatient.paid"), 3_333);
}

#[test]
fn the_day_of_discharge_is_not_counted_unless_it_is_the_only_one() {
    let mut story = Story::with_head(SPLIT, &stays(&flat("100")));
    story.settle(&stay("2025-12-30", "2026-01-01", 100));
    assert_eq!(story.total("2025-01-01", "inpatient.paid"), 10_000);
    story.settle(&stay("2026-01-01", "2026-01-01", 70));
    assert_eq!(story.total("2026-01-01", "inpatient.paid"), 7_000);
    story.settle(&stay("2024-06-30", "2026-07-01", 73_100));
    assert_eq!(story.total("2024-01-01", "inpatient.paid"), 1_850_000);
    assert_eq!(story.total("2025-01-01", "inpatient.paid"), 3_650_000 + 10_000);
    assert_eq!(story.total("2026-01-01", "inpatient.paid"), 1_810_000 + 7_000);
}

#[test]
fn a_stay_in_parts_over_the_end_owes_no_second_deductible() {
    let mut story = Story::with_head(SPLIT, &stays_with_all());
    let part = Care { mid_stay: true, visit: "V", ..stay("2025-12-20", "2025-12-31", 1_400) };
    story.pays(part, 100_000, 20_000, 120_000);
    // In the new year altogether: no deductible, and 400 had reached the segments.
    let rest = Care { mid_stay: true, visit: "V", ..stay("2026-01-01", "2026-01-10", 800) };
    story.pays(rest, 0, 30_000 + 18_000, 32_000);
    assert_eq!(story.total("2025-01-01", "stay.deductible"), 0);
    let last = Care { visit: "V", ..stay("2026-01-10", "2026-01-12", 400) };
    story.pays(last, 0, 36_000, 4_000);
    assert_eq!(story.total("2026-01-01", "stay.credit"), 0);
    assert_eq!(story.total("2026-01-01", "admissions"), 1);
}

#[test]
fn other_dates_may_pick_the_year() {
    for (of, year) in
        [("admission", "2024-01-01"), ("discharge", "2025-01-01"), ("settlement", "2026-01-01")]
    {
        let head = format!("year_of = \"{of}\"");
        let mut story = Story::with_head(&head, &stays(&flat("50")));
        let care = Care { settled: "2026-01-02", ..stay("2024-12-30", "2025-12-31", 100) };
        assert_eq!(story.settle(&care).year.first_day(), day(year), "{of}");
        assert_eq!(story.total(year, "inpatient.paid"), 5_000, "{of}");
    }
}

#[test]
fn moves_read_back_belong_to_their_years() {
    let mut story = Story::with_head(SPLIT, &stays(&flat("100")));
    let settled = story.settle(&stay("2025-12-30", "2026-01-02", 100));
    let moves = settled
        .moves
        .iter()
        .map(|step| {
            let year = settled.year_of(step);
            (year, crate::claim::AccumulatorMove { slot: step.slot.here(), ..*step })
        })
        .collect();
    let mut read = Settled { moves: Vec::new(), earlier: Vec::new(), ..settled.clone() };
    read.take_moves(moves);
    assert_eq!((read.moves, read.earlier), (settled.moves, settled.earlier));
}
