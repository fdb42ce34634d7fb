//! Roles: what a claim is made to be, and what is expected of it.

use crate::claim::Code;

/// A planted error.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// The same row twice.
    RowTwice,
    /// Two rows of one id that differ in their time.
    SameIdDiffers,
    WrongTotal,
    WrongParts,
    UnknownItem,
    UnknownMedType,
    BrokenNumber,
    BrokenDate,
    WrongLineAmount,
    /// A line of its own, beside a good claim.
    LineWithoutClaim,
    ClaimWithoutLines,
    LineNumberTwice,
    UnknownPerson,
    /// Claimed where the person was insured before moving, or before that.
    NotEnrolled,
    OtherCertificate,
    RegionUnknown,
    PolicyMissing,
    DiseaseNotRegistered,
    ThirdParty,
    /// The declared split is another one, though it adds up.
    DeclaredDiffers,
    /// Warning: a line dated after its settlement.
    FeeAfterSettlement,
    /// Warning: another group of people than enrolled.
    PersonTypeDiffers,
    /// At an institution set aside whose agreement ended.
    NoAgreement,
    /// At an institution set aside that is suspended.
    Suspended,
    /// At an institution set aside that is open to nobody from elsewhere.
    NotLinked,
}

/// All kinds; the last [`SET_ASIDE`] belong to institutions set aside.
pub const KINDS: [Kind; 25] = [
    Kind::RowTwice,
    Kind::SameIdDiffers,
    Kind::WrongTotal,
    Kind::WrongParts,
    Kind::UnknownItem,
    Kind::UnknownMedType,
    Kind::BrokenNumber,
    Kind::BrokenDate,
    Kind::WrongLineAmount,
    Kind::LineWithoutClaim,
    Kind::ClaimWithoutLines,
    Kind::LineNumberTwice,
    Kind::UnknownPerson,
    Kind::NotEnrolled,
    Kind::OtherCertificate,
    Kind::RegionUnknown,
    Kind::PolicyMissing,
    Kind::DiseaseNotRegistered,
    Kind::ThirdParty,
    Kind::DeclaredDiffers,
    Kind::FeeAfterSettlement,
    Kind::PersonTypeDiffers,
    Kind::NoAgreement,
    Kind::Suspended,
    Kind::NotLinked,
];

/// Kinds that have an institution of their own.
pub const SET_ASIDE: usize = 3;

impl Kind {
    /// Name in the truth, and the code expected to come first; a break has none.
    pub fn expected(self) -> (&'static str, Option<Code>) {
        match self {
            Kind::RowTwice => ("row_twice", Some(Code::DuplicateEqual)),
            Kind::SameIdDiffers => ("same_id_differs", Some(Code::DuplicateDiffers)),
            Kind::WrongTotal => ("wrong_total", Some(Code::TotalNotLines)),
            Kind::WrongParts => ("wrong_parts", Some(Code::PartsNotTotal)),
            Kind::UnknownItem => ("unknown_item", Some(Code::ItemUnknown)),
            Kind::UnknownMedType => ("unknown_med_type", Some(Code::UnknownCode)),
            Kind::BrokenNumber => ("broken_number", Some(Code::BrokenNumber)),
            Kind::BrokenDate => ("broken_date", Some(Code::BrokenDate)),
            Kind::WrongLineAmount => ("wrong_line_amount", Some(Code::LineAmountDiffers)),
            Kind::LineWithoutClaim => ("line_without_claim", Some(Code::LineWithoutClaim)),
            Kind::ClaimWithoutLines => ("claim_without_lines", Some(Code::ClaimWithoutLines)),
            Kind::LineNumberTwice => ("line_number_twice", Some(Code::LineRepeated)),
            Kind::UnknownPerson => ("unknown_person", Some(Code::PersonUnknown)),
            Kind::NotEnrolled => ("not_enrolled", Some(Code::NotEnrolled)),
            Kind::OtherCertificate => ("other_certificate", Some(Code::CertDiffers)),
            Kind::RegionUnknown => ("region_unknown", Some(Code::RegionUnknown)),
            Kind::PolicyMissing => ("policy_missing", Some(Code::PolicyMissing)),
            Kind::DiseaseNotRegistered => {
                ("disease_not_registered", Some(Code::DiseaseNotRegistered))
            }
            Kind::ThirdParty => ("third_party", Some(Code::ThirdParty)),
            Kind::DeclaredDiffers => ("declared_differs", None),
            Kind::FeeAfterSettlement => ("fee_after_settlement", Some(Code::OrderOdd)),
            Kind::PersonTypeDiffers => ("person_type_differs", Some(Code::PersonTypeDiffers)),
            Kind::NoAgreement => ("no_agreement", Some(Code::NoAgreement)),
            Kind::Suspended => ("suspended", Some(Code::Suspended)),
            Kind::NotLinked => ("not_linked", Some(Code::NotLinked)),
        }
    }
}

/// What a claim is made to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Plain,
    Planted(Kind),
    Reversal(Target),
    LateFiled,
    Unfiled,
    Emergency,
}

/// The claim that a reversal undoes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    pub night: u32,
    /// Place in the institution's submission of that night.
    pub index: u64,
}

/// A whole submission made to be refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    WrongDigest,
    WrongRowCount,
    WrongControlTotal,
    EmptyFile,
    TruncatedFile,
}

impl Refusal {
    pub const ALL: [Refusal; 5] = [
        Refusal::WrongDigest,
        Refusal::WrongRowCount,
        Refusal::WrongControlTotal,
        Refusal::EmptyFile,
        Refusal::TruncatedFile,
    ];

    /// Name in the truth, and code.
    pub fn expected(self) -> (&'static str, Code) {
        match self {
            Refusal::WrongDigest => ("refused_digest", Code::DigestDiffers),
            Refusal::WrongRowCount => ("refused_row_count", Code::RowsDiffer),
            Refusal::WrongControlTotal => ("refused_control_total", Code::TotalDiffers),
            Refusal::EmptyFile => ("refused_empty_file", Code::EmptyFile),
            Refusal::TruncatedFile => ("refused_truncated_file", Code::BytesDiffer),
        }
    }
}
