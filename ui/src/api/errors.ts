// The JSON of the errors API, as the page reads it: issues, occurrences, groups, rules, releases.
// Invariants: every text in here was written by strangers and is only ever set as text; times are
// RFC 3339; an occurrence leaves out what it does not have, `errors/occurrence.ts` fills that in.

export type Level = "fatal" | "error" | "warning" | "info" | "debug";
export type Status = "unresolved" | "resolved" | "ignored";
export type Substatus =
  "new" | "regressed" | "spiking" | "ongoing" | "in_next_release" | "until_condition" | "forever";

export interface Issue {
  id: number;
  type: string;
  message: string;
  culprit: string;
  level: Level;
  platform: string;
  service: string;
  unhandled: boolean;
  status: Status;
  substatus: Substatus | null;
  /** Such as "ignored until 100 more events". */
  status_detail: string | null;
  assignee: string | null;
  comments: number;
  first_seen: string;
  last_seen: string;
  first_release: string | null;
  last_release: string | null;
  /** Within the range and the conditions asked for. */
  events: number;
  users: number;
  events_total: number;
  /** Events per step within the range. */
  series: number[];
}

export interface Inbox {
  from: string;
  to: string;
  step_seconds: number;
  counts: Record<Status, number>;
  issues: Issue[];
  next_cursor: string | null;
}

export interface Suspect {
  release: string | null;
  deploy: { release: string; environment: string; at: string } | null;
  reason: string;
}

export interface IssueDetail extends Issue {
  from: string;
  to: string;
  step_seconds: number;
  environments: { name: string; events: number }[];
  releases: { version: string; events: number; first_seen: string; last_seen: string }[];
  services: { name: string; events: number }[];
  suspect: Suspect | null;
  merged_into: number | null;
  /** Its neighbours in the inbox, where the server knows them. */
  previous_id?: number | null;
  next_id?: number | null;
}

export interface Until {
  time?: string;
  events?: number;
  users?: number;
  within_seconds?: number;
}

export interface Change {
  status?: Status;
  in_next_release?: boolean;
  until?: Until;
  assignee?: string | null;
}

export interface ActionAnswer {
  changed: number[];
  failed: { id: number; detail: string }[];
}

export type ActivityKind =
  | "first_seen"
  | "resolved"
  | "unresolved"
  | "ignored"
  | "unignored"
  | "regressed"
  | "spiking"
  | "assigned"
  | "commented"
  | "merged"
  | "split";

export interface Activity {
  id: number | string;
  at: string;
  by: string;
  kind: ActivityKind;
  text: string;
}

export interface OccurrenceSummary {
  /** Null for one that was counted without being kept. */
  id: string | null;
  time: string;
  message: string;
  user: string | null;
  release: string | null;
  environment: string | null;
  service: string;
  transaction: string | null;
  trace_id: string | null;
  span_id: string | null;
  source: "sentry" | "otel_log" | "otel_span" | "service";
  count: number;
  /** False for one that was counted, but whose detail was not kept. */
  kept: boolean;
}

export interface OccurrenceList {
  occurrences: OccurrenceSummary[];
  next_cursor: string | null;
}

export interface Frame {
  function: string;
  module: string;
  file: string;
  path: string;
  line: number;
  column: number;
  in_app: boolean;
  source: { before: string[]; line: string; after: string[] } | null;
  variables: [string, string][];
}

export interface Exception {
  type: string;
  message: string;
  module: string;
  handled: boolean | null;
  mechanism: string;
  frames_omitted: number;
  /** The part of the stack that could not be read as frames, as it was written. */
  text: string;
  frames: Frame[];
}

export interface Breadcrumb {
  time: string | null;
  type: string;
  category: string;
  level: string;
  message: string;
  data: Record<string, unknown> | null;
}

export interface HttpRequest {
  method: string;
  url: string;
  query: [string, unknown][];
  headers: [string, unknown][];
  cookies: [string, unknown][];
  body: unknown;
  env: Record<string, unknown> | null;
}

export interface WhyNode {
  label: string;
  value?: string;
  contributes: boolean;
  hint?: string | null;
  children?: WhyNode[];
}

export interface Occurrence {
  id: string;
  issue_id: number;
  time: string;
  received: string;
  source: OccurrenceSummary["source"];
  level: Level;
  platform: string;
  service: string;
  environment: string | null;
  release: string | null;
  transaction: string | null;
  /** The build of the release. */
  dist: string | null;
  server_name: string | null;
  logger: string | null;
  trace_id: string | null;
  span_id: string | null;
  /** Whether the server holds spans of the trace. */
  trace_known: boolean;
  /** `id`, `email`, `username`, `ip_address`, and whatever else the sender wrote. */
  user: Record<string, unknown> | null;
  message: string;
  /** What was logged with the exception. */
  log_message: string;
  /** The reported one first, each followed by its cause; a stack begins where it was raised. */
  exceptions: Exception[];
  breadcrumbs: Breadcrumb[];
  request: HttpRequest | null;
  tags: [string, string][];
  contexts: Record<string, unknown>;
  extra: Record<string, unknown>;
  modules: Record<string, string>;
  sdk: { name: string; version: string } | null;
  threads: { name: string; id: string; crashed: boolean; frames: Frame[] }[];
  raw_stacktrace: string | null;
  feedback: { name: string; email: string; comments: string; at: string }[];
  attachments: { id: string; name: string; content_type: string; bytes: number }[];
  previous: string | null;
  next: string | null;
  grouping: {
    version: number;
    fingerprint: string;
    variant: string;
    why: WhyNode;
    /** Whether the rules have changed since, so that it would be grouped otherwise today. */
    changed?: boolean;
  } | null;
}

export interface TagDistribution {
  key: string;
  events: number;
  distinct: number;
  values: { value: string; events: number }[];
}

export interface Variant {
  variant: string;
  events: number;
  last_seen: string;
  message: string;
  /** Where it happens: frames, or one line. */
  frames?: string[];
  culprit?: string;
}

export interface Group {
  fingerprint: string;
  events: number;
  first_seen: string;
  last_seen: string;
  title: string;
  culprit: string;
  rule?: string | null;
  variants: Variant[];
}

export interface RuleProblem {
  line: number;
  /** Absent where the whole line is at fault. */
  column?: number;
  message: string;
  hint?: string | null;
  /** Which of the two texts it is about; the grouping rules where it is not said. */
  field?: "text" | "in_app";
}

export interface Rules {
  text: string;
  in_app: string;
  version: number;
  updated_at: string | null;
  updated_by: string | null;
}

export interface RulesPreview {
  examined: number;
  moved: number;
  groups: { issue_ids: number[]; into: string; events: number; title: string }[];
}

export interface SavedSearch {
  id: number | string;
  name: string;
  query: string;
  by: string;
}

export interface ProjectKey {
  public_key: string;
  dsn: string;
  active: boolean;
  created_at: string;
}

export interface Project {
  id: number;
  name: string;
  keys: ProjectKey[];
  events_24h?: number;
  last_event?: string | null;
}

export interface Deploy {
  id: number | string;
  release: string;
  environment: string;
  services: string[];
  at: string;
  name: string | null;
  url: string | null;
}

export interface Sessions {
  total: number;
  crashed: number;
  errored: number;
  crash_free_sessions: number | null;
  users: number;
  crash_free_users: number | null;
}

export interface Release {
  version: string;
  services: string[];
  created_at: string;
  released_at: string | null;
  first_event: string | null;
  last_event: string | null;
  new_issues: number;
  events: number;
  sessions: Sessions | null;
  deploys: {
    id: number | string;
    environment: string;
    name: string | null;
    started_at: string | null;
    finished_at: string;
  }[];
}

export type MonitorStatus =
  "ok" | "error" | "missed" | "timeout" | "in_progress" | "late" | "waiting";

export interface Monitor {
  slug: string;
  service: string;
  environment: string;
  status: MonitorStatus;
  schedule: string;
  timezone: string;
  margin_minutes: number | null;
  max_runtime_minutes: number | null;
  last_check_in: string | null;
  next_expected: string | null;
  last_duration_seconds: number | null;
  /** Oldest first. */
  recent: MonitorStatus[];
}

export interface CheckIn {
  id: string;
  status: MonitorStatus;
  at: string;
  duration_seconds: number | null;
  environment: string;
  expected_at: string | null;
}
