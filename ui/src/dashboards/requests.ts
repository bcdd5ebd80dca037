// What a panel asks the server: addresses, forms, steps, and the address of the same in the explorer.
// Invariants: pure; a step is a round number of seconds, and ranges start and end on it, so that two
// refreshes within one step ask the same and a moving range keeps its points.
import type { Grid } from "../prometheus/frame";
import { autoStep } from "../prometheus/step";
import { hasQueries, type Filter, type Panel, type Query } from "./document";
import { builtinScope, interpolateQuery, interpolateText, type Scope } from "./interpolate";
import type { Lookup } from "./variables";
import { parsePattern } from "./variables";

const API = "/prometheus/api/v1";

/** A range of times in Unix milliseconds. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** A finer step than metrics usually come in shows nothing more. */
const STEP_LEAST = 5;
const POINTS_LEAST = 20;

/** The step, in seconds, that gives about so many points over a range. */
export function stepFor({ fromMs, toMs }: Span, points: number): number {
  return Math.max(STEP_LEAST, autoStep((toMs - fromMs) / 1000, Math.max(POINTS_LEAST, points)));
}

export interface Asked {
  ref: string;
  legend: string;
  instant: boolean;
  /** With the values of its variables. */
  promql: string;
}

/** The scope of a query: the variables, then what its step and range are. */
export function scopeWith(scope: Scope, span: Span, stepSeconds: number): Scope {
  return new Map([...scope, ...builtinScope({ ...span, stepSeconds })]);
}

/** The queries of a panel that are asked. */
export function askedBy(panel: Panel, scope: Scope, span: Span, stepSeconds: number): Asked[] {
  if (!hasQueries(panel.type)) return [];
  const full = scopeWith(scope, span, stepSeconds);
  return panel.queries
    .filter((query) => !query.hidden && query.promql.trim() !== "")
    .map((query) => asked(query, full));
}

function asked({ ref, legend, instant, promql }: Query, scope: Scope): Asked {
  const named = interpolateText(legend, scope);
  return { ref, legend: named, instant, promql: interpolateQuery(promql, scope) };
}

export interface FormRequest {
  path: string;
  form: Record<string, string>;
}

export function queryRequest({ promql, instant }: Asked, grid: Grid): FormRequest {
  return instant
    ? { path: `${API}/query`, form: { query: promql, time: String(grid.end) } }
    : {
        path: `${API}/query_range`,
        form: {
          query: promql,
          start: String(grid.start),
          end: String(grid.end),
          step: String(grid.step),
        },
      };
}

/** The address that answers a variable's query. */
export function lookupPath(lookup: Lookup, span: Span): string {
  const params = new URLSearchParams();
  const match = "match" in lookup ? lookup.match : null;
  if (match !== null) params.set("match[]", match);
  if (lookup.kind === "query_result") {
    params.set("query", lookup.promql);
    params.set("time", seconds(span.toMs));
    return `${API}/query?${params}`;
  }
  params.set("start", seconds(span.fromMs));
  params.set("end", seconds(span.toMs));
  switch (lookup.kind) {
    case "label_values":
      return `${API}/label/${encodeURIComponent(lookup.label)}/values?${params}`;
    case "metrics":
      return `${API}/label/__name__/values?${params}`;
    case "label_names":
      return `${API}/labels?${params}`;
    case "series":
      return `${API}/series?${params}`;
  }
}

function seconds(ms: number): string {
  return String(Math.round(ms / 1000));
}

interface Sampled {
  metric?: Record<string, string>;
  value?: [number, string];
}

/** The texts that a variable's answer comes to. */
export function lookupTexts(lookup: Lookup, data: unknown): string[] {
  switch (lookup.kind) {
    case "label_values":
    case "label_names":
      return data as string[];
    case "metrics": {
      const pattern = parsePattern(`/${lookup.pattern}/`);
      return (data as string[]).filter((name) => pattern?.test(name) ?? true);
    }
    case "series":
      return (data as Record<string, string>[]).map(seriesText);
    case "query_result": {
      const { result } = data as { result: Sampled[] | [number, string] };
      return (result as (Sampled | number | string)[]).flatMap((one) => {
        if (typeof one !== "object") return [];
        const [time = 0, value = ""] = one.value ?? [];
        return [`${seriesText(one.metric ?? {})} ${value} ${Math.round(time * 1000)}`];
      });
    }
  }
}

/** A series as variables have always seen it: labels in their order, without spaces. */
function seriesText({ __name__: name = "", ...labels }: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return `${name}{${pairs.join(",")}}`;
}

/** The parameters of the list of log records behind a filter. */
export function logParams(filter: Filter, scope: Scope): Record<string, string> {
  const { service, severity, search } = filter;
  return trimmed({ service, severity, q: search }, scope);
}

/** The parameters of the list of traces behind a filter. */
export function traceParams(filter: Filter, scope: Scope): Record<string, string> {
  return trimmed(
    {
      service: filter.service,
      min_duration_ms: filter.min_duration_ms === null ? "" : String(filter.min_duration_ms),
      status: filter.errors_only ? "error" : "",
    },
    scope,
  );
}

function trimmed(params: Record<string, string>, scope: Scope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [key, interpolateText(value, scope).trim()]),
  );
}
