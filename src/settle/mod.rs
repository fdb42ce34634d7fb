//! Settle: a priced claim, the terms that hold for it and the person's year so far give who pays what.
//!
//! Owns: entitlement ([`entitlement`]), the running totals of a benefit year ([`year`]), the arithmetic of one claim
//! ([`layers`]) and the fold over a person's claims ([`fold`]). Knows no file, clock, thread or other person.
//!
//! The order of rules for one claim:
//!
//! 1. fee = full self-pay + over limit + pre-self-pay + in scope (done by `price`);
//! 2. care elsewhere: percentage first, taken out of the in-scope amount, or a change of ratios;
//! 3. layers in the policy's order. The first one splits the in-scope amount into deductible, co-payment, over-cap and what its
//!    fund pays; each later one pays from components that are still unpaid;
//! 4. personal account, from what is left of the person's part, within its balance;
//! 5. cash is what remains. The institution's part comes out of what the catalogue says it bears.
//!
//! Invariants: no payer is negative; a layer never pays more than its base or its cap; payers add up to the fee. Once a claim has terms,
//! settling it cannot fail.

pub mod entitlement;
pub mod fold;
pub mod layers;
pub mod year;

pub use entitlement::{Entitled, entitle};
pub use fold::{Booked, FoldResult, PersonState, fold_person};
pub use layers::settle_claim;
pub use year::{Account, Year};
