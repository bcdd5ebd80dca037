//! Samples of Prometheus' kind from stored points.
//!
//! What counts since the point before is added up from each full hour on, so that the answer does not
//! depend on where a query begins. An hour begins with a zero where its first point begins to count: a
//! reset of the counter that nobody can miss.
//!
//! Invariant: of two points at one millisecond the one with the smaller value counts, a value before a mark
//! of the end.

use std::cmp::Ordering;
use std::sync::Arc;

use plimsoll_promql::histogram::{Buckets, CUSTOM_SCHEMA};
use plimsoll_promql::{ABSENT, Histogram, ResetHint, is_stale};
use plimsoll_wire::prometheus::{FLAG_FLOAT, RESET_HINT_SHIFT};

use super::MS;
use super::points::{Sample, Stored};

/// OTLP's flag of a point without a value.
const NO_RECORDED_VALUE: i32 = 1;

const HOUR: i64 = 3_600_000_000_000;

/// From where points that count since the one before are added up for a window that begins at `from`.
pub(super) fn anchor(from: i64) -> i64 {
    from.div_euclid(HOUR).saturating_mul(HOUR)
}

/// Puts points in order, of each time the one whose value comes first.
pub(super) fn in_order<T>(points: &mut Vec<(i64, T)>, order: impl Fn(&T, &T) -> Ordering) {
    let order = |a: &(i64, T), b: &(i64, T)| a.0.cmp(&b.0).then_with(|| order(&a.1, &b.1));
    // What is newer is often read first.
    let rises = |two: &[(i64, T)]| order(&two[0], &two[1]).is_lt();
    if let Some(last) = points.windows(2).position(|two| !rises(two)) {
        points.rotate_left(last + 1);
        if !points.windows(2).all(rises) {
            points.sort_by(order);
        }
    }
    points.dedup_by_key(|(time, _)| *time);
}

/// Which of two histograms of one time counts, see above.
pub(super) fn histogram_order(a: &Arc<Histogram>, b: &Arc<Histogram>) -> Ordering {
    is_stale(a.sum).cmp(&is_stale(b.sum)).then_with(|| a.count.total_cmp(&b.count))
}

/// Numbers that count since the one before, added up.
pub(super) fn added_up(mut samples: Vec<Sample>) -> Vec<(i64, f64)> {
    samples.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.value.total_cmp(&b.value)));
    samples.dedup_by_key(|sample| sample.time);
    let mut totals = Vec::with_capacity(samples.len() + 2);
    let mut total = 0.0;
    let mut hour = None;
    for sample in samples {
        let time = sample.time.div_euclid(MS);
        if sample.value.is_nan() {
            totals.push((time, ABSENT));
            continue;
        }
        if begins(&mut hour, sample.time) {
            total = 0.0;
            let before = totals.last().map(|(time, _)| *time);
            totals.extend(zero_time(sample.start, before, time).map(|zero| (zero, 0.0)));
        }
        total += sample.value;
        totals.push((time, total));
    }
    totals
}

/// Whether a time is in another hour than the last.
fn begins(hour: &mut Option<i64>, time: i64) -> bool {
    let now = Some(time.div_euclid(HOUR));
    let begins = *hour != now;
    *hour = now;
    begins
}

/// When the first point of an hour begins to count, after the point before and before itself.
fn zero_time(start: Option<i64>, before: Option<i64>, time: i64) -> Option<i64> {
    let start = start.map_or(time - 1, |start| start.div_euclid(MS)).min(time - 1);
    let zero = before.map_or(start, |before| start.max(before + 1));
    (zero < time).then_some(zero)
}

/// Native histograms, by time in milliseconds. Those with explicit bounds have custom ones.
pub(super) fn natives(stored: &[Stored]) -> Vec<(i64, Arc<Histogram>)> {
    let mut found: Vec<(i64, Arc<Histogram>)> = stored
        .iter()
        .map(|stored| (stored.time.div_euclid(MS), Arc::new(native(stored))))
        .collect();
    in_order(&mut found, histogram_order);
    found
}

/// Native histograms that count since the one before, added up. Where two do not go together counting
/// begins anew.
pub(super) fn natives_added_up(stored: &[Stored]) -> Vec<(i64, Arc<Histogram>)> {
    let mut stored: Vec<&Stored> = stored.iter().collect();
    stored.sort_by_key(|stored| (stored.time, stored.count));
    stored.dedup_by_key(|stored| stored.time);
    let mut totals: Vec<(i64, Arc<Histogram>)> = Vec::with_capacity(stored.len() + 2);
    let mut total: Option<Histogram> = None;
    let mut hour = None;
    for point in stored {
        let time = point.time.div_euclid(MS);
        let next = native(point);
        if is_stale(next.sum) {
            totals.push((time, Arc::new(next)));
            continue;
        }
        if begins(&mut hour, point.time) {
            let before = totals.last().map(|(time, _)| *time);
            let mut zero = next.clone();
            zero.mul(0.0);
            let zero_time = zero_time(point.start, before, time);
            totals.extend(zero_time.map(|at| (at, Arc::new(zero))));
            total = None;
        }
        let sum = match total.take() {
            Some(mut sum) => match sum.add(&next) {
                Ok(_) => sum,
                Err(_) => next,
            },
            None => next,
        };
        totals.push((time, Arc::new(sum.clone())));
        total = Some(sum);
    }
    totals
}

/// One histogram.
pub(super) fn native(stored: &Stored) -> Histogram {
    if stored.flags & NO_RECORDED_VALUE != 0 {
        return Histogram { sum: ABSENT, ..Histogram::default() };
    }
    let float = stored.flags & FLAG_FLOAT != 0;
    let count = |bits: &i64| match float {
        true => f64::from_bits(bits.cast_unsigned()),
        false => bits.cast_unsigned() as f64,
    };
    let side = |(offset, counts): &(i32, Vec<i64>)| {
        let counts: Vec<f64> = counts.iter().map(count).collect();
        // A bucket of OpenTelemetry's index i ends where Prometheus' of index i + 1 does.
        Buckets::dense(offset.saturating_add(1), &counts)
    };
    let reset_hint = match stored.flags >> RESET_HINT_SHIFT & 3 {
        3 => ResetHint::Gauge,
        // What it says of the one before holds only where that is the one before here.
        _ => ResetHint::Unknown,
    };
    let mut histogram = Histogram {
        zero_threshold: stored.zero_threshold,
        zero_count: count(&stored.zero_count),
        count: count(&stored.count),
        sum: stored.sum.unwrap_or(f64::NAN),
        reset_hint,
        ..Histogram::default()
    };
    match stored.scale {
        Some(scale) => {
            histogram.schema = scale;
            histogram.positive = side(&stored.positive);
            histogram.negative = side(&stored.negative);
            // Finer than Prometheus has it.
            if scale > plimsoll_promql::histogram::MAX_SCHEMA {
                histogram = coarser(histogram);
            }
        }
        None => {
            histogram.schema = CUSTOM_SCHEMA;
            histogram.custom_bounds = stored.bounds.as_slice().into();
            let counts: Vec<f64> = stored.counts.iter().map(count).collect();
            histogram.positive = Buckets::dense(0, &counts);
        }
    }
    histogram.compact(0);
    histogram
}

/// A histogram of a finer resolution than Prometheus knows, in the finest that it does. Each step down
/// joins two buckets.
fn coarser(histogram: Histogram) -> Histogram {
    let finest = plimsoll_promql::histogram::MAX_SCHEMA;
    let by = (histogram.schema - finest).clamp(0, 31);
    let side = |buckets: &Buckets| {
        let mut joined: Vec<(i32, f64)> = Vec::new();
        for (index, count) in buckets.iter() {
            let index = ((i64::from(index) - 1) >> by) as i32 + 1;
            match joined.last_mut() {
                Some((last, sum)) if *last == index => *sum += count,
                _ => joined.push((index, count)),
            }
        }
        joined.into_iter().collect()
    };
    let (positive, negative) = (side(&histogram.positive), side(&histogram.negative));
    Histogram { schema: finest, positive, negative, ..histogram }
}

/// Histograms with explicit bounds in order, those that count since the one before added up.
pub(super) fn explicit(mut stored: Vec<Stored>, delta: bool) -> Vec<Stored> {
    stored.sort_by_key(|stored| (stored.time, stored.count));
    stored.dedup_by_key(|stored| stored.time);
    if !delta {
        return stored;
    }
    let mut totals: Vec<Stored> = Vec::with_capacity(stored.len() + 2);
    let mut total: Option<Stored> = None;
    let mut hour = None;
    for mut point in stored {
        if point.flags & NO_RECORDED_VALUE != 0 {
            totals.push(point);
            continue;
        }
        if begins(&mut hour, point.time) {
            let before = totals.last().map(|last| last.time.div_euclid(MS));
            let zero = zero_time(point.start, before, point.time.div_euclid(MS));
            totals.extend(zero.map(|zero| Stored {
                time: zero * MS,
                count: 0,
                sum: point.sum.map(|_| 0.0),
                counts: vec![0; point.counts.len()],
                bounds: point.bounds.clone(),
                ..point.clone()
            }));
            total = None;
        }
        if let Some(sum) = total.filter(|sum| sum.bounds == point.bounds) {
            point.count = point.count.wrapping_add(sum.count);
            point.sum = point.sum.zip(sum.sum).map(|(a, b)| a + b);
            for (ours, theirs) in point.counts.iter_mut().zip(&sum.counts) {
                *ours = ours.wrapping_add(*theirs);
            }
        }
        totals.push(point.clone());
        total = Some(point);
    }
    totals
}

/// Sums or counts of histograms with explicit bounds.
pub(super) fn explicit_numbers(
    stored: &[Stored],
    number: impl Fn(&Stored) -> Option<f64>,
) -> Vec<(i64, f64)> {
    let mut floats: Vec<(i64, f64)> = stored
        .iter()
        .filter_map(|stored| {
            let ended = stored.flags & NO_RECORDED_VALUE != 0;
            let value = if ended { Some(ABSENT) } else { number(stored) };
            Some((stored.time.div_euclid(MS), value?))
        })
        .collect();
    in_order(&mut floats, f64::total_cmp);
    floats
}

/// For each bound that ever was, how many values were at most that: the series of the buckets.
pub(super) fn explicit_buckets(stored: &[Stored]) -> Vec<(String, Vec<(i64, f64)>)> {
    let mut bounds: Vec<f64> = stored.iter().flat_map(|s| s.bounds.iter().copied()).collect();
    bounds.push(f64::INFINITY);
    bounds.sort_unstable_by(f64::total_cmp);
    bounds.dedup();
    let mut series: Vec<Vec<(i64, f64)>> = vec![Vec::with_capacity(stored.len()); bounds.len()];
    for point in stored {
        let time = point.time.div_euclid(MS);
        let ended = point.flags & NO_RECORDED_VALUE != 0;
        let mut below = 0_u64;
        let mut own = point.bounds.iter().zip(&point.counts).peekable();
        for (bound, series) in bounds.iter().zip(&mut series) {
            if ended {
                series.push((time, ABSENT));
            } else if bound.is_infinite() {
                series.push((time, point.count.cast_unsigned() as f64));
            } else if let Some((_, count)) = own.next_if(|(own, _)| *own == bound) {
                below = below.wrapping_add(count.cast_unsigned());
                series.push((time, below as f64));
            }
        }
    }
    for floats in &mut series {
        in_order(floats, f64::total_cmp);
    }
    bounds.iter().map(|bound| bound_text(*bound)).zip(series).collect()
}

/// A bound as the value of `le`.
fn bound_text(bound: f64) -> String {
    if bound.is_infinite() { "+Inf".to_owned() } else { format!("{bound}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seconds: i64, start: Option<i64>, value: f64) -> Sample {
        let nano = |seconds: i64| seconds * 1_000_000_000;
        Sample { time: nano(seconds), start: start.map(nano), value }
    }

    fn point(seconds: i64, counts: &[i64]) -> Stored {
        Stored {
            time: seconds * 1_000_000_000,
            start: Some((seconds - 10) * 1_000_000_000),
            count: counts.iter().sum(),
            sum: Some(1.5),
            scale: None,
            zero_count: 0,
            zero_threshold: 0.0,
            positive: (0, Vec::new()),
            negative: (0, Vec::new()),
            bounds: vec![0.5, 1.0],
            counts: counts.to_vec(),
            flags: 0,
        }
    }

    #[test]
    fn equal_times_count_once_and_values_before_marks() {
        let mut floats = vec![(2, 5.0), (1, ABSENT), (1, 3.0), (2, 5.0)];
        in_order(&mut floats, f64::total_cmp);
        assert_eq!(floats, [(1, 3.0), (2, 5.0)]);
        let histogram = |count, sum| Arc::new(Histogram { count, sum, ..Histogram::default() });
        let mut histograms = vec![(1, histogram(0.0, ABSENT)), (1, histogram(3.0, 6.0))];
        in_order(&mut histograms, histogram_order);
        assert_eq!((histograms.len(), histograms[0].1.count), (1, 3.0));
    }

    #[test]
    fn deltas_add_up_from_each_hour_after_a_zero() {
        let samples = vec![
            sample(3_590, Some(3_580), 2.0),
            sample(3_600, Some(3_590), 3.0),
            sample(3_610, Some(3_600), 4.0),
            // Sparse: nothing for hours.
            sample(9_000, Some(8_990), 7.0),
        ];
        let expected = [
            (3_580_000, 0.0),
            (3_590_000, 2.0),
            (3_590_001, 0.0),
            (3_600_000, 3.0),
            (3_610_000, 7.0),
            (8_990_000, 0.0),
            (9_000_000, 7.0),
        ];
        assert_eq!(added_up(samples.clone()), expected);
        // The increase is what was counted, wherever one looks.
        let increase: f64 = expected
            .windows(2)
            .map(|two| if two[1].1 < two[0].1 { two[1].1 } else { two[1].1 - two[0].1 })
            .sum();
        assert_eq!(increase, 16.0);
        let later = added_up(samples[1..].to_vec());
        assert_eq!(later[1..], expected[3..]);
    }

    #[test]
    fn buckets_are_cumulative_and_follow_their_bounds() {
        let mut changed = point(20, &[1, 2]);
        changed.bounds = vec![1.0];
        let stored = explicit(vec![changed, point(10, &[1, 2, 3])], false);
        let found = explicit_buckets(&stored);
        let expected = [
            ("0.5".to_owned(), vec![(10_000, 1.0)]),
            ("1".to_owned(), vec![(10_000, 3.0), (20_000, 1.0)]),
            ("+Inf".to_owned(), vec![(10_000, 6.0), (20_000, 3.0)]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn histograms_that_count_since_the_last_add_up() {
        let stored = explicit(vec![point(10, &[1, 0, 0]), point(20, &[0, 1, 1])], true);
        let counts: Vec<&[i64]> = stored.iter().map(|s| &s.counts[..]).collect();
        assert_eq!(counts, [&[0, 0, 0][..], &[1, 0, 0], &[1, 1, 1]]);
        assert_eq!(stored[2].count, 3);
        let native = natives_added_up(&[point(10, &[1, 0, 0]), point(20, &[0, 1, 1])]);
        let counts: Vec<(i64, f64)> = native.iter().map(|(time, h)| (*time, h.count)).collect();
        assert_eq!(counts, [(0, 0.0), (10_000, 1.0), (20_000, 3.0)]);
    }

    #[test]
    fn an_exponential_histogram_has_prometheus_indices() {
        let mut stored = point(1, &[]);
        stored.scale = Some(0);
        stored.bounds.clear();
        stored.count = 4;
        // OpenTelemetry: index 0 is (1, 2]. Prometheus: index 1 ends at 2.
        stored.positive = (0, vec![3, 0, 1]);
        let found = native(&stored);
        assert_eq!(found.positive.iter().collect::<Vec<_>>(), [(1, 3.0), (3, 1.0)]);
        let bucket = found.positive_buckets().next().unwrap();
        assert_eq!((bucket.lower, bucket.upper), (1.0, 2.0));
        // Two steps finer than the finest: four buckets become one.
        stored.scale = Some(10);
        stored.positive = (0, vec![1, 1, 1, 1]);
        let found = native(&stored);
        assert_eq!(found.schema, 8);
        assert_eq!(found.positive.iter().collect::<Vec<_>>(), [(1, 4.0)]);
    }
}
