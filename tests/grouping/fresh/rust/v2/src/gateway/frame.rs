//! The frame of a device: a length, a checksum, and a text of that length.

pub struct Frame<'a> {
    payload: &'a [u8],
}

impl<'a> Frame<'a> {
    pub fn decode(bytes: &'a [u8]) -> Frame<'a> {
        let (head, rest) = bytes.split_at(2);
        let length = usize::from(head[0]);
        let payload = &rest[..length];
        let sum = payload.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        assert_eq!(sum, head[1], "checksum of a frame of {} bytes", payload.len());
        Frame { payload }
    }

    pub fn text(&self) -> &'a str {
        std::str::from_utf8(self.payload).unwrap()
    }
}
