//! Log search, paging and volume.

use std::collections::BTreeMap;

use plimsoll_query::{AttributeFilter, LogSearch, Severity};

use crate::shop::{NOON, SECOND, TestLog, Value, log_tables, logs, trace_id, window};
use crate::source::TestSource;

fn mixed(logs: &[TestLog]) -> TestSource {
    let source = TestSource::default();
    for (i, part) in logs.chunks(logs.len() / 5 + 1).enumerate() {
        match i % 2 {
            0 => source.add_files(&log_tables(part)),
            _ => source.add_batches(&log_tables(part)),
        }
    }
    source
}

/// What identifies a record here, counted: equal records are interchangeable.
fn counted(
    records: impl Iterator<Item = (String, String, String)>,
) -> BTreeMap<(String, String, String), u32> {
    let mut counts = BTreeMap::new();
    records.for_each(|record| *counts.entry(record).or_default() += 1);
    counts
}

async fn check(
    logs: &[TestLog],
    change: impl Fn(&mut LogSearch),
    passes: impl Fn(&TestLog) -> bool,
) {
    let source = mixed(logs);
    let engine = source.engine();
    let mut search = LogSearch { limit: 9, ..LogSearch::all(window()) };
    change(&mut search);
    let volume = engine.log_volume(search.clone()).await.unwrap();
    let mut found = Vec::new();
    for round in 0.. {
        let page = engine.logs(search.clone()).await.unwrap();
        assert!(page.next_cursor.is_none() || page.logs.len() == search.limit);
        found.extend(page.logs);
        // What comes meanwhile is newer; what was in memory moves to files.
        source.add_batches(&log_tables(&[TestLog { time: NOON - SECOND, ..logs[0].clone() }]));
        if round % 4 == 2 {
            source.flush();
        }
        match page.next_cursor {
            Some(cursor) => search.cursor = Some(cursor),
            None => break,
        }
    }
    assert!(found.is_sorted_by(|a, b| a.time >= b.time));
    let expected: Vec<_> = logs.iter().filter(|log| passes(log)).collect();
    let counts = &volume.by_severity;
    let total: u64 = [&counts.error, &counts.warn, &counts.info, &counts.debug]
        .iter()
        .map(|counts| counts.iter().sum::<u64>())
        .sum();
    assert_eq!(total, expected.len() as u64);
    let errors = expected.iter().filter(|log| log.severity >= 17).count() as u64;
    assert_eq!(counts.error.iter().sum::<u64>(), errors);
    let found = counted(found.into_iter().map(|r| (r.time_unix_nano, r.service, r.body)));
    let expected = counted(
        expected.iter().map(|l| (l.time.to_string(), l.service.to_owned(), l.body.clone())),
    );
    assert_eq!(found, expected);
}

#[tokio::test]
async fn searches_find_what_a_plain_loop_finds() {
    let logs = logs(1, 300);
    check(&logs, |_| {}, |_| true).await;
    check(&logs, |s| s.service = Some("cart".into()), |l| l.service == "cart").await;
    check(&logs, |s| s.severity = Some(Severity::Warn), |l| l.severity >= 13).await;
    check(&logs, |s| s.severity = Some(Severity::Trace), |_| true).await;
    check(&logs, |s| s.text = Some("failed".into()), |l| l.body.contains("FAILED")).await;
    check(&logs, |s| s.trace_id = Some(trace_id(3)), |l| l.trace == Some(trace_id(3))).await;
    check(
        &logs,
        |s| s.attributes = vec![AttributeFilter::parse("order=7").unwrap()],
        |l| matches!(l.attributes[0].1, Value::Int(7)),
    )
    .await;
}

#[tokio::test]
async fn many_records_of_one_time_are_paged_exactly() {
    let mut logs = logs(2, 400);
    // More equal times than fit on a page or into one batch's best, and many equal records.
    logs.iter_mut().for_each(|log| log.time = NOON - 60 * SECOND - (log.time / SECOND) % 3);
    check(&logs, |_| {}, |_| true).await;
    check(&logs, |s| s.text = Some("placed".into()), |l| l.body.contains("placed")).await;
}

#[tokio::test]
async fn a_record_is_shown_whole() {
    let logs = logs(3, 1);
    let page = mixed(&logs).engine().logs(LogSearch::all(window())).await.unwrap();
    let record = &page.logs[0];
    assert_eq!(record.time, plimsoll_query::rfc3339(logs[0].time));
    assert_eq!(record.observed_time, Some(plimsoll_query::rfc3339(logs[0].time + 5)));
    assert_eq!(record.body, logs[0].body);
    assert_eq!(record.body_type, "string");
    assert_eq!(record.attributes[0].key, "order");
    assert_eq!(record.resource[0].key, "service.name");
    assert_eq!(record.scope.name, "shop-tracer");
    assert!(page.next_cursor.is_none());
}
