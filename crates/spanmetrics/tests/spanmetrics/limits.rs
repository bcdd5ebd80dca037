//! What happens where there is more than there is room for.

use plimsoll_spanmetrics::Limits;

use crate::support::{Bench, CLIENT, INTERNAL, SERVER, Span, Value, span};

fn counts(bench: &Bench, metric: &str) -> Vec<(String, i64)> {
    let count = |value: &Value| match value {
        Value::Native(native) => native.count,
        Value::Float(value) => *value as i64,
        Value::Ended => -1,
    };
    bench.last(metric).iter().map(|(name, value)| (name.clone(), count(value))).collect()
}

#[test]
fn operations_beyond_the_limit_of_their_service_go_by_other() {
    let limits = Limits { service_operations_max: 3, ..Limits::default() };
    let mut bench = Bench::new(limits);
    let named = |number: i32| span("web", &format!("GET /{number}"), INTERNAL);
    for _ in 0..2 {
        bench.observe(&(0..10).map(named).collect::<Vec<_>>());
    }
    // Another service has its own room; a kind or status more is no operation more.
    bench.observe(&[span("cart", "a", INTERNAL), named(2).failed(), named(9).failed()]);
    bench.emit();
    assert_eq!((bench.stats().other_operations, bench.stats().dropped_spans), (15, 0));
    let found = counts(&bench, "span_metrics");
    assert_eq!(found.len(), 3 + 1 + 1 + 1 + 1);
    assert_eq!(found.iter().map(|(_, count)| count).sum::<i64>(), 23);
    let other: Vec<_> =
        found.iter().filter(|(name, _)| name.contains(r#"span_name="(other)""#)).collect();
    assert_eq!(other.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 14]);
}

#[test]
fn keys_are_bounded_and_what_has_no_room_is_told() {
    let limits = Limits { keys_max: 100, ..Limits::default() };
    let mut bench = Bench::new(limits);
    let spans: Vec<Span> = (0..1_000)
        .map(|number| span(&format!("service-{}", number % 500), &format!("{number}"), INTERNAL))
        .collect();
    bench.observe(&spans);
    let stats = bench.stats();
    assert_eq!(stats.keys, 125);
    bench.emit();
    let counted: i64 = counts(&bench, "span_metrics").iter().map(|(_, count)| count).sum();
    assert_eq!(counted as u64 + stats.dropped_spans, 1_000);
    assert!(stats.other_operations > 0 && stats.dropped_spans > 0);
    // Room comes back when keys end.
    bench.wait(901);
    bench.emit();
    assert_eq!(bench.stats().keys, 0);
    bench.observe(&[span("service-499", "new", INTERNAL)]);
    assert_eq!((bench.stats().keys, bench.stats().dropped_spans), (1, stats.dropped_spans));
}

#[test]
fn spans_that_wait_are_bounded_and_those_that_were_met_go_first() {
    let limits = Limits { pending_max: 10, ..Limits::default() };
    let mut bench = Bench::new(limits);
    let client = |id| span("web", "call", CLIENT).at(1, id, None);
    let server = |id| span("cart", "serve", SERVER).at(1, 1_000 + id, Some(id));
    let clients: Vec<Span> = (1..=10).map(client).collect();
    bench.observe(&clients);
    bench.observe(&[server(3), server(4)]);
    // Ten are held, two of which were met: two more have room without loss, the next takes the oldest's.
    bench.observe(&[client(11), client(12)]);
    assert_eq!((bench.stats().pending, bench.stats().evicted), (10, 0));
    bench.observe(&[client(13)]);
    assert_eq!((bench.stats().pending, bench.stats().evicted), (10, 1));
    assert_eq!(bench.stats().unpaired, 1);
    bench.observe(&[server(2)]);
    bench.emit();
    assert_eq!(
        counts(&bench, "request_total"),
        [(r#"traces_service_graph_request_total{client="web", server="cart"}"#.to_owned(), 3)]
    );
}

#[test]
fn many_spans_of_one_parent_are_bounded_too() {
    let limits = Limits { pending_max: 1_000, ..Limits::default() };
    let mut bench = Bench::new(limits);
    let children: Vec<Span> =
        (0..100_000).map(|id| span("cart", "serve", SERVER).at(1, id, Some(7))).collect();
    bench.observe(&children);
    assert!(bench.stats().pending <= 1_000);
    let seen = bench.stats().pending as u64 + bench.stats().evicted;
    assert_eq!(seen, 100_000);
}

#[test]
fn a_service_with_ever_new_peers_leaves_room_to_others() {
    let limits = Limits { service_peers_max: 5, edges_max: 20, ..Limits::default() };
    let mut bench = Bench::new(limits);
    let hook = |service: &str, id: u64| {
        let span = span(service, "POST", CLIENT).at(1, id, None);
        span.with("server.address", &format!("customer-{id}.example"))
    };
    bench.observe(&(0..100).map(|id| hook("hooks", id)).collect::<Vec<_>>());
    bench.observe(&(100..103).map(|id| hook("mail", id)).collect::<Vec<_>>());
    bench.wait(11);
    bench.emit();
    let found = counts(&bench, "request_total");
    assert_eq!(found.len(), 5 + 1 + 3);
    assert_eq!(found.iter().map(|(_, count)| count).sum::<i64>(), 103);
    let other = r#"client="hooks", connection_type="virtual_node", server="(other)""#;
    assert!(found.iter().any(|(name, count)| name.contains(other) && *count == 95), "{found:?}");
    assert_eq!((bench.stats().other_peers, bench.stats().dropped_calls), (95, 0));
    // When its edges have ended it may have others. They were made by the emission: the first after the
    // pause says them once more.
    bench.wait(901);
    bench.emit();
    bench.emit();
    assert_eq!(bench.stats().edges, 0);
    bench.observe(&[hook("hooks", 999)]);
    bench.wait(11);
    bench.emit();
    assert!(!bench.last("customer-999").is_empty());
}

#[test]
fn edges_are_bounded_and_what_has_no_room_is_told() {
    let limits = Limits { edges_max: 8, ..Limits::default() };
    let mut bench = Bench::new(limits);
    let roots: Vec<Span> =
        (0..50).map(|number| span(&format!("service-{number}"), "GET", SERVER)).collect();
    bench.observe(&roots);
    assert_eq!((bench.stats().edges, bench.stats().dropped_calls), (8, 42));
    // Those that are there go on.
    bench.observe(&roots[..8]);
    bench.emit();
    assert!(counts(&bench, "request_total").iter().all(|(_, count)| *count == 2));
}

#[test]
fn long_texts_are_cut_between_characters() {
    let mut bench = Bench::new(Limits::default());
    let long = "ü".repeat(10_000);
    bench.observe(&[span(&long, &long, SERVER).of(&long, &long)]);
    bench.emit();
    let cut = "ü".repeat(127);
    let labels = format!(
        r#"deployment_environment="{cut}", job="{cut}/{cut}", service_name="{cut}", span_kind="SPAN_KIND_SERVER", span_name="{cut}""#
    );
    assert_eq!(bench.last(&labels).len(), 1);
}
