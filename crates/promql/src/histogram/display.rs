//! Histograms as text, in the way results show them.
//!
//! Invariants: only populated buckets are written, ascending; a number has as many digits as tell it from its
//! neighbours, and an exponent when that is below -4 or above 5.

use std::fmt::{self, Display, Formatter};

use super::{Bucket, Histogram};

impl Display for Histogram {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{count:{}, sum:{}", Number(self.count), Number(self.sum))?;
        let zero = self.zero_bucket();
        let buckets = self.negative_buckets().rev().chain(zero).chain(self.positive_buckets());
        for bucket in buckets.filter(|bucket| bucket.count != 0.0) {
            write!(formatter, ", {bucket}")?;
        }
        formatter.write_str("}")
    }
}

impl Display for Bucket {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let open = if self.lower_inclusive { '[' } else { '(' };
        let close = if self.upper_inclusive { ']' } else { ')' };
        let (lower, upper, count) = (Number(self.lower), Number(self.upper), Number(self.count));
        write!(formatter, "{open}{lower},{upper}{close}:{count}")
    }
}

/// From here on up, numbers are written with their exponent.
const FIRST_WRITTEN_EXPONENT: i32 = 6;

/// A number in the shortest form.
struct Number(f64);

impl Display for Number {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.0.is_nan() {
            return formatter.write_str("NaN");
        }
        if self.0.is_infinite() {
            return formatter.write_str(if self.0 > 0.0 { "+Inf" } else { "-Inf" });
        }
        let scientific = format!("{:e}", self.0);
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        if (-4..FIRST_WRITTEN_EXPONENT).contains(&exponent) {
            return write!(formatter, "{}", self.0);
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(formatter, "{digits}e{sign}{:02}", exponent.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::Number;
    use crate::histogram::{Buckets, CUSTOM_SCHEMA, Histogram};

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (123400.0, "123400"),
            (1e6, "1e+06"),
            (2349209.324, "2.349209324e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-1.5e300, "-1.5e+300"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ];
        for (number, expected) in cases {
            assert_eq!(Number(number).to_string(), expected);
        }
    }

    #[test]
    fn exponential_buckets() {
        let spans = [(-2, 1), (2, 3)];
        let histogram = Histogram {
            schema: 1,
            zero_threshold: 0.01,
            zero_count: 5.5,
            count: 3493.3,
            sum: 2349209.324,
            positive: Buckets::from_spans(&spans, &[1.0, 3.3, 4.2, 0.1]).unwrap(),
            negative: Buckets::from_spans(&[(3, 2), (3, 2)], &[3.1, 3.0, 1.234e5, 1000.0]).unwrap(),
            ..Histogram::default()
        };
        let expected = "{count:3493.3, sum:2.349209324e+06, [-22.62741699796952,-16):1000, \
            [-16,-11.31370849898476):123400, [-4,-2.82842712474619):3, [-2.82842712474619,-2):3.1, \
            [-0.01,0.01]:5.5, (0.35355339059327373,0.5]:1, (1,1.414213562373095]:3.3, \
            (1.414213562373095,2]:4.2, (2,2.82842712474619]:0.1}";
        assert_eq!(histogram.to_string(), expected);
    }

    #[test]
    fn custom_buckets() {
        let histogram = Histogram {
            schema: CUSTOM_SCHEMA,
            count: 4.5,
            sum: 2.0,
            positive: Buckets::from_spans(&[(0, 1), (1, 1)], &[1.0, 3.5]).unwrap(),
            custom_bounds: [1.0, 2.0].into(),
            ..Histogram::default()
        };
        assert_eq!(histogram.to_string(), "{count:4.5, sum:2, [-Inf,1]:1, (2,+Inf]:3.5}");
    }
}
