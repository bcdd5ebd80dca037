//! Attributes: JSON values with their types, into the columns of a row.
//!
//! Invariants: an attribute has OpenTelemetry's name where there is one and the row has none of
//! that name yet, else its own; of what comes under one shared name the first stays; those over the
//! bound are counted as dropped; `null` is no attribute.

use std::borrow::Cow;

use plimsoll_model::batch::Attributes;

use super::super::reader::{Kind, Reader};
use super::convention;
use super::origin::{Stated, stated_by};
use crate::otlp::{write_double, write_int, write_key, write_string};

/// Attributes of one row, as many as OTLP's have.
const ATTRIBUTES_MAX: usize = 1_024;

/// How deep arrays and objects may nest; what is deeper is kept as a text.
const NESTING_MAX: usize = 16;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Double(f64),
    Bool(bool),
    /// An array or object.
    Json(&'a str),
}

impl<'a> Value<'a> {
    /// Reads plain JSON.
    pub(super) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        Some(match reader.kind() {
            Kind::Text => Self::Text(reader.text()?),
            Kind::Number => Self::number(reader.raw()),
            Kind::Bool => Self::Bool(reader.boolean()?),
            Kind::Object | Kind::Array => Self::Json(reader.raw()),
            Kind::Null | Kind::End => return None,
        })
    }

    fn number(text: &'a str) -> Self {
        if let Ok(number) = text.parse() {
            return Self::Int(number);
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Self::Double(number),
            _ => Self::Text(Cow::Borrowed(text)),
        }
    }

    /// Reads `{"value": …, "type": …}`. Where the type is missing or does not fit, the value's own
    /// counts. Plain JSON is read too.
    pub(super) fn read_typed(reader: &mut Reader<'a>) -> Option<Self> {
        if reader.kind() != Kind::Object {
            return Self::read(reader);
        }
        let (mut value, mut kind) = (None, Cow::Borrowed(""));
        reader.object(|key, reader| match key {
            "value" => value = Self::read(reader),
            "type" => kind = reader.text().unwrap_or_default(),
            _ => {}
        });
        Some(match (&*kind, value?) {
            ("double", Self::Int(number)) => Self::Double(number as f64),
            ("integer", Self::Double(number)) if is_whole(number) => Self::Int(number as i64),
            ("integer", Self::Text(text)) => text.parse().map_or(Self::Text(text), Self::Int),
            ("string", other) => Self::Text(other.into_text()),
            (_, other) => other,
        })
    }

    /// The value as text.
    pub(super) fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Json(text) => Cow::Borrowed(text),
            Self::Int(number) => Cow::Owned(number.to_string()),
            Self::Double(number) => Cow::Owned(number.to_string()),
            Self::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        }
    }
}

fn is_whole(number: f64) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.fract() == 0.0 && number.abs() <= EXACT
}

/// What is known of the row being built besides its columns.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) dropped: i32,
    /// Who sent it, as far as its attributes say.
    pub(super) stated: Stated,
    count: usize,
    /// Names that the row has and that something else of it may get too.
    taken: Vec<&'static str>,
    /// Room for typed JSON.
    json: Vec<u8>,
}

impl Row {
    /// Begins another row.
    pub(super) fn clear(&mut self) {
        self.dropped = 0;
        self.count = 0;
        self.taken.clear();
        self.stated.clear();
    }

    /// Pushes an attribute, unless it says who sent the row.
    pub(super) fn push(&mut self, columns: &mut Attributes, key: &str, value: Value<'_>) {
        if let (Some(property), Value::Text(text)) = (stated_by(key), &value) {
            self.stated.set(property, text);
            return;
        }
        let current = convention::current(key);
        let is_taken = self.is_taken(current);
        if is_taken && current == key {
            return;
        }
        if self.count >= ATTRIBUTES_MAX {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.count += 1;
        let key = if is_taken { key } else { current };
        if let Some(shared) = convention::shared(key).filter(|shared| !self.is_taken(shared)) {
            self.taken.push(shared);
        }
        self.push_as(columns, key.as_bytes(), value, convention::is_whole(key));
    }

    /// Whether the row has an attribute of this name, as far as names are shared.
    pub(super) fn is_taken(&self, key: &str) -> bool {
        self.taken.contains(&key)
    }

    /// Pushes an attribute unless the row has it.
    pub(super) fn push_missing(&mut self, columns: &mut Attributes, key: &str, value: &str) {
        if !value.is_empty() && !self.is_taken(key) {
            self.push(columns, key, Value::Text(Cow::Borrowed(value)));
        }
    }

    fn push_as(&mut self, columns: &mut Attributes, key: &[u8], value: Value<'_>, whole: bool) {
        match value {
            Value::Text(text) => match text.parse() {
                Ok(number) if whole => columns.push_int(key, number),
                _ => columns.push_string(key, text.as_bytes()),
            },
            Value::Int(number) => columns.push_int(key, number),
            Value::Double(number) => columns.push_double(key, number),
            Value::Bool(value) => columns.push_bool(key, value),
            Value::Json(text) => {
                self.json.clear();
                write_typed(&mut self.json, &mut Reader::new(text), 0);
                columns.push_json(key, &self.json);
            }
        }
    }
}

/// Writes a value as typed JSON.
pub(super) fn write_typed(out: &mut Vec<u8>, reader: &mut Reader<'_>, depth: usize) {
    if depth >= NESTING_MAX && matches!(reader.kind(), Kind::Object | Kind::Array) {
        return write_string(out, reader.raw().as_bytes());
    }
    let mut first = true;
    let mut comma = |out: &mut Vec<u8>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
    };
    match reader.kind() {
        Kind::Object => {
            out.push(b'{');
            reader.object(|key, reader| {
                comma(out);
                write_key(out, key.as_bytes());
                write_typed(out, reader, depth + 1);
            });
            out.push(b'}');
        }
        Kind::Array => {
            out.push(b'[');
            reader.array(|reader| {
                comma(out);
                write_typed(out, reader, depth + 1);
            });
            out.push(b']');
        }
        _ => match Value::read(reader) {
            Some(value) => write_scalar(out, &value),
            None => out.extend_from_slice(b"null"),
        },
    }
}

/// Writes a value that is no array and no object.
fn write_scalar(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Text(text) => write_string(out, text.as_bytes()),
        Value::Int(number) => write_int(out, *number),
        Value::Double(number) => write_double(out, *number),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Json(text) => write_typed(out, &mut Reader::new(text), 0),
    }
}

/// Writes the members of an object as a typed JSON object; nothing where there are none.
pub(super) fn write_members<'a>(
    out: &mut Vec<u8>,
    reader: &mut Reader<'a>,
    read: fn(&mut Reader<'a>) -> Option<Value<'a>>,
) {
    let start = out.len();
    reader.object(|key, reader| {
        if let Some(value) = read(reader) {
            out.push(if out.len() == start { b'{' } else { b',' });
            write_key(out, key.as_bytes());
            write_scalar(out, &value);
        }
    });
    if out.len() > start {
        out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_type_they_are_given_where_it_fits() {
        let check = |json: &str, expected: Option<Value<'_>>| {
            assert_eq!(Value::read_typed(&mut Reader::new(json)), expected, "{json}");
        };
        let text = |text| Some(Value::Text(Cow::Borrowed(text)));
        check(r#"{"value":3,"type":"integer"}"#, Some(Value::Int(3)));
        check(r#"{"type":"integer","value":3.0}"#, Some(Value::Int(3)));
        check(r#"{"type":"integer","value":3.5}"#, Some(Value::Double(3.5)));
        check(r#"{"type":"integer","value":"12"}"#, Some(Value::Int(12)));
        check(r#"{"value":3,"type":"double","unit":"byte"}"#, Some(Value::Double(3.0)));
        check(r#"{"value":true,"type":"boolean"}"#, Some(Value::Bool(true)));
        check(r#"{"value":17,"type":"string"}"#, text("17"));
        check(r#"{"value":["a"],"type":"array"}"#, Some(Value::Json(r#"["a"]"#)));
        check(r#"{"value":"a"}"#, text("a"));
        check(r#"{"value":null,"type":"string"}"#, None);
        check(r#"{"type":"string"}"#, None);
        check("18446744073709551615", Some(Value::Double(18_446_744_073_709_551_615.0)));
        check("1e999", text("1e999"));
        check(r#""plain""#, text("plain"));
    }

    #[test]
    fn nested_values_become_typed_json() {
        let check = |json: &str, expected: &str| {
            let mut out = Vec::new();
            write_typed(&mut out, &mut Reader::new(json), 0);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{json}");
        };
        check(r#"[1, 1.50, "a\u0062", null, true]"#, r#"[1,1.5,"ab",null,true]"#);
        check(r#"{"$bytes":1e2,"a":{}}"#, r#"{"$$bytes":100.0,"a":{}}"#);
        let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
        let inner = format!("{}1{}", "[".repeat(24), "]".repeat(24));
        check(&deep, &format!("{}\"{inner}\"{}", "[".repeat(16), "]".repeat(16)));
    }
}
