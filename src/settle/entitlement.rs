//! Entitlement: is this care to be settled, by whom, and as what?
//!
//! Sources: 社会保险经办条例 Arts. 13, 25–26, 33–34, 43; 医保发〔2022〕22号 Arts. 6–8, 14, 16, 34. Dates: enrolment, agreement, filing and
//! person type are tested on admission (`begndate`). All findings are reported, not only the first.

use arrayvec::ArrayVec;

use crate::calendar::Date;
use crate::claim::{Claim, Code, Finding, Injury};
use crate::codes::{
    CareKind, CareRegion, FilingClass, HospitalLevel, InsuredRegion, Scope, fields,
};
use crate::policy::select::{CodeHead, Digits, Selector, SymbolKind};
use crate::policy::{Effect, Facts, Policy, PolicyBook, Terms};
use crate::reference::{
    Enrolment, FilingReason, Institution, PersonRecord, Reference, coverage::Registration,
};

/// What is known of a claim once it may settle.
#[derive(Debug)]
pub struct Entitled<'a> {
    pub insured: InsuredRegion,
    pub care: CareRegion,
    pub scope: Scope,
    pub filing: FilingClass,
    pub level: HospitalLevel,
    pub person: &'a PersonRecord,
    pub policy: &'a Policy,
    pub terms: Terms<'a>,
}

/// The two pooling regions of a claim on the day care begins, if both divisions have one.
pub fn regions(
    claim: &Claim,
    reference: &Reference,
) -> (Option<InsuredRegion>, Option<CareRegion>) {
    let pool = |division| reference.regions.pool(division, claim.begin);
    (pool(claim.insured_div).map(InsuredRegion), pool(claim.care_div).map(CareRegion))
}

/// Tests a claim. Adds to `findings` whatever is wrong; gives terms only when nothing stops the claim from settling.
///
/// `admissions` says how many stays of the person's benefit year have ended, given the policy that counts them.
pub fn entitle<'a>(
    claim: &Claim,
    reference: &'a Reference,
    book: &'a PolicyBook,
    admissions: impl Fn(InsuredRegion, &Policy) -> u32,
    findings: &mut Vec<Finding>,
) -> Option<Entitled<'a>> {
    let (insured, care) = regions(claim, reference);
    if insured.is_none() {
        findings.push(region_unknown(fields::INSUPLC_ADMDVS, claim.insured_div, claim));
    }
    if care.is_none() {
        findings.push(region_unknown(fields::MDTRTAREA_ADMVS, claim.care_div, claim));
    }
    if matches!(claim.injury, Injury::ThirdParty | Injury::Work) {
        findings.push(Finding::new(Code::ThirdParty).field(fields::INJ_FLAG));
    }
    let institution = reference.institutions.get(claim.institution);
    let level = institution.and_then(|i| check_institution(claim, i, care, reference, findings));
    let person = insured.and_then(|insured| check_person(claim, insured, reference, findings));
    let (insured, care) = (insured?, care?);
    let scope = scope(insured, care);
    let linked = institution.is_none_or(|i| i.is_linked(claim.med_type.kind(), scope, claim.begin));
    let Some((person, enrolment)) = person else {
        if !linked {
            findings.push(not_linked(claim, scope));
        }
        return None;
    };
    let filing = filing_class(claim, person, scope, care);
    let policy = book.policy(insured, claim.insurance);
    let (Some(policy), Some(level), Some(institution)) = (policy, level, institution) else {
        if !linked {
            findings.push(not_linked(claim, scope));
        }
        check_disease(claim, person, None, findings);
        if policy.is_none() && level.is_some() {
            findings.push(missing(claim, insured, "a policy for this region and insurance".into()));
        }
        return None;
    };
    let known = Known::of(claim, person, enrolment, institution, policy);
    let place = Place { level, filing, scope, insured, care, linked };
    let admission = admissions(insured, policy) + 1;
    let facts = Facts { admission, ..known.facts(claim, person, enrolment, &place) };
    let terms = find_terms(claim, insured, policy, person, &facts, findings)?;
    if crate::claim::finding::worst(findings).is_some() {
        return None;
    }
    Some(Entitled { insured, care, scope, filing, level, person, policy, terms })
}

/// Where care was, and how that stands to the person's filing.
struct Place {
    level: HospitalLevel,
    filing: FilingClass,
    scope: Scope,
    insured: InsuredRegion,
    care: CareRegion,
    linked: bool,
}

/// What a policy's selectors may ask for of a person, as bits and short lists.
struct Known {
    symbols: u128,
    numbers: ArrayVec<(u8, i64, Date), 8>,
    registered: Vec<CodeHead>,
}

impl Known {
    fn of(
        claim: &Claim,
        person: &PersonRecord,
        enrolment: &Enrolment,
        institution: &Institution,
        policy: &Policy,
    ) -> Known {
        let (mut symbols, mut numbers) = (0, ArrayVec::new());
        let mut registered = Vec::new();
        if !policy.symbols.is_empty() {
            let bit = |kind, text: &str| policy.symbols.bit(kind, text);
            for identity in &enrolment.identities {
                symbols |= bit(SymbolKind::Identity, identity);
            }
            if enrolment.civil_servant {
                symbols |= bit(SymbolKind::Mark, "civil_servant");
            }
            for mark in &person.marks {
                let here = mark.institution.is_none_or(|code| code == claim.institution);
                let place = policy.symbols.place(SymbolKind::Mark, &mark.mark);
                if let Some(place) = place.filter(|_| here && mark.span.contains(claim.begin)) {
                    symbols |= 1 << place;
                    // More than eight numbers of one person: the first eight that a policy names.
                    let _ = numbers.try_push((place, mark.value, mark.span.from));
                }
            }
            for (span, mark) in &institution.marks {
                if span.contains(claim.begin) {
                    symbols |= bit(SymbolKind::InstitutionMark, mark);
                }
            }
        }
        if claim.med_type.kind() == CareKind::Chronic {
            let known = registrations(claim, person);
            registered.extend(known.iter().map(|r| CodeHead::of(r.disease.as_str())));
        }
        Known { symbols, numbers, registered }
    }

    fn facts<'k>(
        &'k self,
        claim: &Claim,
        person: &PersonRecord,
        enrolment: &Enrolment,
        place: &Place,
    ) -> Facts<'k> {
        let since = person.continuous_since(claim.insurance, claim.begin);
        Facts {
            insurance: claim.insurance,
            person: Digits::of(enrolment.person_type.as_str()),
            age: enrolment.birth.map(|birth| claim.begin.age_since(birth)),
            birth: enrolment.birth,
            retired: enrolment.retired,
            months: since.map(|since| claim.begin.months_since(since)),
            level: place.level,
            filing: place.filing,
            scope: place.scope,
            same_prefecture: place.insured.0.same_prefecture(place.care.0),
            care_region: Digits::of(place.care.0.as_str()),
            linked: place.linked,
            disease: CodeHead::of(claim.disease.as_str()),
            care: claim.med_type.kind(),
            symbols: self.symbols,
            admission: 1,
            registered: &self.registered,
            numbers: &self.numbers,
            gap: person.gap(claim.insurance, claim.begin),
            begin: claim.begin,
        }
    }
}

fn region_unknown(field: &str, division: crate::codes::AdmDiv, claim: &Claim) -> Finding {
    Finding::new(Code::RegionUnknown)
        .field(field)
        .found(division)
        .expected(format!("a division with a pooling region on {}", claim.begin))
}

fn check_institution(
    claim: &Claim,
    institution: &Institution,
    care: Option<CareRegion>,
    reference: &Reference,
    findings: &mut Vec<Finding>,
) -> Option<HospitalLevel> {
    let day = claim.begin;
    let Some((division, level)) = institution.on(day) else {
        findings.push(
            Finding::new(Code::NotRegistered)
                .field(fields::FIXMEDINS_CODE)
                .found(claim.institution),
        );
        return None;
    };
    let own = reference.regions.pool(division, day);
    if let (Some(own), Some(care)) = (own, care)
        && own != care.0
    {
        findings.push(
            Finding::new(Code::CareRegionDiffers)
                .field(fields::MDTRTAREA_ADMVS)
                .found(care)
                .expected(own),
        );
    }
    let place = |code| Finding::new(code).field(fields::BEGNDATE).found(day);
    if !institution.has_agreement(day) {
        findings.push(place(Code::NoAgreement));
    }
    if institution.is_suspended(day) {
        findings.push(place(Code::Suspended));
    }
    Some(level)
}

fn not_linked(claim: &Claim, scope: Scope) -> Finding {
    Finding::new(Code::NotLinked)
        .field(fields::MED_TYPE)
        .found(claim.med_type.as_str())
        .expected(format!("a link for {} care, {}", claim.med_type.kind().key(), scope.key()))
}

fn check_person<'a>(
    claim: &Claim,
    insured: InsuredRegion,
    reference: &'a Reference,
    findings: &mut Vec<Finding>,
) -> Option<(&'a PersonRecord, &'a Enrolment)> {
    let Some(person) = reference.coverage.get(insured, claim.person_no) else {
        findings.push(Finding::new(Code::PersonUnknown).field(fields::PSN_NO));
        return None;
    };
    let known = person.cert_no.as_str();
    if !known.is_empty() && !known.eq_ignore_ascii_case(claim.cert_no.as_str()) {
        findings.push(Finding::new(Code::CertDiffers).field(fields::CERTNO));
    }
    // Where spells overlap, an active one counts, then the one that began last.
    let enrolment = person
        .enrolments
        .iter()
        .filter(|e| e.insurance == claim.insurance && e.span.contains(claim.begin))
        .max_by_key(|e| (e.active, e.span.from));
    let Some(enrolment) = enrolment else {
        findings.push(
            Finding::new(Code::NotEnrolled)
                .field(fields::INSUTYPE)
                .found(claim.insurance)
                .expected(format!("a spell of enrolment that covers {}", claim.begin)),
        );
        return None;
    };
    if !enrolment.active {
        findings.push(
            Finding::new(Code::EnrolmentSuspended).field(fields::BEGNDATE).found(claim.begin),
        );
    }
    if let Some(due) = enrolment.wait_until
        && claim.begin < due
    {
        findings.push(
            Finding::new(Code::Waiting)
                .field(fields::BEGNDATE)
                .found(claim.begin)
                .expected(format!("{due} or later")),
        );
    }
    let group = |code: &str| code.get(..2).map(str::to_owned);
    if group(enrolment.person_type.as_str()) != group(claim.person_type.as_str()) {
        findings.push(
            Finding::new(Code::PersonTypeDiffers)
                .field(fields::PSN_TYPE)
                .found(claim.person_type)
                .expected(enrolment.person_type),
        );
    }
    Some((person, enrolment))
}

/// Registrations that count for this insurance on admission, the earliest first, each disease once.
fn registrations<'a>(claim: &Claim, person: &'a PersonRecord) -> Vec<&'a Registration> {
    let mut known: Vec<&Registration> = person
        .registrations
        .iter()
        .filter(|r| {
            r.insurance.is_none_or(|i| i == claim.insurance) && r.span.contains(claim.begin)
        })
        .collect();
    known.sort_by_key(|r| (r.span.from, r.disease));
    let mut diseases = Vec::new();
    known.retain(|r| {
        let new = !diseases.contains(&r.disease);
        diseases.push(r.disease);
        new
    });
    known
}

/// `at_most`: only so many of the diseases count, the earliest registered first.
fn check_disease(
    claim: &Claim,
    person: &PersonRecord,
    at_most: Option<(u32, &Selector)>,
    findings: &mut Vec<Finding>,
) {
    if claim.med_type.kind() != CareKind::Chronic {
        return;
    }
    let same = |text: &str| text.get(..4).map(str::to_owned);
    let disease = same(claim.disease.as_str());
    let covers = |registration: &Registration| {
        disease.is_some()
            && same(registration.disease.as_str()) == disease
            && registration.insurance.is_none_or(|i| i == claim.insurance)
            && registration.institution.is_none_or(|i| i == claim.institution)
            && registration.span.contains(claim.begin)
    };
    let finding = Finding::new(Code::DiseaseNotRegistered).field(fields::DISE_CODG);
    if !person.registrations.iter().any(covers) {
        findings.push(finding);
        return;
    }
    let Some((at_most, among)) = at_most else { return };
    let at_most = usize::try_from(at_most).unwrap_or(usize::MAX);
    let mut counted = registrations(claim, person);
    counted.retain(|r| among.names(CodeHead::of(r.disease.as_str())));
    let place = counted.iter().position(|r| same(r.disease.as_str()) == disease);
    if place.is_none_or(|place| place >= at_most) {
        findings.push(finding.expected(format!("one of the first {at_most} registered diseases")));
    }
}

/// Local, same province or elsewhere.
pub fn scope(insured: InsuredRegion, care: CareRegion) -> Scope {
    if insured.0 == care.0 {
        Scope::Local
    } else if insured.0.same_province(care.0) {
        Scope::SameProvince
    } else {
        Scope::OtherProvince
    }
}

/// How the claim stands towards filing, the person's best standing first.
///
/// A long-term resident treated in a third place counts as temporary; emergency rescue counts as filed. Benefit at home and in the
/// filed place (双向享受) is not due to those whose filing still rests on a promise (承诺书): a policy says what follows.
fn filing_class(
    claim: &Claim,
    person: &PersonRecord,
    scope: Scope,
    care: CareRegion,
) -> FilingClass {
    let filings = || {
        person
            .filings
            .iter()
            .filter(|filing| filing.insurance.is_none_or(|insurance| insurance == claim.insurance))
    };
    let long_term = || {
        filings().filter(|filing| {
            filing.reason == FilingReason::LongTerm
                && filing.span.contains(claim.begin)
                && filing.created <= claim.settled_at
        })
    };
    let lives_elsewhere = long_term().next().is_some();
    if scope == Scope::Local {
        return match (lives_elsewhere, long_term().any(|filing| !filing.on_promise)) {
            (false, _) => FilingClass::Local,
            (true, true) => FilingClass::LongTermReturn,
            (true, false) => FilingClass::PromiseReturn,
        };
    }
    let filed = |reason| {
        filings().any(|filing| {
            filing.reason == reason
                && (filing.counts(claim.care_div, claim.begin, claim.end, claim.settled_at)
                    || filing.counts(care.0, claim.begin, claim.end, claim.settled_at))
        })
    };
    if filed(FilingReason::LongTerm) {
        FilingClass::LongTerm
    } else if filed(FilingReason::Referral) {
        FilingClass::Referral
    } else if claim.is_emergency() {
        FilingClass::Emergency
    } else if filed(FilingReason::OtherTemporary) || lives_elsewhere {
        FilingClass::OtherTemporary
    } else {
        FilingClass::Unfiled
    }
}

fn missing(claim: &Claim, insured: InsuredRegion, what: String) -> Finding {
    Finding::new(Code::PolicyMissing)
        .field(fields::INSUPLC_ADMDVS)
        .found(format!("{insured} {}", claim.insurance))
        .expected(what)
}

fn find_terms<'a>(
    claim: &Claim,
    insured: InsuredRegion,
    policy: &'a Policy,
    person: &PersonRecord,
    facts: &Facts<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Terms<'a>> {
    let facts = &Facts {
        symbols: facts.symbols | policy.symbols.bit(SymbolKind::MedType, claim.med_type.as_str()),
        ..facts.clone()
    };
    let on = policy.terms_date(claim);
    let effects = policy.effects(on, facts).map(|(_, steps)| steps);
    check_disease(claim, person, policy.registered_at_most(on, facts), findings);
    // Without a link the insured place decides, in a row that says so.
    if !facts.linked && !policy.speaks_of_unlinked(on, facts) {
        findings.push(not_linked(claim, facts.scope));
    }
    if let Some((_, _, due)) = policy.waiting(on, facts).filter(|(_, row, _)| row.refuse) {
        findings.push(
            Finding::new(Code::Waiting)
                .field(fields::BEGNDATE)
                .found(claim.begin)
                .expected(format!("{due} or later")),
        );
    }
    // Care that is not settled directly is not, whatever else the policy lacks.
    if effects.is_some_and(|steps| steps.iter().any(|step| step.effect == Effect::Refuse)) {
        findings.push(
            Finding::new(Code::NotFiled)
                .field(fields::MDTRTAREA_ADMVS)
                .found(facts.filing.key())
                .expected("a filing that covers the place and the day"),
        );
        return None;
    }
    let terms = match policy.terms(on, facts) {
        Ok(terms) => terms,
        Err(no_terms) => {
            findings.push(missing(claim, insured, no_terms.what));
            return None;
        }
    };
    match terms.effects {
        None if facts.scope != Scope::Local || facts.filing == FilingClass::PromiseReturn => {
            let (filing, scope) = (facts.filing.key(), facts.scope.key());
            findings.push(missing(
                claim,
                insured,
                format!("a cross_region row for {filing} · {scope}"),
            ));
            None
        }
        _ => Some(terms),
    }
}
