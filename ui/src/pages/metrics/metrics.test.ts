// First queries, the list of metrics, the state in the address, what is drawn, rows of the table.
import { describe, expect, it } from "vitest";
import type { Reply } from "../../prometheus/use_answers";
import { patchParams } from "../../url/location";
import { drawnAnswers, sizeOf } from "./drawn_answers";
import { freeRef, readState, statePatch, type ExplorerState } from "./explorer_state";
import { firstQuery, listedMetrics, rateWindow } from "./first_query";
import { search } from "./metric_browser";
import { tableRows, tsvOf } from "./table_rows";

describe("a first query", () => {
  it.each([
    ["hits_total", "counter", "rate(hits_total[1m])"],
    ["hits_total", "", "rate(hits_total[1m])"],
    ["load", "gauge", "load"],
    ["load", "", "load"],
    ["q", "summary", "q"],
    ["x_bucket", "histogram", "histogram_quantile(0.99, sum by (le) (rate(x_bucket[1m])))"],
    ["x", "histogram", "histogram_quantile(0.99, sum(rate(x[1m])))"],
    ["http.hits", "counter", 'rate({"http.hits"}[1m])'],
  ])("of %s, a %s", (name, type, query) => expect(firstQuery(name, type, 60)).toBe(query));

  it.each([
    [5, 20],
    [15, 60],
    [15.2, 60],
    [60, 240],
    [3000, 3600],
    [null, 300],
    [0, 300],
  ])("of samples %s s apart looks back %i s", (seconds, window) =>
    expect(rateWindow(seconds)).toBe(window),
  );
});

describe("the list of metrics", () => {
  const about = (name: string) => ({ type: "counter", help: `about ${name}` });

  it("shows the parts of a histogram as one", () => {
    const names = ["a_bucket", "a_count", "a_sum", "b_count", "c"];
    expect(listedMetrics(names, about).map((one) => [one.name, one.query, one.type])).toEqual([
      ["a", "a_bucket", "histogram"],
      ["b_count", "b_count", "counter"],
      ["c", "c", "counter"],
    ]);
  });

  it("is searched by name, then by help", () => {
    const all = listedMetrics(["cpu", "disk", "net_cpu"], (name) => ({
      type: "",
      help: name === "disk" ? "CPU time of the disk" : "",
    }));
    expect(search(all, "cpu").map((one) => one.name)).toEqual(["cpu", "net_cpu", "disk"]);
    expect(search(all, " ")).toBe(all);
    expect(search(all, "gone")).toEqual([]);
  });
});

describe("the state", () => {
  const state: ExplorerState = {
    queries: [
      { ref: "A", promql: "up == 1", legend: "{{job}}", hidden: false },
      { ref: "C", promql: "rate(x[5m])", legend: "", hidden: true },
    ],
    view: "both",
    drawing: "stacked",
    step: "30s",
    unit: "",
    exemplars: false,
  };
  const written = (of: ExplorerState, before = "from=-5m&d=gone&browse=x"): URLSearchParams =>
    patchParams(new URLSearchParams(before), statePatch(of));

  it("is read back as it was written", () => {
    expect(readState(written(state))).toEqual(state);
    expect(written(state).get("from")).toBe("-5m");
    expect(written(state).has("browse")).toBe(false);
  });

  it("leaves defaults and empty queries out", () => {
    const plain = readState(new URLSearchParams("a=up"));
    expect(plain).toMatchObject({ view: "graph", drawing: "", unit: null, exemplars: true });
    expect(written(plain, "").toString()).toBe("a=up");
    const empty = { ...plain, queries: [{ ref: "A", promql: " ", legend: "x", hidden: true }] };
    expect(written(empty, "a=up").toString()).toBe("");
  });

  it("takes nothing for what it is not", () => {
    const odd = readState(new URLSearchParams("view=pie&draw=3d&z=up"));
    expect(odd).toMatchObject({ queries: [], view: "graph", drawing: "" });
  });

  it("gives a new query the first free letter", () => {
    expect(freeRef(state.queries)).toBe("B");
    expect(freeRef("ABCDEFGHIJ".split("").map((ref) => ({ ref })))).toBeNull();
  });
});

const reply = (ref: string, promql: string, data: unknown): Reply => ({
  ref,
  promql,
  data: data as Reply["data"],
  problem: null,
  warnings: [],
  infos: [],
  exemplars: [],
  tookMs: 1,
});
const answered = (...replies: Reply[]) => ({
  replies,
  grid: { start: 0, end: 20, step: 10 },
  from: 0,
  to: 20,
});
const plain = readState(new URLSearchParams());
const matrix = (...result: unknown[]) => ({ resultType: "matrix", result });

describe("what is drawn", () => {
  const floats = (metric: object) => ({ metric, values: [[10, "1"]] });
  const buckets = matrix(floats({ le: "1" }), floats({ le: "+Inf" }));
  const native = matrix({
    metric: {},
    histograms: [[10, { count: "1", sum: "1", buckets: [[0, "1", "2", "1"]] }]],
  });

  it("are lines in the unit that all queries share", () => {
    const drawn = drawnAnswers(
      plain,
      answered(
        reply("A", "a_bytes", matrix(floats({ job: "x" }), floats({ job: "y" }))),
        reply("B", "b_bytes", matrix(floats({}))),
      ),
    );
    expect(drawn.series.map((one) => one.name)).toEqual(["A x", "A y", "b_bytes"]);
    expect(drawn.unit).toBe("bytes");
    const mixed = answered(
      reply("A", "a_bytes", matrix(floats({}))),
      reply("B", "up", matrix(floats({}))),
    );
    expect(drawnAnswers(plain, mixed).unit).toBe("");
    expect(drawnAnswers({ ...plain, unit: "s" }, mixed).unit).toBe("s");
  });

  it("are heat maps of buckets, classic ones unless lines are asked for", () => {
    const both = answered(reply("A", "x_seconds_bucket", buckets), reply("B", "y_seconds", native));
    const maps = drawnAnswers(plain, both).heatMaps;
    expect(maps.map((one) => [one.ref, one.unit, one.merged])).toEqual([
      ["A", "s", 0],
      ["B", "s", 1],
    ]);
    const lines = drawnAnswers({ ...plain, drawing: "lines" }, both);
    expect([lines.series.length, lines.heatMaps.length]).toEqual([2, 1]);
    expect(sizeOf(both)).toEqual({ series: 3, samples: 3 });
  });

  it("have exemplars where lines are of observations", () => {
    const exemplars = [{ seriesLabels: {}, exemplars: [] }];
    const of = (promql: string) =>
      drawnAnswers(plain, answered({ ...reply("A", promql, matrix(floats({}))), exemplars }));
    expect(of("histogram_quantile(0.9, rate(x[5m]))").exemplars.length).toBe(1);
    expect(of("rate(x_bucket[5m])").exemplars.length).toBe(0);
  });
});

describe("rows of the table", () => {
  it("are of vectors, scalars, strings and histograms", () => {
    const replies = [
      reply("A", "up", {
        resultType: "vector",
        result: [
          { metric: { __name__: "up", b: "1", a: "x" }, value: [1, "NaN"] },
          { metric: { __name__: "up", b: "2", a: "x" }, histogram: [1, { count: "4", sum: "2" }] },
        ],
      }),
      reply("B", "1", { resultType: "scalar", result: [1, "+Inf"] }),
      reply("C", '"x"', { resultType: "string", result: [1, "x"] }),
    ];
    const { rows, labels } = tableRows(replies);
    expect(rows.map((row) => row.value)).toEqual([NaN, 4, Infinity, NaN]);
    expect(rows.map((row) => row.isText)).toEqual([false, false, false, true]);
    expect(labels).toEqual(["__name__", "a", "b"]);
    expect(tsvOf(rows, labels).split("\n")[2]).toBe("up\tx\t2\tcount 4 sum 2");
  });

  it("have the labels that tell them apart first", () => {
    const vector = (metric: object) => ({ metric, value: [1, "1"] });
    const data = {
      resultType: "vector",
      result: [vector({ a: "x", z: "1" }), vector({ a: "x", z: "2" })],
    };
    expect(tableRows([reply("A", "x", data)]).labels).toEqual(["z", "a"]);
  });
});
