//! YAML text to a tree whose nodes know their places.
//!
//! Invariants: aliases share what they stand for, so that a tree takes no more memory than its text; what
//! it would be with each alias replaced is bounded too, so that whoever walks it need not count.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use crate::limits::{DEPTH_MAX, EXPANDED_BYTES_MAX, NODE_BYTES};
use crate::place::{Place, Style};

/// A value and where it begins.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    /// Levels below and including it, aliases replaced.
    depth: usize,
    /// Bytes of it and what is below, aliases replaced.
    bytes: usize,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// `null`, `~` or nothing.
    Null,
    /// A text or a number, as its author wrote it.
    Scalar { value: String, style: Style },
    /// `[a, b]`
    Sequence(Vec<Rc<Node>>),
    /// `{a: b}`, keys in order, none left out.
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
}

impl Node {
    /// What it is, for people.
    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Scalar { .. } => "a single value",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }

    /// The text of a scalar.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// The first document of a text.
pub(crate) struct Document {
    /// Nothing where the text has none.
    pub(crate) root: Option<Rc<Node>>,
    /// Where something after it begins.
    pub(crate) more: Option<Place>,
}

/// Why a text has no tree.
#[derive(Debug)]
pub(crate) struct YamlError {
    pub(crate) place: Place,
    pub(crate) problem: String,
}

impl YamlError {
    fn new(place: Place, problem: impl Into<String>) -> Self {
        Self { place, problem: problem.into() }
    }
}

impl From<ScanError> for YamlError {
    fn from(error: ScanError) -> Self {
        Self::new(place(error.marker()), format!("not YAML: {}", error.info()))
    }
}

/// Reads the first document of a text.
pub(crate) fn read(text: &str) -> Result<Document, YamlError> {
    let parser = Parser::new_from_str(text);
    let mut builder = Builder { parser, anchors: HashMap::new(), made: 0 };
    loop {
        let (event, span) = builder.next()?;
        match event {
            Event::StreamEnd => return Ok(Document { root: None, more: None }),
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            other => {
                let root = builder.node(other, span, 1)?;
                return Ok(Document { root: Some(root), more: builder.more() });
            }
        }
    }
}

fn place(marker: &Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Rc<Node>>,
    /// Bytes of all nodes so far, each once.
    made: usize,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        Ok(self.parser.next_event().transpose()?.unwrap_or((Event::StreamEnd, Span::default())))
    }

    /// Where another document begins. That it may be no YAML does not matter: it is not read.
    fn more(&mut self) -> Option<Place> {
        loop {
            match self.parser.next_event()? {
                Ok((Event::DocumentEnd, _)) => {}
                Ok((Event::StreamEnd, _)) => return None,
                Ok((_, span)) => return Some(place(&span.start)),
                Err(error) => return Some(place(error.marker())),
            }
        }
    }

    /// The node that begins with an event. Recursion ends at `DEPTH_MAX`.
    fn node(&mut self, event: Event<'a>, span: Span, level: usize) -> Result<Rc<Node>, YamlError> {
        let at = place(&span.start);
        let (anchor, kind) = match event {
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let node = known.ok_or_else(|| {
                    YamlError::new(at, "the alias stands within what it stands for")
                })?;
                // The levels above it are those of the alias.
                return self.within(at, level - 1 + node.depth).map(|()| node);
            }
            Event::Scalar(value, style, anchor, tag) => {
                (anchor, scalar(value.into_owned(), style, tag.as_deref(), at)?)
            }
            Event::SequenceStart(anchor, tag) => {
                known_tag(tag.as_deref(), "seq", at)?;
                (anchor, self.sequence(at, level)?)
            }
            Event::MappingStart(anchor, tag) => {
                known_tag(tag.as_deref(), "map", at)?;
                (anchor, self.mapping(at, level)?)
            }
            _ => return Err(YamlError::new(at, "not YAML: expected a value")),
        };
        self.made += NODE_BYTES + text_bytes(&kind);
        within_bytes(at, self.made)?;
        let node = Rc::new(measured(at, kind)?);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }

    fn within(&self, at: Place, level: usize) -> Result<(), YamlError> {
        if level > DEPTH_MAX {
            let problem =
                format!("nested more than {DEPTH_MAX} levels deep; a rule file has seven");
            return Err(YamlError::new(at, problem));
        }
        Ok(())
    }

    fn sequence(&mut self, at: Place, level: usize) -> Result<Kind, YamlError> {
        self.within(at, level + 1)?;
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Kind::Sequence(items)),
                (event, span) => items.push(self.node(event, span, level + 1)?),
            }
        }
    }

    fn mapping(&mut self, at: Place, level: usize) -> Result<Kind, YamlError> {
        self.within(at, level + 1)?;
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Kind::Mapping(entries));
            }
            let key = self.node(event, span, level + 1)?;
            let (event, span) = self.next()?;
            entries.push((key, self.node(event, span, level + 1)?));
        }
    }
}

/// A node with its depth and its size, which is bounded.
fn measured(place: Place, kind: Kind) -> Result<Node, YamlError> {
    let (depth, below) = match &kind {
        Kind::Null | Kind::Scalar { .. } => (0, 0),
        Kind::Sequence(items) => sum(items.iter()),
        Kind::Mapping(entries) => sum(entries.iter().flat_map(|(key, value)| [key, value])),
    };
    let bytes = below.saturating_add(NODE_BYTES + text_bytes(&kind));
    within_bytes(place, bytes)?;
    Ok(Node { place, kind, depth: depth + 1, bytes })
}

/// Bytes of a node's own text.
fn text_bytes(kind: &Kind) -> usize {
    match kind {
        Kind::Scalar { value, .. } => value.len(),
        Kind::Null | Kind::Sequence(_) | Kind::Mapping(_) => 0,
    }
}

fn within_bytes(at: Place, bytes: usize) -> Result<(), YamlError> {
    if bytes > EXPANDED_BYTES_MAX {
        let most = EXPANDED_BYTES_MAX >> 20;
        let problem = format!(
            "too much: with each alias replaced by what it stands for this takes more than {most} MiB; \
             split the file, or use fewer aliases"
        );
        return Err(YamlError::new(at, problem));
    }
    Ok(())
}

fn sum<'a>(nodes: impl Iterator<Item = &'a Rc<Node>>) -> (usize, usize) {
    nodes.fold((0, 0), |(depth, bytes), node| {
        (depth.max(node.depth), bytes.saturating_add(node.bytes))
    })
}

fn scalar(
    value: String,
    style: ScalarStyle,
    tag: Option<&Tag>,
    at: Place,
) -> Result<Kind, YamlError> {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    known_tag(tag, "str", at)?;
    let is_null = matches!(&*value, "" | "~" | "null" | "Null" | "NULL");
    if is_null && style == Style::Plain && tag.is_none() {
        return Ok(Kind::Null);
    }
    Ok(Kind::Scalar { value, style })
}

/// Tags say nothing here but that a text is a text.
fn known_tag(tag: Option<&Tag>, expected: &str, at: Place) -> Result<(), YamlError> {
    let Some(tag) = tag else { return Ok(()) };
    let plain = tag.handle.is_empty() && tag.suffix == "!";
    if plain || tag.is_yaml_core_schema() && tag.suffix == expected {
        return Ok(());
    }
    let problem = format!(
        "the tag {:?} has no meaning in a rule file; leave it out",
        format!("{}{}", tag.handle, tag.suffix)
    );
    Err(YamlError::new(at, problem))
}
