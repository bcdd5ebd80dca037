//! Series and their samples for the evaluator.
//!
//! Invariant: a failure beneath the evaluator is kept, so that its caller learns what it was.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use plimsoll_model::{DAY_NANO, UnixNano};
use plimsoll_promql::ast::Matcher;
use plimsoll_promql::{EvalError, Histogram, Labels, Series, Storage};
use plimsoll_series::{Index, Kind, Part, Selected};

use super::points::{Places, Stored as StoredHistogram};
use super::{MS, assemble, past, points};
use crate::context::Context;
use crate::{QueryError, Window};

/// Reads the points of each of some series.
type Read<T> = fn(&Context, &Places, Window) -> Result<Vec<Vec<T>>, QueryError>;

/// The store, as one query sees it.
pub(super) struct Stored<'a> {
    context: &'a Context,
    index: Arc<Index>,
    /// The first time of which the index has all series.
    complete_from: UnixNano,
    failure: RefCell<Option<QueryError>>,
    mixed: RefCell<Option<Labels>>,
}

impl Storage for Stored<'_> {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Result<Vec<Series>, EvalError> {
        self.read(matchers, from, to).map_err(|error| EvalError::Storage(self.fail(error)))
    }

    fn check(&self) -> Result<(), EvalError> {
        self.context.check().map_err(|error| EvalError::Stopped(self.fail(error)))
    }
}

impl<'a> Stored<'a> {
    pub(super) fn new(context: &'a Context, index: Arc<Index>, complete_from: UnixNano) -> Self {
        let (failure, mixed) = Default::default();
        Self { context, index, complete_from, failure, mixed }
    }

    /// Keeps a failure, and says it in words.
    fn fail(&self, error: QueryError) -> String {
        let text = error.message.clone();
        *self.failure.borrow_mut() = Some(error);
        text
    }

    /// What failed beneath the evaluator.
    pub(super) fn failure(&self) -> Option<QueryError> {
        self.failure.borrow_mut().take()
    }

    /// A series, the first found, whose sources send points at the same times and cannot be told apart.
    pub(super) fn mixed(&self) -> Option<Labels> {
        self.mixed.borrow_mut().take()
    }

    /// Series that may have points in a window of Unix milliseconds.
    pub(super) fn find(
        &self,
        matchers: &[Matcher],
        window: Window,
    ) -> Result<Vec<Selected>, QueryError> {
        let mut found = self.index.select(matchers);
        self.context.grow(found.len() * 64)?;
        if window.from >= self.complete_from {
            return Ok(found);
        }
        // A row of a series lies anywhere in its day.
        let to = window.to.min(self.complete_from);
        let days = Window {
            from: window.from.div_euclid(DAY_NANO).saturating_mul(DAY_NANO),
            to: to.saturating_add(DAY_NANO - 1).div_euclid(DAY_NANO).saturating_mul(DAY_NANO),
        };
        let known: std::collections::HashSet<(i64, Part)> =
            found.iter().map(|series| (series.id, series.part)).collect();
        let earlier = past::select(self.context, &self.index, matchers, days)?;
        found.extend(earlier.into_iter().filter(|s| !known.contains(&(s.id, s.part))));
        Ok(found)
    }

    /// Labels of series that may have points in a window of Unix milliseconds.
    pub(super) fn labels(
        &self,
        matchers: &[Matcher],
        from: i64,
        to: i64,
    ) -> Result<Vec<Labels>, QueryError> {
        let window = window(from, to);
        let (buckets, mut others): (Vec<_>, Vec<_>) =
            self.find(matchers, window)?.into_iter().partition(|s| s.part == Part::Bucket);
        let mut labels: Vec<Labels> = others.drain(..).map(|series| series.labels).collect();
        if !buckets.is_empty() {
            let mut all = Gathered::default();
            self.explicit(&buckets, matchers, window, &mut all)?;
            labels.extend(all.series.into_iter().map(|series| series.labels));
        }
        Ok(labels)
    }

    /// Samples of the series that match, in a window of Unix milliseconds, both ends included.
    pub(super) fn read(
        &self,
        matchers: &[Matcher],
        from: i64,
        to: i64,
    ) -> Result<Vec<Series>, QueryError> {
        self.context.check()?;
        let window = window(from, to);
        let found = self.find(matchers, window)?;
        let mut all = Gathered::default();
        let of = |kinds: &[Kind]| -> Vec<Selected> {
            found.iter().filter(|series| kinds.contains(&series.kind)).cloned().collect()
        };
        self.numbers(&of(&[Kind::Number, Kind::Prometheus]), window, &mut all)?;
        self.natives(&of(&[Kind::Native, Kind::Prometheus]), window, &mut all)?;
        self.deltas(&of(&[Kind::DeltaNumber]), window, &mut all)?;
        self.native_deltas(&of(&[Kind::DeltaNative]), window, &mut all)?;
        self.explicit(&of(&[Kind::Explicit, Kind::DeltaExplicit]), matchers, window, &mut all)?;
        if let Some(labels) = all.mixed {
            self.mixed.borrow_mut().get_or_insert(labels);
        }
        Ok(all.series)
    }

    /// The points of each series that has any, as `read` finds them.
    fn points<'s, T>(
        &self,
        series: &'s [Selected],
        window: Window,
        read: Read<T>,
    ) -> Result<impl Iterator<Item = (&'s Selected, Vec<T>)>, QueryError> {
        let places = Places::new(series.iter().map(|series| series.id).collect());
        let mut found = match series.is_empty() {
            true => Vec::new(),
            false => read(self.context, &places, window)?,
        };
        let taken = move |series: &'s Selected| {
            let points = found.get_mut(places.get(series.id)?).map(std::mem::take)?;
            (!points.is_empty()).then_some((series, points))
        };
        Ok(series.iter().filter_map(taken))
    }

    fn numbers(
        &self,
        series: &[Selected],
        window: Window,
        all: &mut Gathered,
    ) -> Result<(), QueryError> {
        for (series, mut floats) in self.points(series, window, points::numbers)? {
            assemble::in_order(&mut floats, f64::total_cmp);
            all.floats(&series.labels, floats);
        }
        Ok(())
    }

    fn deltas(
        &self,
        series: &[Selected],
        window: Window,
        all: &mut Gathered,
    ) -> Result<(), QueryError> {
        for (series, samples) in self.points(series, from_anchor(window), points::samples)? {
            let mut floats = assemble::added_up(samples);
            floats.retain(|(time, _)| *time * MS >= window.from);
            if !floats.is_empty() {
                all.floats(&series.labels, floats);
            }
        }
        Ok(())
    }

    fn natives(
        &self,
        series: &[Selected],
        window: Window,
        all: &mut Gathered,
    ) -> Result<(), QueryError> {
        for (series, stored) in self.points(series, window, points::histograms)? {
            all.histograms(&series.labels, assemble::natives(&stored));
        }
        Ok(())
    }

    fn native_deltas(
        &self,
        series: &[Selected],
        window: Window,
        all: &mut Gathered,
    ) -> Result<(), QueryError> {
        for (series, stored) in self.points(series, from_anchor(window), points::histograms)? {
            let mut histograms = assemble::natives_added_up(&stored);
            histograms.retain(|(time, _)| *time * MS >= window.from);
            if !histograms.is_empty() {
                all.histograms(&series.labels, histograms);
            }
        }
        Ok(())
    }

    /// Histograms with explicit bounds: three series of each, of the buckets one for each bound.
    fn explicit(
        &self,
        series: &[Selected],
        matchers: &[Matcher],
        window: Window,
        all: &mut Gathered,
    ) -> Result<(), QueryError> {
        for delta in [false, true] {
            let kind = if delta { Kind::DeltaExplicit } else { Kind::Explicit };
            let series: Vec<&Selected> =
                series.iter().filter(|series| series.kind == kind).collect();
            if series.is_empty() {
                continue;
            }
            let places = Places::new(series.iter().map(|series| series.id).collect());
            let read = if delta { from_anchor(window) } else { window };
            let stored: Vec<Vec<StoredHistogram>> =
                points::histograms(self.context, &places, read)?
                    .into_iter()
                    .map(|stored| {
                        let mut stored = assemble::explicit(stored, delta);
                        stored.retain(|stored| stored.time >= window.from);
                        stored
                    })
                    .collect();
            for series in series {
                let stored = places.get(series.id).map_or(&[][..], |at| &stored[at]);
                if !stored.is_empty() {
                    self.push_explicit(series, stored, matchers, all)?;
                }
            }
        }
        Ok(())
    }

    fn push_explicit(
        &self,
        series: &Selected,
        stored: &[StoredHistogram],
        matchers: &[Matcher],
        all: &mut Gathered,
    ) -> Result<(), QueryError> {
        let labels = &series.labels;
        match series.part {
            Part::Sum => all.floats(labels, assemble::explicit_numbers(stored, |s| s.sum)),
            Part::Count => {
                let count = |s: &StoredHistogram| Some(s.count.cast_unsigned() as f64);
                all.floats(labels, assemble::explicit_numbers(stored, count));
            }
            Part::Whole | Part::Bucket => {
                let bounds = matchers.iter().filter(|matcher| matcher.name == "le");
                let bounds: Vec<&Matcher> = bounds.collect();
                for (bound, floats) in assemble::explicit_buckets(stored) {
                    if bounds.iter().all(|matcher| matcher.matches(&bound)) {
                        self.context.grow(16 * floats.len())?;
                        all.floats(&labels.with("le", &bound), floats);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Nanoseconds from one millisecond to another, both whole.
pub(super) fn window(from: i64, to: i64) -> Window {
    Window { from: from.saturating_mul(MS), to: to.saturating_add(1).saturating_mul(MS) }
}

/// The window, and before it what is needed to add up.
fn from_anchor(window: Window) -> Window {
    Window { from: assemble::anchor(window.from), ..window }
}

/// Series by their labels.
#[derive(Default)]
struct Gathered {
    series: Vec<Series>,
    by_labels: HashMap<Labels, usize>,
    /// Of those whose points at one time come from several sources, the first.
    mixed: Option<Labels>,
}

impl Gathered {
    fn get(&mut self, labels: &Labels) -> &mut Series {
        let at = match self.by_labels.entry(labels.clone()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.series.push(Series { labels: labels.clone(), ..Series::default() });
                *new.insert(self.series.len() - 1)
            }
        };
        &mut self.series[at]
    }

    fn floats(&mut self, labels: &Labels, floats: Vec<(i64, f64)>) {
        if join(&mut self.get(labels).floats, floats, f64::total_cmp) {
            self.mixed.get_or_insert_with(|| labels.clone());
        }
    }

    fn histograms(&mut self, labels: &Labels, histograms: Vec<(i64, Arc<Histogram>)>) {
        if join(&mut self.get(labels).histograms, histograms, assemble::histogram_order) {
            self.mixed.get_or_insert_with(|| labels.clone());
        }
    }
}

/// Makes one of two series that have the same labels; returns whether they have points at the same times, so that
/// their sources cannot be told apart.
fn join<T>(
    ours: &mut Vec<(i64, T)>,
    theirs: Vec<(i64, T)>,
    order: impl Fn(&T, &T) -> Ordering,
) -> bool {
    let starts_in = |a: &[(i64, T)], b: &[(i64, T)]| match (a, b) {
        ([first, ..], [from, .., to]) => from.0 <= first.0 && first.0 <= to.0,
        ([first, ..], [only]) => only.0 == first.0,
        _ => false,
    };
    let mixed = starts_in(ours, &theirs) || starts_in(&theirs, ours);
    ours.extend(theirs);
    assemble::in_order(ours, order);
    mixed
}
