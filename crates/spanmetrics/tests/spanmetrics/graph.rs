//! Which spans become calls, and which edges.

use plimsoll_spanmetrics::Limits;

use crate::support::{
    Bench, CLIENT, CONSUMER, INTERNAL, MILLI, PRODUCER, SECOND, SERVER, START, Span, Value, span,
};

/// All edges, each with its calls, failures, and the mean milliseconds that client and server saw.
fn edges(bench: &Bench) -> Vec<String> {
    let number = |metric: &str, labels: &str| match bench.last(&format!("{metric}{labels}")).first()
    {
        Some((_, Value::Float(value))) => value.to_string(),
        Some((_, Value::Native(native))) => {
            format!("{:.0} ms", native.sum / native.count as f64 * 1e3)
        }
        _ => "-".to_owned(),
    };
    let total = "traces_service_graph_request_total";
    let unpaired = "traces_service_graph_unpaired_spans_total";
    let mut lines: Vec<_> = (bench.last(total).iter())
        .map(|(name, _)| {
            let labels = &name[total.len()..];
            let [calls, failed, client, server] =
                ["total", "failed_total", "client_seconds", "server_seconds"].map(|metric| {
                    number(&format!("traces_service_graph_request_{metric}"), labels)
                });
            format!("{labels} {calls} calls, {failed} failed, {client}, {server}")
        })
        .collect();
    lines.extend(bench.last(unpaired).iter().map(|(name, _)| {
        let labels = &name[unpaired.len()..];
        format!("{labels} {} unpaired", number(unpaired, labels))
    }));
    lines
}

/// Observes each batch a second after the one before, lets what waits expire, and compares all edges.
fn check(batches: &[&[Span]], expected: &[&str]) {
    let mut bench = Bench::new(Limits::default());
    for batch in batches {
        bench.observe(batch);
        bench.wait(1);
    }
    bench.wait(15);
    bench.emit();
    assert_eq!(edges(&bench), expected);
    assert_eq!((bench.stats().evicted, bench.stats().dropped_calls), (0, 0));
}

fn call() -> [Span; 2] {
    [
        span("web", "POST", CLIENT).at(1, 2, Some(1)).took(120 * MILLI),
        span("cart", "POST /cart", SERVER).at(1, 3, Some(2)).took(100 * MILLI),
    ]
}

#[test]
fn a_call_is_a_client_span_and_the_server_span_whose_parent_it_is() {
    let expected = r#"{client="web", server="cart"} 1 calls, 0 failed, 120 ms, 100 ms"#;
    let [client, server] = call();
    check(&[&[client.clone(), server.clone()]], &[expected]);
    check(&[&[server.clone(), client.clone()]], &[expected]);
    check(&[std::slice::from_ref(&client), &[], std::slice::from_ref(&server)], &[expected]);
    check(&[&[server], &[], &[client]], &[expected]);
}

#[test]
fn either_side_may_fail() {
    let expected = r#"{client="web", server="cart"} 1 calls, 1 failed, 120 ms, 100 ms"#;
    let [client, server] = call();
    check(&[&[client.clone().failed(), server.clone()]], &[expected]);
    check(&[&[client, server.failed()]], &[expected]);
}

#[test]
fn the_same_span_id_in_another_trace_is_another_span() {
    let [client, mut server] = call();
    server.trace = 9;
    check(&[&[client, server]], &[r#"{client="web"} 1 unpaired"#, r#"{server="cart"} 1 unpaired"#]);
}

#[test]
fn a_call_within_a_service_is_no_edge() {
    let [client, mut server] = call();
    server.service = client.service.clone();
    check(&[&[client, server]], &[]);
}

#[test]
fn spans_inside_a_service_are_no_edges() {
    check(&[&[span("web", "a", INTERNAL).at(1, 2, Some(1)), span("web", "b", 0)]], &[]);
}

#[test]
fn a_client_span_sent_twice_calls_once() {
    let expected = r#"{client="web", server="cart"} 1 calls, 0 failed, 120 ms, 100 ms"#;
    let [client, server] = call();
    check(&[&[client.clone(), client.clone(), server.clone(), client]], &[expected]);
}

#[test]
fn a_root_server_span_is_called_by_a_user() {
    let root = span("web", "GET /", SERVER).of("shop", "staging").failed();
    check(
        &[&[root]],
        &[
            r#"{client="user", connection_type="virtual_node", deployment_environment="staging", server="web"} 1 calls, 1 failed, -, 100 ms"#,
        ],
    );
}

#[test]
fn a_database_is_an_edge_at_once() {
    let query = |namespace: &str| {
        let span = span("cart", "SELECT", CLIENT).at(1, 7, Some(1)).of("", "prod");
        span.with("db.system.name", "postgresql")
            .with("db.namespace", namespace)
            .with("server.address", "10.0.0.7")
    };
    let mut bench = Bench::new(Limits::default());
    bench.observe(&[query("carts"), query("carts"), query("")]);
    assert_eq!(bench.stats().pending, 0);
    bench.emit();
    assert_eq!(
        edges(&bench),
        [
            r#"{client="cart", connection_type="database", deployment_environment="prod", server="carts", server_system="postgresql"} 2 calls, 0 failed, 100 ms, 100 ms"#,
            r#"{client="cart", connection_type="database", deployment_environment="prod", server="postgresql", server_system="postgresql"} 1 calls, 0 failed, 100 ms, 100 ms"#,
        ]
    );
}

#[test]
fn an_address_is_a_node_unless_its_server_span_comes() {
    let [client, server] = call();
    let client = client.with("server.address", "cart.internal");
    check(
        &[&[client.clone(), server]],
        &[r#"{client="web", server="cart"} 1 calls, 0 failed, 120 ms, 100 ms"#],
    );
    check(
        &[&[client]],
        &[
            r#"{client="web", connection_type="virtual_node", server="cart.internal"} 1 calls, 0 failed, 120 ms, -"#,
        ],
    );
}

#[test]
fn what_waits_too_long_is_given_up_on() {
    let mut bench = Bench::new(Limits::default());
    let [client, server] = call();
    bench.observe(&[client.with("server.address", "cart.internal")]);
    assert_eq!(bench.stats().pending, 1);
    bench.wait(10);
    bench.observe(&[]);
    assert_eq!(bench.stats().pending, 1);
    bench.now += 1;
    bench.observe(&[server]);
    assert_eq!(bench.stats().pending, 1);
    bench.wait(11);
    bench.emit();
    assert_eq!((bench.stats().pending, bench.stats().unpaired), (0, 1));
    assert_eq!(
        edges(&bench),
        [
            r#"{client="web", connection_type="virtual_node", server="cart.internal"} 1 calls, 0 failed, 120 ms, -"#,
            r#"{server="cart"} 1 unpaired"#,
        ]
    );
}

#[test]
fn a_message_meets_all_its_consumers() {
    let produce = || {
        let span = span("cart", "publish", PRODUCER).at(1, 2, Some(1)).took(5 * MILLI);
        span.with("messaging.system", "kafka").with("messaging.destination.name", "orders")
    };
    let consume = |service: &str, id| {
        let span = span(service, "process", CONSUMER).at(1, id, Some(2)).took(50 * MILLI);
        span.with("messaging.system", "kafka").with("messaging.destination.name", "orders")
    };
    let expected = [
        r#"{client="cart", connection_type="messaging_system", server="mail"} 1 calls, 0 failed, 5 ms, 50 ms"#,
        r#"{client="cart", connection_type="messaging_system", server="stock"} 1 calls, 0 failed, 5 ms, 50 ms"#,
    ];
    let (mail, stock) = (consume("mail", 3), consume("stock", 4));
    check(&[&[produce(), mail.clone(), stock.clone()]], &expected);
    let [first, last] = [&mail, &stock].map(std::slice::from_ref);
    check(&[first, &[produce()], last], &expected);
    check(&[&[mail.clone(), stock], &[produce()]], &expected);
    // Without the other side the queue stands for it.
    let linked = mail.at(7, 8, None);
    check(
        &[&[produce(), linked]],
        &[
            r#"{client="cart", connection_type="messaging_system", server="orders", server_system="kafka"} 1 calls, 0 failed, 5 ms, -"#,
            r#"{client="orders", client_system="kafka", connection_type="messaging_system", server="mail"} 1 calls, 0 failed, -, 50 ms"#,
        ],
    );
}

#[test]
fn a_consumer_that_continues_a_trace_without_its_producer_reads_from_the_queue() {
    let span = span("mail", "process", CONSUMER).at(1, 3, Some(2));
    let of_queue = span.clone().with("messaging.system", "rabbitmq");
    check(
        &[&[of_queue]],
        &[
            r#"{client="rabbitmq", client_system="rabbitmq", connection_type="messaging_system", server="mail"} 1 calls, 0 failed, -, 100 ms"#,
        ],
    );
    check(&[&[span]], &[r#"{server="mail"} 1 unpaired"#]);
}

#[test]
fn an_edge_is_in_the_environment_of_its_client() {
    let of = |client: &str, server: &str, expected: &str| {
        let [first, second] = call();
        check(
            &[&[first.of("", client), second.of("", server)]],
            &[&format!(
                r#"{{client="web", {expected}server="cart"}} 1 calls, 0 failed, 120 ms, 100 ms"#
            )],
        );
    };
    of("a", "a", r#"deployment_environment="a", "#);
    of("a", "b", r#"deployment_environment="a", "#);
    of("", "b", r#"deployment_environment="b", "#);
}

#[test]
fn both_sides_of_a_call_have_their_durations_from_a_zero_on() {
    let mut bench = Bench::new(Limits::default());
    bench.emit();
    bench.observe(&call());
    bench.emit();
    for metric in ["total", "client_seconds", "server_seconds"] {
        let history = bench.history(&format!("traces_service_graph_request_{metric}"));
        assert_eq!(history, [(15.001, Some(0.0)), (30.0, Some(1.0))], "{metric}");
    }
}

#[test]
fn a_clock_set_back_keeps_no_span_for_ever() {
    let mut bench = Bench::new(Limits::default());
    bench.now = START + 1_000_000 * SECOND;
    let [client, _] = call();
    bench.observe(&[client]);
    bench.now = START;
    bench.observe(&[]);
    assert_eq!((bench.stats().pending, bench.stats().unpaired), (0, 1));
}
