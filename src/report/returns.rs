//! Back to the institution: every failure of every record, and why a submission was refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::claim::{NotSettled, RefusedSubmission};
use crate::store::tables::outcome_key;

use super::ReportError;
use super::sheet::{Cell, Sheet};

const HEADER: [&str; 14] = [
    "submission",
    "setl_id",
    "outcome",
    "record_line",
    "reason",
    "file",
    "line",
    "field",
    "found",
    "expected",
    "code",
    "message_zh",
    "message_en",
    "remedy",
];

#[derive(Serialize)]
struct Refusal<'a> {
    folder: &'a str,
    fixmedins_code: &'a str,
    declared_records: u64,
    declared_medfee_sumamt: String,
    reasons: Vec<Reason<'a>>,
}

#[derive(Serialize)]
struct Reason<'a> {
    code: &'static str,
    message_zh: &'static str,
    message_en: &'static str,
    file: &'a str,
    line: u32,
    field: &'a str,
    found: &'a str,
    expected: &'a str,
    remedy: &'static str,
}

/// Writes `returns/INSTITUTION/…` below `folder`.
///
/// # Errors
/// I/O.
pub fn write(
    folder: &Path,
    not_settled: &[NotSettled],
    refused: &[RefusedSubmission],
    submissions: &[String],
) -> Result<(), ReportError> {
    let mut by_institution: BTreeMap<&str, Vec<&NotSettled>> = BTreeMap::new();
    for record in not_settled {
        by_institution.entry(record.institution.as_str()).or_default().push(record);
    }
    for (institution, records) in by_institution {
        let path = made(folder, institution)?.join("rejected.csv");
        let mut sheet = Sheet::create(&path, &HEADER)?;
        for record in records {
            let label = submissions.get(record.origin.submission as usize);
            rows(&mut sheet, record, label.map_or("", String::as_str))?;
        }
        sheet.close()?;
    }
    for submission in refused {
        let path = made(folder, &submission.institution)?.join(refusal_name(submission));
        let text = serde_json::to_vec_pretty(&refusal(submission)).unwrap_or_default();
        std::fs::write(&path, text).map_err(|source| ReportError::Io { path, source })?;
    }
    Ok(())
}

fn rows(sheet: &mut Sheet, record: &NotSettled, submission: &str) -> Result<(), ReportError> {
    for (place, finding) in record.findings.iter().enumerate() {
        sheet.row(&[
            Cell::Text(submission),
            Cell::Text(&record.settlement_id),
            Cell::Text(outcome_key(record.outcome)),
            Cell::Count(u64::from(record.origin.line)),
            Cell::Count(place as u64 + 1),
            Cell::Text(if finding.file.is_empty() { "settlements.csv" } else { &finding.file }),
            Cell::Count(u64::from(if finding.line == 0 {
                record.origin.line
            } else {
                finding.line
            })),
            Cell::Text(&finding.field),
            Cell::Text(&finding.found),
            Cell::Text(&finding.expected),
            Cell::Text(finding.code.text()),
            Cell::Text(finding.code.chinese()),
            Cell::Text(finding.code.meaning()),
            Cell::Text(finding.code.remedy()),
        ])?;
    }
    Ok(())
}

fn refusal(submission: &RefusedSubmission) -> Refusal<'_> {
    Refusal {
        folder: &submission.folder,
        fixmedins_code: &submission.institution,
        declared_records: submission.declared_records,
        declared_medfee_sumamt: crate::money::yuan::wide(submission.declared_fee),
        reasons: submission
            .findings
            .iter()
            .map(|finding| Reason {
                code: finding.code.text(),
                message_zh: finding.code.chinese(),
                message_en: finding.code.meaning(),
                file: &finding.file,
                line: finding.line,
                field: &finding.field,
                found: &finding.found,
                expected: &finding.expected,
                remedy: finding.code.remedy(),
            })
            .collect(),
    }
}

/// Two folders may differ in what a file name cannot say, so the digest tells them apart; a name has at most 255 bytes.
fn refusal_name(submission: &RefusedSubmission) -> String {
    let folder: String = plain(&submission.folder).chars().take(60).collect();
    let digest = submission.digest.get(..8).unwrap_or_default();
    format!("refused-{folder}-{digest}.json")
}

fn made(folder: &Path, institution: &str) -> Result<PathBuf, ReportError> {
    let path = folder.join("returns").join(plain(institution));
    std::fs::create_dir_all(&path)
        .map_err(|source| ReportError::Io { path: path.clone(), source })?;
    Ok(path)
}

/// A name that cannot leave its folder.
fn plain(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' })
        .collect();
    if kept.is_empty() { "unnamed".to_owned() } else { kept }
}
