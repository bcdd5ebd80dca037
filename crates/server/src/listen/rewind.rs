//! Tells HTTP/2 from HTTP/1 by the first bytes of a connection, and gives them back to the reader.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// What every HTTP/2 connection begins with (RFC 9113, section 3.4), and no HTTP/1 request does.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// A stream whose first bytes were read already.
#[derive(Debug)]
pub(super) struct Rewind<S> {
    first: [u8; PREFACE.len()],
    unread: std::ops::Range<usize>,
    stream: S,
}

/// Reads until the protocol is clear. An end before the first byte is an error.
pub(super) async fn sniff<S: AsyncRead + Unpin>(
    mut stream: S,
) -> io::Result<(Protocol, Rewind<S>)> {
    let mut first = [0; PREFACE.len()];
    let mut filled = 0;
    while filled < first.len() && PREFACE.starts_with(&first[..filled]) {
        match stream.read(&mut first[filled..]).await? {
            0 if filled == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            0 => break,
            count => filled += count,
        }
    }
    let protocol = if first == *PREFACE { Protocol::Http2 } else { Protocol::Http1 };
    Ok((protocol, Rewind { first, unread: 0..filled, stream }))
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewind<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unread.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let count = self.unread.len().min(buffer.remaining());
        let start = self.unread.start;
        buffer.put_slice(&self.first[start..start + count]);
        self.unread.start += count;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewind<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(sent: &[u8], expected: Protocol) {
        let (protocol, mut stream) = sniff(sent).await.unwrap();
        assert_eq!(protocol, expected);
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, sent);
    }

    #[tokio::test]
    async fn first_bytes_decide_and_come_back() {
        check(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04", Protocol::Http2).await;
        check(b"POST /v1/traces HTTP/1.1\r\n", Protocol::Http1).await;
        check(b"PRI", Protocol::Http1).await;
        check(b"PRI * HTTP/1.1\r\n\r\n", Protocol::Http1).await;
        assert!(sniff(&b""[..]).await.is_err());
    }
}
