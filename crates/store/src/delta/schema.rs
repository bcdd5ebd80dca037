//! An Arrow schema as Delta's schema string.

use arrow::datatypes::{DataType, Field, Schema};
use serde_json::{Value, json};

/// The partition column: the UTC day of a row's time. Not stored in the files.
pub(crate) const PARTITION: &str = "date";

/// The `schemaString` of a table with these columns and the partition column.
pub(crate) fn schema_string(schema: &Schema) -> String {
    let mut fields: Vec<Value> = schema.fields().iter().map(|field| struct_field(field)).collect();
    fields.push(json!({"name": PARTITION, "type": "date", "nullable": false, "metadata": {}}));
    json!({"type": "struct", "fields": fields}).to_string()
}

fn struct_field(field: &Field) -> Value {
    json!({
        "name": field.name(),
        "type": type_of(field.data_type()),
        "nullable": field.is_nullable(),
        "metadata": {},
    })
}

fn type_of(kind: &DataType) -> Value {
    match kind {
        DataType::Int8 => json!("byte"),
        DataType::Int32 => json!("integer"),
        DataType::Int64 => json!("long"),
        DataType::Float64 => json!("double"),
        DataType::Boolean => json!("boolean"),
        DataType::Utf8 => json!("string"),
        DataType::Binary => json!("binary"),
        DataType::Dictionary(_, value) => type_of(value),
        DataType::List(element) => json!({
            "type": "array",
            "elementType": type_of(element.data_type()),
            "containsNull": element.is_nullable(),
        }),
        DataType::Struct(fields) => json!({
            "type": "struct",
            "fields": fields.iter().map(|field| struct_field(field)).collect::<Vec<_>>(),
        }),
        DataType::Map(entry, _) => match entry.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => json!({
                "type": "map",
                "keyType": type_of(pair[0].data_type()),
                "valueType": type_of(pair[1].data_type()),
                "valueContainsNull": pair[1].is_nullable(),
            }),
            other => unreachable!("a map's entry is a pair, found {other}"),
        },
        other => unreachable!("no table has a column of type {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::Table;

    #[test]
    fn every_table_has_a_delta_schema() {
        for table in Table::ALL {
            let text = schema_string(&table.schema());
            let value: Value = serde_json::from_str(&text).unwrap();
            let fields = value["fields"].as_array().unwrap();
            assert_eq!(fields.len(), table.schema().fields().len() + 1);
            assert_eq!(fields.last().unwrap()["name"], "date");
        }
    }

    #[test]
    fn maps_and_lists_are_spelled_as_the_protocol_does() {
        let value: Value = serde_json::from_str(&schema_string(&Table::Spans.schema())).unwrap();
        let field = |name: &str| {
            value["fields"].as_array().unwrap().iter().find(|f| f["name"] == name).unwrap().clone()
        };
        assert_eq!(
            field("attributes_int")["type"],
            json!({"type": "map", "keyType": "string", "valueType": "long", "valueContainsNull": false})
        );
        assert_eq!(field("events")["type"]["type"], "array");
        assert_eq!(field("resource")["type"], "string");
    }
}
