// Log records: how many of which severity when, the conditions, and the records themselves.
// Invariants: the histogram and the list answer the same conditions; Live puts new records on top
// without moving what is being read.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { usePages } from "../../api/pages";
import { rangedPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { LogList, LogRecord, LogVolume } from "../../api/types";
import { Chart, spanOf } from "../../charts/chart";
import type { Line } from "../../charts/plot";
import { ClearOrWiden, Empty, NoTelemetry, ProblemNote } from "../../controls/notes";
import { claimColours } from "../../format/colour";
import { compact, counted, text } from "../../format/quantity";
import { useTitle } from "../../shell/title";
import { place } from "../../url/location";
import { ChartHead } from "../services/red_charts";
import { FILTER_KEYS, LogFilters } from "./log_filters";
import { LogRows, recordKey } from "./log_rows";

const PAGE_ROWS = 200;

function filters(): Record<string, string[]> {
  return Object.fromEntries(FILTER_KEYS.map((key) => [key, place.value.params.getAll(key)]));
}

export function LogsPage(): JSX.Element {
  useTitle({ text: "Logs" });
  const pages = usePages<LogRecord>({
    path: rangedPath("/monitoring/logs", { ...filters(), limit: PAGE_ROWS }),
    read: (answer) => {
      const { logs, next_cursor } = answer as LogList;
      return { rows: logs, nextCursor: next_cursor };
    },
    keyOf: recordKey,
    newestFirst: true,
  });
  const volume = useResource<LogVolume>(rangedPath("/monitoring/logs/volume", filters()));
  useMemo(() => claimColours(pages.rows.map((row) => row.service)), [pages.rows]);
  const filtered = FILTER_KEYS.some((key) => place.value.params.has(key));
  const nothing = pages.rows.length === 0 && !pages.loading && !pages.problem;
  return (
    <>
      <LogFilters />
      <ProblemNote problem={pages.problem ?? volume.problem} />
      {volume.data && !nothing && <Volume data={volume.data} />}
      {!volume.data && !volume.problem && pages.rows.length > 0 && <section class="panel volume" />}
      {pages.rows.length > 0 && <LogRows pages={pages} />}
      {nothing && (filtered ? <NothingFound /> : <NoTelemetry what="log records" />)}
    </>
  );
}

const LEVELS = [
  { key: "error", colour: "--bad" },
  { key: "warn", colour: "--warn-bar" },
  { key: "info", colour: "--info-bar" },
  { key: "debug", colour: "--debug-bar" },
] as const;

function Volume({ data }: { data: LogVolume }): JSX.Element {
  const lines: Line[] = LEVELS.map(({ key, colour }) => ({
    label: key,
    colour,
    values: data.by_severity[key],
  }));
  const total = lines.reduce(
    (sum, line) => sum + line.values.reduce<number>((all, value) => all + (value ?? 0), 0),
    0,
  );
  return (
    <section class="panel volume">
      <ChartHead
        title={counted(total, "log record")}
        note={`one bar is ${barText(data.step_seconds)}`}
        lines={lines}
      />
      <Chart
        label="Log records by severity"
        times={data.times}
        lines={lines}
        stacked
        style="bar"
        stepSeconds={data.step_seconds}
        {...spanOf(data)}
        format={(value) => text(compact(value))}
        height={112}
      />
    </section>
  );
}

function barText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 360) / 10} h`;
}

function NothingFound(): JSX.Element {
  return (
    <Empty title="No log record meets these conditions in this time range">
      <ClearOrWiden keys={FILTER_KEYS} />
    </Empty>
  );
}
