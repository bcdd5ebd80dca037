//! A cursor over JSON text: it reads the shapes it is asked for and passes over the rest.
//!
//! Made for what SDKs send: a value of another type than was asked for becomes nothing and is
//! counted, a member that comes twice is seen twice, a text may come as a number and a number as a
//! text. Derived decoders fail on each of these.
//!
//! Invariants: the text is taken to be valid JSON, and of any other text what stands before the
//! fault is read; nothing recurses, nothing panics, and time is linear in the text.

use std::borrow::Cow;

use memchr::memchr2;

/// What the next value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Bool,
    Null,
    /// There is none.
    End,
}

/// A position in a JSON text, always at a character boundary.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    misfits: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, misfits: 0 }
    }

    /// Values so far that were of another type than was asked for.
    pub(super) fn misfits(&self) -> u32 {
        self.misfits
    }

    /// Adds the misfits of a reader of a part of the text.
    pub(super) fn add_misfits(&mut self, count: u32) {
        self.misfits = self.misfits.saturating_add(count);
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Nothing more is read: the text is not JSON.
    fn give_up(&mut self) {
        self.at = self.text.len();
    }

    pub(super) fn kind(&mut self) -> Kind {
        self.skip_space();
        match self.peek() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::End,
        }
    }

    /// Passes over the next value and returns its text.
    pub(super) fn raw(&mut self) -> &'a str {
        let kind = self.kind();
        let start = self.at;
        match kind {
            Kind::Object | Kind::Array => self.skip_nested(),
            Kind::Text => self.skip_text(),
            Kind::Number | Kind::Bool | Kind::Null => self.skip_word(),
            Kind::End => self.give_up(),
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn skip_word(&mut self) {
        while let Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') = self.peek() {
            self.at += 1;
        }
    }

    fn skip_text(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(found) = memchr2(b'"', b'\\', &bytes[self.at.min(bytes.len())..]) {
            self.at += found + 1;
            if bytes[self.at - 1] == b'"' {
                return;
            }
            self.at += 1;
        }
        self.give_up();
    }

    fn skip_nested(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_text();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
        self.give_up();
    }

    /// The text at the cursor, which is at a quotation mark.
    fn take_text(&mut self) -> Cow<'a, str> {
        let start = self.at + 1;
        self.skip_text();
        let end = self.at.saturating_sub(1).max(start);
        let inner = self.text.get(start..end).unwrap_or_default();
        if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
            Cow::Borrowed(inner)
        } else {
            Cow::Owned(unescape(inner))
        }
    }

    fn misfit(&mut self, kind: Kind) {
        if kind != Kind::Null {
            self.misfits = self.misfits.saturating_add(1);
        }
        self.raw();
    }

    /// A text; numbers and truth values as they are written. `None` for null and for the rest.
    pub(super) fn text(&mut self) -> Option<Cow<'a, str>> {
        match self.kind() {
            Kind::Text => Some(self.take_text()),
            Kind::Number | Kind::Bool => Some(Cow::Borrowed(self.raw())),
            other => {
                self.misfit(other);
                None
            }
        }
    }

    /// Likewise, empty where there is none.
    pub(super) fn string(&mut self) -> String {
        self.text().map(Cow::into_owned).unwrap_or_default()
    }

    /// Likewise, and objects and arrays as their JSON.
    pub(super) fn text_or_json(&mut self) -> Option<Cow<'a, str>> {
        match self.kind() {
            Kind::Object | Kind::Array => Some(Cow::Borrowed(self.raw())),
            _ => self.text(),
        }
    }

    /// A number, or a text that is one.
    pub(super) fn number(&mut self) -> Option<f64> {
        self.parsed(|text| text.parse::<f64>().ok().filter(|number| number.is_finite()))
    }

    /// A whole number, whatever it is written as.
    pub(super) fn integer(&mut self) -> Option<i64> {
        self.parsed(|text| {
            // Beyond 2^53 a double is no exact number any more.
            const EXACT: f64 = 9_007_199_254_740_992.0;
            let whole = |number: &f64| number.fract() == 0.0 && number.abs() <= EXACT;
            text.parse().ok().or_else(|| text.parse().ok().filter(whole).map(|n| n as i64))
        })
    }

    /// A whole number that is not negative.
    pub(super) fn count(&mut self) -> Option<u64> {
        self.integer().and_then(|number| u64::try_from(number).ok())
    }

    /// A truth value, also as a text or as 0 or 1.
    pub(super) fn boolean(&mut self) -> Option<bool> {
        self.parsed(|text| match text {
            "true" | "True" | "1" => Some(true),
            "false" | "False" | "0" => Some(false),
            _ => None,
        })
    }

    /// What `parse` makes of a text; counted as a misfit where that is nothing.
    pub(super) fn parsed<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text()?;
        let parsed = parse(text.trim());
        if parsed.is_none() && !text.is_empty() {
            self.misfits = self.misfits.saturating_add(1);
        }
        parsed
    }

    /// Shows each member of an object, key and the reader at its value. A value that `visit` does
    /// not read is passed over.
    pub(super) fn object(&mut self, mut visit: impl FnMut(&str, &mut Self)) {
        match self.kind() {
            Kind::Object => self.at += 1,
            other => return self.misfit(other),
        }
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'"') => {
                    let key = self.take_text();
                    self.skip_space();
                    if self.peek() != Some(b':') {
                        return self.give_up();
                    }
                    self.at += 1;
                    self.value(|reader| visit(&key, reader));
                }
                Some(b'}') => {
                    self.at += 1;
                    return;
                }
                _ => return self.give_up(),
            }
        }
    }

    /// Shows the reader at each element of an array. What `visit` does not read is passed over.
    pub(super) fn array(&mut self, mut visit: impl FnMut(&mut Self)) {
        match self.kind() {
            Kind::Array => self.at += 1,
            other => return self.misfit(other),
        }
        loop {
            self.skip_space();
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return;
                }
                Some(_) => self.value(&mut visit),
                None => return,
            }
        }
    }

    fn value(&mut self, visit: impl FnOnce(&mut Self)) {
        self.skip_space();
        let start = self.at;
        visit(self);
        if self.at == start {
            self.raw();
        }
        self.skip_space();
        if self.peek() == Some(b',') {
            self.at += 1;
        }
    }

    /// Shows each element of a list, which SDKs send as `{"values": […]}`, as an array, or, where
    /// it has one element, as that element.
    pub(super) fn values(&mut self, mut visit: impl FnMut(&mut Self)) {
        if self.kind() != Kind::Object {
            return self.array(visit);
        }
        // Which of the two an object is shows only in its members.
        let start = self.at;
        let mut wrapped = false;
        self.object(|key, reader| {
            if key == "values" {
                wrapped = true;
                if reader.kind() == Kind::Array {
                    reader.array(&mut visit);
                }
            }
        });
        if !wrapped {
            self.at = start;
            visit(self);
        }
    }

    /// The texts of an array, at most this many; a single text is an array of one. What is left out
    /// is counted.
    pub(super) fn texts(&mut self, most: usize, omitted: &mut u32) -> Vec<String> {
        let mut texts = Vec::new();
        if self.kind() != Kind::Array {
            texts.extend(self.text().map(Cow::into_owned));
            return texts;
        }
        self.array(|reader| {
            if texts.len() < most {
                texts.push(reader.text_or_json().map(Cow::into_owned).unwrap_or_default());
            } else {
                *omitted = omitted.saturating_add(1);
            }
        });
        texts
    }
}

/// What a JSON text stands for, between its quotation marks.
fn unescape(escaped: &str) -> String {
    let mut text = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let Some(letter) = escape.chars().next() else { return text };
        rest = &escape[letter.len_utf8()..];
        match letter {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'u' => rest = push_code_point(&mut text, rest),
            other => text.push(other),
        }
    }
    text.push_str(rest);
    text
}

/// Adds what `\u` and the four digits at the start of `rest` stand for, and returns what follows.
/// Half of a surrogate pair becomes U+FFFD.
fn push_code_point<'a>(text: &mut String, rest: &'a str) -> &'a str {
    let Some((unit, after)) = hex_unit(rest) else {
        text.push(char::REPLACEMENT_CHARACTER);
        return rest;
    };
    if let Some(letter) = char::from_u32(unit) {
        text.push(letter);
        return after;
    }
    if (0xd800..0xdc00).contains(&unit)
        && let Some((low, after)) = after.strip_prefix("\\u").and_then(hex_unit)
        && (0xdc00..0xe000).contains(&low)
    {
        let letter = char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        text.push(letter.unwrap_or(char::REPLACEMENT_CHARACTER));
        return after;
    }
    text.push(char::REPLACEMENT_CHARACTER);
    after
}

fn hex_unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(digits, 16).ok())?.map(|unit| (unit, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn members(text: &str) -> Vec<(String, String)> {
        let mut members = Vec::new();
        Reader::new(text)
            .object(|key, reader| members.push((key.to_owned(), reader.raw().to_owned())));
        members
    }

    #[test]
    fn members_are_shown_with_their_text() {
        let shown = members(
            r#" { "a" : [1, {"b":"}"}] ,"\u0062\n":"x\"y", "c":null,"d":-1.5e3,"d":true} "#,
        );
        let expected = [
            ("a", r#"[1, {"b":"}"}]"#),
            ("b\n", r#""x\"y""#),
            ("c", "null"),
            ("d", "-1.5e3"),
            ("d", "true"),
        ];
        assert_eq!(shown, expected.map(|(key, text)| (key.to_owned(), text.to_owned())));
    }

    #[test]
    fn what_is_not_read_is_passed_over() {
        let mut seen = Vec::new();
        let mut reader = Reader::new(r#"{"a":{"b":[1,2]},"c":[["x"],3],"d":"last"}"#);
        reader.object(|key, reader| {
            if key == "d" {
                seen.push(reader.string());
            }
        });
        assert_eq!(seen, ["last"]);
        assert_eq!(reader.misfits(), 0);
    }

    #[test]
    fn other_types_are_read_where_they_can_be_and_counted_where_not() {
        let check = |json: &str, text: Option<&str>, integer: Option<i64>, truth: Option<bool>| {
            assert_eq!(Reader::new(json).text().as_deref(), text, "{json}");
            assert_eq!(Reader::new(json).integer(), integer, "{json}");
            assert_eq!(Reader::new(json).boolean(), truth, "{json}");
        };
        check("12", Some("12"), Some(12), None);
        check("\"12\"", Some("12"), Some(12), None);
        check("12.0", Some("12.0"), Some(12), None);
        check("1e300", Some("1e300"), None, None);
        check("9223372036854775807", Some("9223372036854775807"), Some(i64::MAX), None);
        check("true", Some("true"), None, Some(true));
        check("\"false\"", Some("false"), None, Some(false));
        check("null", None, None, None);
        check("[1]", None, None, None);
        let mut reader = Reader::new(r#"[[],{},"x",null,"",7]"#);
        let mut numbers = Vec::new();
        reader.array(|reader| numbers.push(reader.number()));
        assert_eq!(numbers, [None, None, None, None, None, Some(7.0)]);
        assert_eq!(reader.misfits(), 3);
    }

    #[test]
    fn a_list_comes_in_three_shapes() {
        for json in [r#"{"values":[1,2]}"#, "[1,2]", r#"{"x":0,"values":[1,2],"y":{}}"#] {
            let mut values = Vec::new();
            Reader::new(json).values(|reader| values.extend(reader.integer()));
            assert_eq!(values, [1, 2], "{json}");
        }
        let mut single = Vec::new();
        Reader::new(r#"{"type":"E"}"#).values(|reader| single.push(reader.raw().to_owned()));
        assert_eq!(single, [r#"{"type":"E"}"#]);
        let mut none = Reader::new(r#"{"values":null}"#);
        none.values(|_| panic!("there is none"));
        assert_eq!(none.misfits(), 0);
    }

    #[test]
    fn escapes_are_undone() {
        let check = |json: &str, text: &str| assert_eq!(Reader::new(json).string(), text, "{json}");
        check(r#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{c}\n\r\tz");
        check(r#""\u00e9\uD83D\uDE00""#, "é😀");
        check(r#""\ud83d!""#, "\u{fffd}!");
        check(r#""\ude00\ud83d\u0041""#, "\u{fffd}\u{fffd}A");
        check(r#""\u12""#, "\u{fffd}12");
    }

    proptest! {
        #[test]
        fn texts_are_what_serde_wrote(text: String) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(Reader::new(&json).string(), text);
        }

        #[test]
        fn any_text_ends(text in r#"[\[\]{}",:\\u0a-f1e.\-é ntrue]{0,60}"#) {
            fn walk(reader: &mut Reader<'_>, depth: usize) {
                match reader.kind() {
                    Kind::Object if depth < 20 => {
                        reader.object(|_, reader| walk(reader, depth + 1));
                    }
                    Kind::Array if depth < 20 => reader.array(|reader| walk(reader, depth + 1)),
                    _ => drop(reader.text_or_json()),
                }
            }
            walk(&mut Reader::new(&text), 0);
            Reader::new(&text).values(|reader| walk(reader, 0));
            Reader::new(&text).raw();
        }
    }
}
