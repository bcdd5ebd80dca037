// Turns what a chart should show into uPlot's options and data.
// Invariants: colours are resolved from the tokens when the plot is made (a theme change makes a new
// plot); the value axis starts at zero; the time axis spans the range asked for, not the data.
import uPlot from "uplot";

export interface Line {
  label: string;
  /** Name of a colour token, such as `--s1`. */
  colour: string;
  values: readonly (number | null)[];
  fill?: boolean;
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

export interface PlotShape {
  lines: readonly Line[];
  /** Draw the lines as bars stacked on each other, the first at the bottom. */
  stacked?: boolean;
  stepSeconds: number;
  from: number;
  to: number;
  format: (value: number) => string;
  valueMax: number;
}

export interface PlotEvents {
  onZoom: (from: number, to: number) => void;
  onCursor: (plot: uPlot) => void;
  onDraw: (plot: uPlot) => void;
}

const FONT = '11px "Inter", system-ui, sans-serif';

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A hex colour with an alpha channel. */
function withAlpha(hex: string, alpha: number): string {
  return `${hex}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}

/** Columns for uPlot; stacked series are sums, drawn from the tallest to the shortest. */
export function plotData(
  times: readonly number[],
  shape: Pick<PlotShape, "lines" | "stacked">,
): uPlot.AlignedData {
  if (!shape.stacked) return [[...times], ...shape.lines.map((line) => [...line.values])];
  const sums: number[][] = [];
  for (const line of shape.lines) {
    const below = sums.at(-1);
    sums.push(times.map((_, i) => (line.values[i] ?? 0) + (below?.[i] ?? 0)));
  }
  return [[...times], ...sums.reverse()];
}

/** The top of the value axis: above every line, and above the dots unless they dwarf the lines. */
export function valueMax(
  shape: Pick<PlotShape, "lines" | "stacked">,
  dots: readonly Dot[],
): number {
  const times = shape.lines[0]?.values ?? [];
  const highs = shape.stacked
    ? times.map((_, i) => shape.lines.reduce((sum, line) => sum + (line.values[i] ?? 0), 0))
    : shape.lines.flatMap((line) => line.values.map((value) => value ?? 0));
  const line = highs.reduce((most, value) => Math.max(most, value), 0);
  const dot = dots.reduce((most, one) => Math.max(most, one.value), 0);
  const high = line === 0 ? dot : Math.max(line, Math.min(dot, line * 2));
  return high === 0 ? 1 : high;
}

const STEPS = [1, 2, 2.5, 5, 10];

/** Even marks of a value axis from zero to just above `high`, four or five of them. */
export function axisMarks(high: number): number[] {
  const rough = (high * 1.02) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((one) => one * unit >= rough) ?? 10) * unit;
  const count = Math.ceil((high * 1.02) / step);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

export function plotOptions(
  shape: PlotShape,
  events: PlotEvents,
  width: number,
  height: number,
): uPlot.Options {
  const line = token("--line");
  const faint = token("--faint");
  const axis: uPlot.Axis = {
    font: FONT,
    stroke: faint,
    ticks: { show: false },
    border: { show: false },
  };
  const lines = shape.stacked ? [...shape.lines].reverse() : shape.lines;
  return {
    width,
    height,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    focus: { alpha: 1 },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      y: false,
      points: { show: !shape.stacked, size: 7 },
      sync: { key: "time" },
    },
    scales: {
      x: { time: true, range: () => [shape.from, shape.to] },
      y: { range: () => [0, axisMarks(shape.valueMax).at(-1) ?? 1] },
    },
    axes: [
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
        size: 56,
        gap: 8,
        grid: { stroke: line, width: 1 },
        splits: () => axisMarks(shape.valueMax),
        values: (_, splits) => splits.map((value) => (value === 0 ? "0" : shape.format(value))),
      },
    ],
    series: [{}, ...lines.map((one) => series(one, shape))],
    hooks: {
      setSelect: [(plot) => zoomed(plot, events.onZoom)],
      setCursor: [events.onCursor],
      draw: [events.onDraw],
    },
  };
}

function series(line: Line, shape: PlotShape): uPlot.Series {
  const colour = token(line.colour);
  if (shape.stacked) {
    const paths = uPlot.paths.bars?.({ size: [0.86, 60], align: 1, gap: 1 });
    return {
      label: line.label,
      fill: colour,
      stroke: colour,
      width: 0,
      points: { show: false },
      ...(paths && { paths }),
    };
  }
  return {
    label: line.label,
    stroke: line.dim ? withAlpha(colour, 0.5) : colour,
    width: line.dim ? 1.4 : 1.6,
    ...(line.fill && { fill: withAlpha(colour, 0.12) }),
    points: { size: 4, fill: colour, filter: lonePoints },
  };
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

function zoomed(plot: uPlot, onZoom: PlotEvents["onZoom"]): void {
  const { left, width } = plot.select;
  if (width < 4) return;
  const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom(from, to);
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
