//! Waiting, registrations, stays, the account, conditions on a person.

use super::{HALF, STAY, VISIT, cap, claim, deductible, holds, pays, ratio, stay, visit};

#[test]
fn waiting_after_a_gap() {
    let wait = |effect: &str| {
        format!(
            "\n[[waiting]]\nfrom = 2020-01-01\nrows = [ {{ gap_over_days = 90, months = 3, \
             more_months_per_missing_year = 1, effect = \"{effect}\" }} ]\n"
        )
    };
    let person = |to: &str| {
        format!(
            "person = {{ psn_type = \"11\", enrolled = [ {{ from = 2010-01-01, to = {to} }}, {{ from = 2025-01-01 }} ] }}"
        )
    };
    let at = |day: &str, expected: &str| stay(day, day, "100.00", "", expected);
    let nothing = "funds = { hifp_pay = \"0.00\" }, cash = \"100.00\"";
    let half = pays("0.00", "50.00");
    // Two whole years missing: five months.
    let claims = [at("2025-05-31", nothing), at("2025-06-01", &half)];
    holds(&[STAY, HALF, &wait("zero")], &person("2022-12-31"), &claims);
    let claims = [at("2025-05-31", "refused = true"), at("2025-06-01", &half)];
    holds(&[STAY, HALF, &wait("refuse")], &person("2022-12-31"), &claims);
    // 90 days are not over 90.
    holds(&[STAY, HALF, &wait("zero")], &person("2024-10-02"), &[at("2025-01-01", &half)]);
    holds(&[STAY, HALF, &wait("zero")], &person("2024-10-01"), &[at("2025-03-31", nothing)]);
}

#[test]
fn so_many_diseases_count() {
    let limit = "\n[[registration]]\nfrom = 2020-01-01\nrows = [ { at_most = 2 } ]\n";
    let table = cap("on = \"fund_paid\"\ndiseases = \"added\"", "{ yuan = \"10.00\" }");
    let keys = "person = { psn_type = \"11\", registered = [\"M00100\", \"M00200\", \"M00300\"] }";
    let one = |disease: &str, expected: &str| {
        claim(
            "14",
            "2025-01-01",
            "2025-01-01",
            "100.00",
            &format!("disease = \"{disease}\""),
            expected,
        )
    };
    let claims = [one("M00300", "refused = true"), one("M00100", &pays("0.00", "20.00"))];
    holds(&[limit, VISIT, HALF, &table], keys, &claims);
}

#[test]
fn nothing_during_a_stay() {
    let layer = VISIT.to_owned() + "during_stay = \"zero\"\n";
    holds(
        &[STAY, HALF, &layer, HALF],
        "",
        &[
            stay("2025-01-05", "2025-01-08", "100.00", "", &pays("0.00", "50.00")),
            visit("2025-01-04", "100.00", "", &pays("0.00", "50.00")),
            visit("2025-01-06", "100.00", "", &pays("0.00", "0.00")),
            visit("2025-01-09", "100.00", "", &pays("0.00", "50.00")),
        ],
    );
}

#[test]
fn the_account_before_and_after() {
    let account = |when: &str, pays: &str| {
        format!(
            "\n[[account]]\nfrom = 2020-01-01\nwhen = \"{when}\"\nrows = [ {{ pays = [{pays}] }} ]\n"
        )
    };
    let table = deductible("kind = \"per_visit\"", "{ yuan = [\"100.00\"] }");
    let keys = "person = { psn_type = \"11\", balance = \"120.00\", family = \"50.00\" }";
    let used = "account_used = true\nfee = { in_scope = \"300.00\", full_self_pay = \"40.00\" }";
    // Before: 170 of 300, the deductible of 130, half of 30.
    let expected = "deductible = \"100.00\", funds = { hifp_pay = \"15.00\" }, account = \"170.00\", cash = \"155.00\"";
    let claims = [stay("2025-01-01", "2025-01-02", "", used, expected)];
    holds(&[STAY, &table, HALF, &account("before", "\"in_scope\"")], keys, &claims);
    // After: 100 and 100 are open, 40 is not the account's; then nothing is left.
    let after = account("after", "\"deductible\", \"copay\"");
    let expected = "funds = { hifp_pay = \"100.00\" }, account = \"170.00\", cash = \"70.00\"";
    let rest = "funds = { hifp_pay = \"100.00\" }, account = \"0.00\", cash = \"240.00\"";
    let claims = [
        stay("2025-01-01", "2025-01-02", "", used, expected),
        stay("2025-01-01", "2025-01-02", "", used, rest),
    ];
    holds(&[STAY, &table, HALF, &after], keys, &claims);
    let not = "fee = { in_scope = \"300.00\", full_self_pay = \"40.00\" }";
    holds(&[STAY, &table, HALF, &after], keys, &[stay("2025-01-01", "2025-01-02", "", not, rest)]);
    holds(&[STAY, &table, HALF], keys, &[stay("2025-01-01", "2025-01-02", "", used, rest)]);
}

#[test]
fn conditions_on_a_person() {
    let person = "psn_type = \"1201\", birth = 1955-03-01, retired = 2015-03-01, identities = [\"2303\"], \
                  continuous_since = 2024-09-15, marks = [ { mark = \"doctor\", institution = \"H1\", from = 2025-01-01, to = 2025-06-30 } ]";
    let keys = format!("person = {{ {person} }}");
    for (condition, holds_) in [
        ("persons = [\"12\"]", true),
        ("persons = [\"11\", \"1202\"]", false),
        ("age_from = 70, age_to = 70", true),
        ("age_from = 71", false),
        ("age_to = 69", false),
        ("born_from = 1955-03-01", true),
        ("born_before = 1955-03-01", false),
        ("retired_from = 2015-03-01, retired_before = 2015-03-02", true),
        ("retired_from = 2016-01-01", false),
        ("months_from = 5, months_to = 5", true),
        ("months_from = 6", false),
        ("identities = [\"2301\", \"2303\"]", true),
        ("identities = [\"2301\"]", false),
        ("marks = [\"doctor\"]", true),
        ("marks = [\"civil_servant\"]", false),
        ("institution_marks = [\"community\"]", true),
        ("institution_marks = [\"provincial\"]", false),
        ("levels = [\"3\"]", true),
        ("levels = [\"01\", \"2\"]", false),
        ("scopes = [\"local\"], filing = [\"local\"]", true),
        ("care_regions = [\"44\"], linked = true, insurance = [\"310\"]", true),
        ("linked = false", false),
        ("diseases = [\"M03\"]", true),
        ("diseases = [\"M04\"]", false),
        ("care = [\"inpatient\"], med_types = [\"21\"]", true),
        ("admission_from = 2, admission_to = 2", true),
        ("admission_to = 1", false),
    ] {
        let table = format!(
            "\n[[layer.ratio]]\nfrom = 2020-01-01\nrows = [ {{ {condition}, segments = [[\"0\", \"90\"]] }}, \
             {{ segments = [[\"0\", \"10\"]] }} ]\n"
        );
        let more = "disease = \"M039\"\ninstitution_marks = [\"community\"]";
        let fund = if holds_ { "90.00" } else { "10.00" };
        let keys = format!("{keys}\nbefore = {{ admissions = 1 }}");
        let claims = [stay("2025-03-01", "2025-03-02", "100.00", more, &pays("0.00", fund))];
        holds(&[STAY, &table], &keys, &claims);
    }
    // Unknown days and other institutions match nothing.
    for condition in
        ["age_to = 200", "born_before = 2100-01-01", "months_from = 0", "marks = [\"m\"]"]
    {
        let table = format!(
            "\n[[layer.ratio]]\nfrom = 2020-01-01\nrows = [ {{ {condition}, segments = [[\"0\", \"90\"]] }} ]\n"
        );
        let keys =
            "person = { psn_type = \"11\", marks = [ { mark = \"m\", institution = \"H2\" } ] }";
        let claims = [stay("2025-03-01", "2025-03-02", "100.00", "", "held = true")];
        holds(&[STAY, &table], keys, &claims);
    }
}

#[test]
fn persons_that_a_file_does_not_serve() {
    let claims = [stay("2025-03-01", "2025-03-02", "100.00", "", "held = true")];
    holds(&["persons = [\"12\"]\n", STAY, &ratio("", "[\"0\", \"50\"]")], "", &claims);
}
