//! Source maps as bytes: JSON, and the places in their own code of numbers.
//!
//! Invariants: each list is counted as it is read, over all sections together, so that memory stays within what
//! the limits say whatever the bytes are; what points outside its list, below zero or past 32 bits is an error.
//! Sections have no sections of their own, as the specification (ECMA-426) has it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{SourceMapError, limits, name};

/// A place of the generated code and where it comes from. Lines and columns from 0, columns in UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) line: u32,
    pub(super) column: u32,
    /// Where it comes from, [`NONE`] from nowhere.
    pub(super) source: u32,
    pub(super) source_line: u32,
    pub(super) source_column: u32,
    /// What it is called there, [`NONE`] for nothing.
    pub(super) name: u32,
}

pub(super) const NONE: u32 = u32::MAX;

/// A file that the generated code was made of.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: Box<str>,
    pub(super) content: Option<Box<str>>,
}

/// All that is kept of a map; tokens in the order of their places.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) tokens: Vec<Token>,
    pub(super) names: Vec<Box<str>>,
    pub(super) sources: Vec<Source>,
    sections: usize,
}

#[derive(Deserialize)]
struct Raw<'a> {
    version: Option<u32>,
    #[serde(borrow, rename = "sourceRoot")]
    root: Option<Text<'a>>,
    #[serde(borrow)]
    sources: Option<&'a RawValue>,
    #[serde(borrow, rename = "sourcesContent")]
    contents: Option<&'a RawValue>,
    #[serde(borrow)]
    names: Option<&'a RawValue>,
    #[serde(borrow)]
    mappings: Option<Text<'a>>,
    #[serde(borrow)]
    sections: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawSection<'a> {
    offset: RawOffset,
    #[serde(borrow)]
    map: Option<&'a RawValue>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct RawOffset {
    line: u32,
    column: u32,
}

/// A text that is only copied where it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a map.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, SourceMapError> {
    if bytes.len() > limits::BYTES {
        return Err(SourceMapError::TooLarge { bytes: bytes.len() });
    }
    let raw: Raw<'_> = serde_json::from_slice(without_guard(bytes)).map_err(not_json)?;
    if raw.version != Some(3) {
        return Err(SourceMapError::Version(raw.version));
    }
    let mut decoded = Decoded::default();
    match raw.sections {
        None => decoded.add(&raw, RawOffset::default())?,
        Some(sections) => read_list(sections, |section: RawSection<'_>| {
            decoded.sections += 1;
            limits::check("sections", decoded.sections, limits::SECTIONS)?;
            decoded.add_section(&section)
        })?,
    }
    let place = |token: &Token| (token.line, token.column);
    if !decoded.tokens.is_sorted_by_key(place) {
        decoded.tokens.sort_by_key(place);
    }
    decoded.tokens.shrink_to_fit();
    Ok(decoded)
}

/// Without a byte order mark, and without the line that keeps a map from being run as a script.
fn without_guard(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if !bytes.starts_with(b")]}") {
        return bytes;
    }
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    &bytes[end..]
}

impl Decoded {
    fn add_section(&mut self, section: &RawSection<'_>) -> Result<(), SourceMapError> {
        // One that only has a URL names a file that nobody has here.
        let Some(map) = section.map else { return Ok(()) };
        let raw: Raw<'_> = serde_json::from_str(map.get()).map_err(not_json)?;
        if raw.sections.is_some() {
            return Err(SourceMapError::Nested);
        }
        self.add(&raw, section.offset)
    }

    /// Adds a map without sections, whose code begins at a place.
    fn add(&mut self, raw: &Raw<'_>, offset: RawOffset) -> Result<(), SourceMapError> {
        let (first_source, first_name) = (self.sources.len(), self.names.len());
        let root = raw.root.as_ref().map_or("", |root| &root.0);
        if let Some(list) = raw.sources {
            read_list(list, |source: Option<Text<'_>>| {
                limits::check("sources", self.sources.len() + 1, limits::SOURCES)?;
                let name = source.map_or(String::new(), |source| name::clean(root, &source.0));
                self.sources.push(Source { name: name.into(), content: None });
                Ok(())
            })?;
        }
        if let Some(list) = raw.contents {
            // More contents than sources belong to nothing.
            let mut sources = self.sources[first_source..].iter_mut();
            read_list(list, |content: Option<Text<'_>>| {
                if let (Some(source), Some(content)) = (sources.next(), content) {
                    source.content = Some(content.0.into());
                }
                Ok(())
            })?;
        }
        if let Some(list) = raw.names {
            read_list(list, |name: Text<'_>| {
                limits::check("names", self.names.len() + 1, limits::NAMES)?;
                self.names.push(name.0.into());
                Ok(())
            })?;
        }
        let mappings = raw.mappings.as_ref().ok_or(SourceMapError::NoMappings)?;
        let lists = Lists { first_source, first_name, ..self.counts() };
        self.add_mappings(&mappings.0, offset, lists)
    }

    fn counts(&self) -> Lists {
        let (sources, names) = (self.sources.len(), self.names.len());
        Lists { first_source: 0, first_name: 0, sources, names }
    }

    fn add_mappings(
        &mut self,
        mappings: &str,
        offset: RawOffset,
        lists: Lists,
    ) -> Result<(), SourceMapError> {
        // A segment has a byte at least, and ends with a comma or a semicolon, or is the last.
        let tokens = mappings.split([',', ';']).filter(|segment| !segment.is_empty()).count();
        limits::check("mappings", self.tokens.len() + tokens, limits::TOKENS)?;
        self.tokens.reserve(tokens);
        let mut sums = [0_i64; 5];
        for (index, line) in mappings.split(';').enumerate() {
            let fail = |reason| SourceMapError::Mapping { line: index, reason };
            let number = u32::try_from(index).ok().and_then(|index| index.checked_add(offset.line));
            let number = number.ok_or_else(|| fail("there are too many lines"))?;
            let first_column = if index == 0 { offset.column } else { 0 };
            sums[0] = 0;
            for segment in line.split(',').filter(|segment| !segment.is_empty()) {
                let count = add_segment(segment, &mut sums).map_err(fail)?;
                let token = lists.token(&sums, count).map_err(fail)?;
                let column = token.column.checked_add(first_column);
                let column = column.ok_or_else(|| fail("a column is too large"))?;
                self.tokens.push(Token { line: number, column, ..token });
            }
        }
        Ok(())
    }
}

/// Where the sources and names of a section begin and end among all.
struct Lists {
    first_source: usize,
    first_name: usize,
    sources: usize,
    names: usize,
}

impl Lists {
    /// The token of the sums of a segment that has so many numbers. Its line is not in them.
    fn token(&self, sums: &[i64; 5], count: usize) -> Result<Token, &'static str> {
        let place = |sum: i64| match u32::try_from(sum) {
            Ok(place) if place < NONE => Ok(place),
            _ => Err("a line or column is below zero or too large"),
        };
        let index = |sum: i64, first: usize, end: usize| {
            let index = usize::try_from(sum).ok().and_then(|index| index.checked_add(first));
            index.filter(|index| *index < end).and_then(|index| u32::try_from(index).ok())
        };
        let column = place(sums[0])?;
        let mut token =
            Token { line: 0, column, source: NONE, source_line: 0, source_column: 0, name: NONE };
        if count > 1 {
            let source = index(sums[1], self.first_source, self.sources);
            token.source = source.ok_or("it names a source that is not listed")?;
            (token.source_line, token.source_column) = (place(sums[2])?, place(sums[3])?);
        }
        if count > 4 {
            let name = index(sums[4], self.first_name, self.names);
            token.name = name.ok_or("it names a name that is not listed")?;
        }
        Ok(token)
    }
}

/// Adds the numbers of a segment to the sums, and says how many there are: 1, 4 or 5.
fn add_segment(segment: &str, sums: &mut [i64; 5]) -> Result<usize, &'static str> {
    let (mut count, mut value, mut shift) = (0, 0_i64, 0);
    for byte in segment.bytes() {
        let digit = digit_of(byte).ok_or("it has a character that is no digit")?;
        // A number has 32 bits and a sign: seven digits of five bits.
        if shift > 30 {
            return Err("a number is too large");
        }
        value |= i64::from(digit & 0x1f) << shift;
        shift += 5;
        if digit & 0x20 != 0 {
            continue;
        }
        let sum = sums.get_mut(count).ok_or("a segment has more than five numbers")?;
        // A sum of 2^32 numbers of 35 bits cannot overflow, and no more fit into the bytes of a map.
        *sum = sum.wrapping_add(if value & 1 == 0 { value >> 1 } else { -(value >> 1) });
        (count, value, shift) = (count + 1, 0, 0);
    }
    if shift > 0 {
        return Err("a number is not complete");
    }
    match count {
        1 | 4 | 5 => Ok(count),
        _ => Err("a segment has neither one, four nor five numbers"),
    }
}

const fn digit_of(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

fn not_json(error: serde_json::Error) -> SourceMapError {
    SourceMapError::Json(error.to_string())
}

/// Reads a list, each item as it comes, until one fails.
fn read_list<'a, T: Deserialize<'a>>(
    raw: &'a RawValue,
    take: impl FnMut(T) -> Result<(), SourceMapError>,
) -> Result<(), SourceMapError> {
    let mut failure = None;
    let items = Items { take, failure: &mut failure, item: PhantomData };
    let read = items.deserialize(&mut serde_json::Deserializer::from_str(raw.get()));
    match failure {
        Some(failure) => Err(failure),
        None => read.map_err(not_json),
    }
}

struct Items<'f, T, F> {
    take: F,
    failure: &'f mut Option<SourceMapError>,
    item: PhantomData<T>,
}

impl<'a, T: Deserialize<'a>, F: FnMut(T) -> Result<(), SourceMapError>> DeserializeSeed<'a>
    for Items<'_, T, F>
{
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'a, T: Deserialize<'a>, F: FnMut(T) -> Result<(), SourceMapError>> Visitor<'a>
    for Items<'_, T, F>
{
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element()? {
            if let Err(failure) = (self.take)(item) {
                *self.failure = Some(failure);
                return Err(A::Error::custom("it was refused"));
            }
        }
        Ok(())
    }
}
