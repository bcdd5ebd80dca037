//! Strings of a column, looked over as one text.
//!
//! Invariant: a value is judged by its own bytes alone; what lies before and after it in the buffer
//! only makes it looked at more often.

use std::ops::Range;

use arrow::array::{Array, StringArray, StringBuilder};

use crate::json::{self, ID_BYTES_MAX, KeyKind, SCRUBBED};

use super::Scrubber;
use super::filter::JsonFilter;
use super::look::{Place, family};
use super::memo::{Memo, Way};
use super::text::Progress;

/// [`SCRUBBED`] as JSON.
const SCRUBBED_JSON: &str = "\"[scrubbed]\"";

/// What values of a column are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Text,
    /// Typed JSON, `docs/format/attributes.md`.
    Json,
}

/// A scrubber at work on columns.
pub(super) struct Strings<'a> {
    scrubber: &'a Scrubber,
    memo: Memo,
    typed: JsonFilter<'a>,
}

impl<'a> Strings<'a> {
    pub(super) fn new(scrubber: &'a Scrubber) -> Self {
        Self { scrubber, memo: scrubber.memo(Way::Attribute), typed: JsonFilter::typed(scrubber) }
    }

    pub(super) fn scrubber(&self) -> &'a Scrubber {
        self.scrubber
    }

    /// Where keys of secrets are, in order. `rows` are the bounds of the rows' keys.
    pub(super) fn secrets(&mut self, rows: &[i32], keys: &StringArray) -> Vec<usize> {
        let mut found = Vec::new();
        if !self.scrubber.secret_keys {
            return found;
        }
        let mut plain = PlainRows::new(keys);
        for row in rows.windows(2) {
            let row = row[0] as usize..row[1] as usize;
            if plain.have(&row) {
                continue;
            }
            let before = found.len();
            for at in row.clone() {
                let judge = || self.scrubber.attribute_kind(keys.value(at));
                if self.memo.kind(keys.value(at).as_bytes(), judge) == KeyKind::Secret {
                    found.push(at);
                }
            }
            if found.len() == before {
                plain.add(row);
            }
        }
        found
    }

    /// A column of values without keys.
    pub(super) fn scrub(&mut self, values: &StringArray, kept: Kept) -> Option<StringArray> {
        let found = self.find(values, kept, &[], None);
        (!found.is_empty()).then(|| replace(values, &found))
    }

    /// A column of values and one of their keys.
    pub(super) fn scrub_keyed(
        &mut self,
        values: &StringArray,
        kept: Kept,
        rows: &[i32],
        keys: &StringArray,
    ) -> Option<StringArray> {
        let mut secrets = self.secrets(rows, keys);
        let label = if kept == Kept::Json { SCRUBBED_JSON } else { SCRUBBED };
        let holds_nothing = |value: &str| matches!(value, "" | SCRUBBED | SCRUBBED_JSON | "null");
        let mut found = self.find(values, kept, &secrets, Some(keys));
        secrets.retain(|&at| !holds_nothing(values.value(at)));
        found.extend(secrets.into_iter().map(|at| (at, label.to_owned())));
        found.sort_unstable_by_key(|(at, _)| *at);
        (!found.is_empty()).then(|| replace(values, &found))
    }

    /// Values with something to hide, in order; those at `skipped` are not looked at.
    fn find(
        &mut self,
        values: &StringArray,
        kept: Kept,
        skipped: &[usize],
        keys: Option<&StringArray>,
    ) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        match kept {
            Kept::Json => {
                for (at, value) in values.iter().enumerate() {
                    let value = value.filter(|value| !value.is_empty());
                    if value.is_some() && skipped.binary_search(&at).is_err() {
                        found.extend(value.and_then(|json| self.json(json)).map(|json| (at, json)));
                    }
                }
            }
            Kept::Text => self.find_in_texts(values, skipped, keys, &mut found),
        }
        found
    }

    fn json(&mut self, value: &str) -> Option<String> {
        match json::rewrite(value.as_bytes(), &json::Limits::NONE, &mut self.typed) {
            Ok(cleaned) => (cleaned.scrubbed > 0).then_some(cleaned.json),
            Err(_) => self.scrubber.text(value),
        }
    }

    fn find_in_texts(
        &mut self,
        values: &StringArray,
        skipped: &[usize],
        keys: Option<&StringArray>,
        found: &mut Vec<(usize, String)>,
    ) {
        let bounds = values.value_offsets();
        let text = &values.value_data()[..bounds[values.len()] as usize];
        let (mut from, mut row) = (bounds[0] as usize, 0);
        let mut progress = Progress::default();
        while let Some(place) = self.scrubber.table.next(text, from) {
            // Digits may have begun in a value before.
            let first =
                if place.families & family::DIGITS == 0 { place.at } else { place.digits_at };
            if first >= bounds[row + 1] as usize {
                row = row_of(bounds, row + 1, first);
                progress = Progress::default();
            }
            let (start, end) = (bounds[row] as usize, bounds[row + 1] as usize);
            let place = Place {
                at: place.at.min(end - 1) - start,
                families: if place.at < end { place.families } else { family::DIGITS },
                digits_at: place.digits_at.saturating_sub(start),
            };
            from = start + place.at + 1;
            if values.is_null(row) || skipped.binary_search(&row).is_ok() {
                from = end;
                continue;
            }
            let value = values.value(row);
            if let Some(hidden) = self.scrubber.decide(value, &place, &mut progress) {
                from = end;
                let is_id = keys.is_some_and(|keys| self.is_id(keys.value(row), value));
                found.extend(hidden.filter(|_| !is_id).map(|hidden| (row, hidden)));
            }
        }
    }

    /// Whether a value is that of an id, which only looks like something else.
    fn is_id(&mut self, key: &str, value: &str) -> bool {
        value.len() <= ID_BYTES_MAX
            && !value.contains(' ')
            && self.memo.kind(key.as_bytes(), || self.scrubber.attribute_kind(key)) == KeyKind::Id
    }
}

/// The value that the byte at `at` is of, `from` or one after it.
#[inline]
fn row_of(bounds: &[i32], from: usize, at: usize) -> usize {
    let is_before = |bound: &i32| *bound as usize <= at;
    // Most places are a few values apart.
    let (mut step, mut row) = (16, from);
    while bounds.get(row + step).is_some_and(is_before) {
        row += step;
        step *= 2;
    }
    let near = &bounds[row + 1..bounds.len().min(row + step + 1)];
    if near.len() > 64 {
        return row + near.partition_point(is_before);
    }
    row + near.iter().take_while(|bound| is_before(bound)).count()
}

/// Rows whose keys are none of secrets: rows of one kind have the same keys in the same order.
struct PlainRows<'a> {
    bounds: &'a [i32],
    text: &'a [u8],
    /// Rows by the number and length of their keys.
    rows: [Range<usize>; ROW_SLOTS],
}

const ROW_SLOTS: usize = 64;

impl<'a> PlainRows<'a> {
    fn new(keys: &'a StringArray) -> Self {
        let (bounds, text) = (keys.value_offsets(), keys.value_data());
        Self { bounds, text, rows: [const { 0..0 }; ROW_SLOTS] }
    }

    fn text_of(&self, row: &Range<usize>) -> &'a [u8] {
        &self.text[self.bounds[row.start] as usize..self.bounds[row.end] as usize]
    }

    fn slot_of(&self, row: &Range<usize>) -> usize {
        (row.len() * 7 + self.text_of(row).len()) % ROW_SLOTS
    }

    fn have(&self, row: &Range<usize>) -> bool {
        let other = &self.rows[self.slot_of(row)];
        if other.len() != row.len() || self.text_of(other) != self.text_of(row) {
            return false;
        }
        let ends = |row: &Range<usize>| &self.bounds[row.start..row.end];
        let (ours, theirs) = (ends(row), ends(other));
        let apart = self.bounds[row.start].wrapping_sub(self.bounds[other.start]);
        ours.iter().zip(theirs).all(|(a, b)| a.wrapping_sub(*b) == apart)
    }

    fn add(&mut self, row: Range<usize>) {
        let slot = self.slot_of(&row);
        self.rows[slot] = row;
    }
}

/// A column with some values in the place of others.
fn replace(values: &StringArray, found: &[(usize, String)]) -> StringArray {
    let longer: usize = found.iter().map(|(_, hidden)| hidden.len()).sum();
    let mut out = StringBuilder::with_capacity(values.len(), values.value_data().len() + longer);
    let mut found = found.iter().peekable();
    for (at, value) in values.iter().enumerate() {
        match found.next_if(|(found, _)| *found == at) {
            Some((_, hidden)) => out.append_value(hidden),
            None => out.append_option(value),
        }
    }
    out.finish()
}
