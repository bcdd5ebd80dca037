//! Attributes as the API shows them, from the columns and from typed JSON
//! (`docs/format/attributes.md`).
//!
//! Invariant: what cannot be parsed is shown as the text it is, never dropped.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use plimsoll_model::schema::{Promoted, PromotedType};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use utoipa::ToSchema;

use crate::QueryError;
use crate::column::{Columns, Text};

/// Integers beyond this lose digits in JavaScript and are shown as strings.
const EXACT_MAX: u64 = 1 << 53;

/// An attribute of a span, event, link, log record, resource or scope.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Attribute {
    /// Its key.
    pub key: String,
    /// `string`, `int`, `double`, `bool`, `array`, `map`, `bytes` or `empty`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its value. Integers beyond 2^53 and doubles that JSON has no number for are strings, bytes are
    /// base64.
    #[schema(value_type = Object)]
    pub value: Value,
}

/// An attribute's value with its type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Typed {
    String(String),
    Int(i64),
    Double(f64),
    Bool(bool),
    Bytes(String),
    Array(Vec<Typed>),
    Map(Vec<(String, Typed)>),
    Empty,
}

impl Typed {
    /// Reads typed JSON.
    pub(crate) fn parse(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_else(|_| Self::String(json.to_owned()))
    }

    /// The value's type as the API names it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "string",
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::Bool(_) => "bool",
            Self::Bytes(_) => "bytes",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Empty => "empty",
        }
    }

    /// Plain JSON, without the wrappers.
    pub(crate) fn plain(self) -> Value {
        match self {
            Self::String(text) | Self::Bytes(text) => Value::String(text),
            Self::Int(int) => exact(int),
            Self::Double(double) => number(double),
            Self::Bool(bool) => Value::Bool(bool),
            Self::Array(values) => values.into_iter().map(Self::plain).collect(),
            Self::Map(pairs) => pairs.into_iter().map(|(key, v)| (key, v.plain())).collect(),
            Self::Empty => Value::Null,
        }
    }

    /// What a filter compares: the text itself, or plain JSON.
    pub(crate) fn text(&self) -> String {
        match self.clone().plain() {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    fn named(self, key: &str) -> Attribute {
        Attribute { key: key.to_owned(), kind: self.kind(), value: self.plain() }
    }
}

/// An integer that loses no digits.
pub(crate) fn exact(int: i64) -> Value {
    if int.unsigned_abs() <= EXACT_MAX { Value::from(int) } else { Value::String(int.to_string()) }
}

/// A number, or a string for what JSON has no number for.
pub(crate) fn number(double: f64) -> Value {
    let other = || {
        let name = if double.is_nan() {
            "NaN"
        } else if double > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        Value::String(name.to_owned())
    };
    serde_json::Number::from_f64(double).map_or_else(other, Value::Number)
}

struct TypedVisitor;

impl<'de> Visitor<'de> for TypedVisitor {
    type Value = Typed;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("typed JSON")
    }

    fn visit_unit<E>(self) -> Result<Typed, E> {
        Ok(Typed::Empty)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Typed, E> {
        Ok(Typed::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Typed, E> {
        Ok(Typed::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Typed, E> {
        Ok(i64::try_from(value).map_or(Typed::Double(value as f64), Typed::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Typed, E> {
        Ok(Typed::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Typed, E> {
        Ok(Typed::String(value.to_owned()))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Typed, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Typed::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Typed, A::Error> {
        let mut pairs = raw_pairs(map)?;
        if let [(key, value)] = pairs.as_mut_slice() {
            match (key.as_str(), &*value) {
                ("$double", Typed::String(text)) => {
                    if let Ok(double) = text.parse() {
                        return Ok(Typed::Double(double));
                    }
                }
                ("$bytes", Typed::String(text)) => return Ok(Typed::Bytes(text.clone())),
                _ => {}
            }
        }
        Ok(Typed::Map(unescape(pairs)))
    }
}

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TypedVisitor)
    }
}

fn raw_pairs<'de, A: MapAccess<'de>>(mut map: A) -> Result<Vec<(String, Typed)>, A::Error> {
    let mut pairs = Vec::new();
    while let Some(pair) = map.next_entry()? {
        pairs.push(pair);
    }
    Ok(pairs)
}

/// A key's leading `$` is doubled in typed JSON; a member with a single one is no attribute.
fn unescape(mut pairs: Vec<(String, Typed)>) -> Vec<(String, Typed)> {
    pairs.retain_mut(|(key, _)| {
        let rest = key.strip_prefix('$').map(str::to_owned);
        let is_attribute = rest.as_ref().is_none_or(|rest| rest.starts_with('$'));
        if let Some(rest) = rest {
            *key = rest;
        }
        is_attribute
    });
    pairs
}

struct Pairs(Vec<(String, Typed)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of typed JSON")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Pairs, A::Error> {
                Ok(Pairs(unescape(raw_pairs(map)?)))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

/// The attributes of an object of typed JSON, in order; none where it is none.
pub(crate) fn parse_pairs(json: &str) -> Vec<(String, Typed)> {
    serde_json::from_str::<Pairs>(json).map(|pairs| pairs.0).unwrap_or_default()
}

/// The attributes of an object of typed JSON as the API shows them.
pub(crate) fn parse_attributes(json: Option<&str>) -> Vec<Attribute> {
    let pairs = json.map(parse_pairs).unwrap_or_default();
    pairs.into_iter().map(|(key, value)| value.named(&key)).collect()
}

/// The attributes of a row by key: its promoted columns and its typed maps.
pub(crate) fn row_attributes(
    rows: &RecordBatch,
    row: usize,
    promoted: &[Promoted],
) -> Result<Vec<Attribute>, QueryError> {
    let mut found = Vec::new();
    for promoted in promoted {
        let array = rows.array(promoted.column)?;
        if array.is_null(row) {
            continue;
        }
        let value = match promoted.kind {
            PromotedType::String => {
                let text = Text::of(array).and_then(|text| text.get(row));
                text.map(|text| Typed::String(text.to_owned()))
            }
            PromotedType::Int => Some(Typed::Int(rows.long(promoted.column)?.value(row))),
        };
        found.extend(value.map(|value| value.named(promoted.key)));
    }
    let mut map = |name: &str, typed: &dyn Fn(&dyn Array, usize) -> Typed| {
        let map = rows.map(name)?;
        let (keys, values) = (map.keys().as_string::<i32>(), map.values());
        let entries = map.offsets()[row] as usize..map.offsets()[row + 1] as usize;
        found.extend(entries.map(|at| typed(values, at).named(keys.value(at))));
        Ok::<_, QueryError>(())
    };
    map("attributes_string", &|values, at| {
        Typed::String(values.as_string::<i32>().value(at).to_owned())
    })?;
    map("attributes_int", &|values, at| Typed::Int(values.as_primitive::<Int64Type>().value(at)))?;
    map("attributes_double", &|values, at| {
        Typed::Double(values.as_primitive::<Float64Type>().value(at))
    })?;
    map("attributes_bool", &|values, at| Typed::Bool(values.as_boolean().value(at)))?;
    map("attributes_json", &|values, at| Typed::parse(values.as_string::<i32>().value(at)))?;
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}

/// The columns that [`row_attributes`] reads.
pub(crate) fn attribute_columns(promoted: &[Promoted]) -> Vec<&'static str> {
    let maps = [
        "attributes_string",
        "attributes_int",
        "attributes_double",
        "attributes_bool",
        "attributes_json",
        "dropped_attributes_count",
    ];
    promoted.iter().map(|promoted| promoted.column).chain(maps).collect()
}

/// Bytes as hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn typed_json_keeps_types() {
        let json = r#"{"s":"x","i":9007199254740993,"d":1.0,"n":{"$double":"NaN"},
            "b":{"$bytes":"AQI="},"l":[1,0.30000000000000004],"m":{"$$double":true},"e":null,
            "$$k":false,"$entity_refs":[]}"#;
        let found = parse_attributes(Some(json));
        let expected = [
            ("s", "string", json!("x")),
            ("i", "int", json!("9007199254740993")),
            ("d", "double", json!(1.0)),
            ("n", "double", json!("NaN")),
            ("b", "bytes", json!("AQI=")),
            ("l", "array", json!([1, 0.300_000_000_000_000_04])),
            ("m", "map", json!({"$double": true})),
            ("e", "empty", json!(null)),
            ("$k", "bool", json!(false)),
        ];
        let expected =
            expected.map(|(key, kind, value)| Attribute { key: key.into(), kind, value });
        assert_eq!(found, expected);
    }
}
