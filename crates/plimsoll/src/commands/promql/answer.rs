//! Prometheus' JSON, read back.

use anyhow::{Context, Result};
use serde_json::Value;

/// What a query was answered.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Series by label; a scalar is one without a name.
    pub(super) series: Vec<Series>,
    /// Warnings and infos, a line each.
    pub(super) notes: Vec<String>,
    /// Whether the values are at several times.
    is_range: bool,
}

/// A series and its values.
#[derive(Debug)]
pub(super) struct Series {
    /// `up{job="a"}`.
    pub(super) name: String,
    labels: Vec<(String, String)>,
    /// Unix seconds and the value; of a native histogram its mean.
    pub(super) points: Vec<(f64, f64)>,
    /// The texts of the values, native histograms included.
    texts: Vec<String>,
}

impl Answer {
    pub(super) fn parse(body: &[u8]) -> Result<Self> {
        let body: Value =
            serde_json::from_slice(body).context("the server's answer is not understood")?;
        let data = &body["data"];
        let kind = data["resultType"].as_str().unwrap_or_default();
        let series = match kind {
            "scalar" | "string" => vec![Series::new(&Value::Null, &[&data["result"]])],
            _ => data["result"].as_array().into_iter().flatten().map(Series::parse).collect(),
        };
        let notes = ["warnings", "infos"].iter().flat_map(|name| {
            let kind = name.trim_end_matches('s');
            let texts = body[*name].as_array().into_iter().flatten();
            texts.filter_map(Value::as_str).map(move |text| format!("{kind}: {text}"))
        });
        Ok(Self { series, notes: notes.collect(), is_range: kind == "matrix" })
    }

    /// A row a series, of a range with its last value and what lies between.
    pub(super) fn table(&self) -> (Vec<String>, Vec<Vec<Value>>) {
        let names: &[&str] = match self.is_range {
            true => &["series", "min", "mean", "max", "last"],
            false => &["series", "value"],
        };
        let header = names.iter().map(|name| (*name).to_owned()).collect();
        let rows = self.series.iter().map(|series| {
            let name = Value::from(series.name.as_str());
            let last = series.texts.last().map_or("", String::as_str);
            if !self.is_range {
                return vec![name, Value::from(last)];
            }
            let values: Vec<f64> =
                series.points.iter().map(|(_, value)| *value).filter(|v| !v.is_nan()).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let min = values.iter().copied().fold(f64::INFINITY, f64::min);
            let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut row = vec![name];
            row.extend([min, mean, max].map(|value| Value::from(short(value))));
            row.push(Value::from(last));
            row
        });
        (header, rows.collect())
    }

    /// A line a value: time, value, and a column for each label there is.
    pub(super) fn csv(&self) -> String {
        let mut names: Vec<&str> = self
            .series
            .iter()
            .flat_map(|series| series.labels.iter().map(|(name, _)| name.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut text = String::from("time,value");
        for name in &names {
            text.push(',');
            text.push_str(&cell(name));
        }
        text.push('\n');
        for series in &self.series {
            for ((time, _), value) in series.points.iter().zip(&series.texts) {
                text.push_str(&format!("{time:.3},{}", cell(value)));
                for name in &names {
                    let found = series.labels.iter().find(|(found, _)| found == name);
                    text.push(',');
                    text.push_str(&cell(found.map_or("", |(_, value)| value)));
                }
                text.push('\n');
            }
        }
        text
    }
}

/// A cell of CSV (RFC 4180).
fn cell(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// A number with as many digits as one reads.
pub(super) fn short(number: f64) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-3..1e9).contains(&size) {
        return format!("{number:.2e}");
    }
    let digits = if size >= 1_000.0 {
        0
    } else if size >= 10.0 {
        2
    } else {
        4
    };
    let text = format!("{number:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

impl Series {
    fn parse(series: &Value) -> Self {
        let mut points: Vec<&Value> = Vec::new();
        for name in ["value", "histogram"] {
            points.extend(series.get(name));
        }
        for name in ["values", "histograms"] {
            points.extend(series[name].as_array().into_iter().flatten());
        }
        points.sort_by(|a, b| time(a).total_cmp(&time(b)));
        Self::new(&series["metric"], &points)
    }

    fn new(metric: &Value, points: &[&Value]) -> Self {
        let labels: Vec<(String, String)> = metric
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        let (points, texts) = points
            .iter()
            .map(|point| {
                let (value, text) = value(&point[1]);
                ((time(point), value), text)
            })
            .unzip();
        Self { name: name(&labels), labels, points, texts }
    }
}

fn time(point: &Value) -> f64 {
    point[0].as_f64().unwrap_or_default()
}

fn value(value: &Value) -> (f64, String) {
    if let Some(text) = value.as_str() {
        return (text.parse().unwrap_or(f64::NAN), text.to_owned());
    }
    let number = |name: &str| -> f64 {
        value[name].as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
    };
    let (count, sum) = (number("count"), number("sum"));
    let buckets = value["buckets"].as_array().map_or(0, Vec::len);
    (sum / count, format!("{count} values, mean {}, {buckets} buckets", short(sum / count)))
}

/// `up{job="a"}`, `{job="a"}`, or nothing.
fn name(labels: &[(String, String)]) -> String {
    let metric = labels.iter().find(|(name, _)| name == "__name__");
    let others: Vec<String> = labels
        .iter()
        .filter(|(name, _)| name != "__name__")
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    let metric = metric.map_or("", |(_, value)| value);
    match others.is_empty() {
        true => metric.to_owned(),
        false => format!("{metric}{{{}}}", others.join(", ")),
    }
}

/// An error in a line, and where the server says so, the place in the expression beneath it.
pub(super) fn describe_error(expression: &str, body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(problem) = answer["error"].as_str() else {
        return super::super::query::describe_problem(body);
    };
    let place = |name: &str| answer["position"][name].as_u64().map(|at| at as usize);
    let (Some(start), Some(end)) = (place("start"), place("end")) else {
        return problem.to_owned();
    };
    let line_start = expression[..start.min(expression.len())].rfind('\n').map_or(0, |at| at + 1);
    let line = expression[line_start..].lines().next().unwrap_or_default();
    let before = expression.get(line_start..start).map_or(0, |text| text.chars().count());
    let marked = expression.get(start..end).map_or(1, |text| text.chars().count()).max(1);
    let marked = marked.min((line.chars().count() + 1).saturating_sub(before).max(1));
    format!("{problem}\n  {line}\n  {}{}", " ".repeat(before), "^".repeat(marked))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"__name__":"up","job":"a,b"},"values":[[1,"1"],[2.5,"3"]]},
        {"metric":{},"histograms":[[1,{"count":"4","sum":"2","buckets":[[0,"1","2","4"]]}]]}
    ]},"warnings":["w"]}"#;

    #[test]
    fn ranges_are_summed_up_and_listed() {
        let answer = Answer::parse(RANGE.as_bytes()).unwrap();
        let (header, rows) = answer.table();
        assert_eq!(header.join(" "), "series min mean max last");
        assert_eq!(rows[0], ["up{job=\"a,b\"}", "1", "2", "3", "3"].map(Value::from));
        assert_eq!(rows[1][4], Value::from("4 values, mean 0.5, 1 buckets"));
        assert_eq!(
            answer.csv(),
            "time,value,__name__,job\n1.000,1,up,\"a,b\"\n2.500,3,up,\"a,b\"\n\
             1.000,\"4 values, mean 0.5, 1 buckets\",,\n"
        );
        assert_eq!(answer.notes, ["warning: w"]);
    }

    #[test]
    fn errors_point_at_their_place() {
        let body = br#"{"error":"1:5: parse error: x","position":{"start":4,"end":7}}"#;
        let text = describe_error("sum(foo", body);
        assert_eq!(text, "1:5: parse error: x\n  sum(foo\n      ^^^");
        let body = br#"{"error":"e","position":{"start":7,"end":7}}"#;
        assert_eq!(describe_error("sum(foo", body), "e\n  sum(foo\n         ^");
    }

    #[test]
    fn numbers_are_short() {
        for (number, expected) in [
            (0.0, "0"),
            (1234567.8, "1234568"),
            (12.345, "12.35"),
            (0.12345, "0.1235"),
            (1e-9, "1.00e-9"),
        ] {
            assert_eq!(short(number), expected);
        }
    }
}
