//! What samples cost a store: CPU time to append, flush and compact them, bytes in files, and what a
//! read of one series takes.
//!
//! ```text
//! cargo run --release -p plimsoll-store --example samples_speed -- [noisy|regular] [ROUNDS] [MIB] [DIR]
//! ```
//!
//! 100,000 series of 1,000 targets with 100 metrics each, scraped every 15 seconds, ROUNDS times, in
//! batches of 2,000 as Prometheus' remote write makes them, into a store with so much memory. `noisy`:
//! counters with random steps, gauges with two decimals, random doubles, and scrapes some milliseconds off.
//! `regular`: mostly constant values and constant steps, scrapes on time. DIR is kept, for other
//! programs to read.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement fails by panicking")]

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use plimsoll_model::batch::{Batch, MetricBuilder, RecordKind, SampleRow};
use plimsoll_model::{Clock, Table, TimeWindow};
use plimsoll_store::{Options, Record, Store};
use rustix::time::{ClockId, clock_gettime};

const NOON: i64 = 1_795_262_400_000_000_000;
const TARGETS: usize = 1_000;
const METRICS: usize = 100;
const BATCH_ROWS: usize = 2_000;
const STEP: i64 = 15_000_000_000;
const MILLISECOND: i64 = 1_000_000;

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> i64 {
        NOON
    }
}

/// CPU seconds of all threads so far.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// How the values of a metric behave.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Grows by a random whole number.
    Counter(u64),
    /// Grows by the same every time.
    Steady,
    /// Walks in hundredths.
    Decimals,
    /// Changes once in a while.
    Slow,
    Constant,
    /// Seconds of CPU and the like: grows by any double.
    Random,
}

impl Kind {
    fn of(metric: usize, noisy: bool) -> Self {
        match (noisy, metric % 20) {
            (true, 0..8) => Self::Counter([10, 100, 1_000, 100_000][metric % 4]),
            (true, 8..13) => Self::Decimals,
            (true, 13..15) => Self::Slow,
            (true, 15..17) | (false, 0..8) => Self::Constant,
            (true, _) | (false, 19..) => Self::Random,
            (false, 8..15) => Self::Steady,
            (false, 15..18) => Self::Slow,
            (false, 18) => Self::Counter(10),
        }
    }

    fn next(self, value: f64, random: &mut Random) -> f64 {
        match self {
            Self::Counter(step) => value + random.below(step) as f64,
            Self::Steady => value + 15.0,
            Self::Decimals => {
                ((value * 100.0).round() + random.below(101) as f64 - 50.0).round() / 100.0
            }
            Self::Slow if random.below(50) == 0 => value + 1.0,
            Self::Slow | Self::Constant => value,
            Self::Random => value + random.unit(),
        }
    }
}

struct Load {
    noisy: bool,
    ids: Vec<i64>,
    values: Vec<f64>,
    random: Random,
}

impl Load {
    fn new(noisy: bool) -> Self {
        let mut random = Random(7);
        let names: Vec<i64> = (0..METRICS).map(|_| (random.next() >> 44) as i64).collect();
        let ids = (0..TARGETS * METRICS)
            .map(|series| (names[series % METRICS] << 43) | (random.next() >> 21) as i64)
            .collect();
        let values = (0..TARGETS * METRICS).map(|_| random.below(1_000_000) as f64).collect();
        Self { noisy, ids, values, random }
    }

    /// A scrape of all targets, in batches.
    fn round(&mut self, round: usize) -> Vec<Batch> {
        let mut batches = Vec::new();
        let mut time = 0;
        for from in (0..self.ids.len()).step_by(BATCH_ROWS) {
            let mut builder = MetricBuilder::default();
            for series in from..from + BATCH_ROWS {
                let (target, metric) = (series / METRICS, series % METRICS);
                if metric == 0 {
                    let late = if self.noisy { self.random.below(5) as i64 } else { 0 };
                    time = NOON + round as i64 * STEP + (target as i64 * 15 + late) * MILLISECOND;
                }
                let kind = Kind::of(metric, self.noisy);
                self.values[series] = kind.next(self.values[series], &mut self.random);
                builder.push_sample(&SampleRow {
                    series_id: self.ids[series],
                    time,
                    start_time: None,
                    value: self.values[series],
                    value_int: None,
                    flags: 0,
                });
            }
            batches.push(Batch { tables: builder.finish().unwrap() });
        }
        batches
    }
}

fn options(folder: &Path, memory: usize) -> Options {
    Options {
        flush_interval: Duration::from_secs(100_000),
        compact_interval: Duration::from_secs(100_000),
        grace: Duration::ZERO,
        ..Options::new(folder, memory)
    }
}

/// Rows of one series within a time, in all files; how many pages have the series within their bounds,
/// and the bytes of its three columns there.
fn read_of_one(store: &Store, id: i64, time: Range<i64>) -> (usize, usize, usize) {
    let (mut rows, mut pages, mut bytes) = (0, 0, 0);
    for file in store.snapshot(Table::Samples).files {
        let opened = std::fs::File::open(&file.path).unwrap();
        let metadata = ArrowReaderMetadata::load(&opened, pages_wanted()).unwrap();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), [0, 1, 3]);
        let index = metadata.metadata().column_index().unwrap();
        let offsets = metadata.metadata().offset_index().unwrap();
        for group in 0..metadata.metadata().num_row_groups() {
            let parquet::file::page_index::column_index::ColumnIndexMetaData::INT64(ids) =
                &index[group][0]
            else {
                continue;
            };
            for page in 0..ids.min_values().len() {
                if ids.min_values()[page] <= id && id <= ids.max_values()[page] {
                    pages += 1;
                    bytes += [0, 1, 3]
                        .map(|at| offsets[group][at].page_locations.get(page))
                        .iter()
                        .flatten()
                        .map(|page| page.compressed_page_size as usize)
                        .sum::<usize>();
                }
            }
        }
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(opened, metadata)
            .with_projection(mask)
            .build()
            .unwrap();
        for batch in reader {
            let batch: RecordBatch = batch.unwrap();
            let ids = batch.column(0).as_primitive::<Int64Type>().values();
            let times = batch.column(1).as_primitive::<Int64Type>().values();
            let wanted = ids.iter().zip(times).filter(|(i, t)| **i == id && time.contains(t));
            rows += wanted.count();
        }
    }
    (rows, pages, bytes)
}

fn pages_wanted() -> parquet::arrow::arrow_reader::ArrowReaderOptions {
    parquet::arrow::arrow_reader::ArrowReaderOptions::new()
        .with_page_index_policy(parquet::file::metadata::PageIndexPolicy::Required)
}

/// The sum of all values, to see that none is lost.
fn sum(store: &Store) -> (usize, f64) {
    let (mut rows, mut total) = (0, 0.0);
    for file in store.snapshot(Table::Samples).files {
        let opened = std::fs::File::open(&file.path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(opened).unwrap().build().unwrap();
        for batch in reader {
            let batch = batch.unwrap();
            let values: &ArrayRef = batch.column_by_name("value").unwrap();
            rows += batch.num_rows();
            total += values.as_primitive::<Float64Type>().values().iter().sum::<f64>();
        }
    }
    (rows, total)
}

fn print_columns(store: &Store) {
    let mut columns: Vec<(String, i64, Vec<String>)> = Vec::new();
    for file in store.snapshot(Table::Samples).files {
        let opened = std::fs::File::open(&file.path).unwrap();
        let metadata = ArrowReaderMetadata::load(&opened, Default::default()).unwrap();
        for group in metadata.metadata().row_groups() {
            for (at, chunk) in group.columns().iter().enumerate() {
                if columns.len() <= at {
                    columns.push((chunk.column_path().string(), 0, Vec::new()));
                }
                columns[at].1 += chunk.compressed_size();
                let encodings: Vec<_> = chunk.encodings().map(|e| e.to_string()).collect();
                let encodings = encodings.join("+");
                if !columns[at].2.contains(&encodings) {
                    columns[at].2.push(encodings);
                }
            }
        }
    }
    let rows: u64 = store.snapshot(Table::Samples).files.iter().map(|file| file.rows).sum();
    for (name, bytes, encodings) in columns {
        println!(
            "    {name:<22} {:>6.3} bytes/sample  {}",
            bytes as f64 / rows as f64,
            encodings.join(" ")
        );
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let noisy = arguments.next().is_none_or(|mix| mix == "noisy");
    let rounds: usize = arguments.next().map_or(80, |rounds| rounds.parse().unwrap());
    let memory: usize = arguments.next().map_or(70, |mib| mib.parse().unwrap()) << 20;
    let kept: Option<PathBuf> = arguments.next().map(PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let decode = |_: RecordKind, _: &[u8], _: &TimeWindow| Ok(Batch::default());
    let store = Store::open(options(folder, memory), Arc::new(FixedClock), &decode).unwrap();
    let limit = store.options().buffer_bytes_max / 2;
    let mut load = Load::new(noisy);
    let (mut append, mut flush, mut compact, mut flushes) = (0.0, 0.0, 0.0, 0);
    for round in 0..rounds {
        for batch in load.round(round) {
            // What the log is given for rows that did not come as OTLP: about their bytes in memory.
            let body = Bytes::from(vec![7; batch.rows() * 44]);
            let window = TimeWindow::unbounded(NOON);
            let record = Record { kind: RecordKind::Columns, window, body, batch };
            let before = cpu();
            store.append(record).await.unwrap();
            append += cpu() - before;
            let buffered = store.stats().tables[Table::Samples as usize].bytes_buffered;
            // A little before the store would do it by itself, on another thread.
            if buffered as usize > limit - (1 << 20) {
                let before = cpu();
                store.flush().await.unwrap();
                let flushed = cpu();
                store.compact().await.unwrap();
                compact += cpu() - flushed;
                flush += flushed - before;
                flushes += 1;
            }
        }
    }
    let before = cpu();
    store.flush().await.unwrap();
    let flushed = cpu();
    store.compact().await.unwrap();
    (flush, compact) = (flush + flushed - before, compact + cpu() - flushed);
    report(&store, &load, rounds, [append, flush, compact], flushes + 1);
    store.close().await.unwrap();
}

fn report(store: &Store, load: &Load, rounds: usize, seconds: [f64; 3], flushes: usize) {
    let samples = (rounds * TARGETS * METRICS) as f64;
    let mix = if load.noisy { "noisy" } else { "regular" };
    println!("{samples} samples, {mix}, {flushes} flushes");
    for (name, seconds) in ["append", "flush", "compact"].into_iter().zip(seconds) {
        println!("  {name:<8} {:>6.3} CPU-s per million samples", seconds / samples * 1e6);
    }
    let total: f64 = seconds.iter().sum();
    println!("  all      {:>6.3}, {:.0} samples per CPU-s", total / samples * 1e6, samples / total);
    let files = store.snapshot(Table::Samples).files;
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    println!("  {:.3} bytes/sample in {} files", bytes as f64 / samples, files.len());
    print_columns(store);
    let before = cpu();
    let (rows, total) = sum(store);
    println!("  all columns read: {:.3} CPU-s per million", (cpu() - before) / samples * 1e6);
    assert_eq!((rows, rows as f64), (rounds * TARGETS * METRICS, samples));
    println!("  sum of values {total}");
    let hour = NOON..NOON + 3_600_000_000_000;
    let (rows, pages, bytes) = read_of_one(store, load.ids[42_424], hour);
    println!("  one series over an hour: {rows} rows in {pages} pages of {bytes} bytes");
}
