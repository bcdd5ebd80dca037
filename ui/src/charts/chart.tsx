// A time chart: lines, areas or bars, a readout under the cursor, drag to zoom, dots that are links.
// Invariants: dragging sets the time range of the page; the canvas is an image with a text summary,
// and each dot is a real link; new data updates the plot in place.
import type uPlot from "uplot";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { theme } from "../shell/theme";
import { valueAxis, type AxisBase } from "./axis";
import {
  FOCUS_LINES_MAX,
  nearestLine,
  plotData,
  plotOptions,
  valueExtent,
  type Dot,
  type Line,
  type LineStyle,
  type PlotShape,
  type Threshold,
} from "./plot";
import { DeployMarks, placeDeploys } from "./deploy_marks";
import { useDeploys } from "./deploys";
import { Dots, placeDots } from "./dots";
import { showReadout } from "./readout";
import { usePlot } from "./use_plot";

export interface ChartProps {
  label: string;
  times: readonly number[];
  lines: readonly Line[];
  stepSeconds: number;
  /** The range on show, in Unix seconds. */
  from: number;
  to: number;
  format: (value: number) => string;
  height?: number;
  stacked?: boolean;
  style?: LineStyle;
  /** See `PlotShape`. */
  barsEnd?: boolean;
  dots?: readonly Dot[];
  thresholds?: readonly Threshold[];
  /** What is a round number on the value axis; tens unless said otherwise. */
  base?: AxisBase;
  /** Start the value axis at zero even where values are close together far above it; true unless said otherwise. */
  fromZero?: boolean;
  /** Fixed ends of the value axis. */
  min?: number | null;
  max?: number | null;
  /** The line that stands out, as an index. */
  highlight?: number | null;
  /** Told which line is nearest to the pointer, where there are many. */
  onFocus?: (line: number | null) => void;
}

/** `from` and `to` of an answer, in Unix seconds. */
export function spanOf(answer: { from: string; to: string }): { from: number; to: number } {
  return { from: Date.parse(answer.from) / 1000, to: Date.parse(answer.to) / 1000 };
}

function shapeOf(props: ChartProps): PlotShape {
  const { lines, stacked = false, style = "line", stepSeconds, from, to, format } = props;
  const extent = valueExtent({ lines, stacked }, props.dots ?? [], props.fromZero ?? true);
  const { base = "decimal", min = null, max = null, thresholds = [] } = props;
  const axis = valueAxis(extent, { base, min, max });
  const barsEnd = props.barsEnd ?? false;
  return { lines, stacked, style, barsEnd, stepSeconds, from, to, format, axis, thresholds };
}

export function Chart(props: ChartProps): JSX.Element {
  const { height = 180, style = "line", stacked = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const overlay = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const marks = useRef<HTMLDivElement>(null);
  const deploys = useDeploys(props.from, props.to);
  const focused = useRef<number | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const deployed = useRef(deploys);
  deployed.current = deploys;
  const shape = shapeOf(props);
  const live = useRef(shape);
  Object.assign(live.current, shape);
  const looks = props.lines.map((line) => [line.label, line.colour, line.fill, line.width].join());
  const thresholds = shape.thresholds?.map((one) => one.value + one.colour).join() ?? "";
  const onFocus = (line: number | null): void => {
    if (focused.current === line) return;
    focused.current = line;
    latest.current.onFocus?.(line);
  };
  const plot = usePlot(host, {
    kind: `${theme.value} ${style} ${stacked} ${thresholds} ${looks.join("\n")}`,
    height,
    options: (width) =>
      plotOptions(
        live.current,
        {
          onCursor: (at) => {
            const { lines } = latest.current;
            const isMany = lines.length > FOCUS_LINES_MAX;
            const nearest = isMany ? nearestLine(at, lines) : focused.current;
            showReadout(at, readout.current, latest.current, nearest, deployed.current);
          },
          onDraw: (at) => {
            placeDots(at, overlay.current, latest.current.dots ?? []);
            placeDeploys(at, marks.current, deployed.current);
          },
          onFocus,
        },
        width,
        height,
      ),
    data: () => plotData(latest.current.times, live.current),
    inputs: [props.times, props.lines, props.from, props.to, props.min, props.max, stacked],
  });
  useEffect(() => {
    if (plot.current) placeDeploys(plot.current, marks.current, deploys);
  }, [deploys]);
  const { highlight = null } = props;
  useEffect(() => {
    const at = highlight === null ? null : stacked ? props.lines.length - highlight : highlight + 1;
    focusSeries(plot.current, at);
  }, [highlight]);

  return (
    <div class="chart" style={{ height: `${height}px` }}>
      <div class="chart-plot" role="img" aria-label={summary(props)} ref={host} />
      <DeployMarks deploys={deploys} overlay={marks} />
      <Dots dots={props.dots ?? []} overlay={overlay} />
      <div class="chart-readout" ref={readout} aria-hidden="true" hidden />
    </div>
  );
}

function focusSeries(plot: uPlot | null, series: number | null): void {
  // uPlot takes null for "none", which its types leave out.
  plot?.setSeries(series as number, { focus: true }, false);
}

/** Lines that the summary names one by one. */
const SUMMARISED_MAX = 12;

function summary({ label, lines, format }: ChartProps): string {
  const parts = lines.slice(0, SUMMARISED_MAX).map((line) => {
    const values = line.values.filter((value): value is number => value !== null);
    if (values.length === 0) return `${line.label}: no data`;
    const high = values.reduce((most, value) => Math.max(most, value));
    return `${line.label}: last ${format(values.at(-1) ?? 0)}, highest ${format(high)}`;
  });
  const more = lines.length - SUMMARISED_MAX;
  return `${label}. ${parts.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
