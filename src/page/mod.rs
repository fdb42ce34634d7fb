//! Policies as pages for people: a policy to hold against its notice, what changed between two, and the words for both.
//!
//! Owns: how conditions and values are said in Chinese and English ([`words`], [`values`], [`names`]), once for everything that shows them;
//! a policy as blocks of lines ([`outline`]), which [`show`] prints and [`diff`] compares, in money too ([`bills`]); the steps
//! of a calculation with the rules they stand on ([`steps`]). Reads no file and decides no amount.
//!
//! Invariants: every value stands beside its source; nothing that is not of high confidence is printed without its mark; every
//! key of the format that a policy uses is on its page.

pub mod bills;
mod blocks;
pub mod diff;
pub mod elsewhere;
pub mod names;
pub mod notes;
pub mod outline;
pub mod said;
pub mod show;
pub mod steps;
pub mod table;
pub mod values;
pub mod words;

pub use said::{Lang, Said};
