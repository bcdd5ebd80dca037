//! How series begin, go on and end, and what is said beside them.

use plimsoll_model::TimeWindow;
use plimsoll_spanmetrics::{Limits, SpanMetrics};

use crate::support::{
    Bench, CLIENT, INTERNAL, MILLI, Native, SECOND, SERVER, START, Store, Value, rows, span,
};

const DURATION: &str = "traces_span_metrics_duration_seconds";

#[test]
fn a_series_has_the_labels_of_its_key() {
    let mut bench = Bench::new(Limits::default());
    let named = span("cart", "GET /cart", SERVER).of("shop", "production");
    bench.observe(&[named.clone().failed(), named, span("web", "render", INTERNAL)]);
    bench.emit();
    let one = Native {
        schema: 3,
        count: 1,
        sum: 0.1,
        zero: 0,
        // 2^(-27/8) is 0.096, 2^(-26/8) is 0.105.
        buckets: vec![(-26, 1)],
    };
    let of = |labels: &str| (format!("{DURATION}{{{labels}}}"), Value::Native(one.clone()));
    let cart = r#"deployment_environment="production", job="shop/cart", service_name="cart", span_kind="SPAN_KIND_SERVER", span_name="GET /cart""#;
    assert_eq!(
        bench.last(DURATION),
        [
            of(&format!(r#"{cart}, status_code="STATUS_CODE_ERROR""#)),
            of(&format!(r#"{cart}, status_code="STATUS_CODE_UNSET""#)),
            of(
                r#"job="web", service_name="web", span_kind="SPAN_KIND_INTERNAL", span_name="render", status_code="STATUS_CODE_UNSET""#
            ),
        ]
    );
}

#[test]
fn a_series_begins_with_a_zero_and_goes_on() {
    let mut bench = Bench::new(Limits::default());
    let a = span("cart", "a", INTERNAL);
    bench.observe(&[a.clone(), a.clone()]);
    bench.emit();
    bench.observe(&[a, span("cart", "b", INTERNAL)]);
    bench.emit();
    bench.emit();
    let some = |values: &[(f64, f64)]| -> Vec<(f64, Option<f64>)> {
        values.iter().map(|(time, value)| (*time, Some(*value))).collect()
    };
    let a = some(&[(0.001, 0.0), (15.0, 2.0), (30.0, 3.0), (45.0, 3.0)]);
    assert_eq!(bench.history(r#"span_name="a""#), a);
    let b = some(&[(15.001, 0.0), (30.0, 1.0), (45.0, 1.0)]);
    assert_eq!(bench.history(r#"span_name="b""#), b);
    for (name, samples) in &bench.store.series {
        let since = if name.contains(r#""b""#) { START + 15 * SECOND } else { START };
        assert!(samples.iter().all(|sample| sample.start == since), "{name}");
    }
}

#[test]
fn counters_begin_with_a_zero_too_and_say_no_failures() {
    let mut bench = Bench::new(Limits::default());
    bench.observe(&[span("web", "GET /", SERVER)]);
    bench.emit();
    let total = bench.history("traces_service_graph_request_total");
    assert_eq!(total, [(0.001, Some(0.0)), (15.0, Some(1.0))]);
    let failed = bench.history("traces_service_graph_request_failed_total");
    assert_eq!(failed, [(0.001, Some(0.0)), (15.0, Some(0.0))]);
}

#[test]
fn an_idle_series_ends_and_may_begin_again_at_once() {
    let mut bench = Bench::new(Limits::default());
    let root = span("web", "GET /", SERVER);
    bench.observe(std::slice::from_ref(&root));
    bench.emit();
    // Seen in the first second: idle since 15 minutes at 901 s, which the emission at 915 s sees.
    for _ in 0..60 {
        bench.emit();
    }
    assert_eq!((bench.stats().keys, bench.stats().edges), (0, 0));
    // Within the millisecond of the mark.
    bench.observe(std::slice::from_ref(&root));
    bench.emit();
    for part in [DURATION, "request_total", "request_server_seconds"] {
        let history = bench.history(part);
        let end = history.len() - 3;
        assert_eq!(history[end - 1], (900.0, Some(1.0)), "{part}");
        assert_eq!(
            history[end..],
            [(915.0, None), (915.001, Some(0.0)), (930.0, Some(1.0))],
            "{part}"
        );
    }
    bench.emit();
    assert_eq!(bench.history(DURATION).last(), Some(&(945.0, Some(1.0))));
}

#[test]
fn a_machine_that_slept_says_first_what_it_saw_before() {
    let mut bench = Bench::new(Limits::default());
    bench.observe(&[span("web", "GET /", SERVER)]);
    bench.wait(3_600 - 1);
    bench.emit();
    bench.emit();
    for part in [DURATION, "request_total"] {
        let history = bench.history(part);
        assert_eq!(history, [(0.001, Some(0.0)), (3_600.0, Some(1.0)), (3_615.0, None)], "{part}");
    }
}

#[test]
fn a_span_now_and_then_keeps_its_series() {
    let mut bench = Bench::new(Limits::default());
    for _ in 0..4 {
        bench.observe(&[span("web", "GET /", SERVER)]);
        for _ in 0..59 {
            bench.emit();
        }
    }
    assert!(bench.history(DURATION).iter().all(|(_, value)| value.is_some()));
    assert_eq!(bench.history(DURATION).last().unwrap().1, Some(4.0));
}

#[test]
fn one_emission_an_interval_whenever_it_is_called() {
    let mut metrics = SpanMetrics::new(Limits::default(), START + 7 * SECOND);
    let mut store = Store::default();
    metrics.observe(&rows(&[span("web", "a", INTERNAL)]), START + 8 * SECOND).unwrap();
    assert_eq!(metrics.next_emission(), START + 15 * SECOND);
    let mut times = Vec::new();
    // The last two: the clock was set back, and has caught up.
    for seconds in [10, 14, 15, 16, 29, 47, 59, 20, 61] {
        let now = START + seconds * SECOND + 3;
        let built = metrics.emit(now, &store, TimeWindow::unbounded(now)).unwrap();
        times.push(built.samples);
        store.keep(&built);
    }
    // The first two with its zero.
    assert_eq!(times, [0, 0, 2, 0, 0, 1, 0, 0, 1]);
    let times: Vec<_> =
        store.series.values().flatten().map(|sample| (sample.time - START) / MILLI).collect();
    assert_eq!(times, [7_001, 15_000, 45_000, 60_000]);
}

#[test]
fn the_last_values_come_when_it_ends_and_the_next_process_begins_at_zero() {
    let mut bench = Bench::new(Limits::default());
    let a = span("web", "a", INTERNAL);
    bench.observe(&[a.clone(), a.clone(), a.clone()]);
    bench.emit();
    // Within a millisecond of an emission, and after one that was not called for.
    bench.observe(std::slice::from_ref(&a));
    bench.finish();
    let end = bench.now + 2 * MILLI;
    bench.metrics = SpanMetrics::new(Limits::default(), end);
    bench.observe(&[a.clone(), a]);
    bench.emit();
    assert_eq!(
        bench.history(DURATION),
        [
            (0.001, Some(0.0)),
            (15.0, Some(3.0)),
            (15.002, Some(4.0)),
            (15.003, Some(0.0)),
            (30.0, Some(2.0))
        ]
    );
}

#[test]
fn metrics_are_described_once_a_day() {
    let mut bench = Bench::new(Limits::default());
    bench.emit();
    assert_eq!(bench.store.described, []);
    bench.observe(&[span("web", "a", INTERNAL)]);
    for _ in 0..3 {
        bench.emit();
    }
    let described = std::mem::take(&mut bench.store.described);
    let names: Vec<_> = (described.iter())
        .map(|(name, kind, unit, help)| (name.as_str(), kind.as_str(), unit.as_str(), *help))
        .collect();
    let (counter, histogram) = ("prometheus_counter", "prometheus_histogram");
    assert_eq!(
        names,
        [
            (DURATION, histogram, "seconds", true),
            ("traces_service_graph_request_total", counter, "", true),
            ("traces_service_graph_request_failed_total", counter, "", true),
            ("traces_service_graph_request_server_seconds", histogram, "seconds", true),
            ("traces_service_graph_request_client_seconds", histogram, "seconds", true),
            ("traces_service_graph_unpaired_spans_total", counter, "", true),
        ]
    );
    bench.wait(24 * 3_600);
    bench.observe(&[span("web", "a", INTERNAL)]);
    bench.emit();
    assert_eq!(bench.store.described.len(), 6);
}

#[test]
fn exemplars_lead_to_spans_fast_and_slow() {
    let mut bench = Bench::new(Limits::default());
    let at =
        |id: u64, millis: i64| span("web", "a", INTERNAL).at(0x51, id, None).took(millis * MILLI);
    bench.observe(&[at(1, 100), at(2, 101), at(3, 1), at(4, 300), at(5, 5_000), at(6, 2_000)]);
    bench.emit();
    let trace = "0000000000000051000000000000abcd";
    let kept: Vec<_> = (bench.store.exemplars.iter())
        .map(|(name, time, value, trace, span)| {
            assert!(name.starts_with(DURATION));
            ((time - START) / MILLI, *value, trace.as_str(), &span[14..])
        })
        .collect();
    // About 100 ms, which the first took: a faster one, the newest like it, one up to eight times as slow,
    // and the slowest.
    assert_eq!(
        kept,
        [
            (1, 0.001, trace, "03"),
            (101, 0.101, trace, "02"),
            (300, 0.3, trace, "04"),
            (5_000, 5.0, trace, "05"),
        ]
    );
    bench.emit();
    assert_eq!(bench.store.exemplars.len(), 4);
    bench.observe(&[at(7, 100)]);
    bench.emit();
    assert_eq!(bench.store.exemplars.len(), 5);
}

#[test]
fn an_exemplar_outside_the_window_is_left_out_without_a_word() {
    let mut bench = Bench::new(Limits::default());
    let mut old = span("web", "a", INTERNAL);
    old.start -= 365 * 86_400 * SECOND;
    bench.observe(&[old, span("web", "b", INTERNAL)]);
    bench.now = bench.metrics.next_emission();
    let window = TimeWindow {
        received: bench.now,
        oldest: bench.now - 86_400 * SECOND,
        newest: bench.now + 600 * SECOND,
    };
    let built = bench.metrics.emit(bench.now, &bench.store, window).unwrap();
    bench.store.keep(&built);
    assert_eq!(bench.store.exemplars.len(), 1);
    assert_eq!(bench.last(DURATION).len(), 2);
}

#[test]
fn rows_of_another_table_are_refused() {
    let mut metrics = SpanMetrics::new(Limits::default(), START);
    let rows = rows(&[span("web", "a", CLIENT)]);
    let (name, _) = rows.schema().column_with_name("messaging_system").unwrap();
    let kept: Vec<_> = (0..rows.num_columns()).filter(|at| *at != name).collect();
    let error = metrics.observe(&rows.project(&kept).unwrap(), START).unwrap_err();
    assert_eq!(error.to_string(), "the spans lack a column messaging_system of type string");
    assert_eq!(metrics.stats(), SpanMetrics::new(Limits::default(), START).stats());
}

#[test]
fn other_encodings_of_texts_count_the_same() {
    use arrow::array::RecordBatch;
    use arrow::compute::cast;
    use arrow::datatypes::{DataType, Field, Schema};
    use plimsoll_model::schema::dictionary;

    let plain = rows(&[span("web", "a", INTERNAL), span("cart", "b", SERVER).of("shop", "x")]);
    let mut series = Vec::new();
    for encoding in [DataType::Utf8, dictionary(), DataType::LargeUtf8, DataType::Utf8View] {
        let (fields, columns): (Vec<_>, Vec<_>) = (plain.schema().fields().iter())
            .zip(plain.columns())
            .map(|(field, column)| match field.data_type() {
                DataType::Utf8 => {
                    let column = cast(column, &encoding).unwrap();
                    let field = Field::clone(field).with_data_type(encoding.clone());
                    (field, column)
                }
                _ => (Field::clone(field), column.clone()),
            })
            .unzip();
        let batch = RecordBatch::try_new(Schema::new(fields).into(), columns).unwrap();
        let mut bench = Bench::new(Limits::default());
        bench.metrics.observe(&batch, bench.now).unwrap();
        bench.emit();
        assert!(bench.store.series.len() > 2);
        series.push(bench.store.series);
    }
    assert!(series.windows(2).all(|pair| pair[0] == pair[1]));
}
