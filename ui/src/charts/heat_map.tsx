// A heat map: how many observations fell into which bucket over time.
// Invariants: it shares time axis, cursor and zoom with the charts; darker is more, on a scale where
// few are seen, too; cells are drawn by canvas, as many as there are, at any size.
import type uPlot from "uplot";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { significant } from "../format/quantity";
import { theme } from "../shell/theme";
import { DeployMarks, placeDeploys } from "./deploy_marks";
import { useDeploys } from "./deploys";
import { Dots, placeDots } from "./dots";
import { boundAt, heightOf, markedRows, rowAt, type HeatCells } from "./heat_cells";
import type { Deploy } from "../api/errors";
import { axes, timeOptions, token, withAlpha, type Dot } from "./plot";
import { moment, note, placeReadout } from "./readout";
import { usePlot } from "./use_plot";

interface HeatMapProps {
  label: string;
  cells: HeatCells;
  /** The range on show, in Unix seconds. */
  from: number;
  to: number;
  /** How a bucket's bound is written. */
  format: (value: number) => string;
  /** How a count is written. */
  formatCount?: (value: number) => string;
  /** Name of a colour token. */
  colour?: string;
  height?: number;
  dots?: readonly Dot[];
}

export function HeatMap(props: HeatMapProps): JSX.Element {
  const { height = 220, cells } = props;
  const host = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const overlay = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const marks = useRef<HTMLDivElement>(null);
  const deploys = useDeploys(props.from, props.to);
  const deployed = useRef(deploys);
  deployed.current = deploys;
  const plot = usePlot(host, {
    kind: theme.value,
    height,
    options: (width) => options(latest, { readout, overlay, marks, deployed }, width, height),
    data: () => [cells.times, cells.times.map(() => null)],
    inputs: [cells, props.from, props.to, props.dots],
  });
  useEffect(() => {
    if (plot.current) placeDeploys(plot.current, marks.current, deploys);
  }, [deploys]);
  return (
    <div class="chart" style={{ height: `${height}px` }}>
      <div class="chart-plot" role="img" aria-label={summary(props)} ref={host} />
      <DeployMarks deploys={deploys} overlay={marks} />
      <Dots dots={props.dots ?? []} overlay={overlay} />
      <div class="chart-readout" ref={readout} aria-hidden="true" hidden />
    </div>
  );
}

function summary({ label, cells, format }: HeatMapProps): string {
  const totals = cells.rows.map((row, at) => ({
    row,
    count: cells.counts.reduce((sum, column) => sum + (column?.[at] ?? 0), 0),
  }));
  const most = totals.reduce((best, one) => (one.count > best.count ? one : best), {
    row: { low: 0, high: 0 },
    count: 0,
  });
  if (most.count === 0) return `${label}. No observations`;
  return `${label}. Most lie between ${format(most.row.low)} and ${format(most.row.high)}`;
}

type Latest = { readonly current: HeatMapProps };

interface Parts extends Record<
  "readout" | "overlay" | "marks",
  { readonly current: HTMLElement | null }
> {
  deployed: { readonly current: readonly Deploy[] };
}

function options(latest: Latest, parts: Parts, width: number, height: number): uPlot.Options {
  const [x, y] = axes({ axis: { low: 0, high: 1, marks: [] }, format: String }) as [
    uPlot.Axis,
    uPlot.Axis,
  ];
  const marks = (): number[] => markedRows(latest.current.cells.rows.length, 6);
  const base = timeOptions(width, height, () => [latest.current.from, latest.current.to]);
  return {
    ...base,
    scales: {
      ...base.scales,
      y: { range: () => [0, Math.max(1, latest.current.cells.rows.length)] },
    },
    axes: [
      x,
      {
        ...y,
        grid: { show: false },
        splits: marks,
        values: (_, at) =>
          at.map((row) => latest.current.format(boundAt(latest.current.cells, row))),
      },
    ],
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: {
      setCursor: [(plot) => showCell(plot, parts.readout.current, latest.current)],
      draw: [
        (plot) => drawCells(plot, latest.current),
        (plot) => {
          const { cells, dots = [] } = latest.current;
          placeDots(plot, parts.overlay.current, dots, (value) => heightOf(cells, value));
          placeDeploys(plot, parts.marks.current, parts.deployed.current);
        },
      ],
    },
  };
}

/** How dark a share of the highest count is: the square root keeps what is rare in sight. */
export function shade(count: number, most: number): number {
  return count <= 0 || most <= 0 ? 0 : 0.1 + 0.9 * Math.sqrt(count / most);
}

const SHADES = 24;

function drawCells(plot: uPlot, props: HeatMapProps): void {
  const { cells, colour = "--s1" } = props;
  const { ctx, bbox } = plot;
  const hue = token(colour);
  const shades = Array.from({ length: SHADES + 1 }, (_, at) => withAlpha(hue, at / SHADES));
  const y = cells.rows.map((_, at) => Math.round(plot.valToPos(at, "y", true)));
  y.push(Math.round(plot.valToPos(cells.rows.length, "y", true)));
  const columnPx = (bbox.width * cells.stepSeconds) / Math.max(1, props.to - props.from);
  const gap = columnPx > 8 && bbox.height / cells.rows.length > 8 ? devicePixelRatio : 0;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  cells.counts.forEach((column, at) => {
    if (!column) return;
    const time = cells.times[at] ?? 0;
    const left = Math.round(plot.valToPos(time - cells.stepSeconds, "x", true));
    const right = Math.round(plot.valToPos(time, "x", true));
    column.forEach((count, row) => {
      if (count <= 0) return;
      const [bottom = 0, top = 0] = [y[row], y[row + 1]];
      ctx.fillStyle = shades[Math.round(shade(count, cells.most) * SHADES)] ?? hue;
      ctx.fillRect(left, top, Math.max(1, right - left - gap), Math.max(1, bottom - top - gap));
    });
  });
  ctx.restore();
}

function showCell(plot: uPlot, readout: HTMLElement | null, props: HeatMapProps): void {
  if (!readout) return;
  const { left = -1, top = -1 } = plot.cursor;
  const { cells, format, formatCount = significant } = props;
  const at = cells.times.findIndex((time) => time >= plot.posToVal(left, "x"));
  const column = cells.counts[at];
  if (left < 0 || at < 0 || !column) {
    readout.hidden = true;
    return;
  }
  // The cursor of another chart of the page says when, but not which bucket.
  const row =
    top < 0 || !plot.over.matches(":hover") ? null : rowAt(cells, plot.posToVal(top, "y"));
  const all = column.reduce((sum, count) => sum + count, 0);
  const lines = [`all: ${formatCount(all)}`];
  const bounds = row === null ? undefined : cells.rows[row];
  if (row !== null && bounds) {
    const share = all > 0 ? ((column[row] ?? 0) / all) * 100 : 0;
    const text = `${formatCount(column[row] ?? 0)}, ${significant(share, 2)}%`;
    lines.unshift(`${format(bounds.low)} – ${format(bounds.high)}: ${text}`);
  }
  readout.replaceChildren(moment(cells.times[at] ?? 0), ...lines.map(note));
  placeReadout(plot, readout, left);
}
