// Long lists: whatever their length, the document stays small and the first and last rows are reached.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  elementCount,
  launch,
  sendBigTrace,
  sendLogs,
  sendManyLogs,
  signIn,
  skip,
  watchedPage,
} from "./support.mjs";

const ELEMENTS_MAX = 1_500;
const ROWS = 10_000;

describe("long lists", { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test("ten thousand log records load by scrolling and stay few elements", async () => {
    const service = await sendManyLogs(ROWS);
    const { page, context, assertClean } = await watchedPage(browser);
    await signIn(page, `/logs?service=${service}`);
    const table = page.getByRole("table", { name: "Log records" });
    await table
      .getByText(`record number ${ROWS - 1}`, { exact: true })
      .waitFor();
    let loaded = 0;
    let most = 0;
    while (loaded < ROWS) {
      await page.evaluate(() =>
        window.scrollTo(0, document.documentElement.scrollHeight),
      );
      await page.waitForFunction(
        (before) =>
          Number(
            document
              .querySelector("[aria-rowcount]")
              ?.getAttribute("aria-rowcount"),
          ) > before,
        loaded,
      );
      loaded = Number(await table.getAttribute("aria-rowcount"));
      most = Math.max(most, await elementCount(page));
    }
    await page.evaluate(() =>
      window.scrollTo(0, document.documentElement.scrollHeight),
    );
    await table.getByText("record number 0", { exact: true }).waitFor();
    assert.equal(loaded, ROWS);
    assert.ok(most < ELEMENTS_MAX, `${most} elements with ${loaded} rows`);
    assertClean();
    await context.close();
  });

  test("a trace of five thousand spans opens whole and stays few elements", async () => {
    const { traceId } = await sendBigTrace(5_000);
    const { page, context, assertClean } = await watchedPage(browser);
    await signIn(page, `/traces/${traceId}`);
    await page.getByRole("treeitem", { name: /^GET \/report/ }).waitFor();
    await page.getByText("5,000").first().waitFor();
    await page.evaluate(() =>
      window.scrollTo(0, document.documentElement.scrollHeight),
    );
    await page.getByRole("treeitem", { name: /^step 4999/ }).waitFor();
    const elements = await elementCount(page);
    assert.ok(elements < ELEMENTS_MAX, `${elements} elements`);
    await page.getByRole("treeitem", { name: /^step 4999/ }).click();
    await page
      .getByRole("complementary", { name: "Selected span" })
      .getByText("step 4999")
      .first()
      .waitFor();
    assertClean();
    await context.close();
  });

  test("Live puts new records on top without moving what is being read", async () => {
    const service = await sendManyLogs(400);
    const { page, context, assertClean } = await watchedPage(browser);
    await signIn(page, `/logs?service=${service}&live=1`);
    const table = page.getByRole("table", { name: "Log records" });
    await table.getByText("record number 399", { exact: true }).waitFor();
    await page.evaluate(() => window.scrollTo(0, 1600));
    const topText = () =>
      page.evaluate(
        () =>
          document
            .elementsFromPoint(700, 450)
            .find((one) => one.classList.contains("log-row"))?.innerText,
      );
    // Rows of the new place are drawn in the frame after the scroll.
    await page.waitForFunction(() =>
      document
        .elementsFromPoint(700, 450)
        .some((one) => one.classList.contains("log-row")),
    );
    const before = await topText();
    const rows = Number(await table.getAttribute("aria-rowcount"));
    const body = { stringValue: "a record that came later" };
    await sendLogs(service, [
      {
        timeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
        severityNumber: 13,
        body,
      },
    ]);
    await page.waitForFunction(
      (count) =>
        Number(
          document
            .querySelector("[aria-rowcount]")
            ?.getAttribute("aria-rowcount"),
        ) > count,
      rows,
    );
    assert.equal(await topText(), before);
    await page.evaluate(() => window.scrollTo(0, 0));
    await table.getByText("a record that came later").waitFor();
    assertClean();
    await context.close();
  });
});
