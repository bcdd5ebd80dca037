//! The only way to register a route: with its rule.
//!
//! Invariants: the router inside is never handed out before [`Routes::finish`], so each route in it
//! has a guard and an entry in the list; a guard runs before anything a handler extracts.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, Route, on};
use tower::{Layer, Service};

use super::guard::{Guard, guard, protect};
use super::{AccessState, Rule};

/// The path of the fallback in the list of routes.
pub(super) const FALLBACK_PATH: &str = "*";

/// A route and who may call it. A `GET` stands for `HEAD` too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRule {
    /// The method.
    pub method: Method,
    /// The path as registered, such as `/api/v1/admin/tokens/{id}`.
    pub path: &'static str,
    /// Who may call it.
    pub rule: Rule,
}

/// Routes with their rules, over handlers that need a state `S`.
pub struct Routes<S = ()> {
    access: Arc<AccessState>,
    router: Router<S>,
    rules: Vec<RouteRule>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet.
    #[must_use]
    pub fn new(access: &Arc<AccessState>) -> Self {
        Self { access: access.clone(), router: Router::new(), rules: Vec::new() }
    }

    /// Adds a route. The handler may extract the [`super::Caller`].
    ///
    /// # Panics
    /// When the same method and path are there already, or HTTP knows no such method.
    #[must_use]
    pub fn route<H, T>(mut self, rule: Rule, method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).expect("a method that can be routed");
        let guarded = on(filter, handler).route_layer(from_fn_with_state(self.guard(rule), guard));
        self.router = self.router.route(path, guarded);
        self.rules.push(RouteRule { method, path, rule });
        self
    }

    /// What answers where no route does, for anybody: the page.
    #[must_use]
    pub fn public_fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let layer = from_fn_with_state(self.guard(Rule::Public), guard);
        self.router = self.router.fallback(handler.layer(layer));
        self.rules.push(RouteRule { method: Method::GET, path: FALLBACK_PATH, rule: Rule::Public });
        self
    }

    /// Adds a layer around the routes that are there so far, outside their guards.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.layer(layer);
        self
    }

    /// Adds the routes of another part.
    ///
    /// # Panics
    /// When both have the same method and path, or both a fallback.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.rules.extend(other.rules);
        self
    }

    /// Gives the handlers their state.
    #[must_use]
    pub fn with_state<S2>(self, state: S) -> Routes<S2> {
        Routes { access: self.access, router: self.router.with_state(state), rules: self.rules }
    }

    fn guard(&self, rule: Rule) -> Guard {
        Guard { access: self.access.clone(), rule }
    }
}

impl Routes<()> {
    /// The router, with the headers that protect a browser on every answer, and the list of its
    /// routes.
    pub fn finish(self) -> (Router, Vec<RouteRule>) {
        (self.router.layer(from_fn_with_state(self.access, protect)), self.rules)
    }
}
