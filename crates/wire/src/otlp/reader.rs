//! Protobuf's wire format: tags, varints, fixed-width numbers and length-delimited bytes.
//!
//! Invariants: never reads past its slice, never allocates, ends after at most one step a byte.
//! Stricter than the format in one place: groups, which OTLP never had, are refused, not skipped.

use super::fault::Fault;

/// Wire types.
const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LEN: u32 = 2;
const FIXED32: u32 = 5;

/// Tag of a varint field.
pub(super) const fn varint(field: u32) -> u32 {
    field << 3 | VARINT
}

/// Tag of an 8-byte field.
pub(super) const fn fixed64(field: u32) -> u32 {
    field << 3 | FIXED64
}

/// Tag of a length-delimited field.
pub(super) const fn len(field: u32) -> u32 {
    field << 3 | LEN
}

/// Tag of a 4-byte field.
pub(super) const fn fixed32(field: u32) -> u32 {
    field << 3 | FIXED32
}

/// The fields a message has, as a set. A known field of another wire type is an error; an unknown
/// field is skipped.
#[derive(Clone, Copy)]
pub(super) struct Known(pub(super) u32);

impl Known {
    pub(super) const fn fields(fields: &[u32]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < fields.len() {
            set |= 1 << fields[at];
            at += 1;
        }
        Self(set)
    }

    pub(super) fn contains(self, field: u32) -> bool {
        field < 32 && self.0 >> field & 1 == 1
    }
}

/// Reads the fields of one message.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The tag of the next field, `None` at the end of the message.
    #[inline]
    pub(super) fn tag(&mut self) -> Result<Option<u32>, Fault> {
        match self.rest {
            [] => Ok(None),
            // Fields 1 to 15.
            [tag @ 8..=0x7f, rest @ ..] => {
                self.rest = rest;
                Ok(Some(u32::from(*tag)))
            }
            // Fields up to 2,047.
            [low @ 0x80..=0xff, high @ 1..=0x7f, rest @ ..] => {
                self.rest = rest;
                Ok(Some(u32::from(*low & 0x7f) | u32::from(*high) << 7))
            }
            _ => self.long_tag().map(Some),
        }
    }

    #[cold]
    fn long_tag(&mut self) -> Result<u32, Fault> {
        let at = self.rest;
        let tag = self.varint()?;
        match u32::try_from(tag) {
            Ok(tag) if tag >> 3 > 0 => Ok(tag),
            _ => Err(Fault::framing(at, format!("expected the tag of a field, found {tag}"))),
        }
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, Fault> {
        match self.rest {
            [byte @ 0..=0x7f, rest @ ..] => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            [low, high @ 0..=0x7f, rest @ ..] => {
                self.rest = rest;
                Ok(u64::from(*low & 0x7f) | u64::from(*high) << 7)
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Fault> {
        let at = self.rest;
        let mut value = 0;
        for (index, &byte) in at.iter().take(10).enumerate() {
            // The tenth byte holds the 64th bit and nothing else.
            if index == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.rest = &at[index + 1..];
                return Ok(value);
            }
        }
        let problem =
            if at.len() < 10 { "a varint is cut short" } else { "a varint is over 64 bits" };
        Err(Fault::framing(at, problem))
    }

    #[inline]
    fn take(&mut self, bytes: usize) -> Result<&'a [u8], Fault> {
        match self.rest.split_at_checked(bytes) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.cut_short(bytes as u64)),
        }
    }

    #[cold]
    fn cut_short(&self, bytes: u64) -> Fault {
        let left = self.rest.len();
        Fault::framing(self.rest, format!("expected {bytes} more bytes, found {left}"))
    }

    /// A length and as many bytes.
    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.varint()?;
        match usize::try_from(length) {
            Ok(length) => self.take(length),
            Err(_) => Err(self.cut_short(length)),
        }
    }

    #[inline]
    pub(super) fn fixed64(&mut self) -> Result<u64, Fault> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(u64::from_le_bytes(*bytes))
            }
            None => Err(self.cut_short(8)),
        }
    }

    #[inline]
    pub(super) fn fixed32(&mut self) -> Result<u32, Fault> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(u32::from_le_bytes(*bytes))
            }
            None => Err(self.cut_short(4)),
        }
    }

    #[inline]
    pub(super) fn double(&mut self) -> Result<f64, Fault> {
        Ok(f64::from_bits(self.fixed64()?))
    }

    /// A varint read as `uint32`, which keeps the low bits, as protobuf does; in a column its bits.
    #[inline]
    pub(super) fn uint32_bits(&mut self) -> Result<i32, Fault> {
        Ok(self.varint()? as i32)
    }

    #[inline]
    pub(super) fn sint32(&mut self) -> Result<i32, Fault> {
        let bits = self.varint()? as u32;
        Ok((bits >> 1) as i32 ^ -((bits & 1) as i32))
    }

    /// Skips a field that the message does not have.
    #[cold]
    pub(super) fn skip(&mut self, tag: u32, known: Known) -> Result<(), Fault> {
        let (field, wire) = (tag >> 3, tag & 7);
        if known.contains(field) {
            let problem = format!("field {field} has wire type {wire}, which is not its own");
            return Err(Fault::framing(self.rest, problem));
        }
        match wire {
            VARINT => self.varint().map(drop),
            FIXED64 => self.take(8).map(drop),
            LEN => self.bytes().map(drop),
            FIXED32 => self.take(4).map(drop),
            3 | 4 => Err(Fault::framing(self.rest, format!("field {field} is a group"))),
            _ => {
                let problem = format!("field {field} has wire type {wire}, which does not exist");
                Err(Fault::framing(self.rest, problem))
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}
