//! Reads the text that services expose: Prometheus' format 0.0.4 and OpenMetrics 1.0.
//!
//! Where to start reading: [`Exposition`], an iterator over what each line says; `line` reads one.
//!
//! Invariants: what it gives borrows from the body and nothing is allocated for a line that is well
//! formed and has no escapes; a line is an entry, nothing, or an error with its place; any bytes
//! end after at most one step a line. Stricter than Prometheus in one place: a quoted text ends on
//! its line.

mod line;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use plimsoll_model::UnixNano;

use super::MetadataKind;
use line::{Fault, Line};

/// What a not-a-number of an exposition becomes; the mark of an ended series has other bits.
pub const NORMAL_NAN: u64 = 0x7ff8_0000_0000_0001;

/// Characters of a line that an error shows.
const SHOWN_CHARS_MAX: usize = 40;

/// Which of the formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFormat {
    /// `text/plain; version=0.0.4`: blanks as one likes, times in milliseconds.
    Prometheus,
    /// `application/openmetrics-text`: every blank has its place, times in seconds, `# EOF` ends
    /// it.
    OpenMetrics,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry<'a> {
    /// A number of a series.
    Sample(Sample<'a>),
    /// `# TYPE`
    Type {
        /// The metric.
        metric: Text<'a>,
        /// What it is.
        kind: MetadataKind,
    },
    /// `# HELP`
    Help {
        /// The metric.
        metric: Text<'a>,
        /// A sentence about it.
        help: Text<'a>,
    },
    /// `# UNIT`
    Unit {
        /// The metric.
        metric: Text<'a>,
        /// Its unit, a suffix of its name.
        unit: &'a str,
    },
}

/// Why a line, or the whole, is no exposition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ExpositionError {
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// What was expected and what is there.
    pub problem: String,
}

/// A text as written, perhaps with escapes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a str,
    /// Whether `\"` stands for a quote, as in labels.
    quotes: bool,
}

impl<'a> Text<'a> {
    /// The text as meant: `\\`, `\n` and in labels `\"` stand for one character, other backslashes
    /// for themselves.
    #[must_use]
    pub fn unescaped(self) -> Cow<'a, str> {
        if !self.raw.contains('\\') {
            return Cow::Borrowed(self.raw);
        }
        let mut text = String::with_capacity(self.raw.len());
        let mut rest = self.raw.chars();
        while let Some(next) = rest.next() {
            let meant = match (next, rest.clone().next()) {
                ('\\', Some('\\')) => '\\',
                ('\\', Some('n')) => '\n',
                ('\\', Some('"')) if self.quotes => '"',
                _ => {
                    text.push(next);
                    continue;
                }
            };
            text.push(meant);
            rest.next();
        }
        Cow::Owned(text)
    }
}

/// A number of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    /// Name and labels as written: the same bytes are the same series, but not the other way about.
    pub series: &'a str,
    name: Text<'a>,
    labels: Labels<'a>,
    /// What `# TYPE` said last; decides how bounds in labels are written.
    kind: MetadataKind,
    /// The number; its bits are [`NORMAL_NAN`] where it is none.
    pub value: f64,
    /// When it was taken, where the service says so.
    pub time: Option<UnixNano>,
    /// A measurement that stands for others.
    pub exemplar: Option<Exemplar<'a>>,
}

impl<'a> Sample<'a> {
    /// The name of the metric.
    #[must_use]
    pub fn name(&self) -> Cow<'a, str> {
        self.name.unescaped()
    }

    /// Labels in the order they are written, without the name. Bounds of buckets and quantiles are
    /// in one spelling, whatever the service's: `1.0` for `1`.
    pub fn labels(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        let bound = match self.kind {
            MetadataKind::Histogram => "le",
            MetadataKind::Summary => "quantile",
            _ => "",
        };
        self.labels.map(move |(name, value)| {
            let (name, value) = (name.unescaped(), value.unescaped());
            match name == bound {
                true => (name, one_spelling(value)),
                false => (name, value),
            }
        })
    }
}

/// A measurement that stands for others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exemplar<'a> {
    labels: Labels<'a>,
    /// What was measured.
    pub value: f64,
    /// When.
    pub time: Option<UnixNano>,
}

impl<'a> Exemplar<'a> {
    /// Labels in the order they are written.
    pub fn labels(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        self.labels.map(|(name, value)| (name.unescaped(), value.unescaped()))
    }
}

/// Labels between braces that were read before without a fault.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Labels<'a> {
    line: Line<'a>,
}

impl<'a> Iterator for Labels<'a> {
    type Item = (Text<'a>, Text<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // A text without a value is the name of the metric.
            if let (name, Some(value)) = self.line.label().ok()?? {
                return Some((name, value));
            }
        }
    }
}

/// What each line of a body says.
#[derive(Clone, Debug)]
pub struct Exposition<'a> {
    rest: &'a [u8],
    format: TextFormat,
    /// Lines begun.
    line: usize,
    kind: MetadataKind,
    ended: bool,
}

impl<'a> Exposition<'a> {
    /// Reads a whole body.
    #[must_use]
    pub fn new(body: &'a [u8], format: TextFormat) -> Self {
        Self { rest: body, format, line: 0, kind: MetadataKind::Unknown, ended: false }
    }

    /// The next line without its end, and whether it has one.
    fn take_line(&mut self) -> (&'a [u8], bool) {
        self.line += 1;
        match self.rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                let line = &self.rest[..end];
                self.rest = &self.rest[end + 1..];
                (line, true)
            }
            None => (std::mem::take(&mut self.rest), false),
        }
    }

    fn read(&mut self, bytes: &'a [u8], terminated: bool) -> Result<Option<Entry<'a>>, Fault> {
        let mut line = Line::new(bytes, self.format);
        if self.format == TextFormat::OpenMetrics {
            if bytes == b"# EOF" {
                self.ended = true;
                return match self.rest.is_empty() {
                    true => Ok(None),
                    false => Err(Fault::expected(bytes.len(), "nothing after `# EOF`")),
                };
            }
            if !terminated {
                self.ended = true;
                return Err(Fault::expected(bytes.len(), "the end of the line and `# EOF`"));
            }
        }
        let entry = line.entry(self.kind)?;
        if let Some(Entry::Type { kind, .. }) = entry {
            self.kind = kind;
        }
        Ok(entry)
    }
}

impl<'a> Iterator for Exposition<'a> {
    type Item = Result<Entry<'a>, ExpositionError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            if self.rest.is_empty() {
                self.ended = true;
                let fault = Fault::expected(0, "`# EOF` at the end");
                self.line += 1;
                return match self.format {
                    TextFormat::OpenMetrics => Some(Err(fault.at_line(self.line, b""))),
                    TextFormat::Prometheus => None,
                };
            }
            let (bytes, terminated) = self.take_line();
            match self.read(bytes, terminated) {
                Ok(None) => {}
                Ok(Some(entry)) => return Some(Ok(entry)),
                Err(fault) => return Some(Err(fault.at_line(self.line, bytes))),
            }
        }
        None
    }
}

impl Fault {
    fn at_line(self, line: usize, bytes: &[u8]) -> ExpositionError {
        let at = self.at.min(bytes.len());
        let before = String::from_utf8_lossy(&bytes[..at]);
        let column = before.chars().count() + 1;
        let found = String::from_utf8_lossy(&bytes[at..]);
        let shown: String = found.chars().take(SHOWN_CHARS_MAX).collect();
        let problem = match (self.wrong, shown.is_empty()) {
            (Some(wrong), _) => format!("{wrong}, expected {}", self.expected),
            (None, true) => format!("expected {}, found the end of the line", self.expected),
            (None, false) => format!("expected {}, found {shown:?}", self.expected),
        };
        ExpositionError { line, column, problem }
    }
}

/// A number as Go reads one, without the forms that it learned late.
fn number(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let value: f64 = text.parse().ok()?;
    let letters = text.bytes().any(|byte| matches!(byte, b'n' | b'N'));
    match value {
        // Not a number has no sign.
        _ if value.is_nan() => {
            matches!(text.as_bytes()[0], b'n' | b'N').then_some(f64::from_bits(NORMAL_NAN))
        }
        // Digits that are beyond the largest double are no infinity.
        _ if value.is_infinite() && !letters => None,
        _ => Some(value),
    }
}

/// The bound of a bucket or a quantile as OpenMetrics spells it; what is no number stays.
fn one_spelling(value: Cow<'_, str>) -> Cow<'_, str> {
    match number(value.as_bytes()) {
        None => value,
        Some(bound) => {
            let spelled = spell(bound);
            if spelled == value { value } else { Cow::Owned(spelled) }
        }
    }
}

/// The shortest digits that mean a double, always with a point or an exponent.
#[must_use]
pub fn spell(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value == 0.0 {
        return "0.0".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // Where Go's shortest form takes an exponent.
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.unsigned_abs());
    }
    let plain = format!("{value}");
    if plain.contains('.') { plain } else { plain + ".0" }
}
