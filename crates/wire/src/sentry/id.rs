//! Ids as SDKs write them: hexadecimal digits, of events with or without dashes.

/// The 16 bytes of an event's, session's or check-in's id; `None` where the text is no such id.
#[must_use]
pub fn uuid(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
    let dashed = text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| matches!(at, 8 | 13 | 18 | 23) == (byte == b'-'));
    if dashed { hex(text.bytes().filter(|byte| *byte != b'-')) } else { hex(text.bytes()) }
}

/// The bytes of an id of a trace or span; `None` where the text is no such id, or all zeros.
pub(super) fn trace<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex(text.trim().bytes()).filter(|id| *id != [0; N])
}

fn hex<const N: usize>(mut digits: impl Iterator<Item = u8>) -> Option<[u8; N]> {
    let mut digit = || digits.next().and_then(|byte| char::from(byte).to_digit(16));
    let mut id = [0; N];
    for byte in &mut id {
        *byte = (digit()? << 4 | digit()?) as u8;
    }
    digits.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_dashes_or_not() {
        let id = uuid("12c2d058d58442709aa2eca08bf20986");
        assert_eq!(id.map(|id| (id[0], id[15])), Some((0x12, 0x86)));
        assert_eq!(uuid("12C2D058-D584-4270-9AA2-ECA08BF20986"), id);
        for text in [
            "",
            "12c2",
            "12c2d058d58442709aa2eca08bf2098",
            "12c2d058d58442709aa2eca08bf209866",
            "12c2d058-d584-4270-9aa2-eca08bf2098-",
            "12c2d058d-584-4270-9aa2-eca08bf20986",
            "12c2d058d58442709aa2eca08bf2098g",
            "é2c2d058d58442709aa2eca08bf209",
        ] {
            assert_eq!(uuid(text), None, "{text}");
        }
    }

    #[test]
    fn a_trace_is_not_all_zeros() {
        assert_eq!(
            trace::<8>("B0e6f15b45c36b12"),
            Some([0xb0, 0xe6, 0xf1, 0x5b, 0x45, 0xc3, 0x6b, 0x12])
        );
        assert_eq!(trace::<8>("0000000000000000"), None);
        assert_eq!(trace::<16>("b0e6f15b45c36b12"), None);
    }
}
