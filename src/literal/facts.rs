//! What rows ask about a claim, and whether a row's conditions hold (section 6).
//!
//! Owns the meaning of every condition. Must not know tables or amounts.

use chrono::NaiveDate;

use super::calendar::{whole_months, whole_years};
use super::claim::{Claim, Mark, Person};
use super::file::Conditions;
use super::state::State;

/// A claim as rows see it.
#[derive(Clone, Debug)]
pub(super) struct Facts<'a> {
    pub person: &'a Person,
    pub claim: &'a Claim,
    pub insurance: &'a str,
    pub scope: &'static str,
    /// Hospital level, or the one whose rules hold.
    pub level: String,
    /// Disease, or the registered one that is looked up.
    pub disease: String,
    /// Registered diseases that count.
    pub registered: &'a [String],
    /// Number of this stay in the year: one more than the stays that ended.
    ///
    /// Read for care that is no stay as the number that a stay would have now.
    pub admission: i64,
    /// First day of the benefit year.
    pub year: NaiveDate,
    pub history: &'a State,
}

/// `3`, `2`, `1` or `0` of a two-digit `hosp_lv`; a tier is its own.
pub(super) fn tier(level: &str) -> &str {
    match level {
        "01" | "02" | "03" | "04" | "3" => "3",
        "05" | "06" | "07" | "2" => "2",
        "08" | "09" | "10" | "1" => "1",
        _ => "0",
    }
}

/// Where care is given, seen from the insured place.
pub(super) fn scope(insured: &str, care: &str) -> &'static str {
    let same = |digits: usize| {
        insured.get(..digits).is_some() && insured.get(..digits) == care.get(..digits)
    };
    if insured == care {
        "local"
    } else if same(4) {
        "same_prefecture"
    } else if same(2) {
        "same_province"
    } else {
        "other_province"
    }
}

fn any(list: &[String], holds: impl Fn(&str) -> bool) -> bool {
    list.is_empty() || list.iter().any(|one| holds(one))
}

fn within(value: Option<i64>, from: Option<i64>, to: Option<i64>) -> bool {
    from.is_none_or(|from| value.is_some_and(|value| value >= from))
        && to.is_none_or(|to| value.is_some_and(|value| value <= to))
}

impl Facts<'_> {
    /// Whole years on admission.
    fn age(&self) -> Option<i64> {
        self.person.birth.map(|birth| whole_years(birth, self.claim.begin))
    }

    /// Whole years of unbroken enrolment on admission.
    pub(super) fn enrolled_years(&self) -> Option<i64> {
        self.person.continuous_since.map(|since| whole_years(since, self.claim.begin))
    }

    /// A mark that the person has on admission. One that names an institution counts there only.
    pub(super) fn mark(&self, name: &str) -> Option<&Mark> {
        let on = self.claim.begin;
        self.person.marks.iter().find(|mark| {
            mark.mark == name
                && mark.from.is_none_or(|from| from <= on)
                && mark.to.is_none_or(|to| on <= to)
                && mark.institution.as_ref().is_none_or(|code| *code == self.claim.institution)
        })
    }

    /// Whether all conditions hold.
    pub(super) fn hold(&self, who: &Conditions) -> bool {
        self.person_holds(who) && self.place_holds(who) && self.care_holds(who)
    }

    fn person_holds(&self, who: &Conditions) -> bool {
        let months =
            self.person.continuous_since.map(|since| whole_months(since, self.claim.begin));
        any(&who.insurance, |code| code == self.insurance)
            && any(&who.persons, |lead| self.person.person_type.starts_with(lead))
            && within(self.age(), who.age_from, who.age_to)
            && between(self.person.birth, who.born_from.map(|d| d.0), who.born_before.map(|d| d.0))
            && between(
                self.person.retired,
                who.retired_from.map(|d| d.0),
                who.retired_before.map(|d| d.0),
            )
            && within(months, who.months_from, who.months_to)
            && any(&who.identities, |code| self.person.identities.iter().any(|own| own == code))
            && any(&who.marks, |name| self.mark(name).is_some())
    }

    fn place_holds(&self, who: &Conditions) -> bool {
        let claim = self.claim;
        any(&who.institution_marks, |mark| claim.institution_marks.iter().any(|own| own == mark))
            && any(&who.levels, |level| level == self.level || level == tier(&self.level))
            && any(&who.filing, |class| class == claim.filing)
            && any(&who.scopes, |scope| {
                scope == self.scope || (scope == "same_province" && self.scope == "same_prefecture")
            })
            && any(&who.care_regions, |lead| claim.care_region.starts_with(lead))
            && who.linked.is_none_or(|linked| linked == claim.linked)
    }

    fn care_holds(&self, who: &Conditions) -> bool {
        any(&who.diseases, |lead| self.disease.starts_with(lead))
            && any(&who.care, |care| care == self.claim.care)
            && any(&who.med_types, |code| code == self.claim.med_type)
            && within(Some(self.admission), who.admission_from, who.admission_to)
    }
}

/// `from` is included, `before` is not; an unknown day is in neither.
fn between(day: Option<NaiveDate>, from: Option<NaiveDate>, before: Option<NaiveDate>) -> bool {
    from.is_none_or(|from| day.is_some_and(|day| day >= from))
        && before.is_none_or(|before| day.is_some_and(|day| day < before))
}
