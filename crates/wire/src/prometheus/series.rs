//! Series of Prometheus' kind: told apart by their labels alone, the name of the metric among them.
//!
//! Invariants: labels have an order and no repeats before an id is made of them; a series gets a row
//! only where it is not known yet; a sample is kept only if its series is.

use std::collections::HashMap;
use std::fmt::Display;

use plimsoll_model::batch::{
    Batch, ExemplarRow, FinishError, HistogramRow, MetricBuilder, ResourceCopies, ResourceRow,
    SampleRow, ScopeRow, SeriesRow,
};
use plimsoll_model::{DAY_NANO, SpanId, TimeWindow, TraceId, UnixNano};
use twox_hash::XxHash3_128;

use super::super::otlp::{IDENTITY_BITS, NAME_BITS, write_key, write_string};

/// Labels of one series at most; Prometheus' own default limit is none, its users have some twenty.
const LABELS_MAX: usize = 256;
/// Bytes of a label's name.
const NAME_BYTES_MAX: usize = 1 << 10;
/// Bytes of a label's value.
const VALUE_BYTES_MAX: usize = 16 << 10;
/// Buckets that a histogram may span, empty ones included, on each side of zero.
const BUCKETS_MAX: usize = 16 << 10;
/// Bytes that a series takes in the columns besides its labels.
const ROW_BYTES: usize = 320;
/// Problems that are told in words; the others are counted.
const MESSAGES_MAX: usize = 5;

/// A label's name and value.
pub type Label<'a> = (&'a [u8], &'a [u8]);

/// A series that asks to be taken in.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its id.
    pub id: i64,
    /// More bits of the hash that its id is made of: ids may collide, both together do not.
    pub check: u64,
    /// The UTC day of its sample, counted from 1970.
    pub day: i32,
    /// All labels in the order of their names, `__name__` among them.
    pub labels: &'a [Label<'a>],
}

impl Candidate<'_> {
    /// The value of a label, empty where it is missing.
    #[must_use]
    pub fn label(&self, name: &[u8]) -> &[u8] {
        self.labels.iter().find(|(found, _)| *found == name).map_or(b"", |(_, value)| value)
    }
}

/// What becomes of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// It is known, and its row of the day is kept already. The number is for [`Admission::sample`].
    Known(u32),
    /// It is known, but has no row of the day yet.
    NewDay(u32),
    /// It is new and has its place.
    New,
    /// It is not to be kept, for this reason.
    Refused(String),
}

/// What becomes of a sample of a known series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SampleVerdict {
    /// It is kept.
    Take,
    /// It is there already, with the same value.
    Repeat,
    /// It is not to be kept, for this reason.
    Refused(String),
}

/// What is known of series before a request is decoded.
pub trait Admission {
    /// Whether a series may be kept.
    fn series(&self, candidate: &Candidate<'_>) -> Admitted;

    /// Whether a sample of a known series may be kept; `value` has the bits of the double, of a
    /// histogram those of its sum.
    fn sample(&self, known: u32, time: UnixNano, value: u64) -> SampleVerdict;
}

/// A series of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesRef {
    id: i64,
    known: Option<u32>,
}

impl SeriesRef {
    /// Its id.
    #[must_use]
    pub fn id(self) -> i64 {
        self.id
    }
}

/// The newest sample of a series in a request, to be noted once it is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The series.
    pub id: i64,
    /// Where it is known, what [`Admission::series`] answered.
    pub known: Option<u32>,
    /// When the sample was taken.
    pub time: UnixNano,
    /// The bits of its value.
    pub value: u64,
}

/// A native histogram as Prometheus has it, with the bits of `u64` or of doubles for counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistogramValue<'a> {
    /// Resolution, `-4..=8`, or `-53` where bounds are custom.
    pub schema: i32,
    /// Whether counts are the bits of doubles, not of integers.
    pub float: bool,
    /// How many observations.
    pub count: u64,
    /// Their sum; the mark of an ended series makes the whole a mark.
    pub sum: f64,
    /// How far the zero bucket reaches.
    pub zero_threshold: f64,
    /// What it counts.
    pub zero_count: u64,
    /// Index and count of each filled bucket above zero, growing; of custom bounds all buckets.
    pub positive: &'a [(i32, u64)],
    /// Likewise below zero.
    pub negative: &'a [(i32, u64)],
    /// Upper bounds where they are custom.
    pub custom_bounds: &'a [f64],
    /// 0 unknown, 1 reset, 2 no reset, 3 a gauge: the numbers of remote write.
    pub reset_hint: u8,
}

/// What a metric is, in Prometheus' words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataKind {
    /// Nobody said.
    #[default]
    Unknown,
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by bucket.
    Histogram,
    /// A histogram of a present state.
    GaugeHistogram,
    /// Quantiles.
    Summary,
    /// Labels that describe.
    Info,
    /// One of several states.
    StateSet,
}

impl MetadataKind {
    /// The kind of a row of the `series` table that describes a metric.
    #[must_use]
    pub fn row_kind(self) -> &'static str {
        match self {
            Self::Unknown => "prometheus_unknown",
            Self::Counter => "prometheus_counter",
            Self::Gauge => "prometheus_gauge",
            Self::Histogram => "prometheus_histogram",
            Self::GaugeHistogram => "prometheus_gaugehistogram",
            Self::Summary => "prometheus_summary",
            Self::Info => "prometheus_info",
            Self::StateSet => "prometheus_stateset",
        }
    }
}

/// What a request became.
#[derive(Debug)]
pub struct Built {
    /// The rows to keep.
    pub batch: Batch,
    /// Samples and histograms among them.
    pub samples: u64,
    /// Histograms among these.
    pub histograms: u64,
    /// Exemplars to keep.
    pub exemplars: u64,
    /// Samples and histograms that are not kept.
    pub rejected: u64,
    /// Why, the first few; empty where none.
    pub message: String,
    /// What to note of each series when the batch is durable.
    pub noted: Vec<Noted>,
}

/// Collects what a request of any of Prometheus' protocols says.
pub struct SeriesBuilder<'a> {
    admission: &'a dyn Admission,
    window: TimeWindow,
    columns: MetricBuilder,
    /// Series of this request that are not known from before, by id, with their checks.
    new: HashMap<i64, u64>,
    described: HashMap<i64, ()>,
    resource: Option<(Vec<u8>, Vec<u8>)>,
    identity: Vec<u8>,
    text: Vec<u8>,
    buckets: [Vec<i64>; 2],
    noted: Vec<Noted>,
    samples: u64,
    histograms: u64,
    exemplars: u64,
    rejected: u64,
    messages: Vec<String>,
    /// Bytes that rows may still add to the body they come from.
    expansion_left: usize,
}

impl<'a> SeriesBuilder<'a> {
    /// Keeps what lies within `window` and what `admission` lets in. The columns may take about
    /// `expansion_bytes` beyond the body.
    #[must_use]
    pub fn new(admission: &'a dyn Admission, window: TimeWindow, expansion_bytes: usize) -> Self {
        Self {
            admission,
            window,
            columns: MetricBuilder::default(),
            new: HashMap::new(),
            described: HashMap::new(),
            resource: None,
            identity: Vec::new(),
            text: Vec::new(),
            buckets: Default::default(),
            noted: Vec::new(),
            samples: 0,
            histograms: 0,
            exemplars: 0,
            rejected: 0,
            messages: Vec::new(),
            expansion_left: expansion_bytes,
        }
    }

    /// The series of these labels, which are put in order; `time` is that of its first sample here,
    /// `samples` how many it has. `None` where it is not kept: that is counted and said.
    pub fn series(
        &mut self,
        labels: &mut Vec<Label<'_>>,
        time: UnixNano,
        samples: u64,
    ) -> Option<SeriesRef> {
        match self.try_series(labels, time) {
            Ok(series) => Some(series),
            Err(problem) => {
                self.reject(samples.max(1), problem);
                None
            }
        }
    }

    fn try_series(
        &mut self,
        labels: &mut Vec<Label<'_>>,
        time: UnixNano,
    ) -> Result<SeriesRef, String> {
        in_order(labels)?;
        self.identity.clear();
        self.identity.extend_from_slice(b"prometheus");
        let mut metric: &[u8] = b"";
        for (name, value) in labels.iter() {
            push_text(&mut self.identity, name);
            push_text(&mut self.identity, value);
            if *name == b"__name__" {
                metric = value;
            }
        }
        if metric.is_empty() {
            return Err(format!("series {} has no __name__, expected one", shown(labels)));
        }
        let (id, check) = identify(metric, &self.identity);
        let day = i32::try_from(time.div_euclid(DAY_NANO)).unwrap_or_default();
        let candidate = Candidate { id, check, day, labels };
        match self.admission.series(&candidate) {
            Admitted::Known(known) => Ok(SeriesRef { id, known: Some(known) }),
            Admitted::Refused(reason) => Err(reason),
            Admitted::NewDay(known) => {
                if self.described.insert(id, ()).is_none() {
                    self.push_row(&candidate, metric, time)?;
                }
                Ok(SeriesRef { id, known: Some(known) })
            }
            Admitted::New => {
                match self.new.insert(id, check) {
                    None => self.push_row(&candidate, metric, time)?,
                    Some(other) if other != check => {
                        self.new.insert(id, other);
                        return Err(format!(
                            "the id of {} belongs to another series",
                            shown(labels)
                        ));
                    }
                    Some(_) => {}
                }
                Ok(SeriesRef { id, known: None })
            }
        }
    }

    fn push_row(
        &mut self,
        candidate: &Candidate<'_>,
        metric: &[u8],
        time: UnixNano,
    ) -> Result<(), String> {
        let labels = candidate.labels;
        for (name, value) in labels {
            if std::str::from_utf8(name).is_err() || std::str::from_utf8(value).is_err() {
                return Err(format!("a label of {} is not UTF-8", shown(labels)));
            }
        }
        let texts: usize = labels.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.expand(ROW_BYTES + 2 * texts)?;
        self.begin_resource(candidate.label(b"job"), candidate.label(b"instance"));
        for (name, value) in labels.iter().filter(|(name, _)| *name != b"__name__") {
            self.columns.push_label(name, value);
        }
        self.columns.push_series(&SeriesRow {
            series_id: candidate.id,
            time,
            metric,
            kind: SERIES_KIND,
            unit: b"",
            description: b"",
            temporality: 0,
            monotonic: false,
            attributes: b"{}",
            metadata: b"",
        });
        Ok(())
    }

    /// The job is the service, as the OpenTelemetry–Prometheus rules have it.
    fn begin_resource(&mut self, job: &[u8], instance: &[u8]) {
        let same = |(a, b): &(Vec<u8>, Vec<u8>)| a == job && b == instance;
        if self.resource.as_ref().is_some_and(same) {
            return;
        }
        let mut copies = ResourceCopies::default();
        for (key, value) in [(&b"service.name"[..], job), (b"service.instance.id", instance)] {
            if !value.is_empty() {
                copies.see(key, value);
            }
        }
        self.columns.begin_resource(&ResourceRow {
            copies,
            attributes: b"{}",
            ..ResourceRow::default()
        });
        self.columns.begin_scope(&ScopeRow::default());
        self.resource = Some((job.to_vec(), instance.to_vec()));
    }

    fn expand(&mut self, bytes: usize) -> Result<(), String> {
        let left = self.expansion_left.checked_sub(bytes);
        self.expansion_left =
            left.ok_or("the request says too many new series for its size, send smaller ones")?;
        Ok(())
    }

    /// A number of a series. Times are Unix nanoseconds.
    pub fn sample(
        &mut self,
        series: SeriesRef,
        time: UnixNano,
        start_time: Option<UnixNano>,
        value: f64,
    ) {
        if !self.takes(series, time, value.to_bits()) {
            return;
        }
        self.columns.push_sample(&SampleRow {
            series_id: series.id,
            time,
            start_time,
            value,
            value_int: None,
            flags: 0,
        });
        self.samples += 1;
    }

    /// A native histogram of a series.
    pub fn histogram(
        &mut self,
        series: SeriesRef,
        time: UnixNano,
        start_time: Option<UnixNano>,
        value: &HistogramValue<'_>,
    ) {
        if let Err(problem) = self.try_histogram(series, time, start_time, value) {
            self.reject(1, problem);
        }
    }

    fn try_histogram(
        &mut self,
        series: SeriesRef,
        time: UnixNano,
        start_time: Option<UnixNano>,
        value: &HistogramValue<'_>,
    ) -> Result<(), String> {
        let custom = value.schema == CUSTOM_SCHEMA;
        if !custom && !(-4..=8).contains(&value.schema) {
            let schema = value.schema;
            return Err(format!("a histogram has schema {schema}, expected -4 to 8 or -53"));
        }
        let [mut positive, mut negative] = std::mem::take(&mut self.buckets);
        let dense = (|| {
            let first = dense(value.positive, &mut positive)?;
            let second = dense(value.negative, &mut negative)?;
            if custom {
                check_custom(value)?;
                // All buckets from the first, and one more than bounds.
                let before =
                    usize::try_from(first).map_err(|_| "a bucket below the first bound")?;
                positive.splice(0..0, std::iter::repeat_n(0, before));
                if positive.len() > value.custom_bounds.len() + 1 {
                    return Err("more buckets than custom bounds allow".to_owned());
                }
                positive.resize(value.custom_bounds.len() + 1, 0);
            }
            Ok((first, second))
        })();
        let result = dense.and_then(|(first, second)| {
            self.expand(8 * (positive.len() + negative.len() + value.custom_bounds.len()))?;
            if !self.takes(series, time, value.sum.to_bits()) {
                return Ok(());
            }
            let none: &[i64] = &[];
            self.columns.push_histogram(&HistogramRow {
                series_id: series.id,
                time,
                start_time,
                count: value.count.cast_signed(),
                sum: Some(value.sum),
                min: None,
                max: None,
                scale: (!custom).then_some(value.schema),
                zero_count: value.zero_count.cast_signed(),
                zero_threshold: value.zero_threshold,
                // A bucket of index i ends where OpenTelemetry's of index i - 1 does.
                positive_offset: if custom { 0 } else { first - 1 },
                positive_counts: if custom { none } else { &positive },
                negative_offset: if custom { 0 } else { second - 1 },
                negative_counts: &negative,
                bounds: value.custom_bounds,
                counts: if custom { &positive } else { none },
                flags: histogram_flags(value.float, value.reset_hint),
            });
            self.samples += 1;
            self.histograms += 1;
            Ok(())
        });
        self.buckets = [positive, negative];
        result
    }

    /// A measurement that stands for others. Its labels are its attributes; those named `trace_id` and
    /// `span_id` of the right length lead to a trace.
    pub fn exemplar(
        &mut self,
        series: SeriesRef,
        time: UnixNano,
        value: f64,
        labels: &[Label<'_>],
    ) {
        if let Err(problem) = self.try_exemplar(series, time, value, labels) {
            self.say(problem);
        }
    }

    fn try_exemplar(
        &mut self,
        series: SeriesRef,
        time: UnixNano,
        value: f64,
        labels: &[Label<'_>],
    ) -> Result<(), String> {
        self.check_time(time).map_err(|problem| format!("an exemplar is not kept: {problem}"))?;
        if labels.len() > LABELS_MAX {
            return Err(format!("an exemplar has {} labels, at most {LABELS_MAX}", labels.len()));
        }
        let (mut trace_id, mut span_id) = (None, None);
        self.text.clear();
        self.text.push(b'{');
        for (name, label) in labels {
            let Ok(text) = std::str::from_utf8(label) else {
                return Err("a label of an exemplar is not UTF-8".to_owned());
            };
            match *name {
                b"trace_id" | b"traceID" if trace_id.is_none() && text.len() == 32 => {
                    trace_id = text.parse::<TraceId>().ok();
                }
                b"span_id" | b"spanID" if span_id.is_none() && text.len() == 16 => {
                    span_id = text.parse::<SpanId>().ok();
                }
                name => {
                    if self.text.len() > 1 {
                        self.text.push(b',');
                    }
                    write_key(&mut self.text, name);
                    write_string(&mut self.text, label);
                }
            }
        }
        self.text.push(b'}');
        if std::str::from_utf8(&self.text).is_err() {
            return Err("a label of an exemplar is not UTF-8".to_owned());
        }
        self.expand(self.text.len())?;
        let attributes: &[u8] = if self.text.len() > 2 { &self.text } else { b"" };
        self.columns.push_exemplar(&ExemplarRow {
            series_id: series.id,
            time,
            value,
            value_int: None,
            trace_id,
            span_id,
            attributes,
        });
        self.exemplars += 1;
        Ok(())
    }

    /// What a metric is. Kept as a row of its own, which names no series.
    pub fn metadata(
        &mut self,
        metric: &[u8],
        kind: MetadataKind,
        help: &[u8],
        unit: &[u8],
        time: UnixNano,
    ) {
        let valid = [metric, help, unit].iter().all(|text| std::str::from_utf8(text).is_ok());
        let sizes = metric.len() <= NAME_BYTES_MAX && help.len() + unit.len() <= VALUE_BYTES_MAX;
        if metric.is_empty() || !valid || !sizes || self.expand(ROW_BYTES + help.len()).is_err() {
            return;
        }
        self.identity.clear();
        self.identity.extend_from_slice(b"prometheus metadata");
        for text in [metric, kind.row_kind().as_bytes(), help, unit] {
            push_text(&mut self.identity, text);
        }
        let (id, _) = identify(metric, &self.identity);
        if self.described.insert(id, ()).is_some() {
            return;
        }
        self.begin_resource(b"", b"");
        self.columns.push_series(&SeriesRow {
            series_id: id,
            time,
            metric,
            kind: kind.row_kind(),
            unit,
            description: help,
            temporality: 0,
            monotonic: kind == MetadataKind::Counter,
            attributes: b"{}",
            metadata: b"",
        });
    }

    /// Whether a sample is kept; notes it for when it is durable.
    fn takes(&mut self, series: SeriesRef, time: UnixNano, value: u64) -> bool {
        let verdict = match (self.check_time(time), series.known) {
            (Err(problem), _) => SampleVerdict::Refused(problem),
            (Ok(()), Some(known)) => self.admission.sample(known, time, value),
            (Ok(()), None) => SampleVerdict::Take,
        };
        match verdict {
            SampleVerdict::Take => {
                let note = Noted { id: series.id, known: series.known, time, value };
                match self.noted.last_mut() {
                    Some(last) if last.id == series.id => {
                        if time >= last.time {
                            *last = note;
                        }
                    }
                    _ => self.noted.push(note),
                }
                true
            }
            SampleVerdict::Repeat => false,
            SampleVerdict::Refused(problem) => {
                self.reject(1, problem);
                false
            }
        }
    }

    fn check_time(&self, time: UnixNano) -> Result<(), String> {
        if self.window.contains(time) {
            return Ok(());
        }
        let seconds = (time - self.window.received) / 1_000_000_000;
        Err(match seconds < 0 {
            true => format!("a sample is {} s old, older than metrics are kept", -seconds),
            false => {
                format!("a sample is {seconds} s ahead of this server's clock, check the sender's")
            }
        })
    }

    /// Counts samples that are not kept, and says why.
    pub fn reject(&mut self, samples: u64, problem: impl Display) {
        self.rejected += samples;
        self.say(problem);
    }

    fn say(&mut self, problem: impl Display) {
        if self.messages.len() < MESSAGES_MAX {
            self.messages.push(problem.to_string());
        }
    }

    /// All that was kept.
    ///
    /// # Errors
    ///
    /// Columns do not fit their tables: a defect of ours.
    pub fn finish(self) -> Result<Built, FinishError> {
        Ok(Built {
            batch: Batch { tables: self.columns.finish()? },
            samples: self.samples,
            histograms: self.histograms,
            exemplars: self.exemplars,
            rejected: self.rejected,
            message: self.messages.join("; "),
            noted: self.noted,
        })
    }
}

/// The kind of a row of the `series` table that stands for a series of Prometheus' kind.
pub const SERIES_KIND: &str = "prometheus";

/// The schema that says bounds are custom.
const CUSTOM_SCHEMA: i32 = -53;

/// Flag of a histogram: counts are the bits of doubles.
pub const FLAG_FLOAT: i32 = 1 << 16;

/// Where in the flags of a histogram its reset hint is, two bits.
pub const RESET_HINT_SHIFT: i32 = 17;

fn histogram_flags(float: bool, reset_hint: u8) -> i32 {
    let hint = i32::from(reset_hint & 3) << RESET_HINT_SHIFT;
    hint | if float { FLAG_FLOAT } else { 0 }
}

/// Id and check of a series.
fn identify(metric: &[u8], identity: &[u8]) -> (i64, u64) {
    let name = XxHash3_128::oneshot(metric) as u64 & ((1 << NAME_BITS) - 1);
    let hash = XxHash3_128::oneshot(identity);
    let low = hash as u64 & ((1 << IDENTITY_BITS) - 1);
    ((name << IDENTITY_BITS | low).cast_signed(), (hash >> 64) as u64)
}

/// Id and check of the series of these labels, in the order of their names and none empty.
#[must_use]
pub fn series_identity(labels: &[Label<'_>]) -> (i64, u64) {
    let mut identity = b"prometheus".to_vec();
    let mut metric: &[u8] = b"";
    for (name, value) in labels {
        push_text(&mut identity, name);
        push_text(&mut identity, value);
        if *name == b"__name__" {
            metric = value;
        }
    }
    identify(metric, &identity)
}

fn push_text(identity: &mut Vec<u8>, text: &[u8]) {
    identity.extend_from_slice(&(text.len() as u32).to_le_bytes());
    identity.extend_from_slice(text);
}

/// Sorts labels and leaves out empty ones.
fn in_order(labels: &mut Vec<Label<'_>>) -> Result<(), String> {
    if labels.len() > LABELS_MAX {
        return Err(format!(
            "series {} has {} labels, at most {LABELS_MAX} are taken",
            shown(labels),
            labels.len()
        ));
    }
    labels.retain(|(_, value)| !value.is_empty());
    if !labels.is_sorted_by(|a, b| a.0 < b.0) {
        labels.sort_unstable();
        if let Some(pair) = labels.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let name = String::from_utf8_lossy(pair[0].0).into_owned();
            return Err(format!("series {} has label {name:?} twice", shown(labels)));
        }
    }
    for (name, value) in labels.iter() {
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            let length = name.len();
            return Err(format!(
                "series {} has a label name of {length} bytes, expected 1 to {NAME_BYTES_MAX}",
                shown(labels)
            ));
        }
        if value.len() > VALUE_BYTES_MAX {
            return Err(format!(
                "series {}: label {:?} has {} bytes, at most {VALUE_BYTES_MAX} are taken",
                shown(labels),
                String::from_utf8_lossy(name),
                value.len()
            ));
        }
    }
    Ok(())
}

/// Labels for people, cut where they are long.
fn shown(labels: &[Label<'_>]) -> String {
    const CHARS_MAX: usize = 200;
    let mut text = String::new();
    let name = labels.iter().find(|(name, _)| *name == b"__name__");
    if let Some((_, value)) = name {
        text.push_str(&String::from_utf8_lossy(&value[..value.len().min(CHARS_MAX)]));
    }
    text.push('{');
    for (at, (name, value)) in labels.iter().filter(|(name, _)| *name != b"__name__").enumerate() {
        if text.len() > CHARS_MAX {
            text.push('…');
            break;
        }
        let cut = |bytes: &[u8]| {
            String::from_utf8_lossy(&bytes[..bytes.len().min(CHARS_MAX)]).into_owned()
        };
        let comma = if at == 0 { "" } else { ", " };
        text.push_str(&format!("{comma}{}={:?}", cut(name), cut(value)));
    }
    text.push('}');
    text
}

/// Buckets without gaps, from the first; returns its index, 1 where there are none.
fn dense(buckets: &[(i32, u64)], out: &mut Vec<i64>) -> Result<i32, String> {
    out.clear();
    let Some(&(first, _)) = buckets.first() else { return Ok(1) };
    for (index, count) in buckets {
        let place = usize::try_from(i64::from(*index) - i64::from(first));
        match place {
            Ok(place) if place < BUCKETS_MAX && place >= out.len() => {
                out.resize(place, 0);
                out.push(count.cast_signed());
            }
            Ok(place) if place < BUCKETS_MAX => {
                return Err(format!("buckets of a histogram are out of order at index {index}"));
            }
            _ => {
                return Err(format!(
                    "a histogram spans more than {BUCKETS_MAX} buckets; use a coarser resolution"
                ));
            }
        }
    }
    Ok(first)
}

fn check_custom(value: &HistogramValue<'_>) -> Result<(), String> {
    let bounds = value.custom_bounds;
    if !value.negative.is_empty() || value.zero_count != 0 {
        return Err("a histogram with custom bounds has a zero or negative bucket".to_owned());
    }
    if bounds.len() >= BUCKETS_MAX {
        return Err(format!("a histogram has {} bounds, at most {BUCKETS_MAX}", bounds.len()));
    }
    if !bounds.is_sorted_by(|a, b| a < b) || bounds.iter().any(|bound| !bound.is_finite()) {
        return Err("custom bounds of a histogram must grow and be finite".to_owned());
    }
    Ok(())
}
