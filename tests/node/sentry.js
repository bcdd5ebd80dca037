"use strict";
// An Express shop that knows nothing of errors but SENTRY_DSN: one mistake reached from five places, and another.
const Sentry = require("@sentry/node");
Sentry.init({ tracesSampleRate: 1.0, enableLogs: true });

const express = require("express");
const app = express();

function priceOf(item) {
  return item.price.amount;
}

class Order {
  total() {
    return priceOf({});
  }
}

app.get("/cart", (_, response) => response.send(String(priceOf({}))));
app.get("/checkout", (_, response) => response.send(String([{}].map(priceOf))));
app.get("/wishlist", async (_, response) => {
  await null;
  response.send(String(priceOf({})));
});
app.get("/offers", (_, response) => response.send(String(((f) => f({}) * 0.9)(priceOf))));
app.post("/orders", (_, response) => response.send(String(new Order().total())));
app.get("/stock", () => {
  throw new RangeError("shelf 7 is empty");
});
app.get("/note", (_, response) => {
  Sentry.logger.warn("stock is low");
  response.send("noted");
});

Sentry.setupExpressErrorHandler(app);
app.use((error, _request, response, _next) => response.status(500).send(error.message));

const server = app.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
process.on("SIGTERM", () => Sentry.close(10_000).then(() => process.exit(0)));
