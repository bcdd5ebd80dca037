// Answers of the queries of a panel as series, as single figures, and as rows of a table.
// Invariants: pure; every series of every query has a key of its own; one that is no number (a native
// histogram) is left out here and drawn by the heat map alone.
import { frameOf, gridTimes, keyOf, numberOf, type Grid, type Series } from "../prometheus/frame";
import { namer } from "../prometheus/legend";
import type { Labels, MatrixSeries, QueryData } from "../prometheus/types";
import type { Reducer } from "./document";
import { reduce } from "./values";

export interface QueryAnswer {
  ref: string;
  legend: string;
  promql: string;
  data: QueryData | null;
}

/** An answer of any kind as if it had been asked over the range. */
function matrixOf(data: QueryData, end: number): MatrixSeries[] {
  switch (data.resultType) {
    case "matrix":
      return data.result;
    case "vector":
      return data.result.flatMap(({ metric, value }) =>
        value ? [{ metric, values: [[end, value[1]]] } as MatrixSeries] : [],
      );
    case "scalar":
      return [{ metric: {}, values: [[end, data.result[1]]] }];
    case "string":
      return [];
  }
}

/** The series of all queries over one grid of times. */
export function seriesOf(answers: readonly QueryAnswer[], grid: Grid): Series[] {
  return answers.flatMap(({ ref, legend, promql, data }) => {
    if (!data) return [];
    const matrix = matrixOf(data, grid.end);
    const template = legend === "__auto" ? "" : legend;
    const labels = matrix.map((one) => one.metric);
    return frameOf(matrix, grid, namer(labels, template, promql), `${ref} `).series;
  });
}

export interface Figure {
  key: string;
  name: string;
  labels: Labels;
  value: number | null;
  values: readonly (number | null)[];
}

export function figuresOf(series: readonly Series[], how: Reducer): Figure[] {
  return series.map((one) => ({ ...one, value: reduce(one.values, how) }));
}

export interface TableColumn {
  key: string;
  title: string;
  isValue: boolean;
}

export interface TableRow {
  key: string;
  cells: Readonly<Record<string, string | number | null>>;
}

export interface Table {
  columns: TableColumn[];
  rows: TableRow[];
}

export const TABLE_ROWS_MAX = 1_000;

/** What stands over the values of a query: its legend, the metric's name, or which query it is. */
function valueTitle(answer: QueryAnswer, labels: readonly Labels[], alone: boolean): string {
  const { legend, ref } = answer;
  if (legend !== "" && !legend.includes("{{") && legend !== "__auto") return legend;
  const names = new Set(labels.map((one) => one["__name__"]));
  const [name] = names;
  if (names.size === 1 && name) return name;
  return alone ? "Value" : `Value ${ref}`;
}

interface Cell {
  labels: Labels;
  value: number | null;
}

function cellsOf(data: QueryData, how: Reducer): Cell[] {
  return matrixOf(data, 0).map(({ metric, values = [] }) => ({
    labels: metric,
    value: reduce(
      values.map(([, text]) => finite(numberOf(text))),
      how,
    ),
  }));
}

function finite(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** A row for every set of labels, a column for every label and every query. */
export function tableOf(answers: readonly QueryAnswer[], how: Reducer): Table {
  const known = answers.filter((answer) => answer.data);
  const rows = new Map<string, { labels: Labels; values: Record<string, number | null> }>();
  const values: TableColumn[] = [];
  const names = new Set<string>();
  for (const answer of known) {
    const cells = answer.data ? cellsOf(answer.data, how) : [];
    const all = cells.map((cell) => cell.labels);
    const key = `value ${answer.ref}`;
    const title = valueTitle(answer, all, known.length === 1);
    values.push({ key, title, isValue: true });
    const several = new Set(all.map((labels) => labels["__name__"])).size > 1;
    for (const { labels, value } of cells) {
      const { __name__: name, ...rest } = labels;
      const shown = several && name !== undefined ? { ...rest, metric: name } : rest;
      for (const label of Object.keys(shown)) names.add(label);
      const row = rows.get(keyOf(shown)) ?? { labels: shown, values: {} };
      row.values[key] = value;
      rows.set(keyOf(shown), row);
    }
  }
  const labels = [...names].sort().map((name) => ({ key: name, title: name, isValue: false }));
  return {
    columns: [...labels, ...values],
    rows: [...rows]
      .slice(0, TABLE_ROWS_MAX)
      .map(([key, row]) => ({ key, cells: { ...row.labels, ...row.values } })),
  };
}

/** Rows by one column: numbers by size, texts by the alphabet, what is missing last. */
export function sortedRows(
  rows: readonly TableRow[],
  key: string,
  descending: boolean,
): TableRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x = null, y = null] = [a.cells[key], b.cells[key]];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * String(x).localeCompare(String(y), "en", { numeric: true });
  });
}

/** The ends of a scale: those that are set, else zero or the lowest, and the highest. */
export function scaleOf(
  values: readonly (number | null)[],
  min: number | null,
  max: number | null,
): { low: number; high: number } {
  const known = values.filter((value): value is number => value !== null);
  const low = min ?? known.reduce((least, value) => Math.min(least, value), 0);
  const high = max ?? known.reduce((most, value) => Math.max(most, value), low);
  return { low, high: high > low ? high : low + 1 };
}

/** The times of a frame, for charts that need them without series. */
export function timesOf(grid: Grid): number[] {
  return gridTimes(grid);
}
