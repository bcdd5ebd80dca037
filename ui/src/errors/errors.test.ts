// The logic of the errors views: stacks, changes, badges, searches, selection, links.
import { describe, expect, it } from "vitest";
import type { Frame, Issue, WhyNode } from "../api/errors";
import { before } from "../pages/errors/breadcrumbs";
import { offsetOf } from "../pages/errors/line_editor";
import { uniqueIssues } from "../pages/errors/inbox_data";
import { stillListed } from "../pages/errors/inbox_state";
import { barsOf, withTimes } from "../pages/errors/marks";
import { byUrgency } from "../pages/monitors/monitors_page";
import { barShare } from "../pages/releases/releases_page";
import { defaultRange } from "../time/range";
import { badgesOf, firstLine, initials, issueTitle, visible } from "./badges";
import { changeText, ignoreChange, ignoreChoices, inverse, inverses, leavesList } from "./change";
import {
  chainText,
  exceptionText,
  firstOpen,
  placeOf,
  sourceLines,
  stackRows,
  type StackRow,
} from "./frames";
import { completed } from "./occurrence";
import { neighbours, neighboursOf } from "./order";
import { samples } from "./samples";
import { appliedQuery, isApplied, savedQuery, toggleWord } from "./search";
import { activeAfter, moved, targets, toggled } from "./selection";
import { whyRows } from "./tree";
import { bounded, pairsOf, valueText } from "./values";

function frame(name: string, in_app: boolean, more: Partial<Frame> = {}): Frame {
  return {
    function: name,
    module: "",
    file: `${name}.py`,
    path: "",
    line: 10,
    column: 0,
    in_app,
    source: null,
    variables: [],
    ...more,
  };
}

/** Frames by one letter each: A is own code, l is of a library. */
const frames = (text: string): Frame[] =>
  [...text].map((letter, index) => frame(`f${index}`, letter === "A"));

const shapeOf = (rows: readonly StackRow[]): string =>
  rows.map((row) => (row.kind === "run" ? `[${row.frames.length}]` : "f")).join("");

describe("stacks", () => {
  it.each([
    ["", false, ""],
    ["AAA", false, "fff"],
    ["llAllllA", false, "[2]f[4]f"],
    ["lAlA", false, "ffff"],
    ["lll", false, "fff"],
    ["llAll", true, "fffff"],
    ["Alllll", false, "f[5]"],
  ])("folds the runs of %s", (text, all, expected) => {
    expect(shapeOf(stackRows(frames(text), all))).toBe(expected);
  });

  it("loses no frame, folded or not, and opens the runs asked for", () => {
    const stack = frames("llAllAlllA".repeat(25));
    for (const all of [true, false]) {
      const held = stackRows(stack, all).flatMap((row) =>
        row.kind === "run" ? row.frames : [row.frame],
      );
      expect(held).toEqual(stack);
    }
    expect(shapeOf(stackRows(frames("llAll"), false, new Set([3])))).toBe("[2]fff");
  });

  it("opens own code with something to show first", () => {
    const source = { before: [], line: "x", after: [] };
    const stack = [
      frame("a", false, { source }),
      frame("b", true),
      frame("c", true, { variables: [["x", "1"]] }),
    ];
    expect(firstOpen(stack)).toBe(2);
    expect(firstOpen(stack.slice(0, 2))).toBe(0);
    expect(firstOpen([frame("a", true)])).toBe(-1);
  });

  it("numbers the lines around a frame", () => {
    const source = { before: ["a", "b"], line: "c", after: ["d"] };
    expect(sourceLines(frame("f", true, { line: 12, source }))).toEqual([
      { number: 10, text: "a", at: false },
      { number: 11, text: "b", at: false },
      { number: 12, text: "c", at: true },
      { number: 13, text: "d", at: false },
    ]);
    const empty = { before: [], line: "", after: [] };
    expect(sourceLines(frame("f", true, { source: empty }))).toEqual([]);
  });

  it("names the place by what is known of it", () => {
    expect(placeOf(frame("f", true, { column: 4 }))).toBe("f.py:10:4");
    expect(placeOf(frame("f", true, { file: "", path: "/a/b.js", line: 0 }))).toBe("/a/b.js");
    expect(placeOf(frame("f", true, { file: "", line: 0 }))).toBe("unknown");
  });

  it("is written as text, with causes, as it was sent where it was", () => {
    const base = { module: "", handled: null, mechanism: "", frames_omitted: 0, text: "" };
    const raised = { ...base, type: "KeyError", message: "'x'", frames: [frame("total", true)] };
    const cause = { ...base, type: "OSError", message: "", frames: [], text: "  in x.so" };
    expect(exceptionText(raised)).toBe("KeyError: 'x'\n    at total (total.py:10)");
    expect(chainText([raised, cause])).toContain("\n\nCaused by: OSError\n  in x.so");
    expect(exceptionText({ ...raised, frames_omitted: 3 })).toContain("3 more were left out");
  });
});

function issue(id: number, more: Partial<Issue> = {}): Issue {
  return {
    id,
    type: "KeyError",
    message: "'x'",
    culprit: "",
    level: "error",
    platform: "python",
    service: "cart",
    unhandled: false,
    status: "unresolved",
    substatus: "ongoing",
    status_detail: null,
    assignee: null,
    comments: 0,
    first_seen: "2026-11-01T00:00:00Z",
    last_seen: "2026-11-02T00:00:00Z",
    first_release: null,
    last_release: null,
    events: 1,
    users: 1,
    events_total: 1,
    series: [],
    ...more,
  };
}

describe("an occurrence", () => {
  it("is complete whatever the server leaves out", () => {
    const empty = completed({});
    expect(empty.exceptions).toEqual([]);
    expect(empty.request).toBeNull();
    expect(empty.contexts).toEqual({});
    const sparse = completed({
      exceptions: [{ type: "KeyError", frames: [{ function: "total", source: { line: "x" } }] }],
      request: { url: "/cart" },
      breadcrumbs: [{ message: "hi" }],
      threads: [{ frames: [{}] }],
      tags: null,
    });
    expect(sparse.exceptions[0]?.frames[0]).toMatchObject({
      function: "total",
      in_app: false,
      source: { before: [], line: "x", after: [] },
      variables: [],
    });
    expect(sparse.request).toMatchObject({ url: "/cart", headers: [], body: null });
    expect(sparse.breadcrumbs[0]).toMatchObject({ message: "hi", time: null });
    expect(sparse.threads[0]?.frames).toHaveLength(1);
    expect(sparse.tags).toEqual([]);
    const odd = completed({
      breadcrumbs: [{ message: 7, category: { a: 1 }, time: 3 }, "x"],
      request: { url: ["/"], headers: "none" },
      threads: [{ name: 4, frames: "none" }],
    } as never);
    expect(odd.breadcrumbs[0]).toMatchObject({ message: "7", category: '{"a":1}', time: null });
    expect(odd.request).toMatchObject({ url: '["/"]', headers: [] });
    expect(odd.threads[0]).toMatchObject({ name: "4", frames: [] });
  });

  it("keeps what is there", () => {
    const sent = completed({ message: "x", tags: [["a", "b"]], extra: { n: 0 } });
    expect(completed(sent)).toEqual(sent);
    expect(sent).toMatchObject({ message: "x", tags: [["a", "b"]], extra: { n: 0 } });
  });
});

describe("changes", () => {
  it("are told in words", () => {
    expect(changeText({ status: "resolved" })).toBe("Resolved");
    expect(changeText({ status: "resolved", in_next_release: true })).toMatch(/next release/);
    expect(changeText({ status: "ignored", until: { events: 10 } })).toMatch(/for now/);
    expect(changeText({ status: "unresolved" })).toBe("Reopened");
    expect(changeText({ assignee: "ops" })).toBe("Assigned to ops");
    expect(changeText({ assignee: null })).toBe("Unassigned");
  });

  it("take an issue out of the list of another status alone", () => {
    expect(leavesList("unresolved", { status: "resolved" })).toBe(true);
    expect(leavesList("all", { status: "resolved" })).toBe(false);
    expect(leavesList("resolved", { status: "resolved" })).toBe(false);
    expect(leavesList("unresolved", { assignee: "ops" })).toBe(false);
  });

  it("are taken back exactly, or not at all", () => {
    expect(inverse(issue(1), { status: "resolved" })).toEqual({ status: "unresolved" });
    expect(inverse(issue(1, { assignee: "web" }), { assignee: null })).toEqual({ assignee: "web" });
    const next = issue(1, { status: "resolved", substatus: "in_next_release" });
    expect(inverse(next, { status: "unresolved" })).toEqual({
      status: "resolved",
      in_next_release: true,
    });
    const until = issue(1, { status: "ignored", substatus: "until_condition" });
    expect(inverse(until, { status: "unresolved" })).toBeNull();
    expect(inverses([issue(2), until], { status: "resolved" })).toBeNull();
  });

  it("go back together where they go back alike", () => {
    const mixed = [issue(1), issue(2, { assignee: "web" }), issue(3)];
    expect(inverses(mixed, { assignee: "ops" })).toEqual([
      { ids: [1, 3], change: { assignee: null } },
      { ids: [2], change: { assignee: "web" } },
    ]);
  });

  it("ignore forever, for a time, or until a count", () => {
    const choices = ignoreChoices(Date.parse("2026-11-24T12:00:00Z"));
    const [forever, hour] = choices;
    expect(forever && ignoreChange(forever)).toEqual({ status: "ignored" });
    expect(hour && ignoreChange(hour)).toEqual({
      status: "ignored",
      until: { time: "2026-11-24T13:00:00.000Z" },
    });
    expect(new Set(choices.map(({ label }) => label)).size).toBe(choices.length);
  });
});

describe("words beside an issue", () => {
  const words = (more: Partial<Issue>, shown: "all" | "resolved" = "all"): string =>
    badgesOf(issue(1, more), shown)
      .map(({ text }) => text)
      .join(" ");

  it.each<[string, Partial<Issue>, string]>([
    ["nothing for a usual one", {}, ""],
    ["how it moves", { substatus: "new", unhandled: true }, "new unhandled"],
    ["how bad it is", { substatus: "spiking", level: "fatal" }, "spiking fatal"],
    ["what was decided", { status: "resolved", substatus: null }, "resolved"],
    ["until when", { status: "resolved", substatus: "in_next_release" }, "in next release"],
  ])("say %s", (_, more, expected) => expect(words(more)).toBe(expected));

  it("do not repeat the list's own status", () => {
    expect(words({ status: "resolved", substatus: null }, "resolved")).toBe("");
  });

  it("shorten names and messages without hiding what is in them", () => {
    expect(["ops", "on.call@example.org", "über öl", "", "@"].map(initials)).toEqual([
      "O",
      "OC",
      "ÜÖ",
      "?",
      "?",
    ]);
    expect(firstLine("\n \n  two\nthree")).toBe("two");
    expect(firstLine("x".repeat(100_000)).length).toBe(301);
    expect(visible("a\u202Eb\u0000c\td\n")).toBe("a\\u202eb\\u0000c\td\n");
    expect(issueTitle({ type: "", message: "" })).toBe("(no message)");
  });
});

describe("searches", () => {
  const params = (text: string): URLSearchParams => new URLSearchParams(text);

  it("save conditions and order, never a range", () => {
    const saved = savedQuery(params("q=is:new&from=-1h&to=now&live=1&service=cart&sort=events"));
    expect(Object.fromEntries(params(saved))).toEqual({
      status: "unresolved",
      service: "cart",
      q: "is:new",
      sort: "events",
    });
  });

  it("apply by setting what they name and letting go of the rest", () => {
    const patch = appliedQuery("status=unresolved&q=is%3Anew&sort=events&from=-1h&tab=x");
    expect(patch).toMatchObject({ status: null, q: "is:new", sort: "events", service: null });
    expect(patch).not.toHaveProperty("from");
    expect(patch).not.toHaveProperty("tab");
  });

  it("know whether they are on show", () => {
    expect(isApplied("status=unresolved&q=is%3Anew", params("q=is:new&from=-1h"))).toBe(true);
    expect(isApplied("sort=last_seen", params(""))).toBe(true);
    expect(isApplied("q=is%3Anew", params("q=is:new&service=cart"))).toBe(false);
  });

  it("turn words on and off, and keep the others", () => {
    expect(toggleWord("pool timeout", "is:new")).toBe("pool timeout is:new");
    expect(toggleWord("pool IS:new timeout", "is:new")).toBe("pool timeout");
  });
});

describe("selection by keyboard", () => {
  const ids = [1, 2, 3, 4, 5];

  it("moves within the list", () => {
    expect(moved(ids, null, 1)).toBe(1);
    expect(moved(ids, null, -1)).toBe(5);
    expect(moved(ids, 5, 1)).toBe(5);
    expect(moved(ids, 9, 1)).toBe(1);
    expect(moved([], 1, 1)).toBeNull();
  });

  it("goes to the next row that stays", () => {
    expect(activeAfter(ids, 2, new Set([2, 3]))).toBe(4);
    expect(activeAfter(ids, 5, new Set([5, 4]))).toBe(3);
    expect(activeAfter(ids, 1, new Set([3]))).toBe(1);
    expect(activeAfter(ids, 1, new Set(ids))).toBeNull();
  });

  it("turns rows over, one or as far as the last one", () => {
    expect([...toggled(ids, new Set(), 2)]).toEqual([2]);
    expect([...toggled(ids, new Set([2]), 4, 2)]).toEqual([2, 3, 4]);
    expect([...toggled(ids, new Set([2, 3, 4]), 4, 3)]).toEqual([2]);
    expect([...toggled(ids, new Set(), 2, 99)]).toEqual([2]);
  });

  it("acts on the selection, else on the active row", () => {
    expect(targets(ids, new Set([4, 2, 99]), 1)).toEqual([2, 4]);
    expect(targets(ids, new Set(), 3)).toEqual([3]);
    expect(targets(ids, new Set(), 99)).toEqual([]);
  });
});

describe("values", () => {
  it("sets values of any shape as text", () => {
    expect(valueText(null)).toBe("null");
    expect(valueText({ a: [1] })).toBe('{"a":[1]}');
    expect(valueText({ a: "x".repeat(80) })).toContain("\n");
    expect(bounded("abcdef", 4)).toEqual({ text: "abcd", more: 2 });
    expect(pairsOf([1])).toBeNull();
    expect(pairsOf({})).toBeNull();
  });

  it("names the data source in every sample", () => {
    for (const sample of samples("http://k@h/1")) expect(sample.code).toContain("http://k@h/1");
  });

  it("tells how long before the event a breadcrumb was", () => {
    const at = "2026-11-24T12:00:10Z";
    expect(before("2026-11-24T12:00:08Z", at)).toBe("−2\u00a0s");
    expect(before(at, at)).toBe("0 s");
    expect(before(null, at)).toBe("");
    expect(before("never", at)).toBe("");
  });
});

describe("rows", () => {
  it("lists a tree of any depth, children after their parent", () => {
    const node = (label: string, children: WhyNode[] = []): WhyNode => ({
      label,
      value: "",
      contributes: true,
      hint: null,
      children,
    });
    const rows = whyRows(node("a", [node("b", [node("c")]), node("d")]));
    expect(rows.map((row) => `${row.depth}${row.node.label}`)).toEqual(["0a", "1b", "2c", "1d"]);
    let deep = node("leaf");
    for (let depth = 0; depth < 50_000; depth += 1) deep = node("x", [deep]);
    expect(whyRows(deep)).toHaveLength(2_000);
  });

  it("shows an issue of two pages once, as the first says", () => {
    const rows = uniqueIssues([issue(1, { events: 2 })], [issue(1), issue(3)]);
    expect(rows.map(({ id, events }) => [id, events])).toEqual([
      [1, 2],
      [3, 1],
    ]);
  });

  it("hides what left until an answer is without it", () => {
    const gone = new Set([1, 2]);
    expect(stillListed(gone, [issue(1), issue(2), issue(3)])).toBe(gone);
    expect([...stillListed(gone, [issue(2), issue(3)])]).toEqual([2]);
    expect([...stillListed(gone, [])]).toEqual([]);
  });

  it("adds steps up where there are more than bars, and loses no event", () => {
    expect(barsOf([1, 2, 3], 3)).toEqual([1, 2, 3]);
    expect(barsOf([1, 2, 3, 4, 5], 2)).toEqual([6, 9]);
    expect(barsOf([])).toEqual([]);
  });

  it("sets the times of a sentence as people read them", () => {
    const now = Date.parse("2026-11-24T12:00:00Z");
    expect(withTimes("ignored until 2026-11-24T13:00:00.000000000Z", now)).toBe(
      "ignored until 14:00:00",
    );
    expect(withTimes("ignored for good", now)).toBe("ignored for good");
  });

  it("leads from one issue to the next of the inbox", () => {
    expect(neighboursOf(2, [1, 2, 3])).toEqual({ previous: 1, next: 3 });
    expect(neighboursOf(3, [1, 2, 3])).toEqual({ previous: 2, next: null });
    expect(neighboursOf(9, [1, 2, 3])).toEqual({ previous: null, next: null });
    expect(neighbours({ id: 9, next_id: 4 })).toEqual({ previous: null, next: 4 });
  });

  it("finds a line and column in a text, within it", () => {
    expect(offsetOf("ab\ncd\n", 2, 2)).toBe(4);
    expect(offsetOf("ab\ncd", 1, 99)).toBe(2);
    expect(offsetOf("ab\ncd", 9, 1)).toBe(5);
  });

  it("puts monitors in trouble first", () => {
    const monitor = (slug: string, status: "ok" | "missed" | "late") =>
      ({ slug, status, environment: "" }) as never;
    const sorted = byUrgency([monitor("a", "ok"), monitor("b", "late"), monitor("c", "missed")]);
    expect(sorted.map(({ slug }) => slug)).toEqual(["c", "b", "a"]);
  });

  it("draws the last tenth of the crash-free share", () => {
    expect([1, 0.95, 0.5].map(barShare)).toEqual([expect.closeTo(1), expect.closeTo(0.5), 0.02]);
  });

  it("lists issues over days, all else over an hour", () => {
    expect(defaultRange("/errors").from).toBe("-7d");
    expect(defaultRange("/errors/12").from).toBe("-7d");
    expect(defaultRange("/errorsome").from).toBe("-1h");
  });
});
