// Steps and intervals: how far apart the points of a graph are, and what `$__interval` stands for.
// Invariants: pure; a step is round and never so short that the server refuses the number of points.
import type { Grid } from "./frame";

const STEPS_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 604800,
];
/** Points of a graph at the automatic step, about. */
const POINTS_WANTED = 240;
const POINTS_MAX = 11_000;

/** How often an OpenTelemetry SDK exports unless told otherwise; rates need several samples. */
const SAMPLE_SECONDS = 60;

export function autoStep(rangeSeconds: number, points = POINTS_WANTED): number {
  const rough = rangeSeconds / points;
  return STEPS_SECONDS.find((step) => step >= rough) ?? Math.ceil(rough / 604_800) * 604_800;
}

const UNITS_SECONDS: Record<string, number> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86400,
  w: 604_800,
  y: 31_536_000,
};

/** Seconds of a PromQL duration such as `1m30s`, or of a bare number of seconds; null for others. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) > 0 ? Number(trimmed) : null;
  if (!/^(\d+(ms|[smhdwy]))+$/.test(trimmed)) return null;
  let seconds = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+)(ms|[smhdwy])/g))
    seconds += Number(amount) * (UNITS_SECONDS[unit ?? ""] ?? 0);
  return seconds > 0 ? seconds : null;
}

/** Seconds as PromQL writes them: `1h30m`, `90ms`. */
export function durationText(seconds: number): string {
  let rest = Math.max(1, Math.round(seconds * 1000));
  const parts: string[] = [];
  for (const unit of ["w", "d", "h", "m", "s", "ms"]) {
    const size = Math.round((UNITS_SECONDS[unit] ?? 1) * 1000);
    const amount = Math.floor(rest / size);
    if (amount > 0) parts.push(`${amount}${unit}`);
    rest -= amount * size;
  }
  return parts.join("");
}

/** The grid of a range: ends on multiples of the step, so that a refresh moves it by whole steps. */
export function gridOf(fromMs: number, toMs: number, stepSeconds: number | null): Grid {
  const length = Math.max(1, (toMs - fromMs) / 1000);
  const step = Math.max(stepSeconds ?? autoStep(length), length / (POINTS_MAX - 2));
  const start = Math.floor(fromMs / 1000 / step) * step;
  return { start, end: start + Math.floor((toMs / 1000 - start) / step) * step, step };
}

export interface Intervals {
  stepSeconds: number;
  rangeSeconds: number;
}

/** The window of `$__rate_interval`: at least four samples. */
export function rateSeconds(stepSeconds: number): number {
  return Math.max(4 * SAMPLE_SECONDS, stepSeconds + SAMPLE_SECONDS);
}

/** What the interval variables of a query stand for. */
function intervalValues({ stepSeconds, rangeSeconds }: Intervals): Record<string, string> {
  return {
    __rate_interval: durationText(rateSeconds(stepSeconds)),
    __interval: durationText(stepSeconds),
    __interval_ms: String(Math.round(stepSeconds * 1000)),
    __range: durationText(rangeSeconds),
    __range_s: String(Math.round(rangeSeconds)),
    __range_ms: String(Math.round(rangeSeconds * 1000)),
  };
}

export interface Filled {
  text: string;
  /** The byte of the template that a byte of the text comes from. */
  sourceByte: (byte: number) => number;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Fills `$__interval` and its kin; other variables stay as they are. */
export function fillIntervals(template: string, intervals: Intervals): Filled {
  const values = intervalValues(intervals);
  const moves: { at: number; written: number; source: number }[] = [];
  let [text, last] = ["", 0];
  for (const match of template.matchAll(/\$\{(__\w+)\}|\$(__\w+)/g)) {
    const value = values[match[1] ?? match[2] ?? ""];
    if (value === undefined) continue;
    text += template.slice(last, match.index);
    moves.push({ at: bytesOf(text), written: value.length, source: match[0].length });
    text += value;
    last = match.index + match[0].length;
  }
  const sourceByte = (byte: number): number => {
    let moved = 0;
    for (const { at, written, source } of moves) {
      if (byte <= at) break;
      if (byte < at + written) return at + moved + source;
      moved += source - written;
    }
    return byte + moved;
  };
  return { text: text + template.slice(last), sourceByte };
}
