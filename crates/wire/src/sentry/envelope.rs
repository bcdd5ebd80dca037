//! Envelopes: a line of headers, then items, each a line of headers and a payload.
//!
//! Invariants: only a missing or invalid first line refuses an envelope; whatever is wrong with an
//! item costs that item at most. A payload is a slice of the envelope. Time is linear in the bytes:
//! each line is looked at twice at most, and as a header only up to the limit.

use super::header::{Header, ItemHeader};
use super::item::ItemType;

/// Bounds on one envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Items: 1,000. SDKs send a few, and sessions by the hundred.
    pub items_max: usize,
    /// Bytes of a line of headers, the envelope's or an item's: 16 KiB. The longest have a sampling
    /// context whose texts are cut at 200.
    pub header_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { items_max: 1_000, header_bytes_max: 16 << 10 }
    }
}

/// An envelope, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<'a> {
    /// What holds for all items.
    pub header: Header,
    /// The items that can be told apart, in order, of known and unknown types.
    pub items: Vec<Item<'a>>,
    /// What stood where an item was expected and is none: the first few.
    pub skipped: Vec<Skipped>,
    /// How many there were.
    pub skipped_count: u64,
}

/// An item of an envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// What its header says.
    pub header: ItemHeader,
    /// Whether the payload does not have the length that the header says: where it ends was decided
    /// by the next header.
    pub wrong_length: bool,
    /// What it holds.
    pub payload: &'a [u8],
}

impl Item<'_> {
    /// What it is.
    #[must_use]
    pub fn item_type(&self) -> &ItemType {
        &self.header.item_type
    }
}

/// Bytes that are no item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The name of the item's type, where it has one.
    pub name: String,
    /// Why: what was found where, and what was expected.
    pub reason: String,
}

/// Why bytes are no envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot read the envelope's header at byte 0: expected one line with a JSON object, {found}"
)]
pub struct EnvelopeError {
    /// What stands there instead.
    pub found: String,
}

/// Reasons that are kept.
const SKIPPED_MAX: usize = 20;

/// Takes an envelope apart.
///
/// # Errors
///
/// The first line is no JSON object or is too long.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Envelope<'a>, EnvelopeError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (line, rest) = split_line(bytes);
    let header = Header::read(line, limits).map_err(|found| EnvelopeError { found })?;
    let mut walk = Walk { bytes, rest, limits, items: Vec::new(), skipped: Vec::new(), count: 0 };
    while walk.step() {}
    let Walk { items, skipped, count, .. } = walk;
    Ok(Envelope { header, items, skipped, skipped_count: count })
}

/// A line without its end, and what follows.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', bytes) {
        Some(at) => {
            let line = &bytes[..at];
            (line.strip_suffix(b"\r").unwrap_or(line), &bytes[at + 1..])
        }
        None => (bytes, &[]),
    }
}

struct Walk<'a, 'l> {
    bytes: &'a [u8],
    rest: &'a [u8],
    limits: &'l Limits,
    items: Vec<Item<'a>>,
    skipped: Vec<Skipped>,
    count: u64,
}

impl<'a> Walk<'a, '_> {
    /// Reads one item; whether there may be more.
    fn step(&mut self) -> bool {
        while let [b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return false;
        }
        let start = self.bytes.len() - self.rest.len();
        if self.items.len() >= self.limits.items_max {
            let most = self.limits.items_max;
            self.skip("", format!("over {most} items, at byte {start}; send smaller envelopes"));
            return false;
        }
        let (line, rest) = split_line(self.rest);
        match ItemHeader::read(line, self.limits) {
            Ok(header) => {
                self.rest = rest;
                self.take(header);
            }
            Err(found) => {
                self.skip("", format!("expected an item's header at byte {start}, {found}"));
                self.rest = self.next_header(rest);
            }
        }
        true
    }

    /// Takes the payload of an item.
    fn take(&mut self, header: ItemHeader) {
        let (payload, rest, wrong_length) = match header.length {
            None => {
                let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
                (&self.rest[..end], &self.rest[end..], false)
            }
            Some(length) => match self.split_exactly(length) {
                Some((payload, rest)) => (payload, rest, false),
                None => {
                    let (payload, rest) = self.split_at_header();
                    (payload, rest, true)
                }
            },
        };
        self.rest = rest;
        self.items.push(Item { header, wrong_length, payload });
    }

    /// Splits off this many bytes, if a line ends there.
    fn split_exactly(&self, length: u64) -> Option<(&'a [u8], &'a [u8])> {
        let (payload, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        matches!(rest, [] | [b'\n', ..] | [b'\r', b'\n', ..]).then_some((payload, rest))
    }

    /// Splits before the next line that is an item's header. The first line is payload whatever it
    /// looks like: transactions and check-ins begin as headers do.
    fn split_at_header(&self) -> (&'a [u8], &'a [u8]) {
        let (_, after) = split_line(self.rest);
        let rest = self.next_header(after);
        let payload = &self.rest[..self.rest.len() - rest.len()];
        (payload.strip_suffix(b"\n").unwrap_or(payload), rest)
    }

    /// What is left from the next line on that can only be an item's header.
    fn next_header(&self, mut rest: &'a [u8]) -> &'a [u8] {
        while !rest.is_empty() {
            let (line, after) = split_line(rest);
            if line.first() == Some(&b'{')
                && ItemHeader::read(line, self.limits).is_ok_and(|header| header.is_certain)
            {
                return rest;
            }
            rest = after;
        }
        rest
    }

    fn skip(&mut self, name: &str, reason: String) {
        self.count += 1;
        if self.skipped.len() < SKIPPED_MAX {
            self.skipped.push(Skipped { name: name.to_owned(), reason });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(bytes: &[u8]) -> Envelope<'_> {
        read(bytes, &Limits::default()).unwrap()
    }

    /// Types and payloads of an envelope, `!` after a payload whose length was wrong.
    fn check(text: &str, expected: &[(&str, &str)], skipped: u64) {
        let envelope = split(text.as_bytes());
        let shown: Vec<(String, String)> = (envelope.items.iter())
            .map(|item| {
                let mark = if item.wrong_length { "!" } else { "" };
                let payload = String::from_utf8_lossy(item.payload);
                (item.item_type().to_string(), format!("{payload}{mark}"))
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(shown, expected, "{text:?}");
        assert_eq!(envelope.skipped_count, skipped, "{text:?}: {:?}", envelope.skipped);
        assert_eq!(envelope.skipped.len() as u64, skipped);
    }

    #[test]
    fn items_with_and_without_length() {
        check("{}", &[], 0);
        check("{}\n", &[], 0);
        check("{}\r\n\r\n", &[], 0);
        check("{}\n{\"type\":\"session\"}\n{\"a\":1}", &[("session", "{\"a\":1}")], 0);
        check(
            "{}\n{\"type\":\"attachment\",\"length\":4}\na\nb\n\n",
            &[("attachment", "a\nb\n")],
            0,
        );
        check(
            "{}\n{\"type\":\"attachment\",\"length\":0}\n\n{\"type\":\"attachment\",\"length\":0}\n",
            &[("attachment", ""), ("attachment", "")],
            0,
        );
        check(
            "{}\n{\"type\":\"attachment\"}\n\n{\"type\":\"x\"}",
            &[("attachment", ""), ("x", "")],
            0,
        );
        check(
            "{}\r\n{\"type\":\"event\",\"length\":2}\r\n{}\r\n{\"type\":\"log\"}\r\n{\"items\":[]}\r\n",
            &[("event", "{}"), ("log", "{\"items\":[]}\r")],
            0,
        );
        check("\u{feff}{}\n{\"type\":\"event\",\"length\":\"2\"}\n{}", &[("event", "{}")], 0);
        check("{}\n{\"type\":\"event\",\"length\":null}\n{}\n", &[("event", "{}")], 0);
    }

    #[test]
    fn a_wrong_length_costs_no_other_item() {
        let next = "{\"type\":\"session\",\"length\":7}\n{\"s\":1}\n";
        for length in [0, 3, 8, 30, 1_000, u64::MAX] {
            check(
                &format!("{{}}\n{{\"type\":\"event\",\"length\":{length}}}\n{{\"a\":12}}x\n{next}"),
                &[("event", "{\"a\":12}x!"), ("session", "{\"s\":1}")],
                0,
            );
        }
        // Its first line looks like a header, and the second is one to our best knowledge.
        check(
            &format!(
                "{{}}\n{{\"type\":\"transaction\",\"length\":3}}\n{{\"type\":\"transaction\"}}\n{next}"
            ),
            &[("transaction", "{\"type\":\"transaction\"}!"), ("session", "{\"s\":1}")],
            0,
        );
        check("{}\n{\"type\":\"event\",\"length\":9}\n{\"cut", &[("event", "{\"cut!")], 0);
    }

    #[test]
    fn what_is_no_header_is_skipped_up_to_the_next() {
        let next = "{\"type\":\"session\"}\n{}";
        check(&format!("{{}}\nnot json\n\n{next}"), &[("session", "{}")], 1);
        check(&format!("{{}}\n{{\"length\":2}}\n{{}}\n{next}"), &[("session", "{}")], 1);
        check(
            &format!("{{}}\n[1]\n{{\"type\":\"check_in\",\"monitor_slug\":\"a\"}}\n{next}"),
            &[("session", "{}")],
            1,
        );
        check(&format!("{{}}\n{{\"type\":3}}\n{next}"), &[("3", "{\"type\":\"session\"}")], 1);
        check(&format!("{{}}\n{{\"type\":\"\"}}\n{next}"), &[("session", "{}")], 1);
        let long = "x".repeat(20_000);
        check(&format!("{{}}\n{{\"type\":\"{long}\"}}\n{{}}\n{next}"), &[("session", "{}")], 1);
        check("{}\n{\"type\":\"hologram\",\"length\":1}\nh\n", &[("hologram", "h")], 0);
    }

    #[test]
    fn reasons_say_what_was_found_where() {
        let envelope = split(b"{}\n{\"length\":1}\nx\n\xff\n");
        let reasons: Vec<_> = envelope.skipped.iter().map(|skipped| &skipped.reason[..]).collect();
        assert_eq!(
            reasons,
            ["expected an item's header at byte 3, found no type in \"{\\\"length\\\":1}\"",]
        );
        let envelope = split(b"{}\n\xff\xfe");
        assert!(envelope.skipped[0].reason.contains("at byte 3, found bytes that are not UTF-8"));
    }

    #[test]
    fn items_are_bounded() {
        let text = "{\"type\":\"x\"}\n\n".repeat(7);
        let limits = Limits { items_max: 5, ..Limits::default() };
        let body = format!("{{}}\n{text}");
        let envelope = read(body.as_bytes(), &limits).unwrap();
        assert_eq!((envelope.items.len(), envelope.skipped_count), (5, 1));
        let junk = "{}\n{}\n".repeat(5_000);
        let envelope = split(junk.as_bytes());
        assert!(envelope.skipped.len() <= SKIPPED_MAX);
    }

    #[test]
    fn the_first_line_must_be_headers() {
        let check = |bytes: &[u8], expected: &str| {
            let error = read(bytes, &Limits::default()).unwrap_err().to_string();
            assert!(error.ends_with(expected), "{error}");
            assert!(error.starts_with("cannot read the envelope's header at byte 0"), "{error}");
        };
        check(b"", "found nothing");
        check(b"\n{}", "found nothing");
        check(b"hello\n", "found \"hello\"");
        check(b"[]\n", "found \"[]\"");
        check(b"{\"a\":}\n", "found \"{\\\"a\\\":}\"");
        check(b"\x1f\x8b\x08\n", "found bytes that are not UTF-8; is the body still compressed?");
        check(&[b' '; 20_000], "found 20000 bytes where at most 16384 are taken");
    }

    /// Lines that are headers or nearly so.
    const LINES: &str =
        r#"(\{"type":"(event|log|x)"(,"length":[0-9]{1,2})?\}|[\{\}\nab\r"]{0,9}|\n){0,12}"#;

    /// Bytes, and whether their length is to be said.
    fn payload() -> impl Strategy<Value = (Vec<u8>, bool)> {
        (prop::collection::vec(any::<u8>(), 0..40), any::<bool>())
    }

    proptest! {
        #[test]
        fn any_bytes_end(mut bytes: Vec<u8>, text in LINES) {
            let _ = read(&bytes, &Limits::default());
            bytes.splice(..0, b"{}\n".iter().chain(text.as_bytes()).copied());
            let envelope = split(&bytes);
            let taken: usize = envelope.items.iter().map(|item| item.payload.len()).sum();
            prop_assert!(taken <= bytes.len());
        }

        #[test]
        fn items_come_back(payloads in prop::collection::vec(payload(), 0..8)) {
            let mut bytes = b"{}\n".to_vec();
            for (payload, with_length) in &payloads {
                let implicit = !with_length && !payload.contains(&b'\n');
                let length = format!(",\"length\":{}", payload.len());
                let length = if implicit { "" } else { &length };
                bytes.extend(format!("{{\"type\":\"attachment\"{length}}}\n").bytes());
                bytes.extend(payload);
                bytes.push(b'\n');
            }
            let envelope = split(&bytes);
            let back: Vec<_> = envelope.items.iter().map(|item| item.payload).collect();
            let sent: Vec<_> = payloads.iter().map(|(payload, _)| &payload[..]).collect();
            prop_assert_eq!(back, sent);
            prop_assert_eq!(envelope.skipped_count, 0);
        }
    }
}
