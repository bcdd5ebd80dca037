//! Who is calling, as handlers see it: an extractor.
//!
//! Invariant: only the guard makes a [`Caller`], after it checked the rule of the route.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::Extensions;
use axum::http::request::Parts;
use plimsoll_state::{Actor, Principal, Session};

use crate::problem::Problem;

/// The caller of a request that its route's rule let pass.
///
/// Also an extension of the answer, so that a request log can name it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Where the request came from: the peer of the connection.
    pub remote: Option<IpAddr>,
    /// Who it is.
    pub who: Who,
}

/// Who a caller is.
#[derive(Clone, Debug)]
pub enum Who {
    /// Nobody in particular, or nobody looked.
    Anonymous,
    /// The holder of an API token.
    Token(Arc<Principal>),
    /// A person who signed in.
    Session(Arc<Session>),
}

impl Caller {
    /// The principal, unless anonymous.
    #[must_use]
    pub fn principal(&self) -> Option<&Principal> {
        match &self.who {
            Who::Anonymous => None,
            Who::Token(principal) => Some(principal),
            Who::Session(session) => Some(&session.principal),
        }
    }

    /// The caller as the audit log names it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self.principal() {
            Some(principal) => Actor { name: principal.name.clone(), remote: self.remote },
            None => Actor::anonymous(self.remote),
        }
    }
}

/// The address of the connection's peer, if the listener recorded it.
pub(crate) fn remote(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.0.ip().to_canonical())
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>();
        caller.cloned().ok_or_else(|| Problem::internal("a route was reached past its rule"))
    }
}
