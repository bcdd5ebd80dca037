// The operations of a service, each leading to its traces.
// Invariant: an operation is a name and a span kind; two kinds of one name are two rows.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Operation } from "../../api/types";
import { errorTone, Figure } from "../../controls/figures";
import { columnRateUnit, durationMs, percent, rate, type RateUnit } from "../../format/quantity";
import { DataTable, sortRows, type Column } from "../../table/data_table";
import { useSorting } from "../../table/sorting";
import { errorsHref, requestsHref, slowHref } from "./links";

const VALUES: Record<string, (row: Operation) => number | string | null> = {
  name: (row) => row.name,
  kind: (row) => row.kind,
  rate: (row) => row.rate_per_second,
  errors: (row) => row.error_ratio,
  p50: (row) => row.p50_ms,
  p90: (row) => row.p90_ms,
  p99: (row) => row.p99_ms,
};

function columnsFor(service: string, unit: RateUnit): Column<Operation>[] {
  const scope = (row: Operation): { service: string; operation: string } => ({
    service,
    operation: row.name,
  });
  const percentile = (key: "p50_ms" | "p90_ms" | "p99_ms", title: string): Column<Operation> => ({
    key: title,
    title,
    width: "64px",
    align: "right",
    sortable: true,
    hideBelow: key === "p90_ms" ? 640 : 0,
    cell: (row) => (
      <a href={slowHref(scope(row), row[key])} class={key === "p99_ms" ? "" : "muted"}>
        <Figure of={durationMs(row[key])} />
      </a>
    ),
  });
  return [
    {
      key: "name",
      title: "Operation",
      width: "minmax(140px, 1fr)",
      sortable: true,
      cell: (row) => (
        <a class="cell-link clip" href={requestsHref(scope(row))} title={row.name}>
          {row.name}
        </a>
      ),
    },
    {
      key: "kind",
      title: "Kind",
      width: "68px",
      sortable: true,
      hideBelow: 560,
      cell: (row) => <span class="muted">{row.kind}</span>,
    },
    {
      key: "rate",
      title: "Rate",
      width: "64px",
      align: "right",
      sortable: true,
      cell: (row) => (
        <a href={requestsHref(scope(row))}>
          <Figure of={rate(row.rate_per_second, unit)} />
        </a>
      ),
    },
    {
      key: "errors",
      title: "Errors",
      width: "56px",
      align: "right",
      sortable: true,
      cell: (row) => (
        <a href={errorsHref(scope(row))} class={errorTone(row.error_ratio)}>
          <Figure of={percent(row.error_ratio)} />
        </a>
      ),
    },
    percentile("p50_ms", "p50"),
    percentile("p90_ms", "p90"),
    percentile("p99_ms", "p99"),
  ];
}

export function OperationsTable({
  service,
  operations,
}: {
  service: string;
  operations: readonly Operation[];
}): JSX.Element {
  const sorting = useSorting("rate");
  const unit = columnRateUnit(operations.map((operation) => operation.rate_per_second));
  const columns = useMemo(() => columnsFor(service, unit), [service, unit]);
  const valueOf = VALUES[sorting.key] ?? ((row: Operation) => row.rate_per_second);
  const rows = useMemo(
    () => sortRows(operations, valueOf, sorting.descending),
    [operations, sorting.key, sorting.descending],
  );
  return (
    <DataTable
      label="Operations"
      columns={columns}
      rows={rows}
      keyOf={(row) => `${row.kind} ${row.name}`}
      hrefOf={(row) => requestsHref({ service, operation: row.name })}
      sorting={sorting}
    />
  );
}
