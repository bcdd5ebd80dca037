//! What the shop does, by subject.

pub mod catalogue;
pub mod intake;
pub mod orders;
pub mod payments;
pub mod post;
pub mod pricing;
pub mod stock;
