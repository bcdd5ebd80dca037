//! The attribute columns of one table: promoted keys in columns of their own, the others in one
//! map a type, in the order they came.
//!
//! Invariant: an attribute lands in exactly one place. The first of a promoted key *and* type goes
//! to the key's column, whatever comes after it under that key to the map of its type.

use std::sync::LazyLock;

use arrow::array::ArrayRef;
use arrow::datatypes::{Float64Type, Int64Type, Schema};
use arrow::error::ArrowError;

use super::FinishError;
use super::column::{Bytes, Entries, Sparse, SparseBytes, boolean, primitive};
use crate::schema::{LOG_PROMOTED, Promoted, PromotedType, SPAN_PROMOTED};

/// Finds promoted keys. Three numbers of a key (its length, a byte from its middle, its last byte)
/// give a slot; a key is compared only with the one promoted key of its slot, and most have none.
pub(super) struct Lookup {
    keys: &'static [Promoted],
    factors: (usize, usize),
    slots: [u8; SLOTS],
}

const SLOTS: usize = 256;
const EMPTY: u8 = u8::MAX;

#[inline]
fn slot_of(key: &[u8], factors: (usize, usize)) -> usize {
    let (length, last) = (key.len(), key.last().copied().unwrap_or_default());
    let middle = key.get(length / 2).copied().unwrap_or_default();
    (length + usize::from(middle) * factors.0 + usize::from(last) * factors.1) % SLOTS
}

impl Lookup {
    /// Tries factors until every key has a slot of its own.
    fn new(keys: &'static [Promoted]) -> Self {
        let factors = |at: usize| (at % SLOTS, at / SLOTS % SLOTS);
        let slots = |factors| {
            let mut slots = [EMPTY; SLOTS];
            let free = keys.iter().enumerate().all(|(at, promoted)| {
                let slot = slot_of(promoted.key.as_bytes(), factors);
                std::mem::replace(&mut slots[slot], at as u8) == EMPTY
            });
            free.then_some(slots)
        };
        let found =
            (0..SLOTS * SLOTS).map(factors).find_map(|factors| Some((factors, slots(factors)?)));
        let (factors, slots) = found.expect("a few keys get slots of their own; a test sees to it");
        Self { keys, factors, slots }
    }

    #[inline]
    fn find(&self, key: &[u8], kind: PromotedType) -> Option<usize> {
        let at = usize::from(self.slots[slot_of(key, self.factors)]);
        let promoted = self.keys.get(at)?;
        (promoted.kind == kind && promoted.key.as_bytes() == key).then_some(at)
    }
}

static SPANS: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(SPAN_PROMOTED));
static LOGS: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(LOG_PROMOTED));

#[derive(Debug, Default)]
struct MapOf<V> {
    rows: Entries,
    keys: Bytes,
    values: V,
}

/// What instrumented services send, about.
const STRINGS_A_ROW: usize = 10;
const NUMBERS_A_ROW: usize = 4;
const STRING_BYTES: usize = 24;

/// The attributes of a table's rows. What was pushed since the last commit belongs to one row.
pub struct Attributes {
    lookup: &'static Lookup,
    row: usize,
    /// As long as the promoted keys; only those of the string kind are used, likewise below.
    promoted_text: Vec<SparseBytes>,
    promoted_int: Vec<Sparse<i64>>,
    string: MapOf<Bytes>,
    int: MapOf<Vec<i64>>,
    double: MapOf<Vec<f64>>,
    bool: MapOf<Vec<bool>>,
    json: MapOf<Bytes>,
}

impl Attributes {
    fn new(lookup: &'static Lookup) -> Self {
        Self {
            lookup,
            row: 0,
            promoted_text: lookup.keys.iter().map(|_| SparseBytes::default()).collect(),
            promoted_int: lookup.keys.iter().map(|_| Sparse::default()).collect(),
            string: MapOf::default(),
            int: MapOf::default(),
            double: MapOf::default(),
            bool: MapOf::default(),
            json: MapOf::default(),
        }
    }

    pub(super) fn of_spans() -> Self {
        Self::new(&SPANS)
    }

    pub(super) fn of_logs() -> Self {
        Self::new(&LOGS)
    }

    pub(super) fn reserve(&mut self, rows: usize) {
        self.string.rows.reserve(rows);
        self.int.rows.reserve(rows);
        self.double.rows.reserve(rows);
        self.bool.rows.reserve(rows);
        self.json.rows.reserve(rows);
        // Growing by doubling would touch twice the memory; what is not used is given back untouched.
        for entries in [&mut self.string.keys, &mut self.string.values] {
            entries.reserve(rows * STRINGS_A_ROW);
            entries.reserve_bytes(rows * STRINGS_A_ROW * STRING_BYTES);
        }
        self.int.keys.reserve(rows * NUMBERS_A_ROW);
        self.int.keys.reserve_bytes(rows * NUMBERS_A_ROW * STRING_BYTES);
        self.int.values.reserve(rows * NUMBERS_A_ROW);
    }

    /// Adds a string attribute to the row.
    #[inline]
    pub fn push_string(&mut self, key: &[u8], value: &[u8]) {
        if let Some(at) = self.lookup.find(key, PromotedType::String) {
            let column = &mut self.promoted_text[at];
            if !column.is_set(self.row) {
                return column.set(self.row, value);
            }
        }
        self.string.keys.push(key);
        self.string.values.push(value);
    }

    /// Adds an integer attribute to the row.
    #[inline]
    pub fn push_int(&mut self, key: &[u8], value: i64) {
        if let Some(at) = self.lookup.find(key, PromotedType::Int) {
            let column = &mut self.promoted_int[at];
            if !column.is_set(self.row) {
                return column.set(self.row, value);
            }
        }
        self.int.keys.push(key);
        self.int.values.push(value);
    }

    /// Adds a floating-point attribute to the row.
    #[inline]
    pub fn push_double(&mut self, key: &[u8], value: f64) {
        self.double.keys.push(key);
        self.double.values.push(value);
    }

    /// Adds a boolean attribute to the row.
    #[inline]
    pub fn push_bool(&mut self, key: &[u8], value: bool) {
        self.bool.keys.push(key);
        self.bool.values.push(value);
    }

    /// Adds an attribute of any other type to the row, as typed JSON.
    #[inline]
    pub fn push_json(&mut self, key: &[u8], value: &[u8]) {
        self.json.keys.push(key);
        self.json.values.push(value);
    }

    /// Closes the row.
    pub(super) fn commit(&mut self) {
        self.string.rows.commit(self.string.keys.len());
        self.int.rows.commit(self.int.keys.len());
        self.double.rows.commit(self.double.keys.len());
        self.bool.rows.commit(self.bool.keys.len());
        self.json.rows.commit(self.json.keys.len());
        self.row += 1;
    }

    /// Forgets what was pushed since the last commit.
    pub(super) fn rollback(&mut self) {
        self.promoted_text.iter_mut().for_each(|column| column.truncate(self.row));
        self.promoted_int.iter_mut().for_each(|column| column.truncate(self.row));
        let entries = self.string.rows.committed();
        self.string.keys.truncate(entries);
        self.string.values.truncate(entries);
        let entries = self.int.rows.committed();
        self.int.keys.truncate(entries);
        self.int.values.truncate(entries);
        let entries = self.double.rows.committed();
        self.double.keys.truncate(entries);
        self.double.values.truncate(entries);
        let entries = self.bool.rows.committed();
        self.bool.keys.truncate(entries);
        self.bool.values.truncate(entries);
        let entries = self.json.rows.committed();
        self.json.keys.truncate(entries);
        self.json.values.truncate(entries);
    }

    /// The promoted columns and then the five maps, in the schema's order.
    pub(super) fn finish(
        self,
        schema: &Schema,
        columns: &mut Vec<ArrayRef>,
    ) -> Result<(), FinishError> {
        let rows = self.row;
        let promoted = self.promoted_text.into_iter().zip(self.promoted_int);
        for (promoted, (text, int)) in self.lookup.keys.iter().zip(promoted) {
            columns.push(match promoted.kind {
                PromotedType::String => text.finish_text(rows)?,
                PromotedType::Int => int.finish::<Int64Type>(rows),
            });
        }
        let (string, int, double, bool, json) =
            (self.string, self.int, self.double, self.bool, self.json);
        let maps = [
            ("attributes_string", string.rows, string.keys, string.values.finish_text()?),
            ("attributes_int", int.rows, int.keys, primitive::<Int64Type>(int.values)),
            (
                "attributes_double",
                double.rows,
                double.keys,
                primitive::<Float64Type>(double.values),
            ),
            ("attributes_bool", bool.rows, bool.keys, boolean(bool.values)),
            ("attributes_json", json.rows, json.keys, json.values.finish_text()?),
        ];
        for (name, rows, keys, values) in maps {
            let keys = keys.finish_text()?;
            columns.push(column_of(schema, name, |kind| rows.map(kind, keys, values))?);
        }
        Ok(())
    }
}

/// Builds the array of a column whose type the schema gives.
pub(super) fn column_of(
    schema: &Schema,
    name: &'static str,
    build: impl FnOnce(&arrow::datatypes::DataType) -> Result<ArrayRef, ArrowError>,
) -> Result<ArrayRef, FinishError> {
    schema
        .field_with_name(name)
        .and_then(|field| build(field.data_type()))
        .map_err(|error| FinishError::Schema(name, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promoted_key_is_found_by_its_type_only() {
        for (lookup, keys) in [(&*SPANS, SPAN_PROMOTED), (&*LOGS, LOG_PROMOTED)] {
            for (at, promoted) in keys.iter().enumerate() {
                assert_eq!(lookup.find(promoted.key.as_bytes(), promoted.kind), Some(at));
                let other = match promoted.kind {
                    PromotedType::String => PromotedType::Int,
                    PromotedType::Int => PromotedType::String,
                };
                assert_eq!(lookup.find(promoted.key.as_bytes(), other), None);
            }
            assert_eq!(lookup.find(b"http.route2", PromotedType::String), None);
            assert_eq!(lookup.find(&[b'x'; 200], PromotedType::String), None);
        }
    }
}
