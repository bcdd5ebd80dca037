// Steps, ranges on them, what queries and variables ask, and what their answers come to.
import { describe, expect, it } from "vitest";
import { readDashboard } from "./document";
import type { Bound } from "./interpolate";
import {
  askedBy,
  logParams,
  lookupPath,
  lookupTexts,
  queryRequest,
  stepFor,
  traceParams,
} from "./requests";
import { parseLookup } from "./variables";

const HOUR_MS = 3600e3;
const span = { fromMs: 1_700_000_003_000, toMs: 1_700_000_003_000 + HOUR_MS };
const scope = new Map<string, Bound>([
  ["job", { values: ["api"], texts: ["api"], multi: true, allValue: null }],
]);

it.each([
  [HOUR_MS, 360, 10],
  [HOUR_MS, 500, 10],
  [HOUR_MS, 5000, 5],
  [5 * 60e3, 500, 5],
  [24 * HOUR_MS, 500, 300],
  [7 * 24 * HOUR_MS, 500, 1800],
  [400 * 24 * HOUR_MS, 100, 604_800],
  [HOUR_MS, 0, 300],
])("a range of %i ms in %i points has steps of %i s", (length, points, expected) =>
  expect(stepFor({ fromMs: 0, toMs: length }, points)).toBe(expected),
);

describe("a panel", () => {
  const [panel] = readDashboard({
    panels: [
      {
        queries: [
          { ref: "A", promql: 'rate(up{job=~"$job"}[$__rate_interval])', legend: "$job {{a}}" },
          { ref: "B", promql: "up", hidden: true },
          { ref: "C", promql: "  " },
          { ref: "D", promql: "up", instant: true },
        ],
      },
    ],
  }).panels;
  const asked = panel ? askedBy(panel, scope, span, 15) : [];

  it("asks what is neither hidden nor empty, with its variables", () =>
    expect(asked).toEqual([
      { ref: "A", legend: "api {{a}}", instant: false, promql: 'rate(up{job=~"api"}[4m])' },
      { ref: "D", legend: "", instant: true, promql: "up" },
    ]));

  it("asks over the range or at its end", () => {
    const grid = { start: 1_700_000_040, end: 1_700_003_580, step: 60 };
    expect(asked.map((one) => queryRequest(one, grid))).toMatchObject([
      { path: "/prometheus/api/v1/query_range", form: { start: "1700000040", step: "60" } },
      { path: "/prometheus/api/v1/query", form: { time: "1700003580" } },
    ]);
  });

  it("of words asks nothing", () =>
    expect(panel && askedBy({ ...panel, type: "text" }, scope, span, 15)).toEqual([]));
});

describe("variables", () => {
  it.each([
    ["label_values(up, a/b)", null],
    ["label_values(up, job)", "/label/job/values?match%5B%5D=up&start=1700000003&end=1700003603"],
    ["label_names()", "/labels?start=1700000003&end=1700003603"],
    ["metrics(node)", "/label/__name__/values?start=1700000003&end=1700003603"],
    ["query_result(up)", "/query?query=up&time=1700003603"],
    ["up", "/series?match%5B%5D=up&start=1700000003&end=1700003603"],
  ])("%s", (query, expected) => {
    const lookup = parseLookup(query);
    const path = lookup && lookupPath(lookup, span);
    expect(path).toBe(expected && `/prometheus/api/v1${expected}`);
  });

  it.each<[string, unknown, string[]]>([
    ["label_values(job)", ["a", "b"], ["a", "b"]],
    ["metrics(^go_)", ["go_info", "up"], ["go_info"]],
    ["up", [{ __name__: "up", job: "a" }], ['up{job="a"}']],
    [
      "query_result(up)",
      { result: [{ metric: { __name__: "up", a: "b" }, value: [17.5, "1"] }] },
      ['up{a="b"} 1 17500'],
    ],
    ["query_result(1)", { result: [17, "1"] }, []],
  ])("%s answers", (query, data, texts) => {
    const lookup = parseLookup(query);
    expect(lookup && lookupTexts(lookup, data)).toEqual(texts);
  });
});

it("filters log records and traces", () => {
  const filter = {
    service: "$job",
    search: "x",
    severity: "warn",
    min_duration_ms: 20,
    errors_only: true,
  };
  expect(logParams(filter, scope)).toEqual({ service: "api", severity: "warn", q: "x" });
  expect(traceParams(filter, scope)).toEqual({
    service: "api",
    min_duration_ms: "20",
    status: "error",
  });
});
