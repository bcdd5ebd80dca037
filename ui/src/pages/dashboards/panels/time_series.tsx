// Lines over time, and a heat map of buckets over time.
// Invariant: chart and legend together are as high as the panel; a long legend scrolls in its part.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import {
  classicCells,
  hasClassicBuckets,
  nativeCells,
  type HeatCells,
} from "../../../charts/heat_cells";
import { HeatMap } from "../../../charts/heat_map";
import { ROW_PX, rowsInSight } from "../../../charts/legend";
import type { Threshold } from "../../../charts/plot";
import { SeriesChart } from "../../../charts/series_chart";
import type { Panel } from "../../../dashboards/document";
import { seriesOf, timesOf } from "../../../dashboards/figures";
import { colourToken } from "../../../dashboards/values";
import { unitFormat } from "../../../format/unit";
import { histogramsOf, type Series } from "../../../prometheus/frame";
import type { MatrixSeries } from "../../../prometheus/types";
import type { PanelData } from "../panel_data";
import { useView } from "../view";
import type { Size } from "./size";

export interface PanelProps {
  panel: Panel;
  data: PanelData;
  size: Size;
}

const MARGIN_PX = 8;
const FLOW_LINE_PX = 20;
const FLOW_MAX = 12;
const CHART_LEAST_PX = 56;

interface LegendPlan {
  legend: "list" | "table" | "flow" | "hidden";
  rows: number;
  px: number;
}

/** How the legend is set, and how much of the height it takes. */
export function planLegend(
  mode: Panel["legend"],
  names: readonly string[],
  { width, height }: Size,
): LegendPlan {
  const none: LegendPlan = { legend: "hidden", rows: 0, px: 0 };
  if (mode === "hidden" || names.length === 0) return none;
  const room = height - MARGIN_PX - CHART_LEAST_PX;
  if (mode === "list" && names.length <= FLOW_MAX) {
    const length = names.reduce((sum, name) => sum + Math.min(name.length, 40) * 6.6 + 32, 0);
    const px = Math.min(2, Math.ceil(length / Math.max(1, width - 24))) * FLOW_LINE_PX + 8;
    return px <= room ? { legend: "flow", rows: 0, px } : none;
  }
  const head = ROW_PX;
  const share = mode === "table" ? 0.42 : 0.3;
  const rows = Math.min(names.length, Math.floor((height * share) / ROW_PX));
  if (rows < 1 || room < head + ROW_PX) return none;
  return { legend: mode, rows, px: head + rowsInSight(names.length, rows) * ROW_PX + 5 };
}

/** Thresholds as lines; the lowest colours what is below the others and is no line. */
function thresholdLines(panel: Panel): Threshold[] {
  return panel.thresholds.flatMap(({ value, color }) =>
    value === null ? [] : [{ value, colour: colourToken(color) ?? "--bad" }],
  );
}

const FILLED_FULLY = 3;

/** Areas over each other turn to mud; the more there are, the fainter each is. */
function fillOf({ stack, fill }: Panel, count: number): number {
  return stack === "none" ? fill * Math.min(1, FILLED_FULLY / Math.max(1, count)) : fill;
}

export function TimeSeriesPanel({ panel, data, size }: PanelProps): JSX.Element {
  const { span } = useView();
  const series = useMemo(() => seriesOf(data.answers, data.grid), [data.answers, data.grid]);
  const times = useMemo(() => timesOf(data.grid), [data.grid]);
  const plan = planLegend(
    panel.legend,
    series.map((one) => one.name),
    size,
  );
  const thresholds = useMemo(() => thresholdLines(panel), [panel.thresholds]);
  return (
    <SeriesChart
      label={panel.title || "Time series"}
      times={times}
      series={series}
      stepSeconds={data.grid.step}
      from={span.fromMs / 1000}
      to={span.toMs / 1000}
      unit={panel.unit}
      decimals={panel.decimals}
      height={Math.max(CHART_LEAST_PX, size.height - MARGIN_PX - plan.px)}
      stack={panel.stack}
      fill={fillOf(panel, series.length)}
      lineWidth={panel.line_width}
      thresholds={thresholds}
      min={panel.min}
      max={panel.max}
      legend={plan.legend}
      legendRows={plan.rows}
    />
  );
}

/** The cells of native histograms where there are any, else of buckets by `le`. */
function cellsOf(data: PanelData, series: readonly Series[]): HeatCells | null {
  const { grid } = data;
  const times = timesOf(grid);
  const matrix = data.answers.flatMap(({ data: answer }): MatrixSeries[] =>
    answer?.resultType === "matrix" ? answer.result : [],
  );
  const native = histogramsOf(matrix);
  if (native.length > 0) return nativeCells(native, times, grid.step);
  const frame = { times, series: [...series] };
  return hasClassicBuckets(frame) ? classicCells(frame, grid.step) : null;
}

export function HeatMapPanel({ panel, data, size }: PanelProps): JSX.Element {
  const { span } = useView();
  const series = useMemo(() => seriesOf(data.answers, data.grid), [data.answers, data.grid]);
  const cells = useMemo(() => cellsOf(data, series), [data.answers, data.grid, series]);
  if (!cells) {
    return (
      <p class="board-note">
        The answer has no buckets. A heat map shows a native histogram, or buckets by their bound:{" "}
        <code>sum by (le) (increase(…_bucket[$__rate_interval]))</code>
      </p>
    );
  }
  return (
    <HeatMap
      label={panel.title || "Heat map"}
      cells={cells}
      from={span.fromMs / 1000}
      to={span.toMs / 1000}
      format={unitFormat(panel.unit, panel.decimals)}
      height={Math.max(CHART_LEAST_PX, size.height - MARGIN_PX)}
    />
  );
}
