//! Attributes: `KeyValue` and `AnyValue` messages, and what becomes of them.
//!
//! Invariants: the common shapes are read without a loop; every other goes through the general
//! path, which follows protobuf to the letter (fields in any order, the last member of a oneof
//! wins, repeated occurrences of one embedded message merge). References into a profile's string
//! table mean nothing here and count as absent, as OTLP asks.

use plimsoll_model::batch::Attributes;

use super::context::Context;
use super::fault::{Fault, Within};
use super::reader::{Known, Reader, fixed64, len, varint};
use super::text::{write_bytes, write_double, write_int, write_key, write_string};

/// The occurrences of an embedded message; their fields together are the message's.
#[derive(Clone, Debug)]
pub(super) enum Parts<'a> {
    One(&'a [u8]),
    Many(Vec<&'a [u8]>),
}

impl<'a> Parts<'a> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        match self {
            Self::One(part) => std::slice::from_ref(part).iter().copied(),
            Self::Many(parts) => parts.iter().copied(),
        }
    }

    pub(super) fn push(&mut self, part: &'a [u8]) {
        match self {
            Self::One(first) => *self = Self::Many(vec![*first, part]),
            Self::Many(parts) => parts.push(part),
        }
    }
}

/// An `AnyValue`.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Empty,
    String(&'a [u8]),
    Bool(bool),
    Int(i64),
    Double(f64),
    Array(Parts<'a>),
    Map(Parts<'a>),
    Bytes(&'a [u8]),
}

impl Value<'_> {
    /// The number of the `AnyValue`'s field, 0 where there is none.
    pub(super) fn type_number(&self) -> u8 {
        match self {
            Self::Empty => 0,
            Self::String(_) => 1,
            Self::Bool(_) => 2,
            Self::Int(_) => 3,
            Self::Double(_) => 4,
            Self::Array(_) => 5,
            Self::Map(_) => 6,
            Self::Bytes(_) => 7,
        }
    }
}

const KEY_VALUE: Known = Known::fields(&[1, 2, 3]);
const ANY_VALUE: Known = Known::fields(&[1, 2, 3, 4, 5, 6, 7, 8]);
const LIST: Known = Known::fields(&[1]);

/// Splits off a length-delimited field of this tag and a length below 16,384.
#[inline]
fn split_field(message: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    match message {
        [t, length @ 0..=0x7f, rest @ ..] if *t == tag => {
            rest.split_at_checked(usize::from(*length))
        }
        [t, low, high @ 1..=0x7f, rest @ ..] if *t == tag => {
            rest.split_at_checked(usize::from(*low & 0x7f) | usize::from(*high) << 7)
        }
        _ => None,
    }
}

/// Decodes a `KeyValue`.
#[inline]
pub(super) fn key_value(message: &[u8]) -> Result<(&[u8], Value<'_>), Fault> {
    if let Some((key, rest)) = split_field(message, len(1) as u8)
        && let Some((value, [])) = split_field(rest, len(2) as u8)
    {
        return Ok((key, any_value(value)?));
    }
    key_value_in_general(message)
}

const KEY: u32 = len(1);
const VALUE: u32 = len(2);
const KEY_REFERENCE: u32 = varint(3);

fn key_value_in_general(message: &[u8]) -> Result<(&[u8], Value<'_>), Fault> {
    let mut key: &[u8] = b"";
    let mut value: Option<Parts<'_>> = None;
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            KEY => key = reader.bytes().within("key")?,
            VALUE => {
                let part = reader.bytes().within("value")?;
                match &mut value {
                    None => value = Some(Parts::One(part)),
                    Some(parts) => parts.push(part),
                }
            }
            KEY_REFERENCE => drop(reader.varint()?),
            _ => reader.skip(tag, KEY_VALUE)?,
        }
    }
    let value = value.map_or(Ok(Value::Empty), |parts| any_value_in_general(parts.iter()))?;
    Ok((key, value))
}

const STRING: u32 = len(1);
const BOOL: u32 = varint(2);
const INT: u32 = varint(3);
const DOUBLE: u32 = fixed64(4);
const ARRAY: u32 = len(5);
const MAP: u32 = len(6);
const BYTES: u32 = len(7);
const STRING_REFERENCE: u32 = varint(8);

/// Decodes an `AnyValue`.
#[inline]
pub(super) fn any_value(message: &[u8]) -> Result<Value<'_>, Fault> {
    match message {
        [0x0a, length @ 0..=0x7f, text @ ..] if text.len() == usize::from(*length) => {
            Ok(Value::String(text))
        }
        [0x18, byte @ 0..=0x7f] => Ok(Value::Int(i64::from(*byte))),
        [0x18, low @ 0x80..=0xff, high @ 0..=0x7f] => {
            Ok(Value::Int(i64::from(*low & 0x7f) | i64::from(*high) << 7))
        }
        [0x10, byte @ 0..=1] => Ok(Value::Bool(*byte == 1)),
        [0x21, bits @ ..] if bits.len() == 8 => Ok(Value::Double(Reader::new(bits).double()?)),
        _ => any_value_in_general(std::iter::once(message)),
    }
}

pub(super) fn any_value_in_general<'a>(
    parts: impl Iterator<Item = &'a [u8]>,
) -> Result<Value<'a>, Fault> {
    let mut value = Value::Empty;
    for part in parts {
        let mut reader = Reader::new(part);
        while let Some(tag) = reader.tag()? {
            let next = match tag {
                STRING => Value::String(reader.bytes().within("string_value")?),
                BOOL => Value::Bool(reader.varint().within("bool_value")? != 0),
                INT => Value::Int(reader.varint().within("int_value")? as i64),
                DOUBLE => Value::Double(reader.double().within("double_value")?),
                ARRAY => {
                    let part = reader.bytes().within("array_value")?;
                    if let Value::Array(parts) = &mut value {
                        parts.push(part);
                        continue;
                    }
                    Value::Array(Parts::One(part))
                }
                MAP => {
                    let part = reader.bytes().within("kvlist_value")?;
                    if let Value::Map(parts) = &mut value {
                        parts.push(part);
                        continue;
                    }
                    Value::Map(Parts::One(part))
                }
                BYTES => Value::Bytes(reader.bytes().within("bytes_value")?),
                STRING_REFERENCE => {
                    reader.varint().within("string_value_strindex")?;
                    Value::Empty
                }
                _ => {
                    reader.skip(tag, ANY_VALUE)?;
                    continue;
                }
            };
            check_replaced(&std::mem::replace(&mut value, next))?;
        }
    }
    Ok(value)
}

/// Checks the framing of a value that a later field replaces: a request is well formed as a whole or
/// not at all.
fn check_replaced(value: &Value<'_>) -> Result<(), Fault> {
    match value {
        Value::Array(parts) => parts.iter().try_for_each(|part| check_list(part, ARRAY, 0)),
        Value::Map(parts) => parts.iter().try_for_each(|part| check_list(part, MAP, 0)),
        _ => Ok(()),
    }
}

/// Checks the framing of the elements of an array or map, as deep as values may nest at all.
fn check_list(list: &[u8], kind: u32, depth: usize) -> Result<(), Fault> {
    const DEPTH_MAX: usize = 100;
    if depth > DEPTH_MAX {
        return Ok(());
    }
    each_element(&Parts::One(list), |index, element| {
        let checked = match kind {
            MAP => check_pair(element, depth),
            _ => check_value(element, depth),
        };
        checked.within_element("values", index)
    })
}

/// Checks the framing of a `KeyValue` that nobody keeps; it sits `depth` arrays or maps deep.
pub(super) fn check_pair(pair: &[u8], depth: usize) -> Result<(), Fault> {
    let mut reader = Reader::new(pair);
    while let Some(tag) = reader.tag()? {
        match tag {
            KEY => drop(reader.bytes()?),
            KEY_REFERENCE => drop(reader.varint()?),
            VALUE => check_value(reader.bytes()?, depth).within("value")?,
            _ => reader.skip(tag, KEY_VALUE)?,
        }
    }
    Ok(())
}

fn check_value(value: &[u8], depth: usize) -> Result<(), Fault> {
    let mut reader = Reader::new(value);
    while let Some(tag) = reader.tag()? {
        match tag {
            ARRAY | MAP => check_list(reader.bytes()?, tag, depth + 1)?,
            STRING | BYTES => drop(reader.bytes()?),
            BOOL | INT | STRING_REFERENCE => drop(reader.varint()?),
            DOUBLE => drop(reader.double()?),
            _ => reader.skip(tag, ANY_VALUE)?,
        }
    }
    Ok(())
}

/// Writes a value as typed JSON; it sits `depth` arrays or maps deep.
pub(super) fn write_value(
    out: &mut Vec<u8>,
    value: &Value<'_>,
    depth: usize,
    cx: &Context<'_>,
) -> Result<(), Fault> {
    match value {
        Value::Empty => out.extend_from_slice(b"null"),
        Value::String(text) => write_string(out, cx.text(text)?),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Int(value) => write_int(out, *value),
        Value::Double(value) => write_double(out, *value),
        Value::Bytes(bytes) => write_bytes(out, cx.bytes(bytes)?),
        Value::Array(parts) => write_array(out, parts, depth, cx)?,
        Value::Map(parts) => {
            cx.nested(depth)?;
            out.push(b'{');
            let mut first = true;
            each_element(parts, |index, message| {
                let pair = write_pair(out, message, &mut first, depth + 1, cx);
                pair.within_element("kvlist_value.values", index)
            })?;
            out.push(b'}');
        }
    }
    Ok(())
}

fn write_array(
    out: &mut Vec<u8>,
    parts: &Parts<'_>,
    depth: usize,
    cx: &Context<'_>,
) -> Result<(), Fault> {
    cx.nested(depth)?;
    out.push(b'[');
    each_element(parts, |index, message| {
        if index > 0 {
            out.push(b',');
        }
        any_value(message)
            .and_then(|value| write_value(out, &value, depth + 1, cx))
            .within_element("array_value.values", index)
    })?;
    out.push(b']');
    Ok(())
}

/// Calls `visit` with each element of a message whose only field is a list of messages.
fn each_element<'a>(
    parts: &Parts<'a>,
    mut visit: impl FnMut(usize, &'a [u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    const VALUES: u32 = len(1);
    let mut index = 0;
    for part in parts.iter() {
        let mut reader = Reader::new(part);
        while let Some(tag) = reader.tag()? {
            match tag {
                VALUES => {
                    visit(index, reader.bytes().within_element("values", index)?)?;
                    index += 1;
                }
                _ => reader.skip(tag, LIST)?,
            }
        }
    }
    Ok(())
}

/// Writes a `KeyValue` as a member of a JSON object.
fn write_pair(
    out: &mut Vec<u8>,
    message: &[u8],
    first: &mut bool,
    depth: usize,
    cx: &Context<'_>,
) -> Result<(), Fault> {
    let (key, value) = key_value(message)?;
    if !std::mem::take(first) {
        out.push(b',');
    }
    write_key(out, cx.text(key).within("key")?);
    write_value(out, &value, depth, cx).within("value")
}

/// A typed JSON object under construction from repeated `KeyValue` fields.
pub(super) struct Object<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    count: usize,
}

impl<'o> Object<'o> {
    /// An object to be appended to `out`; nothing is, where it stays empty.
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { start: out.len(), out, count: 0 }
    }

    pub(super) fn push(
        &mut self,
        key: &[u8],
        value: &Value<'_>,
        cx: &Context<'_>,
    ) -> Result<(), Fault> {
        self.count += 1;
        cx.attribute_count(self.count)?;
        self.out.push(if self.count == 1 { b'{' } else { b',' });
        write_key(self.out, cx.text(key).within("key")?);
        write_value(self.out, value, 0, cx).within("value")
    }

    /// Adds an element of the repeated `KeyValue` field of this name.
    pub(super) fn push_message(
        &mut self,
        field: &'static str,
        message: &[u8],
        cx: &Context<'_>,
    ) -> Result<(), Fault> {
        let index = self.count;
        key_value(message)
            .and_then(|(key, value)| self.push(key, &value, cx))
            .within_element(field, index)
    }

    /// Closes the object and returns where in `out` it is.
    pub(super) fn finish(self) -> std::ops::Range<usize> {
        if self.count > 0 {
            self.out.push(b'}');
        }
        self.start..self.out.len()
    }
}

/// Decodes one `KeyValue` into the attribute columns.
///
/// The usual shapes go from bytes to columns without a [`Value`] in between: building one and
/// taking it apart again costs as much as all the rest.
#[inline]
pub(super) fn push_attribute(
    attributes: &mut Attributes,
    message: &[u8],
    json: &mut Vec<u8>,
    cx: &Context<'_>,
) -> Result<(), Fault> {
    let Some((key, rest)) = split_field(message, len(1) as u8) else {
        return push_attribute_in_general(attributes, message, json, cx);
    };
    let Some((value, [])) = split_field(rest, len(2) as u8) else {
        return push_attribute_in_general(attributes, message, json, cx);
    };
    match value {
        [0x0a, ..] => {
            if let Some((text, [])) = split_field(value, len(1) as u8) {
                cx.text(key).within("key")?;
                attributes.push_string(key, cx.text(text).within("value")?);
                return Ok(());
            }
        }
        [0x18, ..] => {
            let mut reader = Reader::new(&value[1..]);
            let int = reader.varint()?;
            if reader.is_empty() {
                attributes.push_int(cx.text(key).within("key")?, int as i64);
                return Ok(());
            }
        }
        [0x10, bool @ 0..=1] => {
            attributes.push_bool(cx.text(key).within("key")?, *bool == 1);
            return Ok(());
        }
        [0x21, bits @ ..] => {
            if let Ok(bits) = bits.try_into() {
                let double = f64::from_bits(u64::from_le_bytes(bits));
                attributes.push_double(cx.text(key).within("key")?, double);
                return Ok(());
            }
        }
        _ => {}
    }
    push_attribute_in_general(attributes, message, json, cx)
}

#[inline(never)]
fn push_attribute_in_general(
    attributes: &mut Attributes,
    message: &[u8],
    json: &mut Vec<u8>,
    cx: &Context<'_>,
) -> Result<(), Fault> {
    let (key, value) = key_value_in_general(message)?;
    cx.text(key).within("key")?;
    match value {
        Value::String(text) => attributes.push_string(key, cx.text(text).within("value")?),
        Value::Int(value) => attributes.push_int(key, value),
        Value::Bool(value) => attributes.push_bool(key, value),
        Value::Double(value) => attributes.push_double(key, value),
        other => {
            json.clear();
            write_value(json, &other, 0, cx).within("value")?;
            attributes.push_json(key, json);
        }
    }
    Ok(())
}
