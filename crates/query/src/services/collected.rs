//! What is collected, as far as rows and not counters tell: the metrics there are, and from when to
//! when each table reaches.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::{Collected, MetricSummary, TableTimes};
use crate::column::Columns;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError, Window, rfc3339};

/// Metrics shown.
const METRICS_MAX: usize = 10_000;

/// What a series takes while it is told apart.
const SERIES_BYTES: usize = 48;

impl Engine {
    /// Metrics, series and the times of all tables.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn collected(&self) -> Result<Collected, QueryError> {
        self.run(collected).await
    }
}

fn collected(context: &Context) -> Result<Collected, QueryError> {
    let scan = Scan {
        window: Window::ALL,
        columns: vec!["series_id", "metric", "type", "unit", "description", "service_name"],
        conditions: Vec::new(),
    };
    let make = || Metrics { context, metrics: BTreeMap::new(), bytes: 0 };
    let found = fold(context, &scan, context.snapshot(Table::Series), make)?;
    let series = found.metrics.values().map(|metric| metric.series.len() as u64).sum();
    let summary = |((name, kind), metric): ((String, String), Metric)| MetricSummary {
        name,
        kind,
        unit: metric.unit,
        description: metric.description,
        services: metric.services.into_iter().collect(),
        series: metric.series.len() as u64,
    };
    Ok(Collected {
        tables: Table::ALL.into_iter().map(|table| times(context, table)).collect(),
        series,
        metrics: found.metrics.into_iter().take(METRICS_MAX).map(summary).collect(),
    })
}

/// From when to when a table's rows are. Files say so themselves; memory is looked through.
fn times(context: &Context, table: Table) -> TableTimes {
    let snapshot = context.snapshot(table);
    let files = snapshot.files.iter().map(|file| (file.time_min, file.time_max));
    let batches = snapshot.batches.iter().filter_map(|batch| {
        let times = batch.column_by_name(TIME)?.as_primitive_opt::<Int64Type>()?;
        Some((arrow::compute::min(times)?, arrow::compute::max(times)?))
    });
    let all = files.chain(batches).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    TableTimes {
        table: table.name(),
        oldest: all.map(|(oldest, _)| rfc3339(oldest)),
        newest: all.map(|(_, newest)| rfc3339(newest)),
    }
}

#[derive(Default)]
struct Metric {
    unit: String,
    description: String,
    services: BTreeSet<String>,
    series: HashSet<i64>,
}

impl Metric {
    /// Where senders disagree, the greater text counts, so that the order of reading does not matter.
    fn describe(&mut self, unit: Option<&str>, description: Option<&str>) {
        for (ours, theirs) in [(&mut self.unit, unit), (&mut self.description, description)] {
            if let Some(theirs) = theirs.filter(|theirs| *theirs > ours.as_str()) {
                theirs.clone_into(ours);
            }
        }
    }
}

/// Gathers metrics; a series may have several rows and is counted once.
struct Metrics<'a> {
    context: &'a Context,
    metrics: BTreeMap<(String, String), Metric>,
    bytes: usize,
}

impl Metrics<'_> {
    fn account(&mut self) -> Result<(), QueryError> {
        let metric = |metric: &Metric| 256 + metric.series.len() * SERIES_BYTES;
        let bytes = self.metrics.values().map(metric).sum::<usize>();
        if bytes > self.bytes {
            self.context.grow(bytes - self.bytes)?;
            self.bytes = bytes;
        }
        Ok(())
    }
}

impl Fold for Metrics<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let ids = rows.long("series_id")?.values();
        let (names, kinds) = (rows.text("metric")?, rows.text("type")?);
        let (units, descriptions) = (rows.text("unit")?, rows.text("description")?);
        let services = rows.text("service_name")?;
        for (row, id) in ids.iter().enumerate() {
            let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let key = (owned(names.get(row)), owned(kinds.get(row)));
            let metric = self.metrics.entry(key).or_default();
            metric.describe(units.get(row), descriptions.get(row));
            metric.series.insert(*id);
            if let Some(service) = services.get(row).filter(|s| !metric.services.contains(*s)) {
                metric.services.insert(service.to_owned());
            }
        }
        self.account()
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (key, theirs) in other.metrics {
            let ours = self.metrics.entry(key).or_default();
            ours.describe(Some(&theirs.unit), Some(&theirs.description));
            ours.series.extend(theirs.series);
            ours.services.extend(theirs.services);
        }
        self.account()
    }
}
