//! The program's own modules under its own name, as far as its parsers reach. `Cargo.toml` says why
//! not all of it.
//!
//! A module that moves, or comes to need another one, is to be followed here.
#![allow(dead_code, unused_imports, reason = "only the parsers are driven")]

#[path = "../../../src/calendar.rs"]
pub mod calendar;
#[path = "../../../src/claim/mod.rs"]
pub mod claim;
#[path = "../../../src/codes/mod.rs"]
pub mod codes;
#[path = "../../../src/ingest/mod.rs"]
pub mod ingest;
#[path = "../../../src/ledger/mod.rs"]
pub mod ledger;
#[path = "../../../src/money/mod.rs"]
pub mod money;
#[path = "../../../src/policy/mod.rs"]
pub mod policy;
#[path = "../../../src/price/mod.rs"]
pub mod price;
#[path = "../../../src/reference/mod.rs"]
pub mod reference;
#[path = "../../../src/settle/mod.rs"]
pub mod settle;
#[path = "../../../src/wire/mod.rs"]
pub mod wire;

pub mod run;
pub mod store;
