//! The server's own metrics as series: what a scrape of its own `/metrics` would give.

use plimsoll_model::batch::RecordKind;
use plimsoll_wire::prometheus::text::{Entry, Exposition, TextFormat};
use plimsoll_wire::prometheus::{Built, Label, SeriesBuilder};

use crate::app::App;
use crate::own_metrics;

/// Bytes that rows may take: there are some hundred series.
const EXPANSION_BYTES: usize = 1 << 20;

/// All metrics now, of the job `plimsoll`.
pub(super) fn build(app: &App) -> Option<Built> {
    let page = own_metrics::render(app);
    let time = app.clock.now() / 1_000_000 * 1_000_000;
    let instance = app.config.listen.to_string();
    let window = app.ingest.window(RecordKind::Columns);
    let index = app.metrics.index();
    let mut builder = SeriesBuilder::new(&**index, window, EXPANSION_BYTES);
    let mut kind = Default::default();
    // The page is ours: what is no entry is a defect that its own test finds.
    for entry in Exposition::new(page.as_bytes(), TextFormat::Prometheus).flatten() {
        match entry {
            Entry::Type { kind: said, .. } => kind = said,
            Entry::Help { metric, help } => {
                let (metric, help) = (metric.unescaped(), help.unescaped());
                builder.metadata(metric.as_bytes(), kind, help.as_bytes(), b"", time);
            }
            Entry::Sample(sample) => {
                let (name, labels) = (sample.name(), sample.labels().collect::<Vec<_>>());
                let mut labels: Vec<Label<'_>> =
                    labels.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())).collect();
                labels.extend([
                    (&b"__name__"[..], name.as_bytes()),
                    (b"job", b"plimsoll"),
                    (b"instance", instance.as_bytes()),
                ]);
                if let Some(mut series) = builder.series(&mut labels, 1) {
                    builder.sample(&mut series, time, None, sample.value);
                }
            }
            _ => {}
        }
    }
    builder.finish().ok()
}
