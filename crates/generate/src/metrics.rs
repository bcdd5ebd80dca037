//! Builds batches of metric data points: a fixed set of series, measured again in each round.
//!
//! Invariants: a batch carries each of its series once; no two batches of a run share a series;
//! cumulative values never fall.

use std::collections::BTreeMap;

use crate::attributes::{self, Audit};
use crate::plan::Shape;
use crate::protobuf::{Change, Message};
use crate::random::Random;
use crate::vocabulary::{self, ROUTES, SCHEMA_URL};

const DELTA: u64 = 1;
const CUMULATIVE: u64 = 2;
const BOUNDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const QUANTILES: &[f64] = &[0.5, 0.9, 0.99];

/// The shape of a metric's points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Gauge,
    Counter,
    DeltaCounter,
    DoubleSum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

/// Name, unit, form.
const METRICS: &[(&str, &str, Form)] = &[
    ("http.server.request.duration", "s", Form::Histogram),
    ("http.server.active_requests", "{request}", Form::Gauge),
    ("shop.orders.placed", "{order}", Form::Counter),
    ("shop.revenue", "EUR", Form::DoubleSum),
    ("process.memory.usage", "By", Form::Gauge),
    ("db.client.operation.duration", "s", Form::ExponentialHistogram),
    ("messaging.client.sent.messages", "{message}", Form::DeltaCounter),
    ("process.cpu.time", "s", Form::DoubleSum),
    ("db.client.connection.count", "{connection}", Form::Gauge),
    ("rpc.server.call.duration", "s", Form::Summary),
];

/// One request message with a point for each series in `first..first + items`.
pub(crate) fn build(shape: &Shape, audit: Option<&Audit>, first: u64, items: usize) -> Message {
    // Series lie around the services and metrics like cards dealt out; grouped again here.
    let mut groups: BTreeMap<(usize, usize), Message> = BTreeMap::new();
    let services = shape.services as u64;
    let metrics = METRICS.len() as u64;
    for sequence in 0..items {
        let series = first + sequence as u64;
        let metric = (series % metrics) as usize;
        let service = (series / metrics % services) as usize;
        let shard = series / metrics / services;
        // Drawn from the series alone, so that every batch describes it alike.
        let mut random = Random::derive(shape.seed, series);
        let mut point = Message::default();
        let form = METRICS[metric].2;
        encode_attributes(shape, audit, form, shard, sequence, &mut point, &mut random);
        encode_values(form, &mut point, &mut random);
        groups.entry((service, metric)).or_default().message(1, &point);
    }
    enclose(shape, &groups)
}

fn enclose(shape: &Shape, groups: &BTreeMap<(usize, usize), Message>) -> Message {
    let mut services: BTreeMap<usize, Message> = BTreeMap::new();
    for ((service, metric), points) in groups {
        services.entry(*service).or_default().message(2, &encode_metric(*metric, points));
    }
    let mut request = Message::default();
    for (service, metrics) in &services {
        let name = vocabulary::service_name(*service);
        let mut scope_metrics = Message::default();
        scope_metrics.message(1, &vocabulary::scope(&format!("shop.{name}")));
        scope_metrics.append(metrics).text(3, SCHEMA_URL);
        let mut resource_metrics = Message::default();
        resource_metrics.message(1, &vocabulary::resource(*service, shape.seed));
        resource_metrics.message(2, &scope_metrics).text(3, SCHEMA_URL);
        request.message(1, &resource_metrics);
    }
    request
}

/// Puts the points into a metric of their form.
fn encode_metric(metric: usize, points: &Message) -> Message {
    let (name, unit, form) = METRICS[metric];
    let mut data = points.clone();
    let field = match form {
        Form::Gauge => 5,
        Form::Counter | Form::DoubleSum => {
            data.varint(2, CUMULATIVE).varint(3, 1);
            7
        }
        Form::DeltaCounter => {
            data.varint(2, DELTA).varint(3, 1);
            7
        }
        Form::Histogram => {
            data.varint(2, CUMULATIVE);
            9
        }
        Form::ExponentialHistogram => {
            data.varint(2, CUMULATIVE);
            10
        }
        Form::Summary => 11,
    };
    let mut out = Message::default();
    out.text(1, name).text(2, "synthetic").text(3, unit).message(field, &data);
    out
}

/// The field numbers of attributes differ by form.
fn attributes_field(form: Form) -> u32 {
    match form {
        Form::Gauge | Form::Counter | Form::DeltaCounter | Form::DoubleSum | Form::Summary => 7,
        Form::Histogram => 9,
        Form::ExponentialHistogram => 1,
    }
}

fn encode_attributes(
    shape: &Shape,
    audit: Option<&Audit>,
    form: Form,
    shard: u64,
    sequence: usize,
    out: &mut Message,
    random: &mut Random,
) {
    let field = attributes_field(form);
    // The shard alone makes the series distinct; what follows depends on nothing else of it.
    attributes::integer(out, field, "shop.shard", shard as i64);
    let (method, route) = *random.choose(ROUTES);
    attributes::text(out, field, "http.request.method", method);
    attributes::text(out, field, "http.route", route);
    attributes::write_common(out, field, shape.metric_attributes, shape.cardinality, random);
    if let Some(audit) = audit {
        audit.write(out, field, sequence);
    }
}

fn encode_values(form: Form, out: &mut Message, random: &mut Random) {
    let now = Change::Time { before_nano: 0 };
    match form {
        Form::Gauge => {
            let mean = random.log_normal(100.0, 1.5);
            out.patched(3, now).patched(4, Change::Gauge { mean, spread: mean * 0.2 });
        }
        Form::Counter => {
            let per_tick = 1 + random.below(50);
            out.patched(2, Change::StartTime).patched(3, now);
            out.patched(6, Change::Count { per_tick });
        }
        Form::DeltaCounter => {
            out.patched(2, Change::PreviousTime).patched(3, now);
            let mean = 5.0 + random.below(20) as f64;
            out.patched(4, Change::Gauge { mean, spread: 5.0 });
        }
        Form::DoubleSum => {
            out.patched(2, Change::StartTime).patched(3, now);
            out.patched(4, Change::Sum { per_tick: random.log_normal(20.0, 1.0) });
        }
        Form::Histogram => encode_histogram(out, random),
        Form::ExponentialHistogram => encode_exponential_histogram(out, random),
        Form::Summary => {
            let per_tick = 1 + random.below(100);
            out.patched(2, Change::StartTime).patched(3, now);
            out.patched(4, Change::Count { per_tick });
            out.patched(5, Change::Sum { per_tick: per_tick as f64 * 0.08 });
            for quantile in QUANTILES {
                let mut value = Message::default();
                let mean = 0.1 + quantile * 0.4;
                value.double(1, *quantile).patched(2, Change::Gauge { mean, spread: 0.05 });
                out.message(6, &value);
            }
        }
    }
}

/// Observations per round in each of `count` buckets, most around one of them.
fn bucket_weights(count: usize, random: &mut Random) -> Vec<u64> {
    let peak = random.below(count as u64) as i64;
    (0..count as i64).map(|bucket| random.below(64) >> ((bucket - peak).abs() * 2).min(8)).collect()
}

fn counts(weights: &[u64]) -> Vec<Change> {
    weights.iter().map(|weight| Change::Count { per_tick: *weight }).collect()
}

fn encode_histogram(out: &mut Message, random: &mut Random) {
    let weights = bucket_weights(BOUNDS.len() + 1, random);
    let total: u64 = weights.iter().sum();
    out.patched(2, Change::StartTime).patched(3, Change::Time { before_nano: 0 });
    out.patched(4, Change::Count { per_tick: total });
    out.patched(5, Change::Sum { per_tick: total as f64 * 0.12 });
    out.patched_list(6, &counts(&weights));
    out.doubles(7, BOUNDS);
}

/// `ExponentialHistogramDataPoint.Buckets.bucket_counts` are varints, which have no fixed width:
/// the counts stay as they are, and so the point does not grow from round to round.
fn encode_exponential_histogram(out: &mut Message, random: &mut Random) {
    let weights = bucket_weights(16, random);
    let zeros = random.below(4);
    let total: u64 = weights.iter().sum::<u64>() + zeros;
    let mut packed = Message::default();
    weights.iter().for_each(|weight| packed.bytes.push(*weight as u8));
    let mut buckets = Message::default();
    buckets.sint32(1, -8);
    buckets.message(2, &packed);
    out.patched(2, Change::StartTime).patched(3, Change::Time { before_nano: 0 });
    out.fixed64(4, total).double(5, total as f64 * 0.05);
    out.sint32(6, 2).fixed64(7, zeros).message(8, &buckets);
}
