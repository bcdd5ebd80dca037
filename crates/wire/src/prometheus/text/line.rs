//! One line of an exposition: comment, metadata or sample.
//!
//! Invariants: a place only moves forward and never past the line; what was read once without a
//! fault is read again without one.

use std::borrow::Cow;

use plimsoll_model::UnixNano;

use super::{Entry, Exemplar, Labels, Sample, Text, TextFormat, number};
use crate::prometheus::MetadataKind;

/// What is wrong in a line.
#[derive(Debug)]
pub(super) struct Fault {
    /// The byte of the line.
    pub(super) at: usize,
    pub(super) expected: Cow<'static, str>,
    /// Where what is there does not speak for itself.
    pub(super) wrong: Option<String>,
}

impl Fault {
    pub(super) fn expected(at: usize, expected: impl Into<Cow<'static, str>>) -> Self {
        Self { at, expected: expected.into(), wrong: None }
    }

    fn because(self, wrong: impl Into<String>) -> Self {
        Self { wrong: Some(wrong.into()), ..self }
    }
}

/// A label's name and value; a text alone is the name of the metric.
pub(super) type Label<'a> = (Text<'a>, Option<Text<'a>>);

/// A line and how far it is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line<'a> {
    bytes: &'a [u8],
    at: usize,
    format: TextFormat,
}

impl<'a> Line<'a> {
    pub(super) fn new(bytes: &'a [u8], format: TextFormat) -> Self {
        Self { bytes, at: 0, format }
    }

    fn strict(&self) -> bool {
        self.format == TextFormat::OpenMetrics
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn skip_text(&mut self, text: &[u8]) -> bool {
        let there = self.bytes[self.at..].starts_with(text);
        if there {
            self.at += text.len();
        }
        there
    }

    /// Skips blanks; OpenMetrics has none but where it asks for them.
    fn blanks(&mut self) -> bool {
        let start = self.at;
        while !self.strict() && matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        self.at > start
    }

    fn expected<T>(&self, what: impl Into<Cow<'static, str>>) -> Result<T, Fault> {
        Err(Fault::expected(self.at, what))
    }

    /// Bytes that `belongs` takes.
    fn run(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// What the line says; nothing for a comment or an empty line.
    pub(super) fn entry(&mut self, kind: MetadataKind) -> Result<Option<Entry<'a>>, Fault> {
        self.blanks();
        match self.peek() {
            None if !self.strict() => Ok(None),
            Some(b'#') => self.comment(),
            _ => self.sample(kind).map(|sample| Some(Entry::Sample(sample))),
        }
    }

    fn comment(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        self.skip(b'#');
        let apart = if self.strict() { self.skip(b' ') } else { self.blanks() };
        let word_at = self.at;
        let word = self.run(|byte| byte.is_ascii_uppercase());
        let blank = if self.strict() { self.skip(b' ') } else { self.blanks() };
        match word {
            b"TYPE" | b"HELP" if apart && blank => {}
            b"UNIT" if apart && blank && self.strict() => {}
            _ if self.strict() => {
                self.at = word_at;
                return self.expected("`TYPE`, `HELP`, `UNIT` or `EOF` after `# `");
            }
            _ => return Ok(None),
        }
        let metric = self.metric_name()?;
        let (has_text, text_at) = match self.peek() {
            Some(b' ') => (true, self.at + 1),
            Some(b'\t') if !self.strict() => (true, self.at + 1),
            None if !self.strict() => (true, self.at),
            _ => (false, self.at),
        };
        if !has_text {
            return self.expected("a blank and a text after the name of the metric");
        }
        let bytes = &self.bytes[text_at..];
        self.at = text_at;
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(Fault::expected(text_at, "UTF-8").because("the text has other bytes"));
        };
        match word {
            b"TYPE" => Ok(Some(Entry::Type { metric, kind: self.kind(text)? })),
            b"HELP" => {
                let help = Text { raw: text, quotes: self.strict() };
                Ok(Some(Entry::Help { metric, help }))
            }
            _ => self.unit(metric, text).map(Some),
        }
    }

    fn kind(&self, text: &str) -> Result<MetadataKind, Fault> {
        let strict = self.strict();
        Ok(match text {
            "counter" => MetadataKind::Counter,
            "gauge" => MetadataKind::Gauge,
            "histogram" => MetadataKind::Histogram,
            "summary" => MetadataKind::Summary,
            "untyped" if !strict => MetadataKind::Unknown,
            "unknown" if strict => MetadataKind::Unknown,
            "gaugehistogram" if strict => MetadataKind::GaugeHistogram,
            "info" if strict => MetadataKind::Info,
            "stateset" if strict => MetadataKind::StateSet,
            _ if strict => {
                return self.expected(
                    "counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown",
                );
            }
            _ => return self.expected("counter, gauge, histogram, summary or untyped"),
        })
    }

    fn unit(&self, metric: Text<'a>, unit: &'a str) -> Result<Entry<'a>, Fault> {
        let name = metric.unescaped();
        let fits =
            unit.is_empty() || name.strip_suffix(unit).is_some_and(|before| before.ends_with('_'));
        match fits {
            true => Ok(Entry::Unit { metric, unit }),
            false => Err(Fault::expected(self.at, format!("a name that ends in `_{unit}`"))
                .because(format!("the unit is no suffix of `{name}`"))),
        }
    }

    fn sample(&mut self, kind: MetadataKind) -> Result<Sample<'a>, Fault> {
        let start = self.at;
        let mut name = None;
        if self.peek() != Some(b'{') {
            name = Some(self.bare(true)?);
        }
        let mut end = self.at;
        self.blanks();
        let mut labels = Labels { line: Line { bytes: b"", at: 0, format: self.format } };
        let braces_at = self.at;
        if self.skip(b'{') {
            let inside = *self;
            let in_braces = self.braces(name.is_none())?;
            name = name.or(in_braces);
            end = self.at;
            labels.line = Line { bytes: &self.bytes[..end], ..inside };
        }
        let Some(name) = name else {
            return Err(Fault::expected(
                braces_at,
                "the name of a metric, before or in the braces",
            ));
        };
        // Names are ASCII or were checked, and so were values.
        let Ok(series) = std::str::from_utf8(&self.bytes[start..end]) else {
            return Err(Fault::expected(start, "UTF-8").because("the series has other bytes"));
        };
        let value = self.value()?;
        let (time, exemplar) = match self.strict() {
            true => (self.seconds()?, self.exemplar()?),
            false => (self.milliseconds()?, None),
        };
        if self.at < self.bytes.len() {
            return self.expected("the end of the line");
        }
        Ok(Sample { series, name, labels, kind, value, time, exemplar })
    }

    /// A name of a metric, bare or quoted.
    fn metric_name(&mut self) -> Result<Text<'a>, Fault> {
        match self.peek() {
            Some(b'"') => self.quoted("the name of a metric"),
            _ => self.bare(true),
        }
    }

    /// Letters, digits and underscores; colons in names of metrics.
    fn bare(&mut self, metric: bool) -> Result<Text<'a>, Fault> {
        let colon = |byte: u8| metric && byte == b':';
        let begins = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || colon(byte);
        if !self.peek().is_some_and(begins) {
            let what = if metric { "the name of a metric" } else { "the name of a label or `}`" };
            return self.expected(what);
        }
        let name = self.run(|byte| begins(byte) || byte.is_ascii_digit());
        Ok(Text { raw: std::str::from_utf8(name).unwrap_or_default(), quotes: false })
    }

    /// A quoted name, which is not empty.
    fn quoted(&mut self, what: &'static str) -> Result<Text<'a>, Fault> {
        let start = self.at;
        let text = self.string()?;
        match text.raw.is_empty() {
            true => Err(Fault::expected(start, what)),
            false => Ok(text),
        }
    }

    /// What stands between quotes.
    fn string(&mut self) -> Result<Text<'a>, Fault> {
        let start = self.at;
        if !self.skip(b'"') {
            return self.expected("a quote");
        }
        loop {
            self.run(|byte| !matches!(byte, b'"' | b'\\'));
            match self.peek() {
                Some(b'"') => break,
                Some(_) if self.at + 1 < self.bytes.len() => self.at += 2,
                _ => {
                    return Err(Fault::expected(start, "a closing quote on the line")
                        .because("the quote is not closed"));
                }
            }
        }
        let inside = &self.bytes[start + 1..self.at];
        self.at += 1;
        match std::str::from_utf8(inside) {
            Ok(raw) => Ok(Text { raw, quotes: true }),
            Err(_) => Err(Fault::expected(start, "UTF-8").because("the text has other bytes")),
        }
    }

    /// Reads labels up to the closing brace; gives the name of the metric where it stands among
    /// them.
    fn braces(&mut self, nameless: bool) -> Result<Option<Text<'a>>, Fault> {
        let mut name = None;
        loop {
            self.blanks();
            let at = self.at;
            match self.label()? {
                None => return Ok(name),
                Some((_, Some(_))) => {}
                Some((text, None)) if nameless && name.is_none() => name = Some(text),
                Some((_, None)) => {
                    return Err(Fault::expected(at, "one name of a metric")
                        .because("the metric has a name already"));
                }
            }
        }
    }

    /// The next label, and a comma after it; nothing at the closing brace.
    pub(super) fn label(&mut self) -> Result<Option<Label<'a>>, Fault> {
        self.blanks();
        if self.skip(b'}') {
            return Ok(None);
        }
        let quoted = self.peek() == Some(b'"');
        let name = match quoted {
            true => self.quoted("the name of a label or a metric")?,
            false => self.bare(false)?,
        };
        self.blanks();
        if quoted && matches!(self.peek(), Some(b',' | b'}')) {
            self.skip(b',');
            return Ok(Some((name, None)));
        }
        if !self.skip(b'=') {
            return self.expected("`=` after the name of a label");
        }
        self.blanks();
        if self.peek() != Some(b'"') {
            return self.expected("the value of the label in quotes");
        }
        let value = self.string()?;
        self.blanks();
        // Prometheus' own format lets the comma be left out.
        if !self.skip(b',') && self.strict() && self.peek() != Some(b'}') {
            return self.expected("`,` or `}` after a label");
        }
        Ok(Some((name, Some(value))))
    }

    /// The text up to the next blank.
    fn word(&mut self) -> &'a [u8] {
        let strict = self.strict();
        self.run(|byte| byte != b' ' && (strict || byte != b'\t'))
    }

    fn value(&mut self) -> Result<f64, Fault> {
        if !self.blanks() && self.strict() && !self.skip(b' ') {
            return self.expected("one blank and a number");
        }
        let at = self.at;
        let word = self.word();
        number(word).ok_or_else(|| {
            let fault = Fault::expected(at, "a number such as 1, 1.5e3, +Inf or NaN");
            match number_overflows(word) {
                true => fault.because("the number is beyond the largest double"),
                false => fault,
            }
        })
    }

    /// Prometheus' time, where there is one.
    fn milliseconds(&mut self) -> Result<Option<UnixNano>, Fault> {
        self.blanks();
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let at = self.at;
        let word = self.word();
        let digits = word.strip_prefix(b"-").unwrap_or(word);
        let milliseconds = digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| std::str::from_utf8(word).ok()?.parse::<i64>().ok())
            .flatten();
        let Some(milliseconds) = milliseconds else {
            return Err(Fault::expected(at, "a time in milliseconds or the end of the line"));
        };
        self.blanks();
        Ok(Some(milliseconds.saturating_mul(1_000_000)))
    }

    /// OpenMetrics' time, where there is one.
    fn seconds(&mut self) -> Result<Option<UnixNano>, Fault> {
        if self.at == self.bytes.len() || self.bytes[self.at..].starts_with(b" # {") {
            return Ok(None);
        }
        let at = self.at;
        if !self.skip(b' ') {
            return self.expected("one blank and a time, or the end of the line");
        }
        match number(self.word()) {
            // To the millisecond, as Prometheus keeps it; what no time can be is the last or first.
            Some(seconds) if seconds.is_finite() => {
                Ok(Some(((seconds * 1e3) as i64).saturating_mul(1_000_000)))
            }
            _ => Err(Fault::expected(at + 1, "a time in seconds")),
        }
    }

    fn exemplar(&mut self) -> Result<Option<Exemplar<'a>>, Fault> {
        if !self.skip_text(b" # {") {
            return Ok(None);
        }
        let inside = *self;
        loop {
            let at = self.at;
            match self.label()? {
                None => break,
                Some((_, Some(_))) => {}
                Some((_, None)) => return Err(Fault::expected(at, "a label with a value")),
            }
        }
        let labels = Labels { line: Line { bytes: &self.bytes[..self.at], ..inside } };
        let value = self.value()?;
        let time = self.seconds()?;
        Ok(Some(Exemplar { labels, value, time }))
    }
}

fn number_overflows(word: &[u8]) -> bool {
    let value = std::str::from_utf8(word).ok().and_then(|text| text.parse::<f64>().ok());
    value.is_some_and(f64::is_infinite)
}
