//! What SQL answers.

use plimsoll_model::ErrorCode;
use serde_json::{Value, json};

use crate::shop::{TestSpan, log_tables, logs, span_tables, spans};
use crate::source::TestSource;

fn mixed(spans: &[TestSpan]) -> TestSource {
    let source = TestSource::default();
    let (left, right) = spans.split_at(spans.len() / 2);
    source.add_files(&span_tables(left));
    source.add_batches(&span_tables(right));
    source.add_files(&log_tables(&logs(1, 40)));
    source
}

async fn rows(source: &TestSource, sql: &str) -> Vec<Vec<Value>> {
    let result = source.engine().sql(sql.to_owned(), None).await;
    result.unwrap_or_else(|error| panic!("{sql}: {error:?}")).rows.values()
}

#[tokio::test]
async fn the_first_query_anybody_writes_works() {
    let spans = spans(1, 50);
    let source = mixed(&spans);
    let sql =
        "SELECT service_name, count(*) FROM spans WHERE status_code = 2 GROUP BY 1 ORDER BY 1";
    let mut expected: std::collections::BTreeMap<&str, u64> = Default::default();
    spans.iter().filter(|s| s.failed()).for_each(|s| *expected.entry(s.service).or_default() += 1);
    let expected: Vec<_> = expected.iter().map(|(k, v)| vec![json!(k), json!(v)]).collect();
    assert_eq!(rows(&source, sql).await, expected);
}

#[tokio::test]
async fn functions_of_ours() {
    let spans = spans(2, 20);
    let source = mixed(&spans);
    let id = spans[3].trace;
    let of = spans.iter().filter(|span| span.trace == id).count();
    for sql in [
        format!("SELECT count(*) FROM spans WHERE trace_id = unhex('{id}')"),
        format!("SELECT count(*) FROM spans WHERE hex(trace_id) = '{id}'"),
        format!("SELECT count(*) FROM spans_readable WHERE trace_id = '{id}'"),
        format!("SELECT count(*) FROM spans_readable WHERE trace_id IN ('{id}', '00', 'zz')"),
    ] {
        assert_eq!(rows(&source, &sql).await, [[json!(of)]], "{sql}");
    }
    let found = rows(&source, "SELECT hex(unhex('00FFa0')), unhex('01'), to_time(1)").await;
    assert_eq!(found, [[json!("00ffa0"), json!("01"), json!("1970-01-01T00:00:00.000000001Z")]]);
    let sql = "SELECT count(*) FROM spans WHERE attribute(attributes_string, 'user.id') = 'user-3' \
               AND attributes_int['items'] >= 0 AND attribute(attributes_double, 'none') IS NULL";
    let user = |span: &&TestSpan| matches!(&span.attributes[0].1, crate::shop::Value::Text(text) if text == "user-3");
    assert_eq!(rows(&source, sql).await, [[json!(spans.iter().filter(user).count())]]);
    let sql = "SELECT DISTINCT json_get(resource, 'host.cpus'), json_get(resource, 'load'), \
               json_get(resource, 'nothing') FROM spans";
    assert_eq!(rows(&source, sql).await, [[json!("4"), json!("0.5"), Value::Null]]);
    let sql = "SELECT count(*) FROM spans_readable WHERE now() > to_time(0) AND now() = now()";
    assert_eq!(rows(&source, sql).await, [[json!(spans.len())]]);
    let error = source.engine().sql("SELECT unhex('xyz')".into(), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    assert!(error.message.contains("unhex expects pairs of hex digits"), "{error:?}");
}

#[tokio::test]
async fn json_loses_nothing() {
    let source = mixed(&spans(3, 5));
    let sql = "SELECT 9007199254740992 a, 9007199254740993 b, -9223372036854775808 c, \
               CAST('NaN' AS double) d, CAST('-inf' AS double) e, 0.1 f, NULL g, \
               [1, NULL, 3] h, {'k': 'v'} i, arrow_cast(18446744073709551615, 'UInt64') j, \
               TRUE k, CAST('2026-11-22' AS date) l, CAST(1.5 AS decimal(10, 2)) m";
    let expected = json!([
        9_007_199_254_740_992_i64, "9007199254740993", "-9223372036854775808", "NaN", "-Infinity",
        0.1, null, [1, null, 3], {"k": "v"}, "18446744073709551615", true, "2026-11-22", "1.50"
    ]);
    assert_eq!(json!(rows(&source, sql).await[0]), expected);
    let result = source.engine().sql("SELECT * FROM spans LIMIT 1".into(), None).await.unwrap();
    let at = |name: &str| result.columns.iter().position(|column| column.name == name).unwrap();
    let row = &result.rows.values()[0];
    assert_eq!(row[at("trace_id")].as_str().unwrap().len(), 32);
    assert!(row[at("time_unix_nano")].is_string());
    assert!(row[at("attributes_int")]["items"].is_u64());
    assert_eq!(row[at("date")], "2026-11-22");
    assert!(row[at("resource")].as_str().unwrap().starts_with('{'));
    assert_eq!(row[at("events")], json!([]));
    let kind = |name: &str| result.columns[at(name)].kind.as_str();
    assert_eq!(kind("trace_id"), "binary");
    assert_eq!(kind("attributes_string"), "map");
    assert_eq!(kind("events"), "list of struct");
    assert_eq!(kind("resource"), "text");
}

#[tokio::test]
async fn rows_are_cut_at_the_limit() {
    let spans = spans(4, 50);
    let source = mixed(&spans);
    let engine = source.engine();
    let cut = engine.sql("SELECT name FROM spans".into(), Some(5)).await.unwrap();
    assert!(cut.truncated);
    assert_eq!((cut.row_count, cut.rows.values().len()), (5, 5));
    let all = engine.sql("SELECT name FROM spans".into(), Some(spans.len())).await.unwrap();
    assert!(!all.truncated);
    assert_eq!(all.row_count, spans.len());
}

#[tokio::test]
async fn views_and_the_catalogue() {
    let source = mixed(&spans(5, 30));
    for sql in [
        "SELECT * FROM spans_readable LIMIT 3",
        "SELECT * FROM logs_readable ORDER BY time DESC LIMIT 3",
        "SELECT * FROM samples_readable",
        "SELECT * FROM series_distinct",
        "SELECT * FROM exemplars",
        "SELECT * FROM histograms",
        "SELECT * FROM trace_times LIMIT 1",
        "SELECT * FROM errors_readable",
        "SELECT * FROM sessions",
        "DESCRIBE spans",
        "DESCRIBE spans_readable",
        "SHOW TABLES",
        "SHOW FUNCTIONS LIKE 'approx%'",
        "SHOW COLUMNS FROM logs",
        "SELECT table_name FROM information_schema.tables",
        "EXPLAIN SELECT count(*) FROM spans",
        "EXPLAIN ANALYZE SELECT count(*) FROM spans",
        "WITH slow AS (SELECT * FROM spans WHERE duration_nano > 1000) SELECT count(*) FROM slow",
        "SELECT service_name, approx_percentile_cont(duration_nano, 0.99) FROM spans GROUP BY 1",
        "SELECT date_bin(interval '1 minute', time), count(*) FROM spans_readable GROUP BY 1",
        "SELECT s.name, l.body FROM spans s JOIN logs l ON s.trace_id = l.trace_id",
        "SELECT name, row_number() OVER (PARTITION BY service_name ORDER BY duration_nano) FROM spans",
        "SELECT count(*) FROM spans WHERE date = '2026-11-22'",
        "SELECT unnest(map_keys(attributes_string)) k, count(*) FROM spans GROUP BY 1",
        "SELECT e['name'] FROM (SELECT unnest(events) AS e FROM spans)",
        "VALUES (1, 'x')",
        "SELECT 1;",
    ] {
        rows(&source, sql).await;
    }
    let names = rows(&source, "SHOW TABLES").await;
    let names: Vec<_> = names.iter().map(|row| row[2].as_str().unwrap_or_default()).collect();
    for table in [
        "spans",
        "logs",
        "samples",
        "series",
        "spans_readable",
        "samples_readable",
        "errors",
        "sessions",
        "errors_readable",
    ] {
        assert!(names.contains(&table), "{table} in {names:?}");
    }
}

#[tokio::test]
async fn times_and_ids_prune_files_before_they_are_read() {
    let spans = spans(6, 40);
    let source = TestSource::default();
    source.add_files(&span_tables(&spans));
    let mut later = spans.clone();
    later.iter_mut().for_each(|span| span.start += 2 * 86_400_000_000_000);
    source.add_files(&span_tables(&later));
    source.add_batches(&span_tables(&later));
    let plan = |sql: &str| {
        let (source, sql) = (source.clone(), format!("EXPLAIN {sql}"));
        async move { rows(&source, &sql).await.iter().map(|r| r[1].to_string()).collect::<String>() }
    };
    let files = |plan: &str| plan.matches(".parquet").count();
    let noon = "2026-11-22T14:00:00Z";
    for (sql, expected) in [
        ("SELECT count(name) FROM spans".to_owned(), 2),
        (format!("SELECT name FROM spans_readable WHERE time < '{noon}'"), 1),
        (format!("SELECT name FROM spans_readable WHERE time >= timestamp '{noon}'"), 1),
        ("SELECT name FROM spans WHERE date = '2026-11-24'".to_owned(), 1),
        ("SELECT name FROM spans WHERE date < '2026-11-22'".to_owned(), 0),
        ("SELECT name FROM spans WHERE time_unix_nano BETWEEN 1 AND 2".to_owned(), 0),
        (format!("SELECT name FROM spans WHERE to_time(time_unix_nano) < '{noon}' OR true"), 2),
    ] {
        let plan = plan(&sql).await;
        assert_eq!(files(&plan), expected, "{sql}\n{plan}");
    }
    // Both are comparisons of the stored column, pushed into the scan.
    for sql in [
        "SELECT name FROM spans_readable WHERE trace_id = 'aabb'",
        "SELECT name FROM spans WHERE trace_id = unhex('aabb')",
    ] {
        let plan = plan(sql).await;
        assert!(plan.contains("predicate=trace_id@"), "{plan}");
        assert!(!plan.contains("hex("), "{plan}");
    }
}
