//! People: enrolment spells, filings, chronic-disease registrations, account balances.
//!
//! A person's insured place is a function of the date (社会保险经办条例 Arts. 12–16): the same certificate may be enrolled
//! in one region until a day and in another from the next.

use hashbrown::HashMap;
use sha2::{Digest, Sha256};

use crate::calendar::{Date, DateSpan, Moment};
use crate::codes::{
    AdmDiv, CertNo, DiseaseCode, InstitutionCode, Insurance, InsuredRegion, PersonNo, PersonType,
};
use crate::money::Fen;

/// One spell of enrolment.
#[derive(Clone, Debug)]
pub struct Enrolment {
    pub span: DateSpan,
    pub insurance: Insurance,
    pub person_type: PersonType,
    pub birth: Option<Date>,
    /// `psn_insu_stas` 1.
    pub active: bool,
    /// First day on which benefits are due.
    pub wait_until: Option<Date>,
    /// `psn_idet_type` codes.
    pub identities: Vec<String>,
    /// `retr_date`.
    pub retired: Option<Date>,
    /// `cont_insu_date`: enrolled without a gap since then; `None`: as the spells say.
    pub continuous_since: Option<Date>,
    /// `cvlserv_flag` 1.
    pub civil_servant: bool,
}

/// Something that a region notes of a person and that its policy asks for: a family doctor, a contribution tier, a chosen
/// institution, years without a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonMark {
    pub mark: String,
    /// For marks that count something.
    pub value: i64,
    /// Holds at this institution only; empty = any.
    pub institution: Option<InstitutionCode>,
    pub span: DateSpan,
}

/// Why a person is filed elsewhere (`rloc_rea`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilingReason {
    /// 02, 07, 08, 09.
    LongTerm,
    /// 06.
    Referral,
    /// 10, 11.
    OtherTemporary,
}

impl FilingReason {
    pub fn parse(code: &str) -> Option<FilingReason> {
        match code {
            "02" | "07" | "08" | "09" => Some(FilingReason::LongTerm),
            "06" => Some(FilingReason::Referral),
            "10" | "11" => Some(FilingReason::OtherTemporary),
            _ => None,
        }
    }
}

/// 异地就医备案.
#[derive(Clone, Debug)]
pub struct Filing {
    pub place: AdmDiv,
    pub reason: FilingReason,
    /// Empty = any.
    pub insurance: Option<Insurance>,
    /// Filed on a promise: no benefit at home until the proof is supplied.
    pub on_promise: bool,
    pub span: DateSpan,
    pub created: Moment,
}

impl Filing {
    /// Whether the filing counts for care in `place` from `begin` to `end`, settled at `settled_at`.
    ///
    /// Source: made before discharge settlement counts as filed (医保发〔2022〕22号 Art. 16): created by then, and its span
    /// meets the stay; else the admission date decides.
    pub fn counts(&self, place: AdmDiv, begin: Date, end: Date, settled_at: Moment) -> bool {
        if !self.place.covers(place) || self.created > settled_at {
            return false;
        }
        let late = self.created.date() > begin;
        self.span.contains(begin) || late && self.span.meets(begin, end)
    }
}

/// 门诊慢特病 recognition.
#[derive(Clone, Debug)]
pub struct Registration {
    pub disease: DiseaseCode,
    pub insurance: Option<Insurance>,
    /// Empty = any.
    pub institution: Option<InstitutionCode>,
    pub span: DateSpan,
}

/// A personal account at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Balance {
    pub balance: Fen,
    /// What family members have reserved for this person.
    pub sharing_limit: Fen,
    pub as_of: Moment,
}

/// Everything known of one number in one pooling region.
#[derive(Clone, Debug, Default)]
pub struct PersonRecord {
    /// Same for all numbers of one certificate.
    pub key: u128,
    pub cert_no: CertNo,
    pub enrolments: Vec<Enrolment>,
    pub filings: Vec<Filing>,
    pub registrations: Vec<Registration>,
    pub marks: Vec<PersonMark>,
    pub balance: Option<Balance>,
}

impl PersonRecord {
    fn active(&self, insurance: Insurance) -> impl Iterator<Item = &Enrolment> {
        self.enrolments.iter().filter(move |e| e.insurance == insurance && e.active)
    }

    /// The spell of `insurance` that holds on `day`; of several the one that began last.
    fn spell(&self, insurance: Insurance, day: Date) -> Option<&Enrolment> {
        let holding = self.active(insurance).filter(|e| e.span.contains(day));
        holding.max_by_key(|e| e.span.from)
    }

    /// The gap before the spell of `insurance` that holds on `day`: its length in days and the spell's first day. It begins where the
    /// last of the earlier spells ended, whichever began last.
    pub fn gap(&self, insurance: Insurance, day: Date) -> Option<(i32, Date)> {
        let from = self.spell(insurance, day)?.span.from;
        let earlier = self.active(insurance).filter(|e| e.span.from < from);
        let until = earlier.map(|e| e.span.until).max()?;
        Some((from.days_since(until).max(0), from))
    }

    /// Since when the person has been enrolled without a gap on `day`: as a spell says, or back over spells that reach the one behind them.
    pub fn continuous_since(&self, insurance: Insurance, day: Date) -> Option<Date> {
        let mut spell = self.spell(insurance, day)?;
        loop {
            if spell.continuous_since.is_some() {
                return spell.continuous_since;
            }
            let from = spell.span.from;
            let reaching =
                self.active(insurance).filter(|e| e.span.from < from && e.span.until >= from);
            match reaching.max_by_key(|e| e.span.from) {
                Some(earlier) => spell = earlier,
                None => return Some(from),
            }
        }
    }
}

/// All people by (insured region, number).
#[derive(Debug, Default)]
pub struct Coverage {
    people: HashMap<(InsuredRegion, PersonNo), PersonRecord>,
}

impl Coverage {
    pub fn get(&self, region: InsuredRegion, number: PersonNo) -> Option<&PersonRecord> {
        self.people.get(&(region, number))
    }

    pub fn get_mut(
        &mut self,
        region: InsuredRegion,
        number: PersonNo,
    ) -> Option<&mut PersonRecord> {
        self.people.get_mut(&(region, number))
    }

    pub fn entry(&mut self, region: InsuredRegion, number: PersonNo) -> &mut PersonRecord {
        self.people.entry((region, number)).or_default()
    }

    pub fn len(&self) -> usize {
        self.people.len()
    }

    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }
}

/// The key of a person: the certificate where there is one, else the number in its region. Internal to the store.
pub fn person_key(
    cert_type: &str,
    cert_no: &CertNo,
    region: InsuredRegion,
    number: PersonNo,
) -> u128 {
    let mut hash = Sha256::new();
    if cert_no.is_empty() {
        hash.update(b"number\0");
        hash.update(region.0.as_str());
        hash.update(number.as_str());
    } else {
        hash.update(b"certificate\0");
        hash.update(cert_type);
        hash.update(b"\0");
        hash.update(cert_no.as_str().to_ascii_uppercase());
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest[..16].iter().fold(0, |key, byte| key << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text.as_bytes()).unwrap_or_default()
    }

    fn person(spells: &[(&str, &str)]) -> PersonRecord {
        let spell = |(from, until): &(&str, &str)| Enrolment {
            span: DateSpan { from: day(from), until: day(until) },
            insurance: Insurance::parse("310").unwrap_or_default(),
            person_type: PersonType::parse("1101").unwrap_or_default(),
            birth: None,
            active: true,
            wait_until: None,
            identities: Vec::new(),
            retired: None,
            continuous_since: None,
            civil_servant: false,
        };
        PersonRecord { enrolments: spells.iter().map(spell).collect(), ..PersonRecord::default() }
    }

    #[test]
    fn a_spell_inside_another_is_no_end_of_it() {
        let insurance = Insurance::parse("310").unwrap_or_default();
        let on = day("2026-03-10");
        let inside = [
            ("2010-01-01", "2025-07-01"),
            ("2012-01-01", "2013-01-01"),
            ("2025-07-01", "2999-01-01"),
        ];
        let known = person(&inside);
        assert_eq!(known.gap(insurance, on), Some((0, day("2025-07-01"))));
        assert_eq!(known.continuous_since(insurance, on), Some(day("2010-01-01")));
        let known = person(&[inside[0], inside[1], ("2025-07-31", "2999-01-01")]);
        assert_eq!(known.gap(insurance, on), Some((30, day("2025-07-31"))));
        assert_eq!(known.continuous_since(insurance, on), Some(day("2025-07-31")));
    }
}
