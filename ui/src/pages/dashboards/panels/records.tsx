// The newest log records, and traces, that meet a panel's filter.
// Invariants: asked once in sight, through the same gate as queries; a row leads to the record's or
// the trace's own page; the whole list is one link away.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem, request } from "../../../api/client";
import { apiPath } from "../../../api/query";
import type { LogList, LogRecord, Problem, TraceList, TraceSummary } from "../../../api/types";
import { Figure, Moment, Swatch, Tag } from "../../../controls/figures";
import type { Panel } from "../../../dashboards/document";
import { logParams, traceParams } from "../../../dashboards/requests";
import { serviceColour } from "../../../format/colour";
import { durationMs } from "../../../format/quantity";
import { hrefTo } from "../../../url/location";
import { LogCells, recordText } from "../../logs/log_cells";
import { severityOf } from "../../logs/severity";
import { gate } from "../api";
import { useView } from "../view";

const ROWS = 100;

export interface Fetched<T> {
  data: T | null;
  problem: Problem | null;
  loading: boolean;
}

/** The answer of a path once in sight; the last one stays while a newer one is under way. */
function useGated<T>(path: string | null): Fetched<T> {
  const [state, setState] = useState<Fetched<T>>({ data: null, problem: null, loading: true });
  const flight = useRef<{ path: string; abort: () => void } | null>(null);
  useEffect(() => {
    if (path === null || flight.current?.path === path) return;
    flight.current?.abort();
    const { signal, abort } = withAbort();
    flight.current = { path, abort };
    setState((now) => ({ ...now, loading: true }));
    gate
      .run(() => request<T>(path, { signal }), signal)
      .then((data) => setState({ data, problem: null, loading: false }))
      .catch((error: unknown) => {
        if (!signal.aborted)
          setState((now) => ({ ...now, problem: asProblem(error), loading: false }));
      });
  }, [path]);
  useEffect(() => () => flight.current?.abort(), []);
  return state;
}

function withAbort(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

function spanParams({ fromMs, toMs }: { fromMs: number; toMs: number }): Record<string, string> {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** Where the whole list is. */
export function recordsHref(panel: Panel, scope: ReturnType<typeof useView>["scope"]): string {
  return panel.type === "logs"
    ? hrefTo("/logs", logParams(panel.filter, scope))
    : hrefTo("/traces", traceParams(panel.filter, scope));
}

export function useLogs(panel: Panel, inSight: boolean): Fetched<LogList> {
  const { scope, span, ready } = useView();
  const params = { ...spanParams(span), ...logParams(panel.filter, scope), limit: ROWS };
  const wanted = panel.type === "logs" && ready && inSight;
  return useGated(wanted ? apiPath("/monitoring/logs", params) : null);
}

export function useTraces(panel: Panel, inSight: boolean): Fetched<TraceList> {
  const { scope, span, ready } = useView();
  const params = { ...spanParams(span), ...traceParams(panel.filter, scope), limit: ROWS };
  const wanted = panel.type === "traces" && ready && inSight;
  return useGated(wanted ? apiPath("/monitoring/traces", params) : null);
}

export function LogsPanel({ logs }: { logs: readonly LogRecord[] }): JSX.Element {
  return (
    <div class="board-logs" role="table" aria-label="Log records">
      {logs.map((record, index) => (
        <LogLine key={`${record.time_unix_nano} ${index}`} of={record} />
      ))}
    </div>
  );
}

function LogLine({ of: record }: { of: LogRecord }): JSX.Element {
  const severity = severityOf(record.severity_number);
  const text = recordText(record);
  return (
    <div class={`log-${severity ?? "none"}`} role="presentation">
      <div class="log-row" role="row">
        <LogCells of={record}>
          <span role="cell" class="clip" title={text}>
            {record.trace_id ? (
              <a
                class="plain"
                href={hrefTo(`/traces/${record.trace_id}`, { span: record.span_id || null })}
              >
                {text}
              </a>
            ) : (
              text
            )}
          </span>
        </LogCells>
      </div>
    </div>
  );
}

export function TracesPanel({ traces }: { traces: readonly TraceSummary[] }): JSX.Element {
  const longestMs = traces.reduce((most, trace) => Math.max(most, trace.duration_ms), 0);
  return (
    <ul class="board-traces">
      {traces.map((trace) => (
        <TraceLine key={trace.trace_id} of={trace} longestMs={longestMs} />
      ))}
    </ul>
  );
}

function TraceLine({ of, longestMs }: { of: TraceSummary; longestMs: number }): JSX.Element {
  const share = longestMs > 0 ? (of.duration_ms / longestMs) * 100 : 0;
  return (
    <li>
      <a href={hrefTo(`/traces/${of.trace_id}`)}>
        <span class="faint">
          <Moment at={of.start} />
        </span>
        <span class="request">
          <Swatch service={of.root_service} />
          <span class="clip">{of.root_name}</span>
          <span class="muted clip">{of.root_service}</span>
        </span>
        <span>{of.errors > 0 && <Tag tone="bad">{of.errors}</Tag>}</span>
        <span class="meter">
          <i style={{ width: `${share}%`, background: serviceColour(of.root_service) }} />
        </span>
        <span class="right">
          <Figure of={durationMs(of.duration_ms)} />
        </span>
      </a>
    </li>
  );
}
