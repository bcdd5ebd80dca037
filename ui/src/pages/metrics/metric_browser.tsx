// All metrics with type and help, to choose a first query from.
// Invariants: the parts of a classic histogram are one entry; the search is in the address; rows are
// links, drawn as they come into sight, so 100,000 names are no trouble.
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { asProblem } from "../../api/client";
import { refreshes } from "../../api/refresh";
import type { Problem } from "../../api/types";
import { Tag } from "../../controls/figures";
import { TextInput } from "../../controls/inputs";
import { Empty, EndpointLines, ProblemNote } from "../../controls/notes";
import { bestMatches } from "../../editor/ranking";
import { count, counted, text } from "../../format/quantity";
import { aboutMetric, metadata, metricNames } from "../../prometheus/catalogue";
import { DataTable, type Column } from "../../table/data_table";
import { hrefTo, param, setParams } from "../../url/location";
import { listedMetrics, type Listed } from "./first_query";

const COLUMNS: readonly Column<Listed>[] = [
  {
    key: "name",
    title: "Metric",
    width: "minmax(200px, 1.2fr)",
    cell: (row) => (
      <a class="cell-link mono clip" href={hrefOf(row)} title={row.name}>
        {row.name}
      </a>
    ),
  },
  {
    key: "type",
    title: "Type",
    width: "88px",
    hideBelow: 480,
    cell: (row) => (row.type === "" || row.type === "unknown" ? null : <Tag>{row.type}</Tag>),
  },
  {
    key: "help",
    title: "What it measures",
    width: "minmax(0, 2fr)",
    hideBelow: 640,
    cell: (row) => (
      <span class="muted" title={row.help}>
        {row.help}
      </span>
    ),
  },
];

const hrefOf = (row: Listed): string => hrefTo("/explore", { browse: row.query });

/** Found metrics that are listed; more are a matter of searching better. */
const FOUND_MAX = 2_000;

export function MetricBrowser(): JSX.Element {
  const { metrics, problem } = useMetrics();
  const wanted = param("metric");
  const found = useMemo(() => (metrics ? search(metrics, wanted) : []), [metrics, wanted]);
  if (problem) return <ProblemNote problem={problem} />;
  if (!metrics) return <></>;
  if (metrics.length === 0) return <NoMetrics />;
  return (
    <section class="panel">
      <h2 class="panel-head">
        <span>
          {counted(metrics.length, "metric")}{" "}
          <span class="panel-note">
            {wanted === "" ? "choose one for a first query" : `${text(count(found.length))} match`}
          </span>
        </span>
        <TextInput
          label="Search metrics by name or help"
          placeholder="Search metrics"
          icon="search"
          class="metric-search"
          value={wanted}
          onCommit={(metric) => setParams({ metric }, { replace: true })}
          onInput={(metric) => setParams({ metric }, { replace: true })}
        />
      </h2>
      <DataTable
        label="Metrics"
        columns={COLUMNS}
        rows={found}
        keyOf={(row) => row.query}
        hrefOf={hrefOf}
        rowHeight={28}
      />
      {found.length === 0 && <p class="calm">No metric is called or described like that</p>}
    </section>
  );
}

/** By name first, then those whose help says it. */
export function search(metrics: readonly Listed[], wanted: string): readonly Listed[] {
  if (wanted.trim() === "") return metrics;
  const byName = new Map(metrics.map((one) => [one.name, one]));
  const names = bestMatches([...byName.keys()], wanted, FOUND_MAX);
  const named = new Set(names);
  const lower = wanted.trim().toLowerCase();
  const told = metrics.filter(
    (one) => !named.has(one.name) && one.help.toLowerCase().includes(lower),
  );
  return [...names.flatMap((name) => byName.get(name) ?? []), ...told].slice(0, FOUND_MAX);
}

function useMetrics(): { metrics: Listed[] | null; problem: Problem | null } {
  const [metrics, setMetrics] = useState<Listed[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const tick = refreshes.value;
  useEffect(() => {
    let isCurrent = true;
    Promise.all([metricNames(), metadata()])
      .then(([names, all]) => {
        if (!isCurrent) return;
        setMetrics(listedMetrics(names, (name) => aboutMetric(all, name)));
        setProblem(null);
      })
      .catch((error: unknown) => isCurrent && setProblem(asProblem(error)));
    return () => void (isCurrent = false);
  }, [tick]);
  return { metrics, problem };
}

function NoMetrics(): JSX.Element {
  return (
    <Empty title="No metric has arrived yet">
      <p>
        Point a service’s OpenTelemetry SDK here, or Prometheus’ remote write at{" "}
        <code>/prometheus/api/v1/write</code>.
      </p>
      <EndpointLines />
    </Empty>
  );
}
