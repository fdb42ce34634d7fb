//! Temporary nights for tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program.
pub fn medsettle(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_medsettle")).args(arguments).output().unwrap()
}

/// Runs `run PIPELINE --store STORE` with further arguments.
pub fn run(pipeline: &Path, store: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["run", pipeline.to_str().unwrap(), "--store", store.to_str().unwrap()];
    arguments.extend(more);
    medsettle(&arguments)
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// All files below a folder, relative, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    fn collect(folder: &Path, root: &Path, out: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, root, out);
            } else {
                out.push(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    let mut out = Vec::new();
    collect(folder, folder, &mut out);
    out.sort();
    out
}

/// Digest of everything a store published: names and bytes, but for what may differ between equal nights.
pub fn published(store: &Path) -> Vec<(String, String)> {
    let mut digests = Vec::new();
    for part in ["outbox", "tables", "runs", "state"] {
        for file in files(&store.join(part)) {
            if file.ends_with("seal.json") {
                continue;
            }
            let bytes = std::fs::read(store.join(part).join(&file)).unwrap();
            let digest: [u8; 32] = Sha256::digest(&bytes).into();
            digests.push((format!("{part}/{}", file.display()), format!("{:x?}", &digest[..8])));
        }
    }
    digests
}

/// Writes the manifest that fits the files of a submission folder.
pub fn write_manifest(folder: &Path, institution: &str, period: &str, sequence: u32) {
    let describe = |stem: &str, column: &str| {
        let name = [format!("{stem}.csv"), format!("{stem}.csv.zst")]
            .into_iter()
            .find(|name| folder.join(name).exists())
            .unwrap_or_else(|| format!("{stem}.csv"));
        let bytes = std::fs::read(folder.join(&name)).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        let (rows, total) = count(&bytes, column);
        serde_json::json!({
            "name": name, "rows": rows, "bytes": bytes.len(), "sha256": hex,
            "totals": { column: total },
        })
    };
    let manifest = serde_json::json!({
        "fixmedins_code": institution,
        "period": period,
        "sequence": sequence,
        "files": [
            describe("settlements", "medfee_sumamt"),
            describe("fees", "det_item_fee_sumamt"),
        ],
    });
    std::fs::write(folder.join("manifest.json"), serde_json::to_vec_pretty(&manifest).unwrap())
        .unwrap();
}

/// Rows and the sum of a column, as the sender would count them; a cell that is no number counts 0.
fn count(bytes: &[u8], column: &str) -> (u64, String) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let Ok(header) = reader.byte_headers().cloned() else { return (0, "0.00".into()) };
    let at = header.iter().position(|name| name == column.as_bytes());
    let (mut rows, mut total) = (0, 0i128);
    for record in reader.byte_records() {
        let Ok(record) = record else { break };
        rows += 1;
        let cell = at.and_then(|at| record.get(at)).unwrap_or(b"");
        if let Ok(fen) = medsettle::money::yuan::parse(cell) {
            total += i128::from(fen.get());
        }
    }
    (rows, medsettle::money::yuan::wide(total))
}
