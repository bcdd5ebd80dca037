//! All services together, now and in the window before.

use arrow::array::{Array, RecordBatch};
use plimsoll_model::Table;

use super::errors::recent_errors;
use super::list::services;
use super::requests::Requests;
use super::{
    Dashboard, DashboardAlerts, DashboardSeries, ErrorTotals, LatencyTotals, RequestTotals,
    SignalCounts, environment_condition, slow_traces,
};
use crate::column::Columns;
use crate::condition::is_entry_kind;
use crate::context::Context;
use crate::scan::{Fold, Scan, count, fold};
use crate::source::Snapshot;
use crate::traces::STATUS_ERROR;
use crate::{Engine, QueryError, Window, rfc3339};

impl Engine {
    /// What an overview page needs.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn dashboard(
        &self,
        window: Window,
        environment: Option<String>,
    ) -> Result<Dashboard, QueryError> {
        self.run(move |context| dashboard(context, window, environment.as_ref())).await
    }
}

fn dashboard(
    context: &Context,
    window: Window,
    environment: Option<&String>,
) -> Result<Dashboard, QueryError> {
    let snapshot = context.snapshot(Table::Spans);
    let steps = window.steps();
    let services = services(context, snapshot.clone(), window, environment)?;
    let before = window.previous();
    let previous = requests(context, snapshot.clone(), before, environment)?;
    let series = services.series();
    let total = series.total();
    let conditions = environment_condition(environment);
    Ok(Dashboard {
        from: rfc3339(window.from),
        to: rfc3339(window.to),
        step_seconds: steps.step_seconds,
        requests: RequestTotals {
            count: total.count,
            rate_per_second: total.rate(&window),
            previous_rate_per_second: previous.rate(&before),
        },
        errors: ErrorTotals {
            count: total.errors,
            ratio: total.error_ratio(),
            previous_ratio: previous.error_ratio(),
        },
        latency: LatencyTotals {
            p50_ms: total.durations.quantile_ms(0.5),
            p99_ms: total.durations.quantile_ms(0.99),
            previous_p99_ms: previous.durations.quantile_ms(0.99),
        },
        series: DashboardSeries {
            times: steps.times(),
            rate: series.rates(&steps),
            errors: series.error_rates(&steps),
            p50_ms: series.quantiles_ms(0.5),
            p99_ms: series.quantiles_ms(0.99),
        },
        slow_traces: slow_traces(context, snapshot.clone(), window, conditions)?,
        environments: services.environments.iter().cloned().collect(),
        services: services.summaries(&window),
        alerts: DashboardAlerts::default(),
        recent_errors: recent_errors(context, snapshot, window, environment)?,
        signals: SignalCounts {
            spans: count(context, Table::Spans, window)?,
            logs: count(context, Table::Logs, window)?,
            samples: count(context, Table::Samples, window)?
                + count(context, Table::Histograms, window)?,
        },
    })
}

/// All requests of a window, without their services and steps.
fn requests(
    context: &Context,
    snapshot: Snapshot,
    window: Window,
    environment: Option<&String>,
) -> Result<Requests, QueryError> {
    struct Total(Requests);
    impl Fold for Total {
        fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
            let durations = rows.long("duration_nano")?.values();
            let kinds = rows.byte("kind")?.values();
            let parents = rows.binary("parent_span_id")?;
            let statuses = rows.byte("status_code")?.values();
            for row in 0..rows.num_rows() {
                if is_entry_kind(kinds[row]) || parents.is_null(row) {
                    self.0.record(durations[row], statuses[row] == STATUS_ERROR);
                }
            }
            Ok(())
        }

        fn merge(&mut self, other: Self) -> Result<(), QueryError> {
            self.0.merge(&other.0);
            Ok(())
        }
    }
    let scan = Scan {
        window,
        columns: vec!["duration_nano", "kind", "parent_span_id", "status_code"],
        conditions: environment_condition(environment),
    };
    Ok(fold(context, &scan, snapshot, || Total(Requests::default()))?.0)
}
