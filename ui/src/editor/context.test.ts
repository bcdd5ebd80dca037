// What is completed where: `|` is the cursor.
import { describe, expect, it } from "vitest";
import { contextAt, metricsIn } from "./context";
import { unitOffset, unitRange } from "./offsets";
import { bestMatches } from "./ranking";
import { escaped } from "./completion";
import { AGGREGATION_HELP, FUNCTIONS, KEYWORD_HELP } from "./functions";
import { AGGREGATIONS } from "./tokens";

function check(marked: string, expected: Record<string, unknown>): void {
  const cursor = marked.indexOf("|");
  const text = marked.replace("|", "");
  const { from, to, ...rest } = contextAt(text, cursor);
  expect({ ...rest, typed: text.slice(from, cursor), rest: text.slice(cursor, to) }).toEqual({
    typed: "",
    rest: "",
    ...expected,
  });
}

describe("completion", () => {
  it.each([
    ["|", {}],
    ["ra|", { typed: "ra" }],
    ["sum(ra|)", { typed: "ra" }],
    ["a + |", {}],
    ["sum by (x) (up|)", { typed: "up" }],
    ["http_re|quests", { typed: "http_re" }],
    ["up and on (job) do|", { typed: "do" }],
  ])("offers names in %s", (text, more) => check(text, { kind: "expression", ...more }));

  it.each([
    ["up{|", { metric: "up" }],
    ["up{jo|}", { metric: "up", typed: "jo" }],
    ['up{job="a", in|}', { metric: "up", typed: "in" }],
    ["{|}", { metric: null }],
    ['{"http.requests", me|}', { metric: "http.requests", typed: "me" }],
  ])("offers labels in %s", (text, more) =>
    check(text, { kind: "label", grouping: false, ...more }),
  );

  it.each([
    ["sum by (|) (rate(up[5m]))", { metric: "up" }],
    ["sum by (a, jo|) (up)", { metric: "up", typed: "jo" }],
    ["sum(up) without (i|", { metric: "up", typed: "i" }],
    ["a / on (x|) b", { metric: "b", typed: "x" }],
  ])("offers labels to group by in %s", (text, more) =>
    check(text, { kind: "label", grouping: true, ...more }),
  );

  it.each([
    ['up{job="|"}', {}],
    ['up{job="pro|m"}', { typed: "pro", rest: "m" }],
    ['up{job="pro|', { typed: "pro" }],
    ['up{a="b",job=~"x|"}', { typed: "x" }],
    ["up{job='|'}", { quote: "'" }],
    ['up{"job"="a|"}', { typed: "a" }],
  ])("offers values in %s", (text, more) =>
    check(text, { kind: "value", metric: "up", label: "job", quote: '"', ...more }),
  );

  it.each([
    ["up[|", {}],
    ["rate(up[5|])", { typed: "5" }],
    ["rate(up[5m|])", { typed: "5m" }],
  ])("offers durations in %s", (text, more) => check(text, { kind: "duration", ...more }));

  it.each(["up # com|", "up{job=|}", 'count_values("|", up)', "12|", "a 5m|"])(
    "offers nothing in %s",
    (text) => check(text, { kind: "none" }),
  );

  it("escapes values for their quotes", () => {
    expect(escaped('a"b\\c\nd', '"')).toBe('a\\"b\\\\c\\nd');
    expect(escaped("a'b", "'")).toBe("a\\'b");
    expect(escaped('a"\\', "`")).toBe('a"\\');
  });

  it("describes every aggregation, and nothing twice", () => {
    expect(AGGREGATION_HELP.map((one) => one.name).sort()).toEqual([...AGGREGATIONS].sort());
    const names = [...AGGREGATION_HELP, ...FUNCTIONS, ...KEYWORD_HELP].map((one) => one.name);
    expect(new Set(names).size).toBe(names.length);
    for (const one of [...FUNCTIONS, ...AGGREGATION_HELP]) expect(one.help, one.name).not.toBe("");
  });
});

describe("ranking", () => {
  const names = ["node_cpu", "cpu_total", "x_cpu", "xcpu", "cpu", "CPU_big"];

  it("puts equals first, then beginnings, parts, and the rest", () => {
    expect(bestMatches(names, "cpu", 10)).toEqual([
      "cpu",
      "cpu_total",
      "CPU_big",
      "node_cpu",
      "x_cpu",
      "xcpu",
    ]);
    expect(bestMatches(names, "cpu", 2)).toEqual(["cpu", "cpu_total"]);
  });

  it("wants every part", () => {
    expect(bestMatches(names, "cpu no", 10)).toEqual(["node_cpu"]);
    expect(bestMatches(names, "c*total", 10)).toEqual(["cpu_total"]);
    expect(bestMatches(names, "", 2)).toEqual(["node_cpu", "cpu_total"]);
  });
});

it("finds the metrics of a query", () => {
  expect(metricsIn('sum(rate(a_total{x="b"}[5m])) by (c) / a_total > d')).toEqual(["a_total", "d"]);
});

it("turns bytes into the editor's units", () => {
  const text = 'ö{a="💧"}x';
  expect(unitOffset(text, 0)).toBe(0);
  expect(unitOffset(text, 2)).toBe(1);
  expect(unitOffset(text, 10)).toBe(7);
  expect(unitOffset(text, 999)).toBe(text.length);
  expect(unitRange("sum(", { start: 4, end: 5 })).toEqual({ from: 3, to: 4 });
  expect(unitRange("up up", { start: 3, end: 5 })).toEqual({ from: 3, to: 5 });
  expect(unitRange("", { start: 3, end: 5 })).toEqual({ from: 0, to: 0 });
});
