//! Batches of `spans` and `logs`.
//!
//! The values of a column lie one after the other in one buffer, which is looked over as if it were
//! one text; only at a place worth a closer look is it asked whose value that is. Keys of attribute
//! maps are judged from memory.
//!
//! Invariants: a batch in which nothing is found is not copied; the others share every column in
//! which nothing is. The order of rows and of attributes, nulls and schema stay.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, DictionaryArray, ListArray,
    MapArray, PrimitiveArray, RecordBatch, StructArray,
};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use plimsoll_model::Table;
use plimsoll_model::schema::{LOG_PROMOTED, Promoted, PromotedType, SPAN_PROMOTED};

use super::values::{Kept, Strings};
use super::{Scrubber, card};

/// Columns of text, besides the promoted ones.
const TEXTS: &[&str] = &["name", "status_message", "body"];

/// Columns of typed JSON that is the same for many rows.
const DICTIONARIES: &[&str] = &["resource", "scope_attributes"];

/// Scrubs the columns that senders write.
pub(super) fn scrub(scrubber: &Scrubber, table: Table, rows: &RecordBatch) -> Option<RecordBatch> {
    let promoted = match table {
        Table::Spans => SPAN_PROMOTED,
        Table::Logs => LOG_PROMOTED,
        _ => return None,
    };
    let mut strings = Strings::new(scrubber);
    let mut columns: Option<Vec<ArrayRef>> = None;
    let schema = rows.schema_ref();
    for (at, (field, column)) in schema.fields().iter().zip(rows.columns()).enumerate() {
        if let Some(changed) = scrub_column(&mut strings, promoted, field.name(), column) {
            columns.get_or_insert_with(|| rows.columns().to_vec())[at] = changed;
        }
    }
    let columns = columns?;
    Some(RecordBatch::try_new(Arc::clone(schema), columns).expect("types and lengths are kept"))
}

fn scrub_column(
    strings: &mut Strings<'_>,
    promoted: &[Promoted],
    name: &str,
    column: &ArrayRef,
) -> Option<ArrayRef> {
    let is_promoted =
        |promoted: &Promoted| promoted.column == name && promoted.kind == PromotedType::String;
    match column.data_type() {
        DataType::Map(_, _) => scrub_map(strings, name, column.as_map()),
        DataType::List(_) if name == "events" || name == "links" => {
            scrub_list(strings, column.as_list())
        }
        DataType::Dictionary(_, _) if DICTIONARIES.contains(&name) => {
            scrub_dictionary(strings, column)
        }
        DataType::Utf8 if TEXTS.contains(&name) || promoted.iter().any(is_promoted) => {
            let changed = strings.scrub(column.as_string(), Kept::Text)?;
            Some(Arc::new(changed))
        }
        _ => None,
    }
}

fn scrub_dictionary(strings: &mut Strings<'_>, column: &ArrayRef) -> Option<ArrayRef> {
    let dictionary = column.as_dictionary_opt::<Int32Type>()?;
    let values = dictionary.values().as_string_opt()?;
    let changed = strings.scrub(values, Kept::Json)?;
    let keys = dictionary.keys().clone();
    let changed = DictionaryArray::try_new(keys, Arc::new(changed));
    Some(Arc::new(changed.expect("there are as many values")))
}

/// Events and links: names and attributes of each.
fn scrub_list(strings: &mut Strings<'_>, list: &ListArray) -> Option<ArrayRef> {
    let elements = list.values().as_struct_opt()?;
    if elements.is_empty() {
        return None;
    }
    let mut columns = elements.columns().to_vec();
    let mut is_changed = false;
    for (name, kept) in [("name", Kept::Text), ("attributes", Kept::Json)] {
        let Some((at, _)) = elements.fields().find(name) else { continue };
        let Some(texts) = columns[at].as_string_opt() else { continue };
        if let Some(changed) = strings.scrub(texts, kept) {
            columns[at] = Arc::new(changed);
            is_changed = true;
        }
    }
    if !is_changed {
        return None;
    }
    let nulls = elements.nulls().cloned();
    let changed = StructArray::new(elements.fields().clone(), columns, nulls);
    let DataType::List(field) = list.data_type() else { return None };
    let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
    Some(Arc::new(ListArray::new(Arc::clone(field), offsets, Arc::new(changed), nulls)))
}

/// Attributes of one type.
fn scrub_map(strings: &mut Strings<'_>, name: &str, map: &MapArray) -> Option<ArrayRef> {
    let keys = map.keys().as_string_opt::<i32>()?;
    if keys.is_empty() {
        return None;
    }
    let rows = map.value_offsets();
    let changed: ArrayRef = match map.values().data_type() {
        DataType::Utf8 => {
            let kept = if name == "attributes_json" { Kept::Json } else { Kept::Text };
            Arc::new(strings.scrub_keyed(map.values().as_string(), kept, rows, keys)?)
        }
        DataType::Int64 => {
            let values = map.values().as_primitive::<Int64Type>();
            let secrets = strings.secrets(rows, keys);
            Arc::new(with_zeros(values, secrets, |value| is_card(strings.scrubber(), value))?)
        }
        DataType::Float64 => {
            let values = map.values().as_primitive::<Float64Type>();
            let secrets = strings.secrets(rows, keys);
            Arc::new(with_zeros(values, secrets, |value| {
                value.fract() == 0.0 && is_card(strings.scrubber(), value as i64)
            })?)
        }
        DataType::Boolean => {
            Arc::new(with_false(map.values().as_boolean(), &strings.secrets(rows, keys))?)
        }
        _ => return None,
    };
    Some(Arc::new(with_values(map, changed)))
}

/// The least number of thirteen digits.
const CARD_MIN: i64 = 1_000_000_000_000;

fn is_card(scrubber: &Scrubber, value: i64) -> bool {
    scrubber.credit_cards
        && value >= CARD_MIN
        && card::is_card(itoa::Buffer::new().format(value).as_bytes())
}

/// Numbers of which some are hidden: zero says no more of them than that they were there.
fn with_zeros<T: ArrowPrimitiveType>(
    values: &PrimitiveArray<T>,
    mut hidden: Vec<usize>,
    is_card: impl Fn(T::Native) -> bool,
) -> Option<PrimitiveArray<T>> {
    let numbers = values.values();
    hidden
        .extend(numbers.iter().enumerate().filter(|(_, value)| is_card(**value)).map(|(at, _)| at));
    hidden.retain(|&at| numbers[at] != T::default_value());
    if hidden.is_empty() {
        return None;
    }
    let mut changed = numbers.to_vec();
    for at in hidden {
        changed[at] = T::default_value();
    }
    Some(PrimitiveArray::new(changed.into(), values.nulls().cloned()))
}

/// The same for booleans.
fn with_false(values: &BooleanArray, hidden: &[usize]) -> Option<BooleanArray> {
    if !hidden.iter().any(|&at| values.value(at)) {
        return None;
    }
    let kept = |(at, value): (usize, Option<bool>)| {
        value.map(|value| value && hidden.binary_search(&at).is_err())
    };
    Some(values.iter().enumerate().map(kept).collect())
}

fn with_values(map: &MapArray, values: ArrayRef) -> MapArray {
    let entries = map.entries();
    let columns = vec![Arc::clone(map.keys()), values];
    let entries = StructArray::new(entries.fields().clone(), columns, entries.nulls().cloned());
    let DataType::Map(field, sorted) = map.data_type() else { return map.clone() };
    MapArray::new(Arc::clone(field), map.offsets().clone(), entries, map.nulls().cloned(), *sorted)
}
