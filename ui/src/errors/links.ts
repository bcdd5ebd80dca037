// Addresses of the errors views, and of what an error leads to.
// Invariant: all lead to this page; an address that a sender wrote is text and becomes no link.
import { absoluteRange } from "../time/range";
import { hrefTo } from "../url/location";

export function issueHref(id: number, occurrence: string | null = null): string {
  return hrefTo(`/errors/${id}`, { occurrence });
}

export function inboxHref(params: Record<string, string | null> = {}): string {
  return hrefTo("/errors", params);
}

export function traceHref(traceId: string, spanId: string | null = null): string {
  return hrefTo(`/traces/${encodeURIComponent(traceId)}`, { span: spanId });
}

const AROUND_MS = 600_000;

/** The log records of a trace, in a range that is about when the error was. */
export function traceLogsHref(traceId: string, time: string): string {
  const at = Date.parse(time);
  const around = Number.isFinite(at) ? absoluteRange(at - AROUND_MS, at + AROUND_MS) : {};
  return hrefTo("/logs", { trace_id: traceId, ...around });
}
