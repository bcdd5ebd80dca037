//! Known data: traces and logs of a made-up shop, drawn from a seed, kept as plain structs so that
//! expected answers can be computed the slow and obvious way.

use arrow::array::RecordBatch;
use plimsoll_model::batch::{
    LogBuilder, LogRow, ResourceCopies, ResourceRow, ScopeRow, SpanBuilder, SpanRow,
};
use plimsoll_model::{SpanId, Table, TraceId};
use plimsoll_query::Window;

/// 2026-11-22T14:00:00Z.
pub const NOON: i64 = 1_795_356_000_000_000_000;
pub const SECOND: i64 = 1_000_000_000;
pub const HOUR: i64 = 3_600 * SECOND;

/// A small generator of numbers, splitmix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
    Json(&'static str),
}

#[derive(Clone, Debug)]
pub struct TestSpan {
    pub trace: TraceId,
    pub span: SpanId,
    pub parent: Option<SpanId>,
    pub service: &'static str,
    pub version: &'static str,
    pub environment: &'static str,
    pub name: &'static str,
    pub kind: i8,
    pub start: i64,
    pub duration: i64,
    pub status: i8,
    pub message: &'static str,
    pub attributes: Vec<(&'static str, Value)>,
}

impl TestSpan {
    pub fn is_entry(&self) -> bool {
        self.kind == 2 || self.kind == 5 || self.parent.is_none()
    }

    pub fn failed(&self) -> bool {
        self.status == 2
    }

    pub fn end(&self) -> i64 {
        self.start + self.duration
    }
}

#[derive(Clone, Debug)]
pub struct TestLog {
    pub time: i64,
    pub severity: i8,
    pub service: &'static str,
    pub body: String,
    pub trace: Option<TraceId>,
    pub attributes: Vec<(&'static str, Value)>,
}

const SERVICES: [(&str, &str, &str, &[&str]); 4] = [
    ("web", "1.0", "prod", &["GET /", "GET /cart", "POST /checkout"]),
    ("cart", "2.1", "prod", &["get cart", "add item"]),
    ("payment", "0.9", "stage", &["charge", "refund"]),
    ("stock", "", "prod", &["reserve"]),
];

pub fn trace_id(number: u64) -> TraceId {
    let mut dice = Dice(number);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&dice.roll(u64::MAX).to_be_bytes());
    id[8..].copy_from_slice(&dice.roll(u64::MAX).to_be_bytes());
    TraceId(id)
}

pub fn span_id(number: u64) -> SpanId {
    SpanId(Dice(number ^ 0xabcd).roll(u64::MAX).to_be_bytes())
}

/// The window that [`spans`] and [`logs`] begin in.
pub fn window() -> Window {
    Window::new(NOON - HOUR, NOON).unwrap()
}

/// Traces that begin within the last hour before noon.
pub fn spans(seed: u64, traces: u64) -> Vec<TestSpan> {
    let mut dice = Dice(seed);
    let mut spans = Vec::new();
    for trace in 0..traces {
        let trace_number = seed * 1_000_000 + trace;
        let start = NOON - HOUR + dice.roll(HOUR as u64 - 10 * SECOND as u64) as i64;
        let root = spans.len();
        for i in 0..=dice.roll(6) {
            let (service, version, environment, names) =
                SERVICES[if i == 0 { 0 } else { dice.roll(4) as usize }];
            let failed = dice.roll(10) == 0;
            let parent = (i > 0).then(|| {
                let earlier: &TestSpan = &spans[root + dice.roll(i) as usize];
                earlier.span
            });
            let user = format!("user-{}", dice.roll(20));
            let magnitude = 1 << dice.roll(32);
            let status_code = if failed { 500 } else { 200 };
            spans.push(TestSpan {
                trace: trace_id(trace_number),
                span: span_id(trace_number * 16 + i),
                parent,
                service,
                version,
                environment,
                name: names[dice.roll(names.len() as u64) as usize],
                kind: if i == 0 { 2 } else { [1, 2, 3, 5][dice.roll(4) as usize] },
                start: start + (i * 1_000_000) as i64 + dice.roll(1_000_000) as i64,
                duration: (dice.roll(magnitude) + 1_000) as i64,
                status: if failed { 2 } else { dice.roll(2) as i8 },
                message: if failed {
                    ["timeout", "card declined"][dice.roll(2) as usize]
                } else {
                    ""
                },
                attributes: vec![
                    ("user.id", Value::Text(user)),
                    ("http.response.status_code", Value::Int(status_code)),
                    ("items", Value::Int(dice.roll(5) as i64)),
                    ("amount", Value::Double(dice.roll(100) as f64 / 4.0)),
                    ("vip", Value::Bool(dice.roll(2) == 1)),
                    ("tags", Value::Json(r#"["a",1.5]"#)),
                ],
            });
        }
    }
    spans
}

/// Log records of the same hour. Times repeat, and some records are equal in everything.
pub fn logs(seed: u64, count: u64) -> Vec<TestLog> {
    let mut dice = Dice(seed);
    let mut logs: Vec<TestLog> = Vec::new();
    for i in 0..count {
        if i > 0 && dice.roll(8) == 0 {
            logs.push(logs[dice.roll(i) as usize].clone());
            continue;
        }
        logs.push(TestLog {
            time: NOON - HOUR + (dice.roll(3_500) as i64) * SECOND,
            severity: [0, 1, 5, 9, 9, 9, 13, 17, 21][dice.roll(9) as usize],
            service: SERVICES[dice.roll(4) as usize].0,
            body: format!(
                "Order {} {}",
                dice.roll(50),
                ["placed", "FAILED", "shipped"][dice.roll(3) as usize]
            ),
            trace: (dice.roll(2) == 0).then(|| trace_id(dice.roll(10))),
            attributes: vec![("order", Value::Int(dice.roll(50) as i64))],
        });
    }
    logs
}

fn push(attributes: &mut plimsoll_model::batch::Attributes, list: &[(&'static str, Value)]) {
    for (key, value) in list {
        let key = key.as_bytes();
        match value {
            Value::Text(text) => attributes.push_string(key, text.as_bytes()),
            Value::Int(int) => attributes.push_int(key, *int),
            Value::Double(double) => attributes.push_double(key, *double),
            Value::Bool(bool) => attributes.push_bool(key, *bool),
            Value::Json(json) => attributes.push_json(key, json.as_bytes()),
        }
    }
}

const SCOPE: ScopeRow<'static> = ScopeRow {
    name: b"shop-tracer",
    version: b"3",
    attributes: b"",
    dropped_attributes_count: 0,
    schema_url: b"",
};

fn resource_json(service: &str, version: &str, environment: &str) -> String {
    format!(
        r#"{{"service.name":"{service}","service.version":"{version}","deployment.environment.name":"{environment}","host.cpus":4,"load":0.5}}"#
    )
}

fn copies<'a>(service: &'a str, version: &'a str, environment: &'a str) -> ResourceCopies<'a> {
    let mut copies = ResourceCopies::default();
    copies.see(b"service.name", service.as_bytes());
    if !version.is_empty() {
        copies.see(b"service.version", version.as_bytes());
    }
    copies.see(b"deployment.environment.name", environment.as_bytes());
    copies
}

/// `spans` and `trace_times`, as an ingested request makes them.
pub fn span_tables(spans: &[TestSpan]) -> Vec<(Table, RecordBatch)> {
    let mut builder = SpanBuilder::with_capacity(spans.len());
    for span in spans {
        let json = resource_json(span.service, span.version, span.environment);
        builder.begin_resource(&ResourceRow {
            copies: copies(span.service, span.version, span.environment),
            attributes: json.as_bytes(),
            dropped_attributes_count: 0,
            schema_url: b"https://opentelemetry.io/schemas/1.40.0",
        });
        builder.begin_scope(&SCOPE);
        push(&mut builder.attributes, &span.attributes);
        builder.commit(&SpanRow {
            start: span.start,
            end: span.end(),
            trace_id: span.trace,
            span_id: span.span,
            parent_span_id: span.parent,
            trace_state: b"",
            flags: 1,
            name: span.name.as_bytes(),
            kind: span.kind,
            status_code: span.status,
            status_message: span.message.as_bytes(),
            dropped_attributes_count: 0,
            dropped_events_count: 0,
            dropped_links_count: 0,
        });
    }
    builder.finish().unwrap()
}

/// `logs`, as an ingested request makes them.
pub fn log_tables(logs: &[TestLog]) -> Vec<(Table, RecordBatch)> {
    let mut builder = LogBuilder::with_capacity(logs.len());
    for log in logs {
        let json = resource_json(log.service, "1", "prod");
        builder.begin_resource(&ResourceRow {
            copies: copies(log.service, "1", "prod"),
            attributes: json.as_bytes(),
            dropped_attributes_count: 0,
            schema_url: b"",
        });
        builder.begin_scope(&SCOPE);
        push(&mut builder.attributes, &log.attributes);
        builder.commit(&LogRow {
            time: log.time,
            observed_time: Some(log.time + 5),
            severity_number: log.severity,
            severity_text: b"",
            body: Some(log.body.as_bytes()),
            body_type: 1,
            event_name: b"",
            trace_id: log.trace,
            span_id: None,
            flags: 0,
            dropped_attributes_count: 0,
        });
    }
    builder.finish().unwrap()
}
