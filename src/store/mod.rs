//! What is kept and published: tables, state of people, the control database, staging and the one commit.

pub mod pseudonym;
pub mod schema;
pub mod control;
pub mod ids;
pub mod people;
pub mod staging;
