// The table of services, on the overview and on its own page.
// Invariant: sorting is in the address; each figure links to the requests it is made of.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { Sparkline } from "../../charts/sparkline";
import { errorTone, Figure, Moment, ServiceName } from "../../controls/figures";
import { serviceColour } from "../../format/colour";
import { columnRateUnit, durationMs, percent, rate, type RateUnit } from "../../format/quantity";
import type { ServiceSummary } from "../../api/types";
import { DataTable, sortRows, type Column } from "../../table/data_table";
import { useSorting } from "../../table/sorting";
import { errorsHref, requestsHref, serviceHref, slowHref } from "./links";

type Row = ServiceSummary;

const name: Column<Row> = {
  key: "name",
  title: "Service",
  width: "minmax(120px, 1.4fr)",
  sortable: true,
  cell: (row) => (
    <a href={serviceHref(row.name)} class="cell-link">
      <ServiceName name={row.name} />
    </a>
  ),
};

const spark: Column<Row> = {
  key: "spark",
  title: "",
  width: "120px",
  hideBelow: 560,
  cell: (row) => <Sparkline values={row.sparkline} colour={serviceColour(row.name)} />,
};

const requests = (unit: RateUnit): Column<Row> => ({
  key: "rate",
  title: "Rate",
  width: "minmax(72px, .7fr)",
  align: "right",
  sortable: true,
  cell: (row) => (
    <a href={requestsHref({ service: row.name })}>
      <Figure of={rate(row.rate_per_second, unit)} />
    </a>
  ),
});

const errors: Column<Row> = {
  key: "errors",
  title: "Errors",
  width: "minmax(72px, .7fr)",
  align: "right",
  sortable: true,
  cell: (row) => (
    <a href={errorsHref({ service: row.name })} class={errorTone(row.error_ratio)}>
      <Figure of={percent(row.error_ratio)} />
    </a>
  ),
};

function percentile(key: "p50_ms" | "p90_ms" | "p99_ms", title: string): Column<Row> {
  return {
    key: title,
    title,
    width: "minmax(76px, .7fr)",
    align: "right",
    sortable: true,
    hideBelow: key === "p90_ms" ? 880 : 0,
    cell: (row) => (
      <a href={slowHref({ service: row.name }, row[key])} class={key === "p99_ms" ? "" : "muted"}>
        <Figure of={durationMs(row[key])} />
      </a>
    ),
  };
}

const version: Column<Row> = {
  key: "version",
  title: "Version",
  hideBelow: 720,
  width: "minmax(80px, .7fr)",
  cell: (row) => (
    <span class="mono faint clip" title={row.version}>
      {row.version || "–"}
    </span>
  ),
};

const where: Column<Row> = {
  key: "environment",
  title: "Environment",
  hideBelow: 1000,
  width: "minmax(90px, .8fr)",
  sortable: true,
  cell: (row) => <span class="muted clip">{row.environment || "–"}</span>,
};

const seen: Column<Row> = {
  key: "seen",
  title: "Last seen",
  hideBelow: 640,
  width: "96px",
  align: "right",
  sortable: true,
  cell: (row) => (
    <span class="muted">
      <Moment at={row.last_seen} as="ago" />
    </span>
  ),
};

const shortColumns = (unit: RateUnit): Column<Row>[] => [
  name,
  spark,
  requests(unit),
  errors,
  percentile("p50_ms", "p50"),
  percentile("p99_ms", "p99"),
  version,
];
const longColumns = (unit: RateUnit): Column<Row>[] => [
  name,
  spark,
  requests(unit),
  errors,
  percentile("p50_ms", "p50"),
  percentile("p90_ms", "p90"),
  percentile("p99_ms", "p99"),
  version,
  where,
  seen,
];

const VALUES: Record<string, (row: Row) => number | string | null> = {
  name: (row) => row.name,
  rate: (row) => row.rate_per_second,
  errors: (row) => row.error_ratio,
  p50: (row) => row.p50_ms,
  p90: (row) => row.p90_ms,
  p99: (row) => row.p99_ms,
  environment: (row) => row.environment,
  seen: (row) => row.last_seen,
};

interface ServicesTableProps {
  services: readonly ServiceSummary[];
  full?: boolean;
  dimmed?: boolean;
}

export function ServicesTable({ services, full, dimmed }: ServicesTableProps): JSX.Element {
  const sorting = useSorting("rate");
  const valueOf = VALUES[sorting.key] ?? ((row: Row) => row.rate_per_second);
  const rows = useMemo(
    () => sortRows(services, valueOf, sorting.descending),
    [services, sorting.key, sorting.descending],
  );
  const unit = columnRateUnit(services.map((service) => service.rate_per_second));
  const columns = useMemo(() => (full ? longColumns : shortColumns)(unit), [full, unit]);
  return (
    <DataTable
      label="Services"
      columns={columns}
      rows={rows}
      keyOf={(row) => `${row.name}\n${row.environment}`}
      hrefOf={(row) => serviceHref(row.name)}
      sorting={sorting}
      dimmed={dimmed ?? false}
    />
  );
}
