//! What had to be done to classic histograms whose counts fall from bucket to bucket, in one remark for all
//! steps and series, with Prometheus' figures.

use std::collections::BTreeMap;

use super::time::rfc_3339;
use crate::histogram::classic::Repair;
use crate::notes::Notes;

/// Remarks by their text and their place in the query.
#[derive(Default)]
pub(super) struct Repairs(BTreeMap<(String, String), Figures>);

struct Figures {
    first: i64,
    last: i64,
    min_bucket: f64,
    max_bucket: f64,
    max_difference: f64,
    histograms: u64,
}

impl Repairs {
    /// Adds a histogram at a time, in milliseconds.
    pub(super) fn add(&mut self, key: (String, String), repair: &Repair, time: i64) {
        let figures = self.0.entry(key).or_insert(Figures {
            first: time,
            last: time,
            min_bucket: f64::INFINITY,
            max_bucket: f64::NEG_INFINITY,
            max_difference: 0.0,
            histograms: 0,
        });
        figures.first = figures.first.min(time);
        figures.last = figures.last.max(time);
        figures.min_bucket = figures.min_bucket.min(repair.min_bucket);
        figures.max_bucket = figures.max_bucket.max(repair.max_bucket);
        figures.max_difference = figures.max_difference.max(repair.max_difference);
        figures.histograms += 1;
    }

    /// Notes them.
    pub(super) fn note(self, notes: &mut Notes) {
        for ((text, place), figures) in self.0 {
            notes.inform(format!(
                "{text}, from buckets {} to {}, with a max diff of {}, over {} samples from {} to {} ({place})",
                general(figures.min_bucket, None),
                general(figures.max_bucket, None),
                general(figures.max_difference, Some(2)),
                figures.histograms,
                rfc_3339(figures.first / 1_000),
                rfc_3339(figures.last / 1_000),
            ));
        }
    }
}

/// A number with as many significant digits as it needs, or at most as many as given; with an exponent where
/// that is shorter, by the rules of C's `%g` as Go has them.
fn general(value: f64, digits: Option<usize>) -> String {
    if !value.is_finite() {
        return super::labels::plain_number(value);
    }
    let scientific = match digits {
        Some(digits) => format!("{value:.*e}", digits.max(1) - 1),
        None => format!("{value:e}"),
    };
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    let most = digits.and_then(|digits| i32::try_from(digits).ok());
    if exponent < -4 || exponent >= most.unwrap_or(6) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    // The rounded digits again, without an exponent.
    format!("{mantissa}e{exponent}").parse::<f64>().unwrap_or(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_go_writes_them() {
        for (value, expected) in [
            (0.1, "0.1"),
            (10.0, "10"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (-2.5, "-2.5"),
            (0.0, "0"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(general(value, None), expected);
        }
        for (value, expected) in [
            (2.0, "2"),
            (10.0, "10"),
            (100.0, "1e+02"),
            (123.0, "1.2e+02"),
            (0.0567, "0.057"),
            (0.000_056_7, "5.7e-05"),
            (99.9, "1e+02"),
            (1.5e-7, "1.5e-07"),
        ] {
            assert_eq!(general(value, Some(2)), expected);
        }
    }
}
