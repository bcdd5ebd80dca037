//! Ports: binding, accepting, and one connection from its first byte to its last.
//!
//! Invariants: a port has at most `connections_max` connections, further ones wait in the kernel's
//! queue; a peer that does not finish its handshake or a request's head in `header_timeout` is cut
//! off, whatever bytes it dribbles; every task is in the tracker that the stop waits for.

mod rewind;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::config::HttpConfig;
use rewind::{Protocol, sniff};

pub use tls::TlsError;
pub(crate) use tls::acceptor as tls_acceptor;

/// After a failed accept (mostly: out of file descriptors) the port rests, or it would spin.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// HTTP/1: input and output buffers of a connection; a request's head must fit.
const HTTP1_BUFFER_BYTES: usize = 128 << 10;

/// HTTP/2: what a peer may send ahead of our reading, per stream and per connection. Senders on the
/// same machine fill half a megabyte before the reader gets a turn; more helps nobody.
const STREAM_WINDOW_BYTES: u32 = 512 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;
const FRAME_BYTES: u32 = 64 << 10;
const STREAMS_MAX: u32 = 128;
const HEADER_LIST_BYTES: u32 = 32 << 10;
const SEND_BUFFER_BYTES: usize = 256 << 10;
/// Streams a peer opens and resets at once before it is taken for a flood (CVE-2023-44487).
const RESETS_PENDING_MAX: usize = 32;
/// A silent HTTP/2 peer is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Why a port could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for {purpose}: {reason}; {hint}")]
pub struct BindError {
    purpose: &'static str,
    address: SocketAddr,
    reason: String,
    hint: String,
}

/// An open port that does not accept yet.
#[derive(Debug)]
pub(crate) struct Port {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Port {
    /// Opens a port. `flag` is the setting to change where it is taken.
    pub(crate) async fn bind(
        address: SocketAddr,
        purpose: &'static str,
        flag: &str,
    ) -> Result<Self, BindError> {
        let error = |error: std::io::Error| {
            let hint = match error.kind() {
                std::io::ErrorKind::AddrInUse => {
                    format!("another program uses this port, stop it or choose another with {flag}")
                }
                std::io::ErrorKind::PermissionDenied => {
                    format!("choose a port above 1023 with {flag}")
                }
                _ => format!("choose an address of this machine with {flag}"),
            };
            BindError { purpose, address, reason: error.to_string(), hint }
        };
        let listener = TcpListener::bind(address).await.map_err(error)?;
        let address = listener.local_addr().map_err(error)?;
        Ok(Self { listener, address })
    }
}

/// What all ports share.
#[derive(Clone)]
pub(crate) struct Serving {
    pub(crate) http: HttpConfig,
    pub(crate) tls: Option<TlsAcceptor>,
    /// Cancelled when the server stops accepting; connections then finish what they began.
    pub(crate) stopping: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Serving {
    /// Accepts on a port until the server stops.
    pub(crate) async fn accept(self, port: Port, router: Router) {
        let slots = Arc::new(Semaphore::new(self.http.connections_max));
        loop {
            let accepted = async {
                let slot = Arc::clone(&slots).acquire_owned().await;
                (slot, port.listener.accept().await)
            };
            let (slot, accepted) = tokio::select! {
                () = self.stopping.cancelled() => return,
                accepted = accepted => accepted,
            };
            let Ok(slot) = slot else { return };
            match accepted {
                Ok((stream, peer)) => {
                    let connection = self.clone().connection(stream, peer, router.clone(), slot);
                    self.tasks.spawn(connection);
                }
                Err(error) => {
                    tracing::warn!(%error, address = %port.address, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            }
        }
    }

    async fn connection(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        router: Router,
        _slot: OwnedSemaphorePermit,
    ) {
        // Answers are small and somebody waits for them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, %peer, "could not set TCP_NODELAY");
        }
        let Some(acceptor) = self.tls.clone() else {
            return self.plain(stream, peer, router).await;
        };
        match tokio::time::timeout(self.http.header_timeout, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.plain(stream, peer, router).await,
            Ok(Err(error)) => tracing::debug!(%error, %peer, "TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "TLS handshake was not finished in time"),
        }
    }

    /// Serves a stream of requests, HTTP/1 or HTTP/2 as its first bytes say.
    async fn plain<S>(self, stream: S, peer: SocketAddr, router: Router)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let sniffed = tokio::select! {
            () = self.stopping.cancelled() => return,
            sniffed = tokio::time::timeout(self.http.header_timeout, sniff(stream)) => sniffed,
        };
        let (protocol, stream) = match sniffed {
            Ok(Ok(sniffed)) => sniffed,
            Ok(Err(_)) | Err(_) => return,
        };
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let io = TokioIo::new(stream);
        let ended = match protocol {
            Protocol::Http1 => {
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(self.http.header_timeout)
                    .max_buf_size(HTTP1_BUFFER_BYTES)
                    .serve_connection(io, service);
                let mut connection = std::pin::pin!(connection);
                tokio::select! {
                    ended = connection.as_mut() => ended,
                    () = self.stopping.cancelled() => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                }
            }
            Protocol::Http2 => {
                let connection = http2(Tracked(self.tasks.clone())).serve_connection(io, service);
                let mut connection = std::pin::pin!(connection);
                tokio::select! {
                    ended = connection.as_mut() => ended,
                    () = self.stopping.cancelled() => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, %peer, "connection ended early");
        }
    }
}

fn http2(executor: Tracked) -> hyper::server::conn::http2::Builder<Tracked> {
    let mut builder = hyper::server::conn::http2::Builder::new(executor);
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES)
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEADER_LIST_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .max_pending_accept_reset_streams(RESETS_PENDING_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}

/// Runs the streams of HTTP/2 connections as tracked tasks.
#[derive(Clone)]
struct Tracked(TaskTracker);

impl<F> hyper::rt::Executor<F> for Tracked
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}
