// The sorting of a table, kept in the address as `sort=-p99` (descending) or `sort=name`.
// Invariant: names sort ascending at first, figures descending; the default is not written out.
import { param, setParams } from "../url/location";
import type { Sorting } from "./data_table";

const ASCENDING_FIRST = new Set(["name", "environment", "kind"]);

export function parseSorting(text: string, fallback: string): { key: string; descending: boolean } {
  if (text === "") return { key: fallback, descending: !ASCENDING_FIRST.has(fallback) };
  return text.startsWith("-")
    ? { key: text.slice(1), descending: true }
    : { key: text, descending: false };
}

export function useSorting(fallback: string): Sorting {
  const now = parseSorting(param("sort"), fallback);
  const onSort = (key: string): void => {
    const descending = key === now.key ? !now.descending : !ASCENDING_FIRST.has(key);
    const isDefault = key === fallback && descending === !ASCENDING_FIRST.has(fallback);
    setParams({ sort: isDefault ? null : `${descending ? "-" : ""}${key}` }, { replace: true });
  };
  return { ...now, onSort };
}
