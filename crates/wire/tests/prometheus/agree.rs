//! The judge: decodes the same bytes with prost and with us, and panics where our rows are not those
//! that plain code expects of what prost found.
//!
//! We are stricter than prost in one place: groups are refused, never skipped. And prost reads 1.0
//! with the histogram of 2.0, so that it refuses a field of another wire type that 1.0 does not know.

use plimsoll_model::{TimeWindow, UnixNano};
use plimsoll_wire::otlp::Limits;
use plimsoll_wire::prometheus::{
    Admission, Admitted, Built, Candidate, RemoteWrite, SampleVerdict, decode_remote_write,
};

use super::expected::{Outcome, expect};
use super::rows::lines;

/// A year about the times in `arbitrary`.
pub(crate) const WINDOW: TimeWindow = TimeWindow {
    received: 1_763_800_000_000_000_000,
    oldest: 1_750_000_000_000_000_000,
    newest: 1_780_000_000_000_000_000,
};

/// Knows no series.
pub(crate) struct Fresh;

impl Admission for Fresh {
    fn series(&self, _: &Candidate<'_>) -> Admitted {
        Admitted::New
    }

    fn sample(&self, _: i64, known: u32, _: UnixNano, _: u64) -> SampleVerdict {
        panic!("no series is known, asked for {known}")
    }
}

/// How decoding went, for tests that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Both decoded it, to the same rows.
    Same,
    /// Both refused it.
    Refused,
    /// One of the differences listed above.
    Tolerated,
}

pub(crate) fn outcome(built: &Built) -> Outcome {
    Outcome {
        rows: lines(&built.batch),
        samples: built.samples,
        histograms: built.histograms,
        exemplars: built.exemplars,
        rejected: built.rejected,
    }
}

pub(crate) fn agree(version: RemoteWrite, body: &[u8]) -> Verdict {
    // Of what a request may add to its size plain code knows nothing.
    let limits = Limits { expansion_bytes_min: usize::MAX, ..Limits::default() };
    let ours = decode_remote_write(version, body, &Fresh, &WINDOW, &limits);
    match (ours, expect(version, body, &WINDOW)) {
        (Ok(ours), Ok(expected)) => {
            let found = outcome(&ours);
            let rows = found.rows.iter().zip(&expected.rows);
            rows.for_each(|(found, expected)| assert_eq!(found, expected, "{}", ours.message));
            assert!(found == expected, "{} rows of {}", found.rows.len(), expected.rows.len());
            assert!(ours.rejected == 0 || !ours.message.is_empty());
            assert!(ours.noted.iter().all(|noted| noted.known.is_none()));
            Verdict::Same
        }
        (Err(ours), Ok(_)) => {
            assert!(ours.problem.contains("is a group"), "we refuse what prost takes: {ours}");
            Verdict::Tolerated
        }
        (Ok(_), Err(theirs)) => {
            let start = theirs.to_string().contains("Histogram.start_timestamp");
            let listed = start && version == RemoteWrite::V1;
            assert!(listed, "we take what prost refuses: {theirs}");
            Verdict::Tolerated
        }
        (Err(ours), Err(_)) => {
            assert!(ours.offset <= body.len());
            Verdict::Refused
        }
    }
}
