//! One service in one pass over its spans.

use std::collections::{BTreeSet, HashMap};

use arrow::array::{Array, RecordBatch};
use plimsoll_model::schema::TIME;
use plimsoll_model::{ErrorCode, Table};

use super::list::distinct;
use super::requests::{RequestSeries, Requests};
use super::{OperationSummary, ServiceDetail, ServiceSeries, environment_condition, slow_traces};
use crate::column::Columns;
use crate::condition::{Condition, is_entry_kind};
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::time::Steps;
use crate::traces::{STATUS_ERROR, kind_name};
use crate::{Engine, QueryError, Window, rfc3339};

/// Operations shown.
const OPERATIONS_MAX: usize = 100;

impl Engine {
    /// One service with its operations and slowest requests.
    ///
    /// # Errors
    ///
    /// The service sent nothing within the window, or a limit is reached.
    pub async fn service(
        &self,
        name: String,
        window: Window,
        environment: Option<String>,
    ) -> Result<ServiceDetail, QueryError> {
        self.run(move |context| service(context, name, window, environment.as_ref())).await
    }
}

fn service(
    context: &Context,
    name: String,
    window: Window,
    environment: Option<&String>,
) -> Result<ServiceDetail, QueryError> {
    let steps = window.steps();
    let mut conditions = vec![Condition::text("service_name", &name)];
    conditions.extend(environment_condition(environment));
    let scan = Scan {
        window,
        columns: vec![
            TIME,
            "duration_nano",
            "name",
            "kind",
            "parent_span_id",
            "status_code",
            "service_version",
            "service_instance_id",
            "deployment_environment",
        ],
        conditions: conditions.clone(),
    };
    let snapshot = context.snapshot(Table::Spans);
    let make = || Detail::new(context, steps);
    let found = fold(context, &scan, snapshot.clone(), make)?;
    if found.spans == 0 {
        let message = format!("the service {name:?} sent no spans in this time");
        return Err(QueryError::new(ErrorCode::NotFound, message).hint("widen the time range"));
    }
    let total = found.series.total();
    Ok(ServiceDetail {
        slow_traces: slow_traces(context, snapshot, window, conditions)?,
        name,
        instances: found.instances.len(),
        from: rfc3339(window.from),
        to: rfc3339(window.to),
        step_seconds: steps.step_seconds,
        requests: total.count,
        rate_per_second: total.rate(&window),
        errors: total.errors,
        error_ratio: total.error_ratio(),
        p50_ms: total.durations.quantile_ms(0.5),
        p90_ms: total.durations.quantile_ms(0.9),
        p99_ms: total.durations.quantile_ms(0.99),
        series: ServiceSeries {
            times: steps.times(),
            rate: found.series.rates(&steps),
            errors: found.series.error_rates(&steps),
            p50_ms: found.series.quantiles_ms(0.5),
            p90_ms: found.series.quantiles_ms(0.9),
            p99_ms: found.series.quantiles_ms(0.99),
        },
        operations: operations(&found.operations, &window),
        versions: found.versions.into_iter().collect(),
        environments: found.environments.into_iter().collect(),
    })
}

fn operations(found: &HashMap<(String, i8), Requests>, window: &Window) -> Vec<OperationSummary> {
    let summary = |((name, kind), requests): (&(String, i8), &Requests)| OperationSummary {
        name: name.clone(),
        kind: kind_name(*kind),
        requests: requests.count,
        rate_per_second: requests.rate(window),
        errors: requests.errors,
        error_ratio: requests.error_ratio(),
        p50_ms: requests.durations.quantile_ms(0.5),
        p90_ms: requests.durations.quantile_ms(0.9),
        p99_ms: requests.durations.quantile_ms(0.99),
    };
    let mut operations: Vec<_> = found.iter().map(summary).collect();
    operations.sort_by(|a, b| {
        b.requests.cmp(&a.requests).then_with(|| (&a.name, a.kind).cmp(&(&b.name, b.kind)))
    });
    operations.truncate(OPERATIONS_MAX);
    operations
}

/// Gathers what one service did.
struct Detail<'a> {
    context: &'a Context,
    steps: Steps,
    series: RequestSeries,
    operations: HashMap<(String, i8), Requests>,
    versions: BTreeSet<String>,
    environments: BTreeSet<String>,
    instances: BTreeSet<String>,
    spans: u64,
    bytes: usize,
}

impl<'a> Detail<'a> {
    fn new(context: &'a Context, steps: Steps) -> Self {
        Self {
            context,
            steps,
            series: RequestSeries::new(&steps),
            operations: HashMap::new(),
            versions: BTreeSet::new(),
            environments: BTreeSet::new(),
            instances: BTreeSet::new(),
            spans: 0,
            bytes: 0,
        }
    }

    /// Accounts for what was gathered.
    fn account(&mut self) -> Result<(), QueryError> {
        let operations = self.operations.iter();
        let bytes = self.series.bytes()
            + operations.map(|((name, _), r)| name.len() + 64 + r.bytes()).sum::<usize>()
            + (self.versions.len() + self.instances.len()) * 128;
        if bytes > self.bytes {
            self.context.grow(bytes - self.bytes)?;
            self.bytes = bytes;
        }
        Ok(())
    }
}

impl Fold for Detail<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let times = rows.long(TIME)?.values();
        let durations = rows.long("duration_nano")?.values();
        let kinds = rows.byte("kind")?.values();
        let parents = rows.binary("parent_span_id")?;
        let statuses = rows.byte("status_code")?.values();
        let names = rows.text("name")?;
        // Rows of one operation stand together: find its counts once a run, not once a row.
        let mut run: Option<((String, i8), Requests)> = None;
        for row in 0..rows.num_rows() {
            if !is_entry_kind(kinds[row]) && parents.is_valid(row) {
                continue;
            }
            let error = statuses[row] == STATUS_ERROR;
            self.series.steps[self.steps.index(times[row])].record(durations[row], error);
            let operation = (names.get(row).unwrap_or_default(), kinds[row]);
            let same =
                run.as_ref().is_some_and(|((name, kind), _)| (name.as_str(), *kind) == operation);
            if !same {
                self.end(run.take());
                run = Some(((operation.0.to_owned(), operation.1), Requests::default()));
            }
            if let Some((_, requests)) = &mut run {
                requests.record(durations[row], error);
            }
        }
        self.end(run);
        self.spans += rows.num_rows() as u64;
        let sets = [
            ("service_version", &mut self.versions),
            ("deployment_environment", &mut self.environments),
            ("service_instance_id", &mut self.instances),
        ];
        for (column, set) in sets {
            distinct(&rows.text(column)?, |text| {
                if !set.contains(text) {
                    set.insert(text.to_owned());
                }
            });
        }
        self.account()
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        self.series.merge(&other.series);
        other.operations.into_iter().for_each(|run| self.end(Some(run)));
        self.versions.extend(other.versions);
        self.environments.extend(other.environments);
        self.instances.extend(other.instances);
        self.spans += other.spans;
        self.account()
    }
}

impl Detail<'_> {
    /// Adds a run of requests of one operation.
    fn end(&mut self, run: Option<((String, i8), Requests)>) {
        if let Some((operation, requests)) = run {
            self.operations.entry(operation).or_default().merge(&requests);
        }
    }
}
