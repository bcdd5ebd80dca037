//! Source maps: frames of minified code become frames of the code that people wrote.
//!
//! Invariants: no I/O, and no map leads to another; a map takes memory in proportion to its bytes and to the
//! limits; applying it takes a search and a look through one source up to the place. A frame that the map knows
//! nothing of is left as it is, and nothing is guessed: a name of a function is one that the source has.

mod decode;
mod lexer;
mod name;
mod scope;

use plimsoll_model::{Frame, SourceLines};

use decode::{Decoded, NONE, Source, Token};

/// Bounds of a map.
pub mod limits {
    use super::SourceMapError;

    /// Bytes of a map.
    pub const BYTES: usize = 64 << 20;
    /// Places of the generated code: 24 bytes each, 96 MiB.
    pub const TOKENS: usize = 4 << 20;
    /// Sources.
    pub const SOURCES: usize = 200_000;
    /// Names.
    pub const NAMES: usize = 1_000_000;
    /// Sections of a map that has some.
    pub const SECTIONS: usize = 100_000;
    /// Bytes of a source that is searched for functions.
    pub const SCOPE_BYTES: usize = 2 << 20;

    pub(super) fn check(
        list: &'static str,
        count: usize,
        max: usize,
    ) -> Result<(), SourceMapError> {
        if count > max { Err(SourceMapError::Limit { list, max }) } else { Ok(()) }
    }
}

/// Lines of source before and after a frame's.
const LINES_AROUND: usize = 5;
/// Characters of a line of source.
const LINE_CHARS: usize = 300;

/// Why a source map cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceMapError {
    /// There are too many bytes.
    #[error("the source map has {bytes} bytes; at most {} are read", limits::BYTES)]
    TooLarge {
        /// How many.
        bytes: usize,
    },
    /// It is not the JSON of a map.
    #[error("the source map is not the JSON that was expected: {0}")]
    Json(String),
    /// It has another version.
    #[error("the source map has {}; expected version 3", version(.0))]
    Version(Option<u32>),
    /// It has no mappings.
    #[error("the source map has neither mappings nor sections")]
    NoMappings,
    /// A section has sections.
    #[error("a section of the source map has sections itself")]
    Nested,
    /// A list is too long.
    #[error("the source map has more than {max} {list}")]
    Limit {
        /// Which.
        list: &'static str,
        /// How many it may have.
        max: usize,
    },
    /// Mappings cannot be read.
    #[error("line {line} of the mappings cannot be read: {reason}")]
    Mapping {
        /// The line of the mappings, from 0.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

fn version(version: &Option<u32>) -> String {
    version.map_or_else(|| "no version".to_owned(), |version| format!("version {version}"))
}

/// A source map.
#[derive(Debug)]
pub struct Map(Decoded);

impl Map {
    /// Reads a map, with sections or without.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it: nothing is kept of a map that cannot be read as a whole.
    pub fn parse(bytes: &[u8]) -> Result<Self, SourceMapError> {
        decode::decode(bytes).map(Self)
    }

    /// How much memory it takes, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Decoded { tokens, names, sources, .. } = &self.0;
        let texts = names.iter().map(|name| name.len() + size_of::<Box<str>>());
        let sources = sources.iter().map(|source| {
            let content = source.content.as_ref().map_or(0, |content| content.len());
            size_of::<Source>() + source.name.len() + content
        });
        size_of::<Self>() + tokens.len() * size_of::<Token>() + texts.chain(sources).sum::<usize>()
    }

    /// Makes a frame of generated code one of the code it comes from, and says whether the map knows its place.
    /// To be applied once to a frame: what it leaves is no place of the generated code. The path is still that
    /// of the generated file; whose code it is, is to be decided anew.
    pub fn apply(&self, frame: &mut Frame) -> bool {
        let Some(token) = self.token_at(frame.line, frame.column) else { return false };
        let Some(source) = self.0.sources.get(token.source as usize) else { return false };
        if frame.path.is_empty() {
            frame.path = std::mem::take(&mut frame.file);
        }
        frame.file = source.name.to_string();
        frame.module.clear();
        frame.line = token.source_line.saturating_add(1);
        frame.column = token.source_column.saturating_add(1);
        frame.in_app = None;
        frame.source = None;
        if let Some(content) = &source.content {
            frame.source = lines_around(content, token.source_line).map(Box::new);
            let place = (token.source_line, token.source_column);
            if let Some(function) = scope::enclosing(&source.name, content, place) {
                frame.function = function;
            }
        }
        true
    }

    /// What is named at a place of the generated code, line and column from 1. Where that is a call, it is the
    /// function that the next inner frame is of, which helps where the map has no sources.
    #[must_use]
    pub fn name_at(&self, line: u32, column: u32) -> Option<&str> {
        let token = self.token_at(line, column)?;
        self.0.names.get(token.name as usize).map(|name| &**name)
    }

    /// The token that a place belongs to: the last one up to it in its line.
    fn token_at(&self, line: u32, column: u32) -> Option<&Token> {
        let place = (line.checked_sub(1)?, column.checked_sub(1)?);
        let tokens = &self.0.tokens;
        let after = tokens.partition_point(|token| (token.line, token.column) <= place);
        let token = tokens.get(after.checked_sub(1)?)?;
        (token.line == place.0 && token.source != NONE).then_some(token)
    }
}

/// The lines around one, which counts from 0; none where the source has fewer.
fn lines_around(content: &str, line: u32) -> Option<SourceLines> {
    let line = usize::try_from(line).ok()?;
    let first = line.saturating_sub(LINES_AROUND);
    let cut = |text: &str| -> String {
        text.strip_suffix('\r').unwrap_or(text).chars().take(LINE_CHARS).collect()
    };
    let mut lines = content.split('\n').skip(first).map(cut);
    let before: Vec<_> = lines.by_ref().take(line - first).collect();
    let line = lines.next()?;
    Some(SourceLines { before, line, after: lines.take(LINES_AROUND).collect() })
}

#[cfg(test)]
mod tests;
