// A time chart: lines or stacked bars, a readout under the cursor, drag to zoom, dots that are links.
// Invariants: dragging sets the time range of the page; the canvas is an image with a text summary,
// and each dot is a real link; new data updates the plot in place.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { setRange } from "../api/refresh";
import { clock } from "../format/time";
import { theme } from "../shell/theme";
import { absoluteRange } from "../time/range";
import { plotData, plotOptions, valueMax, type Dot, type Line, type PlotShape } from "./plot";

interface ChartProps {
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
  dots?: readonly Dot[];
}

/** `from` and `to` of an answer, in Unix seconds. */
export function spanOf(answer: { from: string; to: string }): { from: number; to: number } {
  return { from: Date.parse(answer.from) / 1000, to: Date.parse(answer.to) / 1000 };
}

function shapeOf(props: ChartProps): PlotShape {
  const { lines, stacked = false, stepSeconds, from, to, format } = props;
  return {
    lines,
    stacked,
    stepSeconds,
    from,
    to,
    format,
    valueMax: valueMax({ lines, stacked }, props.dots ?? []),
  };
}

export function Chart(props: ChartProps): JSX.Element {
  const { height = 180 } = props;
  const host = useRef<HTMLDivElement>(null);
  const overlay = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const shape = shapeOf(props);
  const live = useRef(shape);
  Object.assign(live.current, shape);
  const kind = `${theme.value} ${props.lines.map((line) => line.label + line.colour).join()} ${height}`;

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const made = new uPlot(
      plotOptions(
        live.current,
        {
          onZoom: (from, to) => setRange(absoluteRange(from * 1000, to * 1000)),
          onCursor: (at) => showReadout(at, readout.current, latest.current),
          onDraw: (at) => placeDots(at, overlay.current, latest.current.dots ?? []),
        },
        element.clientWidth,
        height,
      ),
      plotData(latest.current.times, live.current),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    void document.fonts.ready.then(() => plot.current === made && made.redraw());
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [kind]);
  useEffect(() => {
    plot.current?.setData(plotData(props.times, shape));
  }, [props.times, props.lines, props.from, props.to]);

  return (
    <div class="chart" style={{ height: `${height}px` }}>
      <div class="chart-plot" role="img" aria-label={summary(props)} ref={host} />
      <div class="chart-dots" ref={overlay}>
        {props.dots?.map((dot) => (
          <a
            key={dot.href}
            href={dot.href}
            class={`chart-dot ${dot.bad ? "bad" : ""}`}
            title={dot.title}
            aria-label={dot.title}
          />
        ))}
      </div>
      <div class="chart-readout" ref={readout} aria-hidden="true" hidden />
    </div>
  );
}

function summary({ label, lines, format }: ChartProps): string {
  const parts = lines.map((line) => {
    const values = line.values.filter((value): value is number => value !== null);
    if (values.length === 0) return `${line.label}: no data`;
    const high = values.reduce((most, value) => Math.max(most, value));
    return `${line.label}: last ${format(values.at(-1) ?? 0)}, highest ${format(high)}`;
  });
  return `${label}. ${parts.join("; ")}`;
}

/** Puts each dot where its time and value are; above the axis it sits at the top. */
function placeDots(plot: uPlot, overlay: HTMLElement | null, dots: readonly Dot[]): void {
  if (!overlay) return;
  const box = plot.over;
  overlay.style.left = `${box.offsetLeft}px`;
  overlay.style.top = `${box.offsetTop}px`;
  dots.forEach((dot, index) => {
    const element = overlay.children[index] as HTMLElement | undefined;
    if (!element) return;
    const x = plot.valToPos(dot.time, "x");
    const y = Math.max(0, plot.valToPos(dot.value, "y"));
    element.hidden = x < 0 || x > box.clientWidth;
    element.style.transform = `translate(${x}px, ${y}px)`;
  });
}

function showReadout(plot: uPlot, readout: HTMLElement | null, props: ChartProps): void {
  if (!readout) return;
  const { idx, left } = plot.cursor;
  const seconds = typeof idx === "number" ? props.times[idx] : undefined;
  if (seconds === undefined || left === undefined || left < 0) {
    readout.hidden = true;
    return;
  }
  const rows = props.lines.map((line) =>
    readoutRow(line, line.values[idx as number] ?? null, props.format),
  );
  const head = document.createElement("b");
  head.textContent = clock(BigInt(Math.round(seconds)) * 1_000_000_000n, 0);
  readout.replaceChildren(head, ...(props.stacked ? rows.reverse() : rows));
  readout.hidden = false;
  const x = plot.over.offsetLeft + left;
  const flip = x + readout.offsetWidth + 16 > (plot.root.clientWidth || 0);
  readout.style.transform = `translateX(${flip ? x - readout.offsetWidth - 12 : x + 12}px)`;
}

function readoutRow(
  line: Line,
  value: number | null,
  format: (value: number) => string,
): HTMLElement {
  const row = document.createElement("div");
  const key = document.createElement("i");
  key.style.background = `var(${line.colour})`;
  key.style.opacity = line.dim ? "0.5" : "1";
  const label = document.createElement("span");
  label.textContent = line.label;
  const figure = document.createElement("span");
  figure.textContent = value === null ? "–" : format(value);
  row.append(key, label, figure);
  return row;
}
