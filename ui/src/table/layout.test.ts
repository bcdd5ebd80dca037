// Row offsets with and without opened rows.
import { describe, expect, it } from "vitest";
import { RowLayout } from "./layout";

describe("RowLayout", () => {
  it("is plain multiplication without extras", () => {
    const layout = new RowLayout(10_000, 32);
    expect(layout.offsetOf(10_000)).toBe(320_000);
    expect(layout.indexAt(31)).toBe(0);
    expect(layout.indexAt(32)).toBe(1);
    expect(layout.indexAt(1e9)).toBe(9_999);
    expect(layout.indexAt(-5)).toBe(0);
  });

  it("gives a detail's pixels to the row above it", () => {
    const layout = new RowLayout(
      100,
      10,
      new Map([
        [20, 50],
        [2, 100],
      ]),
    );
    expect([2, 3, 20, 21].map((index) => layout.offsetOf(index))).toEqual([20, 130, 300, 360]);
    expect([25, 29, 30, 129, 130, 305, 311, 359, 360].map((y) => layout.indexAt(y))).toEqual([
      2, 2, 2, 2, 3, 20, 20, 20, 21,
    ]);
    expect(layout.offsetOf(100)).toBe(1150);
  });

  it("finds every row at its own offset", () => {
    const layout = new RowLayout(
      50,
      7,
      new Map([
        [0, 3],
        [1, 9],
        [49, 4],
      ]),
    );
    for (let row = 0; row < 50; row += 1) expect(layout.indexAt(layout.offsetOf(row))).toBe(row);
  });
});
