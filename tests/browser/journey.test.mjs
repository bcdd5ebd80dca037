// From signing in to the log records of one failed span, in both themes, as a person would go.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  launch,
  sendShop,
  signIn,
  skip,
  url,
  watchedPage,
} from "./support.mjs";

describe("journey", { skip }, () => {
  let browser;
  let shop;
  before(async () => {
    [browser, shop] = await Promise.all([launch(), sendShop()]);
  });
  after(() => browser?.close());

  test("the page is served under a strict policy", async () => {
    const response = await fetch(`${url}/`);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src '(self|none)'/);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/);
  });

  test("a wrong token is refused with a reason", async () => {
    const { page, context } = await watchedPage(browser);
    await page.goto(`${url}/services`);
    await page.getByLabel(/API token/).fill("not-a-token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    assert.notEqual((await page.getByRole("alert").innerText()).trim(), "");
    assert.equal(new URL(page.url()).pathname, "/services");
    await context.close();
  });

  for (const theme of ["light", "dark"]) {
    test(`overview to log records, ${theme}`, async () => {
      const { page, context, assertClean } = await watchedPage(browser, {
        colorScheme: theme,
      });
      await signIn(page);
      assert.equal(
        await page.evaluate(() => document.documentElement.dataset.theme),
        theme,
      );
      await page.getByRole("img", { name: /^Traffic/ }).waitFor();
      await page
        .getByRole("table", { name: "Services" })
        .getByRole("link", { name: shop.front, exact: true })
        .click();
      await page.getByRole("heading", { name: shop.front }).waitFor();
      await page.getByRole("img", { name: /^Latency/ }).waitFor();
      await page.locator(".slow-trace").first().click();
      await page.getByRole("tree", { name: "Spans" }).waitFor();
      assert.equal(new URL(page.url()).pathname, `/traces/${shop.traceId}`);

      await page.getByRole("treeitem", { name: /^POST \/charges/ }).click();
      assert.equal(new URL(page.url()).searchParams.get("span"), shop.spanId);
      const panel = page.getByRole("complementary", { name: "Selected span" });
      await panel.getByText("pool.size").waitFor();
      await panel.getByRole("tab", { name: "Events 1" }).click();
      await panel.getByText("at pool.acquire(Pool.java:218)").waitFor();
      await panel.getByRole("tab", { name: "Logs 2" }).click();
      await panel
        .getByText("charge failed: no connection within 1 s")
        .waitFor();
      await panel.getByRole("link", { name: "Open in logs" }).click();
      await page
        .getByRole("table", { name: "Log records" })
        .getByText("asking the pool for a connection")
        .waitFor();
      assertClean();
      await context.close();
    });
  }

  test("an attribute leads to the traces that have it", async () => {
    const { page, context, assertClean } = await watchedPage(browser);
    await signIn(page, `/traces/${shop.traceId}?span=${shop.spanId}`);
    await page.getByRole("link", { name: "payments", exact: true }).click();
    assert.deepEqual(new URL(page.url()).searchParams.getAll("attr"), [
      "db.namespace=payments",
    ]);
    await page
      .getByRole("table", { name: "Traces" })
      .getByRole("link")
      .first()
      .waitFor();
    assertClean();
    await context.close();
  });

  test("tokens are made, shown once and revoked", async () => {
    const { page, context, assertClean } = await watchedPage(browser);
    await signIn(page, "/settings");
    const name = `browser-${shop.front}`;
    await page.getByLabel("Name of the new token").fill(name);
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByRole("status").getByText("it is not shown again").waitFor();
    await page.getByRole("button", { name: `revoke ${name}` }).click();
    await page.getByRole("button", { name: "Revoke for good" }).click();
    await page
      .getByRole("cell", { name, exact: true })
      .waitFor({ state: "detached" });
    assertClean();
    await context.close();
  });
});
