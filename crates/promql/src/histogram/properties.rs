//! What holds for any histogram.

use proptest::prelude::*;

use super::{Buckets, CUSTOM_SCHEMA, Histogram, HistogramMean, HistogramSum, ResetHint};

/// A sound exponential histogram with whole counts, empty buckets among them.
fn exponential() -> impl Strategy<Value = Histogram> {
    let side = || prop::collection::vec((-60_i32..60, 0_u32..20), 0..12);
    (-4_i32..=8, 0_usize..3, 0_u32..9, side(), side()).prop_map(
        |(schema, threshold, zero, positive, negative)| {
            let buckets = |side: Vec<(i32, u32)>| -> Buckets {
                side.into_iter().map(|(index, count)| (index, f64::from(count))).collect()
            };
            let zero_threshold = [0.0, 0.001, 1.0][threshold];
            let mut histogram = Histogram {
                schema,
                zero_count: f64::from(zero),
                positive: buckets(positive),
                negative: buckets(negative),
                ..Histogram::default()
            };
            let wide = Histogram { zero_threshold, ..Histogram::default() };
            let _ = histogram.reconcile_zero(&wide, None);
            histogram.count = in_buckets(&histogram);
            histogram.sum = histogram.count / 2.0;
            histogram
        },
    )
}

/// Two of them, of one schema or with one zero bucket: where both differ, the reference makes the zero buckets
/// one before the schemas, and may count a bucket in both.
fn pair() -> impl Strategy<Value = (Histogram, Histogram)> {
    (exponential(), exponential()).prop_map(|(mut left, mut right)| {
        if left.schema != right.schema {
            let _ = left.reconcile_zero(&right, None);
            let _ = right.reconcile_zero(&left, None);
        }
        (left, right)
    })
}

/// A sound histogram with custom bounds.
fn custom() -> impl Strategy<Value = Histogram> {
    let bounds = prop::collection::btree_set(-8_i32..8, 0..8);
    (bounds, prop::collection::vec(0_u32..20, 9)).prop_map(|(bounds, counts)| {
        let counts: Vec<f64> = counts.into_iter().take(bounds.len() + 1).map(f64::from).collect();
        Histogram {
            schema: CUSTOM_SCHEMA,
            count: counts.iter().sum(),
            sum: 1.0,
            positive: Buckets::dense(0, &counts),
            custom_bounds: bounds.into_iter().map(f64::from).collect(),
            ..Histogram::default()
        }
    })
}

fn sound() -> impl Strategy<Value = Histogram> {
    prop_oneof![exponential(), custom()]
}

/// Any histogram at all, most of them broken.
fn any() -> impl Strategy<Value = Histogram> {
    let schema = prop_oneof![Just(CUSTOM_SCHEMA), -4_i32..=8, any_of::<i32>()];
    let index = || prop_oneof![-5_i32..5, any_of::<i32>()];
    let side = move || prop::collection::vec((index(), any_of::<f64>()), 0..6);
    let bounds = prop::collection::vec(any_of::<f64>(), 0..4);
    let numbers = (any_of::<f64>(), any_of::<f64>(), any_of::<f64>(), any_of::<f64>());
    (schema, numbers, side(), side(), bounds).prop_map(
        |(schema, numbers, positive, negative, bounds)| Histogram {
            schema,
            zero_threshold: numbers.0,
            zero_count: numbers.1,
            count: numbers.2,
            sum: numbers.3,
            positive: positive.into_iter().collect(),
            negative: negative.into_iter().collect(),
            custom_bounds: bounds.into(),
            reset_hint: ResetHint::Unknown,
        },
    )
}

fn any_of<T: Arbitrary>() -> impl Strategy<Value = T> {
    proptest::arbitrary::any::<T>()
}

fn in_buckets(histogram: &Histogram) -> f64 {
    histogram.all_buckets().fold(0.0, |total, bucket| total + bucket.count)
}

proptest! {
    #[test]
    fn what_is_added_can_be_taken_away((left, right) in pair()) {
        let mut common = left.clone();
        common.reduce_resolution(left.schema.min(right.schema)).unwrap();
        let mut sum = left.clone();
        sum.add(&right).unwrap();
        prop_assert_eq!(sum.count, in_buckets(&sum));
        // What the wider zero bucket has swallowed stays in it.
        let wide = Histogram { zero_threshold: sum.zero_threshold, ..Histogram::default() };
        let _ = common.reconcile_zero(&wide, None);
        prop_assume!(common.zero_threshold == sum.zero_threshold);
        sum.sub(&right).unwrap();
        sum.compact(0);
        common.compact(0);
        prop_assert!(sum.equals(&common), "{} is not {}", sum, common);
    }

    #[test]
    fn custom_bounds_keep_all_counts(left in custom(), right in custom()) {
        let mut sum = left.clone();
        let reconciliation = sum.add(&right).unwrap();
        prop_assert_eq!(reconciliation.bounds_reconciled, left.custom_bounds != right.custom_bounds);
        prop_assert_eq!(in_buckets(&sum), left.count + right.count);
        prop_assert!(!sum.detect_reset(&left), "{} after {}", sum, left);
    }

    #[test]
    fn more_observations_are_no_reset((left, right) in pair()) {
        let mut sum = left.clone();
        sum.add(&right).unwrap();
        prop_assert!(!sum.detect_reset(&left), "{} after {}", sum, left);
    }

    #[test]
    fn coarser_buckets_keep_all_counts(histogram in exponential(), down in 0_i32..12) {
        let schema = (histogram.schema - down).max(-4);
        let coarse = histogram.copy_to_schema(schema).unwrap();
        prop_assert_eq!(in_buckets(&coarse), histogram.count);
    }

    #[test]
    fn quantiles_grow(histogram in sound(), steps in 2_u32..30) {
        prop_assume!(histogram.count > 0.0);
        let values: Vec<f64> = (1..=steps)
            .map(|step| histogram.quantile(f64::from(step) / f64::from(steps)).0)
            .collect();
        for pair in values.windows(2) {
            prop_assert!(pair[0] <= pair[1] + 1e-12 * pair[1].abs(), "{} {:?}", histogram, values);
        }
    }

    #[test]
    fn a_fraction_finds_its_quantile(histogram in exponential(), q in 0.01..0.99_f64) {
        prop_assume!(histogram.count > 0.0);
        let (value, _) = histogram.quantile(q);
        let (below, _) = histogram.fraction(f64::NEG_INFINITY, value);
        let (above, _) = histogram.fraction(value, f64::INFINITY);
        prop_assert!((below + above - 1.0).abs() < 1e-9);
        prop_assert!(value == 0.0 || (below - q).abs() < 1e-9, "{} {} {}", histogram, below, q);
    }

    #[test]
    fn all_lies_between_the_infinities(histogram in sound()) {
        prop_assume!(histogram.count > 0.0);
        let all = histogram.fraction(f64::NEG_INFINITY, f64::INFINITY);
        prop_assert_eq!(all, (1.0, false));
    }

    #[test]
    fn a_value_parts_a_histogram(histogram in exponential(), limit in -100.0..100.0_f64) {
        let (mut below, mut above) = (histogram.clone(), histogram.clone());
        below.trim_upper(limit);
        above.trim_lower(limit);
        let parted = below.count + above.count;
        prop_assert!((parted - histogram.count).abs() <= 1e-9 * histogram.count, "{}", histogram);
    }

    #[test]
    fn spans_lose_nothing(histogram in exponential()) {
        let counts: Vec<f64> = histogram.positive.iter().map(|(_, count)| count).collect();
        let back = Buckets::from_spans(&histogram.positive.spans(), &counts).unwrap();
        prop_assert!(back.equals(&histogram.positive));
    }

    #[test]
    fn kahan_sums_of_whole_numbers_are_plain_sums(parts in prop::collection::vec(exponential(), 1..6)) {
        let mut plain = parts[0].clone();
        let mut sum = HistogramSum::new(&parts[0]);
        for part in &parts[1..] {
            plain.add(part).unwrap();
            sum.add(part).unwrap();
        }
        let mut sum = sum.finish();
        plain.compact(0);
        sum.compact(0);
        prop_assert!(sum.equals(&plain), "{} is not {}", sum, plain);
    }

    #[test]
    fn nothing_panics(left in any(), right in any(), q in any_of::<f64>(), limit in any_of::<f64>()) {
        for (mut histogram, other) in [(left.clone(), &right), (left.clone(), &left)] {
            let _ = histogram.detect_reset(other);
            let _ = histogram.quantile(q);
            let _ = histogram.quantile(0.75);
            let _ = histogram.fraction(q, limit);
            let _ = histogram.fraction(f64::NEG_INFINITY, limit);
            let _ = (histogram.variance(), histogram.size(), histogram.has_overflow());
            let _ = (histogram.to_string(), histogram.copy_to_schema(-2));
            let _ = histogram.cumulative_buckets().count();
            let mut trimmed = histogram.clone();
            trimmed.trim_upper(limit);
            trimmed.trim_lower(q);
            let mut mean = HistogramMean::new(&histogram);
            let _ = (mean.add(other), mean.add(&trimmed), mean.finish());
            let mut sum = HistogramSum::new(other);
            let _ = (sum.add(&histogram), sum.add(&trimmed), sum.finish());
            let _ = (histogram.add(other), histogram.sub(other));
            histogram.mul(q);
            histogram.div(limit);
            histogram.compact(3);
        }
    }
}
