//! However rows are split over memory and files, answers are the same.

use proptest::prelude::*;

use plimsoll_query::{AttributeFilter, LogSearch, TraceSearch, TraceSort};

use crate::shop::{log_tables, logs, span_tables, spans, window};
use crate::source::TestSource;

/// All answers about a source, as JSON without what differs from run to run.
fn answers(source: &TestSource, trace: plimsoll_model::TraceId) -> Vec<serde_json::Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = source.engine();
        let slowest = TraceSearch {
            sort: TraceSort::Duration,
            attributes: vec![AttributeFilter::parse("items=2").unwrap()],
            limit: 5,
            ..TraceSearch::all(window())
        };
        let sql = "SELECT service_name, date, count(*), sum(duration_nano), \
                   count(DISTINCT trace_id), min(hex(trace_id)) \
                   FROM spans GROUP BY 1, 2 ORDER BY 1, 2";
        let narrow = "SELECT count(*), max(time) FROM spans_readable \
                      WHERE time >= '2026-11-22T13:20:00Z' AND status = 'error'";
        let json = |value: Result<serde_json::Value, _>| value.unwrap();
        let mut answers = vec![
            json(serde_json::to_value(engine.services(window(), None).await.unwrap())),
            json(serde_json::to_value(engine.dashboard(window(), None).await.unwrap())),
            json(serde_json::to_value(engine.traces(slowest).await.unwrap())),
            json(serde_json::to_value(engine.logs(LogSearch::all(window())).await.unwrap())),
            json(serde_json::to_value(engine.log_volume(LogSearch::all(window())).await.unwrap())),
            json(serde_json::to_value(engine.sql(sql.to_owned(), None).await.unwrap().rows)),
            json(serde_json::to_value(engine.sql(narrow.to_owned(), None).await.unwrap().rows)),
        ];
        let mut trace = json(serde_json::to_value(engine.trace(trace).await.unwrap()));
        // Numbers of resources and scopes depend on what is read first.
        let resources = trace["resources"].clone();
        for span in trace["spans"].as_array_mut().unwrap() {
            let number = span["resource"].as_u64().unwrap() as usize;
            span["resource"] = resources[number].clone();
        }
        trace["resources"] = serde_json::Value::Null;
        answers.push(trace);
        answers
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn splits_do_not_matter(
        seed in 0..1_000_u64,
        mut cuts in prop::collection::vec((0..300_usize, any::<bool>()), 1..8),
    ) {
        let (spans, logs) = (spans(seed, 60), logs(seed, 200));
        let together = TestSource::default();
        together.add_batches(&span_tables(&spans));
        together.add_batches(&log_tables(&logs));
        let in_files = TestSource::default();
        in_files.add_files(&span_tables(&spans));
        in_files.add_files(&log_tables(&logs));
        let mixed = TestSource::default();
        cuts.push((usize::MAX, true));
        cuts.sort_unstable();
        let (mut span, mut log) = (0, 0);
        for (cut, file) in cuts {
            let (to_span, to_log) = (cut.min(spans.len()), cut.min(logs.len()));
            for tables in [span_tables(&spans[span..to_span]), log_tables(&logs[log..to_log])] {
                if file { mixed.add_files(&tables) } else { mixed.add_batches(&tables) }
            }
            (span, log) = (to_span, to_log);
        }
        let trace = spans[seed as usize % spans.len()].trace;
        let expected = answers(&together, trace);
        prop_assert_eq!(&answers(&in_files, trace), &expected);
        prop_assert_eq!(&answers(&mixed, trace), &expected);
    }
}
