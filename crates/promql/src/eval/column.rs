//! Values of series, one for each step of a query.

use std::collections::HashMap;
use std::sync::Arc;

use crate::series::{ABSENT, is_stale};
use crate::{EvalError, Histogram, Labels, METRIC_NAME, Point};

/// The times at which a query is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The first, in milliseconds since 1970.
    pub(crate) start: i64,
    /// Between two, in milliseconds; positive.
    pub(crate) step: i64,
    /// How many, at least one.
    pub(crate) count: usize,
}

impl Steps {
    pub(crate) fn time(&self, step: usize) -> i64 {
        self.start + self.step * step as i64
    }

    pub(crate) fn end(&self) -> i64 {
        self.time(self.count - 1)
    }
}

/// A series' value at each step. Invariant: at a step it has a number, a histogram, or neither; the
/// numbers are as many as the steps, the histograms too, or none.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) labels: Labels,
    /// The metric's name no longer tells what the values are; it goes when the query is done.
    pub(crate) drop_name: bool,
    pub(crate) floats: Vec<f64>,
    pub(crate) histograms: Vec<Option<Arc<Histogram>>>,
}

impl Column {
    pub(crate) fn new(labels: Labels, drop_name: bool, steps: usize) -> Self {
        Self { labels, drop_name, floats: vec![ABSENT; steps], histograms: Vec::new() }
    }

    pub(crate) fn set(&mut self, step: usize, point: Point) {
        match point {
            Point::Float(value) => self.floats[step] = value,
            Point::Histogram(histogram) => {
                if self.histograms.is_empty() {
                    self.histograms.resize(self.floats.len(), None);
                }
                self.histograms[step] = Some(histogram);
            }
        }
    }

    pub(crate) fn float(&self, step: usize) -> Option<f64> {
        let value = self.floats[step];
        (!is_stale(value)).then_some(value)
    }

    pub(crate) fn histogram(&self, step: usize) -> Option<&Arc<Histogram>> {
        self.histograms.get(step)?.as_ref()
    }

    pub(crate) fn point(&self, step: usize) -> Option<Point> {
        match self.histogram(step) {
            Some(histogram) => Some(Point::Histogram(Arc::clone(histogram))),
            None => self.float(step).map(Point::Float),
        }
    }

    pub(crate) fn has(&self, step: usize) -> bool {
        !is_stale(self.floats[step]) || self.histogram(step).is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        (0..self.floats.len()).all(|step| !self.has(step))
    }

    /// The labels that tell it from others, its name only where it still has one.
    pub(crate) fn final_labels(&self) -> Labels {
        match self.drop_name {
            true => self.labels.filter(|name| !is_metadata(name)),
            false => self.labels.clone(),
        }
    }
}

/// Labels that say what a metric is, not where it comes from.
pub(crate) fn is_metadata(name: &str) -> bool {
    matches!(name, METRIC_NAME | "__type__" | "__unit__")
}

/// Drops names that are to go, and joins columns that are then the same series.
pub(crate) fn finish(columns: Vec<Column>) -> Result<Vec<Column>, EvalError> {
    let mut known: HashMap<Labels, usize> = HashMap::with_capacity(columns.len());
    let mut finished: Vec<Column> = Vec::with_capacity(columns.len());
    for mut column in columns {
        column.labels = column.final_labels();
        column.drop_name = false;
        match known.get(&column.labels) {
            None => {
                known.insert(column.labels.clone(), finished.len());
                finished.push(column);
            }
            Some(at) => {
                for step in 0..column.floats.len() {
                    let Some(point) = column.point(step) else { continue };
                    if finished[*at].has(step) {
                        return Err(EvalError::same_labels());
                    }
                    finished[*at].set(step, point);
                }
            }
        }
    }
    Ok(finished)
}
