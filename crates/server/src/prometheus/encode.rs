//! Values of queries as Prometheus' JSON. Numbers are texts, as there, so that NaN and infinities fit.
//!
//! Invariant: written straight into the body; a large answer is never a tree of values first.

use plimsoll_promql::{Histogram, Labels, Point, Value};

/// A value with its type.
pub(super) fn value(value: &Value, time: i64) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        Value::Scalar(number) => {
            out.extend_from_slice(b"{\"resultType\":\"scalar\",\"result\":");
            float_pair(&mut out, time, *number);
        }
        Value::Text(text) => {
            out.extend_from_slice(b"{\"resultType\":\"string\",\"result\":[");
            timestamp(&mut out, time);
            out.push(b',');
            string(&mut out, text);
            out.push(b']');
        }
        Value::Vector(series) => {
            out.extend_from_slice(b"{\"resultType\":\"vector\",\"result\":[");
            for (at, (labels, point)) in series.iter().enumerate() {
                comma(&mut out, at);
                out.extend_from_slice(b"{\"metric\":");
                self::labels(&mut out, labels);
                match point {
                    Point::Float(number) => {
                        out.extend_from_slice(b",\"value\":");
                        float_pair(&mut out, time, *number);
                    }
                    Point::Histogram(histogram) => {
                        out.extend_from_slice(b",\"histogram\":");
                        histogram_pair(&mut out, time, histogram);
                    }
                }
                out.push(b'}');
            }
            out.push(b']');
        }
        Value::Matrix(series) => {
            out.extend_from_slice(b"{\"resultType\":\"matrix\",\"result\":[");
            for (at, (labels, points)) in series.iter().enumerate() {
                comma(&mut out, at);
                out.extend_from_slice(b"{\"metric\":");
                self::labels(&mut out, labels);
                matrix_points(&mut out, points);
                out.push(b'}');
            }
            out.push(b']');
        }
    }
    out.push(b'}');
    out
}

fn matrix_points(out: &mut Vec<u8>, points: &[(i64, Point)]) {
    let mut written = 0;
    for (time, point) in points {
        let Point::Float(number) = point else { continue };
        out.extend_from_slice(if written == 0 { b",\"values\":[" } else { b"," });
        float_pair(out, *time, *number);
        written += 1;
    }
    if written > 0 {
        out.push(b']');
    }
    if written == points.len() {
        return;
    }
    written = 0;
    for (time, point) in points {
        let Point::Histogram(histogram) = point else { continue };
        out.extend_from_slice(if written == 0 { b",\"histograms\":[" } else { b"," });
        histogram_pair(out, *time, histogram);
        written += 1;
    }
    out.push(b']');
}

/// Labels as an object.
pub(super) fn labels(out: &mut Vec<u8>, labels: &Labels) {
    out.push(b'{');
    for (at, (name, value)) in labels.iter().enumerate() {
        comma(out, at);
        string(out, name);
        out.push(b':');
        string(out, value);
    }
    out.push(b'}');
}

fn comma(out: &mut Vec<u8>, at: usize) {
    if at > 0 {
        out.push(b',');
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    // A string is always JSON.
    let _ = serde_json::to_writer(out, text);
}

fn float_pair(out: &mut Vec<u8>, time: i64, number: f64) {
    out.push(b'[');
    timestamp(out, time);
    out.push(b',');
    quoted(out, number);
    out.push(b']');
}

fn histogram_pair(out: &mut Vec<u8>, time: i64, histogram: &Histogram) {
    out.push(b'[');
    timestamp(out, time);
    out.extend_from_slice(b",{\"count\":");
    quoted(out, histogram.count);
    out.extend_from_slice(b",\"sum\":");
    quoted(out, histogram.sum);
    let buckets = histogram.all_buckets().filter(|bucket| bucket.count != 0.0);
    for (at, bucket) in buckets.enumerate() {
        out.extend_from_slice(if at == 0 { b",\"buckets\":[[" } else { b",[" });
        // Which bounds belong to the bucket: 0 the upper, 1 the lower, 2 none, 3 both.
        let boundaries = match (bucket.lower_inclusive, bucket.upper_inclusive) {
            (true, true) => b'3',
            (true, false) => b'1',
            (false, true) => b'0',
            (false, false) => b'2',
        };
        out.push(boundaries);
        for number in [bucket.lower, bucket.upper, bucket.count] {
            out.push(b',');
            quoted(out, number);
        }
        out.push(b']');
    }
    if histogram.all_buckets().any(|bucket| bucket.count != 0.0) {
        out.push(b']');
    }
    out.extend_from_slice(b"}]");
}

/// Milliseconds as seconds.
fn timestamp(out: &mut Vec<u8>, ms: i64) {
    let mut buffer = itoa::Buffer::new();
    if ms < 0 {
        out.push(b'-');
    }
    let ms = ms.unsigned_abs();
    out.extend_from_slice(buffer.format(ms / 1_000).as_bytes());
    if !ms.is_multiple_of(1_000) {
        out.extend_from_slice(format!(".{:03}", ms % 1_000).as_bytes());
    }
}

fn quoted(out: &mut Vec<u8>, number: f64) {
    out.push(b'"');
    out.extend_from_slice(float_text(number).as_bytes());
    out.push(b'"');
}

/// A number as Prometheus writes it: the shortest text that reads back the same, with an exponent only where
/// it is very large or small.
pub(super) fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    format!("{number}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plimsoll_promql::histogram::Buckets;

    use super::*;

    fn check(given: Value, expected: &str) {
        assert_eq!(String::from_utf8(value(&given, 1_500)).unwrap(), expected);
    }

    #[test]
    fn values_have_prometheus_form() {
        check(Value::Scalar(1.5), r#"{"resultType":"scalar","result":[1.500,"1.5"]}"#);
        check(Value::Text("a\"".into()), r#"{"resultType":"string","result":[1.500,"a\""]}"#);
        let labels = Labels::new([("__name__", "up"), ("job", "a")]);
        check(
            Value::Vector(vec![(labels.clone(), Point::Float(f64::NAN))]),
            r#"{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[1.500,"NaN"]}]}"#,
        );
        let histogram = Histogram {
            count: 3.0,
            sum: 4.5,
            zero_count: 1.0,
            zero_threshold: 0.5,
            positive: Buckets::dense(1, &[0.0, 2.0]),
            ..Histogram::default()
        };
        let points = vec![
            (0, Point::Float(1.0)),
            (1_000, Point::Histogram(Arc::new(histogram))),
            (2_000, Point::Float(2.0)),
        ];
        check(
            Value::Matrix(vec![(labels, points)]),
            r#"{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[0,"1"],[2,"2"]],"histograms":[[1,{"count":"3","sum":"4.5","buckets":[[3,"-0.5","0.5","1"],[0,"2","4","2"]]}]]}]}"#,
        );
        check(Value::Vector(Vec::new()), r#"{"resultType":"vector","result":[]}"#);
    }

    #[test]
    fn numbers_are_as_short_as_can_be() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (1e-6, "0.000001"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(float_text(number), expected);
        }
    }
}
