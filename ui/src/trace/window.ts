// The part of a trace on show, in milliseconds since its start, kept in the address as `zoom=10-250`.
// Invariants: pure; a window is never empty and never reaches outside the trace.

export interface TimeWindow {
  fromMs: number;
  toMs: number;
}

const SHORTEST_MS = 1e-6;

export function parseWindow(text: string, durationMs: number): TimeWindow {
  const whole = { fromMs: 0, toMs: Math.max(durationMs, SHORTEST_MS) };
  const match = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) return whole;
  const fromMs = Math.min(Number(match[1]), whole.toMs);
  const toMs = Math.min(Number(match[2]), whole.toMs);
  return toMs > fromMs ? { fromMs, toMs } : whole;
}

export function windowText({ fromMs, toMs }: TimeWindow): string {
  const plain = (ms: number): string => ms.toFixed(6).replace(/\.?0+$/, "");
  return `${plain(fromMs)}-${plain(toMs)}`;
}

/** Where a moment lies in the window, in percent of its width. */
export function percentAt(ms: number, shown: TimeWindow): number {
  return ((ms - shown.fromMs) / (shown.toMs - shown.fromMs)) * 100;
}

export interface BarBox {
  leftPercent: number;
  widthPercent: number;
}

/** The part of a bar that is on show; null where none is. */
export function barBox(startMs: number, endMs: number, shown: TimeWindow): BarBox | null {
  if (endMs < shown.fromMs || startMs > shown.toMs) return null;
  const leftPercent = Math.max(0, percentAt(startMs, shown));
  const right = Math.min(100, percentAt(endMs, shown));
  return { leftPercent, widthPercent: Math.max(0, right - leftPercent) };
}

export type LabelSide = "after" | "before" | "inside";

/** Beside the bar where there is room for a label of about a seventh of the width, else within. */
export function labelSide({ leftPercent, widthPercent }: BarBox): LabelSide {
  if (leftPercent + widthPercent <= 86) return "after";
  return leftPercent >= 14 ? "before" : "inside";
}
