//! `manifest.json` of a submission.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::calendar::Date;
use crate::claim::{Code, Finding};
use crate::codes::InstitutionCode;
use crate::money::{Fen, yuan};

/// File name of the manifest.
pub const MANIFEST: &str = "manifest.json";
/// A manifest is small; anything larger is not one.
const MAX_BYTES: u64 = 1 << 20;
/// Lines are numbered in 32 bits; sums of what many manifests declare stay far inside 64.
const MAX_ROWS: u64 = u32::MAX as u64;

/// What an institution says it sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    pub institution: InstitutionCode,
    pub period: Date,
    pub sequence: u32,
    pub settlements: FileClaim,
    pub fees: FileClaim,
}

/// What the manifest says of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileClaim {
    pub name: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    /// Control total of the file's amount column, in fen.
    pub total: i128,
}

#[derive(Deserialize)]
struct RawManifest {
    fixmedins_code: String,
    period: String,
    sequence: u32,
    files: Vec<RawFile>,
}

#[derive(Deserialize)]
struct RawFile {
    name: String,
    rows: u64,
    bytes: u64,
    sha256: String,
    #[serde(default)]
    totals: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads the manifest of a submission folder.
    ///
    /// # Errors
    /// Findings that refuse the submission: missing, unreadable, or incomplete manifest.
    pub fn read(folder: &Path) -> Result<Manifest, Vec<Finding>> {
        let path = folder.join(MANIFEST);
        let broken =
            |what: String| vec![Finding::new(Code::ManifestBroken).at(MANIFEST, 0).found(what)];
        let size = match std::fs::metadata(&path) {
            Ok(meta) if meta.is_file() => meta.len(),
            Ok(_) => return Err(broken("not a file".to_owned())),
            Err(_) => return Err(vec![Finding::new(Code::ManifestMissing).at(MANIFEST, 0)]),
        };
        if size > MAX_BYTES {
            return Err(broken(format!("{size} bytes")));
        }
        let bytes = std::fs::read(&path).map_err(|error| broken(error.to_string()))?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let raw: RawManifest =
            serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
        Manifest::check(raw)
    }

    fn check(raw: RawManifest) -> Result<Manifest, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut wrong = |field: &str, found: &str, expected: &str| {
            findings.push(
                Finding::new(Code::ManifestBroken)
                    .at(MANIFEST, 0)
                    .field(field)
                    .found(found)
                    .expected(expected),
            );
        };
        let institution = InstitutionCode::new(&raw.fixmedins_code).filter(|c| !c.is_empty());
        let institution = institution.unwrap_or_else(|| {
            wrong("fixmedins_code", &raw.fixmedins_code, "1 to 12 bytes");
            InstitutionCode::default()
        });
        let period = Date::parse(raw.period.as_bytes()).unwrap_or_else(|| {
            wrong("period", &raw.period, "YYYY-MM-DD");
            Date::default()
        });
        let mut file = |stem: &str, total: &str| {
            let mut named = raw.files.iter().filter(|f| stem_of(&f.name) == Some(stem));
            let (Some(file), None) = (named.next(), named.next()) else {
                wrong("files", stem, "named once");
                return None;
            };
            let text = file.totals.get(total).map_or("", String::as_str);
            let sum = wide_yuan(text);
            if sum.is_none() {
                wrong(total, text, "a control total in yuan");
            }
            if file.rows > MAX_ROWS {
                wrong("rows", &file.rows.to_string(), "at most 4294967295");
            }
            Some(FileClaim {
                name: file.name.clone(),
                rows: file.rows,
                bytes: file.bytes,
                sha256: file.sha256.to_ascii_lowercase(),
                total: sum.unwrap_or(0),
            })
        };
        let settlements = file("settlements", crate::codes::fields::MEDFEE_SUMAMT);
        let fees = file("fees", crate::codes::fields::DET_ITEM_FEE_SUMAMT);
        for other in raw.files.iter().filter(|f| stem_of(&f.name).is_none()) {
            wrong("files", &other.name, "settlements or fees, .csv or .csv.zst");
        }
        match (settlements, fees) {
            (Some(settlements), Some(fees)) if findings.is_empty() => {
                Ok(Manifest { institution, period, sequence: raw.sequence, settlements, fees })
            }
            _ => Err(findings),
        }
    }
}

/// `settlements` or `fees`; `None` for any other name, and for one that leaves the folder.
fn stem_of(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".csv").or_else(|| name.strip_suffix(".csv.zst"))?;
    matches!(stem, "settlements" | "fees").then_some(stem)
}

/// A sum in yuan that may be larger than one field, in fen.
fn wide_yuan(text: &str) -> Option<i128> {
    yuan::parse_scaled(text.as_bytes(), 2).ok().map(|fen| i128::from(Fen::new(fen).get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, rows: u64) -> Result<Manifest, Vec<Finding>> {
        let file = |stem: &str, total: &str| RawFile {
            name: format!("{stem}.csv"),
            rows,
            bytes: 1,
            sha256: String::new(),
            totals: BTreeMap::from([(total.to_owned(), "1.00".to_owned())]),
        };
        Manifest::check(RawManifest {
            fixmedins_code: code.to_owned(),
            period: "2026-03-10".to_owned(),
            sequence: 1,
            files: vec![file("settlements", "medfee_sumamt"), file("fees", "det_item_fee_sumamt")],
        })
    }

    #[test]
    fn a_manifest_declares_what_can_be() {
        assert!(check("H31011500002", 2).is_ok());
        assert!(check("", 2).is_err(), "no institution");
        // Two of these overflowed the night's sum of rows and stopped everybody's night.
        assert!(check("H31011500002", u64::MAX).is_err(), "more rows than can be numbered");
    }
}
