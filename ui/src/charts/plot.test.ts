// Axis marks, the top of the axis, stacked columns, sparklines and time labels.
// The tests run in Europe/Amsterdam (vite.config.ts).
import { describe, expect, it } from "vitest";
import { axisMarks, plotData, timeLabel, valueMax, type Dot, type Line } from "./plot";
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

  it("reaches above lines, sums of stacked ones, and dots that do not dwarf the lines", () => {
    const lines = [line("a", [1, 5, null]), line("b", [2, 1, 1])];
    expect(valueMax({ lines }, [])).toBe(5);
    expect(valueMax({ lines, stacked: true }, [])).toBe(6);
    expect(valueMax({ lines }, [dot(8)])).toBe(8);
    expect(valueMax({ lines }, [dot(800)])).toBe(10);
    expect(valueMax({ lines: [] }, [dot(800)])).toBe(800);
    expect(valueMax({ lines: [line("a", [0, null])] }, [])).toBe(1);
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
