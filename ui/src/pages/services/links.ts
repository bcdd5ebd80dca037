// Addresses of the data behind a service's figures.
// Invariant: every figure of a service or operation leads to exactly the spans it counts: requests.
import { hrefTo } from "../../url/location";

export interface Scope {
  service?: string;
  operation?: string;
}

export function serviceHref(name: string): string {
  return hrefTo(`/services/${encodeURIComponent(name)}`);
}

function scoped(scope: Scope): Record<string, string | null> {
  return {
    service: scope.service ?? null,
    operation: scope.operation ?? null,
    spans: "requests",
  };
}

export function requestsHref(scope: Scope): string {
  return hrefTo("/traces", scoped(scope));
}

export function errorsHref(scope: Scope): string {
  return hrefTo("/traces", { ...scoped(scope), status: "error" });
}

/** Traces with failed spans of any kind, not of requests alone. */
export function failuresHref(scope: Scope): string {
  return hrefTo("/traces", { ...scoped(scope), spans: null, status: "error" });
}

/** Requests at least as slow as a percentile, slowest first. */
export function slowHref(scope: Scope, leastMs: number | null): string {
  const least = leastMs === null || leastMs <= 0 ? null : String(floorSignificant(leastMs));
  return hrefTo("/traces", { ...scoped(scope), min_duration_ms: least, sort: "duration" });
}

/** Rounded down to three digits, so that the percentile itself is still within. */
export function floorSignificant(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return Number((Math.floor(value / unit) * unit).toPrecision(3));
}
