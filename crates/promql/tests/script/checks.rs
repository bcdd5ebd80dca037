//! Checks of the runner itself, with an evaluator that knows hardly more than to look up.
//!
//! Invariants: for every way a result can be wrong there is a script that must fail.

use plimsoll_promql::{Labels, METRIC_NAME, Point, ResetHint, Series};

use super::histogram::Shape;
use super::parse::parse;
use super::storage::Storage;
use super::text::{duration_ms, number};
use super::{Answer, Command, Evaluator, Report, Steps, Value, run};

/// Knows numbers, names of series that have a sample at just that time, strings in quotes,
/// `warning MESSAGE`, and `error MESSAGE`.
struct Lookup(Vec<Series>);

impl Lookup {
    fn points(&self, name: &str, steps: Steps) -> Vec<(Labels, Vec<(i64, Point)>)> {
        let named = self.0.iter().filter(|series| series.labels.get(METRIC_NAME) == name);
        let all = named.map(|series| {
            let floats = series.floats.iter().map(|(time, value)| (*time, Point::Float(*value)));
            let histograms = series.histograms.iter();
            let histograms =
                histograms.map(|(time, value)| (*time, Point::Histogram(value.clone())));
            let mut points: Vec<_> = floats.chain(histograms).collect();
            points.retain(|(time, _)| {
                (steps.from_ms..=steps.to_ms).contains(time)
                    && (time - steps.from_ms) % steps.step_ms == 0
            });
            (series.labels.clone(), points)
        });
        let mut all: Vec<_> = all.filter(|(_, points)| !points.is_empty()).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}

impl Evaluator for Lookup {
    fn instant(&self, query: &str, at_ms: i64) -> Result<Answer, String> {
        let steps = Steps { from_ms: at_ms, to_ms: at_ms, step_ms: 1 };
        let mut answer = self.range(query, steps)?;
        if let Some(value) = number(query) {
            answer.value = Value::Scalar(value);
        } else if let Some(text) = query.strip_prefix('"') {
            answer.value = Value::Text(text.trim_end_matches('"').to_owned());
        } else if let Value::Matrix(matrix) = answer.value {
            let points = matrix.into_iter();
            let points = points.filter_map(|(labels, mut points)| Some((labels, points.pop()?.1)));
            answer.value = Value::Vector(points.collect());
        }
        Ok(answer)
    }

    fn range(&self, query: &str, steps: Steps) -> Result<Answer, String> {
        let mut warnings = Vec::new();
        let mut matrix = Vec::new();
        if let Some(message) = query.strip_prefix("error ") {
            return Err(message.to_owned());
        } else if let Some(message) = query.strip_prefix("warning ") {
            warnings.push(message.to_owned());
        } else if let Some(value) = number(query) {
            let times = (0..).map(|at| steps.from_ms + at * steps.step_ms);
            let times = times.take_while(|time| *time <= steps.to_ms);
            let points = times.map(|time| (time, Point::Float(value))).collect();
            matrix.push((Labels::default(), points));
        } else {
            matrix = self.points(query, steps);
        }
        Ok(Answer { value: Value::Matrix(matrix), warnings, infos: Vec::new() })
    }
}

const LOADED: &str = "
load 1m
  up{job=\"a\"} 1+1x3 _ stale
  up{job=\"b\"} 5 _ 7e-3x1
  size {{schema:1 sum:2 count:3 buckets:[1 0 2]}}+{{schema:1 sum:1 count:1 buckets:[0 0 1]}}x2

";

fn ran(evals: &str) -> Report {
    let script = format!("{LOADED}{evals}\n");
    run(&script, |series| Lookup(series.to_vec())).expect("a script that can be read")
}

/// Says why the only eval fails.
fn reason(eval: &str) -> String {
    let report = ran(eval);
    assert_eq!((report.evals, report.passed, report.failures.len()), (1, 0, 1), "{eval}");
    report.failures[0].reason.clone()
}

fn assert_passes(eval: &str) {
    let report = ran(eval);
    assert_eq!((report.evals, report.passed), (1, 1), "{eval}: {:?}", report.failures);
}

#[test]
fn what_is_right_passes() {
    assert_passes("eval instant at 0 3\n 3");
    assert_passes("eval range from 0 to 2m step 1m 3\n {} 3x2");
    assert_passes("eval instant at 1m up\n up{job=\"a\"} 2");
    assert_passes(
        "eval instant at 0 up\n expect no_warn\n up{job=\"b\"} 5.000001\n up{job=\"a\"} 1",
    );
    assert_passes(
        "eval range from 0 to 3m step 1m up\n up{job='a'} 1 2 3 4\n up{job='b'} 5 _ 0.007 0.007",
    );
    assert_passes("eval instant at 2m size\n size {{schema:1 sum:4 count:5 buckets:[1 0 4]}}");
    assert_passes("eval instant at 0 \"x\"\n expect string \"x\"");
    assert_passes("eval instant at 9m up");
    assert_passes("eval instant at 0 error too bad\n expect fail regex: bad$");
    assert_passes("eval_fail instant at 0 error too bad\n expected_fail_message too bad");
    assert_passes("eval instant at 0 warning odd\n expect warn msg: odd\n expect no_info");
}

#[test]
fn a_wrong_value_is_noticed() {
    assert!(reason("eval instant at 0 3\n 4").contains("expected 4, found 3"));
    assert!(reason("eval instant at 1m up\n up{job=\"a\"} 2.1").contains("found 2"));
    let range = reason("eval range from 0 to 1m step 1m up\n up{job='a'} 1 3\n up{job='b'} 5");
    assert!(range.contains("at 60000"), "{range}");
    let histogram =
        reason("eval instant at 0 size\n size {{schema:1 sum:2 count:3 buckets:[1 1 2]}}");
    assert!(histogram.contains("buckets"), "{histogram}");
    assert!(reason("eval instant at 0 size\n size 3").contains("expected 3"));
    assert!(reason("eval instant at 0 \"x\"\n expect string \"y\"").contains("expected \"y\""));
}

#[test]
fn wrong_series_are_noticed() {
    assert!(reason("eval instant at 1m up\n up{job=\"c\"} 2").contains("unexpected series"));
    assert!(reason("eval instant at 1m up\n {job=\"a\"} 2").contains("unexpected series"));
    let missing = "eval instant at 1m up\n up{job=\"a\"} 2\n up{job=\"b\"} 5";
    assert!(reason(missing).contains("missing series: up{job=\"b\"}"));
    assert!(reason("eval instant at 9m up\n up{job=\"a\"} 2").contains("missing series"));
    assert!(reason("eval instant at 1m up").contains("unexpected series"));
    let order = "eval instant at 0 up\n expect ordered\n up{job=\"b\"} 5\n up{job=\"a\"} 1";
    assert!(reason(order).contains("in place"));
}

#[test]
fn wrong_times_are_noticed() {
    let early =
        reason("eval range from 0 to 3m step 1m up\n up{job='a'} 1x3\n up{job='b'} _ 5 7 7");
    assert!(!early.is_empty());
    let many = reason("eval range from 0 to 1m step 1m up\n up{job='a'} 1 2 3\n up{job='b'} 5");
    assert!(many.contains("more values"), "{many}");
}

#[test]
fn wrong_messages_are_noticed() {
    assert!(
        reason("eval instant at 0 warning odd\n expect no_warn").contains("unexpected warning")
    );
    assert!(reason("eval instant at 0 warning odd\n expect warn msg: even").contains("missing"));
    assert!(reason("eval instant at 0 up\n expect warn").contains("missing warning"));
    assert!(reason("eval_info instant at 0 warning odd").contains("missing info"));
    assert!(reason("eval instant at 0 error bad\n expect fail msg: good").contains("instead of"));
    assert!(reason("eval instant at 0 error bad").contains("failed: bad"));
    assert!(reason("eval instant at 0 3\n expect fail").contains("expected to fail"));
}

#[test]
fn other_answers_around_an_instant_are_noticed() {
    struct Forgetful;
    impl Evaluator for Forgetful {
        fn instant(&self, query: &str, _: i64) -> Result<Answer, String> {
            let value = if query.contains('@') { 2.0 } else { 1.0 };
            Ok(Answer { value: Value::Scalar(value), warnings: Vec::new(), infos: Vec::new() })
        }
        fn range(&self, _: &str, _: Steps) -> Result<Answer, String> {
            let value = Value::Matrix(Vec::new());
            Ok(Answer { value, warnings: Vec::new(), infos: Vec::new() })
        }
        fn pinned(&self, query: &str, at_ms: i64) -> Option<String> {
            Some(format!("{query} @ {at_ms}"))
        }
    }
    let report = run("eval instant at 0 1\n 1", |_| Forgetful).expect("a script");
    assert!(report.failures[0].reason.contains("in a range query"));
    let report = run("eval instant at 0 start()\n 1", |_| Forgetful).expect("a script");
    assert!(report.failures[0].reason.contains("as start() @ 0 at -1000"), "{report:?}");
}

#[test]
fn what_cannot_be_read_is_an_error() {
    for script in [
        "evil",
        "load",
        "load 1m\n up{job=a} 1",
        "load 1m\n up 1x",
        "load 1m\n up {{schema:one}}",
        "eval instant at 0 up\n expect nothing",
        "eval instant at 0 up\n expect warn\n expect no_warn",
        "eval range from 2m to 1m step 1m up",
    ] {
        assert!(run(script, |series| Lookup(series.to_vec())).is_err(), "{script}");
    }
}

#[test]
fn numbers_and_durations_are_read() {
    assert_eq!(number("0x1F"), Some(31.0));
    assert_eq!(number("-0755"), Some(-493.0));
    assert_eq!(number("1e-3"), Some(0.001));
    assert_eq!(number("-Inf"), Some(f64::NEG_INFINITY));
    assert_eq!(number("up"), None);
    assert_eq!(duration_ms("1h30m5ms"), Ok(5_400_005));
    assert!(duration_ms("5").is_err());
}

#[test]
fn classic_histograms_are_converted() {
    let script = "load_with_nhcb 1m
  h_bucket{le=\"1\"} 2
  h_bucket{le=\"+Inf\"} 5
  h_sum 9

eval instant at 0 h
  h {{schema:-53 sum:9 count:5 custom_values:[1] buckets:[2 3]}}
";
    let report = run(script, |series| Lookup(series.to_vec())).expect("a script");
    assert_eq!(report.passed, 1, "{report:?}");
}

#[test]
fn a_histogram_survives_the_crates_type() {
    let shape = Shape { sum: 3.0, positive: [(2, 1.0)].into(), ..Shape::default() };
    assert!(shape.matches(&Shape::of(&shape.build()), true));
}

#[test]
fn loaded_histograms_have_the_hints_of_stored_ones() {
    let script = "load 1m
  h {{count:1}} {{count:2}} {{count:1}} 3 {{count:4}} {{count:5}} stale {{count:6}}
";
    let mut storage = Storage::default();
    for command in parse(script).expect("a script") {
        let Command::Load(load) = command else { panic!("{command:?}") };
        storage.load(&load).expect("series that can be loaded");
    }
    let series = &storage.series()[0];
    assert_eq!(series.floats, [(180_000, 3.0)], "the end is a histogram");
    let hints = series.histograms.iter().map(|(_, found)| Shape::of(found).hint);
    let (no, unknown) = (ResetHint::NotReset, ResetHint::Unknown);
    assert_eq!(hints.collect::<Vec<_>>(), [unknown, no, unknown, unknown, no, no, unknown]);
}
