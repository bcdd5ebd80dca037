//! What a request should become, worked out from the protobuf types in the plainest way: which
//! items are accepted, and what is to be read back from their rows.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use plimsoll_model::TimeWindow;
use plimsoll_model::schema::{Promoted, PromotedType, RESOURCE_COPIED};
use plimsoll_wire::otlp::Limits;

/// What decides whether an item is good.
pub(crate) struct Rules<'a> {
    pub(crate) window: &'a TimeWindow,
    pub(crate) limits: &'a Limits,
}

impl Rules<'_> {
    pub(crate) fn text(&self, text: &str) -> bool {
        text.len() <= self.limits.value_bytes_max
    }

    pub(crate) fn time(&self, time: u64) -> bool {
        i64::try_from(time).is_ok()
    }

    pub(crate) fn item_time(&self, time: u64) -> bool {
        i64::try_from(time).is_ok_and(|time| self.window.contains(time))
    }

    pub(crate) fn attributes(&self, attributes: &[KeyValue]) -> bool {
        attributes.len() <= self.limits.attributes_per_item_max
            && attributes.iter().all(|pair| self.pair(pair, 0))
    }

    fn pair(&self, pair: &KeyValue, depth: usize) -> bool {
        self.text(&pair.key) && pair.value.as_ref().is_none_or(|value| self.value(value, depth))
    }

    pub(crate) fn value(&self, value: &AnyValue, depth: usize) -> bool {
        let nested = depth < self.limits.nesting_max;
        match &value.value {
            Some(Value::StringValue(text)) => self.text(text),
            Some(Value::BytesValue(bytes)) => bytes.len() <= self.limits.value_bytes_max,
            Some(Value::ArrayValue(array)) => {
                nested && array.values.iter().all(|value| self.value(value, depth + 1))
            }
            Some(Value::KvlistValue(list)) => {
                nested && list.values.iter().all(|pair| self.pair(pair, depth + 1))
            }
            _ => true,
        }
    }

    pub(crate) fn resource(&self, resource: &Resource, schema_url: &str) -> bool {
        let keys = |keys: &[String]| keys.iter().all(|key| self.text(key));
        self.attributes(&resource.attributes)
            && self.text(schema_url)
            && resource.entity_refs.len() <= self.limits.attributes_per_item_max
            && resource.entity_refs.iter().all(|entity| {
                self.text(&entity.schema_url)
                    && self.text(&entity.r#type)
                    && keys(&entity.id_keys)
                    && keys(&entity.description_keys)
            })
    }

    pub(crate) fn scope(&self, scope: &InstrumentationScope, schema_url: &str) -> bool {
        self.text(&scope.name)
            && self.text(&scope.version)
            && self.text(schema_url)
            && self.attributes(&scope.attributes)
    }
}

pub(crate) fn required_id(id: &[u8], len: usize) -> bool {
    id.len() == len && id.iter().any(|byte| *byte != 0)
}

pub(crate) fn optional_id(id: &[u8], len: usize) -> bool {
    id.is_empty() || id.len() == len
}

/// All zero means none.
pub(crate) fn none_if_zero(id: &mut Vec<u8>) {
    if id.iter().all(|byte| *byte == 0) {
        id.clear();
    }
}

pub(crate) fn small_enum(number: i32) -> bool {
    i8::try_from(number).is_ok()
}

/// The number of the `AnyValue`'s field, 0 where it is empty.
pub(crate) fn type_number(value: Option<&Value>) -> i8 {
    match value {
        None | Some(Value::StringValueStrindex(_)) => 0,
        Some(Value::StringValue(_)) => 1,
        Some(Value::BoolValue(_)) => 2,
        Some(Value::IntValue(_)) => 3,
        Some(Value::DoubleValue(_)) => 4,
        Some(Value::ArrayValue(_)) => 5,
        Some(Value::KvlistValue(_)) => 6,
        Some(Value::BytesValue(_)) => 7,
    }
}

/// Makes equal what means the same: an absent value and an empty one, and references into a
/// profile's string table.
pub(crate) fn normalize_attributes(attributes: &mut [KeyValue]) {
    for pair in attributes {
        pair.key_strindex = 0;
        normalize_value(pair.value.get_or_insert_default());
    }
}

pub(crate) fn normalize_value(value: &mut AnyValue) {
    match &mut value.value {
        Some(Value::StringValueStrindex(_)) => value.value = None,
        Some(Value::ArrayValue(array)) => array.values.iter_mut().for_each(normalize_value),
        Some(Value::KvlistValue(list)) => normalize_attributes(&mut list.values),
        // Of NaNs only that they are is kept outside columns of doubles.
        Some(Value::DoubleValue(value)) if value.is_nan() => *value = f64::NAN,
        _ => {}
    }
}

/// Sorts attributes as their columns keep them: promoted first, then type by type.
pub(crate) fn sort_by_column(attributes: Vec<KeyValue>, promoted: &[Promoted]) -> Vec<KeyValue> {
    let mut taken = vec![false; promoted.len()];
    let mut placed: Vec<(usize, KeyValue)> = Vec::new();
    for pair in attributes {
        let value = pair.value.as_ref().and_then(|value| value.value.as_ref());
        let kind = match value {
            Some(Value::StringValue(_)) => Some(PromotedType::String),
            Some(Value::IntValue(_)) => Some(PromotedType::Int),
            _ => None,
        };
        let column = (promoted.iter())
            .position(|promoted| promoted.key == pair.key && Some(promoted.kind) == kind)
            .filter(|column| !std::mem::replace(&mut taken[*column], true));
        let map = match type_number(value) {
            1 => 0,
            3 => 1,
            4 => 2,
            2 => 3,
            _ => 4,
        };
        placed.push((column.unwrap_or(promoted.len() + map), pair));
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, pair)| pair).collect()
}

/// Names of the columns copied from resources, without `service_name`.
pub(crate) fn copied_columns() -> impl Iterator<Item = &'static str> {
    let mut columns: Vec<&str> = RESOURCE_COPIED.iter().map(|(_, column)| *column).collect();
    columns.dedup();
    columns.into_iter()
}

/// The first text among a resource's attributes of a key.
pub(crate) fn string(resource: &Resource, wanted: &str) -> Option<String> {
    resource.attributes.iter().filter(|pair| pair.key == wanted).find_map(|pair| {
        match pair.value.as_ref()?.value.as_ref()? {
            Value::StringValue(text) => Some(text.clone()),
            _ => None,
        }
    })
}

/// The copies of a resource's attributes.
pub(crate) fn service(resource: &Resource) -> Vec<Option<String>> {
    let string = |wanted: &str| string(resource, wanted);
    let name = string("service.name").filter(|name| !name.is_empty());
    let mut columns = vec![Some(name.unwrap_or_else(|| "unknown_service".to_owned()))];
    columns.extend(copied_columns().map(|column| {
        RESOURCE_COPIED.iter().filter(|(_, c)| *c == column).find_map(|(key, _)| string(key))
    }));
    columns
}

/// Resource, schema URL, scope, schema URL: who sent an item.
pub(crate) type Origin = (Resource, String, InstrumentationScope, String);

pub(crate) fn origin(
    resource: &Option<Resource>,
    resource_url: &str,
    scope: &Option<InstrumentationScope>,
    scope_url: &str,
) -> Origin {
    let mut resource = resource.clone().unwrap_or_default();
    let mut scope = scope.clone().unwrap_or_default();
    normalize_attributes(&mut resource.attributes);
    normalize_attributes(&mut scope.attributes);
    (resource, resource_url.to_owned(), scope, scope_url.to_owned())
}

/// What is known of a decoded request: its accepted items as text, and how many were not.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) rejected: u64,
    /// Each accepted item in full, `Debug` text so that NaN equals NaN.
    pub(crate) items: Vec<String>,
}
