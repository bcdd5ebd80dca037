//! The value of each selected series at each step: its newest sample, unless that is too old.

use std::sync::Arc;

use super::Query;
use super::column::{Column, Steps};
use crate::ast::Selector;
use crate::series::is_stale;
use crate::{EvalError, Histogram, Point, Series};

impl Query<'_> {
    /// A selector's columns.
    pub(super) fn select(
        &self,
        selector: &Selector,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        self.select_with(selector, steps, |_, point| Ok(point))
    }

    /// The time of the sample that a selector takes, in seconds, instead of its value.
    pub(super) fn select_times(
        &self,
        selector: &Selector,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        self.select_with(selector, steps, |time, _| Ok(Point::Float(time as f64 / 1e3)))
    }

    /// The same of series that must not be histograms.
    pub(super) fn select_times_of_numbers(
        &self,
        selector: &Selector,
        steps: &Steps,
    ) -> Result<Vec<Column>, EvalError> {
        self.select_with(selector, steps, |time, point| match point {
            Point::Float(_) => Ok(Point::Float(time as f64 / 1e3)),
            Point::Histogram(_) => Err(EvalError::failed("info sample should be float")),
        })
    }

    fn select_with(
        &self,
        selector: &Selector,
        steps: &Steps,
        value: impl Fn(i64, Point) -> Result<Point, EvalError>,
    ) -> Result<Vec<Column>, EvalError> {
        let lookback = self.engine.options.lookback_ms;
        let first = self.at(&selector.when, steps.start);
        let last = self.at(&selector.when, steps.end());
        let from = first.saturating_sub(lookback).saturating_add(1);
        let mut columns = Vec::new();
        for series in self.stored(selector, from, last)? {
            self.count(steps.count)?;
            let mut column = Column::new(series.labels.clone(), false, steps.count);
            let mut cursor = Newest::default();
            let mut found = false;
            for step in 0..steps.count {
                let at = self.at(&selector.when, steps.time(step));
                if let Some((time, point)) = cursor.seek(&series, at, lookback) {
                    self.put(&mut column, step, value(time, point)?)?;
                    found = true;
                }
            }
            self.budget.give_back(super::samples_in(&series));
            if found {
                columns.push(column);
            }
        }
        Ok(columns)
    }
}

/// Walks forward through a series' samples.
#[derive(Default)]
struct Newest {
    floats: usize,
    histograms: usize,
}

impl Newest {
    /// The newest sample at a time, if it is not older than `lookback` and no end of the series.
    fn seek(&mut self, series: &Series, at: i64, lookback: i64) -> Option<(i64, Point)> {
        while series.floats.get(self.floats).is_some_and(|(time, _)| *time <= at) {
            self.floats += 1;
        }
        while series.histograms.get(self.histograms).is_some_and(|(time, _)| *time <= at) {
            self.histograms += 1;
        }
        let float = self.floats.checked_sub(1).map(|index| series.floats[index]);
        let histogram: Option<&(i64, Arc<Histogram>)> =
            self.histograms.checked_sub(1).map(|index| &series.histograms[index]);
        let (time, point) = match (float, histogram) {
            (Some((time, _)), Some((later, histogram))) if *later > time => {
                (*later, Point::Histogram(Arc::clone(histogram)))
            }
            (Some((time, value)), _) => (time, Point::Float(value)),
            (None, Some((time, histogram))) => (*time, Point::Histogram(Arc::clone(histogram))),
            (None, None) => return None,
        };
        let ended = match &point {
            Point::Float(value) => is_stale(*value),
            Point::Histogram(histogram) => is_stale(histogram.sum),
        };
        (time > at.saturating_sub(lookback) && !ended).then_some((time, point))
    }
}
