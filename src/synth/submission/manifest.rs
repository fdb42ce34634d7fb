//! The manifest of a submission, and what spoils one that is made to be refused.

use std::fs::OpenOptions;
use std::path::Path;

use crate::calendar::Date;
use crate::codes::fields;
use crate::ingest::manifest::MANIFEST;
use crate::money::yuan;
use crate::synth::error::SynthError;
use crate::synth::institutions::Institution;
use crate::synth::roles::Refusal;
use crate::synth::sink::Closed;
use crate::synth::truth::Tally;

/// What the manifest says of a file.
struct Entry {
    file: Closed,
    rows: u64,
    column: &'static str,
    total: i128,
}

/// Writes the manifest.
///
/// # Errors
/// I/O.
pub fn write(
    folder: &Path,
    sender: &Institution,
    day: Date,
    tally: &Tally,
    settlements: Closed,
    fees: Closed,
    refusal: Option<Refusal>,
) -> Result<(), SynthError> {
    let mut settlements = Entry {
        file: settlements,
        rows: tally.rows,
        column: fields::MEDFEE_SUMAMT,
        total: tally.fee,
    };
    let mut fees = Entry {
        file: fees,
        rows: tally.lines,
        column: fields::DET_ITEM_FEE_SUMAMT,
        total: tally.line_fee,
    };
    if let Some(refusal) = refusal {
        spoil(refusal, &mut settlements, &mut fees)?;
    }
    let manifest = serde_json::json!({
        "fixmedins_code": sender.code,
        "period": day.to_string(),
        "sequence": 1,
        "files": [settlements.json(), fees.json()],
    });
    let path = folder.join(MANIFEST);
    std::fs::write(&path, format!("{manifest:#}\n")).map_err(SynthError::io("write", &path))
}

fn spoil(refusal: Refusal, settlements: &mut Entry, fees: &mut Entry) -> Result<(), SynthError> {
    match refusal {
        Refusal::WrongDigest => {
            let turned = if fees.file.sha256.starts_with('0') { "1" } else { "0" };
            fees.file.sha256.replace_range(..1, turned);
        }
        Refusal::WrongRowCount => fees.rows += 1,
        Refusal::WrongControlTotal => settlements.total += 1,
        Refusal::EmptyFile => {
            cut(&fees.file, 0)?;
            fees.file.bytes = 0;
        }
        Refusal::TruncatedFile => cut(&fees.file, fees.file.bytes * 2 / 3)?,
    }
    Ok(())
}

fn cut(file: &Closed, bytes: u64) -> Result<(), SynthError> {
    let open = OpenOptions::new().write(true).open(&file.path);
    let cut = open.and_then(|open| open.set_len(bytes));
    cut.map_err(SynthError::io("cut", &file.path))
}

impl Entry {
    fn json(&self) -> serde_json::Value {
        let name = self.file.path.file_name().map(|name| name.to_string_lossy().into_owned());
        serde_json::json!({
            "name": name,
            "rows": self.rows,
            "bytes": self.file.bytes,
            "sha256": self.file.sha256,
            "totals": { self.column: yuan::wide(self.total) },
        })
    }
}
