//! Any spans, in any order and any batches, count as a plain model counts them.

use std::collections::BTreeMap;

use plimsoll_spanmetrics::Limits;
use proptest::prelude::*;

use crate::support::{Bench, CLIENT, ERROR, INTERNAL, PRODUCER, SERVER, Span, Value, span};

/// Durations that lie in one bucket without doubt, and some that do not last.
fn nanos() -> impl Strategy<Value = i64> {
    let bucket = |nanos: &i64| (*nanos as f64 / 1e9).log2() * 8.0;
    let clear = move |nanos: &i64| (bucket(nanos) - bucket(nanos).round()).abs() > 1e-9;
    let lasting = (2u32..60, 2i64..).prop_map(|(shift, nanos)| (nanos >> shift).max(2));
    prop_oneof![
        9 => lasting.prop_filter("near a bound", clear),
        1 => prop_oneof![Just(0), Just(1), Just(-5), Just(i64::MIN / 2)],
    ]
}

fn any_span() -> impl Strategy<Value = Span> {
    let service = (0..3, 0usize..2, 0usize..2);
    let ids = (0u64..4, 0u64..6, prop::option::of(0u64..6));
    (service, 0..4, -1i8..8, -1i8..5, nanos(), ids).prop_map(
        |((name, namespace, environment), operation, kind, status, nanos, (trace, id, parent))| {
            let mut span = span(&format!("s{name}"), &format!("op{operation}"), kind)
                .of(&"n".repeat(namespace), &"e".repeat(environment))
                .at(trace, id, parent)
                .took(nanos);
            span.status = status;
            span
        },
    )
}

#[derive(Debug, Default, PartialEq)]
struct Counted {
    count: i64,
    sum_nano: i128,
    zero: i64,
    buckets: BTreeMap<i32, i64>,
}

fn model(spans: &[Span]) -> BTreeMap<String, Counted> {
    let mut keys: BTreeMap<String, Counted> = BTreeMap::new();
    for span in spans {
        let [service, namespace, environment] = &span.service;
        let kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
        let kind = kinds.get(span.kind as usize).unwrap_or(&"UNSPECIFIED");
        let status = ["UNSET", "OK", "ERROR"].get(span.status as usize).unwrap_or(&"UNSET");
        let job = match namespace.as_str() {
            "" => service.clone(),
            namespace => format!("{namespace}/{service}"),
        };
        let environment = match environment.as_str() {
            "" => String::new(),
            environment => format!("deployment_environment={environment:?}, "),
        };
        let key = format!(
            "traces_span_metrics_duration_seconds{{{environment}job={job:?}, \
             service_name={service:?}, span_kind=\"SPAN_KIND_{kind}\", span_name={:?}, \
             status_code=\"STATUS_CODE_{status}\"}}",
            span.name
        );
        let counted = keys.entry(key).or_default();
        let nanos = span.nanos.max(0);
        counted.count += 1;
        counted.sum_nano += i128::from(nanos);
        match nanos {
            0 | 1 => counted.zero += 1,
            nanos => {
                let bucket = ((nanos as f64 / 1e9).log2() * 8.0).ceil() as i32;
                *counted.buckets.entry(bucket).or_default() += 1;
            }
        }
    }
    keys
}

/// Compares what was written last with the model, whose buckets are made as coarse.
fn assert_equal(bench: &Bench, model: BTreeMap<String, Counted>) {
    let written = bench.last("traces_span_metrics_duration_seconds");
    assert_eq!(written.len(), model.len());
    for ((name, value), (key, counted)) in written.into_iter().zip(model) {
        assert_eq!(name, key);
        let Value::Native(native) = value else { panic!("{name}: {value:?}") };
        assert_eq!((native.count, native.zero), (counted.count, counted.zero), "{name}");
        assert_eq!(native.sum, counted.sum_nano as f64 / 1e9, "{name}");
        let mut buckets: BTreeMap<i32, i64> = BTreeMap::new();
        let width = 1 << (3 - native.schema);
        for (bucket, count) in counted.buckets {
            *buckets.entry((f64::from(bucket) / f64::from(width)).ceil() as i32).or_default() +=
                count;
        }
        assert_eq!(native.buckets, buckets.into_iter().collect::<Vec<_>>(), "{name}");
    }
}

/// Observes spans in batches of these sizes, with emissions after some.
fn observe(bench: &mut Bench, spans: &[Span], batches: &[(usize, bool)]) {
    let mut rest = spans;
    for (rows, emit) in batches {
        let (batch, after) = rest.split_at((*rows).min(rest.len()));
        rest = after;
        bench.observe(batch);
        if *emit {
            bench.emit();
        }
    }
    bench.observe(rest);
    bench.finish();
}

fn batches() -> impl Strategy<Value = Vec<(usize, bool)>> {
    prop::collection::vec((0usize..30, any::<bool>()), 0..10)
}

/// A call: who calls whom, which sides fail, how long they take, and how many servers answer.
#[derive(Clone, Debug)]
struct Call {
    client: usize,
    servers: Vec<(usize, bool, i64)>,
    failed: bool,
    nanos: i64,
    message: bool,
    /// Whether the client's span is sent.
    sent: bool,
}

fn any_call() -> impl Strategy<Value = Call> {
    let servers = prop::collection::vec((0usize..4, any::<bool>(), 2i64..1 << 40), 0..4);
    (0usize..4, servers, any::<bool>(), 2i64..1 << 40, any::<bool>(), prop::bool::weighted(0.8))
        .prop_map(|(client, servers, failed, nanos, message, sent)| Call {
            client,
            servers,
            failed,
            nanos,
            message,
            sent,
        })
}

fn spans_of(calls: &[Call]) -> Vec<Span> {
    let mut spans = Vec::new();
    for (trace, call) in (1u64..).zip(calls) {
        let kinds = if call.message { [PRODUCER, 5] } else { [CLIENT, SERVER] };
        if call.sent {
            let client = span(&format!("s{}", call.client), "call", kinds[0]);
            let mut client = client.at(trace, 1, Some(99)).took(call.nanos);
            client.status = if call.failed { ERROR } else { 0 };
            spans.push(client);
        }
        for (id, (server, failed, nanos)) in (2u64..).zip(&call.servers) {
            let server = span(&format!("s{server}"), "serve", kinds[1]);
            let mut server = server.at(trace, id, Some(1)).took(*nanos);
            server.status = if *failed { ERROR } else { 1 };
            spans.push(server);
        }
    }
    spans.push(span("s0", "idle", INTERNAL));
    spans
}

/// Calls, failures, client's and server's nanoseconds by labels; and spans without another side.
fn graph_of(calls: &[Call]) -> (BTreeMap<String, [i128; 4]>, u64) {
    let (mut edges, mut unpaired) = (BTreeMap::<String, [i128; 4]>::new(), 0);
    for call in calls {
        if !call.sent {
            unpaired += call.servers.len() as u64;
        } else if call.servers.is_empty() {
            unpaired += 1;
        }
        for (server, failed, nanos) in call.servers.iter().filter(|_| call.sent) {
            if *server == call.client {
                continue;
            }
            let kind = if call.message { r#"connection_type="messaging_system", "# } else { "" };
            let labels = format!(r#"{{client="s{}", {kind}server="s{server}"}}"#, call.client);
            let edge = edges.entry(labels).or_default();
            let failed = i128::from(*failed || call.failed);
            for (sum, more) in
                edge.iter_mut().zip([1, failed, i128::from(call.nanos), i128::from(*nanos)])
            {
                *sum += more;
            }
        }
    }
    (edges, unpaired)
}

proptest! {
    #[test]
    fn durations_of_any_spans(
        spans in prop::collection::vec(any_span(), 0..150),
        batches in batches(),
    ) {
        let mut bench = Bench::new(Limits::default());
        observe(&mut bench, &spans, &batches);
        assert_equal(&bench, model(&spans));
    }

    #[test]
    fn calls_in_any_order(
        (calls, spans) in prop::collection::vec(any_call(), 0..40)
            .prop_flat_map(|calls| (Just(calls.clone()), Just(spans_of(&calls)).prop_shuffle())),
        batches in prop::collection::vec(0usize..30, 0..10),
    ) {
        let mut bench = Bench::new(Limits::default());
        let batches: Vec<_> = batches.into_iter().map(|rows| (rows, false)).collect();
        observe(&mut bench, &spans, &batches);
        bench.wait(11);
        bench.finish();
        let (edges, unpaired) = graph_of(&calls);
        prop_assert_eq!(bench.stats().unpaired, unpaired);
        let metric = |name: &str, labels: &str| {
            bench.last(&format!("traces_service_graph_request_{name}{labels}")).remove(0).1
        };
        let totals = bench.last("traces_service_graph_request_total");
        prop_assert_eq!(totals.len(), edges.len());
        for (labels, [calls, failed, client, server]) in edges {
            prop_assert_eq!(metric("total", &labels), Value::Float(calls as f64));
            prop_assert_eq!(metric("failed_total", &labels), Value::Float(failed as f64));
            for (name, sum) in [("client_seconds", client), ("server_seconds", server)] {
                let Value::Native(native) = metric(name, &labels) else { panic!("{name}") };
                prop_assert_eq!((i128::from(native.count), native.sum), (calls, sum as f64 / 1e9));
            }
        }
    }
}
