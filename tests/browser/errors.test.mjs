// Errors: the inbox dealt with by keyboard, one issue in full, grouping, and text that means harm.
// Invariants: the events are sent as a Sentry SDK sends them, under a word of this run alone; every
// page is watched, so that whatever runs, asks elsewhere or breaks the policy fails its test.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  api,
  hex,
  launch,
  signIn,
  skip,
  url,
  watchedPage,
} from "./support.mjs";

/** Where the first project's key says that events go, at the server under test. */
async function ingest() {
  const { projects } = await api("/errors/projects");
  const key = projects[0].keys.find((one) => one.active);
  const project = new URL(key.dsn).pathname.slice(1);
  return { path: `${url}/api/${project}/envelope/`, key: key.public_key };
}

async function sendEvent({ path, key }, event) {
  const id = hex(16);
  const sent = { event_id: id, timestamp: Date.now() / 1000, ...event };
  const payload = JSON.stringify(sent);
  const length = Buffer.byteLength(payload);
  const response = await fetch(path, {
    method: "POST",
    headers: {
      "content-type": "application/x-sentry-envelope",
      "x-sentry-auth": `Sentry sentry_version=7, sentry_client=test/1.0, sentry_key=${key}`,
    },
    body: `${JSON.stringify({ event_id: id })}\n${JSON.stringify({ type: "event", length })}\n${payload}\n`,
  });
  assert.equal(response.status, 200, await response.text());
  return id;
}

const frame = (name, line, inApp, more = {}) => ({
  function: name,
  module: `shop.${name}`,
  filename: `shop/${name}.py`,
  abs_path: `/srv/shop/${name}.py`,
  lineno: line,
  in_app: inApp,
  ...more,
});

/** As an SDK sends frames: the one where it was raised last. */
function stackOf(name) {
  const library = Array.from({ length: 14 }, (_, at) =>
    frame(`handler_${at}`, 100 + at, false, { module: "django.core" }),
  );
  return [
    frame("entry", 3, true),
    ...library,
    frame(name, 61, true, {
      pre_context: ["def total(lines):", "    count = 0"],
      context_line: "    return sum(lines) / count",
      post_context: ["", "def other():"],
      vars: { count: 0, note: "<img src=x onerror=alert(1)>" },
    }),
  ];
}

function eventOf(run, type, name, more = {}) {
  return {
    platform: "python",
    level: "error",
    release: `shop@${run}`,
    environment: "test",
    transaction: "GET /cart",
    user: { id: "u-1", email: "user@example.org" },
    tags: { browser: "Firefox 128", region: "north" },
    contexts: { runtime: { name: "CPython", version: "3.12.4" } },
    extra: { cart: 7781 },
    request: {
      method: "POST",
      url: "https://shop.example/cart",
      headers: { Accept: "text/html" },
    },
    breadcrumbs: {
      values: [
        {
          timestamp: Date.now() / 1000 - 4,
          category: "query",
          message: "SELECT sku FROM lines",
          level: "info",
        },
      ],
    },
    exception: {
      values: [
        {
          type,
          value: `it failed in ${run}`,
          mechanism: { type: "flask", handled: false },
          stacktrace: { frames: stackOf(name) },
        },
      ],
    },
    ...more,
  };
}

const HOSTILE = [
  '<script>document.title="harmed"</script>',
  '"><img src=x onerror="document.title=`harmed`">',
  "javascript:document.title='harmed'",
  "\u202Etxt.exe\u202C and \u2066hidden\u2069",
  "nul \u0000 bell \u0007 end",
  `long ${"x".repeat(100_000)}`,
];

/** Seven usual issues and the hostile ones; the listed issues of this run, by type. */
async function sendErrors() {
  const run = hex(4);
  const to = await ingest();
  const types = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Omega"];
  for (const type of types) {
    const event = eventOf(run, `${type}Error`, type.toLowerCase());
    await sendEvent(to, event);
    await sendEvent(to, event);
  }
  for (const [at, text] of HOSTILE.entries()) {
    const event = eventOf(run, `Hostile${at}`, `hostile_${at}`, {
      transaction: text.slice(0, 200),
      tags: { harm: text.slice(0, 200) },
      breadcrumbs: { values: [{ category: "harm", message: text }] },
      extra: { harm: text },
    });
    event.exception.values[0].value = `${run} ${text}`;
    await sendEvent(to, event);
  }
  const wanted = types.length + HOSTILE.length;
  const issues = await listed(run, (found) => found.length >= wanted);
  return {
    run,
    byType: new Map(issues.map((issue) => [issue.type, issue])),
    wanted,
  };
}

const listOf = async (run, status = "unresolved") => {
  const query = new URLSearchParams({
    q: run,
    from: "-1h",
    status,
    limit: "100",
  });
  return (await api(`/monitoring/errors?${query}`)).issues;
};

/** What is received is listed within seconds. */
async function listed(run, isDone) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const issues = await listOf(run);
    if (isDone(issues)) return issues;
    if (Date.now() > deadline)
      throw new Error(`only ${issues.length} issues of ${run} were listed`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

describe("errors", { skip }, () => {
  let browser;
  let errors;
  let page;
  let watched;
  const dialogs = [];
  before(async () => {
    [browser, errors] = await Promise.all([launch(), sendErrors()]);
    watched = await watchedPage(browser);
    page = watched.page;
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await signIn(page, inbox());
  });
  after(() => browser?.close());

  const inbox = (more = "") => `/errors?from=-1h&q=${errors.run}${more}`;
  const idOf = (type) => errors.byType.get(type).id;
  const rowOf = (type) => page.locator(`[data-id="${idOf(type)}"]`);
  const focusedId = () =>
    page.evaluate(() => Number(document.activeElement?.dataset.id ?? 0));
  const keys = async (...pressed) => {
    for (const key of pressed) await page.keyboard.press(key);
  };
  const table = () => page.getByRole("table", { name: "Issues" });
  const openInbox = async (more = "") => {
    await page.goto(url + inbox(more));
    await table().waitFor();
  };
  /** Presses a key and answers with the row that has the focus then. */
  const step = async (key) => {
    const was = await focusedId();
    await keys(key);
    await page.waitForFunction(
      (id) => Number(document.activeElement?.dataset.id ?? id) !== id,
      was,
    );
    return focusedId();
  };
  /** Moves with `j` until the row of an issue has the focus. */
  const moveTo = async (type) => {
    let at = await focusedId();
    for (let steps = 0; steps <= errors.wanted; steps += 1) {
      if (at === idOf(type)) return;
      at = await step("j");
    }
    assert.fail(`j did not reach ${type}`);
  };
  const openIssue = async (type, more = "") => {
    await page.goto(`${url}/errors/${idOf(type)}?from=-1h${more}`);
    await page.getByRole("region", { name: "Issue", exact: true }).waitFor();
  };
  const clean = () => {
    watched.assertClean();
    assert.deepEqual(dialogs, []);
  };

  test("the inbox lists what was sent, and j and k move in it", async () => {
    await openInbox();
    await rowOf("AlphaError").getByText("AlphaError").waitFor();
    await rowOf("AlphaError").getByText(`it failed in ${errors.run}`).waitFor();
    const first = await step("j");
    const second = await step("j");
    assert.notEqual(second, first);
    assert.equal(await step("k"), first);
    clean();
  });

  test("slash goes to the search of errors, and a word narrows the list", async () => {
    await openInbox();
    await keys("/");
    await page.keyboard.insertText(`${errors.run} BetaError`);
    await keys("Enter", "Escape");
    await rowOf("AlphaError").waitFor({ state: "detached" });
    await rowOf("BetaError").waitFor();
    await page.getByRole("button", { name: "unhandled", exact: true }).click();
    await page.waitForFunction(() => location.search.includes("unhandled"));
    await rowOf("BetaError").waitFor();
    clean();
  });

  test("r resolves, the next row has the focus, and z takes it back", async () => {
    await openInbox();
    await moveTo("AlphaError");
    await keys("r");
    await rowOf("AlphaError").waitFor({ state: "detached" });
    await page.getByText("Resolved: AlphaError").waitFor();
    assert.notEqual(await focusedId(), 0);
    const resolved = await listOf(errors.run, "resolved");
    assert.deepEqual(
      resolved.map(({ type }) => type),
      ["AlphaError"],
    );
    await keys("z");
    await rowOf("AlphaError").waitFor();
    assert.deepEqual(await listOf(errors.run, "resolved"), []);
    clean();
  });

  test("i asks until when, and the issue is among the ignored", async () => {
    await openInbox();
    await moveTo("GammaError");
    await keys("i");
    const dialog = page.getByRole("dialog", { name: "Ignore GammaError" });
    await dialog
      .getByRole("option", { name: "Until 100 more events", exact: true })
      .click();
    await rowOf("GammaError").waitFor({ state: "detached" });
    await page.getByRole("tab", { name: /^Ignored/ }).click();
    await rowOf("GammaError").waitFor();
    await page
      .getByRole("tab", { name: /^Ignored/, selected: true })
      .getByText("1", { exact: true })
      .waitFor();
    await moveTo("GammaError");
    await keys("r");
    await rowOf("GammaError").waitFor({ state: "detached" });
    clean();
  });

  test("a assigns to a name that is typed", async () => {
    await openInbox();
    await moveTo("DeltaError");
    await keys("a");
    await page.getByRole("combobox", { name: "Assign to" }).fill("ops");
    await keys("Enter");
    await rowOf("DeltaError").getByTitle("ops").waitFor();
    await page.getByRole("combobox", { name: "Assignee" }).fill("ops");
    await keys("Enter");
    await rowOf("AlphaError").waitFor({ state: "detached" });
    await rowOf("DeltaError").waitFor();
    clean();
  });

  test("x selects, and the bar resolves and reopens what is selected", async () => {
    await openInbox();
    await moveTo("EpsilonError");
    await keys("x");
    await rowOf("ZetaError").getByRole("checkbox").click();
    await page.getByText("2 issues", { exact: true }).waitFor();
    await page.getByRole("button", { name: /^Resolve/ }).click();
    await rowOf("EpsilonError").waitFor({ state: "detached" });
    await rowOf("ZetaError").waitFor({ state: "detached" });
    await page.getByRole("tab", { name: /^Resolved/ }).click();
    await rowOf("ZetaError").waitFor();
    await page.getByRole("checkbox", { name: "Select all" }).click();
    await page.getByRole("button", { name: /^Reopen/ }).click();
    await rowOf("ZetaError").waitFor({ state: "detached" });
    assert.deepEqual(await listOf(errors.run, "resolved"), []);
    clean();
  });

  test("a search is saved, applied and deleted", async () => {
    const name = `Mine ${errors.run}`;
    await openInbox("&sort=events");
    await page.getByRole("button", { name: "Saved searches" }).click();
    await page.getByRole("textbox", { name: "Name of the search" }).fill(name);
    await keys("Enter");
    await page.getByRole("button", { name, exact: true }).waitFor();
    await page.goto(`${url}/errors?from=-1h`);
    await page.getByRole("button", { name: "Saved searches" }).click();
    await page.getByRole("button", { name, exact: true }).click();
    await page.waitForFunction(
      (run) =>
        location.search.includes(run) &&
        location.search.includes("sort=events") &&
        location.search.includes("from=-1h"),
      errors.run,
    );
    await page.getByRole("button", { name: "Saved searches" }).click();
    await page.getByRole("button", { name: `delete ${name}` }).click();
    await page
      .getByRole("button", { name, exact: true })
      .waitFor({ state: "detached" });
    clean();
  });

  test("Enter opens an issue: own frames, source, variables, and what led to it", async () => {
    await openInbox();
    await moveTo("AlphaError");
    await keys("Enter");
    await page.waitForFunction(
      (id) => location.pathname === `/errors/${id}`,
      idOf("AlphaError"),
    );
    const stack = page.getByRole("region", { name: "Stack" });
    const at = stack.locator("[aria-current=true]").first();
    assert.match(await at.innerText(), /61\s+return sum\(lines\) \/ count/);
    await stack.getByText("<img src=x onerror=alert(1)>").waitFor();
    await stack.getByRole("button", { name: "14 library frames" }).waitFor();
    assert.equal(
      await stack.getByText("handler_3", { exact: true }).count(),
      0,
    );
    await keys("f");
    await stack.getByText("handler_3", { exact: true }).waitFor();
    assert.match(page.url(), /frames=all/);
    await keys("t");
    await stack.getByText("at alpha (").waitFor();
    await keys("t", "f");
    await stack.getByRole("button", { name: "14 library frames" }).click();
    await stack.getByText("handler_3", { exact: true }).waitFor();
    const crumbs = page.getByRole("region", { name: "Breadcrumbs" });
    await crumbs.getByText("SELECT sku FROM lines").waitFor();
    const request = page.getByRole("region", { name: "Request" });
    await request.getByText("https://shop.example/cart").waitFor();
    const context = page.getByRole("region", { name: "Context" });
    await context.getByText("3.12.4").waitFor();
    const tags = page.getByRole("region", { name: "Tags", exact: true });
    await tags.getByText("Firefox 128").waitFor();
    clean();
  });

  test("comma and dot go through the events, and all of them are listed", async () => {
    await openIssue("AlphaError");
    const older = page.getByRole("button", { name: "older event" });
    await older.and(page.locator(":enabled")).waitFor();
    await keys(",");
    await page.waitForFunction(() => location.search.includes("occurrence="));
    await page
      .getByRole("button", { name: "newer event" })
      .and(page.locator(":enabled"))
      .waitFor();
    await page.getByRole("tab", { name: "All events" }).click();
    const rows = page.getByRole("table", { name: "Events" }).getByRole("row");
    await rows.nth(2).waitFor();
    assert.equal(await rows.count(), 3);
    await page.getByRole("tab", { name: "Event", exact: true }).click();
    await keys("u");
    await page.waitForFunction(() => location.pathname === "/errors");
    clean();
  });

  test("a comment is kept, as text", async () => {
    await openIssue("BetaError");
    const said = `<b>mine</b> ${errors.run}`;
    await page.getByRole("textbox", { name: "Comment" }).fill(said);
    await keys("Control+Enter");
    const activity = page.getByRole("region", { name: "Activity" });
    await activity.getByText(said).waitFor();
    await page.reload();
    await activity.getByText(said).waitFor();
    clean();
  });

  test("the tree says why events are one issue", async () => {
    await openIssue("BetaError", "&tab=grouping");
    const tree = page.getByRole("tree", { name: "What counted" });
    await tree.getByRole("treeitem").first().waitFor();
    const counted = await tree.locator(".counts").allInnerTexts();
    assert.ok(counted.some((text) => /BetaError|beta/.test(text)));
    clean();
  });

  test("two issues are merged in the inbox and taken apart again", async () => {
    await openInbox();
    await rowOf("BetaError").getByRole("checkbox").click();
    await rowOf("OmegaError").getByRole("checkbox").click();
    await keys("m");
    const merge = page.getByRole("dialog", { name: "Merge 2 issues" });
    await merge
      .getByRole("radio", { name: new RegExp(`#${idOf("BetaError")}\\b`) })
      .check();
    await merge.getByRole("button", { name: /^Merge into/ }).click();
    await rowOf("OmegaError").waitFor({ state: "detached" });
    await openIssue("BetaError", "&tab=grouping");
    const groups = page.getByRole("region", { name: "Groups" });
    await groups.getByText("2 groups").waitFor();
    const buttons = groups.getByRole("button", { name: /^Un-merge/ });
    assert.equal(await buttons.count(), 2);
    const omega = groups.locator(".group", { hasText: "OmegaError" }).first();
    await omega.getByRole("button", { name: /^Un-merge/ }).click();
    const split = page.getByRole("dialog", { name: "Un-merge this group" });
    await split.getByRole("button", { name: "Un-merge", exact: true }).click();
    await page.waitForFunction(
      (id) => location.pathname !== `/errors/${id}`,
      idOf("BetaError"),
    );
    const issue = page.getByRole("region", { name: "Issue", exact: true });
    await issue.getByText("OmegaError").waitFor();
    clean();
  });

  test("text that means harm is text, in the inbox and in full", async () => {
    await openInbox();
    for (const at of HOSTILE.keys()) {
      await openIssue(`Hostile${at}`);
      const stack = page.getByRole("region", { name: "Stack" });
      await stack.waitFor();
      const words = /[ -~]+/.exec(HOSTILE[at])[0].slice(0, 12).trim();
      const shown = await page.locator("#main").innerText();
      assert.ok(shown.includes(words), `${words} is not on the page`);
      assert.doesNotMatch(shown, /[\u0000\u0007\u202A-\u202E\u2066-\u2069]/);
      await page.getByRole("tab", { name: "All events" }).click();
      await page.getByRole("table", { name: "Events" }).waitFor();
      await page.getByRole("tab", { name: "Grouping" }).click();
      await page.getByRole("region", { name: "Groups" }).waitFor();
    }
    assert.equal(await page.locator("#main :is(script, img)").count(), 0);
    assert.equal(await page.locator('a[href^="javascript:"]').count(), 0);
    assert.doesNotMatch(await page.title(), /harmed/);
    clean();
  });

  test("rules are tried before they are saved, and a release leads to its issues", async () => {
    await page.goto(`${url}/errors/rules?from=-1h`);
    await page.getByRole("textbox", { name: "Grouping rules" }).waitFor();
    await page.getByRole("button", { name: "Try on stored events" }).click();
    await page.getByRole("region", { name: "Preview" }).waitFor();
    await page.goto(`${url}/releases`);
    await page
      .getByRole("table", { name: "Releases" })
      .getByRole("link", { name: `shop@${errors.run}` })
      .click();
    await page.waitForFunction(() => location.pathname === "/errors");
    await rowOf("AlphaError").waitFor();
    clean();
  });

  test("g e, g r and g c go there, and the help tells the keys", async () => {
    for (const [key, expected] of [
      ["r", "/releases"],
      ["c", "/monitors"],
      ["e", "/errors"],
    ]) {
      await keys("g", key);
      await page.waitForFunction((at) => location.pathname === at, expected);
    }
    await keys("?");
    const help = page.getByRole("dialog", { name: "Keyboard" });
    await help.getByText("Merge what is selected…").waitFor();
    await keys("Escape");
    await help.waitFor({ state: "detached" });
    clean();
  });

  test("a project is made under settings, and a key of it revoked", async () => {
    const name = `project-${errors.run}`;
    await page.goto(`${url}/settings`);
    await page
      .getByRole("textbox", { name: "Name of the new project" })
      .fill(name);
    await page.getByRole("button", { name: "Make a project" }).click();
    const project = page.getByRole("region", { name: `Project ${name}` });
    await project.getByText(/^https?:\/\/[0-9a-f]{32}@/).waitFor();
    await project.getByRole("button", { name: "Add a key" }).click();
    await project.getByRole("button", { name: "Revoke" }).nth(1).waitFor();
    await project.getByRole("button", { name: "Revoke" }).first().click();
    await project.getByRole("button", { name: "Revoke for good" }).click();
    await project.getByRole("button", { name: "Show 1 revoked key" }).waitFor();
    clean();
  });
});
