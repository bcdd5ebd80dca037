//! Trace by id, search, paging.

use std::collections::{BTreeMap, HashSet};

use plimsoll_model::{ErrorCode, SpanId, TraceId};
use plimsoll_query::{AttributeFilter, SpanStatus, TraceSearch, TraceSort, Window};

use crate::shop::{HOUR, NOON, SECOND, TestSpan, Value, span_tables, spans, trace_id, window};
use crate::source::TestSource;

/// A source with half of the spans in memory and half in files.
fn mixed(spans: &[TestSpan]) -> TestSource {
    let source = TestSource::default();
    for (i, part) in spans.chunks(spans.len() / 7 + 1).enumerate() {
        match i % 2 {
            0 => source.add_batches(&span_tables(part)),
            _ => source.add_files(&span_tables(part)),
        }
    }
    source
}

/// Trace ids in the order a search should give: by the best matching span of each.
fn expected(
    spans: &[TestSpan],
    sort: TraceSort,
    passes: impl Fn(&TestSpan) -> bool,
) -> Vec<String> {
    let mut best: BTreeMap<TraceId, (i64, TraceId, SpanId)> = BTreeMap::new();
    for span in spans.iter().filter(|span| passes(span)) {
        let value = match sort {
            TraceSort::Time => span.start,
            TraceSort::Duration => span.duration,
        };
        let key = (value, span.trace, span.span);
        let entry = best.entry(span.trace).or_insert(key);
        *entry = (*entry).max(key);
    }
    let mut keys: Vec<_> = best.into_values().collect();
    keys.sort_unstable();
    keys.iter().rev().map(|(_, trace, _)| trace.to_string()).collect()
}

async fn all_pages(source: &TestSource, search: TraceSearch) -> Vec<String> {
    let engine = source.engine();
    let mut found = Vec::new();
    let mut search = search;
    loop {
        let page = engine.traces(search.clone()).await.unwrap();
        assert!(page.traces.len() <= search.limit);
        assert!(page.next_cursor.is_none() || page.traces.len() == search.limit);
        found.extend(page.traces.into_iter().map(|trace| trace.trace_id));
        match page.next_cursor {
            Some(cursor) => search.cursor = Some(cursor),
            None => return found,
        }
    }
}

async fn check(
    spans: &[TestSpan],
    change: impl Fn(&mut TraceSearch),
    passes: impl Fn(&TestSpan) -> bool,
) {
    let source = mixed(spans);
    for sort in [TraceSort::Time, TraceSort::Duration] {
        let mut search = TraceSearch { sort, limit: 7, ..TraceSearch::all(window()) };
        change(&mut search);
        let window = search.window;
        let expected = expected(spans, sort, |span| window.contains(span.start) && passes(span));
        assert_eq!(all_pages(&source, search.clone()).await, expected, "{search:?}");
    }
}

fn has(span: &TestSpan, key: &str, passes: impl Fn(&Value) -> bool) -> bool {
    span.attributes.iter().any(|(k, value)| *k == key && passes(value))
}

#[tokio::test]
async fn searches_find_what_a_plain_loop_finds() {
    let spans = spans(1, 60);
    check(&spans, |_| {}, |_| true).await;
    check(&spans, |s| s.service = Some("cart".into()), |s| s.service == "cart").await;
    check(&spans, |s| s.operation = Some("charge".into()), |s| s.name == "charge").await;
    check(&spans, |s| s.environment = Some("stage".into()), |s| s.environment == "stage").await;
    check(&spans, |s| s.status = Some(SpanStatus::Error), TestSpan::failed).await;
    check(&spans, |s| s.status = Some(SpanStatus::Ok), |s| !s.failed()).await;
    check(&spans, |s| s.requests = true, TestSpan::is_entry).await;
    check(&spans, |s| s.min_duration_ms = Some(1.5), |s| s.duration >= 1_500_000).await;
    check(&spans, |s| s.max_duration_ms = Some(1.5), |s| s.duration <= 1_500_000).await;
    check(&spans, |s| s.text = Some("CaRt".into()), |s| s.name.contains("cart")).await;
    check(&spans, |s| s.service = Some("nobody".into()), |_| false).await;
    let narrow = Window::new(NOON - HOUR / 2, NOON - HOUR / 3).unwrap();
    check(&spans, |s| s.window = narrow, |_| true).await;
    check(
        &spans,
        |s| (s.service, s.status) = (Some("web".into()), Some(SpanStatus::Error)),
        |s| s.service == "web" && s.failed(),
    )
    .await;
}

#[tokio::test]
async fn attribute_filters_look_everywhere() {
    let spans = spans(2, 60);
    let filter = |text: &'static str| {
        move |search: &mut TraceSearch| {
            search.attributes = vec![AttributeFilter::parse(text).unwrap()];
        }
    };
    let user = |name: &'static str| {
        move |s: &TestSpan| has(s, "user.id", |v| matches!(v, Value::Text(t) if t == name))
    };
    let items = |test: fn(i64) -> bool| {
        move |s: &TestSpan| has(s, "items", |v| matches!(v, Value::Int(i) if test(*i)))
    };
    check(&spans, filter("user.id=user-3"), user("user-3")).await;
    check(&spans, filter("user.id!=user-3"), |s| !user("user-3")(s)).await;
    check(&spans, filter("user.id~=ER-1"), |s| {
        has(s, "user.id", |v| matches!(v, Value::Text(t) if t.contains("er-1")))
    })
    .await;
    check(&spans, filter("items=3"), items(|i| i == 3)).await;
    check(&spans, filter("items!=3"), items(|i| i != 3)).await;
    check(&spans, filter("amount=0.25"), |s| {
        has(s, "amount", |v| matches!(v, Value::Double(d) if *d == 0.25))
    })
    .await;
    check(&spans, filter("vip=true"), |s| has(s, "vip", |v| matches!(v, Value::Bool(true)))).await;
    check(&spans, filter("tags~=1.5"), |_| true).await;
    check(&spans, filter("nothing"), |_| false).await;
    check(&spans, filter("vip"), |_| true).await;
    // A promoted key, the resource by both spellings, a number of the resource.
    check(&spans, filter("http.response.status_code=500"), TestSpan::failed).await;
    check(&spans, filter("service.version=2.1"), |s| s.service == "cart").await;
    check(&spans, filter("resource.service.version=2.1"), |s| s.service == "cart").await;
    check(&spans, filter("host.cpus=4"), |_| true).await;
    check(&spans, filter("resource.load=0.5"), |_| true).await;
    check(&spans, filter("resource.user.id=user-3"), |_| false).await;
}

#[tokio::test]
async fn own_attributes_hide_those_of_the_resource() {
    let mut spans = spans(3, 4);
    spans[0].attributes.push(("host.cpus", Value::Text("many".into())));
    // A promoted key of another type is in a map.
    spans[1].attributes[1] = ("http.response.status_code", Value::Text("418".into()));
    let (first, second) = (spans[0].span, spans[1].span);
    let filter = |text: &'static str| {
        move |s: &mut TraceSearch| s.attributes = vec![AttributeFilter::parse(text).unwrap()]
    };
    check(&spans, filter("host.cpus=4"), |s| s.span != first).await;
    check(&spans, filter("host.cpus=many"), |s| s.span == first).await;
    check(&spans, filter("resource.host.cpus=4"), |_| true).await;
    check(&spans, filter("http.response.status_code=418"), |s| s.span == second).await;
}

#[tokio::test]
async fn summaries_sum_up_whole_traces() {
    let spans = spans(4, 40);
    let source = mixed(&spans);
    let mut search = TraceSearch::all(window());
    // Matches one span of a trace; the summary is of all its spans.
    search.service = Some("payment".into());
    let page = source.engine().traces(search).await.unwrap();
    assert!(!page.traces.is_empty());
    for found in page.traces {
        let of: Vec<_> = spans.iter().filter(|s| s.trace.to_string() == found.trace_id).collect();
        let root = of.iter().find(|s| s.parent.is_none()).unwrap();
        assert_eq!(
            (found.root_service.as_str(), found.root_name.as_str()),
            (root.service, root.name)
        );
        assert_eq!(found.spans, of.len() as u64);
        assert_eq!(found.errors, of.iter().filter(|s| s.failed()).count() as u64);
        assert_eq!(found.services.iter().map(|s| s.spans).sum::<u64>(), found.spans);
        let start = of.iter().map(|s| s.start).min().unwrap();
        let end = of.iter().map(|s| s.end()).max().unwrap();
        assert_eq!(found.start, plimsoll_query::rfc3339(start));
        assert!((found.duration_ms - (end - start) as f64 / 1e6).abs() < 1e-5);
        let newest = of.iter().filter(|s| s.service == "payment").max_by_key(|s| s.start).unwrap();
        assert_eq!(found.matched.span_id, newest.span.to_string());
        assert_eq!(found.matched.service, "payment");
    }
}

#[tokio::test]
async fn pages_show_each_trace_once_while_data_arrives_and_moves() {
    let known = spans(5, 50);
    let source = mixed(&known);
    let engine = source.engine();
    let mut search = TraceSearch { limit: 6, ..TraceSearch::all(window()) };
    let mut found = Vec::new();
    for round in 0.. {
        let page = engine.traces(search.clone()).await.unwrap();
        found.extend(page.traces.into_iter().map(|trace| trace.trace_id));
        // Newer traces than all known ones, and a flush of what was in memory.
        let mut newer = spans(100 + round, 3);
        newer.iter_mut().for_each(|span| span.start = NOON - SECOND + round as i64);
        source.add_batches(&span_tables(&newer));
        if round % 3 == 1 {
            source.flush();
        }
        match page.next_cursor {
            Some(cursor) => search.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(found, expected(&known, TraceSort::Time, |_| true));
}

#[tokio::test]
async fn a_trace_comes_whole_from_anywhere() {
    let mut spans = spans(6, 50);
    let source = mixed(&spans);
    let engine = source.engine();
    let wanted: HashSet<TraceId> = spans.iter().map(|span| span.trace).collect();
    spans.sort_by_key(|span| (span.start, span.span.to_string()));
    for id in wanted {
        let trace = engine.trace(id).await.unwrap();
        let of: Vec<_> = spans.iter().filter(|span| span.trace == id).collect();
        let ids: Vec<_> = trace.spans.iter().map(|span| span.span_id.clone()).collect();
        assert_eq!(ids, of.iter().map(|span| span.span.to_string()).collect::<Vec<_>>());
        assert_eq!(trace.errors, of.iter().filter(|span| span.failed()).count() as u64);
        assert!(trace.usual_p50_ms.is_some() && !trace.truncated);
        for (found, span) in trace.spans.iter().zip(of) {
            assert_eq!(found.service, span.service);
            assert_eq!(found.name, span.name);
            assert_eq!(found.parent_span_id, span.parent.map(|id| id.to_string()));
            assert_eq!(found.start_unix_nano, span.start.to_string());
            assert_eq!(found.duration_nano, span.duration.to_string());
            assert_eq!(found.status.message, span.message);
            let resource = &trace.resources[found.resource];
            assert_eq!(resource.attributes[0].value, span.service);
            assert_eq!(trace.scopes[found.scope].name, "shop-tracer");
            assert_eq!(found.attributes.len(), span.attributes.len());
            let tags = found.attributes.iter().find(|a| a.key == "tags").unwrap();
            assert_eq!((tags.kind, tags.value.to_string().as_str()), ("array", r#"["a",1.5]"#));
        }
    }
    let error = engine.trace(trace_id(999)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_trace_with_too_many_spans_is_cut() {
    let mut spans = spans(7, 30);
    let id = spans[0].trace;
    spans.iter_mut().for_each(|span| span.trace = id);
    let source = mixed(&spans);
    let mut limits = plimsoll_query::Limits::new(64 << 20);
    limits.trace_spans_max = 10;
    let trace = source.engine_with(limits).trace(id).await.unwrap();
    assert!(trace.truncated);
    let mut starts: Vec<_> = spans.iter().map(|span| span.start.to_string()).collect();
    starts.sort();
    let found: Vec<_> = trace.spans.iter().map(|span| span.start_unix_nano.clone()).collect();
    assert_eq!(found, starts[..10]);
}

#[tokio::test]
async fn wrong_cursors_are_refused() {
    let source = mixed(&spans(8, 10));
    let engine = source.engine();
    let mut search = TraceSearch { limit: 2, ..TraceSearch::all(window()) };
    let cursor = engine.traces(search.clone()).await.unwrap().next_cursor.unwrap();
    for wrong in ["", "x", "AQ", &cursor[1..], &format!("{cursor}AA")] {
        search.cursor = Some(wrong.to_owned());
        let error = engine.traces(search.clone()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{wrong}");
    }
    // A cursor of another order.
    search.cursor = Some(cursor);
    search.sort = TraceSort::Duration;
    assert_eq!(engine.traces(search).await.unwrap_err().code, ErrorCode::InvalidArgument);
}
