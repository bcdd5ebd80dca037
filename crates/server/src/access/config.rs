//! The settings of access control, and what its handlers share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::Uri;
use axum::http::uri::Scheme;
use plimsoll_model::Clock;
use plimsoll_state::State;

use super::host::AllowedHosts;
use super::rate::SignInLimit;

/// A sign-in lasts a week: long enough for a page kept open, short enough for a lost laptop.
const SESSION_LIFETIME: Duration = Duration::from_secs(7 * 86_400);

/// The settings of access control.
#[derive(Clone, Debug)]
pub struct AccessConfig {
    /// Every address the server listens on.
    pub listen: Vec<SocketAddr>,
    /// Where browsers reach the server through a proxy, such as `https://plimsoll.example.com`.
    pub public_url: Option<Uri>,
    /// Further names that a `Host` header may carry.
    pub allowed_hosts: Vec<String>,
    /// Whether the server itself speaks TLS.
    pub tls: bool,
    /// Whether sending telemetry needs a token.
    pub ingest_needs_token: bool,
    /// How long a sign-in lasts.
    pub session_lifetime: Duration,
}

impl AccessConfig {
    /// The safe defaults for these addresses: telemetry is open only where every address is
    /// loopback.
    #[must_use]
    pub fn new(listen: Vec<SocketAddr>) -> Self {
        let loopback = listen.iter().all(|address| address.ip().to_canonical().is_loopback());
        Self {
            listen,
            public_url: None,
            allowed_hosts: Vec::new(),
            tls: false,
            ingest_needs_token: !loopback,
            session_lifetime: SESSION_LIFETIME,
        }
    }

    /// Whether browsers reach the server over HTTPS: its own TLS, or a proxy's.
    #[must_use]
    pub fn https(&self) -> bool {
        let public = self.public_url.as_ref().and_then(Uri::scheme);
        self.tls || public == Some(&Scheme::HTTPS)
    }
}

/// What access control shares between requests.
pub struct AccessState {
    pub(super) state: State,
    pub(super) config: AccessConfig,
    pub(super) hosts: AllowedHosts,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sign_in_limit: SignInLimit,
    refused: AtomicU64,
    sign_ins_refused: AtomicU64,
}

impl std::fmt::Debug for AccessState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessState").field("config", &self.config).finish_non_exhaustive()
    }
}

impl AccessState {
    /// Access control over this database.
    #[must_use]
    pub fn new(state: State, config: AccessConfig, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            state,
            hosts: AllowedHosts::new(&config),
            config,
            clock,
            sign_in_limit: SignInLimit::default(),
            refused: AtomicU64::new(0),
            sign_ins_refused: AtomicU64::new(0),
        })
    }

    /// The database, for what else needs it.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Requests refused since the start, sign-ins not counted.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Sign-ins refused since the start.
    #[must_use]
    pub fn sign_ins_refused(&self) -> u64 {
        self.sign_ins_refused.load(Ordering::Relaxed)
    }

    pub(super) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_sign_in_refused(&self) {
        self.sign_ins_refused.fetch_add(1, Ordering::Relaxed);
    }
}
