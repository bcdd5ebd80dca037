//! Histograms with custom buckets, made from the series of classic ones.
//!
//! Invariants: as many buckets as bounds and one more for the rest; counts that go down are an error.

use std::collections::BTreeMap;

use plimsoll_promql::{Labels, METRIC_NAME, Series};

use super::histogram::{CUSTOM, Shape};

/// The label that holds a classic bucket's upper bound.
const BOUND: &str = "le";

/// What is known of one histogram at one time.
#[derive(Default)]
struct Classic {
    /// Upper bounds and counts up to them.
    buckets: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: f64,
}

/// Which part of a classic histogram a series holds.
enum Part {
    Bucket(f64),
    Count,
    Sum,
}

/// Makes histograms of all classic ones among the series.
pub(crate) fn converted(series: &[Series]) -> Result<Vec<Series>, String> {
    let mut found: BTreeMap<Labels, BTreeMap<i64, Classic>> = BTreeMap::new();
    for one in series {
        let Some((labels, part)) = part(&one.labels) else { continue };
        let times = found.entry(labels).or_default();
        for (time, value) in &one.floats {
            times.entry(*time).or_default().set(&part, *value);
        }
    }
    found.into_iter().map(|(labels, times)| histograms(labels, times)).collect()
}

/// A series of histograms.
fn histograms(labels: Labels, times: BTreeMap<i64, Classic>) -> Result<Series, String> {
    let converted = times.into_iter().map(|(time, classic)| {
        let shape = classic.shape().map_err(|why| format!("{labels} at {time}: {why}"))?;
        Ok((time, shape.build()))
    });
    let histograms = converted.collect::<Result<_, String>>()?;
    Ok(Series { labels, floats: Vec::new(), histograms })
}

/// The labels of the whole and which part a series is; nothing where it is no part.
fn part(labels: &Labels) -> Option<(Labels, Part)> {
    let name = labels.get(METRIC_NAME);
    let (base, part) = if let Some(base) = name.strip_suffix("_bucket") {
        let bound: f64 = labels.get(BOUND).parse().ok()?;
        (base, (!bound.is_nan()).then_some(Part::Bucket(bound))?)
    } else if let Some(base) = name.strip_suffix("_count") {
        (base, Part::Count)
    } else {
        (name.strip_suffix("_sum")?, Part::Sum)
    };
    Some((labels.with(METRIC_NAME, base).with(BOUND, ""), part))
}

impl Classic {
    fn set(&mut self, part: &Part, value: f64) {
        match part {
            Part::Bucket(bound) => self.buckets.push((*bound, value)),
            Part::Count => self.count = Some(value),
            Part::Sum => self.sum = value,
        }
    }

    /// As a histogram with custom buckets.
    #[expect(clippy::float_cmp, reason = "bounds and counts are exact")]
    fn shape(mut self) -> Result<Shape, String> {
        self.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.buckets.dedup_by(|next, kept| next.0 == kept.0);
        let highest = self.buckets.last().copied();
        let count = self.count.or(highest.map(|(_, count)| count)).unwrap_or_default();
        if highest.is_none_or(|(bound, _)| bound != f64::INFINITY) {
            self.buckets.push((f64::INFINITY, count));
        }
        let mut shape = Shape { schema: CUSTOM, count, sum: self.sum, ..Shape::default() };
        let mut below = 0.0;
        for ((bound, up_to), index) in self.buckets.into_iter().zip(0_i32..) {
            if up_to < below {
                return Err("counts of buckets go down".to_owned());
            }
            if bound < f64::INFINITY {
                shape.custom_bounds.push(bound);
            }
            shape.positive.insert(index, up_to - below);
            below = up_to;
        }
        if below == count { Ok(shape) } else { Err(format!("{below} in buckets, {count} in all")) }
    }
}
