// A small Express application: `node --require ./telemetry.js app.js`. Prints where it listens.
"use strict";

const express = require("express");
const { metrics, trace, SpanStatusCode } = require("@opentelemetry/api");
const { logs, SeverityNumber } = require("@opentelemetry/api-logs");

const tracer = trace.getTracer("shop", "1.0.0");
const logger = logs.getLogger("shop", "1.0.0");
const meter = metrics.getMeter("shop", "1.0.0");
const orders = meter.createCounter("shop.orders", { unit: "{order}", description: "Orders taken" });
const prices = meter.createHistogram("shop.price", { unit: "EUR" });
meter.createObservableGauge("shop.stock").addCallback((result) => result.observe(41.5, { shelf: 3 }));

const app = express();

app.get("/items/:number", (request, response) => {
  const number = Number(request.params.number);
  logger.emit({
    severityNumber: SeverityNumber.INFO,
    severityText: "INFO",
    body: `looking up item ${number}`,
    attributes: { number, tags: ["a", "ü"], nested: { deep: [1, 2.5, null], yes: true } },
  });
  tracer.startActiveSpan("look up", (span) => {
    span.setAttribute("item.number", number);
    span.setAttribute("item.price", 9.75);
    span.setAttribute("item.tags", ["a", "ü"]);
    span.addEvent("found", { shelf: 3 });
    prices.record(9.75, { currency: "EUR" });
    span.end();
  });
  if (number > 100) return response.status(404).json({ error: "no such item" });
  return response.json({ number });
});

app.post("/orders", () => {
  orders.add(1, { paid: false });
  throw new Error("no payment for order 7");
});

// Express tells an error handler by its four parameters.
app.use((error, _request, response, _next) => {
  const span = trace.getActiveSpan();
  span?.recordException(error);
  span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  logger.emit({
    severityNumber: SeverityNumber.ERROR,
    severityText: "ERROR",
    body: error.message,
    attributes: { "exception.type": error.name, "exception.stacktrace": error.stack },
  });
  response.status(500).json({ error: error.message });
});

const server = app.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
