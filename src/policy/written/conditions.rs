//! Conditions of a row as written.

use crate::calendar::Date;
use crate::codes::{CareKind, FilingClass, Insurance};

use super::super::document::{Fields, Place, Problems};

/// Ages that a person can have, for checks.
pub const AGES: std::ops::RangeInclusive<i32> = 0..=120;

/// Whom and what a row concerns; an empty list means *any*.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Conditions {
    pub insurance: Vec<Insurance>,
    pub persons: Vec<String>,
    pub age_from: Option<i32>,
    pub age_to: Option<i32>,
    pub born_from: Option<Date>,
    pub born_before: Option<Date>,
    pub retired_from: Option<Date>,
    pub retired_before: Option<Date>,
    pub months_from: Option<i32>,
    pub months_to: Option<i32>,
    pub identities: Vec<String>,
    pub marks: Vec<String>,
    pub institution_marks: Vec<String>,
    /// `3` `2` `1` `0`, or two digits.
    pub levels: Vec<String>,
    pub filing: Vec<FilingClass>,
    /// `local same_prefecture same_province other_province`.
    pub scopes: Vec<String>,
    pub care_regions: Vec<String>,
    pub linked: Option<bool>,
    pub diseases: Vec<String>,
    pub care: Vec<CareKind>,
    pub med_types: Vec<String>,
    pub admission_from: Option<u32>,
    pub admission_to: Option<u32>,
}

pub const SCOPES: [&str; 4] = ["local", "same_prefecture", "same_province", "other_province"];

impl Conditions {
    pub fn is_empty(&self) -> bool {
        *self == Conditions::default()
    }

    /// Takes the keys that are conditions.
    pub(super) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Conditions {
        let place = fields.place;
        let read = Conditions {
            insurance: codes(
                fields,
                "insurance",
                problems,
                "insutype codes of three to six digits",
                Insurance::parse,
            ),
            persons: codes(
                fields,
                "persons",
                problems,
                "leading digits of psn_type, from 11 to 16",
                person,
            ),
            age_from: fields.count("age_from", problems).map(u32::cast_signed),
            age_to: fields.count("age_to", problems).map(u32::cast_signed),
            born_from: fields.day("born_from", problems),
            born_before: fields.day("born_before", problems),
            retired_from: fields.day("retired_from", problems),
            retired_before: fields.day("retired_before", problems),
            months_from: fields.count("months_from", problems).map(u32::cast_signed),
            months_to: fields.count("months_to", problems).map(u32::cast_signed),
            identities: codes(fields, "identities", problems, "psn_idet_type codes", word),
            marks: codes(fields, "marks", problems, "marks of a person", word),
            institution_marks: codes(
                fields,
                "institution_marks",
                problems,
                "marks of an institution",
                word,
            ),
            levels: codes(fields, "levels", problems, "3, 2, 1, 0, or 01 to 11", level),
            filing: codes(fields, "filing", problems, FILING, FilingClass::parse),
            scopes: codes(
                fields,
                "scopes",
                problems,
                "local, same_prefecture, same_province, other_province",
                |t| SCOPES.contains(&t).then(|| t.to_owned()),
            ),
            care_regions: codes(
                fields,
                "care_regions",
                problems,
                "one to six leading digits",
                |t| ((1..=6).contains(&t.len()) && digits(t)).then(|| t.to_owned()),
            ),
            linked: fields.truth("linked", problems),
            diseases: codes(
                fields,
                "diseases",
                problems,
                "one to eight leading characters of dise_codg",
                |t| (1..=8).contains(&t.len()).then(|| t.to_owned()),
            ),
            care: codes(
                fields,
                "care",
                problems,
                "inpatient, outpatient, chronic, pharmacy",
                CareKind::parse,
            ),
            med_types: codes(fields, "med_types", problems, "med_type codes", word),
            admission_from: fields.count("admission_from", problems),
            admission_to: fields.count("admission_to", problems),
        };
        read.check_ranges(place, &fields.name, problems);
        read
    }

    fn check_ranges(&self, place: Place, name: &str, problems: &mut Problems<'_>) {
        let above =
            |from: Option<i32>, to: Option<i32>| from.zip(to).is_some_and(|(from, to)| from > to);
        let late = |from: Option<Date>, before: Option<Date>| {
            from.zip(before).is_some_and(|(f, b)| f >= b)
        };
        let signed = |n: Option<u32>| n.map(u32::cast_signed);
        for (wrong, keys) in [
            (above(self.age_from, self.age_to), "age_from is above age_to"),
            (above(self.months_from, self.months_to), "months_from is above months_to"),
            (
                above(signed(self.admission_from), signed(self.admission_to)),
                "admission_from is above admission_to",
            ),
            (late(self.born_from, self.born_before), "born_from is not before born_before"),
            (
                late(self.retired_from, self.retired_before),
                "retired_from is not before retired_before",
            ),
        ] {
            if wrong {
                problems.add(
                    place,
                    format!("{name}: {keys}: nobody matches"),
                    "swap or correct the two",
                );
            }
        }
    }
}

const FILING: &str = "local, long_term, referral, emergency, other_temporary, unfiled, long_term_return, promise_return";

/// The codes of a list; each that is not one is a problem, and one that stands twice is too.
fn codes<T: PartialEq>(
    fields: &mut Fields<'_>,
    key: &'static str,
    problems: &mut Problems<'_>,
    known: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Vec<T> {
    let given = fields.get(key).is_some();
    let mut list = Vec::new();
    for (text, place) in fields.texts(key, problems) {
        match read(text) {
            None => problems.add(
                place,
                format!("{key}: {text:?} is not known here"),
                format!("known: {known}"),
            ),
            Some(code) if list.contains(&code) => {
                problems.add(place, format!("{key}: {text:?} stands twice"), "delete one");
            }
            Some(code) => list.push(code),
        }
    }
    if given && list.is_empty() && fields.items(key, problems).is_empty() {
        let what = format!("{}: {key} is empty", fields.name);
        problems.add(fields.place_of(key), what, format!("leave {key} out to mean any"));
    }
    list
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn person(text: &str) -> Option<String> {
    let group = text.starts_with('1') && text.get(1..2).is_none_or(|d| ("1"..="6").contains(&d));
    ((1..=6).contains(&text.len()) && digits(text) && group).then(|| text.to_owned())
}

fn word(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.len() <= 64 && !text.contains(char::is_whitespace);
    fits.then(|| text.to_owned())
}

fn level(text: &str) -> Option<String> {
    let value: u8 = text.parse().ok().filter(|_| digits(text))?;
    let fits = text.len() == 1 && value <= 3 || text.len() == 2 && (1..=11).contains(&value);
    fits.then(|| text.to_owned())
}
