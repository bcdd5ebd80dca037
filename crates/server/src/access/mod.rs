//! Who may call what: authentication, authorisation and what protects a browser.
//!
//! Every route is registered through [`Routes`] together with its [`Rule`], and the rule is checked
//! before the handler runs. [`Routes::finish`] adds the security headers and answers the list of
//! what was registered, which a test compares with the list of what should be.
//!
//! Invariants: no handler runs before its rule; no answer says which part of a credential was
//! wrong, or repeats one; nothing here trusts a forwarding header.

mod admin;
mod body;
mod caller;
mod config;
mod cookie;
mod guard;
mod headers;
mod host;
#[cfg(test)]
pub(crate) mod matrix;
mod openapi;
mod rate;
mod routes;
mod rule;
mod sign_in;
#[cfg(test)]
mod tests;
mod timestamp;

pub(crate) use caller::remote;
pub use caller::{Caller, Who};
pub use config::{AccessConfig, AccessState};
pub use guard::authorize;
pub(crate) use guard::state_problem;
pub use openapi::AccessApi;
pub use routes::{RouteRule, Routes};
pub use rule::Rule;
pub use sign_in::{first_sign_in_link, sign_in_link};

use std::sync::Arc;

/// The routes of this module: signing in and out, tokens, the audit log.
pub fn router<S>(access: &Arc<AccessState>) -> Routes<S> {
    sign_in::routes(access).merge(admin::routes(access)).with_state(access.clone())
}
