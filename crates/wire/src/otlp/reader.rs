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
pub(crate) const fn varint(field: u32) -> u32 {
    field << 3 | VARINT
}

/// Tag of an 8-byte field.
pub(crate) const fn fixed64(field: u32) -> u32 {
    field << 3 | FIXED64
}

/// Tag of a length-delimited field.
pub(crate) const fn len(field: u32) -> u32 {
    field << 3 | LEN
}

/// Tag of a 4-byte field.
pub(crate) const fn fixed32(field: u32) -> u32 {
    field << 3 | FIXED32
}

/// The fields a message has, as a set. A known field of another wire type is an error; an unknown
/// field is skipped.
#[derive(Clone, Copy)]
pub(crate) struct Known(pub(crate) u32);

impl Known {
    pub(crate) const fn fields(fields: &[u32]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < fields.len() {
            set |= 1 << fields[at];
            at += 1;
        }
        Self(set)
    }

    pub(crate) fn contains(self, field: u32) -> bool {
        field < 32 && self.0 >> field & 1 == 1
    }
}

/// Reads the fields of one message.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The tag of the next field, `None` at the end of the message.
    #[inline]
    pub(crate) fn tag(&mut self) -> Result<Option<u32>, Fault> {
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
    pub(crate) fn varint(&mut self) -> Result<u64, Fault> {
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
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.varint()?;
        match usize::try_from(length) {
            Ok(length) => self.take(length),
            Err(_) => Err(self.cut_short(length)),
        }
    }

    #[inline]
    pub(crate) fn fixed64(&mut self) -> Result<u64, Fault> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(u64::from_le_bytes(*bytes))
            }
            None => Err(self.cut_short(8)),
        }
    }

    #[inline]
    pub(crate) fn fixed32(&mut self) -> Result<u32, Fault> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(u32::from_le_bytes(*bytes))
            }
            None => Err(self.cut_short(4)),
        }
    }

    #[inline]
    pub(crate) fn double(&mut self) -> Result<f64, Fault> {
        Ok(f64::from_bits(self.fixed64()?))
    }

    /// A varint read as `uint32`, which keeps the low bits, as protobuf does; in a column its bits.
    #[inline]
    pub(crate) fn uint32_bits(&mut self) -> Result<i32, Fault> {
        Ok(self.varint()? as i32)
    }

    #[inline]
    pub(crate) fn sint32(&mut self) -> Result<i32, Fault> {
        let bits = self.varint()? as u32;
        Ok((bits >> 1) as i32 ^ -((bits & 1) as i32))
    }

    /// Skips a field that the message does not have.
    #[cold]
    pub(crate) fn skip(&mut self, tag: u32, known: Known) -> Result<(), Fault> {
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

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_varint(bytes: &[u8], expected: Result<u64, &str>) {
        let read = Reader::new(bytes).varint();
        assert_eq!(read.is_ok(), expected.is_ok(), "{bytes:x?}");
        assert_eq!(read.ok(), expected.ok(), "{bytes:x?}");
    }

    #[test]
    fn varints_have_at_most_64_bits_and_10_bytes() {
        check_varint(&[0], Ok(0));
        check_varint(&[0x7f], Ok(127));
        check_varint(&[0x80, 0x01], Ok(128));
        // Not the shortest form, and allowed.
        check_varint(&[0x80, 0x00], Ok(0));
        check_varint(&[0xff, 0xff, 0x03], Ok(65_535));
        let mut longest = [0xff; 10];
        longest[9] = 1;
        check_varint(&longest, Ok(u64::MAX));
        longest[9] = 2;
        check_varint(&longest, Err("over 64 bits"));
        check_varint(&[0x80; 11], Err("over 64 bits"));
        for cut in 0..10 {
            check_varint(&[0x80; 10][..cut], Err("cut short"));
        }
    }

    #[test]
    fn tags_need_a_field_number_that_fits() {
        let tag = |bytes: &[u8]| Reader::new(bytes).tag().ok().flatten();
        assert_eq!(tag(&[0x0a]), Some(len(1)));
        assert_eq!(tag(&[0x85, 0x01]), Some(fixed32(16)));
        assert_eq!(tag(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Some(u32::MAX));
        for bad in [&[0x00][..], &[0x07], &[0x80, 0x00], &[0xff, 0xff, 0xff, 0xff, 0x1f], &[0x80]] {
            assert!(Reader::new(bad).tag().is_err(), "{bad:x?}");
        }
        assert!(Reader::new(&[]).tag().is_ok_and(|tag| tag.is_none()));
    }

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        for bytes in [&[3, 1, 2][..], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]] {
            assert!(Reader::new(bytes).bytes().is_err());
        }
        assert!(Reader::new(&[0; 7]).fixed64().is_err());
        assert!(Reader::new(&[0; 3]).fixed32().is_err());
    }

    #[test]
    fn zigzag_goes_both_ways() {
        for (bytes, value) in [
            (&[0][..], 0),
            (&[1], -1),
            (&[2], 1),
            (&[0xff, 0xff, 0xff, 0xff, 0x0f], i32::MIN),
            (&[0xfe, 0xff, 0xff, 0xff, 0x0f], i32::MAX),
        ] {
            assert_eq!(Reader::new(bytes).sint32().ok(), Some(value));
        }
    }
}
