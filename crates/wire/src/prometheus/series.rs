//! Series of Prometheus' kind: told apart by their labels alone, the name of the metric among them.
//!
//! Invariants: a series gets a row with its first point of a day, unless it has one of that day
//! already; a point is kept only if its series is. What is not kept is counted and, the first few
//! times, told with the name of its series; after that it costs no text.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use plimsoll_model::batch::{
    Batch, ExemplarRow, FinishError, HistogramRow, MetricBuilder, ResourceCopies, ResourceRow,
    SampleRow, ScopeRow, SeriesRow,
};
use plimsoll_model::{DAY_NANO, SpanId, TimeWindow, TraceId, UnixNano};
use thiserror::Error;

use super::admission::{Admission, Admitted, Candidate, MetadataKind, Noted, SampleVerdict};
use super::histogram::{Dense, HistogramProblem, HistogramValue};
use super::labels::{
    Identity, LABELS_MAX, Label, METRIC, NAME_BYTES_MAX, Shown, VALUE_BYTES_MAX, identify,
    metadata_id,
};
use crate::otlp::{write_key, write_string};

/// Bytes that a row of the `series` table takes besides its texts.
const ROW_BYTES: usize = 320;
/// Bytes that a label takes besides its texts.
const LABEL_BYTES: usize = 8;
/// Bytes that the labels of an exemplar may have together; OpenMetrics allows 128 characters.
const EXEMPLAR_BYTES_MAX: usize = 4 << 10;
/// Bytes of labels that are looked at for each byte that rows may add. A text that is sent once may
/// be in the labels of every series, which costs time even where it adds no row.
const LABEL_BYTES_FACTOR: usize = 4;
/// Problems that are told in words; the others are counted.
const MESSAGES_MAX: usize = 5;

/// A series of the request.
#[derive(Clone, Copy, Debug)]
pub struct SeriesRef<'a> {
    identity: Identity<'a>,
    labels: &'a [Label<'a>],
    /// The last day that it was admitted on, and what it is known as.
    admitted: Option<(i32, Option<u32>)>,
}

impl<'a> SeriesRef<'a> {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.identity.id
    }

    /// The name of its metric.
    #[must_use]
    pub fn metric(&self) -> &'a [u8] {
        self.identity.metric
    }

    /// Its labels, in order.
    #[must_use]
    pub fn labels(&self) -> &'a [Label<'a>] {
        self.labels
    }
}

/// What a request became.
#[derive(Debug)]
pub struct Built {
    /// The rows to keep.
    pub batch: Batch,
    /// Samples and histograms that are taken: among the rows, or kept already with the same value.
    pub samples: u64,
    /// Histograms among these.
    pub histograms: u64,
    /// Exemplars to keep.
    pub exemplars: u64,
    /// Samples and histograms that are not kept.
    pub rejected: u64,
    /// Why, the first few; also why exemplars and metadata are not kept. Empty where all is.
    pub message: String,
    /// What to note of each series when the batch is durable.
    pub noted: Vec<Noted>,
    /// Ids and days of the rows that say what a metric is, to be noted likewise.
    pub described: Vec<(i64, i32)>,
}

/// Numbers and histograms of a series come in any order.
#[derive(Clone, Copy)]
enum PointKind {
    Number,
    Histogram,
}

/// Why a point is not kept.
#[derive(Debug, Error)]
enum Refusal {
    #[error("a point is {0} s old, older than metrics are kept")]
    Old(i64),
    #[error("a point is {0} s ahead of this server's clock, check the sender's")]
    Ahead(i64),
    #[error("a sample of the same time has another value")]
    Duplicate,
    #[error("its id belongs to another series")]
    Collision,
    #[error("a label is not UTF-8")]
    Text,
    #[error("the request takes too much more memory than it has bytes, send smaller ones")]
    Expansion,
    #[error(
        "it has {labels} labels of {bytes} bytes, at most {LABELS_MAX} of {EXEMPLAR_BYTES_MAX} are taken"
    )]
    ExemplarLabels { labels: usize, bytes: usize },
    #[error("a histogram is not valid: {0}")]
    Histogram(#[from] HistogramProblem),
    #[error("{0}")]
    Admission(String),
}

/// Collects what a request of any of Prometheus' protocols says.
pub struct SeriesBuilder<'a> {
    admission: &'a dyn Admission,
    window: TimeWindow,
    columns: MetricBuilder,
    /// Series of this request that are not known from before, by id, with their checks.
    new: HashMap<i64, u64>,
    /// Ids and days that have a row.
    rows: HashSet<(i64, i32)>,
    resource: Option<(Vec<u8>, Vec<u8>)>,
    bytes: Vec<u8>,
    sides: [Dense; 2],
    noted: Vec<Noted>,
    /// The newest sample of the last series, of each kind: what comes again is there already.
    last: [Option<Noted>; 2],
    described: Vec<(i64, i32)>,
    samples: u64,
    histograms: u64,
    exemplars: u64,
    rejected: u64,
    messages: Vec<String>,
    /// Bytes that rows may still add to the body they come from.
    expansion_left: usize,
    /// Bytes of labels that may still be looked at.
    label_bytes_left: usize,
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
            rows: HashSet::new(),
            resource: None,
            bytes: Vec::new(),
            sides: Default::default(),
            noted: Vec::new(),
            last: [None; 2],
            described: Vec::new(),
            samples: 0,
            histograms: 0,
            exemplars: 0,
            rejected: 0,
            messages: Vec::new(),
            expansion_left: expansion_bytes,
            label_bytes_left: expansion_bytes.saturating_mul(LABEL_BYTES_FACTOR),
        }
    }

    /// When the request was received.
    #[must_use]
    pub fn received(&self) -> UnixNano {
        self.window.received
    }

    /// The series of these labels, which are put in order, those without a value left out. `None`
    /// where they make none: the `samples` that it has are rejected. Whether it may be kept is asked
    /// with its first point of each day.
    pub fn series<'l, 'b: 'l>(
        &mut self,
        labels: &'l mut Vec<Label<'b>>,
        samples: u64,
    ) -> Option<SeriesRef<'l>> {
        if self.label_bytes_left == 0 {
            self.reject(samples, format_args!("{}: {}", Shown(labels), Refusal::Expansion));
            return None;
        }
        let identity = identify(labels, &mut self.bytes);
        self.label_bytes_left = self.label_bytes_left.saturating_sub(self.bytes.len());
        match identity {
            Ok(identity) => Some(SeriesRef { identity, labels, admitted: None }),
            Err(problem) => {
                self.reject(samples, format_args!("{}: {problem}", Shown(labels)));
                None
            }
        }
    }

    /// Lets a series in for the day of a point; answers what it is known as.
    #[inline]
    fn admit(
        &mut self,
        series: &mut SeriesRef<'_>,
        time: UnixNano,
    ) -> Result<Option<u32>, Refusal> {
        self.check_time(time)?;
        let day = time.div_euclid(DAY_NANO) as i32;
        match series.admitted {
            Some((admitted, known)) if admitted == day => Ok(known),
            _ => {
                let known = self.admit_day(series, day, time)?;
                series.admitted = Some((day, known));
                Ok(known)
            }
        }
    }

    fn admit_day(
        &mut self,
        series: &SeriesRef<'_>,
        day: i32,
        time: UnixNano,
    ) -> Result<Option<u32>, Refusal> {
        let Identity { id, check, .. } = series.identity;
        let candidate = Candidate { id, check, day, labels: series.labels };
        let known = match self.admission.series(&candidate) {
            Admitted::Known(known) => return Ok(Some(known)),
            Admitted::Refused(reason) => return Err(Refusal::Admission(reason)),
            Admitted::NewDay(known) => Some(known),
            Admitted::New => {
                if let Some(other) = self.new.insert(id, check).filter(|other| *other != check) {
                    self.new.insert(id, other);
                    return Err(Refusal::Collision);
                }
                None
            }
        };
        if self.rows.insert((id, day)) {
            let pushed = self.push_row(&candidate, series.identity.metric, time);
            if pushed.is_err() {
                self.rows.remove(&(id, day));
            }
            pushed?;
        }
        Ok(known)
    }

    fn push_row(
        &mut self,
        candidate: &Candidate<'_>,
        metric: &[u8],
        time: UnixNano,
    ) -> Result<(), Refusal> {
        let labels = candidate.labels;
        let is_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
        if !labels.iter().all(|(name, value)| is_text(name) && is_text(value)) {
            return Err(Refusal::Text);
        }
        let (job, instance) = (candidate.label(b"job"), candidate.label(b"instance"));
        let texts: usize =
            labels.iter().map(|(name, value)| name.len() + value.len() + LABEL_BYTES).sum();
        self.expand(ROW_BYTES + texts + job.len() + instance.len())?;
        self.begin_resource(job, instance);
        for (name, value) in labels.iter().filter(|(name, _)| *name != METRIC) {
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

    fn expand(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.expansion_left = self.expansion_left.checked_sub(bytes).ok_or(Refusal::Expansion)?;
        Ok(())
    }

    /// A number of a series. Times are Unix nanoseconds.
    #[inline]
    pub fn sample(
        &mut self,
        series: &mut SeriesRef<'_>,
        time: UnixNano,
        start_time: Option<UnixNano>,
        value: f64,
    ) {
        match self.verdict(PointKind::Number, series, time, value.to_bits()) {
            Ok(true) => self.columns.push_sample(&SampleRow {
                series_id: series.id(),
                time,
                start_time,
                value,
                value_int: None,
                flags: 0,
            }),
            Ok(false) => {}
            Err(refusal) => return self.refuse(1, series, &refusal),
        }
        self.samples += 1;
    }

    /// A native histogram of a series.
    pub fn histogram(
        &mut self,
        series: &mut SeriesRef<'_>,
        time: UnixNano,
        start_time: Option<UnixNano>,
        value: &HistogramValue<'_>,
    ) {
        let mut sides = std::mem::take(&mut self.sides);
        if let Err(refusal) = self.try_histogram(series, time, start_time, value, &mut sides) {
            self.refuse(1, series, &refusal);
        }
        self.sides = sides;
    }

    fn try_histogram(
        &mut self,
        series: &mut SeriesRef<'_>,
        time: UnixNano,
        start_time: Option<UnixNano>,
        value: &HistogramValue<'_>,
        sides: &mut [Dense; 2],
    ) -> Result<(), Refusal> {
        value.lay_out(sides)?;
        let [positive, negative] = sides;
        let custom = value.is_custom();
        self.expand(
            8 * (positive.counts.len() + negative.counts.len() + value.custom_bounds.len()),
        )?;
        if self.verdict(PointKind::Histogram, series, time, value.sum.to_bits())? {
            let none: &[i64] = &[];
            self.columns.push_histogram(&HistogramRow {
                series_id: series.id(),
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
                positive_offset: if custom { 0 } else { positive.first - 1 },
                positive_counts: if custom { none } else { &positive.counts },
                negative_offset: if custom { 0 } else { negative.first - 1 },
                negative_counts: &negative.counts,
                bounds: value.custom_bounds,
                counts: if custom { &positive.counts } else { none },
                flags: value.flags(),
            });
        }
        self.samples += 1;
        self.histograms += 1;
        Ok(())
    }

    /// A measurement that stands for others. Its labels are its attributes; those named `trace_id` and
    /// `span_id` of the right length lead to a trace.
    pub fn exemplar(
        &mut self,
        series: &mut SeriesRef<'_>,
        time: UnixNano,
        value: f64,
        labels: &[Label<'_>],
    ) {
        if let Err(refusal) = self.try_exemplar(series, time, value, labels) {
            self.say(format_args!("{}: an exemplar is not kept: {refusal}", Shown(series.labels)));
        }
    }

    fn try_exemplar(
        &mut self,
        series: &mut SeriesRef<'_>,
        time: UnixNano,
        value: f64,
        labels: &[Label<'_>],
    ) -> Result<(), Refusal> {
        let bytes = labels.iter().map(|(name, value)| name.len() + value.len()).sum();
        if labels.len() > LABELS_MAX || bytes > EXEMPLAR_BYTES_MAX {
            return Err(Refusal::ExemplarLabels { labels: labels.len(), bytes });
        }
        self.expand(bytes + LABEL_BYTES * labels.len())?;
        let (mut trace_id, mut span_id) = (None, None);
        self.bytes.clear();
        self.bytes.push(b'{');
        for (name, label) in labels {
            let text = std::str::from_utf8(label).map_err(|_| Refusal::Text)?;
            // Ids of zeros lead nowhere.
            let id = match *name {
                b"trace_id" | b"traceID" if trace_id.is_none() => {
                    trace_id = text.parse().ok().filter(|id: &TraceId| id.0 != [0; 16]);
                    trace_id.is_some()
                }
                b"span_id" | b"spanID" if span_id.is_none() => {
                    span_id = text.parse().ok().filter(|id: &SpanId| id.0 != [0; 8]);
                    span_id.is_some()
                }
                _ => false,
            };
            if id {
                continue;
            }
            if self.bytes.len() > 1 {
                self.bytes.push(b',');
            }
            write_key(&mut self.bytes, name);
            write_string(&mut self.bytes, label);
        }
        self.bytes.push(b'}');
        if std::str::from_utf8(&self.bytes).is_err() {
            return Err(Refusal::Text);
        }
        self.admit(series, time)?;
        let attributes: &[u8] = if self.bytes.len() > 2 { &self.bytes } else { b"" };
        self.columns.push_exemplar(&ExemplarRow {
            series_id: series.id(),
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
        let bytes = help.len() + unit.len();
        let fits = (1..=NAME_BYTES_MAX).contains(&metric.len()) && bytes <= VALUE_BYTES_MAX;
        if fits && let Err(refusal) = self.expand(ROW_BYTES + metric.len() + bytes) {
            return self.say(refusal);
        }
        if !fits || ![metric, help, unit].iter().all(|text| std::str::from_utf8(text).is_ok()) {
            let shown = [(METRIC, metric)];
            return self.say(format_args!(
                "metadata of {}: expected a name and UTF-8 texts of at most {VALUE_BYTES_MAX} bytes, \
                 found {bytes}",
                Shown(&shown)
            ));
        }
        let texts = [kind.row_kind().as_bytes(), help, unit];
        let id = metadata_id(metric, texts, &mut self.bytes);
        let day = time.div_euclid(DAY_NANO) as i32;
        if self.rows.contains(&(id, day)) || !self.admission.metadata(id, day) {
            return;
        }
        self.rows.insert((id, day));
        self.described.push((id, day));
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

    /// Whether a sample is kept, or is there already; notes it for when it is durable.
    #[inline]
    fn verdict(
        &mut self,
        kind: PointKind,
        series: &mut SeriesRef<'_>,
        time: UnixNano,
        value: u64,
    ) -> Result<bool, Refusal> {
        let known = self.admit(series, time)?;
        let note = Noted { id: series.id(), known, time, value };
        let last = self.last[kind as usize].filter(|last| last.id == note.id);
        if let Some(last) = last.filter(|last| last.time == time) {
            return if last.value == value { Ok(false) } else { Err(Refusal::Duplicate) };
        }
        let verdict = match known {
            Some(known) => self.admission.sample(note.id, known, time, value),
            None => SampleVerdict::Take,
        };
        match verdict {
            SampleVerdict::Take => {}
            SampleVerdict::Repeat => return Ok(false),
            SampleVerdict::Refused(reason) => return Err(Refusal::Admission(reason)),
        }
        if last.is_none_or(|last| last.time < time) {
            self.last[kind as usize] = Some(note);
        }
        match self.noted.last_mut().filter(|noted| noted.id == note.id) {
            Some(noted) if time < noted.time => {}
            Some(noted) => *noted = note,
            None => self.noted.push(note),
        }
        Ok(true)
    }

    #[inline]
    fn check_time(&self, time: UnixNano) -> Result<(), Refusal> {
        if self.window.contains(time) {
            return Ok(());
        }
        let seconds = time.saturating_sub(self.window.received) / 1_000_000_000;
        Err(if seconds < 0 { Refusal::Old(-seconds) } else { Refusal::Ahead(seconds) })
    }

    /// Counts samples of a series that are not kept, and says why.
    pub fn refuse(&mut self, samples: u64, series: &SeriesRef<'_>, problem: &dyn Display) {
        self.reject(samples, format_args!("{}: {problem}", Shown(series.labels)));
    }

    /// Counts samples that are not kept, and says why.
    pub fn reject(&mut self, samples: u64, problem: impl Display) {
        self.rejected += samples;
        self.say(problem);
    }

    /// Says what is not kept besides samples. Only the first few problems are written out.
    pub fn say(&mut self, problem: impl Display) {
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
            described: self.described,
        })
    }
}

/// The kind of a row of the `series` table that stands for a series of Prometheus' kind.
pub const SERIES_KIND: &str = "prometheus";
