//! Exemplars of series: measurements that lead to traces.

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};
use plimsoll_model::schema::TIME;
use plimsoll_model::{SpanId, Table, TraceId};
use plimsoll_promql::Labels;
use plimsoll_promql::ast::Matcher;

use super::points::Places;
use super::storage::window;
use super::{MS, Metrics};
use crate::QueryError;
use crate::column::{Columns, id};
use crate::condition::SERIES_ID;
use crate::context::Context;
use crate::scan::{Fold, fold};

/// Exemplars of one answer at most; the newest of each series are kept.
const EXEMPLARS_MAX: usize = 10_000;

/// One measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// Unix milliseconds.
    pub time: i64,
    /// What was measured.
    pub value: f64,
    /// `trace_id`, `span_id` and whatever else was sent.
    pub labels: Labels,
}

/// The exemplars of one series.
#[derive(Clone, Debug)]
pub struct ExemplarSeries {
    /// The series, of buckets without `le`.
    pub labels: Labels,
    /// By time.
    pub exemplars: Vec<Exemplar>,
}

impl Metrics {
    /// Exemplars of the series that match any of the selectors, from one Unix millisecond to another.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or a limit is reached.
    pub async fn exemplars(
        &self,
        selectors: Vec<Vec<Matcher>>,
        from: i64,
        to: i64,
    ) -> Result<Vec<ExemplarSeries>, QueryError> {
        let metrics = self.clone();
        self.engine
            .run(move |context| {
                let storage = metrics.storage(context);
                let window = window(from, to);
                let mut labels: BTreeMap<Labels, i64> = BTreeMap::new();
                for matchers in &selectors {
                    let found = storage.find(matchers, window)?;
                    labels.extend(found.into_iter().map(|series| (series.labels, series.id)));
                }
                let places = Places::new(labels.values().copied().collect());
                let scan = places.scan(window, &["value", "trace_id", "span_id", "attributes"]);
                let make = || Exemplars {
                    context,
                    places: &places,
                    found: vec![Vec::new(); places.len()],
                };
                let found = fold(context, &scan, context.snapshot(Table::Exemplars), make)?.found;
                Ok(answer(labels, &places, found))
            })
            .await
    }
}

fn answer(
    labels: BTreeMap<Labels, i64>,
    places: &Places,
    mut found: Vec<Vec<Exemplar>>,
) -> Vec<ExemplarSeries> {
    for exemplars in &mut found {
        exemplars.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.value.total_cmp(&b.value)));
        exemplars.dedup();
    }
    let filled = found.iter().filter(|exemplars| !exemplars.is_empty()).count();
    let each = EXEMPLARS_MAX / filled.max(1);
    labels
        .into_iter()
        .filter_map(|(labels, id)| {
            let exemplars = &found[places.get(id)?];
            let newest = exemplars.len().saturating_sub(each.max(1));
            let exemplars = exemplars[newest..].to_vec();
            (!exemplars.is_empty()).then_some(ExemplarSeries { labels, exemplars })
        })
        .collect()
}

struct Exemplars<'a> {
    context: &'a Context,
    places: &'a Places,
    found: Vec<Vec<Exemplar>>,
}

impl Fold for Exemplars<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let ids = rows.long(SERIES_ID)?.values();
        let times = rows.long(TIME)?.values();
        let values = rows.double("value")?.values();
        let traces = rows.binary("trace_id")?;
        let spans = rows.binary("span_id")?;
        let attributes = rows.text("attributes")?;
        for (place, run) in self.places.runs(ids) {
            self.context.grow(run.len() * 200)?;
            for row in run {
                let mut labels: Vec<(String, String)> = Vec::new();
                if let Some(text) = attributes.get(row) {
                    labels = others(text);
                }
                if traces.is_valid(row) {
                    let trace = TraceId(id(traces.value(row)));
                    labels.push(("trace_id".to_owned(), trace.to_string()));
                }
                if spans.is_valid(row) {
                    let span = SpanId(id(spans.value(row)));
                    labels.push(("span_id".to_owned(), span.to_string()));
                }
                self.found[place].push(Exemplar {
                    time: times[row].div_euclid(MS),
                    value: values[row],
                    labels: Labels::new(labels),
                });
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (ours, theirs) in self.found.iter_mut().zip(other.found) {
            ours.extend(theirs);
        }
        Ok(())
    }
}

/// Attributes in typed JSON as labels.
fn others(text: &str) -> Vec<(String, String)> {
    let attributes: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let label = |(name, value): (&String, &serde_json::Value)| {
        let value = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (name.clone(), value)
    };
    attributes.as_object().into_iter().flatten().map(label).collect()
}
