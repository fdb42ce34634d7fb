//! Submissions: the files of a night, checked against their manifests, as priced records with what was found wrong so far.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use medsettle::literal::Book;
use rust_decimal::Decimal;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Findings;
use super::catalogue::Parts;
use super::reference::Reference;
use super::row::Claim;
use super::submission::Submission;
use super::text::{Table, day, number, yuan};

/// Everything that does not change from night to night.
pub struct Inputs {
    pub pipeline: Pipeline,
    pub base: PathBuf,
    pub reference: Reference,
    pub book: Book,
}

/// The keys of a pipeline file that matter here.
#[derive(Deserialize)]
pub struct Pipeline {
    inbox: String,
    reference: toml::Value,
    policy: toml::Value,
    #[serde(default)]
    pub line_tolerance: Option<String>,
    #[serde(default)]
    pub on_difference: String,
    #[serde(default)]
    pub clear_base: String,
    #[serde(default)]
    pub local_med_types: BTreeMap<String, String>,
}

/// A folder, or a list of them.
fn folders(base: &Path, value: &toml::Value) -> Vec<PathBuf> {
    match value {
        toml::Value::Array(many) => {
            many.iter().map(|one| base.join(one.as_str().unwrap())).collect()
        }
        one => vec![base.join(one.as_str().unwrap())],
    }
}

/// The texts of a book's files by their path from its root.
fn policy_files(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            policy_files(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

impl Inputs {
    pub fn read(path: &Path) -> Inputs {
        let pipeline: Pipeline = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let base = path.parent().unwrap().to_owned();
        let reference = Reference::read(&folders(&base, &pipeline.reference));
        let mut policies = Vec::new();
        for folder in folders(&base, &pipeline.policy) {
            policy_files(&folder, &folder, &mut policies);
        }
        let book = Book::read(&policies).unwrap();
        Inputs { pipeline, base, reference, book }
    }
}

/// Where a record stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// (institution, period, sequence).
    pub submission: (String, String, u64),
    pub line: u64,
    /// A fee line of its own, not a settlement.
    pub is_line: bool,
}

impl Place {
    pub fn label(&self) -> String {
        let (institution, period, sequence) = &self.submission;
        format!("{institution}/{period}/{sequence}")
    }
}

/// A record that was read and priced.
#[derive(Clone)]
pub struct Record {
    pub place: Place,
    pub claim: Claim,
    pub parts: Parts,
    pub lines: usize,
    pub findings: Findings,
}

/// A row that cannot become a record.
pub struct Stray {
    pub place: Place,
    pub id: String,
    pub findings: Findings,
}

/// What a night received.
#[derive(Default)]
pub struct Received {
    pub records: Vec<Record>,
    pub strays: Vec<Stray>,
    /// Folder name and codes.
    pub refused: BTreeMap<String, Findings>,
}

#[derive(Deserialize)]
struct Manifest {
    fixmedins_code: String,
    period: String,
    sequence: u64,
    files: Vec<ManifestFile>,
}

#[derive(Deserialize)]
struct ManifestFile {
    name: String,
    rows: u64,
    bytes: u64,
    sha256: String,
    totals: BTreeMap<String, String>,
}

/// Reads a night's inbox. `repeated` names folders that lose to another of the same sequence: which of the two counts is a matter of
/// their digests, and the program is believed in it.
/// Folders that an earlier run dealt with are left out.
pub fn read(
    inputs: &Inputs,
    day: &str,
    repeated: &HashSet<String>,
    dealt_with: &mut HashSet<String>,
) -> Received {
    let inbox = inputs.base.join(inputs.pipeline.inbox.replace("{date}", day));
    let mut received = Received::default();
    let Ok(entries) = std::fs::read_dir(inbox) else { return received };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut seen = HashSet::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !path.is_dir()
            || name.starts_with('.')
            || !dealt_with.insert(path.to_string_lossy().into_owned())
        {
            continue;
        }
        if repeated.contains(&name) {
            received.refused.insert(name, Findings::from(["S115"]));
            continue;
        }
        let text = std::fs::read(path.join("manifest.json")).unwrap_or_default();
        if let Err(code) = submission(inputs, &path, &text, &mut seen, &mut received) {
            received.refused.insert(name, Findings::from([code]));
        }
    }
    received
}

fn submission(
    inputs: &Inputs,
    path: &Path,
    text: &[u8],
    seen: &mut HashSet<(String, String, u64)>,
    received: &mut Received,
) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("S101");
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let manifest: Manifest = serde_json::from_slice(text).map_err(|_| "S102")?;
    let period = day(&manifest.period).ok_or("S102")?;
    inputs.reference.institution(&manifest.fixmedins_code, period).ok_or("S114")?;
    let key = (manifest.fixmedins_code, manifest.period, manifest.sequence);
    let file = |stem: &str| {
        let names = [format!("{stem}.csv"), format!("{stem}.csv.zst")];
        let mut named = manifest.files.iter().filter(|file| names.contains(&file.name));
        named.next().filter(|_| named.next().is_none()).ok_or("S102")
    };
    let settlements = table(path, file("settlements")?, "medfee_sumamt")?;
    let fees = table(path, file("fees")?, "det_item_fee_sumamt")?;
    // An equal copy of a submission counts once.
    if seen.insert(key.clone()) {
        let mut work = Submission { inputs, key, records: Vec::new(), strays: Vec::new() };
        work.read(&settlements, &fees);
        received.records.append(&mut work.records);
        received.strays.append(&mut work.strays);
    }
    Ok(())
}

/// A file that agrees with its manifest: size, digest, rows, width, control total.
fn table(folder: &Path, file: &ManifestFile, column: &str) -> Result<Table, &'static str> {
    let bytes = std::fs::read(folder.join(&file.name)).map_err(|_| "S103")?;
    if bytes.len() as u64 != file.bytes {
        return Err("S104");
    }
    if bytes.is_empty() {
        return Err("S107");
    }
    let digest: [u8; 32] = Sha256::digest(&bytes).into();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if digest != file.sha256.to_ascii_lowercase() {
        return Err("S105");
    }
    let plain = if file.name.ends_with(".zst") {
        zstd::decode_all(bytes.as_slice()).map_err(|_| "S106")?
    } else {
        bytes
    };
    let table = Table::parse(&plain).ok_or("S106")?;
    if table.rows.iter().any(|row| row.cells.len() != table.header.len()) {
        return Err("S111");
    }
    if table.rows.len() as u64 != file.rows {
        return Err("S112");
    }
    let amounts = table
        .rows
        .iter()
        .map(|row| std::str::from_utf8(table.view(row).bytes(column)).ok().and_then(yuan));
    // Where an amount cannot be read the total cannot be formed; the record says so itself.
    let total: Option<Decimal> = amounts.sum();
    let declared = file.totals.get(column).and_then(|text| number(text, 2)).ok_or("S102")?;
    if total.is_some_and(|total| total != declared) {
        return Err("S113");
    }
    Ok(table)
}
