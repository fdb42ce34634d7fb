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
    /// Spells of one insurance up to and with the one that holds on `day`, the latest first: the spell, and the gap in days before it.
    /// Without a spell on that day there are none.
    fn spells(
        &self,
        insurance: Insurance,
        day: Date,
    ) -> impl Iterator<Item = (&Enrolment, Option<i32>)> {
        let mut spells: Vec<&Enrolment> = self
            .enrolments
            .iter()
            .filter(|e| e.insurance == insurance && e.active && e.span.from <= day)
            .collect();
        spells.sort_by_key(|e| std::cmp::Reverse(e.span.from));
        (0..spells.len()).map(move |at| {
            let before = spells.get(at + 1).map(|earlier| earlier.span.until);
            (spells[at], before.map(|until| spells[at].span.from.days_since(until).max(0)))
        })
    }

    /// The gap before the spell of `insurance` that holds on `day`: its length in days and the spell's first day.
    pub fn gap(&self, insurance: Insurance, day: Date) -> Option<(i32, Date)> {
        let (spell, gap) = self.spells(insurance, day).next()?;
        gap.map(|days| (days, spell.span.from))
    }

    /// Since when the person has been enrolled without a gap on `day`.
    pub fn continuous_since(&self, insurance: Insurance, day: Date) -> Option<Date> {
        let mut since = None;
        for (spell, gap) in self.spells(insurance, day) {
            if spell.continuous_since.is_some() {
                return spell.continuous_since;
            }
            since = Some(spell.span.from);
            if gap.is_none_or(|days| days > 0) {
                break;
            }
        }
        since
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
