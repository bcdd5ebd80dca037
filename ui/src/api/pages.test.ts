// What a list is after another page, and after a refresh while Live is on.
import { describe, expect, it } from "vitest";
import { appended, refreshed, ROWS_MAX } from "./pages";

interface Row {
  id: number;
  text: string;
}

const row = (id: number, text = ""): Row => ({ id, text });
const rows = (...ids: number[]): Row[] => ids.map((id) => row(id));
const source = {
  path: "/list",
  read: () => ({ rows: [], nextCursor: null }),
  keyOf: (one: Row) => String(one.id),
  newestFirst: true,
};
const state = (list: Row[], nextCursor: string | null = "more") => ({
  path: "/list",
  rows: list,
  nextCursor,
  problem: null,
  loading: true,
  loaded: true,
  prepended: { count: 0 },
});
const ids = (list: { rows: Row[] }): number[] => list.rows.map((one) => one.id);

describe("another page", () => {
  it("goes to the end, and rows that moved there do not show twice", () => {
    const next = appended(state(rows(9, 8)), { rows: rows(8, 7), nextCursor: null }, source.keyOf);
    expect(ids(next)).toEqual([9, 8, 7]);
    expect(next.nextCursor).toBeNull();
    expect(next.loading).toBe(false);
  });
});

describe("a refresh", () => {
  it("puts new rows on top, renews known ones and keeps the rest and the cursor", () => {
    const page = { rows: [row(10), row(9, "renewed")], nextCursor: "first page's" };
    const next = refreshed(state(rows(9, 8, 7)), page, source);
    expect(ids(next)).toEqual([10, 9, 8, 7]);
    expect(next.rows[1]?.text).toBe("renewed");
    expect(next.prepended).toEqual({ count: 1 });
    expect(next.nextCursor).toBe("more");
  });

  it("says nothing was prepended twice: without new rows the marker stays the same", () => {
    const before = state(rows(9, 8));
    const next = refreshed(before, { rows: rows(9, 8), nextCursor: null }, source);
    expect(next.prepended).toBe(before.prepended);
  });

  it("starts over where so many rows came that some between are unknown", () => {
    const page = { rows: rows(20, 19), nextCursor: "gap" };
    const next = refreshed(state(rows(9, 8)), page, source);
    expect(ids(next)).toEqual([20, 19]);
    expect(next.nextCursor).toBe("gap");
  });

  it("starts over rather than keep more rows than allowed", () => {
    const many = Array.from({ length: ROWS_MAX }, (_, index) => row(ROWS_MAX - index));
    const page = { rows: [row(ROWS_MAX + 1), row(ROWS_MAX)], nextCursor: "x" };
    expect(refreshed(state(many), page, source).rows.length).toBe(2);
  });

  it("replaces the first page of a list by duration, unless more was loaded", () => {
    const slowest = { ...source, newestFirst: false };
    const page = { rows: rows(5, 9), nextCursor: null };
    expect(ids(refreshed(state(rows(9, 8)), page, slowest))).toEqual([5, 9]);
    expect(ids(refreshed(state(rows(9, 8, 7)), page, slowest))).toEqual([9, 8, 7]);
  });
});
