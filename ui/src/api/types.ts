// The JSON of the HTTP API, as the page reads it; /api/openapi.json is the full description.
// Invariants: `*_unix_nano` and `*_nano` are decimal strings (they do not fit a double) and are only
// ever turned into BigInt; other times are RFC 3339 in UTC; `*_ms` are floats.

export interface Problem {
  status: number;
  title: string;
  code: string;
  detail: string;
  hint?: string;
  location?: string;
  trace_id?: string;
  /** Bytes of the query at fault, of errors of the Prometheus API. */
  position?: { start: number; end: number };
}

export type AttributeType =
  "string" | "int" | "double" | "bool" | "array" | "map" | "bytes" | "empty";

export interface Attribute {
  key: string;
  type: AttributeType;
  value: unknown;
}

export interface ServiceSummary {
  name: string;
  version: string;
  environment: string;
  requests: number;
  rate_per_second: number;
  errors: number;
  error_ratio: number;
  p50_ms: number | null;
  p90_ms: number | null;
  p99_ms: number | null;
  last_seen: string;
  sparkline: number[];
}

export interface ServiceList {
  from: string;
  to: string;
  step_seconds: number;
  services: ServiceSummary[];
}

export interface Operation {
  name: string;
  kind: string;
  requests: number;
  rate_per_second: number;
  errors: number;
  error_ratio: number;
  p50_ms: number | null;
  p90_ms: number | null;
  p99_ms: number | null;
}

export interface SlowTrace {
  trace_id: string;
  time: string;
  duration_ms: number;
  service: string;
  name: string;
  error: boolean;
}

export interface RedSeries {
  times: number[];
  rate: (number | null)[];
  errors: (number | null)[];
  p50_ms: (number | null)[];
  p90_ms?: (number | null)[];
  p99_ms: (number | null)[];
}

export interface ServiceDetail {
  name: string;
  versions: string[];
  environments: string[];
  instances: number;
  from: string;
  to: string;
  step_seconds: number;
  requests: number;
  rate_per_second: number;
  errors: number;
  error_ratio: number;
  p50_ms: number | null;
  p90_ms: number | null;
  p99_ms: number | null;
  series: RedSeries;
  operations: Operation[];
  slow_traces: SlowTrace[];
}

export interface Alert {
  id: string;
  name: string;
  state: "firing" | "pending" | "resolved";
  severity: string;
  summary: string;
  labels: Record<string, string>;
  started_at: string;
  ended_at: string | null;
}

export interface RecentError {
  service: string;
  name: string;
  message: string;
  count: number;
  last_seen: string;
  trace_id: string;
}

export interface Dashboard {
  from: string;
  to: string;
  step_seconds: number;
  requests: { count: number; rate_per_second: number; previous_rate_per_second: number | null };
  errors: { count: number; ratio: number; previous_ratio: number | null };
  latency: { p50_ms: number | null; p99_ms: number | null; previous_p99_ms: number | null };
  series: RedSeries;
  slow_traces: SlowTrace[];
  services: ServiceSummary[];
  environments: string[];
  alerts: { firing: Alert[] };
  recent_errors: RecentError[];
  signals: { spans: number; logs: number; samples: number };
}

export interface TraceSummary {
  trace_id: string;
  /** Of the earliest span while the root has not arrived. */
  root_service: string;
  root_name: string;
  start: string;
  duration_ms: number;
  spans: number;
  errors: number;
  services: { name: string; spans: number; errors: number }[];
  matched: { span_id: string; service: string; name: string; duration_ms: number; error: boolean };
}

export interface TraceList {
  traces: TraceSummary[];
  next_cursor: string | null;
}

export interface SpanEvent {
  time_unix_nano: string;
  name: string;
  attributes: Attribute[];
  dropped_attributes_count: number;
}

export interface SpanLink {
  trace_id: string;
  span_id: string;
  trace_state: string;
  attributes: Attribute[];
}

export interface Span {
  span_id: string;
  parent_span_id: string | null;
  name: string;
  kind: string;
  service: string;
  start_unix_nano: string;
  duration_nano: string;
  status: { code: "unset" | "ok" | "error"; message: string };
  trace_state: string;
  flags: number;
  attributes: Attribute[];
  dropped_attributes_count: number;
  events: SpanEvent[];
  dropped_events_count: number;
  links: SpanLink[];
  dropped_links_count: number;
  resource: number;
  scope: number;
}

export interface Scope {
  name: string;
  version: string;
  attributes: Attribute[];
  schema_url: string | null;
}

export interface TraceDetail {
  trace_id: string;
  start_unix_nano: string;
  start: string;
  duration_ms: number;
  services: string[];
  errors: number;
  usual_p50_ms: number | null;
  /** Whether the trace has more spans than are listed; the earliest are. */
  truncated: boolean;
  resources: {
    attributes: Attribute[];
    schema_url: string | null;
    dropped_attributes_count: number;
  }[];
  scopes: Scope[];
  spans: Span[];
}

export interface LogRecord {
  time: string;
  time_unix_nano: string;
  observed_time: string | null;
  severity_number: number;
  severity_text: string;
  body: string;
  body_type: string;
  event_name: string;
  service: string;
  trace_id: string | null;
  span_id: string | null;
  attributes: Attribute[];
  resource: Attribute[];
  scope: Partial<Scope> | null;
}

export interface LogList {
  logs: LogRecord[];
  next_cursor: string | null;
}

export interface LogVolume {
  from: string;
  to: string;
  step_seconds: number;
  times: number[];
  by_severity: Record<"error" | "warn" | "info" | "debug", number[]>;
}

export interface StorageReport {
  signals: {
    table: string;
    rows_buffered: number;
    rows_on_disk: number;
    bytes_buffered: number;
    bytes_on_disk: number;
    files: number;
    oldest: string | null;
    newest: string | null;
  }[];
  ingest: { requests: number; items: number; rejected: number; refused: number; bytes: number };
  memory: { budget_bytes: number; used_bytes: number };
}

export interface SqlAnswer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  row_count: number;
  truncated: boolean;
  elapsed_ms: number;
}

export interface Session {
  role: "admin" | "viewer";
  name: string;
  expires_at: string | null;
}

export interface ApiToken {
  id: string;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
  /** Whether it is accepted now: neither revoked nor expired. */
  live: boolean;
}

export interface CreatedToken extends ApiToken {
  token: string;
}

export interface MapFigures {
  requests: number;
  rate_per_second: number;
  error_ratio: number;
  p50_ms: number | null;
  p99_ms: number | null;
}

export interface MapNode extends MapFigures {
  id: string;
  kind: "service" | "database" | "queue" | "external" | "user";
  name: string;
  /** `postgresql`, `kafka`: what a database or queue is. */
  system: string | null;
}

export interface MapEdge extends MapFigures {
  from: string;
  to: string;
}

export interface ServiceMap {
  nodes: MapNode[];
  edges: MapEdge[];
}
