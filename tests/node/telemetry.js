// The OpenTelemetry SDK of the Express application, loaded before it: every signal to the endpoint that
// OTEL_EXPORTER_OTLP_ENDPOINT names, in the protocol that OTEL_EXPORTER_OTLP_PROTOCOL names.
//
// What the SDK hands to its exporters is also appended to the file RECORD_FILE, one OTLP/JSON request a
// line with the path it belongs to, so that a test can compare what arrived with what was sent.
"use strict";

const fs = require("node:fs");
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { BatchSpanProcessor, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const { BatchLogRecordProcessor, SimpleLogRecordProcessor } = require("@opentelemetry/sdk-logs");
const { PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics");
const { ExpressInstrumentation } = require("@opentelemetry/instrumentation-express");
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
} = require("@opentelemetry/otlp-transformer");

const PACKAGES = { grpc: "grpc", "http/protobuf": "proto", "http/json": "http" };
const protocol = process.env.OTEL_EXPORTER_OTLP_PROTOCOL ?? "http/protobuf";
const exporters = (signal) => require(`@opentelemetry/exporter-${signal}-otlp-${PACKAGES[protocol]}`);

function record(path, serializer, items) {
  const request = JSON.parse(Buffer.from(serializer.serializeRequest(items)).toString());
  fs.appendFileSync(process.env.RECORD_FILE, `${JSON.stringify({ path, request })}\n`);
}

/** An exporter that only writes down what it is given. */
function recorder(path, serializer) {
  return {
    export(items, done) {
      record(path, serializer, items);
      done({ code: 0 });
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}

const { OTLPTraceExporter } = exporters("trace");
const { OTLPLogExporter } = exporters("logs");
const { OTLPMetricExporter } = exporters("metrics");

// A second reader would read other numbers at another time: this one's are written down as they go out.
const metricExporter = new OTLPMetricExporter();
const exportMetrics = metricExporter.export.bind(metricExporter);
metricExporter.export = (metrics, done) => {
  record("/v1/metrics", JsonMetricsSerializer, metrics);
  exportMetrics(metrics, done);
};

const sdk = new NodeSDK({
  spanProcessors: [
    new BatchSpanProcessor(new OTLPTraceExporter()),
    new SimpleSpanProcessor(recorder("/v1/traces", JsonTraceSerializer)),
  ],
  logRecordProcessors: [
    new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() }),
    new SimpleLogRecordProcessor({ exporter: recorder("/v1/logs", JsonLogsSerializer) }),
  ],
  metricReaders: [new PeriodicExportingMetricReader({ exporter: metricExporter })],
  instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()],
});
sdk.start();

process.on("SIGTERM", () => {
  sdk.shutdown().then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
