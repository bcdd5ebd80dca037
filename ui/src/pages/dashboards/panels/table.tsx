// Answers as a table that sorts by any of its columns.
// Invariant: at most TABLE_ROWS_MAX rows are drawn, and where there are more that is said.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { sortedRows, tableOf, TABLE_ROWS_MAX, type TableColumn } from "../../../dashboards/figures";
import type { Panel } from "../../../dashboards/document";
import { mappingOf, cssColour, shownAs } from "../../../dashboards/values";
import type { PanelProps } from "./time_series";

interface Order {
  key: string;
  descending: boolean;
}

export function TablePanel({ panel, data }: PanelProps): JSX.Element {
  const table = useMemo(() => tableOf(data.answers, panel.reduce), [data.answers, panel.reduce]);
  const [order, setOrder] = useState<Order | null>(null);
  const rows = order ? sortedRows(table.rows, order.key, order.descending) : table.rows;
  const sort = (column: TableColumn): void =>
    setOrder((now) =>
      now?.key === column.key
        ? { key: column.key, descending: !now.descending }
        : { key: column.key, descending: column.isValue },
    );
  return (
    <div class="board-table">
      <table class="plain-table">
        <thead>
          <tr>
            {table.columns.map((column) => (
              <Head key={column.key} column={column} order={order} onSort={() => sort(column)} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              {table.columns.map((column) => (
                <Cell key={column.key} of={row.cells[column.key] ?? null} {...{ column, panel }} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length >= TABLE_ROWS_MAX && (
        <p class="board-note">The first {TABLE_ROWS_MAX} rows; aggregate, or ask for topk.</p>
      )}
    </div>
  );
}

interface HeadProps {
  column: TableColumn;
  order: Order | null;
  onSort: () => void;
}

function Head({ column, order, onSort }: HeadProps): JSX.Element {
  const sorted = order?.key === column.key;
  const direction = !sorted ? undefined : order.descending ? "descending" : "ascending";
  return (
    <th class={column.isValue ? "right" : ""} aria-sort={direction}>
      <button type="button" class={`sort ${sorted ? "on" : ""}`} onClick={onSort}>
        {column.title}
        {sorted && (
          <svg width="7" height="7" viewBox="0 0 8 8" aria-hidden="true">
            <path d={order.descending ? "M4 7 .4 1h7.2z" : "M4 1 7.6 7H.4z"} fill="currentColor" />
          </svg>
        )}
      </button>
    </th>
  );
}

interface CellProps {
  of: string | number | null;
  column: TableColumn;
  panel: Panel;
}

function Cell({ of, column, panel }: CellProps): JSX.Element {
  if (!column.isValue) {
    const mapping = mappingOf(of, panel.mappings);
    const colour = cssColour(mapping?.color);
    return <td style={colour ? { color: colour } : {}}>{mapping?.text ?? of ?? ""}</td>;
  }
  const { text, colour } = shownAs(of as number | null, panel);
  return (
    <td class="right figure" style={colour ? { color: colour } : {}}>
      {text}
    </td>
  );
}
