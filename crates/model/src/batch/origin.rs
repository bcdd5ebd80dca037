//! Who sent a row: its resource and instrumentation scope, kept once and repeated over the rows of
//! a table only when the table is finished.
//!
//! Invariant: rows between two `begin` calls share one resource and one scope.

use std::sync::LazyLock;

use arrow::array::ArrayRef;
use arrow::datatypes::Int32Type;

use super::FinishError;
use super::column::{Bytes, Dictionary, SparseBytes, primitive};
use crate::schema::{RESOURCE_COPIED, UNKNOWN_SERVICE};

/// For each of [`RESOURCE_COPIED`], the position of its column among the distinct columns.
static SLOTS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let mut columns: Vec<&str> = Vec::new();
    RESOURCE_COPIED
        .iter()
        .map(|(_, column)| {
            columns.iter().position(|known| known == column).unwrap_or_else(|| {
                columns.push(column);
                columns.len() - 1
            })
        })
        .collect()
});

fn slots() -> usize {
    SLOTS.iter().max().map_or(0, |last| last + 1)
}

/// The attributes of a resource that get columns of their own. The first occurrence of a key
/// counts, of two keys with one column the one listed first, and only strings.
#[derive(Clone, Debug, Default)]
pub struct ResourceCopies<'a> {
    service_name: Option<&'a [u8]>,
    copied: [Option<&'a [u8]>; RESOURCE_COPIED.len()],
}

impl<'a> ResourceCopies<'a> {
    /// Notes a string attribute of the resource.
    pub fn see(&mut self, key: &[u8], value: &'a [u8]) {
        if key == b"service.name" {
            self.service_name.get_or_insert(value);
        } else if let Some(at) = RESOURCE_COPIED.iter().position(|(k, _)| k.as_bytes() == key) {
            self.copied[at].get_or_insert(value);
        }
    }

    /// Bytes that each row of this resource repeats.
    #[must_use]
    pub fn bytes_per_row(&self) -> usize {
        self.columns().flatten().map(<[u8]>::len).sum::<usize>() + self.service_name().len()
    }

    /// The name of the service, of those unnamed as OpenTelemetry prescribes.
    #[must_use]
    pub fn service_name(&self) -> &'a [u8] {
        self.service_name.filter(|name| !name.is_empty()).unwrap_or(UNKNOWN_SERVICE.as_bytes())
    }

    fn columns(&self) -> impl Iterator<Item = Option<&'a [u8]>> {
        (0..slots()).map(|slot| {
            (SLOTS.iter().zip(&self.copied)).filter(|(at, _)| **at == slot).find_map(|(_, v)| *v)
        })
    }
}

/// A resource, complete.
#[derive(Clone, Debug, Default)]
pub struct ResourceRow<'a> {
    /// Attributes copied into columns.
    pub copies: ResourceCopies<'a>,
    /// All attributes as a typed JSON object.
    pub attributes: &'a [u8],
    /// How many the sender dropped.
    pub dropped_attributes_count: i32,
    /// Empty where there is none.
    pub schema_url: &'a [u8],
}

/// An instrumentation scope, complete. Empty texts stand for absent ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopeRow<'a> {
    /// Name of the instrumentation library.
    pub name: &'a [u8],
    /// Its version.
    pub version: &'a [u8],
    /// All attributes as a typed JSON object; empty where there are none.
    pub attributes: &'a [u8],
    /// How many the sender dropped.
    pub dropped_attributes_count: i32,
    /// Schema of the scope's items.
    pub schema_url: &'a [u8],
}

struct Run {
    start: usize,
    resource: usize,
    scope: usize,
}

pub(super) struct Origins {
    runs: Vec<Run>,
    service_name: Bytes,
    copied: Vec<SparseBytes>,
    resource: Bytes,
    resource_dropped: Vec<i32>,
    resource_schema_url: SparseBytes,
    scope_name: SparseBytes,
    scope_version: SparseBytes,
    scope_attributes: SparseBytes,
    scope_dropped: Vec<i32>,
    scope_schema_url: SparseBytes,
}

impl Default for Origins {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            service_name: Bytes::default(),
            copied: (0..slots()).map(|_| SparseBytes::default()).collect(),
            resource: Bytes::default(),
            resource_dropped: Vec::new(),
            resource_schema_url: SparseBytes::default(),
            scope_name: SparseBytes::default(),
            scope_version: SparseBytes::default(),
            scope_attributes: SparseBytes::default(),
            scope_dropped: Vec::new(),
            scope_schema_url: SparseBytes::default(),
        }
    }
}

impl Origins {
    pub(super) fn begin_resource(&mut self, resource: &ResourceRow<'_>) {
        let at = self.resource.len();
        self.service_name.push(resource.copies.service_name());
        for (column, value) in self.copied.iter_mut().zip(resource.copies.columns()) {
            if let Some(value) = value {
                column.set(at, value);
            }
        }
        self.resource.push(resource.attributes);
        self.resource_dropped.push(resource.dropped_attributes_count);
        self.resource_schema_url.set_unless_empty(at, resource.schema_url);
    }

    /// The rows from `start` on belong to the last resource and to this scope.
    pub(super) fn begin_scope(&mut self, start: usize, scope: &ScopeRow<'_>) {
        let at = self.scope_dropped.len();
        self.scope_name.set_unless_empty(at, scope.name);
        self.scope_version.set_unless_empty(at, scope.version);
        self.scope_attributes.set_unless_empty(at, scope.attributes);
        self.scope_schema_url.set_unless_empty(at, scope.schema_url);
        self.scope_dropped.push(scope.dropped_attributes_count);
        self.runs.push(Run { start, resource: self.resource.len() - 1, scope: at });
    }

    /// The columns that describe the service, then those of resource and scope.
    pub(super) fn finish(
        self,
        total: usize,
    ) -> Result<(Vec<ArrayRef>, Vec<ArrayRef>), FinishError> {
        let ends = self.runs.iter().skip(1).map(|run| run.start).chain([total]);
        let lengths: Vec<usize> =
            self.runs.iter().zip(ends).map(|(run, end)| end - run.start).collect();
        let runs = || self.runs.iter().zip(&lengths);
        let resources = || runs().map(|(run, &times)| (run.resource, times));
        let scopes = || runs().map(|(run, &times)| (run.scope, times));

        let mut names = Bytes::default();
        names.reserve(total);
        resources().for_each(|(at, times)| names.push_repeated(self.service_name.get(at), times));
        let mut service = vec![names.finish_text()?];
        for column in &self.copied {
            let values: Vec<_> = column.iter(self.resource.len()).collect();
            let mut repeated = SparseBytes::default();
            let mut row = 0;
            for (at, times) in resources() {
                if let Some(value) = values[at] {
                    repeated.set_repeated(row, value, times);
                }
                row += times;
            }
            service.push(repeated.finish_text(total)?);
        }

        let (resource_count, scope_count) = (self.resource.len(), self.scope_dropped.len());
        let all = (0..resource_count).map(|at| Some(self.resource.get(at)));
        let of_resource =
            |column: &SparseBytes| Dictionary::new(column.iter(resource_count)).finish(resources());
        let of_scope =
            |column: &SparseBytes| Dictionary::new(column.iter(scope_count)).finish(scopes());
        let origin = vec![
            Dictionary::new(all).finish(resources())?,
            repeat(&self.resource_dropped, resources()),
            of_resource(&self.resource_schema_url)?,
            of_scope(&self.scope_name)?,
            of_scope(&self.scope_version)?,
            of_scope(&self.scope_attributes)?,
            repeat(&self.scope_dropped, scopes()),
            of_scope(&self.scope_schema_url)?,
        ];
        Ok((service, origin))
    }
}

fn repeat(values: &[i32], runs: impl Iterator<Item = (usize, usize)>) -> ArrayRef {
    let mut column = Vec::new();
    for (at, times) in runs {
        column.resize(column.len() + times, values[at]);
    }
    primitive::<Int32Type>(column)
}
