// An occurrence as the server tells it, with what it leaves out filled in.
// Invariants: whatever is absent or null is empty afterwards, so that no view has to ask; where a text
// is expected and a sender wrote something else, it is that as text; pure.
import type { Breadcrumb, Exception, Frame, HttpRequest, Occurrence, WhyNode } from "../api/errors";
import { textOf } from "./values";

/** The same with anything left out, at any depth. */
export type Sparse<T> = T extends readonly (infer Item)[]
  ? readonly Sparse<Item>[] | null
  : T extends object
    ? { [Key in keyof T]?: Sparse<T[Key]> | null }
    : T | null;

function frameOf(raw: Sparse<Frame>): Frame {
  const source = raw?.source;
  return {
    function: raw?.function ?? "",
    module: raw?.module ?? "",
    file: raw?.file ?? "",
    path: raw?.path ?? "",
    line: raw?.line ?? 0,
    column: raw?.column ?? 0,
    in_app: raw?.in_app ?? false,
    source: source
      ? {
          before: listOf<string>(source.before),
          line: source.line ?? "",
          after: listOf<string>(source.after),
        }
      : null,
    variables: listOf<[string, string]>(raw?.variables),
  };
}

/** A list of what needs no filling in. */
function listOf<T>(raw: unknown): T[] {
  return Array.isArray(raw) ? (raw as T[]) : [];
}

function mapOf<T>(raw: unknown): Record<string, T> {
  const isMap = typeof raw === "object" && raw !== null && !Array.isArray(raw);
  return isMap ? (raw as Record<string, T>) : {};
}

function exceptionOf(raw: Sparse<Exception>): Exception {
  return {
    type: raw?.type ?? "",
    message: raw?.message ?? "",
    module: raw?.module ?? "",
    handled: raw?.handled ?? null,
    mechanism: raw?.mechanism ?? "",
    frames_omitted: raw?.frames_omitted ?? 0,
    text: raw?.text ?? "",
    frames: listOf<Sparse<Frame>>(raw?.frames).map(frameOf),
  };
}

function breadcrumbOf(raw: Sparse<Breadcrumb>): Breadcrumb {
  return {
    time: typeof raw?.time === "string" ? raw.time : null,
    type: textOf(raw?.type),
    category: textOf(raw?.category),
    level: textOf(raw?.level),
    message: textOf(raw?.message),
    data: mapOf<unknown>(raw?.data),
  };
}

function requestOf(raw: Sparse<HttpRequest>): HttpRequest {
  return {
    method: textOf(raw?.method),
    url: textOf(raw?.url),
    query: listOf<[string, unknown]>(raw?.query),
    headers: listOf<[string, unknown]>(raw?.headers),
    cookies: listOf<[string, unknown]>(raw?.cookies),
    body: raw?.body ?? null,
    env: mapOf<unknown>(raw?.env),
  };
}

/** The fields that say what and where; none of them is a list or a map. */
function factsOf(raw: Partial<Occurrence>) {
  return {
    id: raw.id ?? "",
    issue_id: raw.issue_id ?? 0,
    time: raw.time ?? "",
    received: raw.received ?? "",
    source: raw.source ?? ("sentry" as const),
    level: raw.level ?? ("error" as const),
    platform: raw.platform ?? "",
    service: raw.service ?? "",
    environment: raw.environment ?? null,
    release: raw.release ?? null,
    transaction: raw.transaction ?? null,
    dist: raw.dist ?? null,
    server_name: raw.server_name ?? null,
    logger: raw.logger ?? null,
    trace_id: raw.trace_id ?? null,
    span_id: raw.span_id ?? null,
    trace_known: raw.trace_known ?? false,
    message: raw.message ?? "",
    log_message: raw.log_message ?? "",
    raw_stacktrace: raw.raw_stacktrace ?? null,
    previous: raw.previous ?? null,
    next: raw.next ?? null,
  };
}

export function completed(raw: Sparse<Occurrence>): Occurrence {
  const sent = (raw ?? {}) as Partial<Occurrence>;
  const threads = listOf<Sparse<Occurrence["threads"][number]>>(sent.threads);
  return {
    ...factsOf(sent),
    user: sent.user ? mapOf(sent.user) : null,
    exceptions: listOf<Sparse<Exception>>(sent.exceptions).map(exceptionOf),
    breadcrumbs: listOf<Sparse<Breadcrumb>>(sent.breadcrumbs).map(breadcrumbOf),
    request: sent.request ? requestOf(sent.request) : null,
    tags: listOf(sent.tags),
    contexts: mapOf(sent.contexts),
    extra: mapOf(sent.extra),
    modules: mapOf(sent.modules),
    sdk: sent.sdk ?? null,
    threads: threads.map((one) => ({
      name: textOf(one?.name),
      id: textOf(one?.id),
      crashed: one?.crashed ?? false,
      frames: listOf<Sparse<Frame>>(one?.frames).map(frameOf),
    })),
    feedback: listOf(sent.feedback),
    attachments: listOf(sent.attachments),
    grouping: sent.grouping ? { ...sent.grouping, why: sent.grouping.why ?? NO_REASON } : null,
  };
}

const NO_REASON: WhyNode = { label: "nothing was told", contributes: false };
