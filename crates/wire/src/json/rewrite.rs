//! The pass itself: reads tokens, keeps runs of the input, replaces what cannot be kept.
//!
//! Invariants: `kept` is the start of input that will be copied to the output as it is, up to
//! where the cursor is; so a position in the output is known before it is written. Open containers
//! are frames on the heap, as many as may be kept at most.

use std::borrow::Cow;
use std::ops::Range;

use super::cursor::{Cursor, Fault, Scalar, closing, comma_or_closing};
use super::error::original_offset;
use super::escape;
use super::frame::{Frame, NAME_BYTES_MAX, Role};
use super::{Cleaned, Filter, ID_BYTES_MAX, JsonError, KeyKind, Limits, SCRUBBED, TOO_DEEP};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Makes JSON valid and bounded, and hides what the filter says.
pub(crate) fn rewrite(
    input: &[u8],
    limits: &Limits,
    filter: &mut impl Filter,
) -> Result<Cleaned, JsonError> {
    let (whole, invalid) = match std::str::from_utf8(input) {
        Ok(text) => (Cow::Borrowed(text), 0),
        Err(_) => {
            let invalid = input.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
            (String::from_utf8_lossy(input), u32::try_from(invalid).unwrap_or(u32::MAX))
        }
    };
    let text = whole.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&whole);
    let mut cleaned = Rewriter::new(text, limits, filter).run().map_err(|fault| {
        let at = fault.at + whole.len() - text.len();
        JsonError {
            at: original_offset(input, at),
            expected: fault.expected,
            found: whole.get(at..).and_then(|rest| rest.chars().next()),
        }
    })?;
    cleaned.repaired = cleaned.repaired.saturating_add(invalid);
    Ok(cleaned)
}

struct Rewriter<'a, F> {
    cursor: Cursor<'a>,
    kept: usize,
    limits: &'a Limits,
    filter: &'a mut F,
    frames: Vec<Frame>,
    cleaned: Cleaned,
    /// The text of a string with escapes.
    decoded: String,
}

impl<'a, F: Filter> Rewriter<'a, F> {
    fn new(text: &'a str, limits: &'a Limits, filter: &'a mut F) -> Self {
        let mut cleaned = Cleaned::default();
        cleaned.json.reserve(text.len());
        let cursor = Cursor { text, at: 0 };
        let (frames, decoded) = (Vec::new(), String::new());
        Self { cursor, kept: 0, limits, filter, frames, cleaned, decoded }
    }

    fn run(mut self) -> Result<Cleaned, Fault> {
        self.drop_space();
        self.value(KeyKind::Plain)?;
        while let Some(frame) = self.frames.last() {
            let (is_object, members) = (frame.is_object, frame.members);
            self.member(is_object, members)?;
        }
        self.drop_space();
        if self.cursor.peek().is_some() {
            return Err(self.cursor.fault("the end"));
        }
        self.flush(self.cursor.at);
        Ok(self.cleaned)
    }

    /// The position in the output of what the cursor is at.
    #[inline]
    fn position(&self) -> usize {
        self.cleaned.json.len() + (self.cursor.at - self.kept)
    }

    fn flush(&mut self, end: usize) {
        self.cleaned.json.push_str(&self.cursor.text[self.kept..end]);
        self.kept = end;
    }

    /// Leaves out input from `start` to the cursor; what is written next takes its place.
    fn drop_from(&mut self, start: usize) {
        self.flush(start);
        self.kept = self.cursor.at;
    }

    #[inline]
    fn drop_space(&mut self) {
        let start = self.cursor.at;
        if self.cursor.peek().is_none_or(|byte| byte > b' ') {
            return;
        }
        self.cursor.skip_space();
        self.drop_from(start);
    }

    fn replace_by_string(&mut self, start: usize, text: &str) {
        self.drop_from(start);
        let json = &mut self.cleaned.json;
        json.push('"');
        json.push_str(text);
        json.push('"');
    }

    fn count_scrubbed(&mut self) {
        self.cleaned.scrubbed = self.cleaned.scrubbed.saturating_add(1);
    }

    fn count_repaired(&mut self, count: u32) {
        self.cleaned.repaired = self.cleaned.repaired.saturating_add(count);
    }

    /// Reads the next member of the innermost container up to the end of its value, or into the
    /// container that it is; or ends the container.
    #[inline]
    fn member(&mut self, is_object: bool, members: usize) -> Result<(), Fault> {
        self.drop_space();
        match self.cursor.peek() {
            Some(byte) if byte == closing(is_object) => return self.close(),
            Some(b',') if members >= self.limits.members_max.max(1) => {
                let start = self.cursor.at;
                let left_out = self.cursor.skip_members(is_object)?;
                self.drop_from(start);
                self.count_repaired(left_out);
                return Ok(());
            }
            Some(b',') if members > 0 => {
                self.cursor.at += 1;
                self.drop_space();
            }
            _ if members > 0 => return Err(self.cursor.fault(comma_or_closing(is_object))),
            _ => {}
        }
        let kind = if is_object { self.key()? } else { KeyKind::Plain };
        let start = self.position();
        if let Some(frame) = self.frames.last_mut() {
            frame.members += 1;
            if is_object {
                frame.value_start = start;
            } else {
                frame.begin_element(start);
            }
        }
        self.value(kind)
    }

    /// Reads a key and the colon.
    #[inline]
    fn key(&mut self) -> Result<KeyKind, Fault> {
        let start = self.position() + 1;
        let (inside, is_text) = self.cursor.string("a key")?;
        let (mut kind, mut role) = (KeyKind::Telling, Role::Other);
        if is_text && inside.len() <= self.limits.string_bytes_max {
            let text = &self.cursor.text[inside.clone()];
            (kind, role) = self.judge_key(text);
        }
        if kind == KeyKind::Telling {
            (kind, role) = self.changed_key(inside);
        }
        let end = self.position() - 1;
        if let Some(frame) = self.frames.last_mut() {
            frame.key = start..end;
            frame.role = role;
        }
        self.drop_space();
        self.cursor.expect(b':', "`:`")?;
        self.drop_space();
        Ok(kind)
    }

    #[inline]
    fn judge_key(&mut self, key: &str) -> (KeyKind, Role) {
        let kind = match self.filter.leaves_out(key, self.frames.len()) {
            true => KeyKind::LeftOut,
            false => self.filter.kind(key),
        };
        (kind, Role::of_key(key))
    }

    /// Reads a key that may not be kept as it is.
    #[cold]
    fn changed_key(&mut self, inside: Range<usize>) -> (KeyKind, Role) {
        let repaired = self.cleaned.repaired;
        let mut text = self.take_decoded(&inside);
        let hidden = self.filter.text(&text);
        // The key is judged as it will be read.
        let shown = hidden.as_ref().unwrap_or(&text);
        let (kind, role) = self.judge_key(shown);
        self.keep_or_replace(inside, &mut text, hidden, repaired);
        self.decoded = text;
        (kind, role)
    }

    /// The text of a string, in a buffer that is to be given back.
    fn take_decoded(&mut self, inside: &Range<usize>) -> String {
        let mut text = std::mem::take(&mut self.decoded);
        text.clear();
        let repaired = escape::decode(&self.cursor.text[inside.clone()], &mut text);
        self.count_repaired(repaired);
        text
    }

    #[inline]
    fn value(&mut self, kind: KeyKind) -> Result<(), Fault> {
        let start = self.cursor.at;
        if kind == KeyKind::LeftOut {
            self.cursor.skip_value()?;
            self.drop_from(start);
            self.cleaned.json.push_str("null");
            self.end_value();
            return Ok(());
        }
        let Some(open @ (b'{' | b'[')) = self.cursor.peek() else {
            let scalar = self.cursor.scalar()?;
            self.scalar(start, scalar, kind);
            self.end_value();
            return Ok(());
        };
        if kind == KeyKind::Secret {
            self.cursor.skip_value()?;
            if !is_empty(&self.cursor.text[start..self.cursor.at]) {
                self.replace_by_string(start, SCRUBBED);
                self.count_scrubbed();
            } else {
                self.drop_from(start);
                self.cleaned.json.push_str(if open == b'{' { "{}" } else { "[]" });
            }
            self.end_value();
        } else if self.frames.len() >= self.limits.depth_max {
            self.cursor.skip_value()?;
            self.replace_by_string(start, TOO_DEEP);
            self.count_repaired(1);
            self.end_value();
        } else {
            self.cursor.at += 1;
            let is_in_array = self.frames.last().is_some_and(|frame| !frame.is_object);
            self.frames.push(Frame::new(open == b'{', is_in_array));
        }
        Ok(())
    }

    /// Keeps or replaces a value that is not a container, and that begins at `start`.
    #[inline]
    fn scalar(&mut self, start: usize, scalar: Scalar, kind: KeyKind) {
        match scalar {
            Scalar::Null => {}
            Scalar::String(inside, is_text) => self.string(inside, is_text, kind),
            _ if kind == KeyKind::Secret => {
                self.replace_by_string(start, SCRUBBED);
                self.count_scrubbed();
            }
            Scalar::Bool => {}
            Scalar::Number => {
                let hidden = self.filter.number(&self.cursor.text[start..self.cursor.at]);
                if let Some(label) = hidden {
                    self.replace_by_string(start, label);
                    self.count_scrubbed();
                }
            }
            Scalar::Unreadable => {
                self.drop_from(start);
                self.cleaned.json.push_str("null");
                self.count_repaired(1);
            }
        }
    }

    #[inline]
    fn string(&mut self, inside: Range<usize>, is_text: bool, kind: KeyKind) {
        if kind == KeyKind::Secret {
            let text = &self.cursor.text[inside.clone()];
            if !text.is_empty() && text != SCRUBBED {
                self.replace_by_string(inside.start - 1, SCRUBBED);
                self.count_scrubbed();
            }
            return;
        }
        if is_text && inside.len() <= self.limits.string_bytes_max {
            let text = &self.cursor.text[inside.clone()];
            if kind == KeyKind::Id && text.len() <= ID_BYTES_MAX && !text.contains(' ') {
                return;
            }
            let hidden = self.filter.text(text);
            self.note_name(hidden.as_deref().unwrap_or(text));
            if hidden.is_some() {
                self.keep_or_replace(inside, &mut String::new(), hidden, 0);
            }
            return;
        }
        let repaired = self.cleaned.repaired;
        let mut text = self.take_decoded(&inside);
        let hidden = self.filter.text(&text);
        self.note_name(hidden.as_ref().unwrap_or(&text));
        self.keep_or_replace(inside, &mut text, hidden, repaired);
        self.decoded = text;
    }

    /// Writes what a string is to say in place of what it says, where that differs: something is
    /// hidden, something was repaired since `repaired` were, or it is too long.
    fn keep_or_replace(
        &mut self,
        inside: Range<usize>,
        text: &mut String,
        mut hidden: Option<String>,
        repaired: u32,
    ) {
        if hidden.is_some() {
            self.count_scrubbed();
        }
        let is_hidden = hidden.is_some();
        let text = hidden.as_mut().unwrap_or(text);
        let is_cut = escape::cut(text, self.limits.string_bytes_max);
        self.count_repaired(u32::from(is_cut));
        if is_hidden || repaired != self.cleaned.repaired {
            self.flush(inside.start);
            escape::encode(text, &mut self.cleaned.json);
            self.kept = inside.end;
        }
    }

    /// Remembers that a text is the name of a secret, where it may name another value.
    #[inline]
    fn note_name(&mut self, text: &str) {
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.role == Role::Name && text.len() <= NAME_BYTES_MAX {
            frame.names_secret |= self.filter.kind(text) == KeyKind::Secret;
        }
    }

    /// Notes where the value is that was just read.
    #[inline]
    fn end_value(&mut self) {
        let end = self.position();
        let is_outermost = self.frames.len() == 1;
        let Some(frame) = self.frames.last_mut() else { return };
        let value = frame.value_start..end;
        if frame.role == Role::Value {
            frame.named = Some(value.clone());
        }
        if is_outermost && frame.is_object {
            self.cleaned.members.push((frame.key.clone(), value));
        }
    }

    /// Ends the innermost container; the cursor is at the bracket.
    fn close(&mut self) -> Result<(), Fault> {
        if let Some(value) = self.frames.pop().and_then(|frame| frame.hidden()) {
            self.hide_written(value);
        }
        self.cursor.at += 1;
        self.end_value();
        Ok(())
    }

    /// Hides a value of the container that was just left, which is at the end of the output.
    #[cold]
    fn hide_written(&mut self, value: Range<usize>) {
        self.flush(self.cursor.at);
        let json = &mut self.cleaned.json;
        if matches!(&json[value.clone()], "null" | "\"\"" | "\"[scrubbed]\"") {
            return;
        }
        json.replace_range(value.clone(), &format!("\"{SCRUBBED}\""));
        let length = SCRUBBED.len() + 2;
        if self.frames.is_empty() {
            let moved = |position: usize| {
                if position < value.end { position } else { position - value.len() + length }
            };
            for (key, value) in &mut self.cleaned.members {
                *key = moved(key.start)..moved(key.end);
                *value = moved(value.start)..moved(value.end);
            }
        }
        self.count_scrubbed();
    }
}

/// Whether a container has no members.
fn is_empty(container: &str) -> bool {
    container[1..container.len() - 1].bytes().all(|byte| byte.is_ascii_whitespace())
}
