//! What a scrape brought becomes rows: its samples, the marks of series that ended, and the report.
//!
//! Invariants: no I/O and no clock; a body with a fault gives no sample, but marks and the report;
//! nothing counts as durable before the caller says so.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use plimsoll_model::batch::FinishError;
use plimsoll_model::{TimeWindow, UnixNano};
use plimsoll_wire::prometheus::protobuf::{Family, Point, PointValue, Visitor, read_families};
use plimsoll_wire::prometheus::text::{Entry, Exposition};
use plimsoll_wire::prometheus::{Admission, Built, MetadataKind, SeriesBuilder};

use crate::client::Format;
use crate::config::Reading;
use crate::exposed::Exposed;
use crate::labels::{LabelSet, METRIC_NAME};
use crate::memory::{Alive, Identity, Known, Memory, Series, bytes};
use crate::relabel::relabel;

/// The mark of a series that ended.
pub(crate) const STALE: u64 = 0x7ff0_0000_0000_0002;

/// Bytes that rows may take beyond the body, for each of its bytes: a series of 60 bytes takes its
/// labels twice, those of the target among them, and some 320 bytes of columns.
const EXPANSION: usize = 24;
/// And beyond that, for marks and the report.
const EXPANSION_MIN: usize = 4 << 20;

/// What a scrape brought.
pub(crate) struct Scrape<'a> {
    /// The body and its format, or why there is none.
    pub(crate) body: Result<(&'a [u8], Format), String>,
    /// The time of samples that bear none.
    pub(crate) time: UnixNano,
    /// How long it took, asked when the body is read.
    pub(crate) elapsed: &'a dyn Fn() -> Duration,
}

/// What became of it.
pub(crate) struct Outcome {
    /// The rows.
    pub(crate) built: Built,
    /// The series that are alive once the rows are durable.
    pub(crate) alive: Alive,
    /// How long it took.
    pub(crate) elapsed: Duration,
    /// Why the target is down; nothing where it is up.
    pub(crate) error: Option<String>,
    /// Samples that are not kept because their series had one already.
    pub(crate) duplicates: u64,
}

/// Of a target, what its scrapes have in common.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) labels: &'a LabelSet,
    pub(crate) reading: &'a Reading,
    pub(crate) admission: &'a dyn Admission,
    pub(crate) window: TimeWindow,
}

/// The numbers of the report.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    scraped: u64,
    relabeled: u64,
    added: u64,
    duplicates: u64,
}

/// Turns a scrape into rows.
///
/// # Errors
///
/// Columns do not fit their tables: a defect of ours.
pub(crate) fn read(
    context: Context<'_>,
    memory: &mut Memory,
    scrape: &Scrape<'_>,
) -> Result<Outcome, FinishError> {
    memory.scrape += 1;
    let mut counts = Counts::default();
    let read = match &scrape.body {
        Err(problem) => Err(problem.clone()),
        Ok((body, format)) => {
            let mut reader = Reader::new(context, memory, scrape.time, body.len());
            let read = reader.read(body, *format);
            counts = reader.counts;
            let parts = (reader.builder, reader.current, reader.metadata);
            memory.forget(read.is_ok());
            read.map(|()| parts)
        }
    };
    let (mut builder, current, said, error) = match read {
        Ok((builder, current, said)) => (builder, current, said, None),
        // As if nothing had been exposed.
        Err(problem) => (new_builder(context, 0), HashMap::new(), HashMap::new(), Some(problem)),
    };
    let is_there =
        |identity| current.get(identity).is_some_and(|current: &Current| current.tracked);
    for (_, series) in memory.alive.iter().filter(|(identity, _)| !is_there(identity)) {
        push(&mut builder, &series.labels, scrape.time, f64::from_bits(STALE));
    }
    for (metric, Metadata { kind, help, unit }) in &said {
        let (metric, help, unit) = (metric.as_bytes(), help.as_bytes(), unit.as_bytes());
        builder.metadata(metric, *kind, help, unit, scrape.time);
    }
    let elapsed = (scrape.elapsed)();
    report(&mut builder, context.labels, scrape.time, |name| match name {
        "up" => f64::from(u8::from(error.is_none())),
        "scrape_duration_seconds" => elapsed.as_secs_f64(),
        "scrape_samples_scraped" => counts.scraped as f64,
        "scrape_samples_post_metric_relabeling" => counts.relabeled as f64,
        _ => counts.added as f64,
    });
    let tracked = current.into_iter().filter(|(_, current)| current.tracked);
    let alive = tracked.map(|(identity, current)| (identity, current.series)).collect();
    Ok(Outcome { built: builder.finish()?, alive, elapsed, error, duplicates: counts.duplicates })
}

/// The marks of all that a target had, the report among it: it is not scraped any more.
///
/// # Errors
///
/// Columns do not fit their tables: a defect of ours.
pub(crate) fn end(
    context: Context<'_>,
    memory: &Memory,
    time: UnixNano,
) -> Result<Built, FinishError> {
    let mut builder = new_builder(context, 0);
    for series in memory.alive.values() {
        push(&mut builder, &series.labels, time, f64::from_bits(STALE));
    }
    report(&mut builder, context.labels, time, |_| f64::from_bits(STALE));
    builder.finish()
}

fn new_builder(context: Context<'_>, body_bytes: usize) -> SeriesBuilder<'_> {
    let expansion = body_bytes.saturating_mul(EXPANSION).saturating_add(EXPANSION_MIN);
    SeriesBuilder::new(context.admission, context.window, expansion)
}

fn push(builder: &mut SeriesBuilder<'_>, labels: &LabelSet, time: UnixNano, value: f64) {
    if let Some(mut series) = builder.series(&mut bytes(labels), 1) {
        builder.sample(&mut series, time, None, value);
    }
}

/// The series that tell of a scrape.
const REPORT: &[&str] = &[
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
];

fn report(
    builder: &mut SeriesBuilder<'_>,
    target: &LabelSet,
    time: UnixNano,
    value: impl Fn(&str) -> f64,
) {
    for name in REPORT {
        let mut labels = target.clone();
        labels.set(METRIC_NAME, *name);
        push(builder, &labels, time, value(name));
    }
}

/// What a metric is said to be.
#[derive(Debug, Default)]
struct Metadata {
    kind: MetadataKind,
    help: String,
    unit: String,
}

/// A series of this scrape.
struct Current {
    series: Arc<Series>,
    /// Whether it is marked as ended when it vanishes.
    tracked: bool,
    /// The time of its newest sample.
    time: UnixNano,
}

struct Reader<'a, 'm> {
    context: Context<'a>,
    memory: &'m mut Memory,
    builder: SeriesBuilder<'a>,
    time: UnixNano,
    current: HashMap<Identity, Current>,
    metadata: HashMap<String, Metadata>,
    counts: Counts,
    /// Samples that count against the limit.
    samples: u64,
}

impl<'a, 'm> Reader<'a, 'm> {
    fn new(
        context: Context<'a>,
        memory: &'m mut Memory,
        time: UnixNano,
        body_bytes: usize,
    ) -> Self {
        let current = HashMap::with_capacity(memory.alive.len());
        Self {
            context,
            memory,
            builder: new_builder(context, body_bytes),
            time,
            current,
            metadata: HashMap::new(),
            counts: Counts::default(),
            samples: 0,
        }
    }

    /// Reads a whole body; a fault anywhere is one of the whole.
    fn read(&mut self, body: &[u8], format: Format) -> Result<(), String> {
        match format {
            Format::Text(format) => self.read_lines(Exposition::new(body, format))?,
            Format::Protobuf => read_families(body, self.context.reading.histograms, self)?,
        }
        match self.context.reading.sample_limit {
            Some(limit) if self.samples > limit => {
                Err(format!("sample_limit: {} samples, at most {limit}", self.samples))
            }
            _ => Ok(()),
        }
    }

    fn read_lines(&mut self, exposition: Exposition<'_>) -> Result<(), String> {
        for entry in exposition {
            match entry.map_err(|error| error.to_string())? {
                Entry::Sample(sample) => self.take(&Exposed::line(&sample))?,
                Entry::Type { metric, kind } => self.describe(&metric.unescaped()).kind = kind,
                Entry::Help { metric, help } => {
                    self.describe(&metric.unescaped()).help = help.unescaped().into_owned();
                }
                Entry::Unit { metric, unit } => {
                    unit.clone_into(&mut self.describe(&metric.unescaped()).unit);
                }
            }
        }
        Ok(())
    }

    fn describe(&mut self, metric: &str) -> &mut Metadata {
        self.metadata.entry(metric.to_owned()).or_default()
    }

    fn take(&mut self, exposed: &Exposed<'_>) -> Result<(), String> {
        self.counts.scraped += 1;
        let explicit = exposed.time.filter(|_| self.context.reading.honor_timestamps);
        let time = explicit.unwrap_or(self.time);
        let (series, new) = self.resolve(exposed)?;
        let Some(series) = series else { return Ok(()) };
        self.counts.relabeled += 1;
        let tracked = explicit.is_none() || self.context.reading.track_timestamps_staleness;
        if let Some(current) = self.current.get_mut(&series.identity) {
            if explicit.is_none() || time <= current.time {
                self.counts.duplicates += 1;
                return Ok(());
            }
            current.time = time;
            current.tracked |= tracked;
        }
        // The limit counts what is kept; marks of ended series are free.
        self.samples += u64::from(exposed.bits() != STALE);
        let limit = self.context.reading.sample_limit;
        if limit.is_some_and(|limit| self.samples > limit) {
            // The rest is counted, so that the report says by how much.
            return Ok(());
        }
        self.counts.added += u64::from(new);
        let mut labels = bytes(&series.labels);
        if let Some(mut kept) = self.builder.series(&mut labels, 1) {
            match &exposed.value {
                PointValue::Number(value) => {
                    self.builder.sample(&mut kept, time, exposed.start_time, *value);
                }
                PointValue::Histogram(value) => {
                    self.builder.histogram(&mut kept, time, exposed.start_time, value);
                }
            }
            for exemplar in &exposed.exemplars {
                if exemplar.is_new(self.memory.known.get_mut(exposed.series)) {
                    let at = exemplar.time.unwrap_or(time);
                    let labels = exemplar.labels.iter();
                    let labels: Vec<_> =
                        labels.map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
                    self.builder.exemplar(&mut kept, at, exemplar.value, &labels);
                }
            }
            let identity = series.identity;
            self.current.entry(identity).or_insert(Current { series, tracked, time });
        }
        Ok(())
    }

    /// The series that is meant, nothing where it is dropped; and whether it is new.
    fn resolve(&mut self, exposed: &Exposed<'_>) -> Result<(Option<Arc<Series>>, bool), String> {
        let scrape = self.memory.scrape;
        if let Some(known) = self.memory.known.get_mut(exposed.series) {
            known.seen = scrape;
            return Ok((known.series.clone(), false));
        }
        let labels = stored_labels(exposed, self.context.labels, self.context.reading)?;
        let series = labels.map(|labels| Arc::new(Series::new(labels)));
        let known = Known {
            series: series.clone(),
            seen: scrape,
            exemplar: 0,
            exemplar_time: UnixNano::MIN,
        };
        self.memory.known.insert(exposed.series.into(), known);
        Ok((series, true))
    }
}

impl Visitor for Reader<'_, '_> {
    fn family(&mut self, family: &Family<'_>) -> Result<(), String> {
        let said = self.describe(family.name);
        *said = Metadata {
            kind: family.kind,
            help: family.help.to_owned(),
            unit: family.unit.to_owned(),
        };
        Ok(())
    }

    fn point(&mut self, point: &Point<'_>) -> Result<(), String> {
        self.take(&Exposed::point(point))
    }
}

/// Labels under which a series is stored: what it exposes, those of its target, and what the rules
/// make of both; nothing where they drop it.
fn stored_labels(
    series: &Exposed<'_>,
    target: &LabelSet,
    reading: &Reading,
) -> Result<Option<LabelSet>, String> {
    let mut exposed = (series.labels)();
    exposed.sort_unstable();
    if let Some(pair) = exposed.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("{}: label {:?} is there twice", series.shown, pair[0].0));
    }
    let mut labels: LabelSet = exposed.iter().map(|(name, value)| (&**name, &**value)).collect();
    match reading.honor_labels {
        true => {
            // One that is exposed with nothing wins too.
            let has = |name: &str| exposed.iter().any(|(exposed, _)| exposed == name);
            for (name, value) in target.iter().filter(|(name, _)| !has(name)) {
                labels.set(name, value);
            }
        }
        false => add_target(&mut labels, target),
    }
    if !relabel(&reading.relabel, &mut labels) || labels.is_empty() {
        return Ok(None);
    }
    if !labels.has(METRIC_NAME) {
        return Err(format!("{}: the rules leave no name of a metric", series.shown));
    }
    check_limits(&labels, reading)?;
    Ok(Some(labels))
}

/// The labels of the target win; those they hide are kept under another name.
fn add_target(labels: &mut LabelSet, target: &LabelSet) {
    let mut hidden = Vec::new();
    for (name, value) in target.iter() {
        if labels.has(name) {
            hidden.push((name, labels.get(name).to_owned()));
        }
        labels.set(name, value);
    }
    // Short names first, so that a name that is made anew does not take another's place.
    hidden.sort_by_key(|(name, _)| name.len());
    for (name, value) in hidden {
        let mut name = format!("exported_{name}");
        while labels.has(&name) {
            name.insert_str(0, "exported_");
        }
        labels.set(name, value);
    }
}

fn check_limits(labels: &LabelSet, reading: &Reading) -> Result<(), String> {
    let metric: String = labels.get(METRIC_NAME).chars().take(50).collect();
    let over = |count: usize, limit: Option<usize>| limit.filter(|limit| count > *limit);
    if let Some(limit) = over(labels.len(), reading.label_limit) {
        return Err(format!("label_limit: {metric} has {} labels, at most {limit}", labels.len()));
    }
    for (name, value) in labels.iter() {
        let shown: String = name.chars().take(50).collect();
        for (setting, what, bytes, limit) in [
            ("label_name_length_limit", "name", name.len(), reading.label_name_bytes),
            ("label_value_length_limit", "value", value.len(), reading.label_value_bytes),
        ] {
            if let Some(limit) = over(bytes, limit) {
                return Err(format!(
                    "{setting}: the {what} of label {shown} of {metric} has {bytes} bytes, at most \
                     {limit}"
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
