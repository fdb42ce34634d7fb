//! One file of the reference data, the others being valid. The first byte says which.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "each target drives one check")]
#[path = "../../it/checks.rs"]
mod checks;

/// Its place here is its byte in a seed, less `a`; see `seeds.sh`.
const FILES: [&str; 12] = [
    "agreements.csv",
    "balances.csv",
    "chronic.csv",
    "enrolment.csv",
    "filings.csv",
    "first_payment.csv",
    "institutions.csv",
    "items.csv",
    "links.csv",
    "price_limits.csv",
    "regions.csv",
    "suspensions.csv",
];

thread_local! {
    static FOLDER: tempfile::TempDir = valid();
}

/// A folder of valid files.
fn valid() -> tempfile::TempDir {
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/errors/base/reference");
    let folder = tempfile::tempdir().unwrap();
    for name in FILES {
        let from = Path::new(base).join(name);
        if from.exists() {
            std::fs::copy(from, folder.path().join(name)).unwrap();
        }
    }
    folder
}

fuzz_target!(|data: &[u8]| {
    if let [which, bytes @ ..] = data {
        let name = FILES[usize::from(which.wrapping_sub(b'a')) % FILES.len()];
        FOLDER.with(|folder| checks::reference(folder.path(), name, bytes));
    }
});
