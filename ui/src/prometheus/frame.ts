// A range query's answer as columns over one grid of times.
// Invariants: pure; every series has a value or a gap at every step; what cannot be drawn (NaN and
// the infinities) is a gap here and stays readable in the table.
import type { HistogramSample, Labels, MatrixSeries } from "./types";

export interface Series {
  /** Equal for the same series in two answers. */
  key: string;
  name: string;
  labels: Labels;
  values: (number | null)[];
}

export interface Frame {
  /** Unix seconds, one step apart. */
  times: number[];
  series: Series[];
}

export interface Grid {
  /** Unix seconds; `end` is on the grid, too. */
  start: number;
  end: number;
  step: number;
}

/** More steps than Prometheus answers. */
const STEPS_MAX = 11_000;

export function gridTimes({ start, end, step }: Grid): number[] {
  const count = Math.min(STEPS_MAX, Math.floor((end - start) / step + 1e-6) + 1);
  return Array.from({ length: Math.max(0, count) }, (_, i) =>
    Number((start + i * step).toFixed(3)),
  );
}

/** A value of the API, which writes the infinities as `+Inf` and `-Inf`. */
export function numberOf(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}

export function drawable(text: string): number | null {
  const value = numberOf(text);
  return Number.isFinite(value) ? value : null;
}

/** The columns of the float samples of an answer; `name` says how a series is called. */
export function frameOf(
  matrix: readonly MatrixSeries[],
  grid: Grid,
  name: (labels: Labels) => string,
  prefix = "",
): Frame {
  const times = gridTimes(grid);
  const series = matrix
    .filter((one) => (one.values ?? []).length > 0)
    .map((one): Series => {
      const values = new Array<number | null>(times.length).fill(null);
      for (const [time, text] of one.values ?? []) {
        const at = Math.round((time - grid.start) / grid.step);
        if (at >= 0 && at < values.length) values[at] = drawable(text);
      }
      return {
        key: prefix + keyOf(one.metric),
        name: name(one.metric),
        labels: one.metric,
        values,
      };
    });
  return { times, series };
}

/** The histogram samples of all series of an answer. */
export function histogramsOf(matrix: readonly MatrixSeries[]): HistogramSample[][] {
  return matrix.flatMap((one) => (one.histograms?.length ? [one.histograms] : []));
}

/** A text that is the same for the same labels. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Each value as its share of all values at the same time, for stacks that fill the chart. */
export function sharesOf(series: readonly Series[]): Series[] {
  const length = series[0]?.values.length ?? 0;
  const sums = Array.from({ length }, (_, i) =>
    series.reduce((sum, one) => sum + Math.abs(one.values[i] ?? 0), 0),
  );
  const share = (value: number | null, at: number): number | null =>
    value === null || !sums[at] ? null : value / sums[at];
  return series.map((one) => ({ ...one, values: one.values.map(share) }));
}
