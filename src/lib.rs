//! medsettle
pub mod calendar;
pub mod claim;
pub mod codes;
pub mod money;
pub mod policy;
pub mod price;
pub mod reference;
pub mod settle;
