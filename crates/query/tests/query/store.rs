//! The real store as a source: the same answers before a flush, after it, and after a compaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_model::{SystemClock, TimeWindow};
use plimsoll_query::{AttributeFilter, Engine, Limits, LogSearch, TraceSearch};
use plimsoll_store::{Options, Record, Store};

use crate::shop::{TestSpan, Value, log_tables, logs, span_tables, spans, window};

async fn append(store: &Store, kind: RecordKind, batch: Batch) {
    let body = bytes::Bytes::from_static(b"not replayed here");
    let record = Record { kind, window: TimeWindow::unbounded(0), body, batch };
    store.append(record).await.unwrap();
}

async fn check(engine: &Engine, spans: &[TestSpan], logs: usize) {
    for span in spans.iter().step_by(17) {
        let trace = engine.trace(span.trace).await.unwrap();
        let expected = spans.iter().filter(|other| other.trace == span.trace).count();
        assert_eq!(trace.spans.len(), expected);
    }
    let list = engine.services(window(), None).await.unwrap();
    let requests: u64 = list.services.iter().map(|service| service.requests).sum();
    assert_eq!(requests, spans.iter().filter(|span| span.is_entry()).count() as u64);
    let search = TraceSearch { limit: 1_000, ..TraceSearch::all(window()) };
    let traces = engine.traces(search).await.unwrap().traces;
    assert_eq!(traces.iter().map(|trace| trace.spans).sum::<u64>(), spans.len() as u64);
    // By a value of each user: the store's Bloom filters must not hide one, nor show another's.
    for user in ["user-0", "user-1", "user-2", "user-3", "nobody"] {
        let has = |span: &&TestSpan| {
            span.attributes.iter().any(|(key, value)| {
                *key == "user.id" && matches!(value, Value::Text(text) if text == user)
            })
        };
        let expected: BTreeSet<_> =
            spans.iter().filter(has).map(|span| span.trace.to_string()).collect();
        let attributes = vec![AttributeFilter::parse(&format!("user.id={user}")).unwrap()];
        let search = TraceSearch { attributes, limit: 1_000, ..TraceSearch::all(window()) };
        let found = engine.traces(search).await.unwrap().traces;
        assert_eq!(found.into_iter().map(|t| t.trace_id).collect::<BTreeSet<_>>(), expected);
        assert_eq!(expected.is_empty(), user == "nobody");
    }
    let search = LogSearch { limit: 1_000, ..LogSearch::all(window()) };
    assert_eq!(engine.logs(search).await.unwrap().logs.len(), logs);
    let rows = engine
        .sql("SELECT count(*), min(date) FROM spans".into(), None)
        .await
        .unwrap()
        .rows
        .values();
    assert_eq!(rows, [[serde_json::json!(spans.len()), serde_json::json!("2026-11-22")]]);
}

#[tokio::test]
async fn answers_stay_the_same_while_rows_move() {
    let folder = tempfile::tempdir().unwrap();
    let none: Box<plimsoll_store::Decode> = Box::new(|_, _, _| Err("nothing to replay".to_owned()));
    let mut options = Options::new(folder.path(), 64 << 20);
    options.disk_reserve_bytes = 0;
    let store = Store::open(options, Arc::new(SystemClock), &*none).unwrap();
    let mut limits = Limits::new(64 << 20);
    limits.threads = 2;
    let engine = Engine::new(store.clone(), limits).unwrap();
    let (spans, logs) = (spans(1, 200), logs(1, 200));
    append(&store, RecordKind::OtlpLogs, Batch { tables: log_tables(&logs) }).await;
    for (i, part) in spans.chunks(spans.len() / 9 + 1).enumerate() {
        append(&store, RecordKind::OtlpTraces, Batch { tables: span_tables(part) }).await;
        if i % 3 == 2 {
            store.flush().await.unwrap();
        }
    }
    check(&engine, &spans, logs.len()).await;
    store.flush().await.unwrap();
    check(&engine, &spans, logs.len()).await;
    while store.compact().await.unwrap() > 0 {}
    check(&engine, &spans, logs.len()).await;
    store.close().await.unwrap();
}
