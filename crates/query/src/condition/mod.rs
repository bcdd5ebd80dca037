//! Conditions on rows: what they test, which columns that takes, and which bounds rule rows out
//! unread. Memory and files are tested by the same code.
//!
//! Invariant: a null never passes, unless the condition is about it.

mod attribute;
mod contains;
mod value;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{Array, AsArray, BooleanArray, PrimitiveArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int8Type, Int32Type, Int64Type};
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

pub use attribute::{AttributeFilter, Comparison};
pub(crate) use attribute::{AttributeTest, Places};
pub(crate) use contains::Needle;

use crate::column::Columns;
use crate::scan::Group;
use crate::{QueryError, Window};

/// Span kinds that make a span an entry, whatever its parent: server and consumer.
const ENTRY_KINDS: [i8; 2] = [2, 5];

/// A test of rows.
#[derive(Clone)]
pub(crate) enum Condition {
    /// An integer column lies within `min` to `max`, both included.
    Int { column: &'static str, min: i64, max: i64 },
    /// An integer column is one of these, in order.
    AnyInt { column: &'static str, values: Arc<[i64]> },
    /// A text column is exactly this.
    Text { column: &'static str, value: Arc<[String]> },
    /// A text column contains this, whatever the case.
    Contains { column: &'static str, needle: Needle },
    /// A binary column is one of these.
    Ids { column: &'static str, ids: Arc<Ids> },
    /// The span is a request to its service: of kind server or consumer, or without a parent.
    Entry,
    /// An attribute is as asked, going by some of the places where it may be.
    Attribute(Arc<AttributeTest>, Places),
    /// An integer column is at least as large as what a fold has already found enough of.
    Best { column: &'static str, least: Arc<AtomicI64> },
    /// As `Best`, and of the values below a bound that are tested together only the `count` greatest,
    /// with their equals.
    Top { column: &'static str, least: Arc<AtomicI64>, below: i64, count: usize },
}

/// Values looked for, twice: in order for bounds, hashed for rows.
pub(crate) struct Ids {
    list: Vec<Vec<u8>>,
    set: HashSet<Vec<u8>>,
}

impl Ids {
    pub(crate) fn new<I: AsRef<[u8]>>(ids: impl IntoIterator<Item = I>) -> Arc<Self> {
        let list: Vec<Vec<u8>> = ids.into_iter().map(|id| id.as_ref().to_vec()).collect();
        let set = list.iter().cloned().collect();
        Arc::new(Self { list, set })
    }
}

/// What a row, page, row group or file must hold for a condition to pass at all.
pub(crate) enum Needs<'a> {
    Int {
        column: &'static str,
        min: i64,
        max: i64,
    },
    /// One of several values, in order.
    AnyInt {
        column: &'static str,
        any_of: &'a [i64],
    },
    Bytes {
        column: &'static str,
        any_of: AnyOf<'a>,
    },
}

/// Values of which one is needed.
#[derive(Clone, Copy)]
pub(crate) enum AnyOf<'a> {
    Texts(&'a [String]),
    Ids(&'a [Vec<u8>]),
}

impl<'a> AnyOf<'a> {
    pub(crate) fn any(&self, mut passes: impl FnMut(&[u8]) -> bool) -> bool {
        match self {
            Self::Texts(texts) => texts.iter().any(|text| passes(text.as_bytes())),
            Self::Ids(ids) => ids.iter().any(|id| passes(id)),
        }
    }
}

impl Needs<'_> {
    pub(crate) fn column(&self) -> &'static str {
        match self {
            Self::Int { column, .. } | Self::AnyInt { column, .. } | Self::Bytes { column, .. } => {
                column
            }
        }
    }

    /// Whether values within bounds, both included, may be among those needed.
    pub(crate) fn overlaps(&self, least: i64, most: i64) -> bool {
        match self {
            Self::Int { min, max, .. } => least <= *max && *min <= most,
            Self::AnyInt { any_of, .. } => {
                let first = any_of.partition_point(|value| *value < least);
                any_of.get(first).is_some_and(|value| *value <= most)
            }
            Self::Bytes { .. } => true,
        }
    }
}

impl Condition {
    /// A text column is exactly this.
    pub(crate) fn text(column: &'static str, value: &str) -> Self {
        Self::Text { column, value: Arc::new([value.to_owned()]) }
    }

    /// The time lies within a window; `None` where every time does.
    pub(crate) fn within(window: &Window) -> Option<Self> {
        (*window != Window::ALL).then_some(Self::Int {
            column: TIME,
            min: window.from,
            max: window.last(),
        })
    }

    /// The columns it reads.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        match self {
            Self::Int { column, .. }
            | Self::AnyInt { column, .. }
            | Self::Text { column, .. }
            | Self::Contains { column, .. }
            | Self::Ids { column, .. }
            | Self::Best { column, .. }
            | Self::Top { column, .. } => vec![column],
            Self::Entry => vec!["kind", "parent_span_id"],
            Self::Attribute(test, places) => test.columns(*places),
        }
    }

    /// What there must be for any row to pass; `None` where bounds cannot tell.
    pub(crate) fn needs(&self) -> Option<Needs<'_>> {
        match self {
            Self::Int { column, min, max } => Some(Needs::Int { column, min: *min, max: *max }),
            Self::AnyInt { column, values } => Some(Needs::AnyInt { column, any_of: values }),
            Self::Text { column, value } => {
                Some(Needs::Bytes { column, any_of: AnyOf::Texts(value) })
            }
            Self::Ids { column, ids } => {
                Some(Needs::Bytes { column, any_of: AnyOf::Ids(&ids.list) })
            }
            Self::Best { column, least } | Self::Top { column, least, .. } => {
                let min = least.load(Ordering::Relaxed);
                Some(Needs::Int { column, min, max: i64::MAX })
            }
            Self::Contains { .. } | Self::Entry | Self::Attribute(..) => None,
        }
    }

    /// The same condition for a row group, reading no more than it must there; `None` where no row
    /// of the group can pass.
    pub(crate) fn narrow(&self, group: &Group<'_>) -> Option<Self> {
        match self {
            Self::Attribute(test, _) => {
                let places = test.places(group)?;
                Some(Self::Attribute(Arc::clone(test), places))
            }
            other => Some(other.clone()),
        }
    }

    /// An attribute is as a filter says.
    pub(crate) fn attribute(filter: &AttributeFilter, table: Table) -> Self {
        Self::Attribute(Arc::new(AttributeTest::new(filter, table)), Places::ALL)
    }

    /// Which rows pass.
    pub(crate) fn test(&self, rows: &RecordBatch) -> Result<BooleanArray, QueryError> {
        match self {
            Self::Int { column, min, max } => within(rows.array(column)?, *min, *max),
            Self::AnyInt { column, values } => Ok(among(rows.long(column)?.values(), values)),
            Self::Text { column, value } => {
                Ok(rows.text(column)?.test(|text| value.iter().any(|value| value == text)))
            }
            Self::Contains { column, needle } => {
                Ok(rows.text(column)?.test(|text| needle.is_in(text)))
            }
            Self::Ids { column, ids } => {
                let values = rows.binary(column)?;
                let one = (ids.list.len() == 1).then(|| ids.list[0].as_slice());
                let row = |row: usize| {
                    let value = values.value(row);
                    values.is_valid(row)
                        && one.map_or_else(|| ids.set.contains(value), |one| one == value)
                };
                Ok((0..values.len()).map(|i| Some(row(i))).collect())
            }
            Self::Entry => {
                let (kinds, parents) = (rows.byte("kind")?, rows.binary("parent_span_id")?);
                let row = |row| ENTRY_KINDS.contains(&kinds.value(row)) || parents.is_null(row);
                Ok((0..kinds.len()).map(|i| Some(row(i))).collect())
            }
            Self::Attribute(test, places) => test.test(rows, *places),
            Self::Best { column, least } => {
                within(rows.array(column)?, least.load(Ordering::Relaxed), i64::MAX)
            }
            Self::Top { column, least, below, count } => {
                let least = least.load(Ordering::Relaxed);
                let values = rows.long(column)?.values().iter().copied();
                let mut passing: Vec<i64> =
                    values.filter(|value| least <= *value && value < below).collect();
                let mut min = least;
                if passing.len() > *count && *count > 0 {
                    let at = passing.len() - count;
                    min = *passing.select_nth_unstable(at).1;
                }
                within(rows.array(column)?, min, i64::MAX)
            }
        }
    }
}

/// Whether a span of this kind is an entry even with a parent.
pub(crate) fn is_entry_kind(kind: i8) -> bool {
    ENTRY_KINDS.contains(&kind)
}

/// The column that says to which series a row belongs.
pub(crate) const SERIES_ID: &str = "series_id";

/// Which values are among those in order. Neighbours are mostly equal.
fn among(values: &[i64], ids: &[i64]) -> BooleanArray {
    let (Some(least), Some(most)) = (ids.first(), ids.last()) else {
        return BooleanArray::new(BooleanBuffer::new_unset(values.len()), None);
    };
    let mut last = None;
    let inside = BooleanBuffer::collect_bool(values.len(), |row| {
        let value = values[row];
        match last {
            Some((known, answer)) if known == value => answer,
            _ => {
                let answer = (least..=most).contains(&&value) && ids.binary_search(&value).is_ok();
                last = Some((value, answer));
                answer
            }
        }
    });
    BooleanArray::new(inside, None)
}

fn within(array: &dyn Array, min: i64, max: i64) -> Result<BooleanArray, QueryError> {
    fn of<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, min: i64, max: i64) -> BooleanArray
    where
        T::Native: Into<i64>,
    {
        let values = array.values();
        let inside = BooleanBuffer::collect_bool(values.len(), |row| {
            let value: i64 = values[row].into();
            min <= value && value <= max
        });
        BooleanArray::new(inside, array.nulls().cloned())
    }
    match array.data_type() {
        DataType::Int64 => Ok(of::<Int64Type>(array.as_primitive(), min, max)),
        DataType::Int32 => Ok(of::<Int32Type>(array.as_primitive(), min, max)),
        DataType::Int8 => Ok(of::<Int8Type>(array.as_primitive(), min, max)),
        other => Err(QueryError::internal(format!("expected integers, found {other}"))),
    }
}
