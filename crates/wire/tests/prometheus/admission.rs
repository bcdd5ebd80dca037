//! What is known of series before a request decides what becomes of them: rows only where there is
//! none of the day, samples only where they are new, and what is to be noted afterwards.

use std::cell::RefCell;
use std::collections::HashMap;

use plimsoll_model::{Table, TimeWindow, UnixNano};
use plimsoll_wire::otlp::Limits;
use plimsoll_wire::prometheus::{
    Admission, Admitted, Built, Candidate, RemoteWrite, SampleVerdict, decode_remote_write,
    series_identity,
};
use prost::Message;

use super::agree::WINDOW;
use super::messages::{
    Exemplar, Histogram, Metadata, MetricMetadata, Request, SampleV2, TimeSeries, TimeSeriesV2,
    WriteRequest,
};
use super::rejection::{labels, sample};

const DAY: i64 = 86_400_000;
/// Noon of a day.
const NOON: i64 = 20_414 * DAY + DAY / 2;

/// Knows series by name: what the first label's value says.
#[derive(Default)]
struct Memory {
    answers: HashMap<&'static str, Admitted>,
    newest: HashMap<u32, (UnixNano, u64)>,
    described: Vec<i64>,
    asked: RefCell<Vec<String>>,
}

impl Admission for Memory {
    fn series(&self, candidate: &Candidate<'_>) -> Admitted {
        assert_eq!(series_identity(candidate.labels), (candidate.id, candidate.check));
        let name = String::from_utf8_lossy(candidate.label(b"__name__")).into_owned();
        self.asked.borrow_mut().push(format!("{name} {}", candidate.day));
        self.answers.get(name.as_str()).cloned().unwrap_or(Admitted::New)
    }

    fn sample(&self, _: i64, known: u32, time: UnixNano, value: u64) -> SampleVerdict {
        match self.newest.get(&known) {
            Some(&(newest, held)) if newest == time && held == value => SampleVerdict::Repeat,
            Some(&(newest, _)) if newest >= time => {
                SampleVerdict::Refused("out of order".to_owned())
            }
            _ => SampleVerdict::Take,
        }
    }

    fn metadata(&self, id: i64, _: i32) -> bool {
        !self.described.contains(&id)
    }
}

fn memory(answers: &[(&'static str, Admitted)]) -> Memory {
    Memory { answers: answers.iter().cloned().collect(), ..Memory::default() }
}

fn decode(memory: &Memory, timeseries: Vec<TimeSeries>) -> Built {
    let body = WriteRequest { timeseries, metadata: Vec::new() }.encode_to_vec();
    decode_remote_write(RemoteWrite::V1, &body, memory, &WINDOW, &Limits::default())
        .expect("the framing is fine")
}

fn series(name: &str, samples: &[(i64, f64)]) -> TimeSeries {
    TimeSeries {
        labels: labels(&[("__name__", name), ("job", "j")]),
        samples: samples.iter().map(|&(time, value)| sample(time, value)).collect(),
        ..TimeSeries::default()
    }
}

fn rows(built: &Built, table: Table) -> usize {
    built
        .batch
        .tables
        .iter()
        .find(|(found, _)| *found == table)
        .map_or(0, |(_, rows)| rows.num_rows())
}

#[test]
fn only_series_without_a_row_of_the_day_get_one() {
    let memory = memory(&[
        ("known", Admitted::Known(7)),
        ("yesterday", Admitted::NewDay(8)),
        ("refused", Admitted::Refused("over the limit of series".to_owned())),
    ]);
    let all = ["known", "yesterday", "new", "refused", "yesterday", "new"];
    let times = all.iter().enumerate();
    let built =
        decode(&memory, times.map(|(at, name)| series(name, &[(NOON + at as i64, 1.0)])).collect());
    assert_eq!((rows(&built, Table::Series), rows(&built, Table::Samples)), (2, 5));
    assert_eq!((built.samples, built.rejected), (5, 1));
    assert_eq!(built.message, "refused{job=\"j\"}: over the limit of series");
    let noted: Vec<Option<u32>> = built.noted.iter().map(|noted| noted.known).collect();
    assert_eq!(noted, [Some(7), Some(8), None, Some(8), None]);
}

#[test]
fn each_day_of_a_request_is_asked_for_and_has_its_row() {
    let memory = Memory::default();
    let samples = [(NOON, 1.0), (NOON + 1, 2.0), (NOON + DAY, 3.0), (NOON, 4.0)];
    let built = decode(&memory, vec![series("new", &samples[..3]), series("new", &samples[3..])]);
    assert_eq!((rows(&built, Table::Series), built.samples, built.rejected), (2, 4, 0));
    assert_eq!(*memory.asked.borrow(), ["new 20414", "new 20415", "new 20414"]);
    assert_eq!(built.noted.len(), 1, "the newest of a series that follows itself");
    assert_eq!(
        (built.noted[0].time, built.noted[0].value),
        ((NOON + DAY) * 1_000_000, 3.0_f64.to_bits())
    );
}

#[test]
fn what_is_out_of_the_window_makes_no_row() {
    let memory = Memory::default();
    let mut lone = series("new", &[(1_000, 1.0)]);
    lone.exemplars = vec![Exemplar { timestamp: 2_000, ..Exemplar::default() }];
    let built = decode(&memory, vec![lone]);
    assert!(built.batch.is_empty() && memory.asked.borrow().is_empty());
    assert_eq!((built.samples, built.exemplars, built.rejected), (0, 0, 1));
}

#[test]
fn repeats_are_taken_without_a_row_and_old_ones_refused() {
    let mut memory = memory(&[("known", Admitted::Known(7))]);
    memory.newest.insert(7, (NOON * 1_000_000, 1.0_f64.to_bits()));
    let built =
        decode(&memory, vec![series("known", &[(NOON, 1.0), (NOON - 1, 1.0), (NOON + 1, 2.0)])]);
    assert_eq!((built.samples, built.rejected, rows(&built, Table::Samples)), (2, 1, 1));
    assert_eq!(built.message, "known{job=\"j\"}: out of order");
    // Of a histogram the sum stands for the value.
    let mut same = series("known", &[]);
    same.histograms = vec![Histogram { timestamp: NOON, sum: 1.0, ..Histogram::default() }];
    let built = decode(&memory, vec![same]);
    assert_eq!((built.samples, built.histograms, rows(&built, Table::Histograms)), (1, 1, 0));
}

#[test]
fn an_exemplar_alone_lets_its_series_in() {
    let mut lone = series("new", &[]);
    lone.exemplars = vec![Exemplar { timestamp: NOON, value: 2.0, ..Exemplar::default() }];
    let built = decode(&Memory::default(), vec![lone]);
    assert_eq!((rows(&built, Table::Series), rows(&built, Table::Exemplars)), (1, 1));
    assert_eq!((built.samples, built.exemplars, built.noted.len()), (0, 1, 0));
}

#[test]
fn what_a_metric_is_said_to_be_is_kept_once() {
    let said =
        |kind| MetricMetadata { kind, metric_family_name: b"m".to_vec(), ..Default::default() };
    let decode = |memory: &Memory, metadata: Vec<MetricMetadata>| {
        let body = WriteRequest { timeseries: Vec::new(), metadata }.encode_to_vec();
        decode_remote_write(RemoteWrite::V1, &body, memory, &WINDOW, &Limits::default()).unwrap()
    };
    let built = decode(&Memory::default(), vec![said(1), said(1), said(2)]);
    let day = (WINDOW.received / 1_000_000 / DAY) as i32;
    assert_eq!((rows(&built, Table::Series), built.described.len()), (2, 2));
    assert!(built.described.iter().all(|(_, described)| *described == day));
    let described = vec![built.described[0].0];
    let built = decode(&Memory { described, ..Memory::default() }, vec![said(1), said(2)]);
    assert_eq!(rows(&built, Table::Series), 1);
}

#[test]
fn version_2_says_it_with_each_series_under_the_name_of_the_family() {
    let texts = ["", "__name__", "rpc_seconds_bucket", "le", "1", "2", "Latency.", "seconds"];
    let symbols = texts.map(|text| text.as_bytes().to_vec()).to_vec();
    let series = |le| TimeSeriesV2 {
        labels_refs: vec![1, 2, 3, le],
        metadata: Some(Metadata { kind: 3, help_ref: 6, unit_ref: 7 }),
        ..TimeSeriesV2::default()
    };
    let body = Request { symbols, timeseries: vec![series(4), series(5)] }.encode_to_vec();
    let memory = Memory::default();
    let built =
        decode_remote_write(RemoteWrite::V2, &body, &memory, &WINDOW, &Limits::default()).unwrap();
    let lines = super::rows::lines(&built.batch);
    assert_eq!(lines.len(), 1);
    let expected = "\"rpc_seconds\" prometheus_histogram \"seconds\" \"Latency.\" []";
    assert!(lines[0].contains(expected), "{}", lines[0]);
}

/// New series may take what the body allows and no more; what is left out is told.
#[test]
fn new_series_beyond_the_budget_are_refused() {
    let limits =
        Limits { expansion_bytes_min: 1_000, expansion_factor_max: 0, ..Limits::default() };
    let timeseries = (0..10).map(|at| series(&format!("m{at}"), &[(NOON, 1.0)])).collect();
    let body = WriteRequest { timeseries, metadata: Vec::new() }.encode_to_vec();
    let window = TimeWindow::unbounded(NOON * 1_000_000);
    let built =
        decode_remote_write(RemoteWrite::V1, &body, &Memory::default(), &window, &limits).unwrap();
    assert_eq!((built.samples, built.rejected, rows(&built, Table::Series)), (2, 8, 2));
    let told = "m2{job=\"j\"}: the request takes too much more memory than it has bytes, send smaller ones";
    assert!(built.message.starts_with(told), "{}", built.message);
}

/// A text that is sent once may be in all series: that costs time even where all are known.
#[test]
fn labels_beyond_the_budget_are_not_looked_at() {
    struct Known;
    impl Admission for Known {
        fn series(&self, _: &Candidate<'_>) -> Admitted {
            Admitted::Known(0)
        }
        fn sample(&self, _: i64, _: u32, _: UnixNano, _: u64) -> SampleVerdict {
            SampleVerdict::Take
        }
    }
    let mut symbols = vec![Vec::new(), b"__name__".to_vec(), b"m".to_vec(), vec![b'x'; 16_000]];
    symbols.extend((0..100).map(|at| format!("l{at:03}").into_bytes()));
    let labels_refs: Vec<u32> = [1, 2].into_iter().chain((4..104).flat_map(|at| [at, 3])).collect();
    let samples = vec![SampleV2 { value: 1.0, timestamp: NOON, start_timestamp: 0 }];
    let series = TimeSeriesV2 { labels_refs, samples, ..TimeSeriesV2::default() };
    let body = Request { symbols, timeseries: vec![series; 200] }.encode_to_vec();
    let limits = Limits { expansion_bytes_min: 0, ..Limits::default() };
    let built = decode_remote_write(RemoteWrite::V2, &body, &Known, &WINDOW, &limits).unwrap();
    // Each has 1.6 MB of labels, and 128 times the body is the bound.
    let looked_at = body.len() * 128 / 1_600_000;
    assert_eq!((built.samples + built.rejected, built.rejected > 0), (200, true));
    assert!(built.samples as usize <= looked_at + 1, "{}", built.samples);
    assert!(built.message.contains("send smaller ones"), "{}", built.message);
}
