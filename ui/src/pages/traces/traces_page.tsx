// Search for traces: conditions, a picture of the durations found, and the list.
// Invariants: the conditions are the address; a trace shows once per list; newest or slowest first is
// the server's order.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { usePages } from "../../api/pages";
import { nowMs, range } from "../../api/refresh";
import { rangedPath } from "../../api/query";
import type { TraceList, TraceSummary } from "../../api/types";
import { Chart } from "../../charts/chart";
import type { Dot } from "../../charts/plot";
import { Segmented } from "../../controls/buttons";
import { ClearOrWiden, Empty, NoTelemetry, ProblemNote } from "../../controls/notes";
import { claimColours } from "../../format/colour";
import { counted, durationMs, text } from "../../format/quantity";
import { useTitle } from "../../shell/title";
import { resolveInstant } from "../../time/range";
import { param, place, setParams } from "../../url/location";
import { FILTER_KEYS, isFiltered, TraceFilters } from "./trace_filters";
import { traceHref, TracesTable } from "./traces_table";

const PAGE_ROWS = 100;
const DOTS_MAX = 300;

function searchPath(): string {
  const params: Record<string, string | string[]> = {};
  for (const key of FILTER_KEYS) params[key] = place.value.params.getAll(key);
  return rangedPath("/monitoring/traces", { ...params, sort: order(), limit: PAGE_ROWS });
}

function order(): "time" | "duration" {
  return param("sort") === "duration" ? "duration" : "time";
}

export function TracesPage(): JSX.Element {
  useTitle({ text: "Traces" });
  const pages = usePages<TraceSummary>({
    path: searchPath(),
    read: (answer) => {
      const { traces, next_cursor } = answer as TraceList;
      return { rows: order() === "time" ? byStart(traces) : traces, nextCursor: next_cursor };
    },
    keyOf: (row) => row.trace_id,
    newestFirst: order() === "time",
  });
  useMemo(() => claimColours(pages.rows.flatMap(serviceNames)), [pages.rows]);
  const found = pages.rows.length;
  return (
    <>
      <TraceFilters />
      <ProblemNote problem={pages.problem} />
      {found > 0 && (
        <section class="panel results">
          <h2 class="panel-head">
            <span>
              {counted(found, "trace")}
              {pages.hasMore ? " and more" : ""}{" "}
              <span class="panel-note">each dot is a trace; drag to zoom</span>
            </span>
            <OrderSwitch />
          </h2>
          <DurationScatter traces={pages.rows} whole={!pages.hasMore || order() === "duration"} />
          <TracesTable pages={pages} />
        </section>
      )}
      {found === 0 &&
        !pages.loading &&
        !pages.problem &&
        (isFiltered() ? <NothingFound /> : <NoTelemetry what="traces" />)}
    </>
  );
}

/** A page comes in the order of the spans that met the conditions; a person reads the starts. */
function byStart(traces: readonly TraceSummary[]): TraceSummary[] {
  return [...traces].sort((a, b) => (a.start < b.start ? 1 : a.start > b.start ? -1 : 0));
}

function serviceNames(trace: TraceSummary): string[] {
  return trace.services.map((service) => service.name);
}

function OrderSwitch(): JSX.Element {
  return (
    <Segmented
      label="Order"
      value={order()}
      options={[
        { value: "time", label: "Newest" },
        { value: "duration", label: "Slowest" },
      ]}
      onChange={(value) => setParams({ sort: value === "time" ? null : value })}
    />
  );
}

function NothingFound(): JSX.Element {
  return (
    <Empty title="No trace meets these conditions in this time range">
      <ClearOrWiden keys={FILTER_KEYS} />
    </Empty>
  );
}

const NO_LINES: never[] = [];
const NO_TIMES: never[] = [];
const formatMs = (value: number): string => text(durationMs(value));

interface ScatterProps {
  traces: readonly TraceSummary[];
  /** Whether the traces are from all of the range; else the axis starts at the oldest of them. */
  whole: boolean;
}

function DurationScatter({ traces, whole }: ScatterProps): JSX.Element {
  const start = (resolveInstant(range.value.from, nowMs.value) ?? 0) / 1000;
  const oldest = traces.reduce(
    (least, trace) => Math.min(least, Date.parse(trace.start) / 1000),
    Infinity,
  );
  const from = whole ? start : oldest;
  const to = (resolveInstant(range.value.to, nowMs.value) ?? 0) / 1000;
  const dots: Dot[] = traces.slice(0, DOTS_MAX).map((trace) => ({
    time: Date.parse(trace.start) / 1000,
    value: trace.duration_ms,
    href: traceHref(trace),
    title: `${trace.root_service} ${trace.root_name}: ${formatMs(trace.duration_ms)}`,
    bad: trace.errors > 0,
  }));
  return (
    <Chart
      label="Durations of the traces found"
      times={NO_TIMES}
      lines={NO_LINES}
      dots={dots}
      stepSeconds={1}
      from={from}
      to={to}
      format={formatMs}
      height={132}
    />
  );
}
