// The service map: picture and table, by pointer and by keyboard.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, sendCalls, signIn, skip, watchedPage } from "./support.mjs";

describe("service map", { skip }, () => {
  let browser;
  let calls;
  let page;
  let watched;
  before(async () => {
    [browser, calls] = await Promise.all([launch(), sendCalls()]);
    watched = await watchedPage(browser);
    page = watched.page;
    await signIn(page, "/map?from=-15m");
  });
  after(() => browser?.close());

  const map = () => page.getByRole("region", { name: "Service map" });
  const node = (name) =>
    map().getByRole("link", { name: new RegExp(`^${name}`) });

  test("a node says its figures, and who calls it when it has the focus", async () => {
    await node(calls.called).waitFor();
    const label = await node(calls.called).getAttribute("aria-label");
    assert.match(label, /service: .*10%.* failed, p50 .*p99 /);
    await node(calls.called).focus();
    const callers = map().locator(".map-calls", { hasText: "Called by" });
    await callers.getByText(calls.caller).waitFor();
    await map()
      .locator(".map-calls", { hasText: /^Calls/ })
      .waitFor();
    watched.assertClean();
  });

  test("the caller stands left of the called", async () => {
    const [left, right] = await Promise.all([
      node(calls.caller).boundingBox(),
      node(calls.called).boundingBox(),
    ]);
    assert.ok(left.x + left.width < right.x);
  });

  test("the table has the same calls, and keeps its sorting in the address", async () => {
    await map().getByRole("radio", { name: "Table" }).click();
    const row = page.getByRole("table", { name: "Calls" }).getByRole("row", {
      name: new RegExp(`${calls.caller}.*${calls.called}`),
    });
    await row.getByText(/^10/).waitFor();
    assert.match(page.url(), /view=table/);
    await page
      .getByRole("table", { name: "Services and dependencies" })
      .getByRole("button", { name: "Errors" })
      .click();
    await page.waitForFunction(() => location.search.includes("sort=-errors"));
    watched.assertClean();
  });

  test("a node leads to its service", async () => {
    await map().getByRole("radio", { name: "Map" }).click();
    await node(calls.called).click();
    await page.getByRole("heading", { name: calls.called }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await map().waitFor();
    watched.assertClean();
  });

  test("without calls it says how to get a map", async () => {
    await page.goto(new URL("/map?environment=none", page.url()).href);
    await page.getByText("No calls in this time range").waitFor();
    await page.getByText(/OTEL_EXPORTER_OTLP_ENDPOINT/).waitFor();
    watched.assertClean();
  });
});
