//! Labels: their order, the id that they make, and how they are shown.
//!
//! Invariants: an id is made only of labels in the order of their names, none empty, none twice;
//! its computation never changes (`docs/format/tables.md`, Series ids).

use std::fmt::{Display, Formatter, Result as FmtResult};

use twox_hash::XxHash3_128;

use crate::otlp::{IDENTITY_BITS, NAME_BITS};

/// Labels of one series at most; Prometheus' own default limit is none, its users have some twenty.
pub(super) const LABELS_MAX: usize = 256;
/// Bytes of a label's name.
pub(super) const NAME_BYTES_MAX: usize = 1 << 10;
/// Bytes of a label's value.
pub(super) const VALUE_BYTES_MAX: usize = 16 << 10;

/// The label that names the metric.
pub(super) const METRIC: &[u8] = b"__name__";

/// A label's name and value.
pub type Label<'a> = (&'a [u8], &'a [u8]);

/// Why labels make no series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LabelProblem<'a> {
    #[error("it has over {LABELS_MAX} labels, send fewer")]
    Count,
    #[error("label {} is there twice", Text(.0))]
    Twice(&'a [u8]),
    #[error("a label's name is empty")]
    NoName,
    #[error("a label's name has {0} bytes, at most {NAME_BYTES_MAX} are taken")]
    Name(usize),
    #[error("label {} has {bytes} bytes, at most {VALUE_BYTES_MAX} are taken", Text(.name))]
    Value { name: &'a [u8], bytes: usize },
    #[error("it has no __name__, which names its metric")]
    NoMetric,
}

/// What tells a series from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    pub(super) id: i64,
    /// More bits of the hash that the id is made of.
    pub(super) check: u64,
    pub(super) metric: &'a [u8],
}

/// Puts labels in order, leaves out empty ones, and identifies the series that they make. `bytes`
/// is room to work in.
pub(super) fn identify<'a>(
    labels: &mut Vec<Label<'a>>,
    bytes: &mut Vec<u8>,
) -> Result<Identity<'a>, LabelProblem<'a>> {
    if labels.len() > LABELS_MAX {
        return Err(LabelProblem::Count);
    }
    let (mut last, mut metric): (&[u8], &[u8]) = (b"", b"");
    let mut ordered = true;
    bytes.clear();
    bytes.extend_from_slice(SERIES_TAG);
    for &(name, value) in labels.iter() {
        ordered &= is_before(last, name) && !value.is_empty();
        last = name;
        if name.len() > NAME_BYTES_MAX {
            return Err(LabelProblem::Name(name.len()));
        }
        if value.len() > VALUE_BYTES_MAX {
            return Err(LabelProblem::Value { name, bytes: value.len() });
        }
        if name == METRIC {
            metric = value;
        }
        push_text(bytes, name);
        push_text(bytes, value);
    }
    if !ordered {
        metric = put_in_order(labels, bytes)?;
    }
    if metric.is_empty() {
        return Err(LabelProblem::NoMetric);
    }
    let (id, check) = hash(metric, bytes);
    Ok(Identity { id, check, metric })
}

/// Whether a name comes before another; mostly the first byte tells.
#[inline]
fn is_before(name: &[u8], other: &[u8]) -> bool {
    match (name.first(), other.first()) {
        (Some(first), Some(second)) if first != second => first < second,
        _ => name < other,
    }
}

/// The same for labels that are out of order, of which some are empty or some bad.
#[cold]
fn put_in_order<'a>(
    labels: &mut Vec<Label<'a>>,
    bytes: &mut Vec<u8>,
) -> Result<&'a [u8], LabelProblem<'a>> {
    labels.retain(|(_, value)| !value.is_empty());
    labels.sort_unstable();
    if let Some(pair) = labels.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(LabelProblem::Twice(pair[0].0));
    }
    if labels.first().is_some_and(|(name, _)| name.is_empty()) {
        return Err(LabelProblem::NoName);
    }
    bytes.truncate(SERIES_TAG.len());
    for (name, value) in labels.iter() {
        push_text(bytes, name);
        push_text(bytes, value);
    }
    let metric = labels.iter().find(|(name, _)| *name == METRIC);
    Ok(metric.map_or(b"", |(_, value)| value))
}

/// What the bytes begin with that a series' id is made of.
const SERIES_TAG: &[u8] = b"prometheus";

/// The id of what a metric is said to be.
pub(super) fn metadata_id(metric: &[u8], texts: [&[u8]; 3], bytes: &mut Vec<u8>) -> i64 {
    bytes.clear();
    bytes.extend_from_slice(b"prometheus metadata");
    push_text(bytes, metric);
    texts.iter().for_each(|text| push_text(bytes, text));
    hash(metric, bytes).0
}

fn hash(metric: &[u8], bytes: &[u8]) -> (i64, u64) {
    let name = XxHash3_128::oneshot(metric) as u64 & ((1 << NAME_BITS) - 1);
    let hash = XxHash3_128::oneshot(bytes);
    let low = hash as u64 & ((1 << IDENTITY_BITS) - 1);
    ((name << IDENTITY_BITS | low).cast_signed(), (hash >> 64) as u64)
}

fn push_text(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text);
}

/// Id and check of the series of these labels, in the order of their names and none empty.
#[must_use]
pub fn series_identity(labels: &[Label<'_>]) -> (i64, u64) {
    let mut bytes = SERIES_TAG.to_vec();
    let mut metric: &[u8] = b"";
    for (name, value) in labels {
        push_text(&mut bytes, name);
        push_text(&mut bytes, value);
        if *name == METRIC {
            metric = value;
        }
    }
    hash(metric, &bytes)
}

/// Labels for people, cut where they are long.
pub(super) struct Shown<'a>(pub(super) &'a [Label<'a>]);

impl Display for Shown<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> FmtResult {
        const LABELS_SHOWN: usize = 12;
        if let Some((_, value)) = self.0.iter().find(|(name, _)| *name == METRIC) {
            out.write_str(&cut(value))?;
        }
        out.write_str("{")?;
        let others = self.0.iter().filter(|(name, _)| *name != METRIC);
        for (at, (name, value)) in others.enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            if at == LABELS_SHOWN {
                write!(out, "{comma}…")?;
                break;
            }
            write!(out, "{comma}{}={:?}", cut(name), cut(value))?;
        }
        out.write_str("}")
    }
}

/// A name for people.
struct Text<'a>(&'a [u8]);

impl Display for Text<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> FmtResult {
        write!(out, "{:?}", cut(self.0))
    }
}

fn cut(bytes: &[u8]) -> String {
    const BYTES_SHOWN: usize = 60;
    match bytes.get(..BYTES_SHOWN) {
        Some(start) => format!("{}…", String::from_utf8_lossy(start)),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identified(labels: &[(&str, &str)]) -> Result<(i64, u64, String), String> {
        let mut list: Vec<Label<'_>> =
            labels.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let identity = identify(&mut list, &mut Vec::new()).map_err(|error| error.to_string())?;
        assert_eq!(series_identity(&list), (identity.id, identity.check));
        assert!(list.is_sorted_by(|a, b| a.0 < b.0));
        let metric = String::from_utf8(identity.metric.to_vec()).unwrap();
        Ok((identity.id, identity.check, metric))
    }

    fn check_problem(labels: &[(&str, &str)], expected: &str) {
        assert_eq!(identified(labels).unwrap_err(), expected);
    }

    #[test]
    fn order_and_empty_labels_make_no_difference() {
        let plain = identified(&[("__name__", "up"), ("a", "1"), ("b", "2")]).unwrap();
        assert_eq!(plain.2, "up");
        for same in [
            &[("b", "2"), ("a", "1"), ("__name__", "up")][..],
            &[("__name__", "up"), ("a", "1"), ("b", "2"), ("c", "")],
            &[("__name__", "up"), ("a", ""), ("a", "1"), ("b", "2")],
            &[("", ""), ("__name__", "up"), ("a", "1"), ("b", "2")],
        ] {
            assert_eq!(identified(same).unwrap(), plain, "{same:?}");
        }
        for other in [
            &[("__name__", "up"), ("a", "1")][..],
            &[("__name__", "up"), ("a", "12"), ("b", "2")],
            &[("__name__", "up"), ("a1", ""), ("a", "1"), ("b", "")],
            &[("__name__", "down"), ("a", "1"), ("b", "2")],
        ] {
            assert_ne!(identified(other).unwrap(), plain, "{other:?}");
        }
    }

    /// The bytes that are hashed are on disk as ids for ever: these were computed once.
    #[test]
    fn ids_never_change() {
        let (id, check, _) = identified(&[("__name__", "up"), ("job", "node")]).unwrap();
        assert_eq!((id, check), (1_696_490_353_667_672_176, 14_073_289_213_450_185_343));
    }

    #[test]
    fn labels_that_make_no_series_are_told_apart() {
        let long = "x".repeat(VALUE_BYTES_MAX + 1);
        let name = "n".repeat(NAME_BYTES_MAX + 1);
        check_problem(&[], "it has no __name__, which names its metric");
        check_problem(&[("a", "1")], "it has no __name__, which names its metric");
        check_problem(&[("__name__", "")], "it has no __name__, which names its metric");
        check_problem(&[("__name__", "m"), ("a", "1"), ("a", "2")], "label \"a\" is there twice");
        check_problem(&[("a", "1"), ("__name__", "m"), ("a", "1")], "label \"a\" is there twice");
        check_problem(&[("__name__", "m"), ("", "1")], "a label's name is empty");
        check_problem(
            &[("__name__", "m"), ("a", &long)],
            "label \"a\" has 16385 bytes, at most 16384 are taken",
        );
        check_problem(
            &[("__name__", "m"), (&name, "1")],
            "a label's name has 1025 bytes, at most 1024 are taken",
        );
        check_problem(&[("a", "b"); LABELS_MAX + 1], "it has over 256 labels, send fewer");
    }

    #[test]
    fn labels_are_shown_as_people_write_them_and_cut() {
        let shown = |labels: &[Label<'_>]| Shown(labels).to_string();
        assert_eq!(
            shown(&[(b"__name__", b"up"), (b"job", b"a\"b\xff")]),
            "up{job=\"a\\\"b\u{fffd}\"}"
        );
        assert_eq!(shown(&[]), "{}");
        let long = [b'x'; VALUE_BYTES_MAX];
        let many = [(&long[..], &long[..]); LABELS_MAX];
        assert!(shown(&many).len() < 2_000, "{}", shown(&many).len());
    }
}
