//! The field's codes: regions, institutions, insurance, people, care, funds, identifiers, and national field names.
//!
//! Owns the code tables of the national interface and how local extensions are kept: a code is stored as the sender
//! wrote it and *classed* by its leading digits. Knows no file and no rule.

pub mod care;
pub mod fields;
pub mod fund;
pub mod ids;
pub mod insurance;
pub mod region;

pub use care::{CareKind, FilingClass, HospitalLevel, MedType, Scope};
pub use fund::Fund;
pub use ids::{CertNo, DiseaseCode, InstitutionCode, PersonNo, SettlementId, VisitId};
pub use insurance::{Insurance, InsuranceClass, PersonType};
pub use region::{AdmDiv, CareRegion, InsuredRegion};

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}
