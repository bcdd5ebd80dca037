//! Rows of the `series` table as series of Prometheus' kind.
//!
//! Invariants: the labels of a series depend on its row and the naming alone; a histogram with explicit
//! bounds stands for three series, of which the buckets' have no `le` here: that is known only from its
//! points.

use std::borrow::Cow;

use arrow::array::{
    Array, ArrayRef, AsArray, Int8Array, Int64Array, MapArray, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int8Type, Int64Type};
use plimsoll_model::DAY_NANO;
use plimsoll_model::schema::TIME;
use plimsoll_wire::otlp::TARGET_INFO_KIND;
use plimsoll_wire::prometheus::{SERIES_KIND, series_identity};
use serde_json::Value;

use crate::naming::{Naming, Suffix, label_name, metric_name};

/// Why rows cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("rows of the series table lack the column {0} or have another type there")]
pub struct RowsError(&'static str);

/// Columns that [`rows`] needs.
pub const COLUMNS: [&str; 16] = [
    "series_id",
    TIME,
    "metric",
    "type",
    "unit",
    "description",
    "temporality",
    "monotonic",
    "labels",
    "service_name",
    "service_namespace",
    "service_instance_id",
    "resource",
    "scope_name",
    "scope_version",
    "scope_attributes",
];

/// What the stored points of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Numbers as they are.
    Number,
    /// Numbers that each count since the one before.
    DeltaNumber,
    /// Native histograms; of Prometheus' protocols numbers as well.
    Native,
    /// Native histograms that each count since the one before.
    DeltaNative,
    /// Histograms with explicit bounds.
    Explicit,
    /// The same, each counting since the one before.
    DeltaExplicit,
    /// A series of Prometheus' kind: numbers, native histograms, or both.
    Prometheus,
}

/// Which series of those that a histogram stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Part {
    /// All of it.
    Whole,
    /// `_bucket`, one series for each bound.
    Bucket,
    /// `_sum`.
    Sum,
    /// `_count`.
    Count,
}

/// A series of Prometheus' kind.
#[derive(Debug)]
pub struct Described<'a> {
    /// Where its points are.
    pub id: i64,
    /// See [`plimsoll_wire::prometheus::Candidate`]; 0 where it came by OTLP.
    pub check: u64,
    /// What they are.
    pub kind: Kind,
    /// Which part of them.
    pub part: Part,
    /// The UTC day of its row.
    pub day: i32,
    /// The time of its row.
    pub time: i64,
    /// All labels by name, `__name__` among them, none empty.
    pub labels: &'a [(Cow<'a, str>, Cow<'a, str>)],
}

/// What a metric is, of which a row or the metadata of Prometheus' protocols tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family<'a> {
    /// Name without `_bucket` and the like.
    pub name: Cow<'a, str>,
    /// In Prometheus' words.
    pub kind: &'static str,
    /// Of OpenMetrics and of OpenTelemetry.
    pub unit: &'a str,
    /// Of OpenTelemetry the description.
    pub help: &'a str,
}

/// What a row says.
#[derive(Debug)]
pub enum Row<'a> {
    /// A series, or one of three.
    Series(Described<'a>),
    /// What a metric is.
    Family(Family<'a>),
}

/// Tells of each row's series and of its metric.
///
/// # Errors
///
/// The rows lack one of [`COLUMNS`].
pub fn rows(
    batch: &RecordBatch,
    naming: &Naming,
    mut tell: impl FnMut(Row<'_>),
) -> Result<(), RowsError> {
    let columns = Columns::new(batch)?;
    let mut resource = Resource::default();
    for row in 0..batch.num_rows() {
        columns.row(row, naming, &mut resource, &mut tell);
    }
    Ok(())
}

struct Columns {
    id: Int64Array,
    time: Int64Array,
    temporality: Int8Array,
    monotonic: arrow::array::BooleanArray,
    labels: MapArray,
    label_names: StringArray,
    label_values: StringArray,
    metric: StringArray,
    kind: StringArray,
    unit: StringArray,
    description: StringArray,
    service_name: StringArray,
    service_namespace: StringArray,
    service_instance_id: StringArray,
    resource: StringArray,
    scope_name: StringArray,
    scope_version: StringArray,
    scope_attributes: StringArray,
}

/// Labels from the last resource and scope read: neighbours mostly share them.
#[derive(Default)]
struct Resource {
    resource: String,
    scope: String,
    promoted: Vec<(String, String)>,
    scoped: Vec<(String, String)>,
}

/// A row's own name and labels while they are put together.
type Labels<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

impl Columns {
    fn new(batch: &RecordBatch) -> Result<Self, RowsError> {
        let column = |name: &'static str| batch.column_by_name(name).ok_or(RowsError(name));
        let text = |name: &'static str| -> Result<StringArray, RowsError> {
            let array: ArrayRef = match column(name)?.data_type() {
                DataType::Utf8 => column(name)?.clone(),
                _ => cast(column(name)?, &DataType::Utf8).map_err(|_| RowsError(name))?,
            };
            Ok(array.as_string_opt::<i32>().ok_or(RowsError(name))?.clone())
        };
        let labels = column("labels")?.as_map_opt().ok_or(RowsError("labels"))?.clone();
        let part = |at: usize| -> Result<StringArray, RowsError> {
            let array = cast(labels.entries().column(at), &DataType::Utf8);
            let array = array.map_err(|_| RowsError("labels"))?;
            Ok(array.as_string_opt::<i32>().ok_or(RowsError("labels"))?.clone())
        };
        let int = |name: &'static str| {
            column(name)?.as_primitive_opt::<Int64Type>().cloned().ok_or(RowsError(name))
        };
        let temporality = column("temporality")?.as_primitive_opt::<Int8Type>();
        let monotonic = column("monotonic")?.as_boolean_opt();
        Ok(Self {
            id: int("series_id")?,
            time: int(TIME)?,
            temporality: temporality.ok_or(RowsError("temporality"))?.clone(),
            monotonic: monotonic.ok_or(RowsError("monotonic"))?.clone(),
            label_names: part(0)?,
            label_values: part(1)?,
            labels,
            metric: text("metric")?,
            kind: text("type")?,
            unit: text("unit")?,
            description: text("description")?,
            service_name: text("service_name")?,
            service_namespace: text("service_namespace")?,
            service_instance_id: text("service_instance_id")?,
            resource: text("resource")?,
            scope_name: text("scope_name")?,
            scope_version: text("scope_version")?,
            scope_attributes: text("scope_attributes")?,
        })
    }

    fn row(
        &self,
        row: usize,
        naming: &Naming,
        resource: &mut Resource,
        tell: &mut impl FnMut(Row<'_>),
    ) {
        let metric = self.metric.value(row);
        let help = value(&self.description, row);
        let unit = value(&self.unit, row);
        let kind = self.kind.value(row);
        if kind == SERIES_KIND {
            return self.prometheus(row, metric, tell);
        }
        if let Some(kind) = kind.strip_prefix("prometheus_") {
            let name = Cow::Borrowed(metric);
            return tell(Row::Family(Family { name, kind: known_kind(kind), unit, help }));
        }
        let delta = self.temporality.value(row) == 1;
        let counter = kind == "sum" && self.monotonic.value(row);
        let suffix = match kind {
            "sum" if counter => Suffix::Counter,
            "gauge" => Suffix::Gauge,
            _ => Suffix::None,
        };
        let mut own = self.own_labels(row);
        // That of a resource has all its attributes already, and no scope.
        if kind != TARGET_INFO_KIND {
            resource.read(self, row, naming);
            own.extend(resource.labels());
        }
        let mut series = |name: String, kind, part| {
            let mut labels: Labels<'_> = vec![(Cow::Borrowed("__name__"), Cow::Owned(name))];
            labels.extend(own.iter().cloned());
            labels.sort_by(|a, b| a.0.cmp(&b.0));
            labels.dedup_by(|next, kept| next.0 == kept.0);
            labels.retain(|(_, value)| !value.is_empty());
            tell(Row::Series(Described {
                id: self.id.value(row),
                check: 0,
                kind,
                part,
                day: day_of(self.time.value(row)),
                time: self.time.value(row),
                labels: &labels,
            }));
        };
        let of = |plain, of_deltas| if delta { of_deltas } else { plain };
        let (name, kind) = match kind {
            "histogram" => {
                let name = metric_name(metric, unit, suffix);
                let kind = of(Kind::Explicit, Kind::DeltaExplicit);
                series(format!("{name}_bucket"), kind, Part::Bucket);
                series(format!("{name}_sum"), kind, Part::Sum);
                series(format!("{name}_count"), kind, Part::Count);
                (name, "histogram")
            }
            "exponential_histogram" => {
                let name = metric_name(metric, unit, suffix);
                series(name.clone(), of(Kind::Native, Kind::DeltaNative), Part::Whole);
                (name, "histogram")
            }
            "summary" => {
                let quantile = own.iter().any(|(name, _)| name == "quantile");
                let ends = ["_sum", "_count"].into_iter().find(|end| metric.ends_with(end));
                let end = ends.filter(|_| !quantile).unwrap_or_default();
                let base = metric_name(&metric[..metric.len() - end.len()], unit, suffix);
                series(format!("{base}{end}"), Kind::Number, Part::Whole);
                (base, "summary")
            }
            _ => {
                let name = metric_name(metric, unit, suffix);
                series(name.clone(), of(Kind::Number, Kind::DeltaNumber), Part::Whole);
                (name, if counter { "counter" } else { "gauge" })
            }
        };
        let unit = if unit == "1" { "" } else { unit };
        tell(Row::Family(Family { name: Cow::Owned(name), kind, unit, help }));
    }

    fn prometheus(&self, row: usize, metric: &str, tell: &mut impl FnMut(Row<'_>)) {
        let mut labels: Labels<'_> = self
            .pairs(row)
            .map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)))
            .collect();
        let at = labels.partition_point(|(name, _)| &**name < "__name__");
        labels.insert(at, (Cow::Borrowed("__name__"), Cow::Borrowed(metric)));
        let pairs: Vec<(&[u8], &[u8])> =
            labels.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let (_, check) = series_identity(&pairs);
        tell(Row::Series(Described {
            id: self.id.value(row),
            check,
            kind: Kind::Prometheus,
            part: Part::Whole,
            day: day_of(self.time.value(row)),
            time: self.time.value(row),
            labels: &labels,
        }));
    }

    /// Labels as they are stored.
    fn pairs(&self, row: usize) -> impl Iterator<Item = (&str, &str)> {
        let offsets = self.labels.value_offsets();
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        range.map(|at| (self.label_names.value(at), self.label_values.value(at)))
    }

    /// The labels of an OpenTelemetry series from its service and its own attributes, of equal names the first.
    fn own_labels(&self, row: usize) -> Labels<'_> {
        let name = value(&self.service_name, row);
        let job = match value(&self.service_namespace, row) {
            "" => Cow::Borrowed(name),
            namespace => Cow::Owned(format!("{namespace}/{name}")),
        };
        let instance = value(&self.service_instance_id, row);
        let mut labels: Labels<'_> =
            vec![(Cow::Borrowed("job"), job), (Cow::Borrowed("instance"), Cow::Borrowed(instance))];
        labels.retain(|(_, value)| !value.is_empty());
        let of_resource = labels.len();
        for (key, value) in self.pairs(row) {
            let name = label_name(key);
            // Keys that become the same name share it, as the specification wants.
            match labels.iter_mut().skip(of_resource).find(|(known, _)| *known == name) {
                Some((_, known)) => *known = Cow::Owned(format!("{known};{value}")),
                None => labels.push((name, Cow::Borrowed(value))),
            }
        }
        labels
    }
}

impl Resource {
    /// Those of the scope, then those of the resource.
    fn labels(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let labels = self.scoped.iter().chain(&self.promoted);
        labels.map(|(name, value)| (Cow::Borrowed(&name[..]), Cow::Borrowed(&value[..])))
    }

    /// Reads the resource and the scope of a row, where they are not the last ones.
    fn read(&mut self, columns: &Columns, row: usize, naming: &Naming) {
        let resource = value(&columns.resource, row);
        if !naming.resource_labels.is_empty() && self.resource != resource {
            resource.clone_into(&mut self.resource);
            let attributes: Value = serde_json::from_str(resource).unwrap_or_default();
            let label = |key: &String| {
                let value = attribute_text(attributes.get(key)?)?;
                Some((label_name(key).into_owned(), value))
            };
            self.promoted = naming.resource_labels.iter().filter_map(label).collect();
        }
        if !naming.scope_labels {
            return;
        }
        let [name, version, attributes] =
            [&columns.scope_name, &columns.scope_version, &columns.scope_attributes]
                .map(|column| value(column, row));
        let scope = format!("{name}\0{version}\0{attributes}");
        if self.scope == scope {
            return;
        }
        self.scope = scope;
        self.scoped = vec![
            ("otel_scope_name".to_owned(), name.to_owned()),
            ("otel_scope_version".to_owned(), version.to_owned()),
        ];
        let attributes: Value = serde_json::from_str(attributes).unwrap_or_default();
        for (key, value) in attributes.as_object().into_iter().flatten() {
            if let Some(text) = attribute_text(value) {
                self.scoped.push((format!("otel_scope_{}", label_name(key)), text));
            }
        }
    }
}

/// A value of typed JSON as a label's text.
fn attribute_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn value(column: &StringArray, row: usize) -> &str {
    if column.is_valid(row) { column.value(row) } else { "" }
}

fn day_of(time: i64) -> i32 {
    i32::try_from(time.div_euclid(DAY_NANO)).unwrap_or_default()
}

/// Prometheus' word for what a row of metadata says.
fn known_kind(kind: &str) -> &'static str {
    const KINDS: [&str; 7] =
        ["counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];
    KINDS.into_iter().find(|known| *known == kind).unwrap_or("unknown")
}
