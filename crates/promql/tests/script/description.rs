//! Lines that describe a series: its labels, and values in a row.
//!
//! Invariants: an expression `axn` gives n+1 values and `_xn` n gaps; whatever is not understood is an
//! error.

use plimsoll_promql::{ABSENT, Labels, METRIC_NAME, ResetHint};

use super::histogram::{Counts, Shape, histogram_series};
use super::text::{number_prefix, quoted};

/// A described series.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) labels: Labels,
    pub(crate) values: Vec<Item>,
}

/// One described value.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// No sample.
    Gap,
    /// A number, or the mark of an end.
    Float(f64),
    /// A histogram, and whether its hint was written.
    Histogram(Box<Shape>, bool),
}

/// Reads a description.
pub(crate) fn described(line: &str) -> Result<Described, String> {
    let (labels, mut rest) = metric(line)?;
    let mut values = Vec::new();
    loop {
        let trimmed = rest.trim_start();
        if trimmed.is_empty() {
            return Ok(Described { labels, values });
        }
        if trimmed.len() == rest.len() {
            return Err(format!("a space is missing before {rest:?}"));
        }
        let (items, after) = item(trimmed)?;
        values.extend(items);
        rest = after;
    }
}

/// Reads a metric's name and labels.
fn metric(line: &str) -> Result<(Labels, &str), String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let (name, rest) = line.split_at(line.find(|c| !is_name(c)).unwrap_or(line.len()));
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!("not a metric: {line:?}"));
    }
    let mut pairs = vec![(METRIC_NAME.to_owned(), name.to_owned())];
    let trimmed = rest.trim_start();
    let Some(inner) = trimmed.strip_prefix('{').filter(|inner| !inner.starts_with('{')) else {
        return if name.is_empty() {
            Err(format!("not a metric: {line:?}"))
        } else {
            Ok((Labels::new(pairs), rest))
        };
    };
    let rest = label_set(inner, &mut pairs)?;
    Ok((Labels::new(pairs), rest))
}

/// Reads labels after the opening brace, and gives what follows the closing one.
fn label_set<'a>(text: &'a str, pairs: &mut Vec<(String, String)>) -> Result<&'a str, String> {
    let mut rest = text.trim_start();
    while !rest.starts_with('}') {
        let (name, after) = label_name(rest)?;
        let after = after.trim_start();
        rest = if let Some(after) = after.strip_prefix('=') {
            let (value, after) = quoted(after.trim_start())?;
            pairs.push((name, value));
            after
        } else if rest.starts_with(['"', '\'', '`']) {
            pairs.push((METRIC_NAME.to_owned(), name));
            after
        } else {
            return Err(format!("a label without a value: {rest:?}"));
        };
        rest = rest.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.starts_with('}') => {}
            None => return Err(format!("labels do not end: {text:?}")),
        }
    }
    Ok(&rest[1..])
}

/// Reads a label's name, quoted or not.
fn label_name(text: &str) -> Result<(String, &str), String> {
    if text.starts_with(['"', '\'', '`']) {
        return quoted(text);
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (name, rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
    if name.is_empty() {
        Err(format!("not a label: {text:?}"))
    } else {
        Ok((name.to_owned(), rest))
    }
}

/// Reads one value, repeated or counting on.
fn item(text: &str) -> Result<(Vec<Item>, &str), String> {
    if text.starts_with("{{") {
        return histogram_item(text);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let items = match word.strip_prefix('_') {
        Some("") => vec![Item::Gap],
        Some(repeated) => vec![Item::Gap; times(repeated)?],
        None => float_item(word)?,
    };
    Ok((items, rest))
}

/// Reads numbers.
fn float_item(word: &str) -> Result<Vec<Item>, String> {
    let wrong = || format!("not a value: {word:?}");
    let (mut value, rest) = match word.strip_prefix("stale") {
        Some(rest) => (ABSENT, rest),
        None => number_prefix(word).ok_or_else(wrong)?,
    };
    if rest.is_empty() {
        return Ok(vec![Item::Float(value)]);
    }
    if rest.starts_with('x') {
        return Ok(vec![Item::Float(value); times(rest)? + 1]);
    }
    if !rest.starts_with(['+', '-']) {
        return Err(wrong());
    }
    let (step, rest) = number_prefix(rest).ok_or_else(wrong)?;
    let mut items = Vec::new();
    for _ in 0..=times(rest)? {
        items.push(Item::Float(value));
        value += step;
    }
    Ok(items)
}

/// Reads `x` and a count.
fn times(text: &str) -> Result<usize, String> {
    let count = text.strip_prefix('x').and_then(|digits| digits.parse().ok());
    count.ok_or_else(|| format!("not a repetition: {text:?}"))
}

/// Reads histograms.
fn histogram_item(text: &str) -> Result<(Vec<Item>, &str), String> {
    let (first, given, rest) = histogram(text)?;
    let end = |rest: &str| rest.find(char::is_whitespace).unwrap_or(rest.len());
    let item = |shape, given| Item::Histogram(Box::new(shape), given);
    if rest.starts_with('x') {
        let (repeated, rest) = rest.split_at(end(rest));
        return Ok((vec![item(first, given); times(repeated)? + 1], rest));
    }
    let sign = match rest.as_bytes().first() {
        Some(b'+') => 1.0,
        Some(b'-') => -1.0,
        _ => return Ok((vec![item(first, given)], rest)),
    };
    let (increment, given, rest) = histogram(&rest[1..])?;
    let (repeated, rest) = rest.split_at(end(rest));
    let shapes = histogram_series(first, &increment, times(repeated)?, sign)?;
    Ok((shapes.into_iter().map(|shape| item(shape, given)).collect(), rest))
}

/// Reads one histogram, whether its hint is written, and what follows.
fn histogram(text: &str) -> Result<(Shape, bool, &str), String> {
    let wrong = || format!("not a histogram: {text:?}");
    let inner = text.strip_prefix("{{").ok_or_else(wrong)?;
    let (mut inner, rest) = inner.split_once("}}").ok_or_else(wrong)?;
    let mut shape = Shape::default();
    let (mut offset, mut negative_offset, mut given) = (0, 0, false);
    let (mut buckets, mut negative_buckets) = (Vec::new(), Vec::new());
    loop {
        inner = inner.trim_start();
        if inner.is_empty() {
            break;
        }
        let (key, after) = inner.split_once(':').ok_or_else(wrong)?;
        let (value, after) = field_value(after).ok_or_else(wrong)?;
        inner = after;
        match key {
            "schema" => shape.schema = value.parse().map_err(|_| wrong())?,
            "sum" => shape.sum = whole(value)?,
            "count" => shape.count = whole(value)?,
            "z_bucket" => shape.zero_count = whole(value)?,
            "z_bucket_w" => shape.zero_threshold = whole(value)?,
            "custom_values" => shape.custom_bounds = list(value)?,
            "buckets" => buckets = list(value)?,
            "offset" => offset = value.parse().map_err(|_| wrong())?,
            "n_buckets" => negative_buckets = list(value)?,
            "n_offset" => negative_offset = value.parse().map_err(|_| wrong())?,
            "counter_reset_hint" => {
                given = true;
                shape.hint = hint(value).ok_or_else(wrong)?;
            }
            _ => return Err(wrong()),
        }
    }
    shape.positive = counts(offset, buckets);
    shape.negative = counts(negative_offset, negative_buckets);
    Ok((shape, given, rest))
}

/// Reads a field's value: a list in brackets or a word.
fn field_value(text: &str) -> Option<(&str, &str)> {
    if let Some(inner) = text.strip_prefix('[') {
        return inner.split_once(']');
    }
    Some(text.split_at(text.find(char::is_whitespace).unwrap_or(text.len())))
}

/// Reads a number that nothing follows.
fn whole(text: &str) -> Result<f64, String> {
    match number_prefix(text) {
        Some((value, "")) => Ok(value),
        _ => Err(format!("not a number: {text:?}")),
    }
}

/// Reads numbers with spaces between.
fn list(text: &str) -> Result<Vec<f64>, String> {
    text.split_whitespace().map(whole).collect()
}

/// Reads a hint.
fn hint(text: &str) -> Option<ResetHint> {
    Some(match text {
        "unknown" => ResetHint::Unknown,
        "reset" => ResetHint::Reset,
        "not_reset" => ResetHint::NotReset,
        "gauge" => ResetHint::Gauge,
        _ => return None,
    })
}

/// Buckets in a row from an index on.
fn counts(first: i32, buckets: Vec<f64>) -> Counts {
    (first..).zip(buckets).collect()
}
