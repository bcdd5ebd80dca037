// What the dashboards' views decide by themselves: finding, grouping, fitting, reading fields.
import { describe, expect, it } from "vitest";
import { readNumber } from "../../controls/form";
import { readDashboard } from "../../dashboards/document";
import { place } from "../../url/location";
import { faultsOf, type Summary } from "./api";
import { groupNotes, readJson } from "./import_dialog";
import { linkScope, panelInExplorer } from "./links";
import { found } from "./list_page";
import { columnsFor } from "./panels/stat";
import { planLegend } from "./panels/time_series";
import { matchingOptions } from "./variable_bar";
import { readOptions, writeOptions } from "./variables_form";

const summary = (title: string, more: Partial<Summary> = {}): Summary => ({
  id: title,
  title,
  description: "",
  tags: [],
  version: 1,
  updated_at: "",
  updated_by: "",
  built_in: false,
  ...more,
});

describe("the list", () => {
  const all = [
    summary("Zebra", { tags: ["team"] }),
    summary("Alpha", { description: "orders and payments" }),
    summary("Hosts", { built_in: true, tags: ["team", "infra"] }),
  ];
  it.each<[string, string[], string[]]>([
    ["", [], ["Hosts", "Alpha", "Zebra"]],
    ["ORDERS pay", [], ["Alpha"]],
    ["infra", [], ["Hosts"]],
    ["", ["team"], ["Hosts", "Zebra"]],
    ["", ["team", "infra"], ["Hosts"]],
    ["nothing", [], []],
  ])("finds %j with tags %j", (search, tags, titles) =>
    expect(found(all, search, tags).map((one) => one.title)).toEqual(titles),
  );
});

describe("an import", () => {
  it("groups what was lost by why, the most frequent first", () => {
    const notes = [
      { place: "a", what: "x", why: "rare" },
      { place: "b", what: "y", why: "often" },
      { place: "c", what: "z", why: "often" },
    ];
    expect(groupNotes(notes).map(({ why, notes: own }) => [why, own.length])).toEqual([
      ["often", 2],
      ["rare", 1],
    ]);
  });

  it("says why a text is no JSON", () => {
    expect(readJson('{"a": 1}')).toEqual({ document: { a: 1 } });
    expect(readJson("{")).toMatchObject({ error: expect.stringContaining("no JSON") });
    expect(readJson(" ".repeat(5 << 20))).toMatchObject({
      error: expect.stringContaining("4 MiB"),
    });
  });
});

it("reads every fault of a refused document, and none of other problems", () => {
  const fault = { place: "/panels/0", found: "x", expected: "y", hint: "z" };
  const problem = { status: 400, title: "", code: "", detail: "", problems: [fault] };
  expect(faultsOf(problem)).toEqual([fault]);
  expect(faultsOf({ ...problem, problems: 7 } as never)).toEqual([]);
  expect(faultsOf(null)).toEqual([]);
});

describe("figures", () => {
  it.each([
    [1, 300, 100, 1],
    [4, 800, 100, 4],
    [4, 200, 400, 1],
    [4, 400, 200, 2],
    [9, 600, 300, 3],
  ])("%i in %i × %i stand in %i columns", (count, width, height, columns) =>
    expect(columnsFor(count, { width, height })).toBe(columns),
  );
});

describe("a legend", () => {
  const size = { width: 400, height: 280 };
  const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `series ${n}`);
  it.each<["list" | "table" | "hidden", number, number, string]>([
    ["hidden", 3, 280, "hidden"],
    ["list", 3, 280, "flow"],
    ["list", 40, 280, "list"],
    ["table", 3, 280, "table"],
    ["table", 40, 280, "table"],
    ["table", 3, 90, "hidden"],
    ["list", 3, 60, "hidden"],
    ["list", 0, 280, "hidden"],
  ])("%s of %i series in %i px is %s", (mode, count, height, legend) => {
    const plan = planLegend(mode, names(count), { ...size, height });
    expect(plan.legend).toBe(legend);
    expect(plan.px).toBeLessThanOrEqual(height - 56);
  });
});

describe("fields", () => {
  it.each([
    ["", null],
    [" 1.5 ", 1.5],
    ["1,5", 1.5],
    ["-3e2", -300],
    ["x", undefined],
    ["Infinity", undefined],
  ])("the number %j", (text, number) => expect(readNumber(text)).toBe(number));

  it("options as lines and back", () => {
    const options = [
      { value: "prod", text: "Production" },
      { value: "a:b", text: "a:b" },
    ];
    expect(writeOptions(options)).toBe("Production : prod\na:b");
    expect(readOptions(`${writeOptions(options)}\n\n`)).toEqual(options);
  });

  it("options by what is typed", () => {
    const options = ["web", "api-web", "db"].map((text) => ({ value: text, text }));
    expect(matchingOptions(options, "web").map((one) => one.text)).toEqual(["web", "api-web"]);
    expect(matchingOptions(options, "")).toHaveLength(3);
  });
});

describe("links", () => {
  const scope = new Map([
    ["job", { values: ["a", "b"], texts: ["a", "b"], multi: true, allValue: null }],
  ]);
  const view = { scope, span: { fromMs: 0, toMs: 3600e3 }, ready: true };

  it("lead to the explorer with the variables filled in and the intervals not", () => {
    const [panel] = readDashboard({
      panels: [
        {
          unit: "s",
          stack: "normal",
          queries: [
            { ref: "A", promql: 'rate(x{job=~"$job"}[$__rate_interval])', legend: "{{job}}" },
            { ref: "B", promql: "y", hidden: true },
          ],
        },
      ],
    }).panels;
    const href = panel && panelInExplorer(panel, view);
    const url = new URL(href ?? "", "http://x");
    expect(url.pathname).toBe("/explore");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      a: 'rate(x{job=~"(a|b)"}[$__rate_interval])',
      "a.legend": "{{job}}",
      unit: "s",
      draw: "stacked",
    });
    expect(panel && panelInExplorer({ ...panel, type: "text" }, view)).toBeNull();
  });

  it("carry the range and the variables of the view", () => {
    const before = place.value;
    place.value = { path: "/", params: new URLSearchParams("from=-6h&var-job=a&var-job=b&x=1") };
    const full = linkScope(view);
    expect(full.get("__url_time_range")?.values).toEqual(["from=-6h"]);
    expect(full.get("__all_variables")?.values).toEqual(["var-job=a&var-job=b"]);
    place.value = before;
  });
});
