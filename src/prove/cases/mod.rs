//! Cases beside a policy: one person, one or more claims in order, and what they must come to.
//!
//! The format is in `pipelines/policy/README.md`, section 9. A case runs through the same fold as a night: its person, institution and
//! filing become reference data, so that entitlement, waiting and registrations are part of what is shown.

mod read;
mod run;

use crate::calendar::{Date, DateSpan, Moment};
use crate::claim::{Charges, Slot};
use crate::codes::{
    AdmDiv, DiseaseCode, FilingClass, Fund, HospitalLevel, InstitutionCode, Insurance, MedType,
    PersonType, VisitId,
};
use crate::money::Fen;
use crate::policy::document::Place;

pub use read::read;
pub use run::{Difference, Outcome, compare, run};

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: String,
    pub place: Place,
    /// Numbers of the list of what a policy must be able to say.
    pub shows: Vec<u32>,
    pub source: String,
    pub person: CasePerson,
    /// Running totals of the first claim's benefit year.
    pub before: Vec<(Slot, i64)>,
    pub claims: Vec<CaseClaim>,
}

/// Whom a case is about.
#[derive(Clone, Debug)]
pub struct CasePerson {
    pub person_type: PersonType,
    pub birth: Option<Date>,
    pub retired: Option<Date>,
    pub continuous_since: Option<Date>,
    pub civil_servant: bool,
    pub identities: Vec<String>,
    pub marks: Vec<CaseMark>,
    pub registered: Vec<DiseaseCode>,
    /// Empty: since the care began.
    pub enrolled: Vec<DateSpan>,
    pub balance: Option<Fen>,
    pub family: Fen,
}

/// A mark of the person.
#[derive(Clone, Debug)]
pub struct CaseMark {
    pub mark: String,
    pub value: i64,
    pub institution: Option<InstitutionCode>,
    pub span: DateSpan,
}

/// One claim of a case.
#[derive(Clone, Debug)]
pub struct CaseClaim {
    pub place: Place,
    pub insurance: Insurance,
    pub med_type: MedType,
    pub level: HospitalLevel,
    pub filing: FilingClass,
    pub care_region: AdmDiv,
    pub institution: InstitutionCode,
    pub institution_marks: Vec<String>,
    pub linked: bool,
    pub disease: DiseaseCode,
    pub visit: Option<VisitId>,
    pub mid_stay: bool,
    pub begin: Date,
    pub end: Date,
    pub settled_at: Moment,
    pub account_used: bool,
    pub fee: Charges,
    pub expected: Expected,
}

/// What a claim must come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expected {
    Paid(Box<Paid>),
    /// Not settled directly.
    Refused,
    /// No terms: the policy must be completed.
    Held,
}

/// Amounts of a settled claim, in fen. Funds that are not listed pay nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Paid {
    pub deductible: Fen,
    /// `out_of_area_first`, where the case says it.
    pub first: Option<Fen>,
    pub funds: Vec<(Fund, Fen)>,
    pub account: Fen,
    pub cash: Fen,
    /// Running totals afterwards, where the case says them.
    pub totals: Vec<(Slot, i64)>,
}
