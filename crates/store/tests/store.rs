//! The store from outside: what was acknowledged is there exactly once, whatever happened since.
//!
//! A crash is a copy of the data folder taken at that moment and opened elsewhere: what a `kill -9`
//! leaves. Killing the real process is tested with the real program.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    new_empty_array, new_null_array,
};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use plimsoll_model::batch::{Batch, RecordKind};
use plimsoll_model::{Clock, Table, TimeWindow};
use plimsoll_store::{AppendError, Options, Record, Store};
use proptest::prelude::*;

const NOON: i64 = 1_795_262_400_000_000_000;

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> i64 {
        // Every look at the clock moves it, so that file names and graves are told apart.
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

fn clock() -> Arc<TestClock> {
    Arc::new(TestClock(AtomicI64::new(NOON)))
}

/// A column of `rows` zeros, empty strings, empty maps.
fn blank(kind: &DataType, rows: usize) -> ArrayRef {
    match kind {
        DataType::Utf8 => Arc::new(StringArray::from(vec![""; rows])),
        DataType::Binary => Arc::new(BinaryArray::from(vec![&[0_u8; 16][..]; rows])),
        DataType::Dictionary(..) => {
            arrow::compute::cast(&blank(&DataType::Utf8, rows), kind).unwrap()
        }
        DataType::Map(entry, sorted) => {
            let offsets = arrow::buffer::OffsetBuffer::new_zeroed(rows);
            let entries = new_empty_array(entry.data_type()).as_struct().clone();
            let map =
                arrow::array::MapArray::new(Arc::clone(entry), offsets, entries, None, *sorted);
            Arc::new(map)
        }
        DataType::List(element) => {
            let offsets = arrow::buffer::OffsetBuffer::new_zeroed(rows);
            let values = new_empty_array(element.data_type());
            Arc::new(arrow::array::ListArray::new(Arc::clone(element), offsets, values, None))
        }
        number => arrow::compute::cast(&Int64Array::from(vec![0; rows]), number).unwrap(),
    }
}

/// The test's own log format: a table's number, then numbers that become rows of it.
fn body(table: Table, numbers: &[i64]) -> Bytes {
    let mut bytes = vec![table as u8];
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes.into()
}

fn decode(_: RecordKind, body: &[u8], window: &TimeWindow) -> Result<Batch, String> {
    let table = Table::ALL[usize::from(body[0])];
    let numbers: Vec<i64> =
        body[1..].chunks_exact(8).map(|b| i64::from_le_bytes(b.try_into().unwrap())).collect();
    let schema = table.schema();
    let columns = schema.fields().iter().map(|field| match &field.name()[..] {
        // Rows fall on three days.
        "time_unix_nano" => {
            let time = |n: &i64| window.received - (n % 3) * 86_400_000_000_000 - n;
            Arc::new(numbers.iter().map(time).collect::<Int64Array>()) as ArrayRef
        }
        "observed_time_unix_nano" | "duration_nano" => Arc::new(Int64Array::from(numbers.clone())),
        "service_name" => {
            let name = |n: &i64| format!("service-{}", n % 7);
            Arc::new(numbers.iter().map(|n| Some(name(n))).collect::<StringArray>())
        }
        "series_id" => Arc::new(numbers.iter().map(|n| n % 5).collect::<Int64Array>()),
        "value" => Arc::new(numbers.iter().map(|n| *n as f64).collect::<Float64Array>()),
        "value_int" => {
            Arc::new(numbers.iter().map(|n| (n % 4 == 0).then_some(*n)).collect::<Int64Array>())
        }
        "start_time_unix_nano" => new_null_array(field.data_type(), numbers.len()),
        _ => blank(field.data_type(), numbers.len()),
    });
    let rows = RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap();
    Ok(Batch { tables: vec![(table, rows)] })
}

fn record(table: Table, numbers: &[i64]) -> Record {
    let window = TimeWindow::unbounded(NOON);
    let body = body(table, numbers);
    let batch = decode(RecordKind::OtlpLogs, &body, &window).unwrap();
    Record { kind: RecordKind::OtlpLogs, window, body, batch }
}

fn options(folder: &Path) -> Options {
    Options {
        segment_bytes: 16 << 10,
        compact_fan_in: 3,
        disk_reserve_bytes: 0,
        grace: std::time::Duration::ZERO,
        // Flushes happen when the test says so.
        flush_interval: std::time::Duration::from_secs(100_000),
        ..Options::new(folder, 64 << 20)
    }
}

fn open(folder: &Path) -> Store {
    Store::open(options(folder), clock(), &decode).unwrap()
}

/// How often each number is in the table, buffer and files together.
fn contents(store: &Store, table: Table) -> BTreeMap<i64, usize> {
    let name = if table == Table::Logs { "observed_time_unix_nano" } else { "duration_nano" };
    let mut found = BTreeMap::new();
    let mut count = |batch: &RecordBatch| {
        let numbers = batch.column_by_name(name).unwrap();
        for number in numbers.as_primitive::<Int64Type>().values() {
            *found.entry(*number).or_default() += 1;
        }
    };
    let snapshot = store.snapshot(table);
    snapshot.batches.iter().for_each(&mut count);
    for file in &snapshot.files {
        read(&file.path).iter().for_each(&mut count);
    }
    found
}

fn read(path: &Path) -> Vec<RecordBatch> {
    let file = fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

fn once(numbers: impl IntoIterator<Item = i64>) -> BTreeMap<i64, usize> {
    numbers.into_iter().map(|number| (number, 1)).collect()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    Append(Table, usize),
    Flush,
    Compact,
    Crash,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (prop_oneof![Just(Table::Spans), Just(Table::Logs)], 1..40_usize)
            .prop_map(|(table, rows)| Step::Append(table, rows)),
        3 => Just(Step::Flush),
        1 => Just(Step::Compact),
        1 => Just(Step::Crash),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_row_is_there_exactly_once(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = runtime();
        let root = tempfile::tempdir().unwrap();
        let mut generation = 0;
        let mut folder = root.path().join("0");
        let mut store = open(&folder);
        let mut expected: BTreeMap<Table, Vec<i64>> = BTreeMap::new();
        let mut next = 0;
        for step in steps {
            match step {
                Step::Append(table, rows) => {
                    let numbers: Vec<i64> = (next..next + rows as i64).collect();
                    next += rows as i64;
                    runtime.block_on(store.append(record(table, &numbers))).unwrap();
                    expected.entry(table).or_default().extend(numbers);
                }
                Step::Flush => runtime.block_on(store.flush()).unwrap(),
                Step::Compact => {
                    runtime.block_on(store.compact()).unwrap();
                }
                Step::Crash => {
                    generation += 1;
                    let copy = root.path().join(generation.to_string());
                    copy_folder(&folder, &copy);
                    runtime.block_on(store.close()).unwrap();
                    folder = copy;
                    store = open(&folder);
                }
                Step::Restart => {
                    runtime.block_on(store.close()).unwrap();
                    drop(store);
                    store = open(&folder);
                }
            }
            for (table, numbers) in &expected {
                prop_assert_eq!(contents(&store, *table), once(numbers.iter().copied()));
            }
        }
        runtime.block_on(store.close()).unwrap();
    }

    #[test]
    fn a_damaged_log_loses_only_what_is_damaged(
        at in any::<prop::sample::Index>(), length in 1..200_usize, cut: bool,
    ) {
        let runtime = runtime();
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a");
        let store = open(&folder);
        for n in 0..50 {
            runtime.block_on(store.append(record(Table::Logs, &[n]))).unwrap();
        }
        let copy = root.path().join("b");
        copy_folder(&folder, &copy);
        runtime.block_on(store.close()).unwrap();
        let segment = fs::read_dir(copy.join("wal")).unwrap().next().unwrap().unwrap().path();
        let mut bytes = fs::read(&segment).unwrap();
        // 16 bytes of header, then 50 records of 48 + 9 bytes.
        let used = 16 + 50 * 57;
        let at = 16 + at.index(used - 16);
        if cut {
            bytes.truncate(at);
        } else {
            let end = (at + length).min(used);
            bytes[at..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
        }
        fs::write(&segment, bytes).unwrap();
        let store = open(&copy);
        let hit = |n: i64| {
            let (start, end) = (16 + n as usize * 57, 16 + (n as usize + 1) * 57);
            if cut { end > at } else { start < (at + length).min(used) && end > at }
        };
        prop_assert_eq!(contents(&store, Table::Logs), once((0..50).filter(|n| !hit(*n))));
        // The log goes on after it, and what it adds survives the next start.
        runtime.block_on(store.append(record(Table::Logs, &[99]))).unwrap();
        runtime.block_on(store.close()).unwrap();
        drop(store);
        let found = contents(&open(&copy), Table::Logs);
        prop_assert_eq!(found.get(&99), Some(&1));
    }
}

#[test]
fn a_torn_write_into_reserved_blocks_ends_the_log() {
    let runtime = runtime();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("a");
    // Blocks are reserved by the megabyte; looking at each byte's rest again would take hours.
    let options = Options { segment_bytes: 64 << 20, ..options(&folder) };
    let store = Store::open(options, clock(), &decode).unwrap();
    for n in 0..3 {
        runtime.block_on(store.append(record(Table::Logs, &[n]))).unwrap();
    }
    let copy = root.path().join("b");
    copy_folder(&folder, &copy);
    runtime.block_on(store.close()).unwrap();
    let segment = fs::read_dir(copy.join("wal")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&segment).unwrap();
    assert_eq!(bytes.len(), 64 << 20);
    // The first half of a fourth record.
    let used = 16 + 3 * 57;
    bytes.copy_within(16..44, used);
    fs::write(&segment, bytes).unwrap();
    let store = open(&copy);
    assert_eq!(contents(&store, Table::Logs), once(0..3));
    assert!(!copy.join("quarantine").exists());
}

#[test]
fn files_are_sorted_and_split_by_day() {
    sorted_and_split(100, 10 << 20);
}

#[test]
fn rows_stay_whole_across_row_groups_and_slices() {
    // With so little memory a row group has 1,024 rows, and a slice 128.
    sorted_and_split(4_000, 1);
}

fn sorted_and_split(rows: i64, writer_bytes_max: usize) {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let options = Options { writer_bytes_max, ..options(folder.path()) };
    let store = Store::open(options, clock(), &decode).unwrap();
    for start in 0..10 {
        let numbers: Vec<i64> = (start * rows..start * rows + rows).collect();
        runtime.block_on(store.append(record(Table::Logs, &numbers))).unwrap();
        runtime.block_on(store.flush()).unwrap();
    }
    let check = || {
        let files = store.snapshot(Table::Logs).files;
        for file in &files {
            let batches = read(&file.path);
            let mut last = (String::new(), i64::MIN);
            let mut rows = 0;
            for batch in &batches {
                let services = batch.column_by_name("service_name").unwrap().as_string::<i32>();
                let times = batch.column_by_name("time_unix_nano").unwrap();
                let numbers = batch.column_by_name("observed_time_unix_nano").unwrap();
                let numbers = numbers.as_primitive::<Int64Type>().values();
                let times = times.as_primitive::<Int64Type>().values();
                for ((service, time), number) in services.iter().zip(times).zip(numbers) {
                    assert_eq!(service.unwrap(), format!("service-{}", number % 7));
                    assert_eq!(*time, NOON - (number % 3) * 86_400_000_000_000 - number);
                    let key = (service.unwrap().to_owned(), *time);
                    assert!(last <= key, "{last:?} before {key:?}");
                    assert_eq!(time.div_euclid(86_400_000_000_000), i64::from(file.date));
                    assert!((file.time_min..=file.time_max).contains(time));
                    last = key;
                    rows += 1;
                }
            }
            assert_eq!(file.rows, rows);
        }
        files.len()
    };
    assert_eq!(check(), 30);
    assert!(runtime.block_on(store.compact()).unwrap() > 20);
    assert!(check() < 10);
    assert_eq!(contents(&store, Table::Logs), once(0..10 * rows));
    runtime.block_on(store.close()).unwrap();
}

#[test]
fn samples_are_sorted_and_keep_their_columns() {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let options = Options { writer_bytes_max: 40_000, ..options(folder.path()) };
    let store = Store::open(options, clock(), &decode).unwrap();
    let rows = 3_000;
    for flush in 0..10 {
        for from in [0, 1_000, 1_010, 2_000] {
            let to = if from < 1_010 { from + 10 } else { from + 990 };
            let numbers: Vec<i64> = (flush * rows + from..flush * rows + to).collect();
            runtime.block_on(store.append(record(Table::Samples, &numbers))).unwrap();
        }
        runtime.block_on(store.flush()).unwrap();
    }
    let check = || {
        let files = store.snapshot(Table::Samples).files;
        let mut numbers = Vec::new();
        for file in &files {
            let mut last = (i64::MIN, i64::MIN);
            for batch in read(&file.path) {
                let long = |name: &str| {
                    batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().clone()
                };
                let (ids, times, integers) =
                    (long("series_id"), long("time_unix_nano"), long("value_int"));
                let values = batch.column_by_name("value").unwrap().as_primitive::<Float64Type>();
                assert_eq!(long("start_time_unix_nano").null_count(), batch.num_rows());
                for row in 0..batch.num_rows() {
                    let (key, number) =
                        ((ids.value(row), times.value(row)), values.value(row) as i64);
                    assert!(last <= key, "{last:?} before {key:?}");
                    assert!((file.time_min..=file.time_max).contains(&key.1));
                    assert_eq!(key.0, number % 5);
                    let integer = integers.is_valid(row).then(|| integers.value(row));
                    assert_eq!(integer, (number % 4 == 0).then_some(number));
                    last = key;
                    numbers.push(number);
                }
            }
        }
        numbers.sort_unstable();
        (files.len(), numbers)
    };
    let appended = |flush: i64| {
        let from = move |at: i64| flush * rows + at;
        (from(0)..from(10)).chain(from(1_000)..from(1_010)).chain(from(1_010)..from(2_990))
    };
    let expected: Vec<i64> = (0..10).flat_map(appended).collect();
    assert_eq!(check(), (30, expected.clone()));
    assert!(runtime.block_on(store.compact()).unwrap() > 20);
    let (files, numbers) = check();
    assert!(files < 10);
    assert_eq!(numbers, expected);
    runtime.block_on(store.close()).unwrap();
}

/// Some ten records of a row fit.
fn open_small(folder: &Path) -> Store {
    let options = Options { buffer_bytes_max: 400_000, ..options(folder) };
    Store::open(options, clock(), &decode).unwrap()
}

#[test]
fn a_full_buffer_makes_room() {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let store = open_small(folder.path());
    let mut kept = Vec::new();
    runtime.block_on(async {
        let sends: Vec<_> = (0..400)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move { (n, store.append(record(Table::Logs, &[n])).await) })
            })
            .collect();
        for send in sends {
            match send.await.unwrap() {
                (n, Ok(())) => kept.push(n),
                // On a slow disk.
                (_, Err(AppendError::Full { .. })) => {}
                (_, Err(other)) => panic!("{other}"),
            }
        }
    });
    assert!(kept.len() > 50);
    assert_eq!(contents(&store, Table::Logs), once(kept.iter().copied()));
    runtime.block_on(store.close()).unwrap();
}

#[test]
fn rows_that_are_read_count_until_nobody_reads_them() {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let store = open_small(folder.path());
    let mut readers = Vec::new();
    let error = loop {
        let number = readers.len() as i64;
        match runtime.block_on(store.append(record(Table::Logs, &[number]))) {
            Ok(()) => readers.push(store.snapshot(Table::Logs)),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, AppendError::Full { .. }) && error.retry_after_ms().is_some());
    let kept = readers.len() as i64;
    assert!(kept > 5, "{kept} fit");
    runtime.block_on(store.flush()).unwrap();
    assert!(store.stats().buffered_bytes > 0);
    drop(readers);
    assert_eq!(store.stats().buffered_bytes, 0);
    runtime.block_on(store.append(record(Table::Logs, &[kept]))).unwrap();
    assert_eq!(contents(&store, Table::Logs), once(0..=kept));
    runtime.block_on(store.close()).unwrap();
}

#[test]
fn retention_removes_old_days_and_waits_for_readers() {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path());
    // Rows fall on the clock's day and the two before it.
    options.retention.logs = std::time::Duration::from_secs(129_600);
    let store = Store::open(options, clock(), &decode).unwrap();
    runtime.block_on(store.append(record(Table::Logs, &[0, 1, 2, 3, 4, 5]))).unwrap();
    runtime.block_on(store.flush()).unwrap();
    let reader = store.snapshot(Table::Logs);
    assert_eq!(reader.files.len(), 3);
    runtime.block_on(store.enforce_retention(NOON + 1)).unwrap();
    assert_eq!(contents(&store, Table::Logs), once([0, 1, 3, 4]));
    assert!(reader.files.iter().all(|file| file.path.exists()), "a reader still has it");
    drop(reader);
    runtime.block_on(store.enforce_retention(NOON + 1_000_000_000)).unwrap();
    let days = fs::read_dir(folder.path().join("tables/logs")).unwrap().filter(|day| {
        let day = day.as_ref().unwrap();
        day.file_name() != "_delta_log" && fs::read_dir(day.path()).unwrap().next().is_some()
    });
    assert_eq!(days.count(), 2);
    runtime.block_on(store.close()).unwrap();
    drop(store);
    assert_eq!(contents(&open(folder.path()), Table::Logs), once([0, 1, 3, 4]));
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let _store = open(folder.path());
    let error = Store::open(options(folder.path()), clock(), &decode).err().unwrap();
    assert!(error.to_string().contains("in use by another process"), "{error}");
}

#[test]
fn an_unusable_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(options(&file.join("data")), clock(), &decode).err().unwrap();
    assert!(error.to_string().contains("--data"), "{error}");
}
