// The figures under the cursor: the moment, and the value of each line there.
// Invariants: at most ROWS_MAX lines are listed, the highest ones, and the one nearest to the pointer
// always; it is built from nodes, never from markup.
import type uPlot from "uplot";
import type { Deploy } from "../api/errors";
import { clock } from "../format/time";
import { deployText } from "./deploys";
import type { Line } from "./plot";

interface ReadoutSource {
  times: readonly number[];
  lines: readonly Line[];
  stacked?: boolean;
  format: (value: number) => string;
}

const ROWS_MAX = 12;

interface Reading {
  line: Line;
  index: number;
  value: number | null;
}

/** Which lines are listed, in which order: theirs while they are few, by value where they are many. */
export function readings(source: ReadoutSource, at: number, focused: number | null): Reading[] {
  const all = source.lines.map((line, index) => ({ line, index, value: line.values[at] ?? null }));
  if (all.length <= ROWS_MAX) return source.stacked ? all.reverse() : all;
  const known = all.filter((one) => one.value !== null);
  known.sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const shown = known.slice(0, ROWS_MAX);
  const nearest = known.find((one) => one.index === focused);
  if (nearest && !shown.includes(nearest)) shown.splice(-1, 1, nearest);
  return shown;
}

export function showReadout(
  plot: uPlot,
  readout: HTMLElement | null,
  source: ReadoutSource,
  focused: number | null,
  deploys: readonly Deploy[] = [],
): void {
  if (!readout) return;
  const { idx, left } = plot.cursor;
  const seconds = typeof idx === "number" ? source.times[idx] : undefined;
  if (seconds === undefined || left === undefined || left < 0) {
    readout.hidden = true;
    return;
  }
  const shown = readings(source, idx as number, focused);
  const rows = shown.map((one) => readoutRow(one, source.format, one.index === focused));
  const more = source.lines.length - shown.length;
  if (more > 0) rows.push(note(`and ${more} more`));
  for (const deploy of deploysAt(plot, deploys, left)) rows.push(note(deployText(deploy)));
  readout.replaceChildren(moment(seconds), ...rows);
  placeReadout(plot, readout, left);
}

/** How near the pointer must be to a deploy's line, in pixels. */
const DEPLOY_REACH_PX = 6;

function deploysAt(plot: uPlot, deploys: readonly Deploy[], left: number): Deploy[] {
  return deploys
    .filter(
      (one) => Math.abs(plot.valToPos(Date.parse(one.at) / 1000, "x") - left) <= DEPLOY_REACH_PX,
    )
    .slice(0, ROWS_MAX);
}

export function moment(seconds: number): HTMLElement {
  const head = document.createElement("b");
  head.textContent = clock(BigInt(Math.round(seconds)) * 1_000_000_000n, 0);
  return head;
}

/** Shows it beside the cursor, on the side that has room. */
export function placeReadout(plot: uPlot, readout: HTMLElement, left: number): void {
  readout.hidden = false;
  const x = plot.over.offsetLeft + left;
  const flip = x + readout.offsetWidth + 16 > (plot.root.clientWidth || 0);
  const beside = flip ? Math.max(0, x - readout.offsetWidth - 12) : x + 12;
  readout.style.transform = `translateX(${beside}px)`;
}

export function note(text: string): HTMLElement {
  const row = document.createElement("p");
  row.textContent = text;
  return row;
}

function readoutRow(
  { line, value }: Reading,
  format: (value: number) => string,
  isFocused: boolean,
): HTMLElement {
  const row = document.createElement("div");
  if (isFocused) row.className = "on";
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
