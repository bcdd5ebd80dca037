// Native and classic buckets become rows and counts that add up.
import { describe, expect, it } from "vitest";
import type { Frame } from "../prometheus/frame";
import type { Bucket, HistogramSample } from "../prometheus/types";
import { classicCells, hasClassicBuckets, markedRows, nativeCells, ROWS_MAX } from "./heat_cells";
import { shade } from "./heat_map";

const sample = (time: number, ...buckets: Bucket[]): HistogramSample => [
  time,
  { count: "0", sum: "0", buckets },
];
const total = (column: readonly number[] | null | undefined): number =>
  (column ?? []).reduce((sum, count) => sum + count, 0);

describe("native histograms", () => {
  it("keep their own buckets as rows, gaps in between included", () => {
    const cells = nativeCells([[sample(10, [0, "1", "2", "3"], [0, "8", "16", "5"])]], [0, 10], 10);
    expect(cells.rows.map((row) => row.low.toFixed(3))).toEqual([
      "1.000",
      "2.000",
      "4.000",
      "8.000",
    ]);
    expect(cells.counts[0]).toBeNull();
    expect(cells.counts[1]).toEqual([3, 0, 0, 5]);
    expect(cells.most).toBe(5);
  });

  it("of several series add up", () => {
    const one = [sample(0, [0, "1", "2", "3"])];
    expect(nativeCells([one, one], [0], 10).counts).toEqual([[6]]);
  });

  it("of different resolutions spread the coarse ones over the fine rows", () => {
    const cells = nativeCells(
      [[sample(0, [0, "1", "4", "8"])], [sample(0, [0, "1", "2", "2"])]],
      [0],
      10,
    );
    expect(cells.rows.length).toBe(2);
    expect(cells.counts[0]?.map((count) => count.toFixed(6))).toEqual(["6.000000", "4.000000"]);
  });

  it("give the bucket around zero a row of its own", () => {
    const cells = nativeCells(
      [[sample(0, [3, "-1e-9", "1e-9", "7"], [0, "1", "2", "1"])]],
      [0],
      10,
    );
    expect(cells.rows.length).toBe(2);
    expect(cells.rows[0]?.high).toBeCloseTo(1);
    expect(cells.counts[0]).toEqual([7, 1]);
  });

  it("with negative observations have rows of one height", () => {
    const cells = nativeCells([[sample(0, [1, "-4", "-2", "3"], [0, "2", "4", "3"])]], [0], 10);
    expect(cells.rows[0]?.low).toBe(-4);
    expect(cells.rows.at(-1)?.high).toBeCloseTo(4);
    expect(total(cells.counts[0])).toBeCloseTo(6);
  });

  it("are coarser where they would be too many, and lose nothing", () => {
    const buckets = Array.from({ length: 400 }, (_, at): Bucket => {
      const low = 2 ** (at / 8 - 20);
      return [0, String(low), String(low * 2 ** (1 / 8)), "1"];
    });
    const cells = nativeCells([[sample(0, ...buckets)]], [0], 10);
    expect(cells.rows.length).toBeLessThanOrEqual(ROWS_MAX);
    expect(total(cells.counts[0])).toBeCloseTo(400);
  });

  it("without buckets or out of the grid are nothing", () => {
    expect(nativeCells([[sample(0)]], [0], 10).rows).toEqual([]);
    expect(nativeCells([[sample(99, [0, "1", "2", "1"])]], [0], 10).counts).toEqual([null]);
    expect(nativeCells([], [], 10).most).toBe(0);
  });
});

describe("classic buckets", () => {
  const frame = (...series: [le: string, values: (number | null)[], more?: string][]): Frame => ({
    times: [0, 10],
    series: series.map(([le, values, more = ""]) => ({
      key: le + more,
      name: le,
      labels: { le, more },
      values,
    })),
  });

  it("are what lies between two bounds, lowest first", () => {
    const cells = classicCells(frame(["+Inf", [9, 9]], ["0.1", [2, null]], ["0.5", [7, 8]]), 10);
    expect(cells.rows).toEqual([
      { low: 0, high: 0.1 },
      { low: 0.1, high: 0.5 },
      { low: 0.5, high: Infinity },
    ]);
    expect(cells.counts).toEqual([
      [2, 5, 2],
      [0, 8, 1],
    ]);
  });

  it("of several series add up by bound, and never count less than nothing", () => {
    const cells = classicCells(frame(["1", [2, 5]], ["1", [3, 1], "x"], ["2", [4, 7]]), 10);
    expect(cells.counts).toEqual([
      [5, 0],
      [6, 1],
    ]);
  });

  it("are told apart from other series", () => {
    expect(hasClassicBuckets(frame(["1", [1, 1]], ["+Inf", [1, 1]]))).toBe(true);
    expect(hasClassicBuckets(frame(["1", [1, 1]]))).toBe(false);
    expect(hasClassicBuckets(frame(["1", [1, 1]], ["slow", [1, 1]]))).toBe(false);
  });
});

it("marks rows evenly", () => {
  expect(markedRows(4, 6)).toEqual([0, 1, 2, 3, 4]);
  expect(markedRows(13, 6)).toEqual([0, 3, 6, 9, 12]);
});

it("keeps rare counts in sight", () => {
  expect(shade(0, 100)).toBe(0);
  expect(shade(1, 100)).toBeGreaterThan(0.15);
  expect(shade(100, 100)).toBe(1);
});
