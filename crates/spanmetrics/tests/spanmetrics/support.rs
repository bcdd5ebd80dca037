//! Spans as a test says them, and a store that takes what is written as the server's would.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type};
use plimsoll_model::batch::{ResourceCopies, ResourceRow, ScopeRow, SpanBuilder, SpanRow};
use plimsoll_model::{SpanId, Table, TimeWindow, TraceId, UnixNano};
use plimsoll_spanmetrics::{Limits, SpanMetrics, Stats};
use plimsoll_wire::prometheus::{Admission, Admitted, Built, Candidate, SampleVerdict};

/// A multiple of the interval, in the morning of some day.
pub(crate) const START: UnixNano = 1_800_000_000_000_000_000;
pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const MILLI: i64 = 1_000_000;

pub(crate) const INTERNAL: i8 = 1;
pub(crate) const SERVER: i8 = 2;
pub(crate) const CLIENT: i8 = 3;
pub(crate) const PRODUCER: i8 = 4;
pub(crate) const CONSUMER: i8 = 5;
pub(crate) const ERROR: i8 = 2;

#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace: u64,
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    /// Name, namespace and environment.
    pub(crate) service: [String; 3],
    pub(crate) name: String,
    pub(crate) kind: i8,
    pub(crate) status: i8,
    pub(crate) start: UnixNano,
    pub(crate) nanos: i64,
    pub(crate) attributes: Vec<(&'static str, String)>,
}

/// A span of 100 ms.
pub(crate) fn span(service: &str, name: &str, kind: i8) -> Span {
    Span {
        trace: 1,
        id: 1,
        parent: None,
        service: [service.to_owned(), String::new(), String::new()],
        name: name.to_owned(),
        kind,
        status: 0,
        start: START,
        nanos: 100 * MILLI,
        attributes: Vec::new(),
    }
}

impl Span {
    pub(crate) fn at(mut self, trace: u64, id: u64, parent: Option<u64>) -> Self {
        (self.trace, self.id, self.parent) = (trace, id, parent);
        self
    }

    pub(crate) fn of(mut self, namespace: &str, environment: &str) -> Self {
        self.service[1] = namespace.to_owned();
        self.service[2] = environment.to_owned();
        self
    }

    pub(crate) fn took(mut self, nanos: i64) -> Self {
        self.nanos = nanos;
        self
    }

    pub(crate) fn failed(mut self) -> Self {
        self.status = ERROR;
        self
    }

    pub(crate) fn with(mut self, key: &'static str, value: &str) -> Self {
        self.attributes.push((key, value.to_owned()));
        self
    }

    fn trace_id(&self) -> [u8; 16] {
        (u128::from(self.trace) << 64 | 0xabcd).to_be_bytes()
    }
}

pub(crate) fn rows(spans: &[Span]) -> RecordBatch {
    let mut builder = SpanBuilder::with_capacity(spans.len());
    for span in spans {
        let mut copies = ResourceCopies::default();
        let keys = ["service.name", "service.namespace", "deployment.environment.name"];
        for (key, value) in keys.iter().zip(&span.service).filter(|(_, value)| !value.is_empty()) {
            copies.see(key.as_bytes(), value.as_bytes());
        }
        let resource = ResourceRow { copies, attributes: b"{}", ..ResourceRow::default() };
        builder.begin_resource(&resource);
        builder.begin_scope(&ScopeRow::default());
        for (key, value) in &span.attributes {
            builder.attributes.push_string(key.as_bytes(), value.as_bytes());
        }
        builder.commit(&SpanRow {
            start: span.start,
            end: span.start.saturating_add(span.nanos),
            trace_id: TraceId(span.trace_id()),
            span_id: SpanId(span.id.to_be_bytes()),
            parent_span_id: span.parent.map(|parent| SpanId(parent.to_be_bytes())),
            trace_state: b"",
            flags: 0,
            name: span.name.as_bytes(),
            kind: span.kind,
            status_code: span.status,
            status_message: b"",
            dropped_attributes_count: 0,
            dropped_events_count: 0,
            dropped_links_count: 0,
        });
    }
    let tables = builder.finish().unwrap();
    let spans = tables.into_iter().find(|(table, _)| *table == Table::Spans);
    spans.map_or_else(|| RecordBatch::new_empty(Table::Spans.schema()), |(_, rows)| rows)
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Native {
    pub(crate) schema: i32,
    pub(crate) count: i64,
    pub(crate) sum: f64,
    pub(crate) zero: i64,
    /// Index, as Prometheus counts, and count of filled buckets.
    pub(crate) buckets: Vec<(i32, i64)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Float(f64),
    Native(Native),
    Ended,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) time: UnixNano,
    pub(crate) start: UnixNano,
    pub(crate) value: Value,
}

/// Takes samples in the order of time only, and refuses two of one time.
#[derive(Default)]
pub(crate) struct Store {
    /// Labels of each series as text, by its id.
    names: HashMap<i64, String>,
    ids: RefCell<Vec<i64>>,
    last: RefCell<HashMap<i64, UnixNano>>,
    pub(crate) series: BTreeMap<String, Vec<Sample>>,
    /// Series, time, value, trace and span.
    pub(crate) exemplars: Vec<(String, UnixNano, f64, String, String)>,
    /// Name, kind, unit and whether there is a help, of each description.
    pub(crate) described: Vec<(String, String, String, bool)>,
}

impl Admission for Store {
    fn series(&self, candidate: &Candidate<'_>) -> Admitted {
        if !self.names.contains_key(&candidate.id) {
            return Admitted::New;
        }
        let mut ids = self.ids.borrow_mut();
        ids.push(candidate.id);
        Admitted::Known((ids.len() - 1) as u32)
    }

    fn sample(&self, _: i64, known: u32, time: UnixNano, _: u64) -> SampleVerdict {
        let id = self.ids.borrow()[known as usize];
        let mut last = self.last.borrow_mut();
        let newest = last.entry(id).or_insert(UnixNano::MIN);
        if time <= *newest {
            return SampleVerdict::Refused(format!("{time} after {newest} of {}", self.names[&id]));
        }
        *newest = time;
        SampleVerdict::Take
    }
}

fn is_stale(value: f64) -> bool {
    value.to_bits() == 0x7ff0_0000_0000_0002
}

impl Store {
    pub(crate) fn keep(&mut self, built: &Built) {
        assert_eq!((built.rejected, built.message.as_str()), (0, ""));
        for noted in &built.noted {
            self.last.borrow_mut().insert(noted.id, noted.time);
        }
        for (table, rows) in &built.batch.tables {
            match table {
                Table::Series => self.keep_series(rows),
                Table::Samples => self.keep_samples(rows),
                Table::Histograms => self.keep_histograms(rows),
                Table::Exemplars => self.keep_exemplars(rows),
                other => panic!("rows of {}", other.name()),
            }
        }
    }

    fn keep_series(&mut self, rows: &RecordBatch) {
        let text = |name: &str| rows.column_by_name(name).unwrap().as_string::<i32>().clone();
        let (metrics, kinds, units) = (text("metric"), text("type"), text("unit"));
        let help = text("description");
        let ids = longs(rows, "series_id");
        let labels = rows.column_by_name("labels").unwrap().as_map().clone();
        for (row, id) in ids.into_iter().enumerate() {
            let metric = metrics.value(row);
            if kinds.value(row) != "prometheus" {
                let unit = if units.is_null(row) { "" } else { units.value(row) };
                let kind = kinds.value(row).to_owned();
                self.described.push((metric.into(), kind, unit.into(), !help.is_null(row)));
                continue;
            }
            let pairs = labels.value(row);
            let (keys, values) = (pairs.column(0), pairs.column(1));
            let (keys, values) = (keys.as_string::<i32>(), values.as_string::<i32>());
            let texts: Vec<_> = (0..keys.len())
                .map(|at| format!("{}={:?}", keys.value(at), values.value(at)))
                .collect();
            self.names.insert(id, format!("{metric}{{{}}}", texts.join(", ")));
        }
    }

    fn push(&mut self, id: i64, time: UnixNano, start: UnixNano, value: Value) {
        let samples = self.series.entry(self.names[&id].clone()).or_default();
        samples.push(Sample { time, start, value });
    }

    fn keep_samples(&mut self, rows: &RecordBatch) {
        let (ids, times) = (longs(rows, "series_id"), longs(rows, "time_unix_nano"));
        let starts = longs(rows, "start_time_unix_nano");
        let values = rows.column_by_name("value").unwrap().as_primitive::<Float64Type>();
        for (row, value) in values.values().iter().copied().enumerate() {
            let value = if is_stale(value) { Value::Ended } else { Value::Float(value) };
            self.push(ids[row], times[row], starts[row], value);
        }
    }

    fn keep_histograms(&mut self, rows: &RecordBatch) {
        let (ids, times) = (longs(rows, "series_id"), longs(rows, "time_unix_nano"));
        let starts = longs(rows, "start_time_unix_nano");
        let (counts, zeros) = (longs(rows, "count"), longs(rows, "zero_count"));
        let int = |name: &str| {
            rows.column_by_name(name).unwrap().as_primitive::<Int32Type>().values().to_vec()
        };
        let (scales, offsets) = (int("scale"), int("positive_offset"));
        let sums = rows.column_by_name("sum").unwrap().as_primitive::<Float64Type>().clone();
        let buckets = rows.column_by_name("positive_counts").unwrap().as_list::<i32>().clone();
        for row in 0..rows.num_rows() {
            let sum = sums.value(row);
            let filled = buckets.value(row);
            let filled = filled.as_primitive::<Int64Type>().values();
            let native = Native {
                schema: scales[row],
                count: counts[row],
                sum,
                zero: zeros[row],
                // OpenTelemetry's index is one less.
                buckets: (offsets[row] + 1..)
                    .zip(filled.iter().copied())
                    .filter(|(_, count)| *count > 0)
                    .collect(),
            };
            let value = if is_stale(sum) { Value::Ended } else { Value::Native(native) };
            self.push(ids[row], times[row], starts[row], value);
        }
    }

    fn keep_exemplars(&mut self, rows: &RecordBatch) {
        let (ids, times) = (longs(rows, "series_id"), longs(rows, "time_unix_nano"));
        let values = rows.column_by_name("value").unwrap().as_primitive::<Float64Type>().clone();
        let hex = |name: &str, row: usize| -> String {
            let bytes = rows.column_by_name(name).unwrap().as_binary::<i32>().value(row);
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        for row in 0..rows.num_rows() {
            let name = self.names[&ids[row]].clone();
            let (trace, span) = (hex("trace_id", row), hex("span_id", row));
            self.exemplars.push((name, times[row], values.value(row), trace, span));
        }
    }
}

fn longs(rows: &RecordBatch, name: &str) -> Vec<i64> {
    rows.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

/// Span metrics and a store behind them, at a time of their own.
pub(crate) struct Bench {
    pub(crate) metrics: SpanMetrics,
    pub(crate) store: Store,
    pub(crate) now: UnixNano,
}

impl Bench {
    pub(crate) fn new(limits: Limits) -> Self {
        let metrics = SpanMetrics::new(limits, START);
        Self { metrics, store: Store::default(), now: START + SECOND }
    }

    pub(crate) fn observe(&mut self, spans: &[Span]) {
        self.metrics.observe(&rows(spans), self.now).unwrap();
    }

    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now += seconds * SECOND;
    }

    /// Goes to the next emission that is not past.
    pub(crate) fn emit(&mut self) {
        let behind = (START - self.now).rem_euclid(15 * SECOND);
        self.now = self.metrics.next_emission().max(self.now + behind);
        let window = TimeWindow::unbounded(self.now);
        let built = self.metrics.emit(self.now, &self.store, window).unwrap();
        self.store.keep(&built);
    }

    pub(crate) fn finish(&mut self) {
        let window = TimeWindow::unbounded(self.now);
        let built = self.metrics.finish(self.now, &self.store, window).unwrap();
        self.store.keep(&built);
    }

    pub(crate) fn stats(&self) -> Stats {
        self.metrics.stats()
    }

    /// Series whose text contains this, with the value each has last.
    pub(crate) fn last(&self, part: &str) -> Vec<(String, Value)> {
        let found = self.store.series.iter().filter(|(name, _)| name.contains(part));
        found.map(|(name, samples)| (name.clone(), samples.last().unwrap().value.clone())).collect()
    }

    /// The samples of the only series whose text contains this: seconds since the start, and the number or
    /// count.
    pub(crate) fn history(&self, part: &str) -> Vec<(f64, Option<f64>)> {
        let found: Vec<_> =
            self.store.series.iter().filter(|(name, _)| name.contains(part)).collect();
        let [(_, samples)] = found[..] else { panic!("{part}: {found:?}") };
        let value = |value: &Value| match value {
            Value::Float(value) => Some(*value),
            Value::Native(native) => Some(native.count as f64),
            Value::Ended => None,
        };
        let seconds = |time: UnixNano| (time - START) as f64 / SECOND as f64;
        samples.iter().map(|sample| (seconds(sample.time), value(&sample.value))).collect()
    }
}
