// Axis marks, the top of the axis, stacked columns, sparklines and time labels.
// The tests run in Europe/Amsterdam (vite.config.ts).
import { describe, expect, it } from "vitest";
import { axisMarks, valueAxis } from "./axis";
import { plotData, timeLabel, valueExtent, type Dot, type Line } from "./plot";
import { readings } from "./readout";
import { sparkPath } from "./sparkline";

const line = (label: string, values: (number | null)[]): Line => ({
  label,
  colour: "--s1",
  values,
});
const dot = (value: number): Dot => ({ time: 0, value, href: "", title: "", bad: false });

describe("the value axis", () => {
  it.each([
    [1, [0, 0.5, 1, 1.5]],
    [97, [0, 25, 50, 75, 100]],
    [1150, [0, 500, 1000, 1500]],
    [1248, [0, 500, 1000, 1500]],
    [0.042, [0, 0.02, 0.04, 0.06]],
    [250, [0, 100, 200, 300]],
  ])("has even marks up to above %f", (high, marks) => expect(axisMarks(high)).toEqual(marks));

  it.each([
    [4, -6, "decimal", [-10, -5, 0, 5]],
    [0, -3, "decimal", [-4, -3, -2, -1, 0, 1]],
    [3 * 2 ** 28, 0, "binary", [0, 2 ** 28, 2 ** 29, 3 * 2 ** 28, 2 ** 30]],
    [5400, 0, "seconds", [0, 1800, 3600, 5400, 7200]],
    [0.3, 0, "seconds", [0, 0.1, 0.2, 0.3, 0.4]],
    [7, 7, "decimal", [6, 8, 10, 12, 14, 16]],
  ] as const)("has round marks up to %f from %f in %s", (high, low, base, marks) =>
    expect(axisMarks(high, low, base)).toEqual(marks),
  );

  it("keeps the ends that are given", () => {
    expect(valueAxis({ low: 0, high: 0.4 }, { min: 0, max: 1 })).toEqual({
      low: 0,
      high: 1,
      marks: [0, 0.5, 1],
    });
    expect(valueAxis({ low: 0, high: 0 }, { min: 0 })).toEqual({ low: 0, high: 1, marks: [0] });
    expect(valueAxis({ low: 0, high: 97 })).toMatchObject({ low: 0, high: 100 });
    expect(valueAxis({ low: 0, high: 5 }, { min: 9, max: 3 }).high).toBeGreaterThan(9);
  });

  it("reaches above lines, sums of stacked ones, and dots that do not dwarf the lines", () => {
    const lines = [line("a", [1, 5, null]), line("b", [2, 1, 1])];
    const high = (of: Line[], dots: Dot[] = [], stacked = false): number =>
      valueExtent({ lines: of, stacked }, dots).high;
    expect(high(lines)).toBe(5);
    expect(high(lines, [], true)).toBe(6);
    expect(high(lines, [dot(8)])).toBe(8);
    expect(high(lines, [dot(800)])).toBe(10);
    expect(high([], [dot(800)])).toBe(800);
    expect(high([line("a", [0, null])])).toBe(0);
  });

  it("starts at zero, below it for negative values, near flat lines where asked", () => {
    const low = (values: number[], fromZero: boolean): number =>
      valueExtent({ lines: [line("a", values)] }, [], fromZero).low;
    expect(low([1000, 1010], true)).toBe(0);
    expect(low([1000, 1010], false)).toBe(1000);
    expect(low([10, 1000], false)).toBe(0);
    expect(low([5, 5], false)).toBe(0);
    expect(low([-3, 1010], true)).toBe(-3);
    expect(valueExtent({ lines: [line("a", [-3, -2])] }, [])).toEqual({ low: -3, high: 0 });
  });
});

describe("columns", () => {
  it("are the lines as they are, gaps included", () => {
    expect(plotData([1, 2], { lines: [line("a", [3, null])] })).toEqual([
      [1, 2],
      [3, null],
    ]);
  });

  it("are sums from the tallest to the shortest when stacked", () => {
    const lines = [line("error", [1, 0]), line("info", [10, 20])];
    expect(plotData([1, 2], { lines, stacked: true })).toEqual([
      [1, 2],
      [11, 20],
      [1, 0],
    ]);
  });

  it("of stacked areas have a gap where no line has a value", () => {
    const lines = [line("a", [1, null, null]), line("b", [2, 3, null])];
    expect(plotData([1, 2, 3], { lines, stacked: true }).slice(1)).toEqual([
      [3, 3, null],
      [1, 0, null],
    ]);
    expect(plotData([1, 2, 3], { lines, stacked: true, style: "bar" })[1]).toEqual([3, 3, 0]);
  });
});

describe("the readout", () => {
  const source = (count: number) => ({
    times: [1],
    lines: Array.from({ length: count }, (_, i) => line(`${i}`, [i === 3 ? null : i])),
    format: String,
  });
  const indices = (count: number, focused: number | null, stacked = false): number[] =>
    readings({ ...source(count), stacked }, 0, focused).map((one) => one.index);

  it("lists few lines in their order, stacked ones from the top", () => {
    expect(indices(3, null)).toEqual([0, 1, 2]);
    expect(indices(3, null, true)).toEqual([2, 1, 0]);
  });

  it("lists the highest of many, and the one under the pointer", () => {
    expect(indices(100, null)).toEqual([99, 98, 97, 96, 95, 94, 93, 92, 91, 90, 89, 88]);
    expect(indices(100, 7).at(-1)).toBe(7);
    expect(indices(100, 3)).not.toContain(3);
  });
});

it("labels times by how close they are", () => {
  const at = Date.parse("2026-11-22T14:15:30+01:00") / 1000;
  expect(timeLabel(at, 900)).toBe("14:15");
  expect(timeLabel(at, 10)).toBe("14:15:30");
  expect(timeLabel(at + 0.5, 0.5)).toBe("14:15:30.5");
  expect(timeLabel(at + 0.25, 0.05)).toBe("14:15:30.250");
  expect(timeLabel(Date.parse("2026-11-22T00:00:00+01:00") / 1000, 900)).toBe("22 Nov");
  expect(timeLabel(at, 86400)).toBe("22 Nov");
});

it("draws a sparkline from zero, and a flat one for nothing", () => {
  expect(sparkPath([0, 10], 100, 20)).toBe("M0.0,19.0L100.0,2.0");
  expect(sparkPath([0, 0, 0], 100, 20)).toBe("M0,19L100,19");
  expect(sparkPath([], 100, 20)).toBe("M0,19L100,19");
});
