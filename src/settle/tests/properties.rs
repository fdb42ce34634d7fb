//! What holds of every claim: more in scope is never less from the funds, no cap is passed, a reversal restores.

use super::*;

/// Every construct that is monotone, at once.
fn rich() -> Story {
    let by_stay = "kind = \"by_admission\"\nyear_ceiling = \"900.00\"\nrestarts_after_days = 30\n\
                   transfer = { within_days = 2, upward = \"difference\", downward = \"waived\", same = \"full\" }\n\
                   credit = { counter = \"outpatient\", within_days = 5 }";
    let rows = "{ levels = [\"3\"], yuan = [\"500.00\", \"300.00\"] }, { yuan = [\"200.00\"] }";
    let additions = "on = \"fund_paid\"\nper = \"year\"\n\
                     additions = [ { fact = \"zero_claim_years\", yuan = \"500.00\", resets = true } ]";
    let stay = table("deductible", by_stay, rows)
        + &table(
            "ratio",
            "start = \"zero\"",
            "{ segments = [[\"0\", \"80\"], [\"3000\", \"92.25\"]] }",
        )
        + &table("cap", additions, "{ yuan = \"9000.00\" }");
    let visit = table("deductible", "kind = \"per_period\"\ndays = 45", "{ yuan = [\"150.00\"] }")
        + &table(
            "ratio",
            "measure = \"period\"\ndays = 45",
            "{ segments = [[\"0\", \"50\"], [\"400\", \"70\"]] }",
        )
        + &table(
            "cap",
            "on = \"eligible\"\nper = \"month\"\ncounter = \"other\"",
            "{ yuan = \"600.00\" }",
        )
        + &table("cap", "on = \"fund_paid\"\nper = \"day\"", "{ yuan = \"200.00\" }");
    let disease = table("first", "", "{ percent = \"10\" }")
        + &table("deductible", "kind = \"annual\"", "{ yuan = [\"100.00\"] }")
        + &table(
            "ratio",
            "measure = \"year\"",
            "{ segments = [[\"0\", \"60\"], [\"1000\", \"75\"]] }",
        )
        + &table(
            "cap",
            "on = \"fund_paid\"\nper = \"month\"\ndiseases = \"separate\"",
            "{ yuan = \"400.00\" }",
        );
    let major = table("deductible", "kind = \"annual\"", "{ yuan = [\"800.00\"] }")
        + &table(
            "ratio",
            "measure = \"year\"",
            "{ segments = [[\"0\", \"60\"], [\"2000\", \"70\"]] }",
        );
    let least = table("top_up", "", "{ percent = \"40\", of = \"in_scope\" }");
    let rest = "\"deductible\", \"copay\", \"over_cap\"";
    let also = |layer: String| layer.replace("base =", "also_counts = [\"other\"]\nbase =");
    let body = stays(&stay)
        + &also(layer("visit", "outpatient", "outpatient", &visit))
            .replace("also_counts", "during_stay = \"zero\"\nalso_counts")
        + &also(layer("disease", "chronic", "chronic.2", &disease))
        + &on_base("major", "inpatient", "major", "hifmi_pay", rest, &major)
        + &on_base("least", "inpatient", "enterprise", "hifes_pay", rest, &least)
        + "[[cross_region]]\nfrom = 2000-01-01\nsource = \"s\"\nrows = [ { filing = [\"emergency\"], effects = [ \
           { effect = \"first_percent\", value = \"10\", base = \"total_fee\", before = \"deductible\" }, \
           { effect = \"deductible_factor\", value = \"150\" }, { effect = \"points\", value = \"5\" } ] } ]\n\
           [[account]]\nfrom = 2000-01-01\nsource = \"s\"\nrows = [ { pays = [\"copay\", \"deductible\"] } ]\n";
    let mut story = Story::with_head("year_of = \"split_by_days\"", &body);
    story.mark("zero_claim_years", 2, "2024-06-01");
    story.balance(yuan(3_000));
    story
}

const DAYS: [(&str, &str); 12] = [
    ("2025-01-03", "2025-01-20"),
    ("2025-01-20", "2025-01-28"),
    ("2025-02-01", "2025-03-15"),
    ("2025-03-16", "2025-03-16"),
    ("2025-04-01", "2025-04-09"),
    ("2025-06-11", "2025-06-30"),
    ("2025-06-30", "2025-07-04"),
    ("2025-09-01", "2025-09-08"),
    ("2025-11-28", "2025-12-12"),
    ("2025-12-20", "2026-01-07"),
    ("2026-01-08", "2026-01-09"),
    ("2026-02-01", "2026-02-28"),
];

/// Numbers without pattern: xorshift.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap_or(0) % bound
    }

    fn care(&mut self) -> Care {
        let (begin, end) = DAYS[self.below(DAYS.len())];
        let in_scope = [3, 99, 450, 1_800, 7_777, 30_000][self.below(6)];
        let care = match self.below(3) {
            0 => stay(begin, end, in_scope),
            1 => visit(begin, in_scope),
            _ => chronic(begin, ["M03900", "M07800"][self.below(2)], in_scope),
        };
        Care {
            level: ["01", "05", "08"][self.below(3)],
            away: self.below(4) == 0,
            account: self.below(2) == 0,
            full_self_pay: [0, 13][self.below(2)],
            ..care
        }
    }
}

#[test]
fn reversals_in_any_order_leave_nothing_behind() {
    for seed in 1..60 {
        let mut numbers = Numbers(seed * 0x9e37_79b9);
        let mut story = rich();
        let mut booked = Vec::new();
        for _ in 0..12 {
            let care = numbers.care();
            booked.push(story.settle(&care));
        }
        while !booked.is_empty() {
            let settled = booked.swap_remove(numbers.below(booked.len()));
            let back = story.reverse(&settled);
            assert_eq!(back.payers, settled.payers.negated());
        }
        let left: Vec<_> =
            story.state.years.values().flat_map(super::super::Year::non_zero).collect();
        assert!(left.is_empty(), "seed {seed}: {left:?}");
        assert!(story.state.accounts.values().all(|account| account.balance == yuan(3_000)));
    }
}

#[test]
fn more_in_scope_is_never_less_from_the_funds() {
    let mut numbers = Numbers(7);
    for _ in 0..60 {
        let before: Vec<Care> = (0..5).map(|_| numbers.care()).collect();
        let care = numbers.care();
        let mut last = Fen::ZERO;
        for more in [0, 1, 40, 333, 2_000, 9_999] {
            let mut story = rich();
            for care in &before {
                story.settle(care);
            }
            let care = Care { in_scope: care.in_scope + more, ..care };
            let funds = story.settle(&care).payers.fund_total();
            // Ten per cent of the fee first: the person's part rises too.
            assert!(funds >= last, "{more} more: {funds} after {last}");
            last = funds;
        }
    }
}

#[test]
fn a_settlement_and_its_reversal_restore_the_state_exactly() {
    let mut numbers = Numbers(11);
    let mut story = rich();
    for _ in 0..60 {
        let care = numbers.care();
        let before = story.state.clone();
        let settled = story.settle(&care);
        story.reverse(&settled);
        story.state.years.retain(|key, year| !year.is_empty() || before.years.contains_key(key));
        story.state.next_place = before.next_place;
        // An account that was not known before is opened with its balance.
        if !before.accounts.is_empty() {
            assert_eq!(story.state, before);
        }
        story.settle(&care);
    }
}

#[test]
fn parts_of_a_stay_come_to_no_more_than_the_whole() {
    for in_scope in [400, 4_000, 13_000] {
        let mut whole = rich();
        let one = whole.settle(&stay("2025-02-01", "2025-02-20", in_scope));
        let mut parts = rich();
        let half = Care { visit: "V", ..stay("2025-02-01", "2025-02-20", in_scope / 2) };
        let first = parts.settle(&Care { mid_stay: true, ..half });
        let second = parts.settle(&half);
        assert_eq!(first.deductible + second.deductible, one.deductible, "{in_scope}");
        let pooled = |settled: &Settled| settled.payers.fund(Fund::Pooled);
        // Each part rounds its own part of a segment.
        let apart = pooled(&first) + pooled(&second) - pooled(&one);
        assert!(apart.abs() <= Fen::new(2), "{in_scope}: {apart}");
    }
}

#[test]
fn components_have_room_for_all() {
    assert_eq!(Component::ALL.len(), Component::COUNT);
    for (place, component) in Component::ALL.into_iter().enumerate() {
        assert_eq!(component as usize, place);
    }
}
