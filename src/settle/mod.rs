//! Settle: a priced claim, the terms that hold for it and the person's year so far give who pays what.
//!
//! Owns: entitlement ([`entitlement`]), the running totals of a benefit year ([`year`]), the arithmetic of one claim
//! ([`layers`] with its rooms for parts of a bill, deductibles, segments, caps, stays and what the past has to say) and the fold over a
//! person's claims ([`fold`]). Knows no file, clock, thread or other person.
//!
//! The order of rules for one claim:
//!
//! 1. fee = full self-pay + over limit + pre-self-pay + in scope (done by `price`);
//! 2. personal account, where it pays before all layers: out of the in-scope amount;
//! 3. a stay over a year's end is divided by its days, where the policy says so; each part runs on its own year;
//! 4. care elsewhere: percentages first, taken out of the in-scope amount;
//! 5. layers in the policy's order. The first one splits the in-scope amount into what is paid first, deductible, co-payment, over-cap and
//!    what its fund pays; each later one pays from components that are still unpaid. Changes of deductibles and ratios by care elsewhere
//!    apply where they are looked up, in written order. Caps hold side by side: the least room counts;
//! 6. personal account, from what is left of the person's part, within its balance;
//! 7. cash is what remains. The institution's part comes out of what the catalogue says it bears.
//!
//! Invariants: no payer is negative; a layer never pays more than its base or what its caps leave; payers add up to the fee. Once a claim
//! has terms, settling it cannot fail.

mod caps;
mod deductible;
pub mod entitlement;
pub mod fold;
pub mod layers;
mod parts;
mod past;
mod segments;
mod stay;
pub mod year;

pub use entitlement::{Entitled, entitle};
pub use fold::{Booked, FoldResult, PersonState, fold_person};
pub use layers::{History, settle_claim};
pub use year::{Account, Year};

#[cfg(test)]
mod tests;
