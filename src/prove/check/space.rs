//! The atoms of a policy: what its rows tell apart, and everything else as "any other".
//!
//! Owns: cutting ages, codes and places into atoms, turning conditions into cubes, and cubes into a clerk's words and TOML.
//! An age, a birth date or a length of enrolment that nobody knows matches no row by design and is no atom.

use std::collections::BTreeSet;

use crate::calendar::Date;
use crate::codes::{CareKind, FilingClass, Insurance, MedType};
use crate::policy::select::{ScopeBit, SymbolKind};
use crate::policy::written::{AGES, Conditions};

use super::cubes::{Atoms, Cube, DIMENSIONS};

/// Places of the dimensions in a [`Cube`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dim {
    Insurance,
    Person,
    Age,
    Born,
    Retired,
    Months,
    Level,
    Place,
    Linked,
    Disease,
    Care,
    Admission,
}

/// Where care is, and how the claim stands towards filing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlaceAtom {
    pub filing: FilingClass,
    pub scope: ScopeBit,
    /// The longest named head of the care region; empty: none.
    pub care: String,
}

/// A kind of care and a medical type; `None`: any type that no row names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CareAtom {
    pub care: CareKind,
    pub med_type: Option<String>,
}

/// What a policy can tell apart.
#[derive(Debug)]
pub struct Space {
    pub insurance: Vec<Insurance>,
    /// Heads; an atom is what begins with it and with no longer one.
    pub persons: Vec<String>,
    /// First ages of the intervals.
    pub ages: Vec<i64>,
    pub born: Vec<i64>,
    /// The last atom after these: not retired.
    pub retired: Vec<i64>,
    pub months: Vec<i64>,
    pub admissions: Vec<i64>,
    pub places: Vec<PlaceAtom>,
    pub diseases: Vec<String>,
    pub care: Vec<CareAtom>,
    pub marks: Vec<(SymbolKind, String)>,
    /// Some dimension has more atoms than a cube can hold.
    pub too_many: bool,
}

const PERSON_GROUPS: [&str; 6] = ["11", "12", "13", "14", "15", "16"];
/// Municipalities are one pool each: nowhere else in the province.
const MUNICIPALITIES: [&str; 4] = ["110000", "120000", "310000", "500000"];

impl Space {
    pub fn of(region: &str, insurance: &[Insurance], conditions: &[&Conditions]) -> Space {
        let from = |all: &mut BTreeSet<i64>, value: Option<i64>| all.extend(value);
        let (mut ages, mut months) = (BTreeSet::from([0]), BTreeSet::from([0]));
        let mut admissions = BTreeSet::from([1]);
        let earliest = i64::from(Date::EARLIEST.days());
        let (mut born, mut retired) = (BTreeSet::from([earliest]), BTreeSet::from([earliest]));
        let mut heads = Heads::default();
        let day = |date: Option<Date>| date.map(|date| i64::from(date.days()));
        for who in conditions {
            from(&mut ages, who.age_from.map(i64::from));
            from(&mut ages, who.age_to.map(|age| i64::from(age) + 1));
            from(&mut months, who.months_from.map(i64::from));
            from(&mut months, who.months_to.map(|months| i64::from(months) + 1));
            from(&mut admissions, who.admission_from.map(|n| i64::from(n.max(1))));
            from(&mut admissions, who.admission_to.map(|n| i64::from(n.max(1)) + 1));
            from(&mut born, day(who.born_from));
            from(&mut born, day(who.born_before));
            from(&mut retired, day(who.retired_from));
            from(&mut retired, day(who.retired_before));
            heads.add(who);
        }
        ages.retain(|age| *age <= i64::from(*AGES.end()));
        let persons = heads.persons.into_iter().collect();
        let places = places(region, &heads.care_regions.into_iter().collect::<Vec<_>>());
        let space = Space {
            insurance: insurance.to_vec(),
            persons,
            ages: ages.into_iter().collect(),
            born: born.into_iter().collect(),
            retired: retired.into_iter().collect(),
            months: months.into_iter().collect(),
            admissions: admissions.into_iter().collect(),
            places,
            diseases: heads.diseases.into_iter().collect(),
            care: care_atoms(&heads.med_types),
            marks: heads.marks.into_iter().collect(),
            too_many: false,
        };
        Space { too_many: space.is_too_big(), ..space }
    }

    fn is_too_big(&self) -> bool {
        let lengths = [
            self.insurance.len(),
            self.persons.len(),
            self.ages.len(),
            self.born.len(),
            self.retired.len() + 1,
            self.months.len(),
            self.places.len(),
            self.diseases.len(),
            self.care.len(),
            self.admissions.len(),
            self.marks.len() * 2,
        ];
        lengths.into_iter().any(|length| length > Atoms::MAX)
    }

    /// Every combination that can be.
    pub fn whole(&self) -> Cube {
        let mut cube = Cube::ALL;
        for (dim, length) in [
            (Dim::Insurance, self.insurance.len()),
            (Dim::Person, self.persons.len()),
            (Dim::Age, self.ages.len()),
            (Dim::Born, self.born.len()),
            (Dim::Retired, self.retired.len() + 1),
            (Dim::Months, self.months.len()),
            (Dim::Level, 11),
            (Dim::Place, self.places.len()),
            (Dim::Linked, 2),
            (Dim::Disease, self.diseases.len()),
            (Dim::Care, self.care.len()),
            (Dim::Admission, self.admissions.len()),
        ] {
            cube.dims[dim as usize] = Atoms::of(0..length);
        }
        cube
    }

    /// The combinations that meet conditions.
    pub fn cubes(&self, who: &Conditions) -> Vec<Cube> {
        let mut cube = self.whole();
        let mut set = |dim: Dim, given: bool, atoms: Atoms| {
            if given {
                cube.dims[dim as usize] = atoms;
            }
        };
        let begins = |heads: &[String], texts: &[String]| {
            places_where(heads, |head| texts.iter().any(|text| head.starts_with(text.as_str())))
        };
        let day = |date: Option<Date>| date.map(|date| i64::from(date.days()));
        let insurance = places_where(&self.insurance, |code| who.insurance.contains(code));
        set(Dim::Insurance, !who.insurance.is_empty(), insurance);
        set(Dim::Person, !who.persons.is_empty(), begins(&self.persons, &who.persons));
        set(Dim::Disease, !who.diseases.is_empty(), begins(&self.diseases, &who.diseases));
        for (dim, starts, low, high) in [
            (
                Dim::Age,
                &self.ages,
                who.age_from.map(i64::from),
                who.age_to.map(|n| i64::from(n) + 1),
            ),
            (
                Dim::Months,
                &self.months,
                who.months_from.map(i64::from),
                who.months_to.map(|n| i64::from(n) + 1),
            ),
            (Dim::Born, &self.born, day(who.born_from), day(who.born_before)),
            (Dim::Retired, &self.retired, day(who.retired_from), day(who.retired_before)),
            (
                Dim::Admission,
                &self.admissions,
                who.admission_from.map(i64::from),
                who.admission_to.map(|n| i64::from(n) + 1),
            ),
        ] {
            let inside = |start: &i64| {
                low.is_none_or(|low| *start >= low) && high.is_none_or(|high| *start < high)
            };
            set(dim, low.is_some() || high.is_some(), places_where(starts, inside));
        }
        set(Dim::Level, !who.levels.is_empty(), levels(&who.levels));
        set(Dim::Linked, who.linked.is_some(), Atoms::of(who.linked.map(usize::from)));
        set(Dim::Place, true, places_where(&self.places, |place| place_meets(place, who)));
        set(Dim::Care, true, places_where(&self.care, |care| care_meets(care, who)));
        self.with_marks(&cube, who)
    }

    /// Of each list at least one mark: the first, or not the first and the second, and so on.
    fn with_marks(&self, cube: &Cube, who: &Conditions) -> Vec<Cube> {
        let mut cubes = vec![*cube];
        for (kind, texts) in [
            (SymbolKind::Identity, &who.identities),
            (SymbolKind::Mark, &who.marks),
            (SymbolKind::InstitutionMark, &who.institution_marks),
        ] {
            if texts.is_empty() {
                continue;
            }
            let bits: Vec<u128> = texts.iter().map(|text| self.bit(kind, text)).collect();
            let mut more = Vec::new();
            for cube in &cubes {
                let mut absent = 0;
                for bit in &bits {
                    let one = Cube { present: *bit, absent, ..Cube::ALL };
                    more.extend(cube.meet(&one));
                    absent |= bit;
                }
            }
            cubes = more;
        }
        let empty = |cube: &Cube| cube.dims.iter().any(|dim| dim.is_empty());
        cubes.retain(|cube| !empty(cube));
        cubes
    }

    fn bit(&self, kind: SymbolKind, text: &str) -> u128 {
        let place = self.marks.iter().position(|(k, t)| *k == kind && t == text);
        place.filter(|place| *place < 128).map_or(0, |place| 1 << place)
    }

    /// Dimensions and marks that conditions speak of.
    pub fn mentioned(&self, who: &Conditions, mask: &mut [bool; DIMENSIONS], marks: &mut u128) {
        for cube in self.cubes(who) {
            *marks |= cube.present | cube.absent;
            let whole = self.whole();
            for (at, mentioned) in mask.iter_mut().enumerate() {
                *mentioned |= cube.dims[at] != whole.dims[at];
            }
        }
    }

    /// Places that meet a test.
    pub fn place_cube(&self, test: impl Fn(&PlaceAtom) -> bool) -> Cube {
        let mut cube = self.whole();
        cube.dims[Dim::Place as usize] = places_where(&self.places, test);
        cube
    }

    pub fn care_cube(&self, kinds: &[CareKind]) -> Cube {
        let mut cube = self.whole();
        cube.dims[Dim::Care as usize] = places_where(&self.care, |atom| kinds.contains(&atom.care));
        cube
    }

    pub fn linked_cube(&self, linked: bool) -> Cube {
        let mut cube = self.whole();
        cube.dims[Dim::Linked as usize] = Atoms::of([usize::from(linked)]);
        cube
    }
}

/// Heads and marks that conditions name.
struct Heads {
    persons: BTreeSet<String>,
    care_regions: BTreeSet<String>,
    diseases: BTreeSet<String>,
    med_types: BTreeSet<String>,
    marks: BTreeSet<(SymbolKind, String)>,
}

impl Default for Heads {
    fn default() -> Heads {
        Heads {
            persons: PERSON_GROUPS.map(str::to_owned).into(),
            care_regions: BTreeSet::from([String::new()]),
            diseases: BTreeSet::from([String::new()]),
            med_types: BTreeSet::new(),
            marks: BTreeSet::new(),
        }
    }
}

impl Heads {
    fn add(&mut self, who: &Conditions) {
        // A single digit stands for all groups, which are there.
        self.persons.extend(who.persons.iter().filter(|head| head.len() > 1).cloned());
        self.care_regions.extend(who.care_regions.iter().cloned());
        self.diseases.extend(who.diseases.iter().cloned());
        self.med_types.extend(who.med_types.iter().cloned());
        for (kind, texts) in [
            (SymbolKind::Identity, &who.identities),
            (SymbolKind::Mark, &who.marks),
            (SymbolKind::InstitutionMark, &who.institution_marks),
        ] {
            self.marks.extend(texts.iter().map(|text| (kind, text.clone())));
        }
    }
}

pub fn places_where<T>(list: &[T], test: impl Fn(&T) -> bool) -> Atoms {
    Atoms::of(list.iter().enumerate().filter(|(_, item)| test(item)).map(|(at, _)| at))
}

/// Atom `n` is `hosp_lv` n + 1.
fn levels(list: &[String]) -> Atoms {
    let codes = list.iter().map(|text| match text.as_str() {
        "3" => 1..=4,
        "2" => 5..=7,
        "1" => 8..=10,
        "0" => 11..=11,
        code => code.parse::<usize>().map_or(0..=0, |code| code..=code),
    });
    Atoms::of(codes.flatten().filter_map(|code| code.checked_sub(1)))
}

fn place_meets(place: &PlaceAtom, who: &Conditions) -> bool {
    let scope = |text: &String| match text.as_str() {
        "local" => place.scope == ScopeBit::Local,
        "same_prefecture" => place.scope == ScopeBit::SamePrefecture,
        "same_province" => matches!(place.scope, ScopeBit::SamePrefecture | ScopeBit::SameProvince),
        _ => place.scope == ScopeBit::OtherProvince,
    };
    (who.filing.is_empty() || who.filing.contains(&place.filing))
        && (who.scopes.is_empty() || who.scopes.iter().any(scope))
        && (who.care_regions.is_empty()
            || who.care_regions.iter().any(|head| place.care.starts_with(head.as_str())))
}

fn care_meets(atom: &CareAtom, who: &Conditions) -> bool {
    let named = |text: &String| atom.med_type.as_ref() == Some(text);
    (who.care.is_empty() || who.care.contains(&atom.care))
        && (who.med_types.is_empty() || who.med_types.iter().any(named))
}

/// Each kind of care with each medical type that may be of it.
fn care_atoms(med_types: &BTreeSet<String>) -> Vec<CareAtom> {
    let mut atoms = Vec::new();
    for care in CareKind::ALL {
        let of_kind =
            |text: &&String| MedType::parse(text, &[]).is_none_or(|known| known.kind() == care);
        let named = med_types.iter().filter(of_kind).map(|text| Some(text.clone()));
        atoms.extend(named.chain([None]).map(|med_type| CareAtom { care, med_type }));
    }
    atoms
}

const AT_HOME: [FilingClass; 3] =
    [FilingClass::Local, FilingClass::LongTermReturn, FilingClass::PromiseReturn];
const ELSEWHERE: [FilingClass; 5] = [
    FilingClass::LongTerm,
    FilingClass::Referral,
    FilingClass::Emergency,
    FilingClass::OtherTemporary,
    FilingClass::Unfiled,
];

/// Places of care as seen from a region, with the filing classes that each can have.
fn places(region: &str, heads: &[String]) -> Vec<PlaceAtom> {
    let mut places = Vec::new();
    let longest = |code: &str| {
        heads.iter().filter(|head| code.starts_with(head.as_str())).max_by_key(|head| head.len())
    };
    let home = longest(region).cloned().unwrap_or_default();
    for filing in AT_HOME {
        places.push(PlaceAtom { filing, scope: ScopeBit::Local, care: home.clone() });
    }
    let (prefecture, province) = (region.get(..4).unwrap_or(""), region.get(..2).unwrap_or(""));
    let alone = MUNICIPALITIES.contains(&region);
    for head in heads {
        // Whether codes under `within` are left to this head.
        let under = |within: &str| {
            if head.len() <= within.len() {
                longest(within) == Some(head)
            } else {
                head.starts_with(within)
            }
        };
        let scopes = [
            (ScopeBit::SamePrefecture, !alone && head != region && under(prefecture)),
            (ScopeBit::SameProvince, !alone && !head.starts_with(prefecture) && under(province)),
            (ScopeBit::OtherProvince, head.len() < 2 || !head.starts_with(province)),
        ];
        for (scope, _) in scopes.into_iter().filter(|(_, possible)| *possible) {
            places.extend(ELSEWHERE.map(|filing| PlaceAtom { filing, scope, care: head.clone() }));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_leaves_to_longer_heads_what_begins_with_them() {
        let who =
            Conditions { care_regions: vec!["96".into(), "9601".into()], ..Conditions::default() };
        let space = Space::of("960100", &[], &[&who]);
        let has = |scope, care: &str| {
            space.places.iter().any(|place| place.scope == scope && place.care == care)
        };
        assert!(has(ScopeBit::Local, "9601") && has(ScopeBit::SamePrefecture, "9601"));
        assert!(has(ScopeBit::SameProvince, "96") && has(ScopeBit::OtherProvince, ""));
        assert!(!has(ScopeBit::SamePrefecture, "96") && !has(ScopeBit::OtherProvince, "96"));
        assert!(!has(ScopeBit::SameProvince, ""));
    }

    #[test]
    fn ages_are_cut_at_named_bounds() {
        let who = Conditions { age_from: Some(70), ..Conditions::default() };
        let insurance = Insurance::parse("310").unwrap_or_default();
        let space = Space::of("960100", &[insurance], &[&who]);
        assert_eq!(space.ages, [0, 70]);
        assert_eq!(space.cubes(&who)[0].dims[Dim::Age as usize], Atoms::of([1]));
    }
}
