//! medsettle settles medical claims across pooling regions (跨统筹地区异地就医医疗费用结算): each night it takes the claim files of
//! designated institutions, prices every line against the care place's catalogue, computes what each fund of the insured place pays, and
//! publishes settlement and reconciliation files per pooling region, a balanced ledger, and Parquet tables.
//!
//! # The map
//!
//! Layers, lowest first; arrows point down the list only (`tests/it/architecture.rs` holds that).
//! Pure means: no file, clock or thread.
//!
//! | layer | rooms | what they may know |
//! |---|---|---|
//! | words | [`money`], [`calendar`], [`codes`] | nothing else |
//! | nouns | [`claim`], [`policy`], [`reference`] | words |
//! | verbs | [`literal`], [`price`], [`validate`], [`settle`], [`prove`], [`ledger`], [`clear`], [`reconcile`] | nouns, earlier results; pure |
//! | edges | [`wire`], [`store`], [`ingest`], [`report`], [`page`], [`audit`], [`synth`] | files and formats |
//! | drive | [`run`], [`cli`] | everything |
//!
//! # The way of one claim
//!
//! 1. [`run::intake`] finds its submission; [`ingest`] streams the rows, digests and counts them; [`wire`] turns a row into a
//!    [`claim::Claim`].
//! 2. [`price`] splits each fee line into full self-pay, over limit, pre-self-pay and in scope; [`validate`] holds the claim against
//!    its lines and its own declarations.
//! 3. The claim is shuffled to its person's bucket. [`settle::entitlement`] asks whether, by whom and as what it is to be settled;
//!    [`policy::book`] gives the terms that hold; [`settle::layers`] does the arithmetic; [`settle::fold`] keeps the person's year.
//! 4. [`ledger`] posts it, [`clear`] sums what regions owe one another, [`reconcile`] compares what was declared.
//! 5. [`report`] writes each region's files, [`store`] the tables; [`audit`] re-reads them with another engine; [`run::night`] commits once.
//!
//! # What must never be false
//!
//! * Every fen has one owner: funds + account + cash + institution = fee, per claim; in = settled + rejected + held, per run;
//!   debits = credits, per voucher and fund; what A owes B is what B is owed by A.
//! * Same inputs, same bytes: any thread count, file order, or restart.
//! * A night happens once, whole.
//! * Money is integer fen; no float touches it; it is rounded in [`money::rounding`] alone.
//! * Settling cannot fail: what can go wrong went wrong earlier, as a finding with a code, or goes wrong later, as an I/O error that
//!   publishes nothing.

pub mod audit;
pub mod calendar;
pub mod claim;
pub mod clear;
pub mod cli;
pub mod codes;
pub mod ingest;
pub mod ledger;
pub mod literal;
pub mod money;
pub mod page;
pub mod policy;
pub mod price;
pub mod prove;
pub mod reconcile;
pub mod reference;
pub mod report;
pub mod run;
pub mod settle;
pub mod store;
pub mod synth;
pub mod validate;
pub mod wire;
