//! Rows as the national interface names them, to our nouns: read once, then never strings again.
//!
//! Owns: which columns a file has ([`columns`]), and how a row of each becomes a claim ([`settlement`]) or a fee line ([`fee`]).
//! Knows no file and no rule. A row that cannot be read gives all its findings at once.

pub mod columns;
pub mod fee;
pub mod settlement;

pub use columns::ColumnMap;
