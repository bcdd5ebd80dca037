//! Writes protobuf messages whose ids, times and values are filled in later, and reads the few
//! fields of an answer.
//!
//! Invariant: a field that is patched has a fixed width on the wire, so patching never moves a
//! byte. Lengths of enclosing messages are therefore final when the message is assembled.

/// The smallest batch number. Numbers from here to 2^35 take exactly five bytes as a varint, which
/// lets a batch's number be written in place.
pub(crate) const BATCH_NUMBER_MIN: u64 = 1 << 28;
const BATCH_NUMBER_BYTES: usize = 5;

/// What is written at a place when the batch is stamped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// 16 bytes: the id of the batch's n-th trace.
    TraceId(u32),
    /// 8 bytes: the id of the batch's n-th span.
    SpanId(u32),
    /// fixed64: so many nanoseconds before the batch's time.
    Time { before_nano: u64 },
    /// fixed64: the time of the batch that carried the same series before.
    PreviousTime,
    /// fixed64: when the run started.
    StartTime,
    /// Five-byte varint: the batch's number.
    Batch,
    /// fixed64 integer that grows by `per_tick` each time its series is sent.
    Count { per_tick: u64 },
    /// double that grows by `per_tick` each time its series is sent.
    Sum { per_tick: f64 },
    /// double that wanders around `mean`.
    Gauge { mean: f64, spread: f64 },
}

/// A change and where it is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Patch {
    pub(crate) offset: u32,
    pub(crate) change: Change,
}

/// A message under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    pub(crate) patches: Vec<Patch>,
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED32: u32 = 5;

impl Message {
    pub(crate) fn varint(&mut self, field: u32, value: u64) -> &mut Self {
        self.tag(field, VARINT);
        push_varint(&mut self.bytes, value);
        self
    }

    /// A negative number takes ten bytes, as protobuf's int64 does.
    pub(crate) fn int64(&mut self, field: u32, value: i64) -> &mut Self {
        self.varint(field, value as u64)
    }

    /// sint32 in zigzag encoding.
    pub(crate) fn sint32(&mut self, field: u32, value: i32) -> &mut Self {
        self.varint(field, u64::from(((value << 1) ^ (value >> 31)) as u32))
    }

    pub(crate) fn fixed32(&mut self, field: u32, value: u32) -> &mut Self {
        self.tag(field, FIXED32);
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(crate) fn fixed64(&mut self, field: u32, value: u64) -> &mut Self {
        self.tag(field, FIXED64);
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(crate) fn double(&mut self, field: u32, value: f64) -> &mut Self {
        self.tag(field, FIXED64);
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(crate) fn text(&mut self, field: u32, value: &str) -> &mut Self {
        self.tag(field, LENGTH);
        push_varint(&mut self.bytes, value.len() as u64);
        self.bytes.extend_from_slice(value.as_bytes());
        self
    }

    pub(crate) fn message(&mut self, field: u32, inner: &Message) -> &mut Self {
        self.tag(field, LENGTH);
        push_varint(&mut self.bytes, inner.bytes.len() as u64);
        self.append(inner);
        self
    }

    /// Appends the fields of another message.
    pub(crate) fn append(&mut self, other: &Message) -> &mut Self {
        let base = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&other.bytes);
        self.patches.extend(
            other.patches.iter().map(|patch| Patch { offset: patch.offset + base, ..*patch }),
        );
        self
    }

    pub(crate) fn doubles(&mut self, field: u32, values: &[f64]) -> &mut Self {
        self.tag(field, LENGTH);
        push_varint(&mut self.bytes, values.len() as u64 * 8);
        values.iter().for_each(|value| self.bytes.extend_from_slice(&value.to_le_bytes()));
        self
    }

    /// A packed list of fixed64, each patched.
    pub(crate) fn patched_list(&mut self, field: u32, changes: &[Change]) -> &mut Self {
        self.tag(field, LENGTH);
        push_varint(&mut self.bytes, changes.len() as u64 * 8);
        changes.iter().for_each(|change| self.reserve(8, *change));
        self
    }

    /// A field of eight bytes, patched.
    pub(crate) fn patched(&mut self, field: u32, change: Change) -> &mut Self {
        self.tag(field, FIXED64);
        self.reserve(8, change);
        self
    }

    pub(crate) fn trace_id(&mut self, field: u32, ordinal: u32) -> &mut Self {
        self.tag(field, LENGTH);
        self.bytes.push(16);
        self.reserve(16, Change::TraceId(ordinal));
        self
    }

    pub(crate) fn span_id(&mut self, field: u32, ordinal: u32) -> &mut Self {
        self.tag(field, LENGTH);
        self.bytes.push(8);
        self.reserve(8, Change::SpanId(ordinal));
        self
    }

    pub(crate) fn batch_number(&mut self, field: u32) -> &mut Self {
        self.tag(field, VARINT);
        self.reserve(BATCH_NUMBER_BYTES, Change::Batch);
        // Readable even before it is stamped.
        let at = self.bytes.len() - BATCH_NUMBER_BYTES;
        write_batch_number(&mut self.bytes, at, BATCH_NUMBER_MIN);
        self
    }

    fn reserve(&mut self, width: usize, change: Change) {
        self.patches.push(Patch { offset: self.bytes.len() as u32, change });
        self.bytes.resize(self.bytes.len() + width, 0);
    }

    fn tag(&mut self, field: u32, wire_type: u32) {
        push_varint(&mut self.bytes, u64::from(field << 3 | wire_type));
    }
}

fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Writes a number in `BATCH_NUMBER_MIN..2^35` as a five-byte varint.
#[inline]
pub(crate) fn write_batch_number(bytes: &mut [u8], at: usize, number: u64) {
    let place = &mut bytes[at..at + BATCH_NUMBER_BYTES];
    for (index, byte) in place.iter_mut().enumerate() {
        let more = if index + 1 < BATCH_NUMBER_BYTES { 0x80 } else { 0 };
        *byte = (number >> (7 * index)) as u8 & 0x7f | more;
    }
}

/// A field of a message that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a received message, up to the first byte that is not protobuf.
pub(crate) fn fields(mut bytes: &[u8]) -> impl Iterator<Item = (u32, Value<'_>)> {
    std::iter::from_fn(move || {
        let tag = take_varint(&mut bytes)?;
        let value = match tag as u32 & 7 {
            VARINT => Value::Number(take_varint(&mut bytes)?),
            FIXED64 => Value::Number(u64::from_le_bytes(take(&mut bytes, 8)?.try_into().ok()?)),
            LENGTH => {
                let length = usize::try_from(take_varint(&mut bytes)?).ok()?;
                Value::Bytes(take(&mut bytes, length)?)
            }
            FIXED32 => {
                Value::Number(u64::from(u32::from_le_bytes(take(&mut bytes, 4)?.try_into().ok()?)))
            }
            _ => return None,
        };
        Some(((tag >> 3) as u32, value))
    })
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(count)?;
    *bytes = tail;
    Some(head)
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_what_message_wrote() {
        let mut inner = Message::default();
        inner.text(1, "ü").int64(2, -1);
        let mut outer = Message::default();
        outer.varint(1, 300).fixed32(15, 7).double(16, 1.5).message(3, &inner);
        let read: Vec<_> = fields(&outer.bytes).collect();
        assert_eq!(
            read,
            [
                (1, Value::Number(300)),
                (15, Value::Number(7)),
                (16, Value::Number(1.5f64.to_bits())),
                (3, Value::Bytes(&inner.bytes)),
            ]
        );
        let read: Vec<_> = fields(&inner.bytes).collect();
        assert_eq!(read, [(1, Value::Bytes("ü".as_bytes())), (2, Value::Number(u64::MAX))]);
    }

    #[test]
    fn nested_patches_keep_pointing_at_their_bytes() {
        let mut inner = Message::default();
        inner.text(1, "before").patched(2, Change::StartTime);
        let mut outer = Message::default();
        outer.text(1, &"x".repeat(200)).message(2, &inner);
        let patch = outer.patches[0];
        outer.bytes[patch.offset as usize..][..8].copy_from_slice(&42u64.to_le_bytes());
        let Some((2, Value::Bytes(nested))) = fields(&outer.bytes).nth(1) else {
            panic!("no nested message");
        };
        assert_eq!(fields(nested).nth(1), Some((2, Value::Number(42))));
    }

    #[test]
    fn every_batch_number_takes_five_bytes() {
        for number in [BATCH_NUMBER_MIN, BATCH_NUMBER_MIN + 12_345, (1 << 35) - 1] {
            let mut canonical = Vec::new();
            push_varint(&mut canonical, number);
            let mut written = [0; 5];
            write_batch_number(&mut written, 0, number);
            assert_eq!(canonical, written);
        }
    }

    #[test]
    fn broken_bytes_end_the_fields() {
        assert_eq!(fields(&[0x0a, 0xff]).count(), 0);
        assert_eq!(fields(&[0xff; 20]).count(), 0);
        assert_eq!(fields(&[0x08, 0x01, 0x0f]).count(), 1);
    }
}
