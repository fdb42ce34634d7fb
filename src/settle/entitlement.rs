//! Entitlement: is this care to be settled, by whom, and as what?
//!
//! Sources: 社会保险经办条例 Arts. 13, 25–26, 33–34, 43; 医保发〔2022〕22号 Arts. 6–8, 14, 16, 34. Dates: enrolment, agreement, filing and
//! person type are tested on admission (`begndate`). All findings are reported, not only the first.

use crate::claim::{Claim, Code, Finding, Injury};
use crate::codes::{
    CareKind, CareRegion, FilingClass, HospitalLevel, InsuredRegion, Scope, fields,
};
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
pub fn entitle<'a>(
    claim: &Claim,
    reference: &'a Reference,
    book: &'a PolicyBook,
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
    if let Some(institution) = institution {
        check_link(claim, institution, scope, findings);
    }
    let (person, enrolment) = person?;
    check_disease(claim, person, findings);
    let filing = filing_class(claim, person, scope, care);
    let level = level?;
    let facts = facts(claim, enrolment, level, filing, scope, care);
    let (policy, terms) = find_terms(claim, insured, book, &facts, findings)?;
    if crate::claim::finding::worst(findings).is_some() {
        return None;
    }
    Some(Entitled { insured, care, scope, filing, level, person, policy, terms })
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

fn check_link(claim: &Claim, institution: &Institution, scope: Scope, findings: &mut Vec<Finding>) {
    let kind = claim.med_type.kind();
    if !institution.is_linked(kind, scope, claim.begin) {
        findings.push(
            Finding::new(Code::NotLinked)
                .field(fields::MED_TYPE)
                .found(claim.med_type.as_str())
                .expected(format!("a link for {} care, {}", kind.key(), scope.key())),
        );
    }
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

fn check_disease(claim: &Claim, person: &PersonRecord, findings: &mut Vec<Finding>) {
    if claim.med_type.kind() != CareKind::Chronic {
        return;
    }
    let covers = |registration: &Registration| {
        let same = |text: &str| text.get(..4).map(str::to_owned);
        let disease = same(claim.disease.as_str());
        disease.is_some()
            && same(registration.disease.as_str()) == disease
            && registration.insurance.is_none_or(|i| i == claim.insurance)
            && registration.institution.is_none_or(|i| i == claim.institution)
            && registration.span.contains(claim.begin)
    };
    if !person.registrations.iter().any(covers) {
        findings.push(Finding::new(Code::DiseaseNotRegistered).field(fields::DISE_CODG));
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

fn facts<'a>(
    claim: &'a Claim,
    enrolment: &'a Enrolment,
    level: HospitalLevel,
    filing: FilingClass,
    scope: Scope,
    care: CareRegion,
) -> Facts<'a> {
    Facts {
        person_type: enrolment.person_type,
        age: enrolment.birth.map(|birth| claim.begin.age_since(birth)),
        level,
        filing,
        scope,
        care_region: care.0,
        identities: &enrolment.identities,
        disease: claim.disease.as_str(),
        med_type: &claim.med_type,
    }
}

fn find_terms<'a>(
    claim: &Claim,
    insured: InsuredRegion,
    book: &'a PolicyBook,
    facts: &Facts<'_>,
    findings: &mut Vec<Finding>,
) -> Option<(&'a Policy, Terms<'a>)> {
    let missing = |what: String| {
        Finding::new(Code::PolicyMissing)
            .field(fields::INSUPLC_ADMDVS)
            .found(format!("{insured} {}", claim.insurance))
            .expected(what)
    };
    let Some(policy) = book.policy(insured, claim.insurance) else {
        findings.push(missing("a policy for this region and insurance".into()));
        return None;
    };
    let on = policy.terms_date(claim);
    // Care that is not settled directly is not, whatever else the policy lacks.
    if policy.effect(on, facts).is_some_and(|(_, row)| row.effect == Effect::Refuse) {
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
            findings.push(missing(no_terms.what));
            return None;
        }
    };
    match terms.effect {
        None if facts.scope != Scope::Local || facts.filing == FilingClass::PromiseReturn => {
            findings.push(missing(format!(
                "a cross_region row for {} · {}",
                facts.filing.key(),
                facts.scope.key()
            )));
            None
        }
        _ => Some((policy, terms)),
    }
}
