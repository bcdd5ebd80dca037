//! The pass over the JSON text. Every message and value is visited once, and its bytes appended.

use std::fmt;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::JsonError;
use super::schema::{Field, Message, Type};
use crate::otlp::fault::preview;

/// What was written, and where in the input the reader is.
struct State {
    out: Vec<u8>,
    /// Fields from the outermost in; an element of a list has its index. Left as it is where an
    /// error occurs.
    path: Vec<(&'static Field, Option<usize>)>,
}

pub(super) fn transcode(message: &'static Message, body: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut state = State { out: Vec::with_capacity(body.len() / 2), path: Vec::new() };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = MessageSeed { message, state: &mut state }.deserialize(&mut reader);
    match read.and_then(|()| reader.end()) {
        Ok(()) => Ok(state.out),
        Err(error) => Err(describe(&error, &state)),
    }
}

fn describe(error: &serde_json::Error, state: &State) -> JsonError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let position = format!(" at line {line} column {column}");
    let problem = text.strip_suffix(&position).unwrap_or(&text).to_owned();
    let path: Vec<String> = (state.path.iter())
        .map(|(field, index)| match index {
            Some(index) => format!("{}[{index}]", field.json_name()),
            None => field.json_name(),
        })
        .collect();
    JsonError { line, column, path: path.join("."), problem }
}

impl State {
    fn write_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    /// Opens a length-delimited field; its length is known when it is closed.
    fn open(&mut self, field: u32) -> usize {
        self.write_varint(u64::from(super::super::reader::len(field)));
        self.out.push(0);
        self.out.len()
    }

    fn close(&mut self, start: usize) {
        let length = self.out.len() - start;
        if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
            self.out[start - 1] = short;
            return;
        }
        // The length takes more than the byte set aside: make room for it.
        let end = self.out.len();
        self.write_varint(length as u64);
        let width = self.out.len() - end;
        self.out[start..].rotate_right(width);
        self.out.remove(start - 1);
    }

    fn write_bytes(&mut self, field: &Field, bytes: &[u8]) {
        self.write_varint(u64::from(field.tag()));
        self.write_varint(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }
}

/// Reads an object as a message, and writes its fields.
struct MessageSeed<'s> {
    message: &'static Message,
    state: &'s mut State,
}

impl<'de> DeserializeSeed<'de> for MessageSeed<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MessageSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", self.message.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key_seed(KeySeed(self.message))? {
            let Some(field) = field else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.state.path.push((field, None));
            map.next_value_seed(ValueSeed { field, element: None, state: self.state })?;
            self.state.path.pop();
        }
        Ok(())
    }
}

/// Finds the field a key names.
struct KeySeed(&'static Message);

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Option<&'static Field>;

    fn deserialize<D: serde::Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Option<&'static Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.field(key))
    }
}

/// How an element of a repeated field is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    /// With a tag of its own.
    Tagged,
    /// As part of a packed field.
    Packed,
}

/// Reads a field's value, or one element of it.
struct ValueSeed<'s> {
    field: &'static Field,
    /// `None` for the whole field.
    element: Option<Element>,
    state: &'s mut State,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl ValueSeed<'_> {
    /// Whether a list is due and nothing else.
    fn is_list(&self) -> bool {
        self.field.repeated && self.element.is_none()
    }

    fn tag(&mut self) {
        if self.element != Some(Element::Packed) {
            self.state.write_varint(u64::from(self.field.tag()));
        }
    }

    fn mismatch<E: Error>(&self, found: impl fmt::Display) -> E {
        E::custom(format_args!("expected {}, found {found}", Expected(self)))
    }

    fn write_integer<E: Error>(mut self, value: i128) -> Result<(), E> {
        let range = match self.field.kind {
            _ if self.is_list() => return Err(self.mismatch(value)),
            Type::Int32 | Type::Sint32 | Type::Enum(_) => i128::from(i32::MIN)..=i32::MAX.into(),
            Type::Int64 | Type::Sfixed64 => i128::from(i64::MIN)..=i64::MAX.into(),
            Type::Uint32 | Type::Fixed32 => 0..=u32::MAX.into(),
            Type::Uint64 | Type::Fixed64 => 0..=u64::MAX.into(),
            Type::Double => return self.write_double(value as f64),
            _ => return Err(self.mismatch(value)),
        };
        if !range.contains(&value) {
            let (low, high) = range.into_inner();
            return Err(E::custom(format_args!("expected {low} to {high}, found {value}")));
        }
        self.tag();
        match self.field.kind {
            // Zigzag.
            Type::Sint32 => {
                let value = value as i32;
                self.state.write_varint(u64::from((value << 1 ^ value >> 31) as u32));
            }
            Type::Fixed32 => self.state.out.extend_from_slice(&(value as u32).to_le_bytes()),
            Type::Fixed64 | Type::Sfixed64 => {
                self.state.out.extend_from_slice(&(value as u64).to_le_bytes());
            }
            _ => self.state.write_varint(value as u64),
        }
        Ok(())
    }

    fn write_double<E: Error>(mut self, value: f64) -> Result<(), E> {
        const EXACT: f64 = (1_u64 << 53) as f64;
        if self.is_list() {
            return Err(self.mismatch(value));
        }
        match self.field.kind {
            Type::Double => {
                self.tag();
                self.state.out.extend_from_slice(&value.to_le_bytes());
                Ok(())
            }
            // Protobuf's JSON allows 1.0 and 1e3 for integers.
            Type::Bool | Type::Message(_) | Type::String | Type::Bytes | Type::Id => {
                Err(self.mismatch(value))
            }
            _ if value.fract() == 0.0 && value.abs() <= EXACT => self.write_integer(value as i128),
            _ => Err(self.mismatch(value)),
        }
    }

    /// A number that JSON gives as a string.
    fn parse_number<E: Error>(self, text: &str) -> Result<(), E> {
        if let Ok(value) = text.parse::<i128>() {
            return self.write_integer(value);
        }
        let double = match text {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            // Not Rust's other spellings of infinity.
            _ if text.ends_with(|last: char| last.is_ascii_digit() || last == '.') => {
                text.parse().ok()
            }
            _ => None,
        };
        match double {
            Some(value) => self.write_double(value),
            None => Err(self.mismatch(preview(text.as_bytes()))),
        }
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Expected(self))
    }

    /// `null` is an absent field.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if self.element.is_some() { Err(self.mismatch("null")) } else { Ok(()) }
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<(), E> {
        if !matches!(self.field.kind, Type::Bool) || self.is_list() {
            return Err(self.mismatch(value));
        }
        self.tag();
        self.state.out.push(u8::from(value));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.write_integer(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.write_integer(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.write_double(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if self.is_list() {
            return Err(self.mismatch(preview(text.as_bytes())));
        }
        match self.field.kind {
            Type::String => self.state.write_bytes(self.field, text.as_bytes()),
            Type::Bytes => match decode_base64(text) {
                Some(bytes) => self.state.write_bytes(self.field, &bytes),
                None => return Err(self.mismatch(preview(text.as_bytes()))),
            },
            Type::Id => match decode_hex(text) {
                Some(bytes) => self.state.write_bytes(self.field, &bytes),
                None => return Err(self.mismatch(preview(text.as_bytes()))),
            },
            Type::Enum(names) => match names.iter().position(|name| *name == text) {
                Some(number) => return self.write_integer(number as i128),
                None => return self.parse_number(text),
            },
            Type::Bool | Type::Message(_) => {
                return Err(self.mismatch(preview(text.as_bytes())));
            }
            _ => return self.parse_number(text),
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Type::Message(message) = self.field.kind else {
            return Err(self.mismatch("an object"));
        };
        if self.is_list() {
            return Err(self.mismatch("an object"));
        }
        let start = self.state.open(self.field.number);
        MessageSeed { message, state: &mut *self.state }.visit_map(map)?;
        self.state.close(start);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if !self.is_list() {
            return Err(self.mismatch("an array"));
        }
        let (field, state) = (self.field, self.state);
        let packed = !matches!(field.kind, Type::Message(_) | Type::String);
        let start = packed.then(|| state.open(field.number));
        let element = Some(if packed { Element::Packed } else { Element::Tagged });
        for index in 0.. {
            if let Some(last) = state.path.last_mut() {
                last.1 = Some(index);
            }
            let seed = ValueSeed { field, element, state: &mut *state };
            if list.next_element_seed(seed)?.is_none() {
                break;
            }
        }
        if let Some(start) = start {
            state.close(start);
        }
        Ok(())
    }
}

/// Says in words what a value should have been.
struct Expected<'e, 's>(&'e ValueSeed<'s>);

impl fmt::Display for Expected<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seed = self.0;
        if seed.is_list() {
            return f.write_str("an array");
        }
        f.write_str(match seed.field.kind {
            Type::Message(message) => return write!(f, "an object ({})", message.name),
            Type::String => "a string",
            Type::Bytes => "base64 text",
            Type::Id => "hexadecimal digits, two a byte",
            Type::Bool => "true or false",
            Type::Double => "a number, \"NaN\", \"Infinity\" or \"-Infinity\"",
            Type::Enum(names) => return write!(f, "a number or a name such as {}", names[0]),
            _ => "an integer, as a number or a string",
        })
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |[high, low]: &[u8; 2]| Some((digit(*high)? << 4 | digit(*low)?) as u8);
    rest.is_empty().then(|| pairs.iter().map(pair).collect())?
}

/// Standard or URL-safe alphabet, padded or not: protobuf's JSON allows all four.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const USUAL: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
    const IN_URLS: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);
    let engine = if text.contains(['-', '_']) { IN_URLS } else { USUAL };
    engine.decode(text).ok()
}
