//! Metrics there and back: each sample, histogram and exemplar with the series it belongs to.

use std::collections::{BTreeMap, HashMap};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
    SummaryDataPoint, exemplar,
};
use plimsoll_model::Table;
use plimsoll_model::batch::Batch;

use super::columns::{Rows, object, object_or_none, parse_object};
use super::expected::{
    Origin, Outcome, Rules, none_if_zero, normalize_attributes, optional_id, origin, service,
    small_enum, string,
};

/// What a series row says. Compared as `Debug` text.
#[allow(dead_code)]
#[derive(Clone, Debug)]
struct Series {
    metric: String,
    kind: &'static str,
    unit: String,
    description: String,
    temporality: i8,
    monotonic: bool,
    labels: Vec<(String, String)>,
    attributes: Vec<KeyValue>,
    metadata: Vec<KeyValue>,
    origin: Origin,
    service: Vec<Option<String>>,
}

impl Series {
    /// What makes two points belong together.
    fn identity(&self, quantile: Option<f64>) -> String {
        let sorted = |attributes: &[KeyValue]| {
            let mut attributes = attributes.to_vec();
            attributes.sort_by(|a, b| a.key.cmp(&b.key));
            attributes
        };
        let (resource, _, scope, _) = &self.origin;
        format!(
            "{:?}",
            (
                (&self.metric, self.kind, &self.unit, self.temporality, self.monotonic),
                sorted(&resource.attributes),
                (&scope.name, &scope.version, sorted(&scope.attributes)),
                sorted(&self.attributes),
                quantile.map(f64::to_bits),
            )
        )
    }
}

/// The rows of a request's tables, as text, and which series have only integers.
#[derive(Default)]
struct Expected {
    samples: Vec<String>,
    histograms: Vec<String>,
    exemplars: Vec<String>,
    series: HashMap<String, (Series, Option<bool>)>,
    rejected: u64,
    /// Times of the current resource's points with a value.
    valued: Vec<u64>,
    /// Whether the current resource has a metric `target_info`.
    has_target_info: bool,
    /// The series `target_info` and the times of their resources' points.
    target_info: Vec<(String, Vec<u64>)>,
}

type Times = (u64, Option<i64>);

fn times(time: u64, start: u64) -> Times {
    (time, (start != 0).then_some(start as i64))
}

impl Expected {
    /// The series as it was first seen.
    fn series(&mut self, series: Series, quantile: Option<f64>, integer: Option<bool>) -> String {
        let known = self.series.entry(series.identity(quantile)).or_insert((series, None));
        if let Some(integer) = integer {
            known.1 = Some(known.1.unwrap_or(true) && integer);
        }
        format!("{:?}", known.0)
    }

    fn exemplars(&mut self, series: &str, exemplars: &[Exemplar], rules: &Rules<'_>) {
        for exemplar in exemplars {
            if !rules.item_time(exemplar.time_unix_nano) {
                continue;
            }
            let mut exemplar = exemplar.clone();
            none_if_zero(&mut exemplar.trace_id);
            none_if_zero(&mut exemplar.span_id);
            normalize_attributes(&mut exemplar.filtered_attributes);
            let number = match exemplar.value.expect("a good exemplar has a value") {
                exemplar::Value::AsDouble(value) => Number::AsDouble(value),
                exemplar::Value::AsInt(value) => Number::AsInt(value),
            };
            let (value, value_int) = columns_of(number);
            self.exemplars.push(format!(
                "{series} {:?} {value:?} {value_int:?} {:?} {:?} {:?}",
                exemplar.time_unix_nano,
                exemplar.trace_id,
                exemplar.span_id,
                exemplar.filtered_attributes
            ));
        }
    }

    fn sample(&mut self, series: &str, times: Times, number: Number, flags: u32) {
        let (value, value_int) = columns_of(number);
        self.samples.push(format!("{series} {times:?} {value:?} {value_int:?} {flags}"));
    }
}

/// The double, and the integer where the double is not it.
fn columns_of(number: Number) -> (f64, Option<i64>) {
    match number {
        Number::AsDouble(value) => (value, None),
        Number::AsInt(value) => {
            (value as f64, ((value as f64) as i128 != i128::from(value)).then_some(value))
        }
    }
}

fn good_exemplars(exemplars: &[Exemplar], rules: &Rules<'_>) -> bool {
    exemplars.iter().all(|exemplar| {
        exemplar.value.is_some()
            && optional_id(&exemplar.trace_id, 16)
            && optional_id(&exemplar.span_id, 8)
            && rules.attributes(&exemplar.filtered_attributes)
    })
}

fn good_bounds(counts: &[u64], bounds: &[f64]) -> bool {
    let fit = counts.is_empty() && bounds.is_empty() || counts.len() == bounds.len() + 1;
    fit && bounds.windows(2).all(|pair| pair[0] < pair[1]) && !bounds.iter().any(|b| b.is_nan())
}

fn labels(attributes: &[KeyValue], quantile: Option<f64>) -> Vec<(String, String)> {
    let mut labels = BTreeMap::new();
    for pair in attributes {
        let text = match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
            None => String::new(),
            Some(Value::StringValue(text)) => text.clone(),
            Some(Value::BoolValue(value)) => value.to_string(),
            Some(Value::IntValue(value)) => value.to_string(),
            Some(Value::DoubleValue(value)) if value.is_nan() => "NaN".to_owned(),
            Some(Value::DoubleValue(value)) if value.is_infinite() => {
                if *value > 0.0 {
                    "Infinity".to_owned()
                } else {
                    "-Infinity".to_owned()
                }
            }
            // Their texts are what `object` reads back; see there.
            Some(_) => String::from("…"),
        };
        labels.entry(pair.key.clone()).or_insert(text);
    }
    if let Some(quantile) = quantile {
        let text = masked(attributes, "quantile", format!("{quantile}"));
        labels.insert("quantile".to_owned(), text);
    }
    labels.into_iter().collect()
}

pub(crate) fn expect(
    request: &ExportMetricsServiceRequest,
    rules: &Rules<'_>,
) -> (Outcome, Vec<String>) {
    let mut all = Expected::default();
    for group in &request.resource_metrics {
        for scope in &group.scope_metrics {
            let origin =
                origin(&group.resource, &group.schema_url, &scope.scope, &scope.schema_url);
            for metric in &scope.metrics {
                expect_metric(&mut all, metric, &origin, rules);
            }
        }
        let origin = origin(&group.resource, &group.schema_url, &None, "");
        expect_target_info(&mut all, origin);
    }
    for (series, times) in std::mem::take(&mut all.target_info) {
        for time in target_info_times(times) {
            all.sample(&series, (time, None), Number::AsDouble(1.0), 0);
        }
    }
    let integer = (all.series.values())
        .map(|(series, integer)| format!("{series:?} {}", *integer == Some(true)))
        .collect();
    let mut items = all.samples;
    items.extend(all.histograms);
    items.extend(all.exemplars);
    (Outcome { rejected: all.rejected, items }, integer)
}

/// What the points of a resource that were read make of it.
fn expect_target_info(all: &mut Expected, origin: Origin) {
    let times = std::mem::take(&mut all.valued);
    let sent = std::mem::take(&mut all.has_target_info);
    let has = |key| string(&origin.0, key).is_some_and(|text| !text.is_empty());
    let mut said = origin.0.attributes.clone();
    said.retain(|pair| {
        !["service.name", "service.namespace", "service.instance.id", "job", "instance"]
            .contains(&&*pair.key)
    });
    if times.is_empty()
        || sent
        || said.is_empty()
        || !(has("service.name") || has("service.instance.id"))
    {
        return;
    }
    let series = Series {
        metric: "target_info".to_owned(),
        kind: "info",
        unit: String::new(),
        description: "Target metadata".to_owned(),
        temporality: 0,
        monotonic: false,
        labels: labels(&said, None),
        attributes: Vec::new(),
        metadata: Vec::new(),
        service: service(&origin.0),
        origin,
    };
    let series = all.series(series, None, Some(true));
    match all.target_info.iter_mut().find(|(known, _)| *known == series) {
        Some((_, known)) => known.extend(times),
        None => all.target_info.push((series, times)),
    }
}

/// The first and the last time in each two and a half minutes that have one, once where they are of one
/// millisecond.
fn target_info_times(times: Vec<u64>) -> Vec<u64> {
    let mut slices: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for time in times {
        let (first, last) = slices.entry(time / 150_000_000_000).or_insert((time, time));
        (*first, *last) = ((*first).min(time), (*last).max(time));
    }
    let ends = slices.into_values().flat_map(|(first, last)| {
        let mut ends = vec![first, last];
        ends.dedup_by_key(|time| *time / 1_000_000);
        ends
    });
    ends.collect()
}

/// Type, number of points, temporality and monotonicity.
fn stream(data: &Data) -> (&'static str, usize, i32, bool) {
    match data {
        Data::Gauge(data) => ("gauge", data.data_points.len(), 0, false),
        Data::Sum(data) => {
            ("sum", data.data_points.len(), data.aggregation_temporality, data.is_monotonic)
        }
        Data::Histogram(data) => {
            ("histogram", data.data_points.len(), data.aggregation_temporality, false)
        }
        Data::ExponentialHistogram(data) => {
            ("exponential_histogram", data.data_points.len(), data.aggregation_temporality, false)
        }
        Data::Summary(data) => ("summary", data.data_points.len(), 0, false),
    }
}

fn expect_metric(all: &mut Expected, metric: &Metric, origin: &Origin, rules: &Rules<'_>) {
    let Some(data) = &metric.data else { return };
    let (kind, points, temporality, monotonic) = stream(data);
    let texts = [&metric.name, &metric.unit, &metric.description];
    let good = rules.resource(&origin.0, &origin.1)
        && rules.scope(&origin.2, &origin.3)
        && !metric.name.is_empty()
        && texts.iter().all(|text| rules.text(text))
        && rules.attributes(&metric.metadata)
        && small_enum(temporality);
    if !good {
        all.rejected += points as u64;
        return;
    }
    all.has_target_info |=
        metric.name == "target_info" && ["gauge", "sum"].contains(&kind) && !monotonic;
    let mut metadata = metric.metadata.clone();
    normalize_attributes(&mut metadata);
    let template = Series {
        metric: metric.name.clone(),
        kind,
        unit: metric.unit.clone(),
        description: metric.description.clone(),
        temporality: temporality as i8,
        monotonic,
        labels: Vec::new(),
        attributes: Vec::new(),
        metadata,
        origin: origin.clone(),
        service: service(&origin.0),
    };
    match data {
        Data::Gauge(data) => expect_numbers(all, &template, &data.data_points, rules),
        Data::Sum(data) => expect_numbers(all, &template, &data.data_points, rules),
        Data::Histogram(data) => expect_histograms(all, &template, &data.data_points, rules),
        Data::ExponentialHistogram(data) => {
            expect_exponential(all, &template, &data.data_points, rules);
        }
        Data::Summary(data) => expect_summaries(all, &template, &data.data_points, rules),
    }
}

impl Series {
    /// The series of a point of this metric.
    fn of_point(&self, attributes: &[KeyValue], suffix: &str, quantile: Option<f64>) -> Self {
        let mut series = self.clone();
        series.metric.push_str(suffix);
        series.attributes = attributes.to_vec();
        normalize_attributes(&mut series.attributes);
        series.labels = labels(&series.attributes, quantile);
        series
    }
}

/// Goes on with the next point if this one is bad.
macro_rules! unless_bad {
    ($all:expr, $rules:expr, $point:expr, $good:expr) => {
        if !($rules.item_time($point.time_unix_nano)
            && $rules.time($point.start_time_unix_nano)
            && $rules.attributes(&$point.attributes)
            && $good)
        {
            $all.rejected += 1;
            continue;
        }
        if $point.flags & 1 == 0 {
            $all.valued.push($point.time_unix_nano);
        }
    };
}

fn expect_numbers(
    all: &mut Expected,
    template: &Series,
    points: &[NumberDataPoint],
    rules: &Rules<'_>,
) {
    for point in points {
        let has_value = point.value.is_some() || point.flags & 1 == 1;
        unless_bad!(all, rules, point, has_value && good_exemplars(&point.exemplars, rules));
        let integer = point.value.as_ref().map(|value| matches!(value, Number::AsInt(_)));
        let series = all.series(template.of_point(&point.attributes, "", None), None, integer);
        let times = times(point.time_unix_nano, point.start_time_unix_nano);
        all.sample(&series, times, point.value.unwrap_or(Number::AsDouble(f64::NAN)), point.flags);
        all.exemplars(&series, &point.exemplars, rules);
    }
}

fn expect_histograms(
    all: &mut Expected,
    template: &Series,
    points: &[HistogramDataPoint],
    rules: &Rules<'_>,
) {
    for point in points {
        let fit = good_bounds(&point.bucket_counts, &point.explicit_bounds);
        unless_bad!(all, rules, point, fit && good_exemplars(&point.exemplars, rules));
        let series = all.series(template.of_point(&point.attributes, "", None), None, None);
        all.histograms.push(format!(
            "{series} {:?}",
            (
                times(point.time_unix_nano, point.start_time_unix_nano),
                (point.count, point.sum, point.min, point.max, point.flags),
                (None::<i32>, 0, 0.0, Buckets::default(), Buckets::default()),
                (&point.explicit_bounds, &point.bucket_counts),
            )
        ));
        all.exemplars(&series, &point.exemplars, rules);
    }
}

fn expect_exponential(
    all: &mut Expected,
    template: &Series,
    points: &[ExponentialHistogramDataPoint],
    rules: &Rules<'_>,
) {
    for point in points {
        unless_bad!(all, rules, point, good_exemplars(&point.exemplars, rules));
        let series = all.series(template.of_point(&point.attributes, "", None), None, None);
        let (positive, negative) = (point.positive.clone(), point.negative.clone());
        all.histograms.push(format!(
            "{series} {:?}",
            (
                times(point.time_unix_nano, point.start_time_unix_nano),
                (point.count, point.sum, point.min, point.max, point.flags),
                (
                    Some(point.scale),
                    point.zero_count,
                    point.zero_threshold,
                    positive.unwrap_or_default(),
                    negative.unwrap_or_default(),
                ),
                (Vec::<f64>::new(), Vec::<u64>::new()),
            )
        ));
        all.exemplars(&series, &point.exemplars, rules);
    }
}

fn expect_summaries(
    all: &mut Expected,
    template: &Series,
    points: &[SummaryDataPoint],
    rules: &Rules<'_>,
) {
    for point in points {
        unless_bad!(all, rules, point, i64::try_from(point.count).is_ok());
        let times = times(point.time_unix_nano, point.start_time_unix_nano);
        let of_point = |suffix, quantile| template.of_point(&point.attributes, suffix, quantile);
        for value in &point.quantile_values {
            let quantile = Some(value.quantile);
            let series = all.series(of_point("", quantile), quantile, Some(false));
            all.sample(&series, times, Number::AsDouble(value.value), point.flags);
        }
        let series = all.series(of_point("_sum", None), None, Some(false));
        all.sample(&series, times, Number::AsDouble(point.sum), point.flags);
        let series = all.series(of_point("_count", None), None, Some(true));
        all.sample(&series, times, Number::AsInt(point.count as i64), point.flags);
    }
}

/// The rows, and of each series whether it is of integers.
pub(crate) fn read_back(batch: &Batch) -> (Vec<String>, Vec<String>) {
    let table = |wanted| batch.tables.iter().find(|(table, _)| *table == wanted).map(|(_, b)| b);
    let mut series = HashMap::new();
    let mut integer = Vec::new();
    if let Some(rows) = table(Table::Series) {
        let rows = Rows(rows);
        for row in 0..rows.0.num_rows() {
            let id = rows.int64("series_id", row).expect("an id");
            let text = format!("{:?}", read_series(&rows, row));
            integer.push(format!("{text} {}", rows.bool("integer", row)));
            assert!(id >= 0, "63 bits");
            assert!(series.insert(id, text).is_none(), "each series once");
        }
    }
    let of = |rows: &Rows<'_>, row| &series[&rows.int64("series_id", row).expect("an id")];
    let times = |rows: &Rows<'_>, row| -> Times {
        let time = rows.int64("time_unix_nano", row).expect("a time") as u64;
        (time, rows.int64("start_time_unix_nano", row))
    };
    let mut items = Vec::new();
    if let Some(rows) = table(Table::Samples) {
        let rows = Rows(rows);
        items.extend((0..rows.0.num_rows()).map(|row| {
            let (value, value_int) = (rows.double("value", row), rows.int64("value_int", row));
            let (value, flags) = (value.expect("a value"), rows.count("flags", row));
            format!("{} {:?} {value:?} {value_int:?} {flags}", of(&rows, row), times(&rows, row))
        }));
    }
    if let Some(rows) = table(Table::Histograms) {
        let rows = Rows(rows);
        items.extend((0..rows.0.num_rows()).map(|row| {
            let histogram = read_histogram(&rows, row);
            format!(
                "{} {:?}",
                of(&rows, row),
                (times(&rows, row), histogram.0, histogram.1, histogram.2)
            )
        }));
    }
    if let Some(rows) = table(Table::Exemplars) {
        let rows = Rows(rows);
        items.extend((0..rows.0.num_rows()).map(|row| {
            format!(
                "{} {:?} {:?} {:?} {:?} {:?} {:?}",
                of(&rows, row),
                rows.int64("time_unix_nano", row).expect("a time"),
                rows.double("value", row).expect("a value"),
                rows.int64("value_int", row),
                rows.binary("trace_id", row).unwrap_or_default(),
                rows.binary("span_id", row).unwrap_or_default(),
                object_or_none(rows.text("attributes", row)),
            )
        }));
    }
    (items, integer)
}

type Counts = (u64, Option<f64>, Option<f64>, Option<f64>, u32);
type Exponential = (Option<i32>, u64, f64, Buckets, Buckets);
type Explicit = (Vec<f64>, Vec<u64>);

fn read_histogram(rows: &Rows<'_>, row: usize) -> (Counts, Exponential, Explicit) {
    let count = |name| rows.int64(name, row).expect("a count") as u64;
    let counts = |name| rows.int64s(name, row).into_iter().map(|bits| bits as u64).collect();
    let double = |name| rows.double(name, row);
    let buckets = |offset, name| Buckets {
        offset: rows.int32(offset, row).expect("an offset"),
        bucket_counts: counts(name),
    };
    (
        (count("count"), double("sum"), double("min"), double("max"), rows.count("flags", row)),
        (
            rows.int32("scale", row),
            count("zero_count"),
            double("zero_threshold").expect("a threshold"),
            buckets("positive_offset", "positive_counts"),
            buckets("negative_offset", "negative_counts"),
        ),
        (rows.doubles("bounds", row), counts("counts")),
    )
}

fn read_series(rows: &Rows<'_>, row: usize) -> Series {
    let text = |name| rows.text(name, row).unwrap_or_default();
    let kinds = ["gauge", "sum", "histogram", "exponential_histogram", "summary", "info"];
    let attributes = object(&text("attributes"));
    let origin = rows.origin(row);
    let of_labels = if text("type") == "info" { &origin.0.attributes } else { &attributes };
    let mut labels = rows.string_map("labels", row);
    for (key, label) in &mut labels {
        *label = masked(of_labels, key, std::mem::take(label));
    }
    Series {
        metric: text("metric"),
        kind: kinds.into_iter().find(|kind| *kind == text("type")).expect("a known kind"),
        unit: text("unit"),
        description: text("description"),
        temporality: rows.int8("temporality", row),
        monotonic: rows.bool("monotonic", row),
        labels,
        attributes,
        metadata: object_or_none(rows.text("metadata", row)),
        origin,
        service: rows.service(row),
    }
}

/// The label, or `…` where it is the typed JSON of an attribute that has no plain text.
fn masked(attributes: &[KeyValue], key: &str, label: String) -> String {
    let Some(attribute) = attributes.iter().find(|pair| pair.key == key) else { return label };
    let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
    if matches!(
        value,
        None | Some(Value::StringValue(_) | Value::BoolValue(_) | Value::IntValue(_))
    ) {
        return label;
    }
    match parse_object(&format!("{{\"label\":{label}}}")) {
        Some(read) if format!("{:?}", read[0].value) == format!("{:?}", attribute.value) => {
            "…".to_owned()
        }
        _ => label,
    }
}
