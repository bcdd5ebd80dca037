// Answers become columns on a grid; series get names that tell them apart.
import { describe, expect, it } from "vitest";
import { frameOf, gridTimes, keyOf, sharesOf } from "./frame";
import { fillTemplate, namer, seriesText } from "./legend";

const grid = { start: 100, end: 130, step: 10 };
const name = (): string => "x";

describe("a frame", () => {
  it("has every step of the grid", () => {
    expect(gridTimes(grid)).toEqual([100, 110, 120, 130]);
    expect(gridTimes({ start: 0, end: 0.3, step: 0.1 })).toEqual([0, 0.1, 0.2, 0.3]);
    expect(gridTimes({ start: 0, end: 1e9, step: 1 }).length).toBe(11_000);
    expect(gridTimes({ start: 10, end: 0, step: 1 })).toEqual([]);
  });

  it("has gaps where there is no sample or none that can be drawn", () => {
    const matrix = [
      {
        metric: { a: "1" },
        values: [
          [100, "1"],
          [120, "NaN"],
          [130, "+Inf"],
        ],
      },
    ];
    const frame = frameOf(matrix as never, grid, name);
    expect(frame.series[0]?.values).toEqual([1, null, null, null]);
  });

  it("leaves series of histograms out, and samples beside the grid", () => {
    const matrix = [
      { metric: {}, histograms: [] },
      {
        metric: {},
        values: [
          [90, "5"],
          [119.999, "7"],
        ],
      },
    ];
    const frame = frameOf(matrix as never, grid, name);
    expect(frame.series.map((one) => one.values)).toEqual([[null, null, 7, null]]);
  });

  it("knows a series again whatever the order of its labels", () => {
    expect(keyOf({ a: "1", b: "2" })).toBe(keyOf({ b: "2", a: "1" }));
    expect(keyOf({ a: "1" })).not.toBe(keyOf({ a: "2" }));
  });

  it("shares add up to one, and nothing of nothing is a gap", () => {
    const one = (key: string, values: (number | null)[]) => ({
      key,
      name: key,
      labels: {},
      values,
    });
    expect(sharesOf([one("a", [1, 0, null]), one("b", [3, 0, 2])]).map((s) => s.values)).toEqual([
      [0.25, null, null],
      [0.75, null, 1],
    ]);
  });
});

describe("names", () => {
  it("are written as PromQL writes them", () => {
    expect(seriesText({ __name__: "up", job: "a", b: 'say "hi"' })).toBe(
      'up{b="say \\"hi\\"", job="a"}',
    );
    expect(seriesText({ __name__: "up" })).toBe("up");
    expect(seriesText({})).toBe("{}");
  });

  it("follow a template, and the labels where it gives nothing", () => {
    expect(fillTemplate("{{ job }}: {{code}}{{gone}}", { job: "a", code: "500" })).toBe("a: 500");
    expect(namer([{ job: "a" }], "{{gone}}", "q")({ job: "a" })).toBe('{job="a"}');
  });

  it("are the labels in which the series differ", () => {
    const all = [
      { __name__: "up", job: "a", zone: "x" },
      { __name__: "up", job: "b", zone: "x" },
    ];
    expect(all.map(namer(all, "", "up"))).toEqual(["a", "b"]);
    const pairs = [
      { job: "a", zone: "x" },
      { job: "b", zone: "y" },
    ];
    expect(pairs.map(namer(pairs, "", "q"))[0]).toBe('{job="a", zone="x"}');
    expect(namer([{}], "", "sum(up)")({})).toBe("sum(up)");
    expect(namer([{}], "{{gone}}", "sum(up)")({})).toBe("(unnamed)");
    expect(namer([{ __name__: "up", job: "a" }], "", "up")({ __name__: "up", job: "a" })).toBe(
      'up{job="a"}',
    );
  });
});
