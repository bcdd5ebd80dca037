//! Conditions on attributes. An attribute of the span or log record decides; only where it has none
//! of the key does the resource's. A key that begins with `resource.` asks the resource alone.
//!
//! Values compare by text for strings and JSON, by number for numbers. `!=` asks for an attribute that
//! is there and differs.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, BooleanArray, MapArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use parking_lot::Mutex;
use plimsoll_model::Table;
use plimsoll_model::schema::{LOG_PROMOTED, Promoted, PromotedType, SPAN_PROMOTED};

use super::Needle;
use crate::QueryError;
use crate::attributes::{Typed, parse_pairs};
use crate::column::Columns;

/// Keys and values longer than this are refused: no search needs them.
const FILTER_BYTES_MAX: usize = 8 << 10;

/// Distinct resources whose outcome is remembered.
const RESOURCES_KNOWN_MAX: usize = 4 << 10;

const RESOURCE_PREFIX: &str = "resource.";

const MAPS: [&str; 5] = [
    "attributes_string",
    "attributes_int",
    "attributes_double",
    "attributes_bool",
    "attributes_json",
];

/// How an attribute's value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `key=value`.
    Equal,
    /// `key!=value`: there, and different.
    NotEqual,
    /// `key~=value`: contains it, whatever the case.
    Contains,
    /// `key`: there.
    Exists,
}

/// What an attribute should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeFilter {
    /// The attribute's key.
    pub key: String,
    /// How to compare.
    pub comparison: Comparison,
    /// What with; empty for `Exists`.
    pub value: String,
}

impl AttributeFilter {
    /// Parses `key=value`, `key!=value`, `key~=value` or `key`.
    ///
    /// # Errors
    ///
    /// The key is empty, or the text is too long.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let expected = "expected key=value, key!=value, key~=part or key";
        if text.len() > FILTER_BYTES_MAX {
            return Err(QueryError::invalid(format!(
                "an attribute filter has {} bytes, at most {FILTER_BYTES_MAX} are allowed",
                text.len()
            )));
        }
        let (key, comparison, value) = match text.find('=') {
            None => (text, Comparison::Exists, ""),
            Some(at) => {
                let value = &text[at + 1..];
                match text.as_bytes()[..at].last() {
                    Some(b'!') => (&text[..at - 1], Comparison::NotEqual, value),
                    Some(b'~') => (&text[..at - 1], Comparison::Contains, value),
                    _ => (&text[..at], Comparison::Equal, value),
                }
            }
        };
        if key.is_empty() || key == RESOURCE_PREFIX {
            let found = format!("the attribute filter {text:?} has no key");
            return Err(QueryError::invalid(found).hint(expected));
        }
        Ok(Self { key: key.to_owned(), comparison, value: value.to_owned() })
    }
}

/// Tests single values.
#[derive(Debug)]
struct ValueTest {
    comparison: Comparison,
    text: String,
    needle: Needle,
    int: Option<i64>,
    double: Option<f64>,
}

impl ValueTest {
    fn new(filter: &AttributeFilter) -> Self {
        Self {
            comparison: filter.comparison,
            text: filter.value.clone(),
            needle: Needle::new(&filter.value),
            int: filter.value.parse().ok(),
            double: filter.value.parse().ok(),
        }
    }

    fn decide(&self, equal: bool, text: impl FnOnce() -> String) -> bool {
        match self.comparison {
            Comparison::Equal => equal,
            Comparison::NotEqual => !equal,
            Comparison::Contains => self.needle.is_in(&text()),
            Comparison::Exists => true,
        }
    }

    fn text(&self, value: &str) -> bool {
        match self.comparison {
            Comparison::Contains => self.needle.is_in(value),
            _ => self.decide(value == self.text, String::new),
        }
    }

    fn int(&self, value: i64) -> bool {
        let equal = match self.int {
            Some(int) => int == value,
            None => self.double == Some(value as f64),
        };
        self.decide(equal, || value.to_string())
    }

    fn double(&self, value: f64) -> bool {
        let equal =
            self.double.is_some_and(|double| double == value || double.is_nan() && value.is_nan());
        self.decide(equal, || value.to_string())
    }

    fn bool(&self, value: bool) -> bool {
        let text = if value { "true" } else { "false" };
        self.text(text)
    }

    fn typed(&self, value: &Typed) -> bool {
        match value {
            Typed::String(text) => self.text(text),
            Typed::Int(int) => self.int(*int),
            Typed::Double(double) => self.double(*double),
            Typed::Bool(bool) => self.bool(*bool),
            other => self.text(&other.text()),
        }
    }
}

/// An attribute filter made ready for a table.
pub(crate) struct AttributeTest {
    /// The key among the row's own attributes; `None` asks the resource alone.
    own: Option<String>,
    /// The key among the resource's.
    resource: String,
    promoted: Option<Promoted>,
    value: ValueTest,
    /// What the test says of resources met before; `None` where they lack the key.
    resources: Mutex<HashMap<String, bool>>,
}

/// Which rows are decided, and how.
struct Outcome {
    rows: Vec<Option<bool>>,
}

impl Outcome {
    fn set(&mut self, row: usize, passes: impl FnOnce() -> bool) {
        self.rows[row].get_or_insert_with(passes);
    }

    /// Decides rows by their first map entry of a key.
    fn entries(&mut self, map: &MapArray, key: &str, passes: impl Fn(usize) -> bool) {
        let (offsets, keys) = (map.offsets(), map.keys().as_string::<i32>());
        if keys.is_empty() {
            return;
        }
        for (row, outcome) in self.rows.iter_mut().enumerate().filter(|(_, o)| o.is_none()) {
            let entries = offsets[row] as usize..offsets[row + 1] as usize;
            if let Some(entry) = entries.into_iter().find(|entry| keys.value(*entry) == key) {
                *outcome = Some(passes(entry));
            }
        }
    }
}

impl AttributeTest {
    pub(crate) fn new(filter: &AttributeFilter, table: Table) -> Self {
        let key = filter.key.as_str();
        let resource = key.strip_prefix(RESOURCE_PREFIX);
        let promoted = match table {
            Table::Spans => SPAN_PROMOTED,
            Table::Logs => LOG_PROMOTED,
            _ => &[],
        };
        Self {
            own: resource.is_none().then(|| key.to_owned()),
            resource: resource.unwrap_or(key).to_owned(),
            promoted: promoted.iter().find(|p| resource.is_none() && p.key == key).copied(),
            value: ValueTest::new(filter),
            resources: Mutex::default(),
        }
    }

    pub(super) fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["resource"];
        if self.own.is_some() {
            columns.extend(MAPS);
        }
        columns.extend(self.promoted.map(|promoted| promoted.column));
        columns
    }

    pub(super) fn test(&self, rows: &RecordBatch) -> Result<BooleanArray, QueryError> {
        let mut outcome = Outcome { rows: vec![None; rows.num_rows()] };
        if let Some(promoted) = &self.promoted {
            self.test_promoted(rows, promoted, &mut outcome)?;
        }
        if let Some(key) = &self.own {
            self.test_maps(rows, key, &mut outcome)?;
        }
        let resources = rows.text("resource")?.test(|json| self.test_resource(json));
        let row = |(row, decided): (usize, Option<bool>)| {
            Some(decided.unwrap_or_else(|| resources.value(row)))
        };
        Ok(outcome.rows.into_iter().enumerate().map(row).collect())
    }

    fn test_promoted(
        &self,
        rows: &RecordBatch,
        promoted: &Promoted,
        outcome: &mut Outcome,
    ) -> Result<(), QueryError> {
        match promoted.kind {
            PromotedType::String => {
                let column = rows.text(promoted.column)?;
                let passing = column.test(|text| self.value.text(text));
                for row in (0..column.len()).filter(|row| column.get(*row).is_some()) {
                    outcome.set(row, || passing.value(row));
                }
            }
            PromotedType::Int => {
                let column = rows.long(promoted.column)?;
                for row in (0..column.len()).filter(|row| column.is_valid(*row)) {
                    outcome.set(row, || self.value.int(column.value(row)));
                }
            }
        }
        Ok(())
    }

    fn test_maps(
        &self,
        rows: &RecordBatch,
        key: &str,
        outcome: &mut Outcome,
    ) -> Result<(), QueryError> {
        let value = &self.value;
        for name in MAPS {
            let map = rows.map(name)?;
            let values = map.values();
            match name {
                "attributes_string" => {
                    let values = values.as_string::<i32>();
                    outcome.entries(map, key, |entry| value.text(values.value(entry)));
                }
                "attributes_int" => {
                    let values = values.as_primitive::<Int64Type>();
                    outcome.entries(map, key, |entry| value.int(values.value(entry)));
                }
                "attributes_double" => {
                    let values = values.as_primitive::<Float64Type>();
                    outcome.entries(map, key, |entry| value.double(values.value(entry)));
                }
                "attributes_bool" => {
                    let values = values.as_boolean();
                    outcome.entries(map, key, |entry| value.bool(values.value(entry)));
                }
                _ => {
                    let values = values.as_string::<i32>();
                    outcome
                        .entries(map, key, |entry| value.typed(&Typed::parse(values.value(entry))));
                }
            }
        }
        Ok(())
    }

    fn test_resource(&self, json: &str) -> bool {
        let mut known = self.resources.lock();
        if let Some(passes) = known.get(json) {
            return *passes;
        }
        let pairs = parse_pairs(json);
        let found = pairs.iter().find(|(key, _)| *key == self.resource);
        let passes = found.is_some_and(|(_, value)| self.value.typed(value));
        if known.len() < RESOURCES_KNOWN_MAX {
            known.insert(json.to_owned(), passes);
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_parse() {
        use Comparison::{Contains, Equal, Exists, NotEqual};
        for (text, key, comparison, value) in [
            ("a=b", "a", Equal, "b"),
            ("a=b=c", "a", Equal, "b=c"),
            ("a=", "a", Equal, ""),
            ("a!=b", "a", NotEqual, "b"),
            ("a~=b!=", "a", Contains, "b!="),
            ("http.route", "http.route", Exists, ""),
        ] {
            let filter = AttributeFilter::parse(text).unwrap();
            let found = (filter.key.as_str(), filter.comparison, filter.value.as_str());
            assert_eq!(found, (key, comparison, value));
        }
        for text in ["", "=b", "!=b", "resource.=x", &"x".repeat(9_000)] {
            assert!(AttributeFilter::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_compare_by_their_type() {
        let test = |filter: &str| ValueTest::new(&AttributeFilter::parse(filter).unwrap());
        assert!(test("k=42").int(42) && test("k=42.0").int(42) && test("k=42").double(42.0));
        assert!(!test("k=42").int(43) && test("k!=42").int(43) && test("k~=4").int(43));
        assert!(test("k=42").text("42") && !test("k=42").text("42.0"));
        assert!(test("k=true").bool(true) && test("k!=true").bool(false));
        assert!(test("k=NaN").double(f64::NAN) && !test("k=x").int(0));
        let large = i64::MAX - 1;
        assert!(
            test(&format!("k={large}")).int(large) && !test(&format!("k={large}")).int(i64::MAX)
        );
    }
}
