//! Reference data in memory: pooling regions, institutions, catalogues, people's coverage. Dated throughout.
//!
//! Owns the look-ups that price and settle ask. Knows no file format (`ingest::reference` fills these) and
//! decides nothing: a look-up says what is true on a day, a verb says what follows.

pub mod catalogue;
pub mod coverage;
pub mod institutions;
pub mod regions;

pub use catalogue::{Catalogues, ItemVersion, PlaceCatalogue};
pub use coverage::{Balance, Coverage, Enrolment, Filing, FilingReason, PersonMark, PersonRecord};
pub use institutions::{Institution, Institutions, LinkOpening};
pub use regions::RegionTable;

/// All reference data of a run.
#[derive(Debug, Default)]
pub struct Reference {
    pub regions: RegionTable,
    pub institutions: Institutions,
    pub catalogues: Catalogues,
    pub coverage: Coverage,
}
