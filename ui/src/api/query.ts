// Builds API addresses from the state in the page's address.
// Invariant: only this module knows which page parameters become which API parameters.
import { environment, range } from "./refresh";
import { queryText } from "../url/location";

export type ApiParams = Record<string, string | readonly string[] | number | null | undefined>;

/** `/api/v1/…` with parameters; empty ones are left out, arrays repeat the key. */
export function apiPath(path: string, params: ApiParams = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    const values = Array.isArray(value) ? (value as string[]) : [value];
    for (const item of values) {
      if (item !== null && item !== undefined && item !== "") query.append(key, String(item));
    }
  }
  return `/api/v1${path}${queryText(query)}`;
}

/** The same, within the time range and environment of the page. */
export function rangedPath(path: string, params: ApiParams = {}): string {
  return apiPath(path, { ...range.value, environment: environment.value, ...params });
}
