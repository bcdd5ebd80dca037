//! What SQL refuses, and how it says so.

use plimsoll_model::ErrorCode;
use plimsoll_query::{Location, QueryError};

use crate::shop::{span_tables, spans};
use crate::source::TestSource;

async fn refused(sql: &str) -> QueryError {
    let source = TestSource::default();
    source.add_files(&span_tables(&spans(1, 5)));
    match source.engine().sql(sql.to_owned(), None).await {
        Ok(result) => panic!("{sql} answered {result:?}"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn only_reading_is_allowed() {
    for sql in [
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE t (a int)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE SCHEMA s",
        "CREATE DATABASE d",
        "CREATE FUNCTION f() RETURNS int RETURN 1",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 's3://bucket/x'",
        "DROP TABLE spans",
        "DROP VIEW spans_readable",
        "ALTER TABLE spans ADD COLUMN x int",
        "TRUNCATE spans",
        "INSERT INTO spans SELECT * FROM spans",
        "UPDATE spans SET name = 'x'",
        "DELETE FROM spans",
        "MERGE INTO spans USING logs ON true WHEN MATCHED THEN DELETE",
        "COPY spans TO '/tmp/x.parquet'",
        "COPY (SELECT 1) TO '/tmp/x.csv' STORED AS CSV",
        "COPY spans FROM '/etc/passwd'",
        "SET datafusion.execution.batch_size = 1",
        "RESET datafusion.execution.batch_size",
        "SET TIME ZONE 'UTC'",
        "BEGIN",
        "COMMIT",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "DEALLOCATE p",
        "GRANT ALL ON spans TO x",
        "KILL 1",
        "USE other",
        "ANALYZE TABLE spans",
        "CALL f()",
        "LOAD DATA INPATH '/etc/passwd' INTO TABLE spans",
        "ATTACH DATABASE 'x' AS y",
        "SHOW VARIABLES",
        "EXPLAIN COPY spans TO '/tmp/x'",
        "EXPLAIN ANALYZE INSERT INTO spans SELECT * FROM spans",
        "EXPLAIN DROP TABLE spans",
        "EXPLAIN EXPLAIN DELETE FROM spans",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE spans",
        "SELECT * INTO t FROM spans",
        "WITH x AS (DELETE FROM spans RETURNING *) SELECT * FROM x",
        "",
        "   ",
        "-- nothing",
    ] {
        let error = refused(sql).await;
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn nothing_leads_to_files_or_the_network() {
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'file:///etc/passwd'",
        "SELECT * FROM \"/etc/hosts.csv\"",
        "SELECT * FROM 's3://bucket/file.parquet'",
        "SELECT * FROM 'https://example.com/file.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM parquet_metadata('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM generate_series(1, 10)",
        "SELECT * FROM range(10)",
        "SELECT * FROM metadata_cache()",
        "SELECT input_file_name() FROM spans",
        "SELECT version()",
        "SELECT repeat('x', 1000000000)",
        "SELECT lpad('x', 1000000000)",
        "SELECT rpad('x', 1000000000)",
        "SELECT array_repeat(1, 1000000000)",
        "SELECT array_resize([1], 1000000000, 1)",
        "SELECT generate_series(1, 1000000000)",
        "SELECT range(1000000000)",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT load_extension('x')",
        "SELECT getenv('HOME')",
        "SELECT @@version",
        "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    ] {
        let error = refused(sql).await;
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn errors_say_where_and_what() {
    let error = refused("SELECT *\nFROM spans\nWHER x").await;
    assert!(error.location.is_some(), "{error:?}");
    let error = refused("SELECT\n  nome FROM spans").await;
    assert_eq!(error.location, Some(Location { line: 2, column: 3 }), "{error:?}");
    assert!(error.message.contains("nome"), "{error:?}");
    let error = refused("SELECT * FROM spens").await;
    assert!(error.message.contains("spens"), "{error:?}");
    let error = refused("SELECT repeet('x')").await;
    assert!(error.message.contains("repeet"), "{error:?}");
    let error = refused("SELECT 1 / 0").await;
    assert_eq!(error.code, ErrorCode::InvalidArgument, "{error:?}");
    let error = refused("DROP TABLE spans").await;
    assert!(error.message.starts_with("DROP TABLE is not allowed"), "{error:?}");
}

#[tokio::test]
async fn deep_and_long_texts_end_well() {
    let nested = format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    refused(&nested).await;
    let long = format!("SELECT '{}'", "x".repeat(100_000));
    assert_eq!(refused(&long).await.code, ErrorCode::TooLarge);
    let source = TestSource::default();
    source.add_files(&span_tables(&spans(1, 5)));
    let list = (0..5_000).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    for (sql, allowed) in [
        (format!("SELECT {}", vec!["1"; 900].join("+")), true),
        (format!("SELECT {}", vec!["1"; 5_000].join("+")), false),
        (format!("SELECT {}", vec!["1"; 5_000].join("||")), false),
        (format!("SELECT 1{}", "::int".repeat(5_000)), false),
        (format!("SELECT {}true", "NOT ".repeat(5_000)), false),
        (format!("SELECT 1{}", " IS NULL".repeat(5_000)), false),
        (format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(300)), true),
        (format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(3_000)), false),
        (format!("SELECT count(*) FROM spans WHERE kind IN ({list})"), true),
        (format!("SELECT 1 FROM {}", vec!["spans"; 5_000].join(",")), false),
        (format!("SELECT {}1{}", "abs(".repeat(45), ")".repeat(45)), true),
        (format!("SELECT {}1{}", "abs(".repeat(5_000), ")".repeat(5_000)), false),
    ] {
        let answer = source.engine().sql(sql.clone(), None).await;
        assert_eq!(answer.is_ok(), allowed, "{}: {answer:?}", &sql[..40]);
    }
    let rows = source.engine().sql("SELECT 1".into(), None).await.unwrap().rows.values();
    assert_eq!(rows.len(), 1);
}
