// The answers at the end of the range as a table: a column for each label, and the value.
// Invariants: a value's tooltip and the copied rows have it as the server wrote it; sorting is in the
// address.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { Moment } from "../../controls/figures";
import { CopyButton } from "../../controls/buttons";
import { compact, counted, durationMs, text } from "../../format/quantity";
import { unitFormat } from "../../format/unit";
import { numberOf } from "../../prometheus/frame";
import { unitOfQuery } from "../../prometheus/query_unit";
import type { Replies } from "../../prometheus/use_answers";
import { DataTable, sortRows, type Column } from "../../table/data_table";
import { useSorting } from "../../table/sorting";
import type { ExplorerState } from "./explorer_state";
import { tableRows, tsvOf, type AnswerRow } from "./table_rows";

interface AnswerTableProps {
  state: ExplorerState;
  answered: Replies;
}

/** Labels with a column of their own; more would be too narrow to read. */
const LABELS_MAX = 8;

export function AnswerTable({ state, answered }: AnswerTableProps): JSX.Element {
  const { rows, labels } = useMemo(() => tableRows(answered.replies), [answered]);
  const sorting = useSorting("value");
  const sorted = useMemo(
    () => sortRows(rows, (row) => sortValue(row, sorting.key), sorting.descending),
    [rows, sorting.key, sorting.descending],
  );
  const columns = useMemo(
    () => columnsOf(state, answered, labels.slice(0, LABELS_MAX), rows.some(isHistogram)),
    [state.unit, answered, labels, rows],
  );
  const tookMs = answered.replies.reduce((most, reply) => Math.max(most, reply.tookMs), 0);
  if (rows.length === 0 && answered.replies.every((reply) => reply.problem)) return <></>;
  return (
    <section class="panel" aria-label="Table">
      <h2 class="panel-head">
        <span>
          Table{" "}
          <span class="panel-note">
            {counted(rows.length, "series", "series")} at{" "}
            <Moment at={BigInt(Math.round(answered.to * 1000)) * 1_000_000n} digits={0} />
          </span>
        </span>
        <span class="row-of">
          <span class="panel-note">{text(durationMs(tookMs))}</span>
          {rows.length > 0 && (
            <CopyButton text={tsvOf(sorted, labels)} label="copy all rows, tab-separated" />
          )}
        </span>
      </h2>
      {rows.length === 0 ? (
        <p class="calm">The query ran and found no series at this moment</p>
      ) : (
        <DataTable
          label="Series"
          columns={columns}
          rows={sorted}
          keyOf={(row) => row.key}
          sorting={sorting}
          rowHeight={28}
        />
      )}
    </section>
  );
}

const isHistogram = (row: AnswerRow): boolean => row.histogram !== null;

function sortValue(row: AnswerRow, key: string): number | string | null {
  if (key === "value") return Number.isNaN(row.value) ? null : row.value;
  return key === "query" ? row.ref : (row.labels[key.replace(/^label /, "")] ?? null);
}

function columnsOf(
  state: ExplorerState,
  answered: Replies,
  labels: readonly string[],
  hasHistograms: boolean,
): Column<AnswerRow>[] {
  const many = answered.replies.length > 1;
  const units = new Map(
    answered.replies.map((one) => [one.ref, state.unit ?? unitOfQuery(one.promql)]),
  );
  return [
    ...(many ? [QUERY] : []),
    ...labels.map((label): Column<AnswerRow> => ({
      key: `label ${label}`,
      title: label === "__name__" ? "metric" : label,
      width: "minmax(64px, 1fr)",
      sortable: true,
      cell: (row) => (
        <span class="mono clip" title={row.labels[label]}>
          {row.labels[label] ?? ""}
        </span>
      ),
    })),
    {
      key: "value",
      title: "Value",
      width:
        labels.length === 0 ? "minmax(0, 1fr)" : `minmax(${hasHistograms ? 200 : 120}px, .8fr)`,
      align: "right",
      sortable: true,
      cell: (row) => <Value row={row} unit={units.get(row.ref) ?? ""} />,
    },
  ];
}

const QUERY: Column<AnswerRow> = {
  key: "query",
  title: "Query",
  width: "56px",
  sortable: true,
  cell: (row) => <span class="mono">{row.ref}</span>,
};

function Value({ row, unit }: { row: AnswerRow; unit: string }): JSX.Element {
  if (row.histogram) {
    const [count, sum] = [numberOf(row.histogram.count), numberOf(row.histogram.sum)];
    const mean = count > 0 ? unitFormat(unit)(sum / count) : "–";
    return (
      <span title={`count ${row.histogram.count}, sum ${row.histogram.sum}`}>
        count {text(compact(count))}, mean {mean}
      </span>
    );
  }
  const shown = row.isText ? row.text : unitFormat(unit)(row.value);
  return (
    <span class="figure" title={row.text}>
      {shown}
    </span>
  );
}
