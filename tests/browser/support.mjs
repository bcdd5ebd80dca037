// What the browser tests share: a browser, telemetry of their own, and a page that is watched.
// Invariants: the tests need nothing but a running server (PLIMSOLL_URL, PLIMSOLL_TOKEN); they send
// their own telemetry under names that no other run uses; a watched page fails its test on any console
// error, any request to another host and any violation of the Content-Security-Policy.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";

const { chromium } = createRequire(
  new URL("../../ui/package.json", import.meta.url),
)("playwright-core");

export const url = (process.env.PLIMSOLL_URL ?? "").replace(/\/$/, "");
export const token = process.env.PLIMSOLL_TOKEN ?? "";

/** False, or why the tests cannot run. */
export const skip =
  url === "" || token === ""
    ? "set PLIMSOLL_URL and PLIMSOLL_TOKEN (an admin token) to run against a server"
    : false;

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = () =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

export const hex = (bytes) => randomBytes(bytes).toString("hex");

/** The cookie of the first sign-in; later pages begin with it, since a server limits sign-ins. */
let session;

/** A page that remembers what it must not do; `assertClean` fails on any of it. */
export async function watchedPage(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    // A browser reports every failed request as an error; the one before signing in is meant to fail.
    const isSignIn = /status of 401/.test(message.text());
    if (message.type() === "error" && !isSignIn)
      faults.push(`console: ${message.text()}`);
  });
  context.on("request", (request) => {
    const target = request.url();
    if (!target.startsWith(`${url}/`) && !target.startsWith("data:"))
      faults.push(`foreign request: ${target}`);
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(
        `policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`,
      ),
    );
  });
  const assertClean = () => assert.deepEqual(faults, []);
  return { context, page, assertClean };
}

/** Opens a view signed in: through the form the first time, with that session afterwards. */
export async function signIn(page, path = "/") {
  if (session) await page.context().addCookies(session);
  await page.goto(url + path);
  if (!session) {
    await page.getByLabel(/API token/).fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  session ??= await page.context().cookies();
}

/** The answer of an API path; anything but success fails. */
export async function api(path, method = "GET", body = undefined) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(
    response.ok,
    `${method} ${path} answered ${response.status}: ${text}`,
  );
  return text === "" ? undefined : JSON.parse(text);
}

async function post(path, body) {
  const response = await fetch(url + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(body),
  });
  assert.equal(
    response.status,
    200,
    `${path} answered ${response.status}: ${await response.text()}`,
  );
}

const text = (key, value) => ({ key, value: { stringValue: value } });
const resource = (service) => ({
  attributes: [
    text("service.name", service),
    text("service.version", "1.0.0"),
    text("deployment.environment.name", "test"),
  ],
});

export const sendSpans = (service, spans) =>
  post("/v1/traces", {
    resourceSpans: [
      {
        resource: resource(service),
        scopeSpans: [{ scope: { name: "test" }, spans }],
      },
    ],
  });

export const sendLogs = (service, logRecords) =>
  post("/v1/logs", {
    resourceLogs: [
      {
        resource: resource(service),
        scopeLogs: [{ scope: { name: "test" }, logRecords }],
      },
    ],
  });

export const sendMetrics = (service, metrics) =>
  post("/v1/metrics", {
    resourceMetrics: [
      {
        resource: resource(service),
        scopeMetrics: [{ scope: { name: "test" }, metrics }],
      },
    ],
  });

const MS = 1_000_000n;
const nowNano = () => BigInt(Date.now()) * MS;

function span(traceId, name, startNano, durationMs, more = {}) {
  const end = startNano + BigInt(Math.round(durationMs * 1e6));
  return {
    traceId,
    spanId: hex(8),
    name,
    kind: 1,
    startTimeUnixNano: String(startNano),
    endTimeUnixNano: String(end),
    attributes: [text("test.name", name)],
    ...more,
  };
}

/** Two services and a slow, failed request through both, with an exception and log records. */
export async function sendShop() {
  const run = hex(3);
  const shop = {
    front: `front-${run}`,
    pay: `pay-${run}`,
    traceId: hex(16),
    spanId: hex(8),
  };
  const start = nowNano() - 60_000n * MS;
  const root = span(shop.traceId, "POST /checkout", start, 1248, {
    kind: 2,
    status: { code: 2, message: "payment failed" },
  });
  const failed = span(shop.traceId, "POST /charges", start + 146n * MS, 1002, {
    kind: 2,
    spanId: shop.spanId,
    parentSpanId: root.spanId,
    status: { code: 2, message: "no connection within 1 s" },
    attributes: [
      text("db.namespace", "payments"),
      { key: "pool.size", value: { intValue: "10" } },
    ],
    events: [
      {
        timeUnixNano: String(start + 1148n * MS),
        name: "exception",
        attributes: [
          text("exception.type", "PoolTimeout"),
          text("exception.message", "no connection within 1 s"),
          text(
            "exception.stacktrace",
            "PoolTimeout: no connection within 1 s\n\tat pool.acquire(Pool.java:218)",
          ),
        ],
      },
    ],
  });
  const quick = Array.from({ length: 40 }, (_, i) =>
    span(hex(16), "GET /products", start + BigInt(i) * 1000n * MS, 20 + i, {
      kind: 2,
    }),
  );
  await sendSpans(shop.front, [root, ...quick]);
  await sendSpans(shop.pay, [failed]);
  await sendLogs(shop.pay, [
    record(start + 150n * MS, 9, "asking the pool for a connection", shop),
    record(
      start + 1148n * MS,
      17,
      "charge failed: no connection within 1 s",
      shop,
    ),
  ]);
  return shop;
}

function record(nano, severityNumber, body, ids = {}) {
  const { traceId, spanId } = ids;
  return {
    timeUnixNano: String(nano),
    severityNumber,
    body: { stringValue: body },
    ...(traceId && { traceId, spanId }),
  };
}

/** Log records one millisecond apart, newest last, in several requests. */
export async function sendManyLogs(count) {
  const service = `many-${hex(3)}`;
  const start = nowNano() - BigInt(count) * MS - 5_000n * MS;
  for (let from = 0; from < count; from += 1000) {
    const batch = Array.from({ length: Math.min(1000, count - from) }, (_, i) =>
      record(start + BigInt(from + i) * MS, 9, `record number ${from + i}`),
    );
    await sendLogs(service, batch);
  }
  return service;
}

/** One trace of many spans: a root with children that each have a few of their own. */
export async function sendBigTrace(count) {
  const traceId = hex(16);
  const start = nowNano() - 120_000n * MS;
  const spans = [span(traceId, "GET /report", start, count, { kind: 2 })];
  for (let i = 1; i < count; i += 1) {
    const parent = spans[i % 5 === 0 || i < 5 ? 0 : i - 1];
    spans.push(
      span(traceId, `step ${i}`, start + BigInt(i) * MS, 1, {
        parentSpanId: parent.spanId,
      }),
    );
  }
  const service = `report-${hex(3)}`;
  for (let from = 0; from < count; from += 1000)
    await sendSpans(service, spans.slice(from, from + 1000));
  return { service, traceId };
}

const POINTS = 40;
const POINT_SECONDS = 15n;

/** The points of a series over the last ten minutes, oldest first. */
function points(attributes, valueAt) {
  const first = nowNano() - BigInt(POINTS) * POINT_SECONDS * 1000n * MS;
  return Array.from({ length: POINTS }, (_, i) => ({
    attributes,
    startTimeUnixNano: String(first - 1000n * MS),
    timeUnixNano: String(first + BigInt(i) * POINT_SECONDS * 1000n * MS),
    ...valueAt(i),
  }));
}

/**
 * A counter by route, a gauge of many series, and an exponential histogram with an exemplar, under
 * names of this run.
 */
export async function sendShopMetrics() {
  const run = hex(3);
  const shop = {
    requests: `shop_${run}_requests_total`,
    depth: `shop_${run}_depth`,
    duration: `shop_${run}_duration_seconds`,
    traceId: hex(16),
  };
  const routes = ["GET /cart", "GET /products", "POST /checkout"];
  const counter = {
    name: `shop_${run}_requests`,
    description: "Requests that the shop served.",
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: routes.flatMap((route, at) =>
        points([text("route", route)], (i) => ({
          asInt: String((at + 1) * 15 * i),
        })),
      ),
    },
  };
  const gauge = {
    name: shop.depth,
    description: "Jobs that wait.",
    gauge: {
      dataPoints: Array.from({ length: 1000 }, (_, at) =>
        points([text("worker", `w${String(at).padStart(4, "0")}`)], () => ({
          asDouble: at,
        })).slice(-3),
      ).flat(),
    },
  };
  const exemplar = {
    timeUnixNano: String(nowNano() - 60_000n * MS),
    asDouble: 0.3,
    traceId: shop.traceId,
    spanId: hex(8),
  };
  const histogram = {
    name: `shop_${run}_duration`,
    description: "How long requests took.",
    unit: "s",
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: points([], (i) => ({
        count: String(30 * i),
        sum: 6 * i,
        scale: 3,
        zeroCount: "0",
        positive: {
          offset: -24,
          bucketCounts: [10 * i, 15 * i, 5 * i].map(String),
        },
        ...(i === POINTS - 1 && { exemplars: [exemplar] }),
      })),
    },
  };
  await sendMetrics(`shop-${run}`, [counter, gauge, histogram]);
  return shop;
}

/** Calls from one service to another, and from there to a database; one in ten fails. */
export async function sendCalls() {
  const run = hex(3);
  const calls = {
    caller: `web-${run}`,
    called: `pay-${run}`,
    database: `db-${run}`,
  };
  const start = nowNano() - 300_000n * MS;
  const outgoing = [];
  const incoming = [];
  for (let i = 0; i < 40; i += 1) {
    const traceId = hex(16);
    const at = start + BigInt(i) * 5000n * MS;
    const status =
      i % 10 === 0 ? { code: 2, message: "declined" } : { code: 0 };
    const root = span(traceId, "GET /pay", at, 80, { kind: 2 });
    const call = span(traceId, "POST /charges", at + 5n * MS, 70, {
      kind: 3,
      parentSpanId: root.spanId,
      status,
    });
    const served = span(traceId, "POST /charges", at + 8n * MS, 60, {
      kind: 2,
      parentSpanId: call.spanId,
      status,
    });
    const query = span(traceId, "INSERT charges", at + 10n * MS, 4, {
      kind: 3,
      parentSpanId: served.spanId,
      attributes: [
        text("db.system.name", "postgresql"),
        text("db.namespace", calls.database),
        text("server.address", calls.database),
      ],
    });
    outgoing.push(root, call);
    incoming.push(served, query);
  }
  await sendSpans(calls.caller, outgoing);
  await sendSpans(calls.called, incoming);
  await drawn(calls.called);
  return calls;
}

/** Spans are counted at once, and written every fifteen seconds. */
async function drawn(name) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await fetch(
      `${url}/api/v1/monitoring/service-map?from=-15m`,
      {
        headers: { authorization: `Bearer ${token}` },
      },
    );
    const { nodes } = await answer.json();
    if (nodes.some((node) => node.name === name)) return;
    if (Date.now() > deadline)
      throw new Error(`${name} did not come into the service map`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

export const elementCount = (page) =>
  page.evaluate(() => document.querySelectorAll("*").length);
