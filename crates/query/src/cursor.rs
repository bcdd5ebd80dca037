//! Where a page of a list ended: opaque to callers, base64url of a kind and a few numbers.
//!
//! Invariant: a cursor of one list is refused by every other.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::QueryError;

/// The list a cursor belongs to. The numbers are in cursors that clients hold: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum CursorKind {
    TracesByTime = 1,
    TracesByDuration = 2,
    Logs = 3,
    Occurrences = 4,
}

/// Writes a cursor of fields of constant width.
pub(crate) fn encode(kind: CursorKind, fields: &[&[u8]]) -> String {
    let mut bytes = vec![kind as u8];
    fields.iter().for_each(|field| bytes.extend_from_slice(field));
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads the fields of a cursor of this kind.
pub(crate) struct Reader {
    bytes: Vec<u8>,
    at: usize,
}

fn bad() -> QueryError {
    QueryError::invalid("the cursor is not one that this list gave out")
        .hint("begin without a cursor, then pass next_cursor on as it is with the same parameters")
}

impl Reader {
    pub(crate) fn new(kind: CursorKind, text: &str) -> Result<Self, QueryError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        if bytes.first() != Some(&(kind as u8)) {
            return Err(bad());
        }
        Ok(Self { bytes, at: 1 })
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], QueryError> {
        let field = self.bytes.get(self.at..self.at + N).and_then(|field| field.try_into().ok());
        self.at += N;
        field.ok_or_else(bad)
    }

    pub(crate) fn finish(self) -> Result<(), QueryError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(bad()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_others_are_refused() {
        let cursor = encode(CursorKind::Logs, &[&7_i64.to_be_bytes(), &[1, 2]]);
        let mut reader = Reader::new(CursorKind::Logs, &cursor).unwrap();
        assert_eq!(i64::from_be_bytes(reader.take().unwrap()), 7);
        assert_eq!(reader.take::<2>().unwrap(), [1, 2]);
        reader.finish().unwrap();
        assert!(Reader::new(CursorKind::TracesByTime, &cursor).is_err());
        for text in ["", "%", "AA", "Aw"] {
            let read = Reader::new(CursorKind::Logs, text).and_then(|mut r| r.take::<8>());
            assert!(read.is_err(), "{text}");
        }
        let mut reader = Reader::new(CursorKind::Logs, &cursor).unwrap();
        reader.take::<8>().unwrap();
        assert!(reader.finish().is_err());
    }
}
