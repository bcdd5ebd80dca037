//! Columns of the tables a metrics request fills: `samples`, `histograms`, `series`, `exemplars`.
//!
//! Invariant: a row is added whole, so nothing here needs rolling back.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Float64Type, Int8Type, Int32Type, Int64Type};

use super::FinishError;
use super::attributes::column_of;
use super::column::{Bytes, Entries, Sparse, SparseBytes, boolean, primitive};
use super::origin::{Origins, ResourceRow, ScopeRow};
use crate::{SpanId, Table, TraceId, UnixNano};

/// One number of a series.
#[derive(Clone, Copy, Debug)]
pub struct SampleRow {
    /// Its series.
    pub series_id: i64,
    /// When it was taken.
    pub time: UnixNano,
    /// Since when it accumulates.
    pub start_time: Option<UnixNano>,
    /// The number, or the nearest double to it.
    pub value: f64,
    /// The number where the double is not exact.
    pub value_int: Option<i64>,
    /// OTLP's data point flags.
    pub flags: i32,
}

/// One histogram of a series, exponential or with explicit bounds. Counts are the bits of unsigned
/// integers.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistogramRow<'a> {
    /// Its series.
    pub series_id: i64,
    /// When it was taken.
    pub time: UnixNano,
    /// Since when it accumulates.
    pub start_time: Option<UnixNano>,
    /// How many values it counts.
    pub count: i64,
    /// Their sum.
    pub sum: Option<f64>,
    /// The least of them.
    pub min: Option<f64>,
    /// The greatest of them.
    pub max: Option<f64>,
    /// Of an exponential histogram its scale, else `None`.
    pub scale: Option<i32>,
    /// Values about zero.
    pub zero_count: i64,
    /// How far from zero those may be.
    pub zero_threshold: f64,
    /// Index of the first positive bucket.
    pub positive_offset: i32,
    /// The positive buckets.
    pub positive_counts: &'a [i64],
    /// Index of the first negative bucket.
    pub negative_offset: i32,
    /// The negative buckets.
    pub negative_counts: &'a [i64],
    /// Upper bounds of the explicit buckets.
    pub bounds: &'a [f64],
    /// The explicit buckets.
    pub counts: &'a [i64],
    /// OTLP's data point flags.
    pub flags: i32,
}

/// What a series id stands for. Empty texts stand for absent ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeriesRow<'a> {
    /// The id.
    pub series_id: i64,
    /// Time of the point it was first seen with.
    pub time: UnixNano,
    /// Name of the metric.
    pub metric: &'a [u8],
    /// OTLP's `gauge`, `sum`, `histogram`, `exponential_histogram` or `summary`; `info` where the row says what a
    /// resource is; of Prometheus' protocols `prometheus`, and `prometheus_counter` and the like where the row
    /// describes a metric.
    pub kind: &'static str,
    /// Unit of the metric.
    pub unit: &'a [u8],
    /// Description of the metric.
    pub description: &'a [u8],
    /// OTLP's number of the temporality.
    pub temporality: i8,
    /// Whether a sum only grows.
    pub monotonic: bool,
    /// All point attributes as a typed JSON object.
    pub attributes: &'a [u8],
    /// Metadata of the metric as a typed JSON object; empty where there is none.
    pub metadata: &'a [u8],
}

/// A measurement that stands for others.
#[derive(Clone, Copy, Debug)]
pub struct ExemplarRow<'a> {
    /// Its series.
    pub series_id: i64,
    /// When it was measured.
    pub time: UnixNano,
    /// The number, or the nearest double to it.
    pub value: f64,
    /// The number where the double is not exact.
    pub value_int: Option<i64>,
    /// The trace it was measured in.
    pub trace_id: Option<TraceId>,
    /// The span it was measured in.
    pub span_id: Option<SpanId>,
    /// A typed JSON object; empty where there are no attributes.
    pub attributes: &'a [u8],
}

#[derive(Default)]
struct Samples {
    series_id: Vec<i64>,
    time: Vec<i64>,
    start_time: Sparse<i64>,
    value: Vec<f64>,
    value_int: Sparse<i64>,
    flags: Vec<i32>,
}

#[derive(Default)]
struct ListOf<T> {
    rows: Entries,
    values: Vec<T>,
}

impl<T: Copy> ListOf<T> {
    fn push(&mut self, values: &[T]) {
        self.values.extend_from_slice(values);
        self.rows.commit(self.values.len());
    }
}

#[derive(Default)]
struct Histograms {
    series_id: Vec<i64>,
    time: Vec<i64>,
    start_time: Sparse<i64>,
    count: Vec<i64>,
    sum: Sparse<f64>,
    min: Sparse<f64>,
    max: Sparse<f64>,
    scale: Sparse<i32>,
    zero_count: Vec<i64>,
    zero_threshold: Vec<f64>,
    positive_offset: Vec<i32>,
    positive_counts: ListOf<i64>,
    negative_offset: Vec<i32>,
    negative_counts: ListOf<i64>,
    bounds: ListOf<f64>,
    counts: ListOf<i64>,
    flags: Vec<i32>,
}

#[derive(Default)]
struct Series {
    origins: Origins,
    series_id: Vec<i64>,
    time: Vec<i64>,
    metric: Bytes,
    kind: Bytes,
    unit: SparseBytes,
    description: SparseBytes,
    temporality: Vec<i8>,
    monotonic: Vec<bool>,
    /// Whether all points seen were integers; `None` before the first number.
    integer: Vec<Option<bool>>,
    labels: Entries,
    label_keys: Bytes,
    label_values: Bytes,
    attributes: Bytes,
    metadata: SparseBytes,
}

#[derive(Default)]
struct Exemplars {
    series_id: Vec<i64>,
    time: Vec<i64>,
    value: Vec<f64>,
    value_int: Sparse<i64>,
    trace_id: SparseBytes,
    span_id: SparseBytes,
    attributes: SparseBytes,
}

/// Collects points, and the series they belong to.
#[derive(Default)]
pub struct MetricBuilder {
    samples: Samples,
    histograms: Histograms,
    series: Series,
    exemplars: Exemplars,
}

impl MetricBuilder {
    /// The scopes that follow belong to this resource.
    pub fn begin_resource(&mut self, resource: &ResourceRow<'_>) {
        self.series.origins.begin_resource(resource);
    }

    /// The series that follow belong to this scope of the last resource.
    pub fn begin_scope(&mut self, scope: &ScopeRow<'_>) {
        self.series.origins.begin_scope(self.series.time.len(), scope);
    }

    /// Adds a label to the series being built. Labels come sorted by key.
    pub fn push_label(&mut self, key: &[u8], value: &[u8]) {
        self.series.label_keys.push(key);
        self.series.label_values.push(value);
    }

    /// Adds a series with the labels pushed since the last one, and returns its row.
    pub fn push_series(&mut self, series: &SeriesRow<'_>) -> usize {
        let columns = &mut self.series;
        let row = columns.time.len();
        columns.series_id.push(series.series_id);
        columns.time.push(series.time);
        columns.metric.push(series.metric);
        columns.kind.push(series.kind.as_bytes());
        columns.unit.set_unless_empty(row, series.unit);
        columns.description.set_unless_empty(row, series.description);
        columns.temporality.push(series.temporality);
        columns.monotonic.push(series.monotonic);
        columns.integer.push(None);
        columns.labels.commit(columns.label_keys.len());
        columns.attributes.push(series.attributes);
        columns.metadata.set_unless_empty(row, series.metadata);
        row
    }

    /// Notes whether a point of the series in this row is an integer.
    pub fn note_number(&mut self, series_row: usize, integer: bool) {
        let all = &mut self.series.integer[series_row];
        *all = Some(all.unwrap_or(true) && integer);
    }

    /// Adds a sample.
    pub fn push_sample(&mut self, sample: &SampleRow) {
        let columns = &mut self.samples;
        let row = columns.time.len();
        columns.series_id.push(sample.series_id);
        columns.time.push(sample.time);
        columns.start_time.set_some(row, sample.start_time);
        columns.value.push(sample.value);
        columns.value_int.set_some(row, sample.value_int);
        columns.flags.push(sample.flags);
    }

    /// Adds a histogram.
    pub fn push_histogram(&mut self, histogram: &HistogramRow<'_>) {
        let columns = &mut self.histograms;
        let row = columns.time.len();
        columns.series_id.push(histogram.series_id);
        columns.time.push(histogram.time);
        columns.start_time.set_some(row, histogram.start_time);
        columns.count.push(histogram.count);
        columns.sum.set_some(row, histogram.sum);
        columns.min.set_some(row, histogram.min);
        columns.max.set_some(row, histogram.max);
        columns.scale.set_some(row, histogram.scale);
        columns.zero_count.push(histogram.zero_count);
        columns.zero_threshold.push(histogram.zero_threshold);
        columns.positive_offset.push(histogram.positive_offset);
        columns.positive_counts.push(histogram.positive_counts);
        columns.negative_offset.push(histogram.negative_offset);
        columns.negative_counts.push(histogram.negative_counts);
        columns.bounds.push(histogram.bounds);
        columns.counts.push(histogram.counts);
        columns.flags.push(histogram.flags);
    }

    /// Adds an exemplar.
    pub fn push_exemplar(&mut self, exemplar: &ExemplarRow<'_>) {
        let columns = &mut self.exemplars;
        let row = columns.time.len();
        columns.series_id.push(exemplar.series_id);
        columns.time.push(exemplar.time);
        columns.value.push(exemplar.value);
        columns.value_int.set_some(row, exemplar.value_int);
        if let Some(id) = exemplar.trace_id {
            columns.trace_id.set(row, &id.0);
        }
        if let Some(id) = exemplar.span_id {
            columns.span_id.set(row, &id.0);
        }
        columns.attributes.set_unless_empty(row, exemplar.attributes);
    }

    /// The tables that have rows.
    ///
    /// # Errors
    ///
    /// A text column holds bytes that are not UTF-8.
    pub fn finish(self) -> Result<Vec<(Table, RecordBatch)>, FinishError> {
        // Whoever sees a point must find its series.
        let columns = [
            (Table::Series, self.series.finish()?),
            (Table::Samples, self.samples.finish()),
            (Table::Histograms, self.histograms.finish()?),
            (Table::Exemplars, self.exemplars.finish()?),
        ];
        let mut tables = Vec::new();
        for (table, columns) in columns {
            let batch = RecordBatch::try_new(table.schema(), columns)
                .map_err(|error| FinishError::Schema(table.name(), error))?;
            if batch.num_rows() > 0 {
                tables.push((table, batch));
            }
        }
        Ok(tables)
    }
}

impl Samples {
    fn finish(self) -> Vec<ArrayRef> {
        let rows = self.time.len();
        vec![
            primitive::<Int64Type>(self.series_id),
            primitive::<Int64Type>(self.time),
            self.start_time.finish::<Int64Type>(rows),
            primitive::<Float64Type>(self.value),
            self.value_int.finish::<Int64Type>(rows),
            primitive::<Int32Type>(self.flags),
        ]
    }
}

impl Histograms {
    fn finish(self) -> Result<Vec<ArrayRef>, FinishError> {
        let rows = self.time.len();
        let schema = Table::Histograms.schema();
        let ints = |name, list: ListOf<i64>| {
            column_of(&schema, name, |kind| {
                list.rows.list(kind, primitive::<Int64Type>(list.values))
            })
        };
        let bounds = column_of(&schema, "bounds", |kind| {
            self.bounds.rows.list(kind, primitive::<Float64Type>(self.bounds.values))
        })?;
        Ok(vec![
            primitive::<Int64Type>(self.series_id),
            primitive::<Int64Type>(self.time),
            self.start_time.finish::<Int64Type>(rows),
            primitive::<Int64Type>(self.count),
            self.sum.finish::<Float64Type>(rows),
            self.min.finish::<Float64Type>(rows),
            self.max.finish::<Float64Type>(rows),
            self.scale.finish::<Int32Type>(rows),
            primitive::<Int64Type>(self.zero_count),
            primitive::<Float64Type>(self.zero_threshold),
            primitive::<Int32Type>(self.positive_offset),
            ints("positive_counts", self.positive_counts)?,
            primitive::<Int32Type>(self.negative_offset),
            ints("negative_counts", self.negative_counts)?,
            bounds,
            ints("counts", self.counts)?,
            primitive::<Int32Type>(self.flags),
        ])
    }
}

impl Series {
    fn finish(self) -> Result<Vec<ArrayRef>, FinishError> {
        let rows = self.time.len();
        let schema = Table::Series.schema();
        let (keys, values) = (self.label_keys.finish_text()?, self.label_values.finish_text()?);
        let labels = column_of(&schema, "labels", |kind| self.labels.map(kind, keys, values))?;
        let integer = self.integer.into_iter().map(|all| all == Some(true)).collect();
        let (service, origin) = self.origins.finish(rows)?;
        let mut columns = vec![
            primitive::<Int64Type>(self.series_id),
            primitive::<Int64Type>(self.time),
            self.metric.finish_text()?,
            self.kind.finish_text()?,
            self.unit.finish_text(rows)?,
            self.description.finish_text(rows)?,
            primitive::<Int8Type>(self.temporality),
            boolean(self.monotonic),
            boolean(integer),
            labels,
            self.attributes.finish_text()?,
            self.metadata.finish_text(rows)?,
        ];
        columns.extend(service);
        columns.extend(origin);
        Ok(columns)
    }
}

impl Exemplars {
    fn finish(self) -> Result<Vec<ArrayRef>, FinishError> {
        let rows = self.time.len();
        Ok(vec![
            primitive::<Int64Type>(self.series_id),
            primitive::<Int64Type>(self.time),
            primitive::<Float64Type>(self.value),
            self.value_int.finish::<Int64Type>(rows),
            self.trace_id.finish_binary(rows),
            self.span_id.finish_binary(rows),
            self.attributes.finish_text(rows)?,
        ])
    }
}
