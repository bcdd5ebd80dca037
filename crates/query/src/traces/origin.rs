//! Resources and scopes of rows, each once.

use std::collections::HashMap;

use arrow::array::{RecordBatch, StructArray};

use super::{Resource, Scope};
use crate::QueryError;
use crate::attributes::parse_attributes;
use crate::column::Columns;

/// The columns that [`Origins`] and [`scope`] read.
pub(crate) const ORIGIN_COLUMNS: [&str; 8] = [
    "resource",
    "resource_dropped_attributes_count",
    "resource_schema_url",
    "scope_name",
    "scope_version",
    "scope_attributes",
    "scope_dropped_attributes_count",
    "scope_schema_url",
];

/// A resource as stored, for telling equal ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ResourceKey {
    attributes: String,
    schema_url: Option<String>,
    dropped: u32,
}

/// A scope as stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ScopeKey {
    name: String,
    version: String,
    attributes: Option<String>,
    schema_url: Option<String>,
    dropped: u32,
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn resource_key(rows: &RecordBatch, row: usize) -> Result<ResourceKey, QueryError> {
    Ok(ResourceKey {
        attributes: owned(rows.text("resource")?.get(row)).unwrap_or_default(),
        schema_url: owned(rows.text("resource_schema_url")?.get(row)),
        dropped: rows.unsigned("resource_dropped_attributes_count", row)?,
    })
}

fn scope_key(rows: &RecordBatch, row: usize) -> Result<ScopeKey, QueryError> {
    let text = |name: &str| Ok::<_, QueryError>(owned(rows.text(name)?.get(row)));
    Ok(ScopeKey {
        name: text("scope_name")?.unwrap_or_default(),
        version: text("scope_version")?.unwrap_or_default(),
        attributes: text("scope_attributes")?,
        schema_url: text("scope_schema_url")?,
        dropped: rows.unsigned("scope_dropped_attributes_count", row)?,
    })
}

impl From<&ResourceKey> for Resource {
    fn from(key: &ResourceKey) -> Self {
        Self {
            attributes: parse_attributes(Some(&key.attributes)),
            schema_url: key.schema_url.clone(),
            dropped_attributes_count: key.dropped,
        }
    }
}

impl From<&ScopeKey> for Scope {
    fn from(key: &ScopeKey) -> Self {
        Self {
            name: key.name.clone(),
            version: key.version.clone(),
            attributes: parse_attributes(key.attributes.as_deref()),
            schema_url: key.schema_url.clone(),
            dropped_attributes_count: key.dropped,
        }
    }
}

/// The resource of a row.
pub(crate) fn resource(rows: &RecordBatch, row: usize) -> Result<Resource, QueryError> {
    Ok(Resource::from(&resource_key(rows, row)?))
}

/// The scope of a row.
pub(crate) fn scope(rows: &RecordBatch, row: usize) -> Result<Scope, QueryError> {
    Ok(Scope::from(&scope_key(rows, row)?))
}

/// Things that are numbered in the order they are first met.
#[derive(Debug)]
pub(super) struct Numbered<K> {
    numbers: HashMap<K, usize>,
    pub(super) keys: Vec<K>,
}

impl<K> Default for Numbered<K> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), keys: Vec::new() }
    }
}

impl<K: Clone + Eq + std::hash::Hash> Numbered<K> {
    pub(super) fn number(&mut self, key: K) -> usize {
        let (keys, next) = (&mut self.keys, self.numbers.len());
        *self.numbers.entry(key).or_insert_with_key(|key| {
            keys.push(key.clone());
            next
        })
    }

    /// Takes another's things; the number of each of them here.
    pub(super) fn merge(&mut self, other: Self) -> Vec<usize> {
        other.keys.into_iter().map(|key| self.number(key)).collect()
    }
}

/// The resources and scopes of a trace.
#[derive(Debug, Default)]
pub(super) struct Origins {
    pub(super) resources: Numbered<ResourceKey>,
    pub(super) scopes: Numbered<ScopeKey>,
}

impl Origins {
    /// The numbers of a row's resource and scope.
    pub(super) fn of(
        &mut self,
        rows: &RecordBatch,
        row: usize,
    ) -> Result<(usize, usize), QueryError> {
        let resource = self.resources.number(resource_key(rows, row)?);
        Ok((resource, self.scopes.number(scope_key(rows, row)?)))
    }
}

/// The structs of one row of a list column.
pub(super) fn row_structs(
    rows: &RecordBatch,
    name: &str,
    row: usize,
) -> Result<StructArray, QueryError> {
    use arrow::array::AsArray;
    let values = rows.list(name)?.value(row);
    let structs = values.as_struct_opt().cloned();
    structs.ok_or_else(|| QueryError::internal(format!("{name} is no list of structs")))
}
