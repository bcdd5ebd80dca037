//! Random queries over random series: nothing panics, and a range query gives at each step what an instant
//! query gives at that time.
//!
//! Invariants: queries are made from the tables of functions and operators themselves, so that what is added
//! there is tried here; limits are small, so that no query takes long.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_promql::ast::{AggregateOp, BinaryOp, Function, Matcher, ValueType};
use plimsoll_promql::histogram::{Buckets, CUSTOM_SCHEMA};
use plimsoll_promql::{
    ABSENT, Engine, EvalError, Histogram, Labels, Options, Point, ResetHint, Series, Storage, Value,
};
use plimsoll_promql::{format, functions, parse, to_json};
use proptest::prelude::*;
use proptest::sample::select;

const INTERVAL_MS: i64 = 15_000;
const START_MS: i64 = 300_000;
const STEP_MS: i64 = 60_000;
const STEPS: i64 = 5;

struct Given(Vec<Series>);

impl Storage for Given {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Result<Vec<Series>, EvalError> {
        let matching = self.0.iter().filter(|series| {
            matchers.iter().all(|matcher| matcher.matches(series.labels.get(&matcher.name)))
        });
        let within = |series: &Series| {
            let mut series = series.clone();
            series.floats.retain(|(time, _)| from <= *time && *time <= to);
            series.histograms.retain(|(time, _)| from <= *time && *time <= to);
            series
        };
        Ok(matching.map(within).collect())
    }
}

/// Numbers with the odd ones among them.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (-20_i32..100).prop_map(f64::from),
        1 => any::<f64>(),
        1 => select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e300, 5e-324]),
    ]
}

fn histogram() -> impl Strategy<Value = Histogram> {
    let counts = prop::collection::vec((0_u32..9).prop_map(f64::from), 0..5);
    let hints = vec![ResetHint::Unknown, ResetHint::Reset, ResetHint::NotReset, ResetHint::Gauge];
    (counts.clone(), counts, number(), -4_i32..9, any::<bool>(), -9_i32..9, select(hints)).prop_map(
        |(positive, negative, sum, schema, custom, first, reset_hint)| {
            let all = positive.iter().sum::<f64>();
            if custom {
                let bounds: Vec<f64> = (0..positive.len()).map(|at| at as f64 / 2.0).collect();
                return Histogram {
                    schema: CUSTOM_SCHEMA,
                    count: all,
                    sum,
                    positive: Buckets::dense(0, &positive),
                    custom_bounds: bounds.into(),
                    reset_hint,
                    ..Histogram::default()
                };
            }
            Histogram {
                schema,
                zero_threshold: 0.001,
                zero_count: 2.0,
                count: all + negative.iter().sum::<f64>() + 2.0,
                sum,
                positive: Buckets::dense(first, &positive),
                negative: Buckets::dense(first, &negative),
                reset_hint,
                ..Histogram::default()
            }
        },
    )
}

/// A sample or its absence.
#[derive(Clone, Debug)]
enum Item {
    Gap,
    Float(f64),
    Histogram(Histogram),
}

fn samples() -> impl Strategy<Value = Vec<Item>> {
    let mostly = |floats, histograms| {
        let item = prop_oneof![
            1 => Just(Item::Gap),
            1 => Just(Item::Float(ABSENT)),
            floats => number().prop_map(Item::Float),
            histograms => histogram().prop_map(Item::Histogram),
        ];
        prop::collection::vec(item, 0..42)
    };
    prop_oneof![3 => mostly(20, 1), 1 => mostly(1, 20)]
}

fn series() -> impl Strategy<Value = Vec<Series>> {
    let labels: Vec<Labels> = [
        vec![("__name__", "x"), ("job", "a"), ("le", "0.5")],
        vec![("__name__", "x"), ("job", "a"), ("le", "+Inf")],
        vec![("__name__", "x"), ("job", "b"), ("le", "bad")],
        vec![("__name__", "x"), ("job", "a")],
        vec![("__name__", "y"), ("job", "a"), ("v", "ü")],
        vec![("__name__", "y"), ("job", "b"), ("__type__", "counter")],
        vec![("__name__", "target_info"), ("job", "a"), ("region", "north")],
    ]
    .into_iter()
    .map(Labels::new)
    .collect();
    prop::collection::vec(samples(), labels.len()).prop_map(move |samples| {
        let made = labels.iter().zip(samples).map(|(labels, items)| {
            let mut series = Series { labels: labels.clone(), ..Series::default() };
            for (item, at) in items.into_iter().zip(0..) {
                match item {
                    Item::Gap => {}
                    Item::Float(value) => series.floats.push((at * INTERVAL_MS, value)),
                    Item::Histogram(histogram) => {
                        series.histograms.push((at * INTERVAL_MS, Arc::new(histogram)));
                    }
                }
            }
            series.mark_resets();
            series
        });
        made.collect()
    })
}

type Text = BoxedStrategy<String>;

fn one_of(texts: &'static [&'static str]) -> Text {
    select(texts).prop_map(str::to_owned).boxed()
}

fn selector() -> Text {
    let names = one_of(&["x", "y", "{job=\"a\"}", "x{le!=\"\"}", "y{job=~\"a|b\"}", "target_info"]);
    (names, when()).prop_map(|(name, when)| name + &when).boxed()
}

fn when() -> Text {
    one_of(&["", "", "", "", " offset 1m", " offset -30s", " @ 360", " offset (1m/2)"])
}

fn matrix(vector: Text) -> Text {
    let ranges = one_of(&["[1m]", "[5m]", "[15s]", "[2m*2]", "[1ms]"]);
    let names = one_of(&["x", "y", "{job=\"a\"}"]);
    let stored = (names, ranges, when()).prop_map(|(name, range, when)| name + &range + &when);
    let steps = one_of(&["[3m:1m]", "[2m:7s]", "[5m:]", "[1m:5m]"]);
    let made =
        (vector, steps, when()).prop_map(|(vector, step, when)| format!("({vector}){step}{when}"));
    prop_oneof![2 => stored, 1 => made].boxed()
}

fn scalar(vector: Text) -> Text {
    let literal =
        one_of(&["0", "1", "0.9", "-3", "2", "Inf", "NaN", "1e9", "time()", "5m", "pi()"]);
    prop_oneof![
        4 => literal,
        1 => vector.clone().prop_map(|vector| format!("scalar({vector})")),
        1 => (vector.clone(), vector).prop_map(|(a, b)| format!("(scalar({a}) % scalar({b}))")),
    ]
    .boxed()
}

fn text() -> Text {
    let texts = &["\"\"", "\"job\"", "\"(.*)\"", "\"$1-$1\"", "\"le\"", "\"v\"", "\"__name__\""];
    one_of(texts)
}

fn argument(of: ValueType, vector: &Text) -> Text {
    match of {
        ValueType::Vector => vector.clone(),
        ValueType::Matrix => matrix(vector.clone()),
        ValueType::Scalar => scalar(vector.clone()),
        ValueType::String => text(),
    }
}

/// A call with as many arguments as there may be, or with one less where that may be.
fn call(vector: Text) -> Text {
    let all: Vec<&'static Function> =
        functions().iter().filter(|function| function.returns == ValueType::Vector).collect();
    (select(all), any::<bool>())
        .prop_flat_map(move |(function, fewer)| {
            let least = function.args.len() - function.optional.unwrap_or(1);
            let count = if fewer { least } else { function.args.len().min(least + 2) };
            let args: Vec<Text> = function.args[..count]
                .iter()
                .enumerate()
                .map(|(at, of)| match function.name {
                    "info" if at == 1 => one_of(&["{}", "{region=~\".+\"}", "{__name__=~\".+o\"}"]),
                    _ => argument(*of, &vector),
                })
                .collect();
            args.prop_map(move |args| format!("{}({})", function.name, args.join(", ")))
        })
        .boxed()
}

fn aggregation(vector: Text) -> Text {
    let groupings =
        &["", "by (job) ", "without (le) ", "by (__name__, v) ", "without (job, v) ", "by (le) "];
    (select(AggregateOp::ALL.to_vec()), select(groupings))
        .prop_flat_map(move |(op, grouping)| {
            let inner = vector.clone();
            match op.param() {
                None => inner.prop_map(move |v| format!("{} {grouping}({v})", op.name())).boxed(),
                Some(of) => (argument(of, &vector), inner)
                    .prop_map(move |(param, v)| format!("{} {grouping}({param}, {v})", op.name()))
                    .boxed(),
            }
        })
        .boxed()
}

fn binary(vector: Text) -> Text {
    let matching = &["", "", "on (job) ", "ignoring (le, v) ", "on () ", "on (job, le) "];
    let group = &["", "", "group_left () ", "group_right (v) "];
    let of_vectors = (
        vector.clone(),
        select(BinaryOp::ALL.to_vec()),
        any::<bool>(),
        select(matching),
        select(group),
        vector.clone(),
    )
        .prop_map(|(lhs, op, bool, matching, group, rhs)| {
            let bool = if bool && op.is_comparison() { "bool " } else { "" };
            let group = if matching.is_empty() || op.is_set() { "" } else { group };
            let group = if matching.contains('v') { "" } else { group };
            format!("({lhs}) {} {bool}{matching}{group}({rhs})", op.symbol())
        });
    let arithmetic: Vec<BinaryOp> = BinaryOp::ALL.into_iter().filter(|op| !op.is_set()).collect();
    let with_scalar = (vector.clone(), select(arithmetic), scalar(vector), any::<bool>()).prop_map(
        |(vector, op, scalar, swapped)| match swapped {
            true => format!("({scalar}) {} ({vector})", op.symbol()),
            false => format!("({vector}) {} ({scalar})", op.symbol()),
        },
    );
    prop_oneof![of_vectors, with_scalar].boxed()
}

fn query() -> impl Strategy<Value = String> {
    let vector = selector().prop_recursive(4, 24, 3, |vector| {
        let vector = vector.boxed();
        prop_oneof![
            5 => call(vector.clone()),
            3 => aggregation(vector.clone()),
            3 => binary(vector.clone()),
            1 => vector.prop_map(|vector| format!("-({vector})")),
        ]
    });
    let vector = vector.boxed();
    prop_oneof![6 => vector.clone(), 1 => scalar(vector)]
}

/// A value, as text; of numbers so many digits as rounding leaves.
fn shown(point: &Point) -> String {
    match point {
        Point::Float(value) if *value == 0.0 => "0".to_owned(),
        Point::Float(value) => format!("{value:.9e}"),
        Point::Histogram(histogram) => histogram.to_string(),
    }
}

/// The values at a time, by their series.
fn at(value: &Value, time: i64) -> BTreeMap<Labels, String> {
    match value {
        Value::Scalar(value) => [(Labels::default(), shown(&Point::Float(*value)))].into(),
        Value::Text(_) => BTreeMap::new(),
        Value::Vector(vector) => {
            vector.iter().map(|(labels, point)| (labels.clone(), shown(point))).collect()
        }
        Value::Matrix(matrix) => {
            let of = |points: &[(i64, Point)]| {
                points.iter().find(|(found, _)| *found == time).map(|(_, point)| shown(point))
            };
            let found =
                matrix.iter().filter_map(|(labels, points)| Some((labels.clone(), of(points)?)));
            found.collect()
        }
    }
}

proptest! {
    #[test]
    fn a_range_is_its_instants(query in query(), series in series()) {
        let storage = Given(series);
        let options = Options { samples_max: 60_000, ..Options::default() };
        let engine = Engine::new(&storage, options);
        let end = START_MS + (STEPS - 1) * STEP_MS;
        let parsed = parse(&query);
        prop_assert!(parsed.is_ok(), "{:?}", parsed);
        let range = engine.range(&query, START_MS, end, STEP_MS);
        for step in 0..STEPS {
            let time = START_MS + step * STEP_MS;
            let instant = engine.instant(&query, time);
            let Ok(range) = &range else { continue };
            let instant = instant.expect("what a range query answers");
            prop_assert_eq!(at(&range.value, time), at(&instant.value, time), "at {}", time);
        }
    }

    #[test]
    fn limits_stop_whatever_is_asked(query in query(), series in series(), most in 0_usize..3_000) {
        let storage = Given(series);
        let options = Options { samples_max: most, ..Options::default() };
        let engine = Engine::new(&storage, options);
        let _ = engine.range(&query, i64::MIN, i64::MIN + 5, 1);
        let _ = engine.range(&query, i64::MAX - 50, i64::MAX, 7);
        if let Ok(answer) = engine.range(&query, 0, 9_000_000, 1_000) {
            let Value::Matrix(matrix) = answer.value else { panic!("no matrix") };
            let made: usize = matrix.iter().map(|(_, points)| points.len()).sum();
            prop_assert!(made <= most, "{} samples", made);
        }
    }

    #[test]
    fn what_is_asked_can_be_written(query in query()) {
        let expr = parse(&query).expect("a query");
        let pretty = format(&query).expect("a query");
        prop_assert_eq!(parse(&pretty).expect("a query").to_string(), expr.to_string());
        prop_assert!(to_json(&expr)["type"].is_string());
    }
}
