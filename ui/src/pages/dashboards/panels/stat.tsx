// Single figures: large ones with their course behind them, dials, and bars.
// Invariants: a figure's colour comes from its mapping, else its threshold, else it is plain text; all
// bars and dials of a panel share one scale.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { sparkPath } from "../../../charts/sparkline";
import type { Panel } from "../../../dashboards/document";
import { figuresOf, scaleOf, seriesOf, type Figure } from "../../../dashboards/figures";
import {
  ascending,
  cssColour,
  mappingOf,
  position,
  shownAs,
  thresholdColour,
} from "../../../dashboards/values";
import { Figure as FigureText } from "../../../controls/figures";
import { quantityOf, unitFormat } from "../../../format/unit";
import type { PanelProps } from "./time_series";
import type { Size } from "./size";

const FIGURES_MAX = 60;

interface Figures {
  figures: Figure[];
  /** How many are left out. */
  more: number;
}

function useFigures({ panel, data }: PanelProps): Figures {
  return useMemo(() => {
    const all = figuresOf(seriesOf(data.answers, data.grid), panel.reduce);
    return { figures: all.slice(0, FIGURES_MAX), more: Math.max(0, all.length - FIGURES_MAX) };
  }, [data.answers, data.grid, panel.reduce]);
}

function More({ count }: { count: number }): JSX.Element | null {
  return count > 0 ? <p class="board-note board-more">and {count} more; ask for topk</p> : null;
}

/** As many columns as make the cells widest for their height. */
export function columnsFor(count: number, { width, height }: Size, ratio = 2): number {
  let [best, most] = [1, 0];
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const side = Math.min(width / columns / ratio, height / rows);
    if (side > most) [best, most] = [columns, side];
  }
  return best;
}

function FigureValue({ of, panel }: { of: Figure; panel: Panel }): JSX.Element {
  const mapping = mappingOf(of.value, panel.mappings);
  if (mapping?.text) return <span class="figure">{mapping.text}</span>;
  return <FigureText of={quantityOf(of.value, panel.unit, panel.decimals)} />;
}

function colourOf(of: Figure, panel: Panel): string | null {
  const mapping = mappingOf(of.value, panel.mappings);
  return cssColour(mapping?.color) ?? thresholdColour(of.value, panel.thresholds);
}

export function StatPanel(props: PanelProps): JSX.Element {
  const { panel, size } = props;
  const { figures, more } = useFigures(props);
  const columns = columnsFor(figures.length, size);
  const rows = Math.ceil(figures.length / columns);
  const cell = { width: size.width / columns, height: size.height / rows };
  return (
    <div class="stats" style={{ "--stat-columns": String(columns) }}>
      {figures.map((figure) => (
        <Stat key={figure.key} of={figure} panel={panel} size={cell} named={figures.length > 1} />
      ))}
      <More count={more} />
    </div>
  );
}

interface StatProps {
  of: Figure;
  panel: Panel;
  size: Size;
  named: boolean;
}

function Stat({ of, panel, size, named }: StatProps): JSX.Element {
  const colour = colourOf(of, panel);
  const moves = of.values.filter((value) => value !== null).length > 1 && size.height >= 72;
  const fontPx = Math.max(15, Math.min(40, size.height * 0.34, size.width / 6));
  return (
    <div class={`stat ${moves ? "moves" : ""}`}>
      {moves && <Course of={of} colour={colour} size={size} />}
      <strong
        style={{ fontSize: `${fontPx}px`, lineHeight: 1.2, ...(colour && { color: colour }) }}
      >
        <FigureValue of={of} panel={panel} />
      </strong>
      {named && (
        <small class="clip" title={of.name}>
          {of.name}
        </small>
      )}
    </div>
  );
}

function Course({
  of,
  colour,
  size,
}: {
  of: Figure;
  colour: string | null;
  size: Size;
}): JSX.Element {
  const [width, height] = [200, 40];
  const known = of.values.filter((value): value is number => value !== null);
  const low = known.reduce((least, value) => Math.min(least, value), Infinity);
  const high = known.reduce((most, value) => Math.max(most, value), -Infinity);
  // A course that hardly moves is drawn flat in the middle, one that moves from its lowest.
  const flat = high - low < Math.abs(high) * 0.02;
  const path = flat
    ? `M0,${height / 2}L${width},${height / 2}`
    : sparkPath(
        known.map((value) => value - low),
        width,
        height,
      );
  return (
    <svg
      class="stat-course"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      style={{ color: colour ?? "var(--s1)", height: `${Math.round(size.height * 0.34)}px` }}
    >
      <path d={`${path}L${width},${height}L0,${height}Z`} fill="currentColor" opacity="0.1" />
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        stroke-width="1.4"
        vector-effect="non-scaling-stroke"
        opacity="0.75"
      />
    </svg>
  );
}

export function GaugePanel(props: PanelProps): JSX.Element {
  const { panel, size } = props;
  const { figures, more } = useFigures(props);
  const columns = columnsFor(figures.length, size, 1.5);
  const rows = Math.ceil(figures.length / columns);
  const ends = gaugeEnds(panel, figures);
  const cell = { width: size.width / columns, height: size.height / rows };
  return (
    <div class="stats" style={{ "--stat-columns": String(columns) }}>
      {figures.map((figure) => (
        <Gauge
          key={figure.key}
          of={figure}
          panel={panel}
          ends={ends}
          size={cell}
          named={figures.length > 1}
        />
      ))}
      <More count={more} />
    </div>
  );
}

/** A share's scale ends at the whole, unless it is said where or a figure is beyond. */
function gaugeEnds(panel: Panel, figures: readonly Figure[]): { low: number; high: number } {
  const whole = { percent: 100, percentunit: 1 }[panel.unit];
  const steps = panel.thresholds.map((one) => one.value);
  const values = figures.map((figure) => figure.value);
  return scaleOf([...values, ...steps, whole ?? null], panel.min, panel.max);
}

interface GaugeProps extends StatProps {
  ends: { low: number; high: number };
}

const TURN = (Math.PI * 4) / 3;
const RADIUS = 44;

/** A point of the dial: 0 at its left end, 1 at its right. */
function dialPoint(share: number, radius: number): string {
  const angle = Math.PI / 2 + (2 * Math.PI - TURN) / 2 + share * TURN;
  return `${(50 + radius * Math.cos(angle)).toFixed(2)} ${(50 + radius * Math.sin(angle)).toFixed(2)}`;
}

function arc(from: number, to: number, radius: number): string {
  const large = (to - from) * TURN > Math.PI ? 1 : 0;
  return `M${dialPoint(from, radius)}A${radius} ${radius} 0 ${large} 1 ${dialPoint(to, radius)}`;
}

function Gauge({ of, panel, size, named, ends }: GaugeProps): JSX.Element {
  const share = of.value === null ? 0 : position(of.value, ends.low, ends.high);
  const colour = colourOf(of, panel) ?? "var(--s1)";
  const steps = ascending(panel.thresholds);
  const { text } = shownAs(of.value, panel);
  const name = named ? of.name : panel.title;
  const room = size.height - (named ? 20 : 0) - 4;
  return (
    <div class="stat gauge" role="img" aria-label={`${name}: ${text}`}>
      <svg viewBox="0 2 100 76" style={{ height: `${Math.max(32, room)}px` }} aria-hidden="true">
        <path d={arc(0, 1, RADIUS - 5)} class="gauge-track" />
        {steps.map((step, index) => {
          const from = step.value === null ? 0 : position(step.value, ends.low, ends.high);
          const next = steps[index + 1]?.value;
          const to = next == null ? 1 : position(next, ends.low, ends.high);
          const stroke = cssColour(step.color) ?? "var(--line)";
          return to > from && steps.length > 1 ? (
            <path key={index} d={arc(from, to, RADIUS + 2)} class="gauge-step" style={{ stroke }} />
          ) : null;
        })}
        {share > 0 && (
          <path d={arc(0, share, RADIUS - 5)} class="gauge-value" style={{ stroke: colour }} />
        )}
        <text x="50" y="56" text-anchor="middle" class="gauge-text">
          {text}
        </text>
      </svg>
      {named && (
        <small class="clip" title={of.name}>
          {of.name}
        </small>
      )}
    </div>
  );
}

export function BarPanel(props: PanelProps): JSX.Element {
  const { panel } = props;
  const { figures, more } = useFigures(props);
  const { low, high } = scaleOf(
    figures.map((figure) => figure.value),
    panel.min,
    panel.max,
  );
  const format = unitFormat(panel.unit, panel.decimals);
  return (
    <ul class="bars">
      {figures.map((figure) => {
        const share = figure.value === null ? 0 : position(figure.value, low, high);
        const mapping = mappingOf(figure.value, panel.mappings);
        return (
          <li key={figure.key}>
            <span class="clip" title={figure.name}>
              {figure.name}
            </span>
            <span class="meter">
              <i
                style={{
                  width: `${share * 100}%`,
                  background: colourOf(figure, panel) ?? "var(--s1)",
                }}
              />
            </span>
            <span class="right figure">
              {mapping?.text || (figure.value === null ? "–" : format(figure.value))}
            </span>
          </li>
        );
      })}
      {more > 0 && (
        <li>
          <More count={more} />
        </li>
      )}
    </ul>
  );
}
