//! How much processor time evaluation takes over series of 240 samples in memory.
//!
//! `cargo run --release -p plimsoll-promql --example eval_speed [series [query]]`. The series are the buckets
//! of classic histograms, 100,000 of them where no number is given. A storage's own work is not timed: what
//! it gives is made before the clock starts.

#![allow(clippy::print_stdout)]

use std::cell::RefCell;
use std::time::Duration;

use plimsoll_promql::ast::Matcher;
use plimsoll_promql::{Engine, EvalError, Labels, Options, Series, Storage, Value};
use rustix::time::{ClockId, clock_gettime};

const SAMPLES: i64 = 240;
const INTERVAL_MS: i64 = 15_000;
const BOUNDS: [&str; 10] = ["0.005", "0.01", "0.05", "0.1", "0.25", "0.5", "1", "5", "10", "+Inf"];

/// Queries, each with the number of its selectors.
const QUERIES: [(usize, &str); 17] = [
    (1, "x"),
    (1, "x > 100"),
    (1, "rate(x[5m])"),
    (1, "rate(x[1h])"),
    (1, "max_over_time(x[5m])"),
    (1, "sum(rate(x[5m]))"),
    (1, "sum by (job, path) (rate(x[5m]))"),
    (1, "avg without (pod, instance) (x)"),
    (1, "topk(5, x)"),
    (1, "topk by (job) (5, rate(x[5m]))"),
    (1, "quantile(0.9, x)"),
    (1, "histogram_quantile(0.9, rate(x[5m]))"),
    (1, "histogram_quantile(0.9, sum by (le, path) (rate(x[5m])))"),
    (2, "x / on (instance, job, path, pod, le) x"),
    (2, "x and x"),
    (1, "max_over_time(sum by (job) (rate(x[5m]))[10m:1m])"),
    (1, "rate(x[1h] @ end())"),
];

/// Gives what was put in, each once.
struct Prepared(RefCell<Vec<Vec<Series>>>);

impl Storage for Prepared {
    fn select(&self, _: &[Matcher], _: i64, _: i64) -> Result<Vec<Series>, EvalError> {
        Ok(self.0.borrow_mut().pop().unwrap_or_default())
    }
}

fn series(count: usize) -> Vec<Series> {
    let made = (0..count).map(|at| {
        let (histogram, bucket) = (at / BOUNDS.len(), at % BOUNDS.len());
        let labels = Labels::new([
            ("__name__", "request_seconds_bucket".to_owned()),
            ("instance", format!("10.0.{}.{}:9090", histogram / 250 % 250, histogram % 250)),
            ("job", format!("job-{}", histogram % 50)),
            ("path", format!("/api/v1/resource/{}", histogram % 20)),
            ("pod", format!("pod-{histogram:08x}")),
            ("le", BOUNDS[bucket].to_owned()),
        ]);
        let value = |step: i64| (bucket + 1) as f64 * (step * 7 + step % 3) as f64;
        let floats = (0..SAMPLES).map(|step| (step * INTERVAL_MS, value(step))).collect();
        Series { labels, floats, ..Series::default() }
    });
    made.collect()
}

/// What this process has used, so that whatever else runs does not count.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

fn main() -> Result<(), EvalError> {
    let mut args = std::env::args().skip(1);
    let count = args.next().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let only = args.next();
    let series = series(count);
    let options = Options { samples_max: usize::MAX, ..Options::default() };
    println!("{count} series, {SAMPLES} samples each, {SAMPLES} steps");
    for (selectors, query) in QUERIES {
        if only.as_ref().is_some_and(|only| only != query) {
            continue;
        }
        let storage = Prepared(RefCell::new(vec![series.clone(); selectors]));
        let engine = Engine::new(&storage, options.clone());
        let start = processor_time();
        let answer = engine.range(query, 0, (SAMPLES - 1) * INTERVAL_MS, INTERVAL_MS)?;
        let seconds = (processor_time() - start).as_secs_f64();
        let Value::Matrix(matrix) = answer.value else { continue };
        println!("{seconds:8.3} s  {query}  ({} series)", matrix.len());
    }
    Ok(())
}
