//! Rolls measurements up: buckets, percentiles, and what is sent to the warehouse.

mod buckets;
mod error;
mod stats;

use crate::telemetry;
use buckets::Buckets;
use error::RollupError;
use trestle::{in_pool, Params, Routes};

pub fn routes() -> Routes<RollupError> {
    Routes::new(record)
        .at("add", add)
        .at("backfill", |params| {
            let mut buckets = Buckets::default();
            params.numbers("buckets").iter().try_for_each(|&bucket| buckets.add(bucket, bucket))
        })
        .at("counter", counter)
        .at("unit", |params| buckets::in_metres(1, params.text("unit")))
        .at("units", |params| {
            params.list("units").iter().try_for_each(|unit| buckets::in_metres(1, unit).map(|_| ()))
        })
        .at("flush", |params| buckets::flush(params.text("batch")))
        .at("flush_all", |params| params.list("batches").into_iter().try_for_each(buckets::flush))
        .run("median", |params| stats::percentile(&floats(params), 0.5))
        .run("percentiles", |params| in_pool(|| stats::percentiles(&floats(params)).sum::<f64>()))
        .run("lateness", |params| {
            let (series, by) = (params.text("series"), params.number("by"));
            error!("late samples", series = series, late_by = format_args!("{by}s"));
        })
        .run("gap", |params| {
            let (series, from, to) =
                (params.text("series"), params.text("from"), params.text("to"));
            error!("no samples of '{series}' between {from} and {to}");
        })
}

fn record(error: RollupError) {
    telemetry::write(std::any::type_name::<RollupError>(), &error.to_string(), &error.details());
}

fn add(params: &Params) -> Result<(), RollupError> {
    let mut buckets = Buckets::default();
    buckets.add(params.number("last"), 1)?;
    buckets.add(params.number("bucket"), 1)
}

fn counter(params: &Params) -> Result<(), RollupError> {
    let mut buckets = Buckets::default();
    buckets.add(1, params.number("before"))?;
    buckets.add(2, params.number("now"))
}

fn floats(params: &Params) -> Vec<f64> {
    params.list("values").iter().filter_map(|value| value.parse().ok()).collect()
}
