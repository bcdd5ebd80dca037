//! Services by what they serve: rates, errors and durations of requests, alone and all together, and
//! a summary of what is collected.
//!
//! A request is an entry span: of kind server or consumer, or without a parent. It failed when its
//! status is an error. Percentiles come from histograms of 64 buckets to a power of two, so they are
//! off by at most 1 %.

mod collected;
mod dashboard;
mod detail;
mod errors;
mod list;
mod requests;
mod types;

pub use types::*;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use crate::condition::Condition;
use crate::context::Context;
use crate::scan::{Scan, fold};
use crate::source::Snapshot;
use crate::traces::{BestSpans, SlowTrace, TraceSort, span_columns};
use crate::{QueryError, Window};

/// Slow traces shown with a service and on the dashboard.
const SLOW_TRACES: usize = 12;

/// The slowest requests of different traces.
fn slow_traces(
    context: &Context,
    snapshot: Snapshot,
    window: Window,
    mut conditions: Vec<Condition>,
) -> Result<Vec<SlowTrace>, QueryError> {
    let least = Arc::new(AtomicI64::new(i64::MIN));
    conditions.push(BestSpans::condition(TraceSort::Duration, &least));
    conditions.push(Condition::Entry);
    let scan = Scan { window, columns: span_columns(), conditions };
    let make = || BestSpans::new(TraceSort::Duration, SLOW_TRACES, None, &least);
    let found = fold(context, &scan, snapshot, make)?.into_sorted();
    Ok(found.into_iter().map(crate::traces::MatchedSpan::into_slow).collect())
}

fn environment_condition(environment: Option<&String>) -> Vec<Condition> {
    environment.map(|e| Condition::text("deployment_environment", e)).into_iter().collect()
}
