//! A policy file, and claims settled under whatever is accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "each target drives one check")]
#[path = "../../it/checks.rs"]
mod checks;

fuzz_target!(|data: &str| checks::policy(data));
