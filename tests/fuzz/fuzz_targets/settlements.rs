//! `settlements`, plain, compressed, and as compressed bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "each target drives one check")]
#[path = "../../it/checks.rs"]
mod checks;

thread_local! {
    static FOLDER: tempfile::TempDir = tempfile::tempdir().unwrap();
}

fuzz_target!(|data: &[u8]| FOLDER.with(|folder| checks::settlements(folder.path(), data)));
