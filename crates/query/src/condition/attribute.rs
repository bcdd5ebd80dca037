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

use super::value::ValueTest;
use crate::QueryError;
use crate::attributes::{Typed, parse_pairs};
use crate::column::Columns;
use crate::scan::Group;

/// Keys and values longer than this are refused: no search needs them.
const FILTER_BYTES_MAX: usize = 8 << 10;

/// Distinct resources whose outcome is remembered.
const RESOURCES_KNOWN_MAX: usize = 4 << 10;

const RESOURCE_PREFIX: &str = "resource.";

/// Where an attribute may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    promoted: bool,
    maps: [bool; MAPS.len()],
    resource: bool,
}

impl Places {
    pub(crate) const ALL: Self = Self { promoted: true, maps: [true; MAPS.len()], resource: true };
}

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

    pub(super) fn columns(&self, places: Places) -> Vec<&'static str> {
        let mut columns = Vec::new();
        if places.resource {
            columns.push("resource");
        }
        if self.own.is_some() {
            columns.extend(MAPS.iter().zip(places.maps).filter(|(_, read)| *read).map(|(m, _)| *m));
        }
        columns.extend(self.promoted.filter(|_| places.promoted).map(|promoted| promoted.column));
        columns
    }

    /// Where in a row group the attribute must be looked for; `None` where it passes nowhere.
    pub(super) fn places(&self, group: &Group<'_>) -> Option<Places> {
        let promoted = self.promoted.filter(|promoted| group.has_values(promoted.column));
        let mut passes = promoted.is_some_and(|promoted| self.may_pass_promoted(group, &promoted));
        let mut maps = [false; MAPS.len()];
        if let Some(key) = &self.own {
            for (name, has) in MAPS.iter().zip(&mut maps) {
                *has = has_key(group, name, key);
                passes |= *has && self.may_pass_map(group, name);
            }
        }
        let resources = group.texts("resource");
        let resource = resources.is_none_or(|all| all.iter().any(|json| self.test_resource(json)));
        // What is there but does not pass still hides the resource's.
        let places = Places { promoted: promoted.is_some(), maps, resource };
        (passes || resource).then_some(places)
    }

    fn may_pass_promoted(&self, group: &Group<'_>, promoted: &Promoted) -> bool {
        match (promoted.kind, self.value.equals_text()) {
            (PromotedType::String, Some(text)) => group.may_hold(promoted.column, text.as_bytes()),
            (PromotedType::Int, Some(_)) => match self.value.equals_int() {
                Some(int) => group
                    .int_bounds(promoted.column)
                    .is_none_or(|(least, most)| least <= int && int <= most),
                None => self.value.equals_number(),
            },
            (_, None) => true,
        }
    }

    /// Whether a map that has the key may have a value that passes.
    fn may_pass_map(&self, group: &Group<'_>, name: &str) -> bool {
        let Some(text) = self.value.equals_text() else { return true };
        match name {
            "attributes_string" => {
                group.may_hold(&format!("{name}.key_value.value"), text.as_bytes())
            }
            "attributes_int" | "attributes_double" => self.value.equals_number(),
            "attributes_bool" => matches!(text, "true" | "false"),
            _ => true,
        }
    }

    pub(super) fn test(
        &self,
        rows: &RecordBatch,
        places: Places,
    ) -> Result<BooleanArray, QueryError> {
        let mut outcome = Outcome { rows: vec![None; rows.num_rows()] };
        if let Some(promoted) = self.promoted.as_ref().filter(|_| places.promoted) {
            self.test_promoted(rows, promoted, &mut outcome)?;
        }
        if let Some(key) = &self.own {
            self.test_maps(rows, key, places, &mut outcome)?;
        }
        if !places.resource {
            return Ok(outcome.rows.into_iter().map(|row| Some(row == Some(true))).collect());
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
        places: Places,
        outcome: &mut Outcome,
    ) -> Result<(), QueryError> {
        let value = &self.value;
        for (name, _) in MAPS.iter().zip(places.maps).filter(|(_, read)| *read) {
            let map = rows.map(name)?;
            let values = map.values();
            match *name {
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

/// Whether a map of a row group may have a key.
fn has_key(group: &Group<'_>, map: &str, key: &str) -> bool {
    let path = format!("{map}.key_value.key");
    group.has_values(&path)
        && group.may_hold(&path, key.as_bytes())
        && group.texts(&path).is_none_or(|keys| keys.iter().any(|found| found == key))
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
}
