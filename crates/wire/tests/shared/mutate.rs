//! Mutations of protobuf messages: the same in every run, so that a failure is found again.

/// A small generator of well-spread numbers.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end
    }

    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}

/// Changes a few bytes, without regard to what they mean.
pub(crate) fn mutate_bytes(body: &mut Vec<u8>, random: &mut Random) {
    const INTERESTING: [u8; 8] = [0, 1, 0x0a, 0x12, 0x7f, 0x80, 0xfe, 0xff];
    for _ in 0..=random.below(3) {
        if body.is_empty() {
            return;
        }
        let at = random.below(body.len());
        match random.below(7) {
            0 => body[at] ^= 1 << random.below(8),
            1 => body[at] = INTERESTING[random.below(INTERESTING.len())],
            2 => body.insert(at, INTERESTING[random.below(INTERESTING.len())]),
            3 => drop(body.remove(at)),
            4 => body.truncate(at),
            5 => body[at] = body[at].wrapping_add(1),
            _ => {
                let end = (at + random.below(16)).min(body.len());
                let copy = body[at..end].to_vec();
                let to = random.below(body.len());
                body.splice(to..to, copy);
            }
        }
    }
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// One field: its tag, and the bytes after it (for length-delimited ones without the length).
type Field = (u64, Vec<u8>);

fn split_fields(mut message: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let tag = read_varint(&mut message)?;
        let length = match tag & 7 {
            0 => {
                let mut rest = message;
                read_varint(&mut rest)?;
                message.len() - rest.len()
            }
            1 => 8,
            2 => usize::try_from(read_varint(&mut message)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (value, rest) = message.split_at_checked(length)?;
        fields.push((tag, value.to_vec()));
        message = rest;
    }
    Some(fields)
}

fn join_fields(fields: &[Field]) -> Vec<u8> {
    let mut message = Vec::new();
    for (tag, value) in fields {
        write_varint(&mut message, *tag);
        if tag & 7 == 2 {
            write_varint(&mut message, value.len() as u64);
        }
        message.extend_from_slice(value);
    }
    message
}

/// Reorders, repeats, drops and splits fields, deep in the message. Text that happens to look like
/// a message is treated as one, which is just another mutation.
pub(crate) fn scramble(message: &[u8], random: &mut Random) -> Vec<u8> {
    let Some(mut fields) = split_fields(message) else { return message.to_vec() };
    for (tag, value) in &mut fields {
        if *tag & 7 == 2 && !random.one_in(4) {
            *value = scramble(value, random);
        }
    }
    if fields.is_empty() || !random.one_in(3) {
        return join_fields(&fields);
    }
    let at = random.below(fields.len());
    match random.below(5) {
        0 => fields.swap(0, at),
        1 => fields.reverse(),
        2 => drop(fields.remove(at)),
        3 => {
            let copy = fields[at].clone();
            fields.insert(random.below(fields.len() + 1), copy);
        }
        _ => split_field(&mut fields, at, random),
    }
    if random.one_in(6) {
        let unknown =
            [(17 << 3, vec![5]), (300 << 3 | 2, vec![1, 2, 3]), (31 << 3 | 1, vec![0; 8])];
        fields.insert(random.below(fields.len() + 1), unknown[random.below(3)].clone());
    }
    join_fields(&fields)
}

/// Makes two occurrences of one embedded message, which mean the same together.
fn split_field(fields: &mut Vec<Field>, at: usize, random: &mut Random) {
    let (tag, value) = fields[at].clone();
    if tag & 7 != 2 {
        return;
    }
    if let Some(inner) = split_fields(&value).filter(|inner| !inner.is_empty()) {
        let middle = random.below(inner.len());
        fields[at].1 = join_fields(&inner[..middle]);
        fields.insert(at + 1, (tag, join_fields(&inner[middle..])));
    }
}
