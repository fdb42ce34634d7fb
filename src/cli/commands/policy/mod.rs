//! Commands about the policy book: one file each.

pub mod simulate;
pub mod test;
