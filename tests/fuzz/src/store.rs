//! Of the store, the files that the program reads back byte by byte.

#[path = "../../../src/store/ids.rs"]
pub mod ids;
#[path = "../../../src/store/people.rs"]
pub mod people;
#[path = "../../../src/store/pseudonym.rs"]
pub mod pseudonym;
#[path = "../../../src/store/trace.rs"]
pub mod trace;
