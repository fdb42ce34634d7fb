//! Records and submissions that did not settle: nothing is lost, everything is counted.

use serde::{Deserialize, Serialize};

use crate::codes::InstitutionCode;
use crate::money::Fen;

use super::{Finding, Origin, Outcome};

/// A record that was rejected or is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotSettled {
    /// Whose submission it was in.
    pub institution: InstitutionCode,
    pub origin: Origin,
    /// As far as it could be read; else empty.
    pub settlement_id: String,
    /// Declared fee as far as it could be read, else zero; signed. For a fee line without a claim: the line's amount.
    pub fee: Fen,
    /// A fee line that belongs to no settlement, not a settlement.
    pub is_line: bool,
    pub outcome: Outcome,
    /// In order of precedence; the first is the reason.
    pub findings: Vec<Finding>,
}

/// A submission that was refused whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedSubmission {
    /// Folder name in the inbox.
    pub folder: String,
    /// Digest of what was sent, as far as it could be read: the same refusal is not reported twice.
    pub digest: String,
    /// As the manifest says, as far as it could be read.
    pub institution: String,
    pub declared_records: u64,
    /// Declared total, in fen.
    pub declared_fee: i128,
    pub findings: Vec<Finding>,
}
