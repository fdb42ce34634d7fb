//! Is a claim entitled, by whom, and as what? Enrolment, agreement, link and filing are tested on the day care begins. Policies are not
//! asked here: `settle` does.

use super::Findings;
use super::night::Inputs;
use super::reference::{Enrolment, Filing, Reference};
use super::row::Claim;

/// What is known of a claim once its places, its person and its institution are.
pub struct Entitled<'a> {
    pub insured: String,
    pub care: String,
    pub scope: &'static str,
    pub filing: &'static str,
    pub level: String,
    /// Whether the institution has the link that the care needs; what follows without one is the policy's to say.
    pub linked: bool,
    pub enrolment: &'a Enrolment,
}

/// The certificate under which the person is enrolled.
pub fn certificate(reference: &Reference, claim: &Claim) -> Option<String> {
    let pool = reference.pool(&claim.insured_division, claim.begin)?;
    let rows = reference.enrolments(pool, &claim.person, claim.begin);
    let row = rows.first().filter(|row| !row.cert.is_empty())?;
    Some(format!("certificate {}/{}", row.cert_type, row.cert.to_ascii_uppercase()))
}

/// Tests a claim; adds what is wrong. `None` where no policy can be asked.
pub fn entitle<'a>(
    inputs: &'a Inputs,
    claim: &Claim,
    findings: &mut Findings,
) -> Option<Entitled<'a>> {
    let reference = &inputs.reference;
    let insured = reference.pool(&claim.insured_division, claim.begin);
    let care = reference.pool(&claim.care_division, claim.begin);
    if insured.is_none() || care.is_none() {
        findings.insert("R210");
    }
    if matches!(claim.injury.as_str(), "2" | "3") {
        findings.insert("E511");
    }
    let level = institution(reference, claim, care, findings);
    let enrolment = insured.and_then(|pool| enrolment(reference, claim, pool, findings));
    let (insured, care) = (insured?, care?);
    let scope = if insured == care {
        "local"
    } else if insured[..2] == care[..2] {
        "same_province"
    } else {
        "other_province"
    };
    let linked = linked(reference, claim, scope);
    if enrolment.is_some() {
        disease(reference, claim, insured, findings);
    }
    let (Some(enrolment), Some(level)) = (enrolment, level) else {
        if !linked {
            findings.insert("E508");
        }
        return None;
    };
    let filing = filing_class(reference, claim, insured, care);
    let (insured, care) = (insured.to_owned(), care.to_owned());
    Some(Entitled { insured, care, scope, filing, level, linked, enrolment })
}

/// The institution's level, if it is registered that day.
fn institution(
    reference: &Reference,
    claim: &Claim,
    care: Option<&str>,
    findings: &mut Findings,
) -> Option<String> {
    let (code, day) = (&claim.institution, claim.begin);
    let known = reference.institutions.contains_key(code);
    let Some((division, level)) = reference.institution(code, day) else {
        if known {
            findings.insert("E512");
        }
        return None;
    };
    if let (Some(own), Some(care)) = (reference.pool(division, day), care)
        && own != care
    {
        findings.insert("R211");
    }
    let holds = |spans: Option<&Vec<super::text::Span>>| {
        spans.into_iter().flatten().any(|span| span.holds(day))
    };
    if !holds(reference.agreements.get(code)) {
        findings.insert("E506");
    }
    if holds(reference.suspensions.get(code)) {
        findings.insert("E507");
    }
    Some(level.to_owned())
}

fn linked(reference: &Reference, claim: &Claim, scope: &str) -> bool {
    let needed = match scope {
        "local" => return true,
        "same_province" => 2,
        _ => 3,
    };
    if !reference.institutions.contains_key(&claim.institution) {
        return true;
    }
    let links = reference.links.get(&claim.institution).into_iter().flatten();
    let mut open = links.filter(|(care, opening, span)| {
        care == claim.care && *opening >= needed && span.holds(claim.begin)
    });
    open.next().is_some()
}

fn enrolment<'a>(
    reference: &'a Reference,
    claim: &Claim,
    pool: &str,
    findings: &mut Findings,
) -> Option<&'a Enrolment> {
    let rows = reference.enrolments(pool, &claim.person, claim.begin);
    let Some(any) = rows.first() else {
        findings.insert("E501");
        return None;
    };
    if !any.cert.is_empty() && !any.cert.eq_ignore_ascii_case(&claim.cert) {
        findings.insert("E503");
    }
    let row = rows
        .into_iter()
        .filter(|row| row.insurance == claim.insurance && row.span.holds(claim.begin))
        .max_by_key(|row| (row.active, row.span.first));
    let Some(row) = row else {
        findings.insert("E502");
        return None;
    };
    if !row.active {
        findings.insert("E504");
    }
    if row.wait_until.is_some_and(|due| claim.begin < due) {
        findings.insert("E505");
    }
    if row.person_type[..2] != claim.person_type[..2] {
        findings.insert("W902");
    }
    Some(row)
}

/// Chronic care needs a registration: same disease in its first four characters.
fn disease(reference: &Reference, claim: &Claim, pool: &str, findings: &mut Findings) {
    if claim.care != "chronic" {
        return;
    }
    let lead = claim.disease.get(..4);
    let rows = reference.registrations(pool, &claim.person, claim.begin);
    let registered = rows.iter().any(|row| {
        lead.is_some()
            && row.disease.get(..4) == lead
            && row.insurance.as_deref().is_none_or(|code| code == claim.insurance)
            && row.institution.as_deref().is_none_or(|code| code == claim.institution)
            && row.span.holds(claim.begin)
    });
    if !registered {
        findings.insert("E510");
    }
}

fn filing_class(reference: &Reference, claim: &Claim, pool: &str, care: &str) -> &'static str {
    let rows: Vec<&Filing> = reference
        .filings(pool, &claim.person, claim.begin)
        .into_iter()
        .filter(|row| row.insurance.as_deref().is_none_or(|code| code == claim.insurance))
        .filter(|row| row.created <= claim.time)
        .collect();
    let long_term = |row: &&&Filing| matches!(row.reason.as_str(), "02" | "07" | "08" | "09");
    let lives: Vec<&Filing> =
        rows.iter().filter(long_term).filter(|row| row.span.holds(claim.begin)).copied().collect();
    if pool == care {
        return match lives.iter().find(|row| !row.promise) {
            Some(_) => "long_term_return",
            None if lives.is_empty() => "local",
            None => "promise_return",
        };
    }
    let filed = |reasons: &[&str]| {
        rows.iter().any(|row| reasons.contains(&row.reason.as_str()) && counts(row, claim, care))
    };
    if filed(&["02", "07", "08", "09"]) {
        "long_term"
    } else if filed(&["06"]) {
        "referral"
    } else if claim.emergency {
        "emergency"
    } else if filed(&["10", "11"]) || !lives.is_empty() {
        // A long-term resident treated in a third place counts as temporary.
        "other_temporary"
    } else {
        "unfiled"
    }
}

/// Whether a filing made in time covers the place and the stay: its span holds on admission, or it was filed after admission and meets
/// the stay.
fn counts(row: &Filing, claim: &Claim, care: &str) -> bool {
    let place = covers(&row.place, &claim.care_division) || covers(&row.place, care);
    let late = row.created.date() > claim.begin && row.span.meets(claim.begin, claim.end);
    place && (row.span.holds(claim.begin) || late)
}

/// A province covers all of it, a city its counties, a county itself.
fn covers(filed: &str, place: &str) -> bool {
    let length = if filed.ends_with("0000") {
        2
    } else if filed.ends_with("00") || filed.ends_with("99") {
        4
    } else {
        6
    };
    filed[..length] == place[..length]
}
