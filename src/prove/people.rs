//! Whom and what a policy tells apart: for each thing that its conditions ask, values on both sides of every line it draws.

use std::collections::BTreeSet;

use crate::calendar::{Date, DateSpan, Moment};
use crate::claim::Charges;
use crate::codes::{
    AdmDiv, CareKind, DiseaseCode, FilingClass, HospitalLevel, InstitutionCode, Insurance, MedType,
    PersonType,
};
use crate::policy::Policy;
use crate::policy::document::Place;
use crate::policy::written::{Conditions, Written, WrittenBook};

use super::cases::{Case, CaseClaim, CaseMark, CasePerson, Expected};

/// Conditions of every row of a policy and its bases.
pub fn conditions<'a>(written: &'a Written, book: &'a WrittenBook) -> Vec<&'a Conditions> {
    let mut all = Vec::new();
    for file in std::iter::once(written).chain(book.bases_of(written)) {
        for layer in &file.layers {
            all.extend(layer.head.as_ref().map(|head| &head.only));
            all.extend(layer.first.iter().flat_map(|table| &table.rows).map(|row| &row.who));
            all.extend(layer.deductible.iter().flat_map(|table| &table.rows).map(|row| &row.who));
            all.extend(layer.ratio.iter().flat_map(|rows| &rows.table.rows).map(|row| &row.who));
            all.extend(layer.ratio.iter().flat_map(|rows| &rows.adjust).map(|row| &row.who));
            all.extend(layer.top_up.iter().flat_map(|table| &table.rows).map(|row| &row.who));
            all.extend(layer.cap.iter().flat_map(|rows| &rows.table.rows).map(|row| &row.who));
        }
        all.extend(file.cross_region.iter().flat_map(|table| &table.rows).map(|row| &row.who));
        all.extend(file.waiting.iter().flat_map(|table| &table.rows).map(|row| &row.who));
        all.extend(file.registration.iter().flat_map(|table| &table.rows).map(|row| &row.who));
        all.extend(file.account.iter().flat_map(|table| &table.rows).map(|row| &row.who));
    }
    all
}

/// Days from which something of a policy changes, from the first day that it serves.
pub fn days(policy: &Policy) -> Vec<Date> {
    let mut days: BTreeSet<Date> = BTreeSet::from([policy.serves_from]);
    for layer in &policy.layers {
        days.extend(layer.first.iter().map(|(day, _)| *day));
        days.extend(layer.deductible.iter().map(|(day, _)| *day));
        days.extend(layer.ratio.iter().map(|(day, _)| *day));
        days.extend(layer.top_up.iter().map(|(day, _)| *day));
        days.extend(layer.caps.iter().flat_map(|cap| cap.iter().map(|(day, _)| *day)));
    }
    days.extend(policy.cross_region.iter().map(|(day, _)| *day));
    days.extend(policy.waiting.iter().map(|(day, _)| *day));
    days.extend(policy.account_after.iter().map(|(day, _)| *day));
    days.extend(policy.account_before.iter().map(|(day, _)| *day));
    days.into_iter().filter(|day| *day >= policy.serves_from).collect()
}

/// A person with one local stay that begins on `day`; everything else is changed from here.
fn plain(policy: &Policy, day: Date) -> Case {
    let institution = InstitutionCode::new("H1").unwrap_or_default();
    let person = CasePerson {
        person_type: PersonType::default(),
        birth: Some(Date::from_days(day.days() - 40 * 365 - 100)),
        retired: None,
        continuous_since: None,
        civil_servant: false,
        identities: Vec::new(),
        marks: Vec::new(),
        registered: Vec::new(),
        enrolled: Vec::new(),
        balance: None,
        family: crate::money::Fen::ZERO,
    };
    let claim = CaseClaim {
        place: Place::default(),
        insurance: policy.insurance.first().copied().unwrap_or_default(),
        med_type: MedType::default(),
        level: HospitalLevel::parse("02").unwrap_or_default(),
        filing: FilingClass::Local,
        care_region: policy.region.0,
        institution,
        institution_marks: Vec::new(),
        linked: true,
        disease: DiseaseCode::default(),
        visit: None,
        mid_stay: false,
        begin: day,
        end: day,
        settled_at: Moment::midnight(day),
        account_used: false,
        fee: Charges::default(),
        expected: Expected::Held,
    };
    let (id, source) = (String::new(), String::new());
    Case {
        id,
        place: Place::default(),
        shows: Vec::new(),
        source,
        person,
        before: Vec::new(),
        claims: vec![claim],
    }
}

/// Every person and claim that the policy tells apart on `day`: care, people, levels and filing against each other, all else one
/// thing at a time.
pub fn told_apart(policy: &Policy, rows: &[&Conditions], day: Date) -> Vec<Case> {
    let base = plain(policy, day);
    let mut cases = Vec::new();
    for insurance in &policy.insurance {
        for person_type in person_types(policy, rows, *insurance) {
            for med_type in med_types(rows) {
                for level in levels(rows) {
                    let mut case = base.clone();
                    case.person.person_type = person_type;
                    let claim = &mut case.claims[0];
                    (claim.insurance, claim.med_type, claim.level) = (*insurance, med_type, level);
                    for disease in diseases(rows, med_type.kind()) {
                        case.claims[0].disease = disease;
                        elsewhere(policy, rows, &case, &mut cases);
                        one_at_a_time(rows, &case, &mut cases);
                    }
                }
            }
        }
    }
    cases
}

/// Standings towards filing of care elsewhere.
const AWAY: &[FilingClass] = &[
    FilingClass::LongTerm,
    FilingClass::Referral,
    FilingClass::Emergency,
    FilingClass::OtherTemporary,
    FilingClass::Unfiled,
];

/// The same claim under every standing towards filing, at home and elsewhere.
fn elsewhere(policy: &Policy, rows: &[&Conditions], case: &Case, cases: &mut Vec<Case>) {
    let own = policy.region.0;
    let mut places: Vec<(AdmDiv, &[FilingClass])> =
        vec![(own, &[FilingClass::Local, FilingClass::LongTermReturn, FilingClass::PromiseReturn])];
    let own_code = own.as_str();
    let far = if own_code.starts_with("54") { "630100" } else { "540100" };
    let mut codes: BTreeSet<String> =
        BTreeSet::from([far.to_owned(), format!("{}9800", &own_code[..2])]);
    if rows.iter().any(|who| who.scopes.iter().any(|scope| scope == "same_prefecture")) {
        codes.insert(format!("{}98", &own_code[..4]));
    }
    for head in rows.iter().flat_map(|who| &who.care_regions) {
        codes.insert(format!("{head:0<6}"));
    }
    codes.remove(own_code);
    places.extend(
        codes.iter().filter_map(|code| AdmDiv::parse(code.as_bytes())).map(|div| (div, AWAY)),
    );
    for (place, classes) in places {
        for class in classes {
            let mut case = case.clone();
            (case.claims[0].care_region, case.claims[0].filing) = (place, *class);
            cases.push(case);
        }
    }
}

/// Ages, dates, months, marks, identities, links: each on both sides of every line.
fn one_at_a_time(rows: &[&Conditions], case: &Case, cases: &mut Vec<Case>) {
    let day = case.claims[0].begin;
    let mut add = |change: &dyn Fn(&mut Case)| {
        let mut case = case.clone();
        change(&mut case);
        cases.push(case);
    };
    for age in cuts(rows.iter().flat_map(|who| [who.age_from, who.age_to.map(|to| to + 1)])) {
        for born in [day.plus_years(-age), day.plus_years(-age).next()] {
            add(&|case| case.person.birth = Some(born));
        }
    }
    for months in
        cuts(rows.iter().flat_map(|who| [who.months_from, who.months_to.map(|to| to + 1)]))
    {
        let since = day
            .plus_years(-months / 12 - 1)
            .plus_months(u32::try_from(12 - months % 12).unwrap_or(0));
        for since in [since, since.next()] {
            add(&|case| case.person.continuous_since = Some(since));
        }
    }
    let born = rows.iter().flat_map(|who| [who.born_from, who.born_before]);
    for cut in born.flatten().collect::<BTreeSet<Date>>() {
        add(&|case| case.person.birth = Some(cut));
        add(&|case| case.person.birth = Some(cut.previous()));
    }
    let retired = rows.iter().flat_map(|who| [who.retired_from, who.retired_before]);
    for cut in retired.flatten().collect::<BTreeSet<Date>>() {
        add(&|case| case.person.retired = Some(cut));
        add(&|case| case.person.retired = Some(cut.previous()));
    }
    for identity in texts(rows, |who| &who.identities) {
        add(&|case| case.person.identities = vec![identity.clone()]);
    }
    for mark in texts(rows, |who| &who.marks) {
        add(&|case| {
            let span = DateSpan { from: Date::EARLIEST, until: Date::FOREVER };
            let mark = mark.clone();
            case.person.marks = vec![CaseMark { mark, value: 1, institution: None, span }];
        });
    }
    for mark in texts(rows, |who| &who.institution_marks) {
        add(&|case| case.claims[0].institution_marks = vec![mark.clone()]);
    }
    let stays = rows.iter().flat_map(|who| [who.admission_from, who.admission_to]).flatten();
    for stays in stays.chain([1, 2, 3, 5]).collect::<BTreeSet<u32>>() {
        add(&|case| case.before = vec![(crate::claim::Slot::ADMISSIONS, i64::from(stays))]);
    }
}

fn cuts(bounds: impl Iterator<Item = Option<i32>>) -> BTreeSet<i32> {
    bounds.flatten().filter(|cut| (1..200_000).contains(cut)).collect()
}

fn texts<'a>(
    rows: &[&'a Conditions],
    of: impl Fn(&'a Conditions) -> &'a Vec<String>,
) -> BTreeSet<String> {
    rows.iter().flat_map(|who| of(who).iter().cloned()).collect()
}

/// One code for each group of persons that a row names, and for the rest of each group that is served.
fn person_types(policy: &Policy, rows: &[&Conditions], insurance: Insurance) -> Vec<PersonType> {
    let mut heads: BTreeSet<String> = texts(rows, |who| &who.persons);
    let groups: &[&str] = match insurance.as_str().get(..3) {
        Some("310") => &["11", "12"],
        Some("380" | "390" | "391") => &["14", "15", "16"],
        _ => &["11", "12", "14", "15", "16"],
    };
    heads.extend(groups.iter().map(|group| (*group).to_owned()));
    let mut codes = Vec::new();
    for head in &heads {
        let full = match head.len() {
            1 => format!("{head}1"),
            2 | 4 | 6 => head.clone(),
            _ => format!("{head}0"),
        };
        let served = crate::policy::Facts {
            person: crate::policy::select::Digits::of(&full),
            insurance,
            ..crate::policy::Facts::empty()
        };
        if policy.serves.matches(&served) {
            codes.extend(PersonType::parse(&full));
        }
    }
    codes
}

fn med_types(rows: &[&Conditions]) -> Vec<MedType> {
    let mut codes: BTreeSet<String> = ["11", "14", "21", "41"].map(str::to_owned).into();
    codes.extend(texts(rows, |who| &who.med_types));
    let kinds = |code: &str| match MedType::parse(code, &[]) {
        Some(known) => vec![known],
        // A local code may be mapped to any kind of care.
        None => [CareKind::Inpatient, CareKind::Outpatient]
            .into_iter()
            .filter_map(|kind| MedType::parse(code, &[(code.to_owned(), kind)]))
            .collect(),
    };
    codes.iter().flat_map(|code| kinds(code)).collect()
}

fn levels(rows: &[&Conditions]) -> Vec<HospitalLevel> {
    let exact = rows.iter().any(|who| who.levels.iter().any(|level| level.len() == 2));
    let codes: &[&str] = if exact {
        &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"]
    } else {
        &["02", "05", "08", "11"]
    };
    codes.iter().filter_map(|code| HospitalLevel::parse(code)).collect()
}

fn diseases(rows: &[&Conditions], care: CareKind) -> Vec<DiseaseCode> {
    let mut codes: BTreeSet<String> = texts(rows, |who| &who.diseases);
    if care == CareKind::Chronic {
        codes.insert("M99900".into());
    } else {
        codes.insert(String::new());
    }
    // A code is at least four characters, or it is no disease that can be registered.
    let whole = |code: &String| if code.is_empty() { String::new() } else { format!("{code:0<4}") };
    codes.iter().filter_map(|code| DiseaseCode::new(&whole(code))).collect()
}
