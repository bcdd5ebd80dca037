//! What a request should become, told once more in plain code: one line of text a row.

use std::collections::{BTreeMap, HashMap, HashSet};

use plimsoll_model::TimeWindow;
use plimsoll_wire::prometheus::RemoteWrite;
use prost::{DecodeError, Message};
use twox_hash::XxHash3_128;

use super::messages::{BucketSpan, Count, Histogram, Metadata, Request, WriteRequest, ZeroCount};

const DAY: i64 = 86_400_000_000_000;
const MILLI: i128 = 1_000_000;

/// What is kept, as sorted lines, and counts.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) rows: Vec<String>,
    pub(crate) samples: u64,
    pub(crate) histograms: u64,
    pub(crate) exemplars: u64,
    pub(crate) rejected: u64,
}

type Labels = Vec<(Vec<u8>, Vec<u8>)>;

/// A series as both versions have it; no labels where they cannot be told.
struct Series {
    labels: Option<Labels>,
    samples: Vec<(i64, i64, f64)>,
    histograms: Vec<Histogram>,
    exemplars: Vec<(Option<Labels>, i64, f64)>,
}

/// Decodes with prost, and says what should become of it where every series is new.
pub(crate) fn expect(
    version: RemoteWrite,
    body: &[u8],
    window: &TimeWindow,
) -> Result<Outcome, DecodeError> {
    let mut model = Model {
        window,
        outcome: Outcome::default(),
        rows: HashSet::new(),
        ids: HashMap::new(),
        last: [None; 2],
    };
    match version {
        RemoteWrite::V1 => model.take_v1(WriteRequest::decode(body)?),
        RemoteWrite::V2 => model.take_v2(Request::decode(body)?),
    }
    model.outcome.rows.sort();
    Ok(model.outcome)
}

struct Model<'w> {
    window: &'w TimeWindow,
    outcome: Outcome,
    rows: HashSet<(i64, i64)>,
    ids: HashMap<i64, u64>,
    last: [Option<(i64, i64, u64)>; 2],
}

fn hash(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}

fn text(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u32).to_le_bytes()[..], text].concat()
}

fn id(metric: &[u8], identity: u128) -> i64 {
    (((hash(metric) as u64 % (1 << 20)) << 43) | (identity as u64 % (1 << 43))) as i64
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

fn nanos(millis: i64) -> Option<i64> {
    i64::try_from(i128::from(millis) * MILLI).ok()
}

/// Start in nanoseconds, `None` where it is beyond them.
fn start(own: i64, created: i64) -> Option<Option<i64>> {
    let millis = if own == 0 { created } else { own };
    if millis == 0 { Some(None) } else { nanos(millis).map(Some) }
}

/// Labels in order without empty ones, or `None` where they make no series.
fn in_order(labels: &Labels) -> Option<(Labels, Vec<u8>)> {
    let long = labels.iter().any(|(name, value)| name.len() > 1024 || value.len() > 16_384);
    let mut labels: Labels = if labels.len() > 256 || long { return None } else { labels.clone() };
    labels.retain(|(_, value)| !value.is_empty());
    labels.sort();
    let names: HashSet<&Vec<u8>> = labels.iter().map(|(name, _)| name).collect();
    if names.len() < labels.len() || names.contains(&Vec::new()) {
        return None;
    }
    let metric = labels.iter().find(|(name, _)| name == b"__name__")?.1.clone();
    Some((labels, metric))
}

const KINDS: [&str; 8] =
    ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

fn kind_of(number: i32) -> &'static str {
    usize::try_from(number).ok().and_then(|at| KINDS.get(at)).unwrap_or(&KINDS[0])
}

impl Model<'_> {
    fn take_v1(&mut self, request: WriteRequest) {
        for series in request.timeseries {
            let labels = |labels: Vec<super::messages::Label>| -> Option<Labels> {
                Some(labels.into_iter().map(|label| (label.name, label.value)).collect())
            };
            let exemplars = series.exemplars.into_iter();
            self.take(Series {
                labels: labels(series.labels),
                samples: series.samples.iter().map(|s| (s.timestamp, 0, s.value)).collect(),
                histograms: (series.histograms.into_iter())
                    .map(|histogram| Histogram { start_timestamp: 0, ..histogram })
                    .collect(),
                exemplars: exemplars.map(|e| (labels(e.labels), e.timestamp, e.value)).collect(),
            });
        }
        for said in request.metadata {
            self.describe(&said.metric_family_name, kind_of(said.kind), &said.help, &said.unit);
        }
    }

    fn take_v2(&mut self, request: Request) {
        let symbol = |number: u32| request.symbols.get(number as usize).cloned();
        let labels = |refs: &[u32]| -> Option<Labels> {
            if refs.len() % 2 == 1 {
                return None;
            }
            refs.chunks(2).map(|pair| Some((symbol(pair[0])?, symbol(pair[1])?))).collect()
        };
        let mut said = HashSet::new();
        for series in request.timeseries {
            let created = series.created_timestamp;
            let own = |start: i64| if start == 0 { created } else { start };
            let all = labels(&series.labels_refs);
            if let (Some(metadata), Some((_, metric))) =
                (series.metadata, all.as_ref().and_then(in_order))
                && said.insert((metric.clone(), metadata))
            {
                self.describe_ref(&metric, metadata, &symbol);
            }
            self.take(Series {
                labels: all,
                samples: (series.samples.iter())
                    .map(|s| (s.timestamp, own(s.start_timestamp), s.value))
                    .collect(),
                histograms: (series.histograms.into_iter())
                    .map(|h| Histogram { start_timestamp: own(h.start_timestamp), ..h })
                    .collect(),
                exemplars: (series.exemplars.iter())
                    .map(|e| (labels(&e.labels_refs), e.timestamp, e.value))
                    .collect(),
            });
        }
    }

    fn describe_ref(
        &mut self,
        metric: &[u8],
        said: Metadata,
        symbol: &impl Fn(u32) -> Option<Vec<u8>>,
    ) {
        let (Some(help), Some(unit)) = (symbol(said.help_ref), symbol(said.unit_ref)) else {
            return;
        };
        let kind = kind_of(said.kind);
        if kind == "unknown" && help.is_empty() && unit.is_empty() {
            return;
        }
        let suffixes: &[&[u8]] = match kind {
            "histogram" => &[b"_bucket", b"_sum", b"_count"],
            "gaugehistogram" => &[b"_bucket", b"_gsum", b"_gcount"],
            "summary" => &[b"_sum", b"_count"],
            _ => &[],
        };
        let family = (suffixes.iter())
            .filter_map(|suffix| metric.strip_suffix(*suffix))
            .find(|family| !family.is_empty());
        self.describe(family.unwrap_or(metric), kind, &help, &unit);
    }

    fn describe(&mut self, metric: &[u8], kind: &str, help: &[u8], unit: &[u8]) {
        let fits = !metric.is_empty() && metric.len() <= 1024 && help.len() + unit.len() <= 16_384;
        if !fits || !is_text(metric) || !is_text(help) || !is_text(unit) {
            return;
        }
        let kind = format!("prometheus_{kind}");
        let said = [text(metric), text(kind.as_bytes()), text(help), text(unit)].concat();
        let id = id(metric, hash(&[b"prometheus metadata", &said[..]].concat()));
        let time = self.window.received;
        if self.rows.insert((id, time.div_euclid(DAY))) {
            let shown = [metric, help, unit].map(String::from_utf8_lossy);
            let [metric, help, unit] = &shown;
            self.outcome.rows.push(format!(
                "series {id} {} {metric:?} {kind} {unit:?} {help:?} [] unknown_service \"\"",
                time.div_euclid(DAY)
            ));
        }
    }

    fn take(&mut self, series: Series) {
        let points = (series.samples.len() + series.histograms.len()) as u64;
        let Some((labels, metric)) = series.labels.as_ref().and_then(in_order) else {
            self.outcome.rejected += points;
            return;
        };
        let texts: Vec<u8> =
            labels.iter().flat_map(|(name, value)| [text(name), text(value)].concat()).collect();
        let identity = hash(&[b"prometheus", &texts[..]].concat());
        let known =
            Known { id: id(&metric, identity), check: (identity >> 64) as u64, labels, metric };
        for (millis, since, value) in series.samples {
            let taken = self.time(millis, since).and_then(|(time, start)| {
                self.admit(&known, time)?;
                self.note(0, known.id, time, value.to_bits()).map(|new| (new, time, start))
            });
            match taken {
                Some((true, time, start)) => self.outcome.rows.push(format!(
                    "sample {} {time} {start:?} {:x}",
                    known.id,
                    value.to_bits()
                )),
                Some((false, ..)) => {}
                None => self.outcome.rejected += 1,
            }
            self.outcome.samples += u64::from(taken.is_some());
        }
        for histogram in series.histograms {
            let kept = self.histogram(&known, &histogram).is_some();
            self.outcome.samples += u64::from(kept);
            self.outcome.histograms += u64::from(kept);
            self.outcome.rejected += u64::from(!kept);
        }
        for (labels, millis, value) in series.exemplars {
            let kept = self.exemplar(&known, labels, millis, value).is_some();
            self.outcome.exemplars += u64::from(kept);
        }
    }

    fn time(&self, millis: i64, since: i64) -> Option<(i64, Option<i64>)> {
        let (time, start) = (nanos(millis)?, start(since, 0)?);
        (self.window.oldest..=self.window.newest).contains(&time).then_some((time, start))
    }

    /// Gives a series its row of the day; `None` where it cannot have one.
    fn admit(&mut self, known: &Known, time: i64) -> Option<()> {
        if !known.labels.iter().all(|(name, value)| is_text(name) && is_text(value)) {
            return None;
        }
        if *self.ids.entry(known.id).or_insert(known.check) != known.check {
            return None;
        }
        if self.rows.insert((known.id, time.div_euclid(DAY))) {
            let label = |wanted: &str| {
                let found = known.labels.iter().find(|(name, _)| name == wanted.as_bytes());
                found
                    .map_or(String::new(), |(_, value)| String::from_utf8_lossy(value).into_owned())
            };
            let labels: Vec<(String, String)> = (known.labels.iter())
                .filter(|(name, _)| name != b"__name__")
                .map(|(name, value)| {
                    [name, value].map(|text| String::from_utf8_lossy(text).into_owned())
                })
                .map(|[name, value]| (name, value))
                .collect();
            let job = label("job");
            let service = if job.is_empty() { "unknown_service" } else { &job };
            self.outcome.rows.push(format!(
                "series {} {} {:?} prometheus \"\" \"\" {labels:?} {service} {:?}",
                known.id,
                time.div_euclid(DAY),
                String::from_utf8_lossy(&known.metric),
                label("instance"),
            ));
        }
        Some(())
    }

    /// Whether a sample is new, `None` where it contradicts the one before it.
    fn note(&mut self, kind: usize, id: i64, time: i64, value: u64) -> Option<bool> {
        match self.last[kind] {
            Some((last, at, held)) if last == id && at == time => {
                return (held == value).then_some(false);
            }
            Some((last, at, _)) if last == id && at > time => {}
            _ => self.last[kind] = Some((id, time, value)),
        }
        Some(true)
    }

    fn histogram(&mut self, known: &Known, histogram: &Histogram) -> Option<()> {
        let millis = histogram.timestamp;
        let start = start(histogram.start_timestamp, 0)?;
        let (time, line) = (nanos(millis)?, row_of(histogram)?);
        self.time(millis, 0)?;
        self.admit(known, time)?;
        if self.note(1, known.id, time, histogram.sum.to_bits())? {
            self.outcome.rows.push(format!("histogram {} {time} {start:?} {line}", known.id));
        }
        Some(())
    }

    fn exemplar(
        &mut self,
        known: &Known,
        labels: Option<Labels>,
        millis: i64,
        value: f64,
    ) -> Option<()> {
        let (labels, (time, _)) = (labels?, self.time(millis, 0)?);
        let bytes: usize = labels.iter().map(|(name, value)| name.len() + value.len()).sum();
        if labels.len() > 256
            || bytes > 4096
            || labels.iter().any(|(name, value)| !is_text(name) || !is_text(value))
        {
            return None;
        }
        self.admit(known, time)?;
        let mut ids: BTreeMap<usize, String> = BTreeMap::new();
        let mut json = Vec::new();
        for (name, value) in &labels {
            let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
            let digits = match &*name {
                "trace_id" | "traceID" => 32,
                "span_id" | "spanID" => 16,
                _ => 0,
            };
            let is_id = value.len() == digits && value.bytes().all(|b| b.is_ascii_hexdigit());
            if is_id && digits > 0 && value.contains(|c| c != '0') && !ids.contains_key(&digits) {
                ids.insert(digits, value.to_lowercase());
                continue;
            }
            let key = if name.starts_with('$') { format!("${name}") } else { name.into_owned() };
            json.push(format!("{}:{}", quoted(&key), quoted(&value)));
        }
        let attributes =
            if json.is_empty() { String::new() } else { format!("{{{}}}", json.join(",")) };
        let id = |digits| ids.get(&digits).cloned().unwrap_or_default();
        self.outcome.rows.push(format!(
            "exemplar {} {time} {:x} {} {} {attributes}",
            known.id,
            value.to_bits(),
            id(32),
            id(16)
        ));
        Some(())
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string has JSON")
}

struct Known {
    id: i64,
    check: u64,
    labels: Labels,
    metric: Vec<u8>,
}

/// Buckets by index, `None` where spans and counts do not fit.
fn by_index(spans: &[BucketSpan], counts: &[u64]) -> Option<BTreeMap<i64, u64>> {
    let wanted: u64 = spans.iter().map(|span| u64::from(span.length)).sum();
    if spans.iter().skip(1).any(|span| span.offset < 0) || wanted != counts.len() as u64 {
        return None;
    }
    let (mut next, mut counts) = (0, counts.iter());
    let mut buckets = BTreeMap::new();
    for span in spans {
        next += i64::from(span.offset);
        for count in counts.by_ref().take(span.length as usize) {
            buckets.insert(next, *count);
            next += 1;
        }
    }
    Some(buckets)
}

/// Offset as OpenTelemetry counts it, and counts without gaps.
fn dense(buckets: &BTreeMap<i64, u64>) -> Option<(i64, Vec<i64>)> {
    let (Some((&first, _)), Some((&last, _))) =
        (buckets.first_key_value(), buckets.last_key_value())
    else {
        return Some((0, Vec::new()));
    };
    if last - first >= 16_384 || first <= i64::from(i32::MIN) || last >= i64::from(i32::MAX) {
        return None;
    }
    let count = |at| buckets.get(&at).copied().unwrap_or(0) as i64;
    Some((first - 1, (first..=last).map(count).collect()))
}

fn sums(deltas: &[i64]) -> Option<Vec<u64>> {
    let mut sum = 0_i64;
    deltas
        .iter()
        .map(|delta| {
            u64::try_from({
                sum = sum.checked_add(*delta)?;
                sum
            })
            .ok()
        })
        .collect()
}

/// The columns of a histogram from its count on, `None` where it is not whole.
fn row_of(histogram: &Histogram) -> Option<String> {
    let bits =
        |counts: &[f64]| -> Vec<u64> { counts.iter().map(|count| count.to_bits()).collect() };
    let float = matches!(histogram.count, Some(Count::Float(_)));
    let lists = [
        histogram.positive_spans.len(),
        histogram.positive_deltas.len(),
        histogram.positive_counts.len(),
        histogram.negative_spans.len(),
        histogram.negative_deltas.len(),
        histogram.negative_counts.len(),
        histogram.custom_values.len(),
    ];
    if lists.iter().any(|length| *length > 16_384) {
        return None;
    }
    let counts =
        |deltas: &[i64], counts: &[f64]| if float { Some(bits(counts)) } else { sums(deltas) };
    let positive = counts(&histogram.positive_deltas, &histogram.positive_counts)?;
    let negative = counts(&histogram.negative_deltas, &histogram.negative_counts)?;
    let count = match histogram.count {
        Some(Count::Int(count)) => count,
        Some(Count::Float(count)) => count.to_bits(),
        None => 0,
    };
    let zero = match histogram.zero_count {
        Some(ZeroCount::Int(zero)) if float && zero != 0 => return None,
        Some(ZeroCount::Float(zero)) if !float && zero.to_bits() != 0 => return None,
        Some(ZeroCount::Int(zero)) => zero,
        Some(ZeroCount::Float(zero)) => zero.to_bits(),
        None => 0,
    };
    let all = positive.iter().chain(&negative).copied();
    if float {
        if all.chain([count, zero]).any(|count| f64::from_bits(count) < 0.0) {
            return None;
        }
    } else {
        let found = all.map(u128::from).sum::<u128>() + u128::from(zero);
        let whole =
            if histogram.sum.is_nan() { found <= count.into() } else { found == count.into() };
        if !whole {
            return None;
        }
    }
    let positive = by_index(&histogram.positive_spans, &positive)?;
    let negative = by_index(&histogram.negative_spans, &negative)?;
    let (offset, above) = dense(&positive)?;
    let (below_offset, below) = dense(&negative)?;
    let bounds = &histogram.custom_values;
    let hint = if (0..4).contains(&histogram.reset_hint) { histogram.reset_hint } else { 0 };
    let flags = hint << 17 | i32::from(float) << 16;
    let (sum, threshold) = (histogram.sum.to_bits(), histogram.zero_threshold.to_bits());
    let (zero, count) = (zero as i64, count as i64);
    let shown: Vec<String> = bounds.iter().map(|bound| bound.to_string()).collect();
    if histogram.schema == -53 {
        let grow = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        let last = bounds.last().is_none_or(|last| *last < f64::INFINITY);
        let zero_is_empty = f64::from_bits(zero as u64) == 0.0 && (float || zero == 0);
        let fits = positive.keys().all(|index| (0..=bounds.len() as i64).contains(index));
        let sides = histogram.negative_spans.is_empty() && histogram.zero_threshold == 0.0;
        if !grow || !last || bounds.len() >= 16_384 || !zero_is_empty || !fits || !sides {
            return None;
        }
        let all: Vec<u64> = (0..=bounds.len() as i64)
            .map(|index| positive.get(&index).copied().unwrap_or(0))
            .collect();
        return Some(format!(
            "{count} {sum:x} None {zero} {threshold:x} 0 [] 0 [] {shown:?} {all:?} {flags}"
        ));
    }
    let schema = Some(histogram.schema).filter(|schema| (-4..=8).contains(schema))?;
    if !bounds.is_empty() {
        return None;
    }
    Some(format!(
        "{count} {sum:x} {:?} {zero} {threshold:x} {offset} {above:?} {below_offset} {below:?} [] [] {flags}",
        Some(schema)
    ))
}
