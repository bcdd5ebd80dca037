//! `target_info`: what a resource says of itself besides who it is, as one more series of each resource that has
//! points, for queries that join it to the others by `job` and `instance`.
//!
//! Invariants: PromQL sees it wherever it sees a point of its resource; it has at most twice as many samples as
//! there are points, each once in a request; it is never counted among what was sent, nor a reason to refuse any of
//! that.

use std::collections::{HashMap, HashSet};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use plimsoll_model::batch::{Batch, MetricBuilder, SampleRow, ScopeRow, SeriesRow};
use plimsoll_model::{Table, UnixNano};
use twox_hash::XxHash3_128;

use super::context::Context;
use super::fault::Fault;
use super::metrics::SAMPLE_BYTES;
use super::origin::Resource;
use super::series::{Kind, Metric, ROW_BYTES, SeriesRef, name_bits, series_id, write_label};
use super::value::Value;

/// `type` of its rows in the `series` table, which no metric that was sent has.
pub const TARGET_INFO_KIND: &str = "info";

const NAME: &[u8] = b"target_info";
const DESCRIPTION: &[u8] = b"Target metadata";

const SERVICE_NAME: &[u8] = b"service.name";
const INSTANCE_ID: &[u8] = b"service.instance.id";

/// Attributes that are no labels of it. `job` and `instance` are made of the first three, as those of the
/// resource's other series are, whatever attributes have these names.
const IDENTIFYING: [&[u8]; 5] =
    [SERVICE_NAME, b"service.namespace", INSTANCE_ID, b"job", b"instance"];

/// Half of PromQL's look-back. Points that lie in one slice of this length have a sample at the first of them and
/// one at the last: wherever one of the points is seen, one of these is.
const SLICE_NANO: i64 = 150_000_000_000;

/// Finer times are one to PromQL.
const MS_NANO: i64 = 1_000_000;

/// The points of one slice.
struct Slice {
    number: i64,
    first: UnixNano,
    last: UnixNano,
}

/// The resources of a request that have points.
#[derive(Default)]
pub(super) struct TargetInfo {
    /// When the resource that is being read has points.
    slices: Vec<Slice>,
    /// Whether the resource that is being read has such a metric of its own.
    sent: bool,
    /// Where each resource is, by identity.
    known: HashMap<u128, usize>,
    targets: Vec<(SeriesRef, Vec<Slice>)>,
}

impl TargetInfo {
    /// Notes a metric. Two series that say what a resource is would make every join with either ambiguous, so who
    /// sends one has that one alone.
    pub(super) fn note_metric(&mut self, metric: &Metric<'_>) {
        let is_number = matches!(metric.kind, Kind::Gauge | Kind::Sum) && !metric.monotonic;
        self.sent |= is_number && metric.name == NAME;
    }

    /// Notes the time of a point that has a value.
    #[inline]
    pub(super) fn note_point(&mut self, time: UnixNano) {
        let number = time.div_euclid(SLICE_NANO);
        match self.slices.last_mut() {
            Some(slice) if slice.number == number => {
                slice.first = slice.first.min(time);
                slice.last = slice.last.max(time);
            }
            _ => self.slices.push(Slice { number, first: time, last: time }),
        }
    }

    /// The resource that was being read has no more points here: its series gets a row.
    pub(super) fn end_resource(
        &mut self,
        resource: &Resource<'_>,
        columns: &mut MetricBuilder,
        cx: &mut Context<'_>,
    ) {
        let sent = std::mem::take(&mut self.sent);
        if self.slices.is_empty() || sent || !is_told(resource) {
            return self.slices.clear();
        }
        let known = self.known.get(&resource.identity).copied();
        // What it takes is a reason to do without it, and to refuse nothing.
        let row = if known.is_some() { 0 } else { ROW_BYTES + resource.bytes_of_labels() };
        if cx.expand(row + self.slices.len() * 2 * SAMPLE_BYTES).is_err() {
            return self.slices.clear();
        }
        if let Some(at) = known {
            self.targets[at].1.append(&mut self.slices);
            return;
        }
        if let Ok(series) = self.push_series(resource, columns, cx) {
            self.known.insert(resource.identity, self.targets.len());
            self.targets.push((series, std::mem::take(&mut self.slices)));
        }
        self.slices.clear();
    }

    fn push_series(
        &self,
        resource: &Resource<'_>,
        columns: &mut MetricBuilder,
        cx: &Context<'_>,
    ) -> Result<SeriesRef, Fault> {
        let mut labels: Vec<(&[u8], Vec<u8>)> = Vec::with_capacity(resource.pairs.len());
        for (key, value) in &resource.pairs {
            if IDENTIFYING.contains(key) || labels.last().is_some_and(|(last, _)| last == key) {
                continue;
            }
            let mut text = Vec::new();
            write_label(&mut text, value, cx)?;
            labels.push((key, text));
        }
        let id = id_of(resource);
        let time = self.slices.iter().map(|slice| slice.first).min().unwrap_or_default();
        columns.begin_scope(&ScopeRow::default());
        labels.iter().for_each(|(key, text)| columns.push_label(key, text));
        let row = columns.push_series(&SeriesRow {
            series_id: id,
            time,
            metric: NAME,
            kind: TARGET_INFO_KIND,
            unit: b"",
            description: DESCRIPTION,
            temporality: 0,
            monotonic: false,
            attributes: b"{}",
            metadata: b"",
        });
        Ok(SeriesRef { id, row })
    }

    /// Adds the samples, once no more points can come.
    pub(super) fn push_samples(self, columns: &mut MetricBuilder) {
        for (series, mut slices) in self.targets {
            columns.note_number(series.row, true);
            slices.sort_unstable_by_key(|slice| slice.number);
            slices.dedup_by(|next, kept| {
                let same = next.number == kept.number;
                if same {
                    kept.first = kept.first.min(next.first);
                    kept.last = kept.last.max(next.last);
                }
                same
            });
            for Slice { first, last, .. } in slices {
                let apart = first.div_euclid(MS_NANO) != last.div_euclid(MS_NANO);
                for time in std::iter::once(first).chain(apart.then_some(last)) {
                    columns.push_sample(&SampleRow {
                        series_id: series.id,
                        time,
                        start_time: None,
                        value: 1.0,
                        value_int: None,
                        flags: 0,
                    });
                }
            }
        }
    }
}

/// Whether a resource says who it is, and more than that. All that do not say who they are go by one `job`; series
/// of theirs could not be told apart, which is an error of every join with them.
fn is_told(resource: &Resource<'_>) -> bool {
    let says_more = resource.pairs.iter().any(|(key, _)| !IDENTIFYING.contains(key));
    let has = |wanted: &[u8]| {
        let text = resource.pairs.iter().find_map(|(key, value)| match value {
            Value::String(text) if *key == wanted => Some(*text),
            _ => None,
        });
        text.is_some_and(|text| !text.is_empty())
    };
    says_more && (has(SERVICE_NAME) || has(INSTANCE_ID))
}

/// The id of its series (`docs/format/tables.md`).
fn id_of(resource: &Resource<'_>) -> i64 {
    let identity = XxHash3_128::oneshot(&[NAME, &resource.identity.to_le_bytes()].concat());
    series_id(name_bits(NAME), identity)
}

/// Ids of the series in a batch that say what a resource is; nobody sent them.
#[must_use]
pub fn target_info_ids(batch: &Batch) -> HashSet<i64> {
    let rows = batch.tables.iter().find(|(table, _)| *table == Table::Series);
    let columns = rows.and_then(|(_, rows)| {
        let ids = rows.column_by_name("series_id")?.as_primitive_opt::<Int64Type>()?;
        Some((ids, rows.column_by_name("type")?.as_string_opt::<i32>()?))
    });
    let Some((ids, kinds)) = columns else { return HashSet::new() };
    let rows = ids.values().iter().zip(kinds);
    rows.filter(|(_, kind)| *kind == Some(TARGET_INFO_KIND)).map(|(id, _)| *id).collect()
}

/// How many spans, log records and numbers or histograms of a batch were sent.
#[must_use]
pub fn sent_items(batch: &Batch) -> u64 {
    let counted = |table: &Table| {
        matches!(table, Table::Spans | Table::Logs | Table::Samples | Table::Histograms)
    };
    let rows = batch.tables.iter().filter(|(table, _)| counted(table));
    let all: u64 = rows.map(|(_, rows)| rows.num_rows() as u64).sum();
    let samples = batch.tables.iter().find(|(table, _)| *table == Table::Samples);
    let ids = samples
        .and_then(|(_, rows)| rows.column_by_name("series_id")?.as_primitive_opt::<Int64Type>());
    let Some(ids) = ids else { return all };
    let made = target_info_ids(batch);
    // They come after all others.
    all - ids.values().iter().rev().take_while(|id| made.contains(id)).count() as u64
}
