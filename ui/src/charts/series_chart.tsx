// A chart of Prometheus series with its legend: choosing, standing out, and a bound on what is drawn.
// Invariants: at most DRAWN_MAX series are drawn, the ones that reach highest, and how many are not is
// said; the legend lists all; a series keeps its colour when others are hidden.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { counted, percent, text } from "../format/quantity";
import { unitBase, unitFormat } from "../format/unit";
import { sharesOf, type Series } from "../prometheus/frame";
import { Chart } from "./chart";
import { FlowLegend, Legend, type LegendColumn, type LegendEntry } from "./legend";
import type { Dot, Line, LineStyle, Threshold } from "./plot";
import { statisticsOf } from "./statistics";

export const DRAWN_MAX = 100;

const COLOURS = 12;

export interface SeriesChartProps {
  label: string;
  times: readonly number[];
  series: readonly Series[];
  stepSeconds: number;
  /** The range on show, in Unix seconds. */
  from: number;
  to: number;
  /** The name of a unit, see `format/unit.ts`. */
  unit?: string;
  decimals?: number | null;
  height?: number;
  stack?: "none" | "normal" | "percent";
  style?: LineStyle;
  /** How opaque the fill is, 0 to 1. */
  fill?: number;
  lineWidth?: number;
  thresholds?: readonly Threshold[];
  min?: number | null;
  max?: number | null;
  dots?: readonly Dot[];
  /** `flow` sets names beside each other, without figures: for a few series. */
  legend?: "list" | "table" | "flow" | "hidden";
  /** How many rows of the legend are in sight at most. */
  legendRows?: number;
}

/** The colour token of the n-th series. */
export function seriesColour(index: number): string {
  return `--s${(index % COLOURS) + 1}`;
}

/** The series that are drawn: those chosen, or all; of too many, those that reach highest. */
export function drawnSeries(
  series: readonly Series[],
  chosen: ReadonlySet<string>,
  most = DRAWN_MAX,
): ReadonlySet<string> {
  const asked = chosen.size > 0 ? series.filter((one) => chosen.has(one.key)) : series;
  const wanted = asked.length > 0 ? asked : series;
  if (wanted.length <= most) return new Set(wanted.map((one) => one.key));
  const reach = wanted.map((one) => ({ key: one.key, max: statisticsOf(one.values).max }));
  reach.sort((a, b) => (b.max ?? -Infinity) - (a.max ?? -Infinity));
  return new Set(reach.slice(0, most).map((one) => one.key));
}

/** A press in the legend: one alone, all again on a second press; with `add` one more or less. */
export function choose(
  chosen: ReadonlySet<string>,
  drawn: ReadonlySet<string>,
  key: string,
  add: boolean,
): ReadonlySet<string> {
  if (!add) return chosen.size === 1 && chosen.has(key) ? new Set() : new Set([key]);
  const next = new Set(chosen.size > 0 ? chosen : drawn);
  if (!next.delete(key)) next.add(key);
  return next;
}

const TABLE_COLUMNS: readonly LegendColumn[] = ["min", "mean", "max", "last"];

export function SeriesChart(props: SeriesChartProps): JSX.Element {
  const { series, stack = "none", legend = "list" } = props;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [highlight, setHighlight] = useState<string | null>(null);
  const drawn = useMemo(() => drawnSeries(series, chosen), [series, chosen]);
  const { shown, lines } = useLines(props, drawn);
  const entries = useMemo(() => entriesOf(series, drawn), [series, drawn]);
  const format =
    stack === "percent" ? formatShare : unitFormat(props.unit ?? "", props.decimals ?? null);
  const hidden = chosen.size > 0 ? 0 : series.length - drawn.size;
  const lineAt = shown.findIndex((one) => one.key === highlight);
  const entryAt = entries.findIndex((one) => one.key === highlight);
  const legendProps = {
    label: `Legend of ${props.label}`,
    entries,
    format: unitFormat(props.unit ?? "", props.decimals ?? null),
    highlight: entryAt < 0 ? null : entryAt,
    onHighlight: (at: number | null) =>
      setHighlight(at === null ? null : (entries[at]?.key ?? null)),
    onChoose: (key: string, add: boolean) => setChosen(choose(chosen, drawn, key, add)),
  };
  return (
    <div class="series-chart">
      <Chart
        label={props.label}
        times={props.times}
        lines={lines}
        stepSeconds={props.stepSeconds}
        from={props.from}
        to={props.to}
        format={format}
        base={stack === "percent" ? "decimal" : unitBase(props.unit ?? "")}
        stacked={stack !== "none"}
        style={props.style ?? "line"}
        barsEnd
        fromZero={stack !== "none" || props.style === "bar"}
        min={props.min ?? null}
        max={stack === "percent" ? 1 : (props.max ?? null)}
        height={props.height ?? 240}
        dots={props.dots ?? []}
        thresholds={props.thresholds ?? []}
        highlight={lineAt < 0 ? null : lineAt}
        onFocus={(line) => setHighlight(line === null ? null : (shown[line]?.key ?? null))}
      />
      {hidden > 0 && (
        <p class="series-note">
          The {drawn.size} of {counted(series.length, "series", "series")} that reach highest are
          drawn; choose others below, or aggregate: <span class="mono">topk(10, …)</span>
        </p>
      )}
      {legend === "flow" && <FlowLegend {...legendProps} />}
      {(legend === "list" || legend === "table") && (
        <Legend
          {...legendProps}
          columns={legend === "table" ? TABLE_COLUMNS : ["last"]}
          {...(props.legendRows !== undefined && { rows: props.legendRows })}
        />
      )}
    </div>
  );
}

const formatShare = (value: number): string => text(percent(value));

function useLines(
  props: SeriesChartProps,
  drawn: ReadonlySet<string>,
): { shown: Series[]; lines: Line[] } {
  const { series, stack = "none", fill = 0, lineWidth } = props;
  return useMemo(() => {
    const shown = series.filter((one) => drawn.has(one.key));
    const colours = new Map(series.map((one, at) => [one.key, seriesColour(at)]));
    const valued = stack === "percent" ? sharesOf(shown) : shown;
    const lines = valued.map((one): Line => ({
      label: one.name,
      colour: colours.get(one.key) ?? "--s1",
      values: one.values,
      ...(fill > 0 && { fill }),
      ...(lineWidth !== undefined && { width: lineWidth }),
    }));
    return { shown, lines };
  }, [series, drawn, stack, fill, lineWidth]);
}

/** All series; where not all can be drawn, those that are come first. */
function entriesOf(series: readonly Series[], drawn: ReadonlySet<string>): LegendEntry[] {
  const entries = series.map((one, at) => ({
    key: one.key,
    name: one.name,
    colour: drawn.has(one.key) ? `var(${seriesColour(at)})` : null,
    figures: statisticsOf(one.values),
  }));
  if (series.length <= DRAWN_MAX) return entries;
  return [
    ...entries.filter((one) => one.colour !== null),
    ...entries.filter((one) => one.colour === null),
  ];
}
