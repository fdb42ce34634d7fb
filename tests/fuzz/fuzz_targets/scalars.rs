//! Dates, moments, amounts, rates, codes, traces.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "each target drives one check")]
#[path = "../../it/checks.rs"]
mod checks;

fuzz_target!(|data: &[u8]| checks::scalars(data));
