//! A checkpoint: all live actions of a table's log as one Parquet file.
//!
//! Actions pass through Arrow's JSON reader and writer, so the checkpoint's columns are exactly the
//! JSON fields of a commit and there is one description of an action, not two.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::json::{LineDelimitedWriter, ReaderBuilder};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::action::Action;
use super::log::DeltaError;

fn field(name: &str, kind: DataType) -> Field {
    Field::new(name, kind, true)
}

fn structure(name: &str, fields: Vec<Field>) -> Field {
    field(name, DataType::Struct(Fields::from(fields)))
}

fn string_map(name: &str) -> Field {
    let pair = vec![Field::new("key", DataType::Utf8, false), field("value", DataType::Utf8)];
    let entry = Field::new("key_value", DataType::Struct(pair.into()), false);
    field(name, DataType::Map(Arc::new(entry), false))
}

/// The protocol's checkpoint schema, reduced to the fields we write.
fn schema() -> SchemaRef {
    use DataType::{Boolean, Int32, Int64, Utf8};
    let list = DataType::List(Arc::new(field("element", Utf8)));
    Arc::new(Schema::new(vec![
        structure(
            "txn",
            vec![field("appId", Utf8), field("version", Int64), field("lastUpdated", Int64)],
        ),
        structure(
            "add",
            vec![
                field("path", Utf8),
                string_map("partitionValues"),
                field("size", Int64),
                field("modificationTime", Int64),
                field("dataChange", Boolean),
                field("stats", Utf8),
            ],
        ),
        structure(
            "remove",
            vec![
                field("path", Utf8),
                field("deletionTimestamp", Int64),
                field("dataChange", Boolean),
            ],
        ),
        structure(
            "metaData",
            vec![
                field("id", Utf8),
                field("name", Utf8),
                structure("format", vec![field("provider", Utf8), string_map("options")]),
                field("schemaString", Utf8),
                field("partitionColumns", list),
                string_map("configuration"),
                field("createdTime", Int64),
            ],
        ),
        structure(
            "protocol",
            vec![field("minReaderVersion", Int32), field("minWriterVersion", Int32)],
        ),
    ]))
}

/// The checkpoint file of these actions.
pub(super) fn encode(actions: &[Action]) -> Result<Vec<u8>, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let mut decoder = ReaderBuilder::new(schema())
        .with_batch_size(actions.len().max(1))
        .build_decoder()
        .map_err(|e| text(&e))?;
    decoder.serialize(actions).map_err(|e| text(&e))?;
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema(), None).map_err(|e| text(&e))?;
    if let Some(batch) = decoder.flush().map_err(|e| text(&e))? {
        writer.write(&batch).map_err(|e| text(&e))?;
    }
    writer.close().map_err(|e| text(&e))?;
    Ok(bytes)
}

/// The actions of the checkpoint file at `path`.
pub(super) fn read(path: &Path) -> Result<Vec<Action>, DeltaError> {
    let file = std::fs::File::open(path).map_err(DeltaError::io(path))?;
    let damaged = |error: &dyn std::fmt::Display| DeltaError::damaged(path, error.to_string());
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.build())
        .map_err(|e| damaged(&e))?;
    let mut json = Vec::new();
    let mut writer = LineDelimitedWriter::new(&mut json);
    for batch in reader {
        writer.write(&batch.map_err(|e| damaged(&e))?).map_err(|e| damaged(&e))?;
    }
    writer.finish().map_err(|e| damaged(&e))?;
    serde_json::Deserializer::from_slice(&json)
        .into_iter::<Action>()
        .collect::<Result<_, _>>()
        .map_err(|e| damaged(&e))
}
