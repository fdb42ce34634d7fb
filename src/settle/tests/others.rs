//! What is paid first, guarantees, class B items, waiting, stays that are known, the account.

use super::*;

#[test]
fn a_share_is_paid_before_the_deductible() {
    let tables = table("first", "", "{ percent = \"10\" }")
        + &table("deductible", "kind = \"per_visit\"", "{ yuan = [\"50.00\"] }")
        + &flat("60");
    let paid_first = table("ratio", "", "{ segments = [[\"0\", \"100\"]] }");
    let body = layer("visit", "outpatient", "outpatient", &tables)
        + &on_base("back", "outpatient", "other", "oth_pay", "\"first_pay\"", &paid_first);
    let mut story = Story::new(&body);
    // 20 first, 50 deductible, 130 at 60.
    story.pays(visit("2025-01-01", 200), 5_000, 7_800, 5_000 + 5_200);
    assert_eq!(story.total("2025-01-01", "outpatient.base"), 18_000);
    assert_eq!(story.total("2025-01-01", "other.paid"), 2_000);
}

#[test]
fn a_first_layer_may_look_at_class_b_items_too() {
    let tables =
        table("deductible", "kind = \"per_visit\"", "{ yuan = [\"50.00\"] }") + &flat("60");
    let base = "\"in_scope\", \"pre_self_pay\"";
    let body = on_base("visit", "outpatient", "outpatient", "hifp_pay", base, &tables);
    let mut story = Story::new(&body);
    let care = Care { pre_self_pay: 100, full_self_pay: 7, ..visit("2025-01-01", 20) };
    story.pays(care, 5_000, 4_200, 5_000 + 2_800 + 700);
}

#[test]
fn funds_together_pay_at_least_a_share() {
    for (of, pooled, lacking) in [("in_scope", 40_000, 10_000), ("total_fee", 40_000, 20_000)] {
        let guarantee = table("top_up", "", &format!("{{ percent = \"50\", of = \"{of}\" }}"));
        let tables =
            table("deductible", "kind = \"per_visit\"", "{ yuan = [\"500.00\"] }") + &flat("80");
        let base = "\"deductible\", \"copay\"";
        let body =
            stays(&tables) + &on_base("least", "inpatient", "other", "oth_pay", base, &guarantee);
        let mut story = Story::new(&body);
        let care = Care { full_self_pay: 200, ..stay("2025-01-01", "2025-01-02", 1_000) };
        let settled = story.settle(&care);
        let funds = (settled.payers.fund(Fund::Pooled), settled.payers.fund(Fund::Other));
        assert_eq!(funds, (Fen::new(pooled), Fen::new(lacking)), "{of}");
        // Nothing is lacking of a larger one.
        let settled = story.settle(&stay("2025-02-01", "2025-02-02", 10_000));
        assert_eq!(settled.payers.fund(Fund::Other), Fen::ZERO, "{of}");
    }
}

#[test]
fn a_guarantee_under_a_cap() {
    let guarantee = table("top_up", "", "{ percent = \"50\", of = \"in_scope\" }")
        + &table("cap", "on = \"fund_paid\"\nper = \"year\"", "{ yuan = \"60.00\" }");
    let body = stays(&flat("40"))
        + &on_base("least", "inpatient", "other", "oth_pay", "\"copay\"", &guarantee);
    let mut story = Story::new(&body);
    story.pays(stay("2025-01-01", "2025-01-02", 400), 0, 16_000, 20_000);
    story.pays(stay("2025-02-01", "2025-02-02", 400), 0, 16_000, 22_000);
}

#[test]
fn no_layer_pays_while_waiting() {
    let tables =
        table("deductible", "kind = \"by_admission\"", "{ yuan = [\"100.00\"] }") + &flat("80");
    let upper = table("ratio", "", "{ segments = [[\"0\", \"50\"]] }");
    let body = stays(&tables)
        + &on_base("large", "inpatient", "large", "hifob_pay", "\"copay\"", &upper)
        + "[[waiting]]\nfrom = 2000-01-01\nsource = \"s\"\nrows = [ { gap_over_days = 90, months = 3, effect = \"zero\" } ]\n";
    let mut story = Story::new(&body);
    let number = PersonNo::new("1").unwrap_or_default();
    let person = story.reference.coverage.entry(Story::insured(), number);
    let until = day("2024-06-01");
    let mut first = person.enrolments[0].clone();
    first.span.until = until;
    person.enrolments[0].span.from = day("2025-01-01");
    person.enrolments.push(first);
    let settled = story.settle(&stay("2025-02-01", "2025-02-02", 400));
    assert_eq!((settled.payers.fund_total(), settled.payers.cash), (Fen::ZERO, yuan(400)));
    assert_eq!(settled.deductible, Fen::ZERO);
    let kinds: Vec<_> = settled.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [crate::claim::settled::StepKind::Waiting]);
    assert_eq!(story.total("2025-01-01", "inpatient.base"), 0);
    assert_eq!(story.total("2025-01-01", "admissions"), 1);
    story.pays(stay("2025-04-01", "2025-04-02", 400), 10_000, 24_000, 10_000 + 3_000);
}

fn no_visits_during_stays() -> Story {
    let visits = layer("visit", "outpatient", "outpatient", &flat("50"))
        .replace("base =", "during_stay = \"zero\"\nbase =");
    Story::new(&(stays(&flat("80")) + &visits))
}

#[test]
fn nothing_is_paid_on_a_day_of_a_known_stay() {
    let mut story = no_visits_during_stays();
    story.pays(stay("2025-12-20", "2026-01-05", 100), 0, 8_000, 2_000);
    // Admission and discharge included; the days before and after are free.
    for (day, pooled) in [
        ("2025-12-19", 5_000),
        ("2025-12-20", 0),
        ("2025-12-31", 0),
        ("2026-01-05", 0),
        ("2026-01-06", 5_000),
    ] {
        story.pays(visit(day, 100), 0, pooled, 10_000 - pooled);
    }
    // Totals run on.
    assert_eq!(story.total("2025-01-01", "outpatient.base"), 30_000);
}

#[test]
fn a_stay_of_tonight_is_known_before_it_settles() {
    let mut story = no_visits_during_stays();
    let during = story.record(&visit("2025-03-02", 100));
    let whole = story.record(&stay("2025-03-01", "2025-03-09", 100));
    let settled = story.night(vec![during, whole], &[]);
    assert_eq!(settled[0].payers.fund_total(), Fen::ZERO);
    assert_eq!(settled[1].payers.fund_total(), yuan(80));
    // Reversed, it is known no more.
    story.reverse(&settled[1]);
    story.pays(visit("2025-03-03", 100), 0, 5_000, 5_000);
}

fn with_account(when: &str, pays: &str) -> Story {
    let tables =
        table("deductible", "kind = \"per_visit\"", "{ yuan = [\"50.00\"] }") + &flat("60");
    let body = layer("visit", "outpatient", "outpatient", &tables)
        + &format!(
            "[[account]]\nfrom = 2000-01-01\nsource = \"s\"\nwhen = \"{when}\"\nrows = [ {{ pays = [{pays}] }} ]\n"
        );
    let mut story = Story::new(&body);
    story.balance(yuan(100));
    story
}

#[test]
fn the_account_before_all_layers() {
    let mut story = with_account("before", "\"in_scope\"");
    let care = Care { account: true, ..visit("2025-01-01", 180) };
    // 100 of 180; then 50 deductible, and 30 at 60.
    story.pays(care, 5_000, 1_800, 5_000 + 1_200);
    assert_eq!(story.total("2025-01-01", "outpatient.base"), 8_000);
    story.pays(care, 5_000, 7_800, 10_200);
}

#[test]
fn the_account_after_all_layers() {
    let mut story = with_account("after", "\"deductible\"");
    let care = Care { account: true, ..visit("2025-01-01", 180) };
    story.pays(care, 5_000, 7_800, 5_200);
    story.pays(Care { account: false, ..care }, 5_000, 7_800, 10_200);
    story.pays(care, 5_000, 7_800, 5_200);
    story.pays(care, 5_000, 7_800, 10_200);
}
