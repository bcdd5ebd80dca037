// The legend of a chart of many series: names with figures, choosing which are drawn.
// Invariants: it scrolls by itself and draws only the rows in sight; a row is a button that says
// whether its series is drawn; the keyboard reaches every row by the arrow keys.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Statistics } from "./statistics";

export interface LegendEntry {
  key: string;
  name: string;
  /** `var(--s1)`, or none for a series that is not drawn. */
  colour: string | null;
  figures: Statistics;
}

export type LegendColumn = keyof Statistics;

interface LegendProps {
  label: string;
  entries: readonly LegendEntry[];
  columns: readonly LegendColumn[];
  format: (value: number) => string;
  /** How many rows are in sight at most; seven unless said otherwise. */
  rows?: number;
  /** The entry that stands out, as an index. */
  highlight?: number | null;
  onHighlight?: (entry: number | null) => void;
  /** A press chooses one series alone; with Ctrl, Cmd or Shift it adds or removes one. */
  onChoose?: (key: string, add: boolean) => void;
}

export const ROW_PX = 24;
const ROWS_SHOWN = 7;
const OVERSCAN = 6;

/** Half a row more where there are more, so that it is seen to scroll. */
export function rowsInSight(entries: number, rows: number): number {
  return Math.min(entries, rows + (entries > rows ? 0.5 : 0));
}

export function Legend(props: LegendProps): JSX.Element {
  const { entries, columns } = props;
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const { rows = ROWS_SHOWN } = props;
  const shown = rowsInSight(entries.length, rows);
  const first = Math.max(0, Math.floor(top / ROW_PX) - OVERSCAN);
  const last = Math.min(entries.length, Math.ceil(top / ROW_PX) + rows + OVERSCAN);
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = Number((event.target as HTMLElement).dataset["index"]);
    if (by === undefined || Number.isNaN(at)) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(entries.length - 1, at + by));
    const element = list.current;
    if (!element) return;
    if ((next + 1) * ROW_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = (next + 1) * ROW_PX - element.clientHeight;
    if (next * ROW_PX < element.scrollTop) element.scrollTop = next * ROW_PX;
    element.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus({ preventScroll: true });
  };
  return (
    <div class="series-legend" style={{ "--figures": String(columns.length) }}>
      {columns.length > 0 && (
        <div class="series-legend-head" aria-hidden="true">
          <span />
          {columns.map((column) => (
            <span key={column}>{column}</span>
          ))}
        </div>
      )}
      <div
        class="series-legend-list"
        role="group"
        aria-label={props.label}
        ref={list}
        style={{ height: `${shown * ROW_PX}px` }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={move}
        onMouseLeave={() => props.onHighlight?.(null)}
      >
        <div style={{ height: `${entries.length * ROW_PX}px`, paddingTop: `${first * ROW_PX}px` }}>
          {entries.slice(first, last).map((entry, index) => (
            <LegendRow key={entry.key} of={entry} index={first + index} legend={props} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface LegendRowProps {
  of: LegendEntry;
  index: number;
  legend: LegendProps;
}

function LegendRow({ of: entry, index, legend }: LegendRowProps): JSX.Element {
  const isOn = legend.highlight === index;
  return (
    <button
      type="button"
      class={`series-legend-row ${entry.colour === null ? "off" : ""} ${isOn ? "on" : ""}`}
      data-index={index}
      aria-pressed={entry.colour !== null}
      title={`${entry.name}\nclick: this one alone; with Ctrl: add or remove`}
      onMouseEnter={() => legend.onHighlight?.(index)}
      onFocus={() => legend.onHighlight?.(index)}
      onBlur={() => legend.onHighlight?.(null)}
      onClick={(event) =>
        legend.onChoose?.(entry.key, event.ctrlKey || event.metaKey || event.shiftKey)
      }
    >
      <span class="clip">
        <i style={{ background: entry.colour ?? "var(--line-strong)" }} />
        {entry.name}
      </span>
      {legend.columns.map((column) => {
        const value = entry.figures[column];
        return <span key={column}>{value === null ? "–" : legend.format(value)}</span>;
      })}
    </button>
  );
}

/** A few series beside each other, by name alone. */
export function FlowLegend(props: Omit<LegendProps, "columns" | "rows">): JSX.Element {
  return (
    <div
      class="series-flow"
      role="group"
      aria-label={props.label}
      onMouseLeave={() => props.onHighlight?.(null)}
    >
      {props.entries.map((entry, index) => (
        <LegendRow key={entry.key} of={entry} index={index} legend={{ ...props, columns: [] }} />
      ))}
    </div>
  );
}
