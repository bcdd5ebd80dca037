//! Sends encoded batches over one connection and says what became of them.
//!
//! Invariant: a failed exchange leaves no half-used connection behind; the next export opens a new
//! one.

use std::future::Future;
use std::io::Write;

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue};
use tokio::net::TcpStream;

use crate::answer::Answer;
use crate::args::{Compression, Signal};
use crate::plan::Target;
use crate::template::FRAME_BYTES;

/// Answers are a status and a few counts; more of one is not read.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// zstd's and gzip's cheapest: the generator's time is better spent on items.
const COMPRESSION_LEVEL: u32 = 1;

/// One connection to a server.
pub(crate) trait Exporter: Send + 'static {
    /// Connects if there is no connection. The error says why not.
    fn connect(&mut self) -> impl Future<Output = Result<(), String>> + Send;

    /// Sends a frame as `Template::stamp` made it. Dropping the future leaves the outcome open and
    /// `disconnect` must follow.
    fn export(&mut self, signal: Signal, frame: &Bytes) -> impl Future<Output = Answer> + Send;

    /// Closes the connection.
    fn disconnect(&mut self);
}

/// A task that drives a connection; ends with it.
#[derive(Debug)]
pub(crate) struct Driver(tokio::task::JoinHandle<()>);

impl Driver {
    pub(crate) fn spawn(drive: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(drive))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(crate) async fn open(target: &Target) -> Result<TcpStream, String> {
    let connecting = TcpStream::connect(&target.address);
    let stream = tokio::time::timeout(target.timeout, connecting)
        .await
        .map_err(|_| format!("no answer within {} s", target.timeout.as_secs()))?
        .map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(stream)
}

/// The headers of every request, those of the user last.
pub(crate) fn headers(
    target: &Target,
    content_type: &'static str,
    encoding_header: &'static str,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    let agent = concat!("plimsoll-generate/", env!("CARGO_PKG_VERSION"));
    headers.insert(http::header::USER_AGENT, HeaderValue::from_static(agent));
    let encoding = match target.compression {
        Compression::None => None,
        Compression::Gzip => Some("gzip"),
        Compression::Zstd => Some("zstd"),
    };
    if let Some(encoding) = encoding {
        headers.insert(encoding_header, HeaderValue::from_static(encoding));
    }
    for header in &target.headers {
        headers.insert(header.name.clone(), header.value.clone());
    }
    headers
}

/// The message of a frame, compressed as asked and without the frame's header.
pub(crate) fn http_body(compression: Compression, frame: &Bytes) -> Bytes {
    match compression {
        Compression::None => frame.slice(FRAME_BYTES..),
        _ => Bytes::from(compress(compression, &frame[FRAME_BYTES..], Vec::new())),
    }
}

/// The frame with its message compressed as asked.
pub(crate) fn grpc_body(compression: Compression, frame: &Bytes) -> Bytes {
    if compression == Compression::None {
        return frame.clone();
    }
    let message = compress(compression, &frame[FRAME_BYTES..], Vec::new());
    let mut body = BytesMut::with_capacity(FRAME_BYTES + message.len());
    body.put_u8(1);
    body.put_u32(message.len() as u32);
    body.put_slice(&message);
    body.freeze()
}

fn compress(compression: Compression, message: &[u8], out: Vec<u8>) -> Vec<u8> {
    match compression {
        Compression::None => message.to_vec(),
        Compression::Gzip => {
            let level = flate2::Compression::new(COMPRESSION_LEVEL);
            let mut encoder = flate2::write::GzEncoder::new(out, level);
            encoder
                .write_all(message)
                .and_then(|()| encoder.finish())
                .expect("writing to memory does not fail")
        }
        Compression::Zstd => zstd::bulk::compress(message, COMPRESSION_LEVEL as i32)
            .expect("compressing to memory with a valid level does not fail"),
    }
}
