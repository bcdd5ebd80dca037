//! Which metrics and labels have the most series and values.

use serde::Serialize;
use utoipa::ToSchema;

use crate::index::{Index, Stats};

/// Where the series are.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cardinality {
    /// The index as a whole.
    pub total: Stats,
    /// Most series one metric may have.
    pub metric_series_max: usize,
    /// Most series one job may have.
    pub source_series_max: usize,
    /// Most bytes the index may take.
    pub memory_bytes_max: usize,
    /// Metrics with the most series.
    pub metrics: Vec<MetricCardinality>,
    /// Labels with the most values.
    pub labels: Vec<LabelCardinality>,
    /// Jobs with the most series.
    pub jobs: Vec<MetricCardinality>,
    /// Metrics of which series were refused since the start.
    pub refused: Vec<Refusal>,
}

/// Series of one metric or job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MetricCardinality {
    /// The metric or job.
    pub name: String,
    /// How many series.
    pub series: usize,
}

/// Values of one label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LabelCardinality {
    /// The label.
    pub name: String,
    /// How many distinct values.
    pub values: usize,
}

/// What was refused of one metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refusal {
    /// The metric.
    pub name: String,
    /// How often.
    pub refused: u64,
    /// Why, and which label has grown.
    pub reason: String,
}

impl Index {
    /// The worst, `top` of each.
    #[must_use]
    pub fn cardinality(&self, top: usize) -> Cardinality {
        let total = self.stats();
        let mut refused: Vec<Refusal> = self
            .refusals
            .lock()
            .by_metric
            .iter()
            .map(|(name, refused)| Refusal {
                name: name.clone(),
                refused: refused.count,
                reason: refused.message.clone(),
            })
            .collect();
        refused.sort_by(|a, b| b.refused.cmp(&a.refused).then_with(|| a.name.cmp(&b.name)));
        refused.truncate(top);
        Cardinality {
            total,
            metric_series_max: self.limits.metric_series_max,
            source_series_max: self.limits.source_series_max,
            memory_bytes_max: self.limits.memory_bytes_max,
            metrics: self.most("__name__", top),
            labels: self.labels_with_most_values(top),
            jobs: self.most("job", top),
            refused,
        }
    }

    /// Values of a label with the most series.
    fn most(&self, name: &str, top: usize) -> Vec<MetricCardinality> {
        let state = self.state.read();
        let Some(name) = state.symbols.find(name) else { return Vec::new() };
        let values = state.values.get(&name).into_iter().flatten();
        let mut found: Vec<(usize, u32)> = values
            .filter_map(|value| Some((state.postings.get(&(name, *value))?.slots().len(), *value)))
            .collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        let text = |value| state.symbols.text(value).to_owned();
        let top = found.into_iter().take(top);
        top.map(|(series, value)| MetricCardinality { name: text(value), series }).collect()
    }

    fn labels_with_most_values(&self, top: usize) -> Vec<LabelCardinality> {
        let state = self.state.read();
        let mut found: Vec<LabelCardinality> = state
            .values
            .iter()
            .map(|(name, values)| LabelCardinality {
                name: state.symbols.text(*name).to_owned(),
                values: values.len(),
            })
            .collect();
        found.sort_by(|a, b| b.values.cmp(&a.values).then_with(|| a.name.cmp(&b.name)));
        found.truncate(top);
        found
    }
}
