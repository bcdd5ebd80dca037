//! One service's OpenTelemetry: its own tracer, meter and logger providers under its own resource,
//! exporting over OTLP/gRPC as any program with the ordinary SDK does.
//!
//! Invariants: nothing is shared between services and nothing is global; queues and cardinalities
//! have the SDK's bounds, so that an unreachable server costs telemetry and not memory.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider, UpDownCounter};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder as LogBatchConfig, BatchLogProcessor, SdkLogger, SdkLoggerProvider,
};
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, PeriodicReader, SdkMeterProvider, Stream,
};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder as SpanBatchConfig, BatchSpanProcessor, SdkTracer, SdkTracerProvider,
};

use crate::error::DemoError;

/// An export that takes longer is given up.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// Sooner than the SDK's five seconds: people are watching.
const SPANS_AND_LOGS_DELAY: Duration = Duration::from_secs(1);
const METRICS_INTERVAL: Duration = Duration::from_secs(5);

/// The semantic conventions' buckets of HTTP durations, in seconds.
const HTTP_BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const EXPONENTIAL: [&str; 2] = ["http.client.request.duration", "db.client.operation.duration"];
const EXPONENTIAL_BUCKETS_MAX: u32 = 160;
const EXPONENTIAL_SCALE_MAX: i8 = 20;

/// Who the telemetry is about.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) instance: String,
}

#[derive(Debug)]
pub(crate) struct Telemetry {
    pub(crate) tracer: SdkTracer,
    pub(crate) logger: SdkLogger,
    pub(crate) meter: Meter,
    pub(crate) instruments: Instruments,
    providers: Providers,
}

/// The instruments that every service has.
#[derive(Debug)]
pub(crate) struct Instruments {
    pub(crate) server_duration: Histogram<f64>,
    pub(crate) active_requests: UpDownCounter<i64>,
    pub(crate) client_duration: Histogram<f64>,
    pub(crate) database_duration: Histogram<f64>,
    pub(crate) pool_wait: Histogram<f64>,
    pub(crate) pool_connections: UpDownCounter<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Providers {
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
    loggers: SdkLoggerProvider,
}

impl Telemetry {
    /// Needs a tokio runtime: the exporters' connections live on it.
    pub(crate) fn start(endpoint: &str, identity: &Identity) -> Result<Self, DemoError> {
        let providers = Providers::build(endpoint, resource(identity)).map_err(|error| {
            DemoError::Exporter { endpoint: endpoint.to_owned(), reason: error.to_string() }
        })?;
        let meter = providers.meters.meter(identity.name);
        Ok(Self {
            tracer: providers.tracers.tracer(identity.name),
            logger: providers.loggers.logger(identity.name),
            instruments: Instruments::new(&meter),
            meter,
            providers,
        })
    }

    pub(crate) fn providers(&self) -> Providers {
        self.providers.clone()
    }
}

impl Providers {
    fn build(endpoint: &str, resource: Resource) -> Result<Self, ExporterBuildError> {
        let spans = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build()?;
        let metrics = MetricExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build()?;
        let logs = LogExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build()?;
        let span_batches =
            SpanBatchConfig::default().with_scheduled_delay(SPANS_AND_LOGS_DELAY).build();
        let log_batches =
            LogBatchConfig::default().with_scheduled_delay(SPANS_AND_LOGS_DELAY).build();
        Ok(Self {
            tracers: SdkTracerProvider::builder()
                .with_resource(resource.clone())
                .with_span_processor(
                    BatchSpanProcessor::builder(spans).with_batch_config(span_batches).build(),
                )
                .build(),
            meters: SdkMeterProvider::builder()
                .with_resource(resource.clone())
                .with_reader(
                    PeriodicReader::builder(metrics).with_interval(METRICS_INTERVAL).build(),
                )
                .with_view(exponential_view)
                .build(),
            loggers: SdkLoggerProvider::builder()
                .with_resource(resource)
                .with_log_processor(
                    BatchLogProcessor::builder(logs).with_batch_config(log_batches).build(),
                )
                .build(),
        })
    }

    /// Flushes and ends the three pipelines. Blocks, each for as long as an export may take; what
    /// cannot be delivered is lost, as with any program that ends.
    pub(crate) fn shut_down(&self) {
        for result in [self.tracers.shutdown(), self.loggers.shutdown(), self.meters.shutdown()] {
            // The SDK has told of it in its own log.
            let _ = result;
        }
    }
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        Self {
            server_duration: meter
                .f64_histogram("http.server.request.duration")
                .with_unit("s")
                .with_description("Duration of HTTP server requests.")
                .with_boundaries(HTTP_BOUNDARIES.to_vec())
                .build(),
            active_requests: meter
                .i64_up_down_counter("http.server.active_requests")
                .with_unit("{request}")
                .with_description("Number of active HTTP server requests.")
                .build(),
            client_duration: meter
                .f64_histogram("http.client.request.duration")
                .with_unit("s")
                .with_description("Duration of HTTP client requests.")
                .build(),
            database_duration: meter
                .f64_histogram("db.client.operation.duration")
                .with_unit("s")
                .with_description("Duration of database client operations.")
                .build(),
            pool_wait: meter
                .f64_histogram("db.client.connection.wait_time")
                .with_unit("s")
                .with_description("The time it took to obtain an open connection from the pool.")
                .with_boundaries(HTTP_BOUNDARIES.to_vec())
                .build(),
            pool_connections: meter
                .i64_up_down_counter("db.client.connection.count")
                .with_unit("{connection}")
                .with_description("Connections that are in the state described by the attribute.")
                .build(),
        }
    }
}

/// Durations of calls are kept as exponential histograms.
fn exponential_view(instrument: &Instrument) -> Option<Stream> {
    if !EXPONENTIAL.contains(&instrument.name()) {
        return None;
    }
    Stream::builder()
        .with_aggregation(Aggregation::Base2ExponentialHistogram {
            max_size: EXPONENTIAL_BUCKETS_MAX,
            max_scale: EXPONENTIAL_SCALE_MAX,
            record_min_max: true,
        })
        .build()
        .ok()
}

fn resource(identity: &Identity) -> Resource {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Resource::builder()
        .with_service_name(identity.name)
        .with_attributes([
            KeyValue::new("service.namespace", "shop"),
            KeyValue::new("service.version", identity.version),
            KeyValue::new("service.instance.id", identity.instance.clone()),
            KeyValue::new("deployment.environment.name", "demo"),
            KeyValue::new("host.name", host),
            KeyValue::new("process.pid", i64::from(std::process::id())),
        ])
        .build()
}
