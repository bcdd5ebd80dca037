// Sentry's SDK for browsers, as it comes: a shop's page of another origin, bundled and minified, breaks in Chromium.
// Invariants: the SDK is told where to send, and nothing of this server; each page has a project of its own.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { after, before, describe, test } from "node:test";
import { api, hex, launch, skip } from "./support.mjs";

const PAGE = fileURLToPath(new URL("../node/page/main.js", import.meta.url));
const SCRIPT = "/assets/shop.js";
const PLACES = ["cart", "checkout", "wishlist", "offers", "orders"];

/** The page's script as it would be deployed, and its source map. */
async function bundle(minify) {
  const require = createRequire(
    new URL("../../ui/package.json", import.meta.url),
  );
  const { build } = await import(pathToFileURL(require.resolve("vite")));
  const { output } = await build({
    configFile: false,
    logLevel: "error",
    build: {
      target: "es2022",
      write: false,
      sourcemap: "hidden",
      minify,
      modulePreload: { polyfill: false },
      rollupOptions: { input: PAGE },
    },
  });
  const [{ code, map }] = output;
  return { code, map: typeof map === "string" ? map : JSON.stringify(map) };
}

/** Serves the page, told `options`, from an origin of its own. */
async function serve(code, options) {
  const files = new Map([
    [
      "/",
      [
        "text/html",
        `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><body>
        <script type="application/json" id="options">${JSON.stringify(options)}</script>
        <script type="module" src="${SCRIPT}"></script>`,
      ],
    ],
    [SCRIPT, ["text/javascript", code]],
    ["/prices.json", ["application/json", "{}"]],
  ]);
  const server = createServer((request, response) => {
    const [type, body] = files.get(request.url) ?? [
      "text/plain",
      "no such file",
    ];
    response.writeHead(files.has(request.url) ? 200 : 404, {
      "content-type": type,
    });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

/** A visitor's page, and the requests of its SDK that failed or could not be read. */
async function open(browser, origin) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const refused = [];
  page.on("console", (message) => {
    if (/CORS|Failed to load/.test(message.text()))
      refused.push(message.text());
  });
  page.on("requestfailed", (request) => refused.push(request.url()));
  await page.goto(`${origin}/`);
  await page.locator("body[data-state=ready]").waitFor();
  return { context, page, refused };
}

/** Asks until the answer is something true. */
async function until(what, ask) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < deadline, `${what}: not within 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The issues of a service by type, once this many occurrences are counted. */
async function issuesOf(service, occurrences) {
  const query = new URLSearchParams({ service, status: "all", from: "-1h" });
  const issues = await until(`${occurrences} of ${service}`, async () => {
    const { issues } = await api(`/monitoring/errors?${query}`);
    const counted = issues.reduce((sum, issue) => sum + issue.events, 0);
    return counted >= occurrences && issues;
  });
  const named = issues.map(({ type, events }) => `${type} ${events}`);
  assert.deepEqual(named.sort(), ["Error 1", "RangeError 1", "TypeError 5"]);
  return new Map(issues.map((issue) => [issue.type, issue]));
}

const latest = (issue) =>
  api(`/monitoring/errors/${issue.id}/occurrences/latest`);

const where = (frame) => `${frame.file.split("/").at(-1)} ${frame.function}`;

describe("the SDK for browsers", { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  /** Makes a project, shows the page to a visitor, and waits for what it sends. */
  async function visited(service, code, options, buttons, arrived) {
    const project = { name: service };
    const { keys } = await api("/errors/projects", "POST", project);
    const { server, origin } = await serve(code, {
      dsn: keys[0].dsn,
      ...options,
    });
    try {
      const { context, page, refused } = await open(browser, origin);
      for (const button of buttons) await page.locator(`#${button}`).click();
      const issues = await issuesOf(service, PLACES.length + 2);
      assert.deepEqual(refused, []);
      // A page that is left sends what its SDK still holds: spans and logs wait for more of their kind.
      await page.goto("about:blank");
      await arrived?.(issues);
      await context.close();
      return { issues, origin };
    } finally {
      server.close();
    }
  }

  test("told nothing but a DSN", async () => {
    const { code } = await bundle(false);
    const buttons = [...PLACES, "stock", "pay"];
    const service = `plain-${hex(3)}`;
    const { issues, origin } = await visited(service, code, {}, buttons);
    for (const issue of issues.values()) {
      assert.deepEqual([issue.unhandled, issue.platform], [true, "javascript"]);
      const { request, exceptions } = await latest(issue);
      assert.equal(request.url, `${origin}/`);
      const headers = new Map(request.headers);
      assert.match(headers.get("User-Agent"), /Chrome\/\d/);
      const [{ frames }] = exceptions;
      assert.ok(frames.every((frame) => frame.line > 0 && frame.column > 0));
      assert.ok(frames.every((frame) => frame.file === origin + SCRIPT));
    }
    const mistake = await latest(issues.get("TypeError"));
    const functions = mistake.exceptions[0].frames.map((one) => one.function);
    assert.deepEqual(functions.slice(0, 2), ["priceOf", "Order.total"]);
    const rejected = await latest(issues.get("Error"));
    assert.match(rejected.exceptions[0].mechanism, /onunhandledrejection/);
    checkTrail(rejected.breadcrumbs, buttons);
  });

  test("minified, with its source map, spans, logs and a replay", async () => {
    const { code, map } = await bundle(true);
    const run = hex(3);
    const release = `shop@${run}`;
    const place = new URLSearchParams({ release, file: `~${SCRIPT}` });
    await api(`/source-maps?${place}`, "PUT", JSON.parse(map));
    const options = { everything: true, release, environment: "production" };
    const buttons = [...PLACES, "stock", "note", "pay"];
    const service = `mapped-${run}`;
    const logged = `SELECT body FROM logs WHERE service_name = '${service}'`;
    const arrived = async (issues) => {
      const { rows } = await until("the log", async () => {
        const found = await api("/query/sql", "POST", { query: logged });
        return found.row_count > 0 && found;
      });
      assert.deepEqual(rows, [["stock is low"]]);
      const mistake = issues.get("TypeError");
      await until("the trace", async () => (await latest(mistake)).trace_known);
    };
    const { issues } = await visited(service, code, options, buttons, arrived);
    const stacks = { TypeError: "orders", RangeError: "stock" };
    for (const [type, caller] of Object.entries(stacks)) {
      const { exceptions, environment } = await latest(issues.get(type));
      assert.equal(environment, "production");
      const [{ frames }] = exceptions;
      const own = frames.filter((frame) => frame.in_app);
      assert.equal(where(own.at(-1)), `main.js ${caller}`);
      assert.match(frames.at(-1).file, /node_modules\/@sentry\/browser/);
    }
    const issue = issues.get("TypeError");
    assert.match(issue.culprit, /cart\.priceOf$/);
    assert.equal(issue.first_release, release);
    const mistake = await latest(issue);
    const [inner, around] = mistake.exceptions[0].frames;
    assert.deepEqual(
      [where(inner), inner.source.line],
      ["cart.js priceOf", "  return item.price.amount;"],
    );
    assert.equal(where(around), "cart.js Order.total");
    const trace = await api(`/monitoring/traces/${mistake.trace_id}`);
    assert.ok(trace.spans.some((span) => span.service === service));
  });
});

/** What led to the last error: what was fetched, logged and clicked, in order. */
function checkTrail(breadcrumbs, buttons) {
  const of = (category) =>
    breadcrumbs.filter((one) => one.category === category);
  const [fetched] = of("fetch");
  assert.equal(fetched.data.url, "/prices.json");
  assert.equal(fetched.data.status_code, 200);
  assert.match(of("console")[0].message, /^prices are here/);
  const clicked = of("ui.click").map((one) => one.message);
  const expected = buttons.map((name) => `body > button#${name}`);
  assert.deepEqual(clicked, expected);
}
