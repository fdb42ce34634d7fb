//! What an institution sends and what becomes of it: claims, reversals, priced lines, findings, settled records.
//!
//! Owns the shapes only. Nothing here reads a file, looks anything up or decides anything.

pub mod charges;
pub mod code;
pub mod declared;
pub mod finding;
pub mod settled;
pub mod slot;
pub mod unsettled;

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Moment};
use crate::codes::{
    AdmDiv, CertNo, DiseaseCode, InstitutionCode, Insurance, MedType, PersonNo, PersonType,
    SettlementId, VisitId,
};
use crate::money::Fen;

pub use charges::Charges;
pub use code::{Code, Outcome};
pub use declared::{Declared, DeclaredField};
pub use finding::Finding;
pub use settled::{AccumulatorMove, Payers, Settled};
pub use slot::{Counter, DiseaseKey, Measure, Part, Slot};
pub use unsettled::{NotSettled, RefusedSubmission};

/// Where a record came from, so that a message can point at it.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Origin {
    /// Number of the submission in the night, in the order (institution, period, sequence).
    pub submission: u32,
    /// Line of `settlements`, the header being line 1.
    pub line: u32,
}

/// Injury marks (外伤标志).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Injury {
    #[default]
    None,
    /// 无第三方责任外伤, commitment signed: paid like any care.
    NoThirdParty,
    /// A third party is liable: never paid by the basic fund (Social Insurance Law Art. 30).
    ThirdParty,
    /// Work injury: another fund.
    Work,
}

/// One row of `settlements`: a settlement asked for, or the reversal of one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Claim {
    pub id: SettlementId,
    pub visit: VisitId,
    pub person_no: PersonNo,
    pub cert_no: CertNo,
    pub insurance: Insurance,
    pub person_type: PersonType,
    /// 参保地医保区划 as sent; resolved to a pooling region by the region table.
    pub insured_div: AdmDiv,
    /// 就医地医保区划 as sent.
    pub care_div: AdmDiv,
    pub institution: InstitutionCode,
    pub med_type: MedType,
    pub begin: Date,
    pub end: Date,
    pub settled_at: Moment,
    pub reversal: bool,
    /// The settlement a reversal undoes.
    pub original: SettlementId,
    pub mid_stay: bool,
    pub account_used: bool,
    pub disease: DiseaseCode,
    pub emergency: bool,
    pub injury: Injury,
    pub declared: Declared,
    pub origin: Origin,
}

impl Claim {
    /// The declared fee; required, so always there once a claim has been read.
    pub fn declared_total(&self) -> Fen {
        self.declared.get(DeclaredField::Total).unwrap_or_default()
    }

    /// Emergency rescue by mark or by medical type.
    pub fn is_emergency(&self) -> bool {
        self.emergency || self.med_type.is_emergency()
    }
}

/// A claim whose lines have been priced, with everything found wrong so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PricedClaim {
    pub claim: Claim,
    pub charges: Charges,
    pub lines: u32,
    pub findings: Vec<Finding>,
}
