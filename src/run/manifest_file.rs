//! What a run leaves about itself: `manifest.json`, the same for the same inputs, and `seal.json`, which is not.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::calendar::Date;
use crate::claim::RefusedSubmission;
use crate::codes::hex;
use crate::money::yuan;
use crate::report::summary::RunSummary;
use crate::store::schema;

use super::error::RunError;
use super::intake::Submission;
use super::night::ENGINE_VERSION;
use super::outcome::{Count, RunTotals};

/// What goes into a manifest.
pub struct ManifestInputs<'a> {
    pub run_id: &'a str,
    pub date: Date,
    pub policy_digest: String,
    pub reference_digest: String,
    pub key_id: String,
    pub totals: &'a RunTotals,
    pub refused: &'a [RefusedSubmission],
    pub submissions: &'a [Submission],
    pub summary: &'a RunSummary,
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema: &'a str,
    engine: &'a str,
    run_id: &'a str,
    clr_date: String,
    policy_sha256: &'a str,
    reference_sha256: &'a str,
    pseudonym_key_id: &'a str,
    totals: Totals,
    submissions: Vec<Accepted<'a>>,
    refused: &'a [RefusedSubmission],
    files: Vec<FileEntry>,
}

/// Control totals, amounts in yuan.
#[derive(Serialize)]
struct Totals {
    received: Amounts,
    settled: Amounts,
    rejected: Amounts,
    held: Amounts,
    held_before: Amounts,
    refused_by_declaration: Amounts,
    stray_lines: Amounts,
    reversals: u64,
    lines: u64,
    differing: u64,
    fund_pay_sumamt: String,
    funds: std::collections::BTreeMap<&'static str, String>,
    acct_pay: String,
    psn_cash_pay: String,
    hosp_part_amt: String,
}

#[derive(Serialize)]
struct Amounts {
    records: u64,
    medfee_sumamt: String,
}

#[derive(Serialize)]
struct Accepted<'a> {
    submission: String,
    sha256: &'a str,
}

#[derive(Serialize)]
struct FileEntry {
    path: String,
    bytes: u64,
    sha256: String,
}

#[derive(Serialize)]
struct Seal {
    manifest_sha256: String,
    written_at_unix_seconds: u64,
    host: String,
}

impl From<&Count> for Amounts {
    fn from(count: &Count) -> Amounts {
        Amounts { records: count.records, medfee_sumamt: yuan::wide(count.fee_fen) }
    }
}

/// Writes `run/manifest.json`, `run/summary.txt` and `run/seal.json` into a staged run; lists every other staged file with its digest.
///
/// # Errors
/// I/O.
pub fn write(staged: &Path, inputs: &ManifestInputs<'_>) -> Result<(), RunError> {
    let folder = staged.join("run");
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|source| RunError::io("cannot write", &path, source))
    };
    put("summary.txt", crate::report::summary::render(inputs.summary).as_bytes())?;
    put("summary.json", &json(inputs.summary)?)?;
    let files = digests(staged).map_err(|source| RunError::io("cannot digest", staged, source))?;
    let submissions = inputs.submissions.iter().filter(|s| s.only.is_none()).filter(|submission| {
        !inputs.refused.iter().any(|refused| refused.digest == submission.digest)
    });
    let manifest = json(&Manifest {
        schema: schema::VERSION,
        engine: ENGINE_VERSION,
        run_id: inputs.run_id,
        clr_date: inputs.date.to_string(),
        policy_sha256: &inputs.policy_digest,
        reference_sha256: &inputs.reference_digest,
        pseudonym_key_id: &inputs.key_id,
        totals: totals(inputs.totals),
        submissions: submissions
            .map(|s| Accepted { submission: s.label(), sha256: &s.digest })
            .collect(),
        refused: inputs.refused,
        files,
    })?;
    put("manifest.json", &manifest)?;
    let digest: [u8; 32] = Sha256::digest(&manifest).into();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    put(
        "seal.json",
        &json(&Seal {
            manifest_sha256: hex(&digest),
            written_at_unix_seconds: now.map_or(0, |since| since.as_secs()),
            host: std::fs::read_to_string("/proc/sys/kernel/hostname")
                .unwrap_or_default()
                .trim()
                .to_owned(),
        })?,
    )
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, RunError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| RunError::Output(format!("cannot write the manifest: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn totals(totals: &RunTotals) -> Totals {
    Totals {
        received: (&totals.received).into(),
        settled: (&totals.settled).into(),
        rejected: (&totals.rejected).into(),
        held: (&totals.held).into(),
        held_before: (&totals.held_before).into(),
        refused_by_declaration: (&totals.refused).into(),
        stray_lines: (&totals.stray_lines).into(),
        reversals: totals.reversals,
        lines: totals.lines,
        differing: totals.differing,
        fund_pay_sumamt: yuan::wide(totals.fund_total_fen()),
        funds: totals.funds_fen.iter().map(|(fund, fen)| (*fund, yuan::wide(*fen))).collect(),
        acct_pay: yuan::wide(totals.account_fen),
        psn_cash_pay: yuan::wide(totals.cash_fen),
        hosp_part_amt: yuan::wide(totals.institution_fen),
    }
}

fn digests(staged: &Path) -> io::Result<Vec<FileEntry>> {
    let mut paths = Vec::new();
    collect(staged, &mut paths)?;
    paths.sort();
    paths
        .par_iter()
        .map(|path| {
            let (bytes, sha256) = digest(path)?;
            let name = path.strip_prefix(staged).unwrap_or(path);
            Ok(FileEntry { path: name.to_string_lossy().into_owned(), bytes, sha256 })
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        bytes += count as u64;
    }
    let digest: [u8; 32] = hash.finalize().into();
    Ok((bytes, hex(&digest)))
}
