//! Values of rules as rows of the store.

use std::sync::Arc;

use plimsoll_model::batch::RecordKind;
use plimsoll_promql::{ABSENT, Histogram, Labels, Point, ResetHint};
use plimsoll_rules::Sample;
use plimsoll_wire::prometheus::{BucketSpans, HistogramValue, Label, SeriesBuilder};

use super::group::Left;
use crate::app::App;

/// Bytes that rows of one rule may take: the limits on series come first.
const EXPANSION_BYTES: usize = 256 << 20;

/// Makes samples and ends of series durable, at a time in Unix milliseconds.
pub(super) async fn keep(
    app: &Arc<App>,
    time: i64,
    samples: &[Sample],
    stale: &[Labels],
) -> Result<(), String> {
    if samples.is_empty() && stale.is_empty() {
        return Ok(());
    }
    let time = time.saturating_mul(1_000_000);
    let window = app.ingest.window(RecordKind::Columns);
    let index = Arc::clone(app.metrics.index());
    let built = {
        let mut builder = SeriesBuilder::new(&*index, window, EXPANSION_BYTES);
        for sample in samples {
            push(&mut builder, &sample.labels, time, &sample.point);
        }
        for labels in stale {
            push(&mut builder, labels, time, &Point::Float(ABSENT));
        }
        builder.finish().map_err(|error| error.to_string())?
    };
    let written = app.ingest.keep_built(&built).await.map_err(|problem| problem.detail)?;
    match written.rejected {
        0 => Ok(()),
        rejected => Err(format!("{rejected} of its samples are not kept: {}", written.message)),
    }
}

/// Ends all series of a group that is no more.
pub(super) async fn end(app: &Arc<App>, left: &Option<Left>) {
    let Some(left) = left else { return };
    let series = left.state.clone().into_series();
    let time = app.clock.now().div_euclid(1_000_000);
    if let Err(error) = keep(app, time, &[], &series).await {
        let group = &left.group.name;
        tracing::warn!(group, error, "series of a removed group could not be ended");
    }
}

fn push(builder: &mut SeriesBuilder<'_>, labels: &Labels, time: i64, point: &Point) {
    let mut labels: Vec<Label<'_>> =
        labels.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let Some(mut series) = builder.series(&mut labels, 1) else { return };
    match point {
        Point::Float(value) => builder.sample(&mut series, time, None, *value),
        Point::Histogram(histogram) => {
            let counts = |buckets: &plimsoll_promql::histogram::Buckets| -> Vec<u64> {
                buckets.iter().map(|(_, count)| count.to_bits()).collect()
            };
            let Histogram { positive, negative, .. } = &**histogram;
            let (above, below) = (positive.spans(), negative.spans());
            let (above_counts, below_counts) = (counts(positive), counts(negative));
            builder.histogram(
                &mut series,
                time,
                None,
                &HistogramValue {
                    schema: histogram.schema,
                    float: true,
                    count: histogram.count.to_bits(),
                    sum: histogram.sum,
                    zero_threshold: histogram.zero_threshold,
                    zero_count: histogram.zero_count.to_bits(),
                    positive: BucketSpans { spans: &above, counts: &above_counts },
                    negative: BucketSpans { spans: &below, counts: &below_counts },
                    custom_bounds: &histogram.custom_bounds,
                    reset_hint: match histogram.reset_hint {
                        ResetHint::Unknown => 0,
                        ResetHint::Reset => 1,
                        ResetHint::NotReset => 2,
                        ResetHint::Gauge => 3,
                    },
                },
            );
        }
    }
}
