//! One record's bytes. Integers are little-endian.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | length of the body |
//! | 4 | CRC-32C of all that follows, the body included |
//! | 8 | sequence number |
//! | 1 | kind |
//! | 7 | zero |
//! | 8 | when it was received |
//! | 8 | oldest item time accepted |
//! | 8 | newest item time accepted |
//! | n | body |

use plimsoll_model::TimeWindow;
use plimsoll_model::batch::RecordKind;

/// Bytes of a record before its body.
pub(crate) const RECORD_HEADER_BYTES: usize = 48;

/// What stands before a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub sequence: u64,
    pub kind: RecordKind,
    pub window: TimeWindow,
}

impl Header {
    /// The header's bytes for this body.
    pub(crate) fn encode(&self, body: &[u8]) -> [u8; RECORD_HEADER_BYTES] {
        let mut bytes = [0; RECORD_HEADER_BYTES];
        let length = u32::try_from(body.len()).expect("a body's limit is far below 4 GiB");
        bytes[0..4].copy_from_slice(&length.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[16] = self.kind as u8;
        bytes[24..32].copy_from_slice(&self.window.received.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.window.oldest.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.window.newest.to_le_bytes());
        let crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[8..]), body);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        bytes
    }
}

/// What the bytes at some place of a segment are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed<'a> {
    /// A whole record, and where the next begins.
    Record(Header, &'a [u8], usize),
    /// Nothing was ever written from here on.
    End,
    /// Not a record: torn, or damaged later.
    Invalid,
}

/// Reads the record at the front of `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Parsed<'_> {
    let Some(header) = bytes.first_chunk::<RECORD_HEADER_BYTES>() else {
        return if bytes.iter().all(|byte| *byte == 0) { Parsed::End } else { Parsed::Invalid };
    };
    let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| header[at + i]));
    let u64_at = |at: usize| u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| header[at + i]));
    if *header == [0; RECORD_HEADER_BYTES] {
        return if bytes.iter().all(|byte| *byte == 0) { Parsed::End } else { Parsed::Invalid };
    }
    let end = RECORD_HEADER_BYTES + u32_at(0) as usize;
    let Some(body) = bytes.get(RECORD_HEADER_BYTES..end) else { return Parsed::Invalid };
    let Ok(kind) = RecordKind::try_from(header[16]) else { return Parsed::Invalid };
    if crc32c::crc32c(&bytes[8..end]) != u32_at(4) {
        return Parsed::Invalid;
    }
    let window = TimeWindow {
        received: u64_at(24).cast_signed(),
        oldest: u64_at(32).cast_signed(),
        newest: u64_at(40).cast_signed(),
    };
    Parsed::Record(Header { sequence: u64_at(8), kind, window }, body, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(sequence: u64) -> Header {
        let window = TimeWindow { received: 5, oldest: i64::MIN, newest: i64::MAX };
        Header { sequence, kind: RecordKind::OtlpLogs, window }
    }

    proptest! {
        #[test]
        fn round_trip(sequence: u64, body: Vec<u8>, after: [u8; 3]) {
            let header = header(sequence);
            let bytes = [&header.encode(&body)[..], &body, &after].concat();
            let end = bytes.len() - 3;
            prop_assert_eq!(parse(&bytes), Parsed::Record(header, &body[..], end));
        }

        #[test]
        fn any_changed_bit_is_noticed(body: Vec<u8>, at: prop::sample::Index, bit in 0_u32..8) {
            let mut bytes = [&header(1).encode(&body)[..], &body].concat();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert_eq!(parse(&bytes), Parsed::Invalid);
        }
    }

    #[test]
    fn zeros_are_the_end() {
        assert_eq!(parse(&[0; 100]), Parsed::End);
        assert_eq!(parse(&[]), Parsed::End);
        assert_eq!(parse(&[0, 0, 1]), Parsed::Invalid);
    }
}
