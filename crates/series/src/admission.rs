//! What is taken in: new series up to limits, and of known ones samples in order.
//!
//! Invariants: a known series is never refused; what is refused is counted under its metric, with the label
//! that has grown; nothing here changes what is known of a series.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use arrow::array::{AsArray, BooleanArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;
use parking_lot::RwLockReadGuard;
use plimsoll_model::batch::Batch;
use plimsoll_model::{Table, UnixNano};
use plimsoll_wire::otlp::{sent_items, target_info_ids};
use plimsoll_wire::prometheus::{Admission, Admitted, Candidate, SampleVerdict};
use std::cell::{Cell, RefCell};

use crate::describe::{Row, RowsError, rows};
use crate::index::{Entry, Index, State};
use crate::symbols::Symbol;

/// What the index takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Series of one metric.
    pub metric_series_max: usize,
    /// Series of one job: a service, or a scraped job.
    pub source_series_max: usize,
    /// Bytes of the whole index. A series takes some 200, by its labels.
    pub memory_bytes_max: usize,
    /// How much older than the newest sample of its series a sample may be, in nanoseconds.
    pub out_of_order_nano: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            metric_series_max: 200_000,
            source_series_max: 1_000_000,
            memory_bytes_max: 512 << 20,
            out_of_order_nano: 3_600_000_000_000,
        }
    }
}

/// The bits of the value that marks the end of a series.
const STALE: u64 = plimsoll_promql::ABSENT.to_bits();

/// Metrics of which refusals are kept apart.
const METRICS_MAX: usize = 1_000;

/// Series looked at to tell which label has grown.
const LOOKED_AT_MAX: usize = 20_000;

/// After how many refusals of a metric its message is made anew.
const MESSAGE_EVERY: u64 = 10_000;

/// What was refused, by metric.
#[derive(Default)]
pub(crate) struct Refusals {
    pub(crate) by_metric: HashMap<String, Refused>,
    total: u64,
}

/// Series of one metric that were refused since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// How often.
    pub count: u64,
    /// The reason, the metric, the limit and the label that has grown.
    pub message: String,
    /// Whether the label is told: there must be series to find it among.
    names_label: bool,
}

impl Refusals {
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    fn refuse(&mut self, metric: &str, message: impl FnOnce() -> (String, bool)) -> String {
        self.total += 1;
        match self.by_metric.get_mut(metric) {
            Some(refused) => {
                refused.count += 1;
                if !refused.names_label || refused.count.is_multiple_of(MESSAGE_EVERY) {
                    (refused.message, refused.names_label) = message();
                }
                refused.message.clone()
            }
            None => {
                let (message, names_label) = message();
                if self.by_metric.len() < METRICS_MAX {
                    let refused = Refused { count: 1, message: message.clone(), names_label };
                    self.by_metric.insert(metric.to_owned(), refused);
                }
                message
            }
        }
    }
}

/// Decides for the series of one request. Lets others in between, so that a long request does not hold up
/// new series of others.
struct Guard<'a> {
    index: &'a Index,
    state: RefCell<RwLockReadGuard<'a, State>>,
    asked: Cell<u32>,
    /// Series that this request adds: they count before they are in the index.
    added: RefCell<Added>,
}

/// New series of one request.
#[derive(Default)]
struct Added {
    ids: HashSet<i64>,
    by_metric: HashMap<String, usize>,
    by_job: HashMap<String, usize>,
}

impl Added {
    /// How many of a metric and of a job.
    fn counts(&self, metric: &str, job: &str) -> (usize, usize) {
        let count = |map: &HashMap<String, usize>, key| map.get(key).copied().unwrap_or_default();
        (count(&self.by_metric, metric), count(&self.by_job, job))
    }

    fn add(&mut self, id: i64, metric: &str, job: &str) {
        self.ids.insert(id);
        *self.by_metric.entry(metric.to_owned()).or_default() += 1;
        *self.by_job.entry(job.to_owned()).or_default() += 1;
    }
}

/// How often a guard may be asked before others get their turn.
const TURN: u32 = 1 << 10;

impl Index {
    /// Decides for one request; not to be kept longer.
    pub fn admission(&self) -> impl Admission {
        Guard {
            index: self,
            state: RefCell::new(self.state.read()),
            asked: Cell::new(0),
            added: RefCell::default(),
        }
    }

    /// Takes out of a batch the series that are new and over a limit, and their points. Gives the number of
    /// points that were sent, and the first reason: that of a series that was sent, if there is one.
    ///
    /// # Errors
    ///
    /// The rows lack a column.
    pub fn admit(&self, batch: &mut Batch) -> Result<Option<(u64, String)>, RowsError> {
        let Some((_, series)) = batch.tables.iter().find(|(table, _)| *table == Table::Series)
        else {
            return Ok(None);
        };
        let mut refused: HashSet<i64> = HashSet::new();
        let (mut reason, mut reason_of_info) = (None, None);
        // Of this request, since none of it is in the index yet.
        let mut added = Added::default();
        let state = self.state.read();
        let ids = series.column_by_name("series_id").map(|ids| ids.as_primitive::<Int64Type>());
        if ids.is_some_and(|ids| ids.values().iter().all(|id| state.find(*id).is_some())) {
            return Ok(None);
        }
        let infos = target_info_ids(batch);
        rows(series, self.naming(), |row| {
            let Row::Series(series) = row else { return };
            if state.find(series.id).is_some() || refused.contains(&series.id) {
                return;
            }
            let label = |name: &str| {
                series.labels.iter().find(|(n, _)| n == name).map_or("", |(_, value)| &**value)
            };
            let (metric, job) = (label("__name__"), label("job"));
            match self.over_limit(&state, metric, job, added.counts(metric, job)) {
                None => added.add(series.id, metric, job),
                Some(message) => {
                    refused.insert(series.id);
                    let sent = !infos.contains(&series.id);
                    if sent { &mut reason } else { &mut reason_of_info }.get_or_insert(message);
                }
            }
        })?;
        drop(state);
        let Some(reason) = reason.or(reason_of_info) else { return Ok(None) };
        Ok(Some((without(batch, &refused), reason)))
    }

    /// Why a series may not be added to those there are of its metric and job, and to those that this
    /// request adds.
    fn over_limit(
        &self,
        state: &State,
        metric: &str,
        job: &str,
        added: (usize, usize),
    ) -> Option<String> {
        let limits = &self.limits;
        let count = state.count("__name__", metric) + added.0;
        let reason = if count >= limits.metric_series_max {
            let most = limits.metric_series_max;
            format!("metric {metric:?} has {most} series, which is the most it may have")
        } else if state.count("job", job) + added.1 >= limits.source_series_max && !job.is_empty() {
            let most = limits.source_series_max;
            format!("job {job:?} has {most} series, which is the most it may have")
        } else if state.memory_bytes() >= limits.memory_bytes_max {
            let most = limits.memory_bytes_max >> 20;
            format!("all series together take {most} MiB, which is the most they may take")
        } else {
            return None;
        };
        let message = || {
            let most = state.most_distinct(metric);
            let names_label = most.is_some();
            let grown = match most {
                Some((label, values)) => format!("; label {label:?} has {values} values"),
                None => String::new(),
            };
            (format!("a new series of {metric:?} is refused: {reason}{grown}"), names_label)
        };
        Some(self.refusals.lock().refuse(metric, message))
    }
}

impl Guard<'_> {
    fn turn(&self) {
        let asked = self.asked.get() + 1;
        self.asked.set(asked);
        if asked.is_multiple_of(TURN) {
            RwLockReadGuard::bump(&mut self.state.borrow_mut());
        }
    }
}

/// For callers that cannot hold a guard: each question waits for its turn.
impl Admission for Index {
    fn series(&self, candidate: &Candidate<'_>) -> Admitted {
        self.admission().series(candidate)
    }

    fn metadata(&self, id: i64, day: i32) -> bool {
        self.admission().metadata(id, day)
    }

    fn sample(&self, id: i64, known: u32, time: UnixNano, value: u64) -> SampleVerdict {
        self.admission().sample(id, known, time, value)
    }
}

impl Admission for Guard<'_> {
    fn series(&self, candidate: &Candidate<'_>) -> Admitted {
        self.turn();
        let state = self.state.borrow();
        if let Some(slot) = state.find(candidate.id) {
            let entry = &state.entries[slot as usize];
            return if entry.check != candidate.check {
                Admitted::Refused("the id of a series belongs to another one already".to_owned())
            } else if entry.day < candidate.day {
                Admitted::NewDay(slot)
            } else {
                Admitted::Known(slot)
            };
        }
        let text = |name: &[u8]| String::from_utf8_lossy(candidate.label(name)).into_owned();
        let (metric, job) = (text(b"__name__"), text(b"job"));
        let mut added = self.added.borrow_mut();
        if added.ids.contains(&candidate.id) {
            return Admitted::New;
        }
        let counts = added.counts(&metric, &job);
        match self.index.over_limit(&state, &metric, &job, counts) {
            None => {
                added.add(candidate.id, &metric, &job);
                Admitted::New
            }
            Some(reason) => Admitted::Refused(reason),
        }
    }

    fn metadata(&self, id: i64, day: i32) -> bool {
        self.state.borrow().described.get(&id).is_none_or(|known| *known < day)
    }

    fn sample(&self, id: i64, known: u32, time: UnixNano, value: u64) -> SampleVerdict {
        let state = self.state.borrow();
        let Some(entry) = state.entry(id, Some(known)) else { return SampleVerdict::Take };
        let last = entry.last_time.load(Ordering::Acquire);
        if time > last {
            return SampleVerdict::Take;
        }
        if time == last {
            let known = entry.last_value.load(Ordering::Relaxed);
            // A series that ended and begins again at once has its value there.
            if known == STALE && value != STALE {
                return SampleVerdict::Take;
            }
            return match known == value {
                true => SampleVerdict::Repeat,
                false => SampleVerdict::Refused(format!(
                    "duplicate sample for timestamp {} of {}: it has another value already",
                    time / 1_000_000,
                    state.shown(entry)
                )),
            };
        }
        let late = last - time;
        if late <= self.index.limits.out_of_order_nano {
            return SampleVerdict::Take;
        }
        SampleVerdict::Refused(format!(
            "out of order sample of {}: it is {} s older than the newest, at most {} s are taken",
            state.shown(entry),
            late / 1_000_000_000,
            self.index.limits.out_of_order_nano / 1_000_000_000
        ))
    }
}

impl State {
    /// The label with the most values among some series of a metric.
    pub(crate) fn most_distinct(&self, metric: &str) -> Option<(String, usize)> {
        let pair = self.symbols.find("__name__").zip(self.symbols.find(metric))?;
        let slots = self.postings.get(&pair)?.slots();
        let mut values: HashMap<Symbol, HashSet<Symbol>> = HashMap::new();
        for slot in slots.iter().rev().take(LOOKED_AT_MAX) {
            for (name, value) in self.labels(&self.entries[*slot as usize]) {
                values.entry(*name).or_default().insert(*value);
            }
        }
        let (name, values) = values.into_iter().max_by_key(|(_, values)| values.len())?;
        Some((self.symbols.text(name).to_owned(), values.len()))
    }

    /// A series for people.
    pub(crate) fn shown(&self, entry: &Entry) -> String {
        let text = |symbol: &Symbol| self.symbols.text(*symbol);
        let labels = self.labels(entry).iter().map(|(name, value)| (text(name), text(value)));
        plimsoll_promql::Labels::new(labels).to_string()
    }
}

/// Takes rows of these series out of all tables; returns how many points that were, of those that were sent.
fn without(batch: &mut Batch, refused: &HashSet<i64>) -> u64 {
    let before = sent_items(batch);
    for (_, rows) in &mut batch.tables {
        let Some(ids) = rows.column_by_name("series_id") else { continue };
        let keep: BooleanArray = ids
            .as_primitive::<Int64Type>()
            .values()
            .iter()
            .map(|id| Some(!refused.contains(id)))
            .collect();
        if let Ok(kept) = filter_record_batch(rows, &keep) {
            *rows = kept;
        }
    }
    batch.tables.retain(|(_, rows)| rows.num_rows() > 0);
    before - sent_items(batch)
}
