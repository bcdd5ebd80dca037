// Everything by keyboard, and the address as the whole state of a view.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, sendShop, signIn, skip, watchedPage } from "./support.mjs";

describe("keyboard and address", { skip }, () => {
  let browser;
  let shop;
  let page;
  let watched;
  before(async () => {
    [browser, shop] = await Promise.all([launch(), sendShop()]);
    watched = await watchedPage(browser);
    page = watched.page;
    // With a range of its own: without, a young server is shown over minutes.
    await signIn(page, "/?from=-3h");
  });
  after(async () => {
    await browser?.close();
  });

  const path = () => new URL(page.url()).pathname;
  const parameter = (name) => new URL(page.url()).searchParams.get(name);
  const keys = async (...pressed) => {
    for (const key of pressed) await page.keyboard.press(key);
  };

  test("g and a letter go places, and the help lists them", async () => {
    for (const [key, expected] of [
      ["s", "/services"],
      ["t", "/traces"],
      ["l", "/logs"],
      ["m", "/explore"],
      ["p", "/map"],
      ["q", "/sql"],
      [",", "/settings"],
      ["o", "/"],
    ]) {
      await keys("g", key);
      await page.waitForFunction((at) => location.pathname === at, expected);
    }
    await keys("?");
    const help = page.getByRole("dialog", { name: "Keyboard" });
    await help.waitFor();
    await keys("Escape");
    await help.waitFor({ state: "detached" });
    watched.assertClean();
  });

  test("slash searches, and a trace id opens its trace", async () => {
    await keys("g", "o", "/");
    await page.keyboard.type(shop.traceId);
    await keys("Enter");
    await page.getByRole("tree", { name: "Spans" }).waitFor();
    assert.equal(path(), `/traces/${shop.traceId}`);
    watched.assertClean();
  });

  test("j and k move in the waterfall, h and l fold, Escape deselects", async () => {
    await keys("j");
    await page.waitForFunction(
      (id) => location.search.includes(id),
      shop.spanId,
    );
    await keys("k", "h");
    await page.waitForFunction(() => location.search.includes("collapsed="));
    assert.equal(await page.getByRole("treeitem").count(), 1);
    await keys("l");
    await page.waitForFunction(() => !location.search.includes("collapsed="));
    await keys("e");
    await page.waitForFunction(() => location.search.includes("span="));
    await keys("Escape");
    await page.waitForFunction(() => !location.search.includes("span="));
    await keys("f");
    await page.getByRole("img", { name: /^Flame graph/ }).waitFor();
    await keys("f");
    watched.assertClean();
  });

  test("j and Enter open a row, and going back returns to it", async () => {
    await keys("g", "s");
    await page.getByRole("table", { name: "Services" }).waitFor();
    await keys("j");
    await page.waitForFunction(
      () => document.activeElement?.getAttribute("role") === "row",
    );
    await keys("Enter");
    await page.waitForFunction(() =>
      location.pathname.startsWith("/services/"),
    );
    await page.goBack();
    await page.getByRole("table", { name: "Services" }).waitFor();
    assert.equal(path(), "/services");
    watched.assertClean();
  });

  test("the range is in the address, carried along, and restored by going back", async () => {
    await keys("g", "o");
    await page.getByRole("button", { name: /^Time range/ }).click();
    await page.getByRole("option", { name: "Last 6 hours" }).click();
    assert.equal(parameter("from"), "-6h");
    await keys("g", "s");
    await page.waitForFunction(() => location.pathname === "/services");
    assert.equal(parameter("from"), "-6h");
    await page.goBack();
    await page.goBack();
    assert.equal(parameter("from"), "-3h");
    await page
      .getByRole("button", { name: "Time range: Last 3 hours" })
      .waitFor();
    watched.assertClean();
  });

  test("the default range can be chosen on a young server, and stays", async () => {
    const { context, page: fresh } = await watchedPage(browser);
    await signIn(fresh);
    await fresh.getByRole("img", { name: /^Traffic/ }).waitFor();
    await fresh.getByRole("button", { name: /^Time range/ }).click();
    await fresh.getByRole("option", { name: "Last 1 hour" }).click();
    await fresh.waitForFunction(() => !location.search.includes("from="));
    const answered = fresh.waitForResponse(/monitoring\/dashboard/);
    await fresh.keyboard.press("r");
    await answered;
    await fresh
      .getByRole("button", { name: "Time range: Last 1 hour" })
      .waitFor();
    assert.equal(new URL(fresh.url()).search, "");
    await context.close();
  });

  test("an unreadable time says what was expected and changes nothing", async () => {
    await page.getByRole("button", { name: /^Time range/ }).click();
    await page.getByLabel("From", { exact: true }).fill("soonish");
    await keys("Enter");
    await page.getByRole("alert").getByText("is no time").waitFor();
    assert.equal(parameter("from"), "-3h");
    await keys("Escape");
    watched.assertClean();
  });

  test("dragging in a chart zooms the range", async () => {
    await keys("g", "o");
    const box = await page.locator(".chart .u-over").first().boundingBox();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(() =>
      /from=\d{4}-.*&to=\d{4}-/.test(location.search),
    );
    await page.goBack();
    watched.assertClean();
  });

  test("a finger across a chart zooms the range, and up it scrolls the page", async () => {
    const phone = await watchedPage(browser, {
      viewport: { width: 390, height: 800 },
      hasTouch: true,
      isMobile: true,
    });
    await signIn(phone.page, "/?from=-1h");
    const box = await phone.page
      .locator(".chart .u-over")
      .first()
      .boundingBox();
    const devtools = await phone.context.newCDPSession(phone.page);
    const draw = async (points) => {
      const touch = (type, at) =>
        devtools.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: at.map(([x, y]) => ({
            x: box.x + box.width * x,
            y: box.y + box.height * y,
          })),
        });
      await touch("touchStart", points.slice(0, 1));
      for (const point of points.slice(1)) await touch("touchMove", [point]);
      await touch("touchEnd", []);
    };
    const steps = (from, to) =>
      Array.from({ length: 9 }, (_, at) =>
        [0, 1].map((axis) => from[axis] + ((to[axis] - from[axis]) * at) / 8),
      );
    await draw(steps([0.5, 0.9], [0.55, -1]));
    await phone.page.waitForFunction(() => scrollY > 0);
    assert.match(phone.page.url(), /from=-1h/);
    await phone.page.evaluate(() => scrollTo(0, 0));
    await draw(steps([0.3, 0.5], [0.6, 0.6]));
    await phone.page.waitForFunction(() =>
      /from=\d{4}-.*&to=\d{4}-/.test(location.search),
    );
    const { searchParams } = new URL(phone.page.url());
    const [from, to] = ["from", "to"].map((end) =>
      Date.parse(searchParams.get(end)),
    );
    assert.ok(
      to - from > 15 * 60_000 && to - from < 21 * 60_000,
      `${to - from}`,
    );
    phone.assertClean();
    await phone.context.close();
  });

  test("Live is in the address, and a fixed range is moved to end now", async () => {
    await keys("v");
    await page.waitForFunction(() => location.search.includes("live=1"));
    assert.equal(
      await page
        .getByRole("button", { name: "Live" })
        .getAttribute("aria-pressed"),
      "true",
    );
    await keys("v");
    await page.waitForFunction(() => !location.search.includes("live=1"));
    watched.assertClean();
  });
});
