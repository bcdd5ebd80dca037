// Dashboards: made, changed by pointer and keys, undone, saved, shared by address, brought back,
// imported; what others saved in between is not lost.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  hex,
  launch,
  signIn,
  skip,
  token,
  url,
  watchedPage,
} from "./support.mjs";

async function api(method, path, body) {
  const response = await fetch(`${url}/api/v1/dashboards${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(
    response.ok,
    `${method} ${path} answered ${response.status}: ${text}`,
  );
  return text === "" ? undefined : JSON.parse(text);
}

const series = (id, title, x, promql) => ({
  id,
  type: "time_series",
  title,
  grid: { x, y: 0, w: 12, h: 8 },
  queries: [{ ref: "A", promql, legend: "{{job}}" }],
});

/** Panels whose queries need no stored series, so that the tests need no metrics. */
const sample = (title) => ({
  schema: 1,
  title,
  tags: ["test"],
  variables: [
    {
      name: "level",
      label: "Level",
      type: "custom",
      options: [
        { value: "1", text: "Low" },
        { value: "2", text: "High" },
      ],
      default: ["1"],
    },
  ],
  panels: [
    series(1, "First", 0, "vector($level)"),
    series(2, "Second", 12, "vector(2)"),
    {
      id: 3,
      type: "stat",
      title: "Level $level",
      grid: { x: 0, y: 8, w: 12, h: 4 },
      queries: [{ ref: "A", promql: "vector($level) * 1000", instant: true }],
      unit: "ms",
    },
    {
      id: 4,
      type: "text",
      title: "Words",
      grid: { x: 12, y: 8, w: 12, h: 4 },
      text: "# Runbook\n\n**bold** <img src=x onerror=alert(1)>",
    },
  ],
});

describe("dashboards", { skip }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  const open = async (path, options) => {
    const watched = await watchedPage(browser, options);
    await signIn(watched.page, path);
    return watched;
  };
  const make = async () => {
    const title = `Board ${hex(4)}`;
    return { title, ...(await api("POST", "", sample(title))) };
  };
  const panel = (page, name) => page.getByRole("region", { name });
  const gridOf = async (id, panelId) => {
    const { dashboard } = await api("GET", `/${id}`);
    const { x, y, w, h } = dashboard.panels.find(
      (one) => one.id === panelId,
    ).grid;
    return [x, y, w, h];
  };
  const save = async (page) => {
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: /^Edit/ }).waitFor();
  };

  test("are found in the list, and shown with their variables from the address", async () => {
    const board = await make();
    const { page, context, assertClean } = await open("/dashboards");
    await page.getByLabel("Search dashboards").fill(board.title);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: board.title }).click();
    await panel(page, "Level Low").getByText("1 s").waitFor();
    await page.getByRole("button", { name: "Level: Low" }).click();
    await page.getByRole("option", { name: "High" }).click();
    await panel(page, "Level High").getByText("2 s").waitFor();
    assert.equal(new URL(page.url()).searchParams.get("var-level"), "2");
    await page.reload();
    await panel(page, "Level High").getByText("2 s").waitFor();
    await panel(page, "Words").getByText("<img src=x onerror").waitFor();
    assert.equal(await page.locator("main img").count(), 0);
    assertClean();
    await context.close();
  });

  test("are changed by the pointer and the keys, undone, and saved", async () => {
    const board = await make();
    const { page, context, assertClean } = await open(
      `/dashboards/${board.id}`,
    );
    await panel(page, "Second").waitFor();
    await page.keyboard.press("e");
    const head = panel(page, /^Second: arrow keys/).locator("header");
    const from = await head.boundingBox();
    await page.mouse.move(from.x + 120, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(from.x - 200, from.y + 12, { steps: 4 });
    await page.mouse.move(from.x + 120 - 620, from.y + 14, { steps: 6 });
    await page.mouse.up();
    await save(page);
    assert.equal((await gridOf(board.id, 2))[0], 0);

    await page.keyboard.press("e");
    const before = await gridOf(board.id, 3);
    await panel(page, /^Level .*arrow keys/).focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+Shift+z");
    await page.keyboard.press("Shift+ArrowDown");
    await save(page);
    const after = await gridOf(board.id, 3);
    assert.deepEqual(after.slice(2), [before[2], before[3] + 1]);
    assertClean();
    await context.close();
  });

  test("get a panel, whose query and unit show at once", async () => {
    const board = await make();
    const { page, context, assertClean } = await open(
      `/dashboards/${board.id}?edit=1`,
    );
    await page.getByRole("button", { name: "Add a panel" }).click();
    await page.getByRole("option", { name: "Stat" }).click();
    await page.getByLabel("PromQL of query A").fill("vector(1536)");
    await page.keyboard.press("Control+Enter");
    await page.getByLabel("Unit").fill("bytes");
    await page.getByText(/1\.5\sKiB/).waitFor();
    await page.getByRole("textbox", { name: "Title" }).fill("Size");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await panel(page, /^Size: arrow keys/).focus();
    await page.keyboard.press("Enter");
    // Saving counts what is typed and not yet run, too.
    await page.getByLabel("PromQL of query A").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("vector(2048)");
    await page.keyboard.press("Control+s");
    await page.getByRole("button", { name: /^Edit/ }).waitFor();
    const { dashboard, version } = await api("GET", `/${board.id}`);
    assert.equal(version, board.version + 1);
    const made = dashboard.panels.find((one) => one.title === "Size");
    assert.equal(made.unit, "bytes");
    assert.equal(made.queries[0].promql, "vector(2048)");
    assertClean();
    await context.close();
  });

  test("keep what someone else saved in between, and one's own changes", async () => {
    const board = await make();
    const { page, context } = await open(`/dashboards/${board.id}?edit=1`);
    await page
      .getByRole("button", { name: "remove Second", exact: true })
      .click({ force: true });
    await api("PUT", `/${board.id}`, {
      version: board.version,
      dashboard: { ...board.dashboard, description: "theirs" },
    });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Someone else saved this dashboard").waitFor();
    await page.getByRole("button", { name: "Save mine as a copy" }).click();
    await page
      .getByRole("heading", { name: `${board.title} (copy)` })
      .waitFor();
    const id = new URL(page.url()).pathname.split("/").at(-1);
    const copy = await api("GET", `/${id}`);
    assert.equal(copy.dashboard.panels.length, 3);
    const theirs = await api("GET", `/${board.id}`);
    assert.equal(theirs.dashboard.description, "theirs");
    await context.close();
  });

  test("bring an earlier version back as a change that is saved or not", async () => {
    const board = await make();
    await api("PUT", `/${board.id}`, {
      version: board.version,
      dashboard: { ...board.dashboard, panels: [] },
    });
    const { page, context, assertClean } = await open(
      `/dashboards/${board.id}`,
    );
    await page.getByRole("button", { name: "History" }).click();
    await page.getByRole("button", { name: "Bring back" }).click();
    await panel(page, /^First: arrow keys/).waitFor();
    await save(page);
    const { dashboard } = await api("GET", `/${board.id}`);
    assert.equal(dashboard.panels.length, 4);
    assertClean();
    await context.close();
  });

  test("show one panel alone, and a failed query where its answer would be", async () => {
    const title = `Board ${hex(4)}`;
    const { id } = await api("POST", "", {
      ...sample(title),
      panels: [series(1, "Fine", 0, "vector(1)")],
    });
    const { page, context } = await open(`/dashboards/${id}`);
    await panel(page, "Fine").hover();
    await page.getByRole("link", { name: "this panel alone" }).click();
    assert.equal(new URL(page.url()).searchParams.get("panel"), "1");
    await page.keyboard.press("Escape");
    await page.keyboard.press("e");
    await panel(page, /^Fine: arrow keys/).focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("PromQL of query A").fill("rate(up[5m]");
    await page.keyboard.press("Control+Enter");
    await page
      .getByRole("alert")
      .getByText("The query cannot be read")
      .waitFor();
    await context.close();
  });

  test("are imported after what is lost was said", async () => {
    const title = `Imported ${hex(4)}`;
    const { page, context, assertClean } = await open("/dashboards");
    await page.getByRole("button", { name: "Import" }).click();
    await page.getByLabel(/^Paste the JSON/).fill(
      JSON.stringify({
        title,
        schemaVersion: 39,
        annotations: {
          list: [{ name: "Deploys", enable: true, expr: "changes(x[1m])" }],
        },
        panels: [
          {
            id: 1,
            type: "timeseries",
            title: "Up",
            gridPos: { x: 0, y: 0, w: 12, h: 8 },
            datasource: { type: "prometheus", uid: "p" },
            targets: [{ refId: "A", expr: "up" }],
            transformations: [{ id: "merge", options: {} }],
          },
        ],
      }),
    );
    await page.getByRole("button", { name: "Read it" }).click();
    const notes = page.getByRole("region", {
      name: "What could not be taken over and why",
    });
    await notes.getByText("merge").first().waitFor();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await panel(page, "Up").waitFor();
    await page.getByRole("heading", { name: title }).waitFor();
    assertClean();
    await context.close();
  });

  test("that are built in are saved as a copy", async () => {
    const { dashboards } = await api("GET", "");
    const builtIn = dashboards.find((one) => one.built_in);
    assert.ok(builtIn, "there is a built-in dashboard");
    const { page, context } = await open(`/dashboards/${builtIn.id}?edit=1`);
    await page.getByRole("button", { name: "Save a copy" }).click();
    await page
      .getByRole("heading", { name: `${builtIn.title} (copy)` })
      .waitFor();
    const id = new URL(page.url()).pathname.split("/").at(-1);
    await api("DELETE", `/${id}`);
    await context.close();
  });
});
