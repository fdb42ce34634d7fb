//! One claim without its lines: who, where, when, what for. A pure function of its slot.

use super::draw::{Draw, Purpose};
use super::geography::{INSURED, NO_POLICY, NOWHERE, settles_unfiled};
use super::institutions::Institution;
use super::people::{self, Number, Person, Scheme};
use super::plan::Plan;
use super::roles::{Kind, Role};
use super::row::moved;
use super::slots::Slot;
use crate::calendar::Date;
use crate::codes::CareKind;

/// A claim before its lines.
#[derive(Clone, Debug)]
pub struct Claim {
    pub slot: Slot,
    pub role: Role,
    pub person: Person,
    pub number: Number,
    /// `insuplc_admdvs` as written.
    pub insured_division: &'static str,
    pub psn_type: &'static str,
    pub scheme: Scheme,
    pub care: CareKind,
    pub med_type: &'static str,
    pub disease: &'static str,
    pub begin: Date,
    pub end: Date,
    /// Second of the last day on which it was settled.
    pub second: u32,
    pub rescue: bool,
    pub injury: &'static str,
    pub uses_account: bool,
    pub lines: u32,
    pub declares_parts: bool,
    /// A filing made after care began.
    pub late: Option<LateFiling>,
    /// For an unfiled claim: whether the insured place settles it.
    pub settles_unfiled: bool,
}

/// A filing that was made after care began.
#[derive(Clone, Copy, Debug)]
pub struct LateFiling {
    pub reason: &'static str,
    pub on: Date,
    /// Class expected of it.
    pub class: &'static str,
}

/// Who is treated, before it is known what for.
struct Chosen {
    insured: usize,
    /// Pool of the person's group.
    group: usize,
}

/// Millionths of a hospital's claims for chronic disease: five per cent of all.
const CHRONIC: u32 = 66_667;
/// Filing types of late filings, with the class expected.
const LATE: [(&str, &str); 4] =
    [("06", "referral"), ("06", "referral"), ("10", "other_temporary"), ("07", "long_term")];

impl Plan {
    /// The claim of a slot in a role; reversals are made from their original's.
    pub fn claim(&self, slot: Slot, role: Role) -> Claim {
        let first = &self.institutions[0];
        let institution = self.institutions.get(slot.institution).unwrap_or(first);
        let night = slot.night as usize;
        let day = self.nights.get(night).map_or(self.first_day, |night| night.day);
        let mut draw =
            Draw::new(self.seed, Purpose::Claim, slot.night, slot.institution as u64, slot.index);
        let chosen = self.choose(institution, role, &mut draw);
        let care = kind_of_care(self.stays, institution, role, &chosen, &mut draw);
        let person = self.treated(slot, role, &chosen, care, institution, &mut draw);
        let stay = if care == CareKind::Inpatient { self.stay(&mut draw) } else { 0 };
        let late = (role == Role::LateFiled).then(|| late(day, &mut draw));
        let begin = match late {
            Some(late) => moved(late.on, -1 - draw.offset(4) - stay),
            None => moved(day, -stay),
        };
        let mut claim = Claim {
            slot,
            role,
            number: person.number(),
            insured_division: person.region().division(person.division),
            psn_type: person.psn_type,
            scheme: person.insurance,
            care,
            med_type: "11",
            disease: "",
            begin,
            end: day,
            // Between half past seven and eight in the evening.
            second: 27_000 + draw.below(45_000),
            rescue: false,
            injury: "0",
            uses_account: person.insurance == Scheme::Employees && draw.percent(50),
            lines: line_count(care, stay, &mut draw),
            declares_parts: draw.percent(85),
            late,
            settles_unfiled: settles_unfiled(chosen.insured, institution.pool()),
            person,
        };
        claim.describe(institution, &mut draw);
        claim.as_enrolled_then(role);
        claim.plant(self, &mut draw);
        claim
    }

    /// The insured region, and the group of people to look in.
    fn choose(&self, institution: &Institution, role: Role, draw: &mut Draw) -> Chosen {
        let pool = institution.pool;
        let elsewhere = matches!(
            role,
            Role::LateFiled
                | Role::Unfiled
                | Role::Emergency
                | Role::Planted(Kind::NoAgreement | Kind::Suspended | Kind::NotLinked)
        );
        if role == Role::Planted(Kind::PolicyMissing) {
            return Chosen { insured: NO_POLICY, group: 0 };
        }
        let here = institution.pool().insured.filter(|_| draw.share(self.at_home));
        let insured = match here.filter(|_| !elsewhere) {
            Some(insured) => insured,
            None => self.visitor(pool, draw),
        };
        let filed_nowhere =
            matches!(role, Role::Unfiled | Role::Emergency | Role::Planted(Kind::NotEnrolled));
        if role == Role::Planted(Kind::DiseaseNotRegistered) {
            return Chosen { insured: with_diseases(insured, draw), group: pool };
        }
        let home = Plan::home(insured);
        if filed_nowhere {
            return Chosen { insured, group: home };
        }
        let at_home = Plan::is_home(insured, pool);
        // One in eight at home is filed elsewhere and came back for it.
        let group = if at_home && draw.percent(12) {
            draw.index(super::geography::POOLS.len())
        } else {
            pool
        };
        Chosen { insured, group }
    }

    /// The person: of the right group, and with or without what the role needs.
    fn treated(
        &self,
        slot: Slot,
        role: Role,
        chosen: &Chosen,
        care: CareKind,
        institution: &Institution,
        draw: &mut Draw,
    ) -> Person {
        if role == Role::LateFiled {
            return self.once(chosen.insured, self.number(slot));
        }
        let place = |group: usize, draw: &mut Draw| {
            let size = self.group(chosen.insured, group).size;
            let place = draw.below_wide(size);
            match role {
                Role::Planted(Kind::DiseaseNotRegistered) => {
                    people::settled(people::unregistered(place, size))
                }
                Role::Planted(Kind::NotEnrolled) => people::mover(place, size),
                _ if care == CareKind::Chronic => people::registered(place),
                // What is planted is all there is to find: nobody on the move.
                Role::Unfiled | Role::Emergency | Role::Planted(_) => people::settled(place),
                _ => place,
            }
        };
        let at = place(chosen.group, draw);
        let person = self.person(chosen.insured, chosen.group, at);
        let at_home = Plan::is_home(chosen.insured, institution.pool);
        if at_home && !person.settles_at_home() {
            let home = Plan::home(chosen.insured);
            let at = place(home, draw);
            return self.person(chosen.insured, home, at);
        }
        person
    }

    /// Nights in hospital.
    fn stay(&self, draw: &mut Draw) -> i32 {
        if self.long_stays && draw.share(5_000) {
            25 + draw.offset(35)
        } else {
            2 + draw.offset(13)
        }
    }
}

fn line_count(care: CareKind, stay: i32, draw: &mut Draw) -> u32 {
    match care {
        CareKind::Pharmacy => 1 + draw.below(4),
        CareKind::Outpatient => 3 + draw.below(8),
        CareKind::Chronic => 3 + draw.below(4),
        CareKind::Inpatient if stay > 20 => 600 + draw.skewed(4_400),
        CareKind::Inpatient => 150 + draw.below(150) + draw.skewed(301),
    }
}

/// An insured region that has terms for chronic diseases.
fn with_diseases(insured: usize, draw: &mut Draw) -> usize {
    let has = |insured: usize| INSURED.get(insured).is_some_and(|i| !i.diseases.is_empty());
    if has(insured) { insured } else { [0, 1, 3][draw.below(3) as usize] }
}

fn late(day: Date, draw: &mut Draw) -> LateFiling {
    let (reason, class) = draw.pick(&LATE).copied().unwrap_or(LATE[0]);
    LateFiling { reason, on: moved(day, -1), class }
}

fn kind_of_care(
    stays: u32,
    institution: &Institution,
    role: Role,
    chosen: &Chosen,
    draw: &mut Draw,
) -> CareKind {
    if institution.pharmacy {
        return CareKind::Pharmacy;
    }
    if role == Role::Planted(Kind::DiseaseNotRegistered) {
        return CareKind::Chronic;
    }
    let dealt = draw.below(1_000_000);
    let diseases = INSURED.get(chosen.insured).is_some_and(|region| !region.diseases.is_empty());
    // Those without a filing, or with one made for this claim, have no registration either.
    let may_be_chronic = diseases
        && institution.takes_chronic()
        && !matches!(role, Role::LateFiled | Role::Emergency);
    if dealt < stays && institution.takes_stays() {
        CareKind::Inpatient
    } else if (stays..stays + CHRONIC).contains(&dealt) && may_be_chronic {
        CareKind::Chronic
    } else {
        CareKind::Outpatient
    }
}

impl Claim {
    /// Type of care, disease, injury, rescue.
    fn describe(&mut self, institution: &Institution, draw: &mut Draw) {
        let planned = !matches!(self.role, Role::Plain | Role::Emergency);
        let roll = draw.below(100);
        let mother = self.person.female && (20..46).contains(&self.person.age(self.end));
        self.med_type = match (self.care, self.role, roll) {
            (CareKind::Pharmacy, ..) => "41",
            (CareKind::Chronic, ..) => "14",
            (CareKind::Inpatient, Role::Emergency, 0..60) => "24",
            (CareKind::Outpatient, Role::Emergency, 0..60) => "13",
            (CareKind::Inpatient, _, 0..5) => "22",
            // Rescue would count as filed: only where that changes nothing.
            (CareKind::Inpatient, _, 5..10) if !planned => "24",
            (CareKind::Inpatient, _, 10..14) => "28",
            (CareKind::Inpatient, _, 14..17) => "2101",
            (CareKind::Inpatient, _, 17..30) if mother => "52",
            (CareKind::Inpatient, ..) => "21",
            (CareKind::Outpatient, _, 0..4) if !planned => "13",
            (CareKind::Outpatient, _, 4..6) => "19",
            (CareKind::Outpatient, ..) => "11",
        };
        self.rescue = self.role == Role::Emergency && !matches!(self.med_type, "13" | "24");
        if matches!(self.med_type, "19" | "22") {
            self.injury = "1";
        }
        if self.care == CareKind::Chronic {
            let own = self.person.disease;
            let any = draw.pick(self.person.region().diseases).copied();
            self.disease = own.or(any).unwrap_or("M00500");
        }
        debug_assert!(institution.pharmacy == (self.care == CareKind::Pharmacy));
    }

    /// Care that began before the person moved is claimed where the person was insured then.
    fn as_enrolled_then(&mut self, role: Role) {
        let Some(moved) = self.person.moved else { return };
        let before = self.begin < moved.on;
        // The planted mistake is the other of the two.
        if before != (role == Role::Planted(Kind::NotEnrolled)) {
            self.number = self.person.old_number(moved);
            self.insured_division = INSURED.get(moved.from).unwrap_or(&INSURED[0]).code;
        }
    }

    fn plant(&mut self, plan: &Plan, draw: &mut Draw) {
        let Role::Planted(kind) = self.role else { return };
        match kind {
            Kind::UnknownPerson => {
                self.number = people::stranger(self.person.insured, plan.number(self.slot));
            }
            Kind::OtherCertificate => {
                let serial = self.person.serial + 1 + u64::from(draw.below(5_000));
                let other =
                    super::certificate::number(serial, self.person.birth, self.person.female);
                self.person.certificate = other;
            }
            Kind::RegionUnknown => self.insured_division = NOWHERE,
            Kind::ThirdParty => self.injury = "2",
            Kind::PersonTypeDiffers => {
                self.psn_type = match self.psn_type.get(..2) {
                    Some("11") => "1201",
                    Some("12") => "1101",
                    Some("14" | "16") => "1501",
                    _ => "1601",
                };
            }
            Kind::LineNumberTwice => self.lines = self.lines.max(2),
            Kind::WrongTotal => self.declares_parts = false,
            Kind::WrongParts | Kind::BrokenNumber | Kind::DeclaredDiffers => {
                self.declares_parts = true;
            }
            _ => {}
        }
    }
}
