// The list of traces found.
// Invariants: bars share one scale, the longest trace on the list; where the span that met the
// conditions is not the root, it is named and the link selects it; without conditions none is.
import type { JSX } from "preact";
import type { Pages } from "../../api/pages";
import type { TraceSummary } from "../../api/types";
import { Figure, Moment, Swatch, Tag } from "../../controls/figures";
import { serviceColour } from "../../format/colour";
import { count, durationMs } from "../../format/quantity";
import { DataTable, type Column } from "../../table/data_table";
import { hrefTo } from "../../url/location";
import { isFiltered } from "./trace_filters";

export function traceHref(trace: TraceSummary): string {
  return hrefTo(`/traces/${trace.trace_id}`, {
    span: isFiltered() && !isRoot(trace) ? trace.matched.span_id : null,
  });
}

function isRoot({ root_name, root_service, matched }: TraceSummary): boolean {
  return root_name === matched.name && root_service === matched.service;
}

function columnsFor(longestMs: number, inner: boolean): Column<TraceSummary>[] {
  const matched: Column<TraceSummary> = {
    key: "matched",
    title: "Found in",
    width: "minmax(120px, 1fr)",
    hideBelow: 960,
    cell: matchedCell,
  };
  return [
    {
      key: "time",
      title: "Started",
      width: "116px",
      cell: (row) => (
        <span class="muted">
          <Moment at={row.start} />
        </span>
      ),
    },
    { key: "root", title: "Request", width: "minmax(180px, 1.3fr)", cell: rootCell },
    ...(inner ? [matched] : []),
    {
      key: "services",
      title: "Services",
      width: "112px",
      hideBelow: 800,
      cell: (row) => <ServiceStrip trace={row} />,
    },
    {
      key: "spans",
      title: "Spans",
      width: "56px",
      hideBelow: 640,
      align: "right",
      cell: (row) => <Figure of={count(row.spans)} />,
    },
    {
      key: "errors",
      title: "Errors",
      width: "56px",
      align: "right",
      cell: (row) =>
        row.errors > 0 ? (
          <Tag tone="bad">{count(row.errors).value}</Tag>
        ) : (
          <span class="faint">0</span>
        ),
    },
    {
      key: "duration",
      title: "Duration",
      width: "minmax(168px, .8fr)",
      cell: (row) => durationCell(row, longestMs),
    },
  ];
}

function rootCell(row: TraceSummary): JSX.Element {
  const service = row.root_service;
  return (
    <a class="cell-link request" href={traceHref(row)}>
      <Swatch service={service} />
      <span class="clip">{row.root_name}</span>
      <span class="muted clip">{service}</span>
    </a>
  );
}

function matchedCell(row: TraceSummary): JSX.Element | null {
  if (isRoot(row)) return null;
  const { matched } = row;
  return (
    <span class="request muted">
      <Swatch service={matched.service} />
      <span class="clip" title={`${matched.service} ${matched.name}`}>
        {matched.name}
      </span>
      <span class={matched.error ? "bad" : "faint"}>
        <Figure of={durationMs(matched.duration_ms)} />
      </span>
    </span>
  );
}

/** One segment per service, as wide as its share of the spans. */
function ServiceStrip({ trace }: { trace: TraceSummary }): JSX.Element {
  const names = trace.services.map(({ name, spans }) => `${name} ${spans}`).join(", ");
  return (
    <span class="strip" role="img" aria-label={names} title={names}>
      {trace.services.map(({ name, spans }) => (
        <i key={name} style={{ flexGrow: spans, background: serviceColour(name) }} />
      ))}
    </span>
  );
}

function durationCell(row: TraceSummary, longestMs: number): JSX.Element {
  const share = longestMs > 0 ? (row.duration_ms / longestMs) * 100 : 0;
  const service = row.root_service;
  return (
    <span class="duration-cell">
      <span class="meter">
        <i style={{ width: `${share}%`, background: serviceColour(service) }} />
      </span>
      <span>
        <Figure of={durationMs(row.duration_ms)} />
      </span>
    </span>
  );
}

export function TracesTable({ pages }: { pages: Pages<TraceSummary> }): JSX.Element {
  const longestMs = pages.rows.reduce((most, row) => Math.max(most, row.duration_ms), 0);
  return (
    <>
      <DataTable
        label="Traces"
        columns={columnsFor(longestMs, isFiltered() && !pages.rows.every(isRoot))}
        rows={pages.rows}
        keyOf={(row) => row.trace_id}
        hrefOf={traceHref}
        prepended={pages.prepended}
        onNearEnd={pages.loadMore}
        dimmed={pages.stale}
      />
      {pages.hasMore && (
        <button type="button" class="button more" onClick={pages.loadMore}>
          Load more
        </button>
      )}
    </>
  );
}
