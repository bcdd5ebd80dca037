//! For tests: admission that takes all and remembers what it saw, and rows told as text.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use plimsoll_model::{Table, UnixNano};
use plimsoll_wire::prometheus::{Admission, Admitted, Built, Candidate, SampleVerdict};

use crate::body::STALE;

/// Takes every series as a new one.
#[derive(Debug, Default)]
pub(crate) struct Taking {
    names: Mutex<HashMap<i64, String>>,
    /// Series with this text in them are refused.
    pub(crate) refused: Mutex<Option<String>>,
}

impl Admission for Taking {
    fn series(&self, candidate: &Candidate<'_>) -> Admitted {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let labels: Vec<_> = candidate
            .labels
            .iter()
            .filter(|(name, _)| *name != b"__name__")
            .map(|(name, value)| format!("{}={}", text(name), text(value)))
            .collect();
        let shown = format!("{}{{{}}}", text(candidate.label(b"__name__")), labels.join(","));
        if self.refused.lock().as_ref().is_some_and(|part| shown.contains(part)) {
            return Admitted::Refused("too many series".to_owned());
        }
        self.names.lock().insert(candidate.id, shown);
        Admitted::New
    }

    fn sample(&self, _: i64, _known: u32, _time: UnixNano, _value: u64) -> SampleVerdict {
        SampleVerdict::Take
    }
}

impl Taking {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The newest sample of each series: name, labels, value, and the time in milliseconds.
    pub(crate) fn rows(&self, built: &Built) -> Vec<String> {
        let names = self.names.lock();
        let row = |noted: &plimsoll_wire::prometheus::Noted| {
            let value = match noted.value {
                STALE => "stale".to_owned(),
                bits => f64::from_bits(bits).to_string(),
            };
            format!("{} {value} @{}", names[&noted.id], noted.time / 1_000_000)
        };
        let mut rows: Vec<_> = built.noted.iter().map(row).collect();
        rows.sort();
        rows
    }

    /// The same without what tells of the scrape.
    pub(crate) fn exposed(&self, built: &Built) -> Vec<String> {
        let report = |row: &String| row.starts_with("up{") || row.starts_with("scrape_");
        self.rows(built).into_iter().filter(|row| !report(row)).collect()
    }

    /// What tells of the scrape: up, scraped, after relabelling, added.
    pub(crate) fn report(&self, built: &Built) -> [f64; 4] {
        let rows = self.rows(built);
        let value = |name: &str| {
            let row = rows.iter().find(|row| row.starts_with(&format!("{name}{{")));
            let row = row.expect("it is there");
            let value = row.split(' ').nth_back(1).expect("a value");
            if value == "stale" { -1.0 } else { value.parse().expect("a number") }
        };
        [
            value("up"),
            value("scrape_samples_scraped"),
            value("scrape_samples_post_metric_relabeling"),
            value("scrape_series_added"),
        ]
    }
}

/// Rows of the table of series.
pub(crate) fn series_rows(built: &Built) -> usize {
    let tables = built.batch.tables.iter().filter(|(table, _)| *table == Table::Series);
    tables.map(|(_, rows)| rows.num_rows()).sum()
}

/// What a server of tests answers.
pub(crate) enum Answer {
    /// These bytes, then it closes.
    Bytes(Vec<u8>),
    /// Nothing, for ever.
    Nothing,
}

impl Answer {
    /// A good answer with this content type.
    pub(crate) fn ok(content_type: &str, body: impl AsRef<[u8]>) -> Self {
        Self::with(&format!("200 OK\r\nContent-Type: {content_type}"), body)
    }

    pub(crate) fn text(body: &str) -> Self {
        Self::ok("text/plain; version=0.0.4", body)
    }

    /// An answer with this status and these headers.
    pub(crate) fn with(head: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = format!(
            "HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

/// A server on loopback, with all requests that it got. It ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: std::net::SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(answer, None).await
    }

    pub(crate) async fn start_with(
        answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
        tls: Option<tokio_rustls::TlsAcceptor>,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let (seen, answer) = (Arc::clone(&heads), Arc::new(answer));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer, tls) = (Arc::clone(&seen), Arc::clone(&answer), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => converse(stream, &seen, &*answer).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                converse(stream, &seen, &*answer).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, heads, task }
    }

    pub(crate) fn url(&self, path: &str) -> url::Url {
        format!("http://{}{path}", self.address).parse().expect("a URL")
    }

    /// First lines and headers of all requests.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    seen: &Mutex<Vec<String>>,
    answer: &(impl Fn(&str) -> Answer + Sync),
) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).expect("a head is text");
    seen.lock().push(head.clone());
    match answer(&head) {
        Answer::Nothing => std::future::pending().await,
        Answer::Bytes(bytes) => {
            // The other side may hang up before it has all.
            drop(stream.write_all(&bytes).await);
            drop(stream.shutdown().await);
        }
    }
}
