//! Reads rows back from the columns, as the protobuf types they came from.

use arrow::array::{
    Array, AsArray, BinaryArray, BooleanArray, Float64Array, Int8Array, Int32Array, Int64Array,
    ListArray, MapArray, RecordBatch, StringArray, StructArray,
};
use arrow::datatypes::Int32Type;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use plimsoll_model::schema::{Promoted, PromotedType};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A table whose columns are asked for by name.
pub(crate) struct Rows<'a>(pub(crate) &'a RecordBatch);

impl Rows<'_> {
    fn column<T: Array + 'static>(&self, name: &str) -> &T {
        let column = self.0.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
        column.as_any().downcast_ref().unwrap_or_else(|| panic!("{name}: {}", column.data_type()))
    }

    pub(crate) fn int64(&self, name: &str, row: usize) -> Option<i64> {
        let column: &Int64Array = self.column(name);
        column.is_valid(row).then(|| column.value(row))
    }

    pub(crate) fn int32(&self, name: &str, row: usize) -> Option<i32> {
        let column: &Int32Array = self.column(name);
        column.is_valid(row).then(|| column.value(row))
    }

    pub(crate) fn int8(&self, name: &str, row: usize) -> i8 {
        self.column::<Int8Array>(name).value(row)
    }

    pub(crate) fn bool(&self, name: &str, row: usize) -> bool {
        self.column::<BooleanArray>(name).value(row)
    }

    pub(crate) fn double(&self, name: &str, row: usize) -> Option<f64> {
        let column: &Float64Array = self.column(name);
        column.is_valid(row).then(|| column.value(row))
    }

    pub(crate) fn text(&self, name: &str, row: usize) -> Option<String> {
        let column: &StringArray = self.column(name);
        column.is_valid(row).then(|| column.value(row).to_owned())
    }

    pub(crate) fn binary(&self, name: &str, row: usize) -> Option<Vec<u8>> {
        let column: &BinaryArray = self.column(name);
        column.is_valid(row).then(|| column.value(row).to_vec())
    }

    pub(crate) fn dictionary(&self, name: &str, row: usize) -> Option<String> {
        let column = self.0.column_by_name(name).expect("the column exists");
        let column = column.as_dictionary::<Int32Type>();
        let at = column.key(row)?;
        Some(column.values().as_string::<i32>().value(at).to_owned())
    }

    pub(crate) fn int64s(&self, name: &str, row: usize) -> Vec<i64> {
        let list = self.column::<ListArray>(name).value(row);
        list.as_any().downcast_ref::<Int64Array>().expect("integers").values().to_vec()
    }

    pub(crate) fn doubles(&self, name: &str, row: usize) -> Vec<f64> {
        let list = self.column::<ListArray>(name).value(row);
        list.as_any().downcast_ref::<Float64Array>().expect("doubles").values().to_vec()
    }

    /// The structs of a list.
    pub(crate) fn structs(&self, name: &str, row: usize) -> RecordBatch {
        let list = self.column::<ListArray>(name).value(row);
        RecordBatch::from(list.as_any().downcast_ref::<StructArray>().expect("structs"))
    }

    pub(crate) fn string_map(&self, name: &str, row: usize) -> Vec<(String, String)> {
        let entries = self.column::<MapArray>(name).value(row);
        let batch = RecordBatch::from(&entries);
        let rows = Rows(&batch);
        let text = |name, at| rows.text(name, at).expect("no nulls in maps");
        (0..batch.num_rows()).map(|at| (text("key", at), text("value", at))).collect()
    }

    fn typed_map(
        &self,
        name: &str,
        row: usize,
        value: impl Fn(&Rows<'_>, usize) -> Value,
    ) -> Vec<KeyValue> {
        let entries = self.column::<MapArray>(name).value(row);
        let batch = RecordBatch::from(&entries);
        let rows = Rows(&batch);
        let pair = |at| key_value(rows.text("key", at).expect("a key"), Some(value(&rows, at)));
        (0..batch.num_rows()).map(pair).collect()
    }

    /// The attributes of a row: promoted ones in the order of their columns, then map by map.
    pub(crate) fn attributes(&self, row: usize, promoted: &[Promoted]) -> Vec<KeyValue> {
        let mut attributes = Vec::new();
        for promoted in promoted {
            let value = match promoted.kind {
                PromotedType::String => self.text(promoted.column, row).map(Value::StringValue),
                PromotedType::Int => self.int64(promoted.column, row).map(Value::IntValue),
            };
            attributes.extend(value.map(|value| key_value(promoted.key.to_owned(), Some(value))));
        }
        let text = |rows: &Rows<'_>, at| rows.text("value", at).expect("a value");
        attributes.extend(
            self.typed_map("attributes_string", row, |rows, at| Value::StringValue(text(rows, at))),
        );
        attributes.extend(self.typed_map("attributes_int", row, |rows, at| {
            Value::IntValue(rows.int64("value", at).expect("a value"))
        }));
        attributes.extend(self.typed_map("attributes_double", row, |rows, at| {
            Value::DoubleValue(rows.double("value", at).expect("a value"))
        }));
        attributes.extend(self.typed_map("attributes_bool", row, |rows, at| {
            Value::BoolValue(rows.bool("value", at))
        }));
        for (key, json) in self.string_map("attributes_json", row) {
            let value = serde_json::from_str::<Json>(&json).expect("valid JSON").into_value();
            attributes.push(key_value(key, value));
        }
        attributes
    }

    /// The columns copied from the resource.
    pub(crate) fn service(&self, row: usize) -> Vec<Option<String>> {
        let mut columns = vec![self.text("service_name", row)];
        columns.extend(super::expected::copied_columns().map(|name| self.text(name, row)));
        columns
    }

    /// Resource, its schema URL, scope, its schema URL.
    pub(crate) fn origin(&self, row: usize) -> (Resource, String, InstrumentationScope, String) {
        let json = self.dictionary("resource", row).expect("a resource");
        let (attributes, entity_refs) = resource_of(&json);
        let resource = Resource {
            attributes,
            dropped_attributes_count: self.count("resource_dropped_attributes_count", row),
            entity_refs,
        };
        let scope = InstrumentationScope {
            name: self.dictionary("scope_name", row).unwrap_or_default(),
            version: self.dictionary("scope_version", row).unwrap_or_default(),
            attributes: object_or_none(self.dictionary("scope_attributes", row)),
            dropped_attributes_count: self.count("scope_dropped_attributes_count", row),
        };
        let url = |name| self.dictionary(name, row).unwrap_or_default();
        (resource, url("resource_schema_url"), scope, url("scope_schema_url"))
    }

    /// The bits of an unsigned count.
    pub(crate) fn count(&self, name: &str, row: usize) -> u32 {
        self.int32(name, row).expect("a count") as u32
    }
}

fn key_value(key: String, value: Option<Value>) -> KeyValue {
    KeyValue { key, value: Some(AnyValue { value }), key_strindex: 0 }
}

/// A typed JSON object, or nothing where there is none.
pub(crate) fn object_or_none(json: Option<String>) -> Vec<KeyValue> {
    json.map_or_else(Vec::new, |json| object(&json))
}

pub(crate) fn object(json: &str) -> Vec<KeyValue> {
    parse_object(json).unwrap_or_else(|| panic!("no typed JSON object: {json}"))
}

pub(crate) fn parse_object(json: &str) -> Option<Vec<KeyValue>> {
    match serde_json::from_str(json).ok()? {
        Json::Object(members) => Some(members.into_iter().map(member).collect()),
        _ => None,
    }
}

/// A value of the type that `body_type` gives.
pub(crate) fn body(text: Option<String>, kind: i8) -> Option<AnyValue> {
    let text = text?;
    if kind == 1 {
        return Some(AnyValue { value: Some(Value::StringValue(text)) });
    }
    let value = serde_json::from_str::<Json>(&text).expect("valid JSON").into_value();
    assert_eq!(super::expected::type_number(value.as_ref()), kind);
    Some(AnyValue { value })
}

fn resource_of(json: &str) -> (Vec<KeyValue>, Vec<EntityRef>) {
    let Json::Object(mut members) = serde_json::from_str(json).expect("valid JSON") else {
        panic!("no object: {json}")
    };
    let mut entity_refs = Vec::new();
    if members.last().is_some_and(|(key, _)| key == "$entity_refs") {
        let Some((_, Json::Array(refs))) = members.pop() else { panic!("no array: {json}") };
        entity_refs = refs.into_iter().map(entity_ref).collect();
    }
    (members.into_iter().map(member).collect(), entity_refs)
}

fn entity_ref(json: Json) -> EntityRef {
    let Json::Object(members) = json else { panic!("no object: {json:?}") };
    let mut entity = EntityRef::default();
    for (key, value) in members {
        match (key.as_str(), value) {
            ("schema_url", Json::Text(text)) => entity.schema_url = text,
            ("type", Json::Text(text)) => entity.r#type = text,
            ("id_keys", Json::Array(keys)) => entity.id_keys = texts(keys),
            ("description_keys", Json::Array(keys)) => entity.description_keys = texts(keys),
            other => panic!("unexpected {other:?}"),
        }
    }
    entity
}

fn texts(list: Vec<Json>) -> Vec<String> {
    let text = |json| match json {
        Json::Text(text) => text,
        other => panic!("no text: {other:?}"),
    };
    list.into_iter().map(text).collect()
}

fn member((key, value): (String, Json)) -> KeyValue {
    let key = match key.strip_prefix('$') {
        Some(rest) => {
            assert!(rest.starts_with('$'), "an unescaped key {key}");
            rest.to_owned()
        }
        None => key,
    };
    key_value(key, value.into_value())
}

/// JSON with the order and repetition of members kept, and integers told from doubles.
#[derive(Debug)]
enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    fn into_value(self) -> Option<Value> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(value) => Value::BoolValue(value),
            Self::Int(value) => Value::IntValue(value),
            Self::Double(value) => Value::DoubleValue(value),
            Self::Text(text) => Value::StringValue(text),
            Self::Array(list) => {
                let values = list.into_iter().map(|json| AnyValue { value: json.into_value() });
                Value::ArrayValue(ArrayValue { values: values.collect() })
            }
            Self::Object(members) => match &members[..] {
                [(key, Self::Text(text))] if key == "$double" => {
                    Value::DoubleValue(text.parse().expect("a double"))
                }
                [(key, Self::Text(text))] if key == "$bytes" => {
                    use base64::Engine;
                    let engine = base64::engine::general_purpose::STANDARD;
                    Value::BytesValue(engine.decode(text).expect("base64"))
                }
                _ => {
                    let values = members.into_iter().map(member).collect();
                    Value::KvlistValue(KeyValueList { values })
                }
            },
        })
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("typed JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Int(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Json, E> {
                i64::try_from(value).map(Json::Int).map_err(E::custom)
            }

            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Double(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = seq.next_element()? {
                    list.push(element);
                }
                Ok(Json::Array(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Json::Object(members))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
