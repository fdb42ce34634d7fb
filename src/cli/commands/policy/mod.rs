//! Commands about the policy book: one file each.

pub mod check;
pub mod test;
