//! What is kept and published: tables, state of people, the control database, staging and the one commit.
//!
//! Knows how rows lie on disk and how a night becomes visible at once; decides no amount and no order of work.

pub mod control;
pub mod ids;
pub mod line_table;
pub mod people;
pub mod person_keys;
pub mod pseudonym;
pub mod rows;
pub mod schema;
pub mod staging;
pub mod tables;
pub mod trace;
pub mod writer;
