//! Limits: queries that want too much fail with a clear answer, and the engine goes on.

use std::time::Duration;

use plimsoll_model::ErrorCode;
use plimsoll_query::{Limits, TraceSearch, Window};

use crate::shop::{span_tables, spans, window};
use crate::source::TestSource;

fn source() -> TestSource {
    let source = TestSource::default();
    for seed in 0..4 {
        source.add_files(&span_tables(&spans(seed, 500)));
    }
    source.add_batches(&span_tables(&spans(9, 200)));
    source
}

/// A join of everything with everything.
const ENDLESS: &str = "SELECT count(*) FROM spans a, spans b, spans c, spans d \
                       WHERE a.name || b.name || c.name || d.name LIKE '%nothing%'";

#[tokio::test]
async fn a_query_over_its_time_ends() {
    let mut limits = Limits::new(128 << 20);
    limits.sql_timeout = Duration::from_millis(300);
    let engine = source().engine_with(limits);
    let error = engine.sql(ENDLESS.into(), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DeadlineExceeded, "{error:?}");
    assert!(error.hint.is_some());
    // Its place is free again, and others run.
    for _ in 0..8 {
        let _ = engine.sql("SELECT 1".into(), None).await;
    }
    assert_eq!(engine.sql("SELECT 1".into(), None).await.unwrap().row_count, 1);
}

#[tokio::test]
async fn api_queries_end_on_time_too() {
    let mut limits = Limits::new(128 << 20);
    limits.timeout = Duration::ZERO;
    let engine = source().engine_with(limits);
    let error = engine.traces(TraceSearch::all(window())).await.unwrap_err();
    let expected = [ErrorCode::DeadlineExceeded, ErrorCode::ResourceExhausted];
    assert!(expected.contains(&error.code), "{error:?}");
}

#[tokio::test]
async fn a_query_over_the_memory_fails_and_others_go_on() {
    let engine = source().engine_with(Limits::new(1 << 20));
    let sql = "SELECT trace_id, array_agg(span_id), array_agg(name), array_agg(resource), \
               array_agg(attributes_string) FROM spans GROUP BY 1 ORDER BY 2";
    let error = engine.sql(sql.into(), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ResourceExhausted, "{error:?}");
    assert!(error.hint.is_some() && error.message.contains("memory"), "{error:?}");
    let rows = engine.sql("SELECT count(*) FROM spans".into(), None).await.unwrap().rows.values();
    assert!(rows[0][0].as_u64() > Some(1_000));
    assert_eq!(engine.stats().memory_bytes, 0);
}

#[tokio::test]
async fn a_sort_larger_than_memory_spills() {
    let source = source();
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::new(8 << 20);
    limits.spill_folder = Some(folder.path().join("spill"));
    limits.sql_rows_max = 3;
    let engine = source.engine_with(limits);
    let sql = "SELECT hex(span_id) FROM (SELECT *, row_number() OVER \
               (ORDER BY duration_nano, span_id) AS n FROM spans) ORDER BY name, span_id";
    let found = engine.sql(sql.into(), None).await;
    match found {
        Ok(result) => assert_eq!(result.row_count, 3),
        Err(error) => assert_eq!(error.code, ErrorCode::ResourceExhausted, "{error:?}"),
    }
    let left = std::fs::read_dir(folder.path().join("spill")).unwrap();
    drop(engine);
    let files = left.flatten().filter(|entry| entry.path().is_file()).count();
    assert_eq!(files, 0);
}

#[tokio::test]
async fn a_result_over_its_bytes_is_refused() {
    let mut limits = Limits::new(128 << 20);
    limits.sql_bytes_max = 10_000;
    let engine = source().engine_with(limits);
    let error = engine.sql("SELECT * FROM spans".into(), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TooLarge, "{error:?}");
    assert!(engine.sql("SELECT name FROM spans LIMIT 3".into(), None).await.is_ok());
}

#[tokio::test]
async fn too_many_queries_at_once_are_refused() {
    let mut limits = Limits::new(128 << 20);
    limits.concurrent_max = 1;
    limits.waiting_max = 1;
    limits.sql_timeout = Duration::from_secs(2);
    let engine = source().engine_with(limits);
    let long =
        |engine: plimsoll_query::Engine| async move { engine.sql(ENDLESS.into(), None).await };
    let (a, b, c) = tokio::join!(long(engine.clone()), long(engine.clone()), long(engine.clone()));
    let codes = [a, b, c].map(|answer| answer.unwrap_err().code);
    assert!(codes.contains(&ErrorCode::ResourceExhausted), "{codes:?}");
    assert!(codes.contains(&ErrorCode::DeadlineExceeded), "{codes:?}");
}

#[tokio::test]
async fn a_caller_that_leaves_frees_its_place() {
    let mut limits = Limits::new(128 << 20);
    limits.concurrent_max = 1;
    let engine = source().engine_with(limits);
    let task = tokio::spawn({
        let engine = engine.clone();
        async move { engine.sql(ENDLESS.into(), None).await }
    });
    while engine.stats().running == 0 {
        tokio::task::yield_now().await;
    }
    task.abort();
    let answer = engine.sql("SELECT 1".into(), None).await.unwrap();
    assert_eq!(answer.row_count, 1);
}

#[test]
fn empty_windows_are_refused() {
    let error = Window::new(5, 5).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidArgument);
}
