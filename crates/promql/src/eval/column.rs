//! Values of series, one for each step of a query.

use std::sync::Arc;

use super::budget::samples_of;
use crate::series::{ABSENT, is_stale};
use crate::{Histogram, Labels, METRIC_NAME, Point};

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

    /// Its values with their times.
    pub(crate) fn points(&self, steps: &Steps) -> Vec<(i64, Point)> {
        let count = (0..steps.count).filter(|step| self.has(*step)).count();
        if count == steps.count && self.histograms.is_empty() {
            let points = self.floats.iter().enumerate();
            return points.map(|(step, value)| (steps.time(step), Point::Float(*value))).collect();
        }
        let mut points = Vec::with_capacity(count);
        let point = |step| Some((steps.time(step), self.point(step)?));
        points.extend((0..steps.count).filter_map(point));
        points
    }

    /// How many samples it counts for.
    pub(crate) fn samples(&self) -> usize {
        let histograms = self.histograms.iter().flatten();
        self.floats.len() + histograms.map(|histogram| samples_of(histogram)).sum::<usize>()
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
