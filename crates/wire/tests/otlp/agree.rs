//! The judge: decodes the same bytes with prost and with us, and panics where the two disagree in
//! a way that is not on the list below.
//!
//! We are stricter than prost: groups are refused, never skipped.
//! We are more tolerant: text that is not UTF-8 rejects its item, not the request; an item that is
//! rejected is not read to its end, so broken framing there goes unnoticed.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use plimsoll_model::TimeWindow;
use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_wire::otlp::{Limits, decode};
use prost::Message;

use super::expected::{Outcome, Rules};
use super::{logs, metrics, traces};

/// A year about the times in `arbitrary`.
pub(crate) const WINDOW: TimeWindow = TimeWindow {
    received: 1_763_800_000_000_000_000,
    oldest: 1_750_000_000_000_000_000,
    newest: 1_780_000_000_000_000_000,
};

/// How decoding went, for tests that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Both decoded it, to the same items.
    Same,
    /// Both refused it.
    Refused,
    /// One of the differences listed above.
    Tolerated,
}

pub(crate) fn agree(kind: RecordKind, body: &[u8]) -> Verdict {
    agree_within(kind, body, &WINDOW, &Limits::default())
}

pub(crate) fn agree_within(
    kind: RecordKind,
    body: &[u8],
    window: &TimeWindow,
    limits: &Limits,
) -> Verdict {
    let ours = decode(kind, body, window, limits);
    let rules = Rules { window, limits };
    let theirs = match kind {
        RecordKind::OtlpTraces => ExportTraceServiceRequest::decode(body)
            .map(|request| (traces::expect(&request, &rules), Vec::new())),
        RecordKind::OtlpLogs => ExportLogsServiceRequest::decode(body)
            .map(|request| (logs::expect(&request, &rules), Vec::new())),
        RecordKind::OtlpMetrics => ExportMetricsServiceRequest::decode(body)
            .map(|request| metrics::expect(&request, &rules)),
        RecordKind::Columns => panic!("no OTLP request"),
    };
    match (ours, theirs) {
        (Ok(ours), Ok((expected, mut integer))) => {
            check_schemas(&ours.batch);
            let (items, mut found_integer) = read_back(kind, &ours.batch);
            let found = Outcome { rejected: ours.rejected, items };
            assert_eq!(found, expected, "{}", ours.message);
            integer.sort();
            found_integer.sort();
            assert_eq!(found_integer, integer);
            assert!(ours.rejected == 0 || !ours.message.is_empty());
            Verdict::Same
        }
        (Err(ours), Ok(_)) => {
            assert!(ours.problem.contains("is a group"), "we refuse what prost takes: {ours}");
            Verdict::Tolerated
        }
        (Ok(ours), Err(theirs)) => {
            check_schemas(&ours.batch);
            read_back(kind, &ours.batch);
            let reason = theirs.to_string();
            let listed =
                ours.rejected > 0 || reason.contains("UTF-8") || reason.contains("recursion");
            assert!(listed, "we take what prost refuses: {theirs}");
            Verdict::Tolerated
        }
        (Err(ours), Err(_)) => {
            assert!(ours.offset <= body.len());
            Verdict::Refused
        }
    }
}

/// Rows as text, and what is known of series' numbers.
fn read_back(kind: RecordKind, batch: &Batch) -> (Vec<String>, Vec<String>) {
    match kind {
        RecordKind::OtlpTraces => (traces::read_back(batch), Vec::new()),
        RecordKind::OtlpLogs => (logs::read_back(batch), Vec::new()),
        RecordKind::OtlpMetrics => metrics::read_back(batch),
        RecordKind::Columns => panic!("no OTLP request"),
    }
}

fn check_schemas(batch: &Batch) {
    for (table, rows) in &batch.tables {
        assert_eq!(rows.schema(), table.schema());
        assert!(rows.num_rows() > 0);
    }
}
