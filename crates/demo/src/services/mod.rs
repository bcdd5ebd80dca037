//! The shop's services, one file each: routes and what they do.
//!
//! ```text
//! storefront ─┬─ catalog ── (PostgreSQL, Redis)
//!             ├─ inventory ── (PostgreSQL, Redis)
//!             └─ checkout ─┬─ catalog
//!                          ├─ inventory
//!                          ├─ payments ── bank-gateway
//!                          └─ mailer ── (its own queue)
//! ```
//!
//! Invariant: services know each other by name and HTTP only.

pub(crate) mod bank;
pub(crate) mod catalog;
pub(crate) mod checkout;
pub(crate) mod inventory;
pub(crate) mod mailer;
pub(crate) mod payments;
pub(crate) mod storefront;

use serde::{Deserialize, Serialize};

/// Articles in the catalog, numbered from 1.
pub(crate) const ARTICLES: usize = 60;

/// What an article costs.
pub(crate) fn price_cents(article: usize) -> u64 {
    990 + (article as u64 * 737) % 19_000
}

/// An article and how many of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Item {
    pub(crate) article: usize,
    pub(crate) quantity: u32,
}

/// An article as the catalog describes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Article {
    pub(crate) id: usize,
    pub(crate) name: String,
    pub(crate) price_cents: u64,
}

/// What a customer wants to buy.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) customer: String,
    pub(crate) items: Vec<Item>,
    pub(crate) voucher: Option<String>,
}

/// An order that was placed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Receipt {
    pub(crate) order: String,
    pub(crate) total_cents: u64,
}

/// Says that it was done; the details are nobody's business.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Done {
    pub(crate) done: bool,
}

pub(crate) const DONE: Done = Done { done: true };
