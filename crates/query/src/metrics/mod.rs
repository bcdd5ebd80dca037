//! Series of the store as Prometheus' language sees them: PromQL, labels, exemplars.
//!
//! Where to start reading: `storage` finds series and gives their samples; `points` reads rows;
//! `assemble` makes samples of them; `past` finds series that the index has forgotten.
//!
//! Invariants: times are Unix milliseconds, as in Prometheus; two stored series with equal labels are one
//! here; of two samples at one millisecond one counts, always the same.

mod assemble;
mod exemplars;
mod past;
mod points;
mod storage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use plimsoll_model::{DAY_NANO, Table, UnixNano};
use plimsoll_promql::ast::Matcher;
use plimsoll_promql::{Answer, EvalError, Labels};
use plimsoll_series::{Cardinality, Index, Metadata};

use crate::context::Context;
use crate::scan::{Scan, fold};
use crate::{Engine, QueryError, Window};

pub use exemplars::{Exemplar, ExemplarSeries};

/// Nanoseconds in a millisecond.
const MS: i64 = 1_000_000;

/// Answers questions about metrics. Clones share everything.
#[derive(Clone)]
pub struct Metrics {
    engine: Engine,
    index: Arc<Index>,
    /// The first day of which the index has all series.
    complete_from: Arc<AtomicI32>,
    options: plimsoll_promql::Options,
}

/// A query of Prometheus' language.
#[derive(Clone, Debug)]
pub enum PromqlQuery {
    /// At one time.
    Instant {
        /// The expression.
        query: String,
        /// Unix milliseconds.
        time: i64,
    },
    /// At every step from `start` to `end`, both included.
    Range {
        /// The expression.
        query: String,
        /// Unix milliseconds.
        start: i64,
        /// Unix milliseconds.
        end: i64,
        /// Milliseconds.
        step: i64,
    },
}

/// Why a query of metrics gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MetricsError {
    /// The store could not be read, or a limit of time or memory is reached.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The expression is wrong, or cannot be answered.
    #[error(transparent)]
    Promql(#[from] EvalError),
}

impl Metrics {
    /// Over an engine's source. The index is what [`Metrics::load`] and ingest put in.
    #[must_use]
    pub fn new(engine: Engine, index: Arc<Index>, options: plimsoll_promql::Options) -> Self {
        let complete_from = Arc::new(AtomicI32::new(i32::MAX));
        Self { engine, index, complete_from, options }
    }

    /// The index of series.
    #[must_use]
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// Fills the index with the series that had points since the start of a day, counted from 1970, and notes
    /// what of them is not yet in files: after a kill that is what may be sent again.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn load(&self, from_day: i32) -> Result<(), QueryError> {
        let index = Arc::clone(&self.index);
        self.engine
            .run_unbounded(move |context| {
                let window = Window { from: i64::from(from_day) * DAY_NANO, to: i64::MAX };
                let scan = Scan {
                    window,
                    columns: plimsoll_series::COLUMNS.to_vec(),
                    conditions: Vec::new(),
                };
                let make = || past::Load(Arc::clone(&index));
                fold(context, &scan, context.snapshot(Table::Series), make)?;
                for (table, value) in [(Table::Samples, "value"), (Table::Histograms, "sum")] {
                    for rows in context.snapshot(table).batches {
                        context.check()?;
                        past::note(&index, &rows, value)?;
                    }
                }
                Ok(())
            })
            .await?;
        self.complete_from.store(from_day, Ordering::Release);
        Ok(())
    }

    /// Forgets series that had no point since the start of a day; queries of earlier times read them from
    /// the table.
    pub fn forget_before(&self, day: i32) {
        self.complete_from.fetch_max(day, Ordering::AcqRel);
        self.index.forget_before(day);
    }

    /// Evaluates a query.
    ///
    /// # Errors
    ///
    /// [`MetricsError`].
    pub async fn promql(&self, query: PromqlQuery) -> Result<Answer, MetricsError> {
        let metrics = self.clone();
        self.engine
            .run(move |context| {
                let storage = metrics.storage(context);
                let engine = plimsoll_promql::Engine::new(&storage, metrics.options.clone());
                let answer = match &query {
                    PromqlQuery::Instant { query, time } => engine.instant(query, *time),
                    PromqlQuery::Range { query, start, end, step } => {
                        engine.range(query, *start, *end, *step)
                    }
                };
                // What failed beneath says more than what became of it above.
                if let Some(error) = storage.failure() {
                    return Err(error);
                }
                Ok(answer.map(|mut answer| {
                    if let Some(series) = storage.mixed() {
                        answer.notes.add_warning(mixed_warning(&series));
                    }
                    answer
                }))
            })
            .await?
            .map_err(MetricsError::Promql)
    }

    fn storage<'a>(&self, context: &'a Context) -> storage::Stored<'a> {
        storage::Stored::new(context, Arc::clone(&self.index), self.complete_from())
    }

    /// The first time of which the index has all series, Unix nanoseconds.
    fn complete_from(&self) -> UnixNano {
        i64::from(self.complete_from.load(Ordering::Acquire)).saturating_mul(DAY_NANO)
    }

    /// Labels of the series that match any of the selectors and may have points in a window of Unix
    /// milliseconds, each once, in order.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or a limit is reached.
    pub async fn series(
        &self,
        selectors: Vec<Vec<Matcher>>,
        from: i64,
        to: i64,
    ) -> Result<Vec<Labels>, QueryError> {
        let metrics = self.clone();
        self.engine
            .run(move |context| {
                let storage = metrics.storage(context);
                let mut found = BTreeSet::new();
                for matchers in &selectors {
                    found.extend(storage.labels(matchers, from, to)?);
                }
                Ok(found.into_iter().collect())
            })
            .await
    }

    /// The newest number of each series that matches any of the selectors, with its time, both as an instant
    /// query at a time in Unix milliseconds finds them. Series that have ended or whose newest sample is a
    /// native histogram are left out.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or a limit is reached.
    pub async fn newest(
        &self,
        selectors: Vec<Vec<Matcher>>,
        time: i64,
    ) -> Result<BTreeMap<Labels, (i64, f64)>, QueryError> {
        let metrics = self.clone();
        let from = time.saturating_sub(self.options.lookback_ms).saturating_add(1);
        self.engine
            .run(move |context| {
                let storage = metrics.storage(context);
                let mut newest = BTreeMap::new();
                for matchers in &selectors {
                    for series in storage.read(matchers, from, time)? {
                        let histogram = series.histograms.last().map(|(time, _)| *time);
                        let float = series.floats.last().filter(|(time, value)| {
                            !plimsoll_promql::is_stale(*value) && Some(*time) > histogram
                        });
                        newest.extend(float.map(|float| (series.labels, *float)));
                    }
                }
                Ok(newest)
            })
            .await
    }

    /// Names of labels, of all series or of those that match any of the selectors.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or a limit is reached.
    pub async fn label_names(
        &self,
        selectors: Vec<Vec<Matcher>>,
        from: i64,
        to: i64,
    ) -> Result<BTreeSet<String>, QueryError> {
        if from.saturating_mul(MS) >= self.complete_from() {
            return Ok(self.index.label_names(&selectors));
        }
        let found = self.series(all_or(selectors), from, to).await?;
        let names = found.iter().flat_map(Labels::iter).map(|(name, _)| name.to_owned());
        Ok(names.collect())
    }

    /// Values of a label, of all series or of those that match any of the selectors.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or a limit is reached.
    pub async fn label_values(
        &self,
        name: &str,
        selectors: Vec<Vec<Matcher>>,
        from: i64,
        to: i64,
    ) -> Result<BTreeSet<String>, QueryError> {
        // Bounds of buckets are known from their points alone.
        if name != "le" && from.saturating_mul(MS) >= self.complete_from() {
            return Ok(self.index.label_values(name, &selectors));
        }
        let found = self.series(all_or(selectors), from, to).await?;
        let values = found.iter().map(|labels| labels.get(name).to_owned());
        Ok(values.filter(|value| !value.is_empty()).collect())
    }

    /// What is known of metrics, by name.
    #[must_use]
    pub fn metadata(&self, only: Option<&str>, limit: usize) -> Vec<(String, Metadata)> {
        self.index.metadata(only, limit)
    }

    /// Where the series are, the worst `top` of each kind.
    #[must_use]
    pub fn cardinality(&self, top: usize) -> Cardinality {
        self.index.cardinality(top)
    }
}

fn mixed_warning(series: &Labels) -> String {
    format!(
        "several sources send {series} at the same times, and their samples are mixed: have them send \
         service.instance.id, or let metrics.resource_labels name an attribute that tells them apart"
    )
}

/// No selector selects all series.
fn all_or(mut selectors: Vec<Vec<Matcher>>) -> Vec<Vec<Matcher>> {
    if selectors.is_empty() {
        selectors.push(Vec::new());
    }
    selectors
}
