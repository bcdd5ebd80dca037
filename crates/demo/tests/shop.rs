//! The shop under traffic against a sink that decodes with the official OTLP types: what its
//! services tell must hang together, and all of it must have arrived when the shop is closed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod sink;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use plimsoll_demo::{CHECKOUT_REGRESSED, CHECKOUT_STABLE, DemoArgs, run, run_with_opening};
use sink::{Received, Sink};
use tokio::sync::oneshot;

const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const CONSUMER: i32 = 5;
/// Only keeps a broken test from hanging for ever.
const HANG: Duration = Duration::from_secs(120);

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// Every span with its resource's attributes.
fn spans(received: &Received) -> impl Iterator<Item = (&[KeyValue], &Span)> {
    received.spans.iter().flat_map(|resource| {
        let attributes = &resource.resource.as_ref().unwrap().attributes[..];
        let scopes = resource.scope_spans.iter();
        scopes.flat_map(|scope| &scope.spans).map(move |span| (attributes, span))
    })
}

/// The spans of one trace, each with its service.
type Trace = Vec<(String, Span)>;

/// A checkout that went through all its services and arrived with no span missing.
fn find_checkout(received: &Received) -> Option<Trace> {
    let mut traces: HashMap<&[u8], Trace> = HashMap::new();
    for (resource, span) in spans(received) {
        let service = text(resource, "service.name").unwrap().to_owned();
        traces.entry(&span.trace_id).or_default().push((service, span.clone()));
    }
    traces.into_values().find(|trace| {
        let ids: HashSet<_> = trace.iter().map(|(_, span)| &span.span_id).collect();
        let complete = trace
            .iter()
            .all(|(_, span)| span.parent_span_id.is_empty() || ids.contains(&span.parent_span_id));
        let begins = trace
            .iter()
            .any(|(_, span)| span.parent_span_id.is_empty() && span.name == "POST /checkout");
        let services: HashSet<_> = trace.iter().map(|(service, _)| service).collect();
        complete && begins && services.len() >= 6
    })
}

fn check_checkout(trace: &Trace) {
    let by_id: HashMap<_, _> =
        trace.iter().map(|(service, span)| (&span.span_id, (service, span))).collect();
    assert_eq!(by_id.len(), trace.len(), "span ids are unique");
    let roots = trace.iter().filter(|(_, span)| span.parent_span_id.is_empty()).count();
    assert_eq!(roots, 1);
    for (service, span) in trace {
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        let Some((parent_service, parent)) = by_id.get(&span.parent_span_id) else { continue };
        if span.kind == SERVER {
            assert_eq!(parent.kind, CLIENT, "{} is called by a client", span.name);
            assert_ne!(*parent_service, service);
            assert_eq!(text(&parent.attributes, "peer.service"), Some(service.as_str()));
        } else {
            assert_eq!(*parent_service, service, "{} is called within its service", span.name);
        }
    }
    for key in ["http.request.method", "http.route", "url.path", "server.address"] {
        let (_, server) = trace.iter().find(|(_, span)| span.kind == SERVER).unwrap();
        assert!(text(&server.attributes, key).is_some(), "{key}");
    }
    let queries = trace.iter().filter(|(_, s)| text(&s.attributes, "db.query.text").is_some());
    assert!(queries.count() >= 3);
}

/// Ids of a span of checkout with an exception whose stack leads into its code.
fn find_exception(received: &Received) -> Option<(Vec<u8>, Vec<u8>)> {
    let found = spans(received).find(|(resource, span)| {
        text(resource, "service.name") == Some("checkout")
            && span.events.iter().any(|event| {
                event.name == "exception"
                    && text(&event.attributes, "exception.type").is_some()
                    && text(&event.attributes, "exception.message").is_some()
                    && text(&event.attributes, "exception.stacktrace")
                        .is_some_and(|stack| stack.contains("src/services/checkout.rs"))
                    && span.status.as_ref().is_some_and(|status| status.code == 2)
                    && event.time_unix_nano <= span.end_time_unix_nano
            })
    });
    found.map(|(_, span)| (span.trace_id.clone(), span.span_id.clone()))
}

/// An error's log record within this span.
fn has_error_log(received: &Received, trace: &[u8], span: &[u8]) -> bool {
    let scopes = received.logs.iter().flat_map(|resource| &resource.scope_logs);
    scopes.flat_map(|scope| &scope.log_records).any(|record| {
        record.trace_id == trace
            && record.span_id == span
            && record.severity_number == 17
            && text(&record.attributes, "exception.stacktrace").is_some()
    })
}

fn metric<'a>(received: &'a Received, name: &str) -> Option<&'a Metric> {
    let scopes = received.metrics.iter().flat_map(|resource| &resource.scope_metrics);
    scopes.flat_map(|scope| &scope.metrics).find(|metric| metric.name == name)
}

fn has_all_forms_of_metrics(received: &Received) -> bool {
    let is = |name: &str, form: fn(&Data) -> bool| {
        metric(received, name).and_then(|metric| metric.data.as_ref()).is_some_and(form)
    };
    is("http.server.request.duration", |data| matches!(data, Data::Histogram(_)))
        && is("http.client.request.duration", |d| matches!(d, Data::ExponentialHistogram(_)))
        && is("shop.orders.placed", |d| matches!(d, Data::Sum(sum) if sum.is_monotonic))
        && is("http.server.active_requests", |d| matches!(d, Data::Sum(s) if !s.is_monotonic))
        && is("shop.stock.level", |data| matches!(data, Data::Gauge(_)))
        && is("shop.mail.queue.length", |data| matches!(data, Data::Gauge(_)))
}

fn has_linked_mail(received: &Received) -> bool {
    let senders: HashSet<_> = spans(received)
        .filter(|(_, span)| span.name == "send mails")
        .map(|(_, span)| (&span.trace_id, &span.span_id))
        .collect();
    spans(received).any(|(_, span)| {
        span.kind == CONSUMER
            && span.parent_span_id.is_empty()
            && span.links.iter().any(|link| senders.contains(&(&link.trace_id, &link.span_id)))
    })
}

fn runs_version(received: &Received, version: &str) -> bool {
    spans(received).any(|(resource, _)| {
        text(resource, "service.name") == Some("checkout")
            && text(resource, "service.version") == Some(version)
    })
}

fn has_slow_search(received: &Received) -> bool {
    spans(received).any(|(_, span)| {
        span.name == "SELECT article_texts"
            && span.end_time_unix_nano - span.start_time_unix_nano > 1_000_000_000
    })
}

fn has_retry(received: &Received) -> bool {
    spans(received).any(|(_, span)| {
        let resent = |attribute: &KeyValue| attribute.key == "http.request.resend_count";
        span.kind == CLIENT && span.attributes.iter().any(resent)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_in_the_shop() {
    let mut sink = Sink::start().await;
    let endpoint = format!("http://{}", sink.address);
    let args = DemoArgs { rate: 4.0, day_seconds: 12, seed: 3 };
    let (close, closed) = oneshot::channel::<()>();
    let (opened, opening) = oneshot::channel();
    let shop = tokio::spawn(async move {
        let shutdown = async {
            let _ = closed.await;
        };
        let on_open = |open: &plimsoll_demo::Opening| opened.send(open.clone()).unwrap();
        run_with_opening(&endpoint, &args, shutdown, on_open).await
    });
    let opening = opening.await.unwrap();
    assert_eq!(opening.services.len(), 7);

    let day = async {
        let checkout = sink.find(find_checkout).await;
        check_checkout(&checkout);
        sink.find(|received| has_slow_search(received).then_some(())).await;
        sink.find(|received| has_retry(received).then_some(())).await;
        for version in [CHECKOUT_STABLE, CHECKOUT_REGRESSED] {
            sink.find(|received| runs_version(received, version).then_some(())).await;
        }
        let (trace, span) = sink.find(find_exception).await;
        sink.find(|received| has_error_log(received, &trace, &span).then_some(())).await;
        sink.find(|received| has_linked_mail(received).then_some(())).await;
        sink.find(|received| has_all_forms_of_metrics(received).then_some(())).await;
    };
    tokio::time::timeout(HANG, day).await.unwrap();

    close.send(()).unwrap();
    let report = tokio::time::timeout(HANG, shop).await.unwrap().unwrap().unwrap();
    assert!(report.releases >= 1);
    assert!(report.failed > 0 && report.failed < report.requests, "{report:?}");
    let received = sink.received.lock().unwrap();
    let visits = spans(&received).filter(|(resource, span)| {
        text(resource, "service.name") == Some("storefront") && span.kind == SERVER
    });
    let visits = visits.count() as u64;
    assert!(visits >= report.requests, "{visits} of {} visits arrived", report.requests);
    for (name, address) in &opening.services {
        assert!(std::net::TcpStream::connect(address).is_err(), "{name} still listens");
    }
    for (resource, _) in spans(&received) {
        for key in ["service.name", "service.version", "service.instance.id", "host.name"] {
            assert!(text(resource, key).is_some_and(|value| !value.is_empty()), "{key}");
        }
        assert_eq!(text(resource, "deployment.environment.name"), Some("demo"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shop_closes_even_if_nobody_takes_its_telemetry() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let args = DemoArgs { rate: 5.0, ..DemoArgs::default() };
    let shutdown = tokio::time::sleep(Duration::from_secs(1));
    let report = tokio::time::timeout(HANG, run(&endpoint, &args, shutdown)).await.unwrap();
    assert!(report.unwrap().requests > 0);
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_told() {
    let error = run("not a url", &DemoArgs::default(), std::future::pending()).await.unwrap_err();
    assert!(error.to_string().contains("expected a URL like"), "{error}");
}
