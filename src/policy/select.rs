//! Whom and what a row concerns, compiled: a handful of masks and ranges, no text.

use crate::calendar::Date;
use crate::codes::{
    AdmDiv, CareKind, FilingClass, HospitalLevel, Insurance, MedType, PersonType, Scope,
};

/// Texts that a policy's selectors ask for, each a bit: identities, marks of people and institutions, medical types.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    texts: Vec<(SymbolKind, String)>,
}

/// What a symbol is the name of; the same text may be an identity and a mark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SymbolKind {
    Identity,
    Mark,
    InstitutionMark,
    MedType,
}

impl Symbols {
    /// At most so many texts per policy.
    pub const MAX: usize = 128;

    /// The place of a text, added if new; `None` when there is no room.
    pub fn add(&mut self, kind: SymbolKind, text: &str) -> Option<u8> {
        if let Some(place) = self.place(kind, text) {
            return Some(place);
        }
        let place = self.texts.len();
        if place == Symbols::MAX {
            return None;
        }
        self.texts.push((kind, text.to_owned()));
        u8::try_from(place).ok()
    }

    pub fn place(&self, kind: SymbolKind, text: &str) -> Option<u8> {
        let place = self.texts.iter().position(|(k, t)| *k == kind && t == text)?;
        u8::try_from(place).ok()
    }

    /// The bit of a text that some selector asks for, else nothing.
    pub fn bit(&self, kind: SymbolKind, text: &str) -> u128 {
        self.place(kind, text).map_or(0, |place| 1 << place)
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

/// A code of digits, four bits each, left-aligned: leading digits are a mask.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Digits(u32);

impl Digits {
    /// At most eight digits are looked at.
    pub fn of(text: &str) -> Digits {
        let shift = |at: usize| 28 - 4 * at;
        let digits = text.bytes().take(8).enumerate();
        // One more than the digit, so that a 0 is not the end.
        let nibble = |b: u8| u32::from(b.wrapping_sub(b'0' - 1) & 15);
        Digits(digits.fold(0, |all, (at, b)| all | nibble(b) << shift(at)))
    }
}

/// Eight bytes of a code, left-aligned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct CodeHead(u64);

impl CodeHead {
    /// At most eight bytes are looked at.
    pub fn of(text: &str) -> CodeHead {
        let shift = |at: usize| 56 - 8 * at;
        let bytes = text.bytes().take(8).enumerate();
        CodeHead(bytes.fold(0, |all, (at, b)| all | u64::from(b) << shift(at)))
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What a row may ask about a claim. Made for one policy, whose [`Symbols`] give the bits.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub insurance: Insurance,
    pub person: Digits,
    /// Whole years on admission.
    pub age: Option<i32>,
    pub birth: Option<Date>,
    pub retired: Option<Date>,
    /// Whole months of unbroken enrolment on admission.
    pub months: Option<i32>,
    pub level: HospitalLevel,
    pub filing: FilingClass,
    pub scope: Scope,
    pub same_prefecture: bool,
    pub care_region: Digits,
    /// The institution has the link that the care needs.
    pub linked: bool,
    pub disease: CodeHead,
    pub care: CareKind,
    /// Bits of identities, marks and medical type.
    pub symbols: u128,
    /// Number of this stay in the year, from 1: stays that ended, and one.
    pub admission: u32,
    /// Diseases registered on admission, the earliest first.
    pub registered: &'a [CodeHead],
    /// Numbers of the person's marks: place in [`Symbols`], value, day it was recorded.
    pub numbers: &'a [(u8, i64, Date)],
    /// The gap before the spell of enrolment: its length in days and the first day of the spell.
    pub gap: Option<(i32, Date)>,
    /// Admission, for what counts from it.
    pub begin: Date,
}

impl Facts<'_> {
    /// Facts of local outpatient care by nobody in particular, to be filled in.
    pub fn empty() -> Facts<'static> {
        Facts {
            insurance: Insurance::default(),
            person: Digits::default(),
            age: None,
            birth: None,
            retired: None,
            months: None,
            level: HospitalLevel::default(),
            filing: FilingClass::Local,
            scope: Scope::Local,
            same_prefecture: false,
            care_region: Digits::default(),
            linked: true,
            disease: CodeHead::default(),
            care: CareKind::Outpatient,
            symbols: 0,
            admission: 1,
            registered: &[],
            numbers: &[],
            gap: None,
            begin: Date::default(),
        }
    }

    pub fn set_person_type(&mut self, person_type: PersonType) {
        self.person = Digits::of(person_type.as_str());
    }

    pub fn set_care_region(&mut self, region: AdmDiv) {
        self.care_region = Digits::of(region.as_str());
    }

    pub fn set_med_type(&mut self, med_type: &MedType, symbols: &Symbols) {
        self.care = med_type.kind();
        self.symbols |= symbols.bit(SymbolKind::MedType, med_type.as_str());
    }
}

/// Conditions that must all hold. The default holds for everything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selector {
    /// One bit per `hosp_lv`, 0 to 11.
    pub levels: u16,
    /// One bit per [`FilingClass`].
    pub filing: u16,
    /// One bit per [`ScopeBit`].
    pub scopes: u8,
    /// One bit per [`CareKind`].
    pub care: u8,
    /// Bit 0: not linked; bit 1: linked.
    pub linked: u8,
    pub age: (i32, i32),
    pub months: (i32, i32),
    pub admission: (u32, u32),
    /// From, and before.
    pub born: Option<(Date, Date)>,
    pub retired: Option<(Date, Date)>,
    /// Value and mask, any of; empty: any.
    pub persons: Vec<(u32, u32)>,
    pub care_regions: Vec<(u32, u32)>,
    pub diseases: Vec<(u64, u64)>,
    pub insurance: Vec<Insurance>,
    /// Of each group at least one bit.
    pub groups: Vec<u128>,
}

/// Bits of `Selector::scopes`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeBit {
    Local,
    SamePrefecture,
    /// The rest of the province.
    SameProvince,
    OtherProvince,
}

impl Default for Selector {
    fn default() -> Selector {
        Selector {
            levels: u16::MAX,
            filing: u16::MAX,
            scopes: u8::MAX,
            care: u8::MAX,
            linked: u8::MAX,
            age: (i32::MIN, i32::MAX),
            months: (i32::MIN, i32::MAX),
            admission: (0, u32::MAX),
            born: None,
            retired: None,
            persons: Vec::new(),
            care_regions: Vec::new(),
            diseases: Vec::new(),
            insurance: Vec::new(),
            groups: Vec::new(),
        }
    }
}

impl Selector {
    /// Whether every condition holds.
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.levels >> facts.level.code() & 1 == 1
            && self.filing >> facts.filing as u16 & 1 == 1
            && self.scopes >> scope_bit(facts) as u8 & 1 == 1
            && self.care >> facts.care as u8 & 1 == 1
            && self.linked >> u8::from(facts.linked) & 1 == 1
            && within(self.age, facts.age)
            && within(self.months, facts.months)
            && (self.admission.0..=self.admission.1).contains(&facts.admission)
            && heads(&self.persons, facts.person.0)
            && heads(&self.care_regions, facts.care_region.0)
            && self.names(facts.disease)
            && self.groups.iter().all(|group| group & facts.symbols != 0)
            && on(self.born, facts.birth)
            && on(self.retired, facts.retired)
            && (self.insurance.is_empty() || self.insurance.contains(&facts.insurance))
    }

    /// Whether a disease is among those that are asked for.
    pub fn names(&self, disease: CodeHead) -> bool {
        self.diseases.is_empty()
            || self.diseases.iter().any(|(value, mask)| disease.0 & mask == *value)
    }

    /// Conditions of both.
    pub fn and(&self, other: &Selector) -> Option<Selector> {
        let mut both = self.clone();
        both.levels &= other.levels;
        both.filing &= other.filing;
        both.scopes &= other.scopes;
        both.care &= other.care;
        both.linked &= other.linked;
        both.age = (self.age.0.max(other.age.0), self.age.1.min(other.age.1));
        both.months = (self.months.0.max(other.months.0), self.months.1.min(other.months.1));
        both.admission =
            (self.admission.0.max(other.admission.0), self.admission.1.min(other.admission.1));
        both.born = cut(self.born, other.born);
        both.retired = cut(self.retired, other.retired);
        both.persons = meet(&self.persons, &other.persons)?;
        both.care_regions = meet(&self.care_regions, &other.care_regions)?;
        both.diseases = meet(&self.diseases, &other.diseases)?;
        both.groups.extend(&other.groups);
        if both.insurance.is_empty() {
            both.insurance.clone_from(&other.insurance);
        } else if !other.insurance.is_empty() {
            both.insurance.retain(|insurance| other.insurance.contains(insurance));
            if both.insurance.is_empty() {
                return None;
            }
        }
        let empty = both.levels == 0
            || both.filing == 0
            || both.scopes == 0
            || both.care == 0
            || both.linked == 0
            || both.age.0 > both.age.1
            || both.months.0 > both.months.1
            || both.admission.0 > both.admission.1;
        (!empty).then_some(both)
    }
}

/// The finest scope of a claim.
pub fn scope_bit(facts: &Facts<'_>) -> ScopeBit {
    match facts.scope {
        Scope::Local => ScopeBit::Local,
        Scope::SameProvince if facts.same_prefecture => ScopeBit::SamePrefecture,
        Scope::SameProvince => ScopeBit::SameProvince,
        Scope::OtherProvince => ScopeBit::OtherProvince,
    }
}

/// Value and mask of leading digits.
pub fn digits_head(text: &str) -> (u32, u32) {
    let mask = match text.len() {
        0 => 0,
        n if n >= 8 => u32::MAX,
        n => !(u32::MAX >> (4 * n)),
    };
    (Digits::of(text).0, mask)
}

/// Value and mask of a code's leading characters.
pub fn code_head(text: &str) -> (u64, u64) {
    let mask = match text.len() {
        0 => 0,
        n if n >= 8 => u64::MAX,
        n => !(u64::MAX >> (8 * n)),
    };
    (CodeHead::of(text).0, mask)
}

fn within(range: (i32, i32), value: Option<i32>) -> bool {
    match value {
        Some(value) => range.0 <= value && value <= range.1,
        None => range == (i32::MIN, i32::MAX),
    }
}

fn on(range: Option<(Date, Date)>, day: Option<Date>) -> bool {
    range.is_none_or(|(from, before)| day.is_some_and(|day| from <= day && day < before))
}

fn heads(list: &[(u32, u32)], value: u32) -> bool {
    list.is_empty() || list.iter().any(|(head, mask)| value & mask == *head)
}

fn cut(a: Option<(Date, Date)>, b: Option<(Date, Date)>) -> Option<(Date, Date)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.max(b.0), a.1.min(b.1))),
        (a, b) => a.or(b),
    }
}

/// Heads that begin with one of each list; `None` when there are none.
fn meet<T>(a: &[(T, T)], b: &[(T, T)]) -> Option<Vec<(T, T)>>
where
    T: Copy + PartialEq + Ord + std::ops::BitAnd<Output = T>,
{
    if a.is_empty() || b.is_empty() {
        return Some(if a.is_empty() { b.to_vec() } else { a.to_vec() });
    }
    let mut both = Vec::new();
    for (value, mask) in a {
        for (other, other_mask) in b {
            // A longer head has a greater mask.
            let (long, short) = if mask >= other_mask {
                ((*value, *mask), (*other, *other_mask))
            } else {
                ((*other, *other_mask), (*value, *mask))
            };
            if long.0 & short.1 == short.0 && !both.contains(&long) {
                both.push(long);
            }
        }
    }
    (!both.is_empty()).then_some(both)
}
