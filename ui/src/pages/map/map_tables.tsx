// The map as two tables: what there is, and who calls whom.
// Invariant: the same figures and links as in the picture, sortable.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { MapEdge, MapFigures, MapNode, ServiceMap } from "../../api/types";
import { errorTone, Figure, ServiceName } from "../../controls/figures";
import { columnRateUnit, durationMs, percent, rate, type RateUnit } from "../../format/quantity";
import { DataTable, sortRows, type Column, type Sorting } from "../../table/data_table";
import { useSorting } from "../../table/sorting";
import { requestsHref } from "../services/links";
import { kindText, nodeHref } from "./map_look";

const VALUES: Record<string, (row: MapFigures) => number | null> = {
  rate: (row) => row.rate_per_second,
  errors: (row) => row.error_ratio,
  p50: (row) => row.p50_ms,
  p99: (row) => row.p99_ms,
};

function figureColumns(unit: RateUnit): Column<MapFigures>[] {
  const column = (
    key: string,
    title: string,
    cell: (row: MapFigures) => JSX.Element,
  ): Column<MapFigures> => ({
    key,
    title,
    width: "minmax(72px, .6fr)",
    align: "right",
    sortable: true,
    cell,
  });
  return [
    column("rate", "Rate", (row) => <Figure of={rate(row.rate_per_second, unit)} />),
    column("errors", "Errors", (row) => (
      <span class={errorTone(row.error_ratio)}>
        <Figure of={percent(row.error_ratio)} />
      </span>
    )),
    column("p50", "p50", (row) => <Figure of={durationMs(row.p50_ms)} />),
    column("p99", "p99", (row) => <Figure of={durationMs(row.p99_ms)} />),
  ];
}

export function MapTables({ map }: { map: ServiceMap }): JSX.Element {
  return (
    <>
      <NodesTable map={map} />
      <h3 class="panel-head">Calls</h3>
      <CallsTable map={map} />
    </>
  );
}

/** Rows by the column that is sorted by; `nameOf` is what the first column shows. */
function useSorted<T extends MapFigures>(
  rows: readonly T[],
  nameOf: (row: T) => string,
): { rows: T[]; sorting: Sorting } {
  const sorting = useSorting("rate");
  const { key, descending } = sorting;
  const sorted = useMemo(
    () => sortRows(rows, (row) => (key === "name" ? nameOf(row) : valueOf(row, key)), descending),
    [rows, key, descending],
  );
  return { rows: sorted, sorting };
}

function NodesTable({ map }: { map: ServiceMap }): JSX.Element {
  const { rows, sorting } = useSorted(map.nodes, (row) => row.name);
  const columns: Column<MapNode>[] = [
    {
      key: "name",
      title: "Service or dependency",
      width: "minmax(140px, 1.4fr)",
      sortable: true,
      cell: (row) => (
        <a class="cell-link" href={nodeHref(row, map)}>
          {row.kind === "service" ? <ServiceName name={row.name} /> : row.name}
        </a>
      ),
    },
    {
      key: "kind",
      title: "Kind",
      width: "minmax(96px, 1fr)",
      hideBelow: 560,
      cell: (row) => <span class="muted">{kindText(row)}</span>,
    },
    ...figureColumns(columnRateUnit(map.nodes.map((node) => node.rate_per_second))),
  ];
  return (
    <DataTable
      label="Services and dependencies"
      columns={columns}
      rows={rows}
      keyOf={(row) => row.id}
      hrefOf={(row) => nodeHref(row, map)}
      sorting={sorting}
    />
  );
}

function CallsTable({ map }: { map: ServiceMap }): JSX.Element {
  const names = useMemo(() => new Map(map.nodes.map((node) => [node.id, node.name])), [map]);
  const nameOf = (id: string): string => names.get(id) ?? id;
  const { rows, sorting } = useSorted(map.edges, (row) => nameOf(row.from));
  const columns: Column<MapEdge>[] = [
    {
      key: "name",
      title: "Caller",
      width: "minmax(120px, 1.2fr)",
      sortable: true,
      cell: (row) => (
        <a class="cell-link" href={requestsHref({ service: nameOf(row.from) })}>
          {nameOf(row.from)}
        </a>
      ),
    },
    {
      key: "to",
      title: "Called",
      width: "minmax(120px, 1.2fr)",
      cell: (row) => nameOf(row.to),
    },
    ...figureColumns(columnRateUnit(map.edges.map((edge) => edge.rate_per_second))),
  ];
  return (
    <DataTable
      label="Calls"
      columns={columns}
      rows={rows}
      keyOf={(row) => `${row.from}\n${row.to}`}
      sorting={sorting}
    />
  );
}

function valueOf(row: MapFigures, key: string): number | null {
  return (VALUES[key] ?? ((one) => one.rate_per_second))(row);
}
