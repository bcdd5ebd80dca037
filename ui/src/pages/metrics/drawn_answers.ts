// Which of the answers become lines, which become heat maps, in which unit.
// Invariant: pure; native histograms are always heat maps, classic buckets where nothing else is asked
// for, and every other series is a line.
import {
  classicCells,
  hasClassicBuckets,
  nativeCells,
  type HeatCells,
} from "../../charts/heat_cells";
import { frameOf, gridTimes, histogramsOf, type Frame, type Series } from "../../prometheus/frame";
import { namer } from "../../prometheus/legend";
import { unitOfQuery } from "../../prometheus/query_unit";
import type { ExemplarSeries, MatrixSeries } from "../../prometheus/types";
import type { Replies, Reply } from "../../prometheus/use_answers";
import { unitOfMetric } from "../../format/unit";
import { metricsIn } from "../../editor/context";
import type { ExplorerState } from "./explorer_state";

export interface DrawnHeatMap {
  ref: string;
  title: string;
  cells: HeatCells;
  unit: string;
  /** How many series were added up. */
  merged: number;
}

export interface DrawnAnswers {
  times: number[];
  series: Series[];
  heatMaps: DrawnHeatMap[];
  unit: string;
  /** Exemplars whose values are in the unit of the lines. */
  exemplars: ExemplarSeries[];
}

export function matrixOf(reply: Reply): MatrixSeries[] {
  const { data } = reply;
  if (data?.resultType === "matrix") return data.result;
  return [];
}

export function sizeOf(answered: Replies): { series: number; samples: number } {
  let [series, samples] = [0, 0];
  for (const reply of answered.replies) {
    for (const one of matrixOf(reply)) {
      series += 1;
      samples += (one.values?.length ?? 0) + (one.histograms?.length ?? 0);
    }
  }
  return { series, samples };
}

export function drawnAnswers(state: ExplorerState, answered: Replies): DrawnAnswers {
  const { grid } = answered;
  const times = gridTimes(grid);
  const many = answered.replies.length > 1;
  const drawn: DrawnAnswers = { times, series: [], heatMaps: [], unit: "", exemplars: [] };
  const units: string[] = [];
  for (const reply of answered.replies) {
    const matrix = matrixOf(reply);
    const histograms = histogramsOf(matrix);
    const title = many ? `${reply.ref}: ${reply.promql}` : reply.promql;
    if (histograms.length > 0) {
      const cells = nativeCells(histograms, times, grid.step);
      drawn.heatMaps.push({
        ref: reply.ref,
        title,
        cells,
        unit: observedUnit(reply.promql),
        merged: histograms.length,
      });
    }
    const frame = lineFrame(state, reply, matrix, answered, many);
    if (frame.series.length === 0) continue;
    if (isHeat(state, frame)) {
      const cells = classicCells(frame, grid.step);
      const unit = observedUnit(reply.promql);
      drawn.heatMaps.push({ ref: reply.ref, title, cells, unit, merged: 0 });
      continue;
    }
    drawn.series.push(...frame.series);
    units.push(unitOfQuery(reply.promql));
    if (isOfObservations(reply.promql)) drawn.exemplars.push(...reply.exemplars);
  }
  const guess = units.every((unit) => unit === units[0]) ? (units[0] ?? "") : "";
  return { ...drawn, unit: state.unit ?? guess };
}

function lineFrame(
  state: ExplorerState,
  reply: Reply,
  matrix: readonly MatrixSeries[],
  answered: Replies,
  many: boolean,
): Frame {
  const template = state.queries.find((one) => one.ref === reply.ref)?.legend ?? "";
  const name = namer(
    matrix.map((one) => one.metric),
    template,
    reply.promql,
  );
  const called = (labels: Record<string, string>): string => {
    const own = name(labels);
    return many && template === "" && own !== reply.promql ? `${reply.ref} ${own}` : own;
  };
  return frameOf(matrix, answered.grid, called, reply.ref);
}

function isHeat(state: ExplorerState, frame: Frame): boolean {
  const { drawing } = state;
  return (drawing === "" || drawing === "heat") && hasClassicBuckets(frame);
}

/** What the observations of the query's metric are in. */
function observedUnit(promql: string): string {
  return unitOfMetric(metricsIn(promql)[0] ?? "");
}

/** Whether the values of a query are observations, as its exemplars are. */
function isOfObservations(promql: string): boolean {
  return /\bhistogram_(quantile|avg)\b/.test(promql);
}
