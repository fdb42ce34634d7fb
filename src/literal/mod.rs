//! A second evaluator of policies: slow, literal, in exact decimals. It judges the compiled one.
//!
//! Reads the texts of a book itself and applies `pipelines/policy/README.md`, which is its only specification, word for word: every claim
//! looks every table up anew. It shares nothing with the rest of the crate and must name no other room (`tests/it/architecture.rs` holds
//! that); what it takes and gives are plain values, amounts in yuan.
//!
//! It assumes that files are well formed: what it cannot evaluate it holds, it never panics. It does not evaluate `[[bound]]`,
//! `[[not_served]]`, `[[exception]]`, `serves_from`, `before_others`, `untested`: these ask something of the file, not of a claim.
//!
//! | file | what |
//! |---|---|
//! | `claim`, `state` | what is asked and answered; what is remembered between claims |
//! | `file`, `book` | a file's text; files over their bases, entries by date, parameters |
//! | `facts`, `calendar`, `figures` | conditions of a row; days and years; amounts and rounding |
//! | `effects`, `standing` | care elsewhere; waiting, registrations |
//! | `terms`, `caps` | the rows that hold for a claim |
//! | `layer`, `deductible`, `segments` | the arithmetic of a layer |
//! | `settle` | one claim, start to end |
//! | `cases` | cases beside a policy |
//!
//! # Where the document leaves a choice
//!
//! Marked here and, where it matters, at the code.
//!
//! * A base's tables of every kind are taken, `cross_region`, `waiting`, `registration` and `account` among them. Entries in force are
//!   found file by file, then rows are joined; so are `adjust` and `additions`. A table key that a region leaves out is the base's.
//! * A region's new layers stand before the base's, except that a base layer stands before the region's version of a base layer that
//!   follows it there.
//! * A cap table of another kind that has not begun is no cap, as long as some cap table of the layer is in force. No matching row of a
//!   deductible or cap that is in force holds the claim; no matching ratio row leaves an upper layer out.
//! * A total of a month or day takes what every layer counts on the counter, but for a claim for which the layer's own cap of that kind
//!   says `none`. A total of the year takes everything.
//! * `only` and `transfer` look at the institution's own level, whatever `level` effect holds.
//! * Local care filed as `local` looks up no row of `cross_region`.
//! * `deductible_factor` scales the standard, before transfer, credit, what was met and the ceiling.
//! * `zero`, waiting and `during_stay` make the ratio nothing: deductible and totals run on. Days of admission and discharge are days of
//!   the stay.
//! * `before = "ratio"`: what is paid first is no base of the counter and moves no segment.
//! * Only `measure = "year"` rounds cumulatively with marginal segments. `whole` runs on the difference to what came before for every
//!   measure, and pays no more than the claim's own amount.
//! * Parts of a stay share deductible, segments and caps per admission in the first layer only; a percentage of a bill is of all parts'.
//! * Of a stay split by days the first layer's deductible is that of the first part; upper thresholds are each year's own. Segments by
//!   admission go on over the parts. The end of the stay counts in the year of the last part.
//! * A mark without a value counts as 1. With `highest` the supplement is that of the row with the highest limit.
//! * A chronic claim whose disease is registered beyond those that count is refused.
//! * In a case, an account that is not mentioned is not used; totals `before` are of the first claim's (first part's) year.

mod book;
mod calendar;
mod caps;
mod cases;
mod claim;
mod deductible;
mod effects;
mod facts;
mod figures;
mod file;
mod layer;
mod segments;
mod settle;
mod standing;
mod state;
mod terms;
#[cfg(test)]
mod tests;

pub use book::Book;
pub use cases::{Amounts, Case, CaseClaim, Expected, Played, cases};
pub use claim::{Claim, Fee, Mark, Outcome, Person, Settled, Spell, care_of};
pub use state::{State, StayPart, Totals};
