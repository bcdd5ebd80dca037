// Turns what a chart should show into uPlot's options and data.
// Invariants: colours are resolved from the tokens when the plot is made (a theme change makes a new
// plot); the time axis spans the range asked for, not the data; values that cannot be drawn are gaps.
import uPlot from "uplot";
import { axisLow, type Extent, type ValueAxis } from "./axis";
import { zoom } from "./zoom";

export interface Line {
  label: string;
  /** Name of a colour token, such as `--s1`. */
  colour: string;
  values: readonly (number | null)[];
  /** Fill down to the axis (or to the line below when stacked): true, or how opaque (0 to 1). */
  fill?: boolean | number;
  /** Stroke in pixels; 0 for none. */
  width?: number;
  dim?: boolean;
}

export interface Dot {
  /** Unix seconds. */
  time: number;
  value: number;
  href: string;
  title: string;
  bad: boolean;
}

/** A horizontal line that values should stay below or above. */
export interface Threshold {
  value: number;
  /** Name of a colour token. */
  colour: string;
}

export type LineStyle = "line" | "step" | "bar" | "point";

export interface PlotShape {
  lines: readonly Line[];
  /** Draw the lines on each other, the first at the bottom. */
  stacked?: boolean;
  style?: LineStyle;
  /** Whether a bar is about the step before its time, as PromQL's ranges are, rather than the one after. */
  barsEnd?: boolean;
  stepSeconds: number;
  from: number;
  to: number;
  format: (value: number) => string;
  axis: ValueAxis;
  thresholds?: readonly Threshold[];
}

export interface PlotEvents {
  onCursor: (plot: uPlot) => void;
  onDraw: (plot: uPlot) => void;
  /** The line nearest to the pointer, as an index into the lines. */
  onFocus?: (line: number | null) => void;
}

const FONT = '11px "Inter", system-ui, sans-serif';

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A hex colour with an alpha channel. */
export function withAlpha(hex: string, alpha: number): string {
  return `${hex}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}

/** Columns for uPlot; stacked series are sums, drawn from the tallest to the shortest. */
export function plotData(
  times: readonly number[],
  shape: Pick<PlotShape, "lines" | "stacked" | "style">,
): uPlot.AlignedData {
  if (!shape.stacked) return [[...times], ...shape.lines.map((line) => [...line.values])];
  const isGap = times.map((_, i) => shape.lines.every((line) => (line.values[i] ?? null) === null));
  const sums: number[][] = [];
  for (const line of shape.lines) {
    const below = sums.at(-1);
    sums.push(times.map((_, i) => (line.values[i] ?? 0) + (below?.[i] ?? 0)));
  }
  const drawn = sums.reverse();
  if (shape.style === "bar") return [[...times], ...drawn];
  return [[...times], ...drawn.map((sum) => sum.map((value, i) => (isGap[i] ? null : value)))];
}

/** How far the values reach; dots count unless they dwarf the lines. */
export function valueExtent(
  shape: Pick<PlotShape, "lines" | "stacked">,
  dots: readonly Dot[],
  fromZero = true,
): Extent {
  let [low, high] = [Infinity, -Infinity];
  const take = (value: number | null | undefined): void => {
    if (value === null || value === undefined) return;
    if (value < low) low = value;
    if (value > high) high = value;
  };
  if (shape.stacked) {
    const times = shape.lines[0]?.values ?? [];
    times.forEach((_, i) => take(shape.lines.reduce((sum, one) => sum + (one.values[i] ?? 0), 0)));
    take(0);
  } else for (const line of shape.lines) line.values.forEach(take);
  if (high === -Infinity) [low, high] = [0, 0];
  const dot = dots.reduce((most, one) => Math.max(most, one.value), 0);
  const top = high <= 0 ? Math.max(high, dot) : Math.max(high, Math.min(dot, high * 2));
  const bottom = axisLow(low, high, fromZero);
  if (top <= 0 && bottom < 0) return { low: bottom, high: 0 };
  return { low: bottom, high: top };
}

/** From how many lines on, and up to how many, the one under the pointer stands out. */
const FOCUS_LINES_MIN = 5;
/** Drawing more again for every move of the pointer takes too long. */
export const FOCUS_LINES_MAX = 40;

/** What every plot over time has: the range asked for, one cursor with the others, dragging to zoom. */
export function timeOptions(
  width: number,
  height: number,
  range: () => uPlot.Range.MinMax,
): Omit<uPlot.Options, "series"> {
  return {
    width,
    height,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    plugins: [zoom],
    cursor: {
      drag: { x: true, y: false, setScale: false },
      y: false,
      points: { show: false },
      sync: { key: "time" },
    },
    scales: { x: { time: true, range } },
  };
}

export function plotOptions(
  shape: PlotShape,
  events: PlotEvents,
  width: number,
  height: number,
): uPlot.Options {
  const lines = shape.stacked ? [...shape.lines].reverse() : shape.lines;
  const indexOf = (series: number | null): number | null => {
    if (series === null || series < 1) return null;
    return shape.stacked ? lines.length - series : series - 1;
  };
  const hasFocus = lines.length >= FOCUS_LINES_MIN && lines.length <= FOCUS_LINES_MAX;
  const hasPoints = shape.style !== "bar" && lines.length <= FOCUS_LINES_MAX;
  const base = timeOptions(width, height, () => [shape.from, shape.to]);
  return {
    ...base,
    focus: { alpha: lines.length >= FOCUS_LINES_MIN ? 0.3 : 1 },
    cursor: {
      ...base.cursor,
      points: { show: hasPoints, size: 7 },
      ...(hasFocus && { focus: { prox: FOCUS_REACH_PX } }),
    },
    scales: { ...base.scales, y: { range: () => [shape.axis.low, shape.axis.high] } },
    axes: axes(shape),
    series: [{}, ...lines.map((one) => series(one, shape))],
    ...(shape.stacked && shape.style !== "bar" && { bands: bandsOf(lines.length) }),
    hooks: {
      setCursor: [events.onCursor],
      setSeries: [(_, index) => events.onFocus?.(indexOf(index))],
      draw: [(plot) => drawThresholds(plot, shape.thresholds ?? []), events.onDraw],
    },
  };
}

/** How near the pointer must be to a line, in pixels. */
const FOCUS_REACH_PX = 24;

/** The line nearest to the pointer at a point in time, without drawing anything; null where none is near. */
export function nearestLine(plot: uPlot, lines: readonly Line[]): number | null {
  const { idx, top = -1 } = plot.cursor;
  if (typeof idx !== "number" || top < 0 || !plot.over.matches(":hover")) return null;
  let [nearest, least] = [null as number | null, FOCUS_REACH_PX];
  lines.forEach((line, at) => {
    const value = line.values[idx] ?? null;
    if (value === null) return;
    const distance = Math.abs(plot.valToPos(value, "y") - top);
    if (distance < least) [nearest, least] = [at, distance];
  });
  return nearest;
}

/** The two axes of every plot over time. */
export function axes(shape: Pick<PlotShape, "axis" | "format">): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    font: FONT,
    stroke: token("--faint"),
    ticks: { show: false },
    border: { show: false },
  };
  return [
    {
      ...axis,
      size: 24,
      gap: 4,
      space: 72,
      grid: { show: false },
      values: (_, splits, __, ___, step) => splits.map((at) => timeLabel(at, step)),
    },
    {
      ...axis,
      size: (_, values) => Math.max(56, 14 + 6.4 * longest(values)),
      gap: 8,
      grid: { stroke: token("--line"), width: 1 },
      splits: () => shape.axis.marks,
      values: (_, splits) => splits.map((value) => (value === 0 ? "0" : shape.format(value))),
    },
  ];
}

function longest(texts: readonly string[] | null): number {
  return (texts ?? []).reduce((most, text) => Math.max(most, text.length), 0);
}

function bandsOf(count: number): uPlot.Band[] {
  return Array.from({ length: Math.max(0, count - 1) }, (_, at) => ({ series: [at + 1, at + 2] }));
}

function series(line: Line, shape: PlotShape): uPlot.Series {
  const colour = token(line.colour);
  const opacity = fillOf(line, shape);
  const { bars, stepped, points } = uPlot.paths;
  if (shape.style === "bar") {
    const paths = bars?.({ size: [0.86, 60], align: shape.barsEnd ? -1 : 1, gap: 1 });
    return {
      label: line.label,
      fill: shape.stacked ? colour : withAlpha(colour, 0.7),
      stroke: colour,
      width: 0,
      points: { show: false },
      ...(paths && { paths }),
    };
  }
  const paths = { line: undefined, step: stepped?.({ align: 1 }), point: points?.() };
  const chosen = paths[shape.style ?? "line"];
  return {
    label: line.label,
    stroke: line.dim ? withAlpha(colour, 0.5) : colour,
    width: line.width ?? (line.dim ? 1.4 : 1.6),
    ...(opacity > 0 && { fill: withAlpha(colour, opacity) }),
    ...(chosen && { paths: chosen }),
    points:
      shape.style === "point"
        ? { show: true, size: 4, fill: colour }
        : { size: 4, fill: colour, filter: lonePoints },
  };
}

function fillOf(line: Line, shape: PlotShape): number {
  if (typeof line.fill === "number") return line.fill;
  return line.fill ? 0.12 : shape.stacked ? 0.35 : 0;
}

/** A value between two gaps has no line; it gets a point. */
function lonePoints(plot: uPlot, index: number): number[] | null {
  const values = plot.data[index] as (number | null)[];
  const lone: number[] = [];
  values.forEach((value, at) => {
    if (value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null)
      lone.push(at);
  });
  return lone;
}

function drawThresholds(plot: uPlot, thresholds: readonly Threshold[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = 1.2 * devicePixelRatio;
  for (const { value, colour } of thresholds) {
    const y = Math.round(plot.valToPos(value, "y", true));
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = token(colour);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** "14:15", with the day where days change, with seconds where labels are closer than a minute. */
export function timeLabel(seconds: number, stepSeconds: number): string {
  const at = new Date(seconds * 1000);
  const midnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
  if (midnight || stepSeconds >= 86400)
    return at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hour12: false };
  if (stepSeconds < 60) clock.second = "2-digit";
  if (stepSeconds < 1) clock.fractionalSecondDigits = stepSeconds < 0.1 ? 3 : 1;
  return at.toLocaleTimeString("en-GB", clock);
}
