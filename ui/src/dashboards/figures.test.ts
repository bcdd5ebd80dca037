// Answers as series, figures and tables.
import { describe, expect, it } from "vitest";
import type { QueryData } from "../prometheus/types";
import { figuresOf, scaleOf, seriesOf, sortedRows, tableOf, type QueryAnswer } from "./figures";

const grid = { start: 0, end: 30, step: 10 };
const answer = (data: QueryData | null, ref = "A", legend = ""): QueryAnswer => ({
  ref,
  legend,
  promql: "q",
  data,
});
const matrix: QueryData = {
  resultType: "matrix",
  result: [
    {
      metric: { __name__: "up", job: "a" },
      values: [
        [0, "1"],
        [20, "3"],
      ],
    },
    { metric: { __name__: "up", job: "b" }, values: [[30, "NaN"]] },
  ],
};
const vector = (metric: Record<string, string>, value: string): QueryData => ({
  resultType: "vector",
  result: [{ metric, value: [30, value] }],
});
const scalar: QueryData = { resultType: "scalar", result: [30, "7"] };

it("puts answers of any kind on one grid", () => {
  const series = seriesOf([answer(matrix), answer(scalar, "B", "seven"), answer(null, "C")], grid);
  expect(series.map(({ name, values }) => [name, values])).toEqual([
    ["a", [1, null, 3, null]],
    ["b", [null, null, null, null]],
    ["seven", [null, null, null, 7]],
  ]);
  expect(new Set(series.map((one) => one.key)).size).toBe(3);
});

it("reduces each series to a figure", () => {
  const figures = figuresOf(seriesOf([answer(matrix, "A", "{{job}}!")], grid), "max");
  expect(figures.map(({ name, value }) => [name, value])).toEqual([
    ["a!", 3],
    ["b!", null],
  ]);
});

describe("a table", () => {
  it("joins queries by their labels", () => {
    const table = tableOf(
      [
        answer(matrix),
        answer(vector({ __name__: "load", job: "a" }, "0.5"), "B"),
        answer(vector({ job: "c" }, "+Inf"), "C", "third"),
      ],
      "last",
    );
    expect(table.columns.map((column) => column.title)).toEqual(["job", "up", "load", "third"]);
    expect(table.rows.map((row) => row.cells)).toEqual([
      { job: "a", "value A": 3, "value B": 0.5 },
      { job: "b", "value A": null },
      { job: "c", "value C": Infinity },
    ]);
  });

  it("names metrics where one query has several", () => {
    const data: QueryData = {
      resultType: "vector",
      result: [
        { metric: { __name__: "x" }, value: [0, "1"] },
        { metric: { __name__: "y" }, value: [0, "2"] },
      ],
    };
    const table = tableOf([answer(data)], "last");
    expect(table.columns.map((column) => column.title)).toEqual(["metric", "Value"]);
    expect(table.rows).toHaveLength(2);
  });

  it("sorts by a column, with what is missing last either way", () => {
    const { rows } = tableOf([answer(matrix)], "last");
    const jobs = (key: string, descending: boolean): unknown[] =>
      sortedRows(rows, key, descending).map((row) => row.cells["job"]);
    expect(jobs("job", true)).toEqual(["b", "a"]);
    expect(jobs("value A", true)).toEqual(["a", "b"]);
    expect(jobs("value A", false)).toEqual(["a", "b"]);
  });
});

it.each([
  [[1, 5, null], null, null, { low: 0, high: 5 }],
  [[-2, 5], null, null, { low: -2, high: 5 }],
  [[1], 0, 100, { low: 0, high: 100 }],
  [[], null, null, { low: 0, high: 1 }],
  [[5], 5, null, { low: 5, high: 6 }],
])("scales %j with ends %s and %s", (values, min, max, expected) =>
  expect(scaleOf(values, min, max)).toEqual(expected),
);
