//! All services in one pass over the spans of a window.

use std::collections::HashMap;

use arrow::array::{Array, RecordBatch};
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::requests::{RequestSeries, Requests};
use super::{ServiceList, ServiceSummary, environment_condition};
use crate::column::{Columns, Text};
use crate::condition::is_entry_kind;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::source::Snapshot;
use crate::time::Steps;
use crate::traces::STATUS_ERROR;
use crate::{Engine, QueryError, Window, rfc3339};

impl Engine {
    /// Services with their rates, errors and durations.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn services(
        &self,
        window: Window,
        environment: Option<String>,
    ) -> Result<ServiceList, QueryError> {
        self.run(move |context| {
            let snapshot = context.snapshot(Table::Spans);
            let services = services(context, snapshot, window, environment.as_ref())?;
            Ok(ServiceList {
                from: rfc3339(window.from),
                to: rfc3339(window.to),
                step_seconds: window.steps().step_seconds,
                services: services.summaries(&window),
            })
        })
        .await
    }
}

/// The spans of a window by service.
pub(super) fn services<'a>(
    context: &'a Context,
    snapshot: Snapshot,
    window: Window,
    environment: Option<&String>,
) -> Result<Services<'a>, QueryError> {
    let steps = window.steps();
    let scan = Scan {
        window,
        columns: vec![
            TIME,
            "duration_nano",
            "kind",
            "parent_span_id",
            "status_code",
            "service_name",
            "service_version",
            "deployment_environment",
        ],
        conditions: environment_condition(environment),
    };
    fold(context, &scan, snapshot, || Services::new(context, steps))
}

/// One service.
pub(super) struct Service {
    pub(super) requests: Requests,
    steps: Vec<u64>,
    last_seen: i64,
    version: String,
    environment: String,
}

/// Gathers services.
pub(super) struct Services<'a> {
    context: &'a Context,
    steps: Steps,
    series: RequestSeries,
    numbers: HashMap<String, usize>,
    names: Vec<String>,
    services: Vec<Service>,
    /// Environments of any service.
    pub(super) environments: std::collections::BTreeSet<String>,
    bytes: usize,
}

impl<'a> Services<'a> {
    fn new(context: &'a Context, steps: Steps) -> Self {
        Self {
            context,
            steps,
            series: RequestSeries::new(&steps),
            numbers: HashMap::new(),
            names: Vec::new(),
            services: Vec::new(),
            environments: std::collections::BTreeSet::new(),
            bytes: 0,
        }
    }

    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.numbers.insert(name.to_owned(), self.services.len());
        self.names.push(name.to_owned());
        self.services.push(Service {
            requests: Requests::default(),
            steps: vec![0; self.steps.count],
            last_seen: i64::MIN,
            version: String::new(),
            environment: String::new(),
        });
        self.services.len() - 1
    }

    /// Accounts for what the services hold.
    fn account(&mut self) -> Result<(), QueryError> {
        let service = |s: &Service| s.requests.bytes() + s.steps.len() * 8 + 256;
        let bytes = self.services.iter().map(service).sum::<usize>() + self.series.bytes();
        if bytes > self.bytes {
            self.context.grow(bytes - self.bytes)?;
            self.bytes = bytes;
        }
        Ok(())
    }

    /// All services' requests together, step by step.
    pub(super) fn series(&self) -> &RequestSeries {
        &self.series
    }

    /// Most requests first.
    pub(super) fn summaries(self, window: &Window) -> Vec<ServiceSummary> {
        let steps = self.steps;
        let summary = |(name, service): (String, Service)| {
            let requests = &service.requests;
            ServiceSummary {
                name,
                version: service.version,
                environment: service.environment,
                requests: requests.count,
                rate_per_second: requests.rate(window),
                errors: requests.errors,
                error_ratio: requests.error_ratio(),
                p50_ms: requests.durations.quantile_ms(0.5),
                p90_ms: requests.durations.quantile_ms(0.9),
                p99_ms: requests.durations.quantile_ms(0.99),
                last_seen: rfc3339(service.last_seen),
                sparkline: steps.rates(&service.steps),
            }
        };
        let mut summaries: Vec<_> =
            self.names.into_iter().zip(self.services).map(summary).collect();
        summaries.sort_by(|a, b| b.requests.cmp(&a.requests).then_with(|| a.name.cmp(&b.name)));
        summaries
    }
}

impl Service {
    /// Notes what was seen at a time, if that is the last; of equal times the greater texts count, so
    /// that the order of reading does not matter.
    fn see(&mut self, time: i64, version: Option<&str>, environment: Option<&str>) {
        let seen = (time, version.unwrap_or_default(), environment.unwrap_or_default());
        if seen > (self.last_seen, self.version.as_str(), self.environment.as_str()) {
            self.last_seen = time;
            seen.1.clone_into(&mut self.version);
            seen.2.clone_into(&mut self.environment);
        }
    }
}

impl Fold for Services<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let times = rows.long(TIME)?.values();
        let durations = rows.long("duration_nano")?.values();
        let kinds = rows.byte("kind")?.values();
        let parents = rows.binary("parent_span_id")?;
        let statuses = rows.byte("status_code")?.values();
        let names = rows.text("service_name")?;
        let (versions, environments) =
            (rows.text("service_version")?, rows.text("deployment_environment")?);
        let mut number = Numbers::new(&names);
        for row in 0..rows.num_rows() {
            let number = number.of(&names, row, |name| self.number(name));
            let service = &mut self.services[number];
            let time = times[row];
            if time >= service.last_seen {
                service.see(time, versions.get(row), environments.get(row));
            }
            if is_entry_kind(kinds[row]) || parents.is_null(row) {
                let (step, error) = (self.steps.index(time), statuses[row] == STATUS_ERROR);
                service.requests.record(durations[row], error);
                service.steps[step] += 1;
                self.series.steps[step].record(durations[row], error);
            }
        }
        distinct(&environments, |environment| {
            if !self.environments.contains(environment) {
                self.environments.insert(environment.to_owned());
            }
        });
        self.account()
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (name, theirs) in other.names.into_iter().zip(other.services) {
            let number = self.number(&name);
            let ours = &mut self.services[number];
            ours.requests.merge(&theirs.requests);
            ours.steps.iter_mut().zip(&theirs.steps).for_each(|(ours, theirs)| *ours += theirs);
            ours.see(theirs.last_seen, Some(&theirs.version), Some(&theirs.environment));
        }
        self.series.merge(&other.series);
        self.environments.extend(other.environments);
        self.account()
    }
}

/// Numbers of the texts of one batch: a text is looked up once where the column is a dictionary, and
/// only where it changes from one row to the next otherwise.
pub(super) struct Numbers<'a> {
    known: Vec<Option<usize>>,
    last: Option<(&'a str, usize)>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(texts: &Text<'a>) -> Self {
        let distinct = match texts {
            Text::Plain(_) => 0,
            Text::Dictionary { values, .. } => values.len(),
        };
        Self { known: vec![None; distinct], last: None }
    }

    pub(super) fn of(
        &mut self,
        texts: &Text<'a>,
        row: usize,
        lookup: impl FnOnce(&str) -> usize,
    ) -> usize {
        if let Text::Dictionary { keys, .. } = texts
            && keys.is_valid(row)
        {
            let known = &mut self.known[keys.value(row) as usize];
            return *known.get_or_insert_with(|| lookup(texts.get(row).unwrap_or_default()));
        }
        let text = texts.get(row).unwrap_or_default();
        match self.last {
            Some((last, number)) if last == text => number,
            _ => {
                let number = lookup(text);
                self.last = Some((text, number));
                number
            }
        }
    }
}

/// Calls for every text of a column, a dictionary's once each.
pub(super) fn distinct(texts: &Text<'_>, mut each: impl FnMut(&str)) {
    match texts {
        Text::Plain(_) => {
            let mut last = None;
            for row in 0..texts.len() {
                let text = texts.get(row);
                if text != last {
                    text.into_iter().for_each(&mut each);
                    last = text;
                }
            }
        }
        Text::Dictionary { keys, values } => {
            let mut seen = vec![false; values.len()];
            keys.iter().flatten().for_each(|key| seen[key as usize] = true);
            let used = (0..values.len()).filter(|value| seen[*value]);
            used.for_each(|value| each(values.value(value)));
        }
    }
}
