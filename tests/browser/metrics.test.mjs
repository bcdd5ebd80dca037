// The metrics explorer: from a name to a graph, with help while writing, and the address as its state.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  elementCount,
  launch,
  sendShopMetrics,
  signIn,
  skip,
  watchedPage,
} from "./support.mjs";

describe("metrics", { skip }, () => {
  let browser;
  let shop;
  let page;
  let watched;
  before(async () => {
    [browser, shop] = await Promise.all([launch(), sendShopMetrics()]);
    watched = await watchedPage(browser);
    page = watched.page;
    await signIn(page, "/explore?from=-15m");
  });
  after(() => browser?.close());

  const parameter = (name) => new URL(page.url()).searchParams.get(name);
  const editor = (ref) =>
    page.getByRole("textbox", { name: `Query ${ref}`, exact: true });
  const open = async (params) => {
    const query = new URLSearchParams({ from: "-15m", ...params });
    await page.goto(new URL(`/explore?${query}`, page.url()).href);
    await editor(params.b ? "B" : "A").waitFor();
  };
  const write = async (ref, text) => {
    await editor(ref).click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(text);
  };
  const suggestion = (text) => page.getByRole("option", { name: text });

  test("a metric from the list becomes a graph", async () => {
    await page.getByLabel(/^Search metrics/).fill(shop.requests);
    const row = page
      .getByRole("table", { name: "Metrics" })
      .getByRole("row", { name: shop.requests });
    await row.getByText("counter").waitFor();
    await row.getByText("Requests that the shop served.").waitFor();
    await row.getByRole("link").click();
    await page.getByRole("img", { name: /^Graph of 3 series/ }).waitFor();
    assert.match(parameter("a"), /^rate\(shop_\w+_requests_total\[\w+\]\)$/);
    const legend = page.getByRole("group", { name: /^Legend/ });
    await legend.getByRole("button", { name: /POST \/checkout/ }).waitFor();
    assert.equal(await legend.getByRole("button").count(), 3);
    await page.goBack();
    await page.getByRole("table", { name: "Metrics" }).waitFor();
    watched.assertClean();
  });

  test("writing is helped with metrics, labels and values", async () => {
    await open({});
    await write("A", shop.requests.slice(0, -4));
    await suggestion(shop.requests).click();
    await page.keyboard.type("{rou");
    await suggestion("route").click();
    await suggestion("GET /cart").waitFor();
    await page.keyboard.type("POST");
    await suggestion("POST /checkout").click();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("img", { name: /^Graph of 1 series/ }).waitFor();
    assert.equal(parameter("a"), `${shop.requests}{route="POST /checkout"}`);
    watched.assertClean();
  });

  test("keys of the page do nothing while a query is written", async () => {
    await open({});
    await write("A", "g s");
    assert.equal(new URL(page.url()).pathname, "/explore");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await page.waitForFunction(() => location.pathname === "/explore");
    await page.keyboard.press("e");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("up");
    assert.equal(await editor("A").innerText(), "up");
    watched.assertClean();
  });

  test("several queries, view, step and drawing are in the address", async () => {
    await open({ a: `sum(rate(${shop.requests}[2m]))`, "a.legend": "all" });
    await page.getByRole("img", { name: /^Graph of 1 series. all:/ }).waitFor();
    await page.getByRole("button", { name: "Query", exact: true }).click();
    await write("B", `count(${shop.requests})`);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("img", { name: /^Graph of 2 series/ }).waitFor();
    await page.getByRole("radio", { name: "Both" }).click();
    const rows = page.getByRole("table", { name: "Series" }).getByRole("row");
    await rows.nth(2).waitFor();
    assert.equal(await rows.count(), 3);
    await page.getByLabel("Step", { exact: true }).fill("1m");
    await page.keyboard.press("Enter");
    await page
      .getByText(/step 1m/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: /^Draw as/ }).click();
    await page.getByRole("option", { name: "Stacked", exact: true }).click();
    await page.reload();
    await page.getByRole("img", { name: /^Graph of 2 series/ }).waitFor();
    assert.deepEqual(["b", "view", "step", "draw"].map(parameter), [
      `count(${shop.requests})`,
      "both",
      "1m",
      "stacked",
    ]);
    await page.getByRole("button", { name: "remove query A" }).click();
    await page.getByRole("img", { name: /^Graph of 1 series/ }).waitFor();
    assert.equal(parameter("a"), null);
    watched.assertClean();
  });

  test("dragging in the graph sets the range", async () => {
    await open({ a: shop.requests });
    const graph = page.getByRole("img", { name: /^Graph of 3 series/ });
    await graph.waitFor();
    const box = await graph.boundingBox();
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.4, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, y, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(() => /to=\d{4}-/.test(location.search));
    watched.assertClean();
  });

  test("a native histogram is a heat map, its exemplar leads to the trace", async () => {
    await open({ a: `rate(${shop.duration}[2m])` });
    const map = page.getByRole("region", { name: "Heat map of query A" });
    await map.getByRole("img", { name: /Most lie between/ }).waitFor();
    const link = map.getByRole("link", { name: /trace of/ });
    await link.waitFor();
    assert.match(
      await link.getAttribute("href"),
      new RegExp(`^/traces/${shop.traceId}`),
    );
    watched.assertClean();
  });

  test("a thousand series: a hundred are drawn, and said so", async () => {
    await open({ a: shop.depth });
    await page.getByRole("img", { name: /^Graph of 100 series/ }).waitFor();
    await page.getByText(/100 of 1,000 series/).waitFor();
    assert.ok((await elementCount(page)) < 800);
    await page
      .getByRole("group", { name: /^Legend/ })
      .getByRole("button")
      .first()
      .click();
    await page.getByText(/100 of 1,000 series/).waitFor({ state: "detached" });
    watched.assertClean();
  });

  test("an error is underlined where it is, and said", async () => {
    const own = await watchedPage(browser);
    await signIn(own.page, "/explore?a=sum(rate(x%5B5m%5D)%20%2B%20)");
    const alert = own.page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.innerText(), /cannot be read/);
    await own.page.locator(".fault").waitFor();
    await own.context.close();
  });
});
