//! medsettle
pub mod calendar;
pub mod claim;
pub mod codes;
pub mod money;
pub mod policy;
pub mod price;
pub mod reference;
pub mod settle;
pub mod clear;
pub mod ledger;
pub mod reconcile;
pub mod store;
pub mod ingest;
pub mod wire;
