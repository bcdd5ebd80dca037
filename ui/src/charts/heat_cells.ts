// Counts by time and bucket, from native histograms or from classic `le` buckets.
// Invariants: pure; rows go from the lowest values up; a count is spread over the rows its bucket
// overlaps, so the sum over a column stays the number of observations; at most ROWS_MAX rows.
import { numberOf, type Frame } from "../prometheus/frame";
import type { Bucket, HistogramSample } from "../prometheus/types";

export interface HeatRow {
  low: number;
  high: number;
}

export interface HeatCells {
  /** Unix seconds; a column holds the step that ends there. */
  times: number[];
  stepSeconds: number;
  rows: HeatRow[];
  /** `counts[column][row]`; null where there is no sample. */
  counts: (readonly number[] | null)[];
  /** The highest count of a cell. */
  most: number;
}

export const ROWS_MAX = 64;

interface Span {
  low: number;
  high: number;
  count: number;
}

function spanOf([, low, high, count]: Bucket): Span {
  return { low: numberOf(low), high: numberOf(high), count: numberOf(count) };
}

/** The cells of native histograms, all series together. */
export function nativeCells(
  series: readonly (readonly HistogramSample[])[],
  times: number[],
  stepSeconds: number,
): HeatCells {
  const columns: (Span[] | null)[] = times.map(() => null);
  for (const samples of series) {
    for (const [time, histogram] of samples) {
      const at = Math.round((time - (times[0] ?? 0)) / stepSeconds);
      if (at < 0 || at >= columns.length) continue;
      const spans = (histogram.buckets ?? []).map(spanOf).filter((one) => one.count > 0);
      columns[at] = [...(columns[at] ?? []), ...spans];
    }
  }
  const rows = rowsFor(columns.flatMap((spans) => spans ?? []));
  return cellsOf(columns, rows, times, stepSeconds);
}

function cellsOf(
  columns: readonly (Span[] | null)[],
  rows: HeatRow[],
  times: number[],
  stepSeconds: number,
): HeatCells {
  const counts = columns.map((spans) => spans && spread(spans, rows));
  const most = counts.reduce((high, column) => Math.max(high, ...(column ?? [0])), 0);
  return { times, stepSeconds, rows, counts, most };
}

/**
 * Rows over all buckets: as fine as the finest bucket, coarser by powers where that is too many.
 * Positive buckets get rows of one ratio, others rows of one height; the one around zero has its own.
 */
function rowsFor(spans: readonly Span[]): HeatRow[] {
  const finite = spans.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  if (finite.length === 0) return [];
  if (finite.some(({ low, high }) => low < 0 && -low !== high)) return linearRows(finite);
  const positive = finite.filter(({ low }) => low > 0);
  const zero = finite.find(({ low }) => low <= 0);
  const rows = positive.length > 0 ? ratioRows(positive) : [];
  const top = rows[0]?.low ?? zero?.high ?? 0;
  return zero ? [{ low: Math.min(0, zero.low), high: top }, ...rows] : rows;
}

function ratioRows(spans: readonly Span[]): HeatRow[] {
  let [low, high, ratio] = [Infinity, 0, Infinity];
  for (const span of spans) {
    low = Math.min(low, span.low);
    high = Math.max(high, span.high);
    if (span.high > span.low) ratio = Math.min(ratio, span.high / span.low);
  }
  let factor = Math.log(Math.max(ratio, 1 + 1e-9));
  const reach = Math.log(high / low);
  while (reach / factor > ROWS_MAX - 1) factor *= 2;
  // Bounds of exponential buckets are powers of their ratio; rows that start at one line up with them.
  const first = Math.floor(Math.log(low) / factor + 1e-6);
  const last = Math.max(first + 1, Math.ceil(Math.log(high) / factor - 1e-6));
  return Array.from({ length: last - first }, (_, at) => ({
    low: Math.exp((first + at) * factor),
    high: Math.exp((first + at + 1) * factor),
  }));
}

function linearRows(spans: readonly Span[]): HeatRow[] {
  const low = spans.reduce((least, one) => Math.min(least, one.low), Infinity);
  const high = spans.reduce((most, one) => Math.max(most, one.high), -Infinity);
  const height = (high - low) / 40;
  return Array.from({ length: 40 }, (_, at) => ({
    low: low + at * height,
    high: low + (at + 1) * height,
  }));
}

/** Spreads each bucket over the rows it overlaps, by the share of its height on the rows' scale. */
function spread(spans: readonly Span[], rows: readonly HeatRow[]): number[] {
  const counts = new Array<number>(rows.length).fill(0);
  for (const { low, high, count } of spans) {
    const shares = rows.map((row) => overlap(row, low, high));
    const whole = shares.reduce((sum, share) => sum + share, 0);
    if (whole === 0) continue;
    shares.forEach((share, at) => (counts[at] = (counts[at] ?? 0) + (count * share) / whole));
  }
  return counts.map((count) => (count < 1e-9 ? 0 : count));
}

function overlap(row: HeatRow, low: number, high: number): number {
  const [from, to] = [Math.max(row.low, low), Math.min(row.high, high)];
  if (to <= from) return 0;
  const share = row.low > 0 && low > 0 ? Math.log(to / from) : to - from;
  return share < 1e-9 * (row.low > 0 ? 1 : row.high - row.low) ? 0 : share;
}

/** Whether every series is a bucket with an upper bound. */
export function hasClassicBuckets(frame: Frame): boolean {
  return frame.series.length > 1 && frame.series.every((one) => isBound(one.labels["le"]));
}

function isBound(le: string | undefined): boolean {
  return le !== undefined && le !== "" && !Number.isNaN(numberOf(le));
}

/** The cells of classic buckets, which count everything up to their bound; series with one bound add up. */
export function classicCells(frame: Frame, stepSeconds: number): HeatCells {
  const byBound = new Map<number, (number | null)[]>();
  for (const { labels, values } of frame.series) {
    const bound = numberOf(labels["le"] ?? "");
    const sums = byBound.get(bound) ?? frame.times.map(() => null);
    byBound.set(
      bound,
      sums.map((sum, i) => ((values[i] ?? null) === null ? sum : (sum ?? 0) + (values[i] ?? 0))),
    );
  }
  const bounds = [...byBound.keys()].sort((a, b) => a - b);
  const rows = bounds.map((high, at) => ({ low: bounds[at - 1] ?? Math.min(0, high), high }));
  const counts = frame.times.map((_, i) => {
    if (bounds.every((bound) => (byBound.get(bound)?.[i] ?? null) === null)) return null;
    let below = 0;
    return bounds.map((bound) => {
      const upTo = Math.max(below, byBound.get(bound)?.[i] ?? below);
      const own = upTo - below;
      below = upTo;
      return own;
    });
  });
  const most = counts.reduce((high, column) => Math.max(high, ...(column ?? [0])), 0);
  return { times: frame.times, stepSeconds, rows, counts, most };
}

/** Which row a height of the axis (0 at the bottom, one per row) is in. */
export function rowAt(cells: HeatCells, height: number): number | null {
  const row = Math.floor(height);
  return row >= 0 && row < cells.rows.length ? row : null;
}

/** Rows whose lower bound is written on the axis: at most `most`, evenly apart. */
export function markedRows(count: number, most: number): number[] {
  const every = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.floor(count / every) + 1 }, (_, at) => at * every);
}

/** The bound at a height of the axis: a row's lower one, or the upper one of the last. */
export function boundAt(cells: HeatCells, height: number): number {
  return cells.rows[height]?.low ?? cells.rows[height - 1]?.high ?? 0;
}

/** Where a value lies on the axis: in its row, at the share of the row below it. */
export function heightOf(cells: HeatCells, value: number): number {
  const at = cells.rows.findIndex((row) => value <= row.high);
  const row = cells.rows[at];
  if (!row) return cells.rows.length;
  if (!Number.isFinite(row.high) || row.high === row.low) return at + 0.5;
  const share =
    row.low > 0
      ? Math.log(value / row.low) / Math.log(row.high / row.low)
      : (value - row.low) / (row.high - row.low);
  return at + Math.max(0, Math.min(1, share));
}
