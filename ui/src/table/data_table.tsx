// A table of any length: sortable heads, a link per row, `j` `k` Enter, rows drawn on demand.
// Invariants: it is a table for assistive technology (roles, row count and row index), though drawn as
// a grid; a click anywhere in a row opens it, unless it was on another link or selected text.
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { navigate, place } from "../url/location";
import { useActiveRow } from "./active_row";
import { RowLayout } from "./layout";
import { VirtualRows } from "./virtual_rows";

export interface Column<T> {
  key: string;
  title: ComponentChildren;
  /** A CSS grid track, such as `minmax(0, 2fr)`. */
  width: string;
  align?: "right";
  sortable?: boolean;
  /** Left out where the table is narrower than this many pixels. */
  hideBelow?: number;
  cell: (row: T) => ComponentChildren;
}

export interface Sorting {
  key: string;
  descending: boolean;
  onSort: (key: string) => void;
}

interface DataTableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  hrefOf?: (row: T) => string;
  sorting?: Sorting;
  rowHeight?: number;
  /** Rows that were put before the first; the page scrolls along with them. */
  prepended?: { count: number };
  onNearEnd?: () => void;
  dimmed?: boolean;
}

export function DataTable<T>(props: DataTableProps<T>): JSX.Element {
  const { rows, rowHeight = 32 } = props;
  const layout = useMemo(() => new RowLayout(rows.length, rowHeight), [rows.length, rowHeight]);
  const root = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const width = useWidth(root);
  const columns = props.columns.filter((column) => width >= (column.hideBelow ?? 0));
  const openRow = (row: T): void => {
    if (props.hrefOf) navigate(props.hrefOf(row));
  };
  const onOpen = (index: number): void => {
    const row = rows[index];
    if (row !== undefined) openRow(row);
  };
  const [active] = useActiveRow({ root, body, layout, prepended: props.prepended, onOpen });
  const drawn = useDrawnRows([rows, columns.length, place.value, props.hrefOf !== undefined]);
  const drawRow = (row: T, index: number): JSX.Element => {
    const key = props.keyOf(row);
    const isActive = index === active;
    return drawn(`${key}\n${index}${isActive ? " active" : ""}`, () => (
      <TableRow
        key={key}
        row={row}
        index={index}
        columns={columns}
        active={isActive}
        onOpen={props.hrefOf && openRow}
      />
    ));
  };
  const template = columns.map((column) => column.width).join(" ");
  return (
    <div
      class={`table ${props.dimmed ? "dimmed" : ""}`}
      role="table"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      ref={root}
      style={{ "--columns": template, "--row": `${rowHeight}px` }}
    >
      <TableHead columns={columns} sorting={props.sorting} />
      <VirtualRows
        layout={layout}
        handle={body}
        onNearEnd={props.onNearEnd}
        render={(index) => {
          const row = rows[index];
          return row === undefined ? null : drawRow(row, index);
        }}
      />
    </div>
  );
}

const DRAWN_MAX = 400;

/**
 * Rows drawn before, as long as nothing that they depend on changed. Preact leaves an element alone
 * that it is given again, so scrolling draws the rows that come into sight and no others.
 */
function useDrawnRows(
  inputs: readonly unknown[],
): (key: string, draw: () => JSX.Element) => JSX.Element {
  const drawn = useMemo(() => new Map<string, JSX.Element>(), inputs);
  return (key, draw) => {
    const known = drawn.get(key);
    if (known) return known;
    if (drawn.size >= DRAWN_MAX) drawn.clear();
    const made = draw();
    drawn.set(key, made);
    return made;
  };
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(Infinity);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const measure = (): void => setWidth(target.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return width;
}

interface HeadProps<T> {
  columns: readonly Column<T>[];
  sorting?: Sorting | undefined;
}

function TableHead<T>({ columns, sorting }: HeadProps<T>): JSX.Element {
  return (
    <div class="table-head" role="rowgroup">
      <div class="table-row" role="row" aria-rowindex={1}>
        {columns.map((column) => {
          const sorted = sorting?.key === column.key;
          const order = !sorted ? undefined : sorting.descending ? "descending" : "ascending";
          return (
            <div key={column.key} role="columnheader" class={column.align ?? ""} aria-sort={order}>
              {column.sortable && sorting ? (
                <button
                  type="button"
                  class={`sort ${sorted ? "on" : ""}`}
                  onClick={() => sorting.onSort(column.key)}
                >
                  {column.title}
                  <SortMark order={order} />
                </button>
              ) : (
                column.title
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function SortMark({
  order,
}: {
  order: "ascending" | "descending" | undefined;
}): JSX.Element | null {
  if (!order) return null;
  return (
    <svg width="7" height="7" viewBox="0 0 8 8" aria-hidden="true">
      <path d={order === "ascending" ? "M4 1 7.6 7H.4z" : "M4 7 .4 1h7.2z"} fill="currentColor" />
    </svg>
  );
}

interface RowProps<T> {
  row: T;
  index: number;
  columns: readonly Column<T>[];
  active: boolean;
  onOpen?: ((row: T) => void) | undefined;
}

function TableRow<T>({ row, index, columns, active, onOpen }: RowProps<T>): JSX.Element {
  const click = (event: MouseEvent): void => {
    if (!onOpen || (event.target as Element).closest("a, button")) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || !window.getSelection()?.isCollapsed)
      return;
    onOpen(row);
  };
  return (
    <div
      class={`table-row ${onOpen ? "opens" : ""}`}
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      tabIndex={active ? 0 : -1}
      onClick={click}
    >
      {columns.map((column) => (
        <div key={column.key} role="cell" class={column.align ?? ""}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

/** Sorted copy by a number or a text; missing values last in either direction. */
export function sortRows<T>(
  rows: readonly T[],
  valueOf: (row: T) => number | string | null,
  descending: boolean,
): T[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    if (typeof x === "string" || typeof y === "string")
      return sign * String(x).localeCompare(String(y));
    return sign * (x - y);
  });
}
