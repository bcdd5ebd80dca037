// The conditions of the inbox as parameters of the address, and as the text of a saved search.
// Invariant: a saved search holds conditions and order alone, never a range or a position, so that it
// means the same tomorrow.
import type { Status } from "../api/errors";
import type { Patch } from "../url/location";

export const CONDITION_KEYS = ["service", "release", "level", "assignee", "q"] as const;
const SAVED_KEYS = ["status", "environment", ...CONDITION_KEYS, "sort"] as const;

export type Shown = Status | "all";
export type Order = "last_seen" | "first_seen" | "events" | "users";

const SHOWN: readonly Shown[] = ["unresolved", "resolved", "ignored", "all"];
export const ORDERS: readonly { value: Order; label: string }[] = [
  { value: "last_seen", label: "Last seen" },
  { value: "first_seen", label: "First seen" },
  { value: "events", label: "Events" },
  { value: "users", label: "Users" },
];

export function shownOf(params: URLSearchParams): Shown {
  const status = params.get("status") as Shown;
  return SHOWN.includes(status) ? status : "unresolved";
}

export function orderOf(params: URLSearchParams): Order {
  const sort = params.get("sort");
  return ORDERS.find((one) => one.value === sort)?.value ?? "last_seen";
}

/** The conditions on show as the text that is saved. */
export function savedQuery(params: URLSearchParams): string {
  const saved = new URLSearchParams();
  saved.set("status", shownOf(params));
  for (const key of SAVED_KEYS) {
    const value = params.get(key);
    if (key !== "status" && value) saved.set(key, value);
  }
  return saved.toString();
}

/** What applying a saved search sets; conditions that it does not name are let go of. */
export function appliedQuery(query: string): Patch {
  const saved = new URLSearchParams(query);
  const patch: Patch = {};
  for (const key of SAVED_KEYS) patch[key] = saved.get(key);
  if (patch["status"] === "unresolved") patch["status"] = null;
  if (patch["sort"] === "last_seen") patch["sort"] = null;
  return patch;
}

/** Whether a saved search is the one on show. */
export function isApplied(query: string, params: URLSearchParams): boolean {
  const normal = (text: string): string => {
    const sorted = new URLSearchParams(savedQuery(new URLSearchParams(text)));
    if (sorted.get("sort") === "last_seen") sorted.delete("sort");
    sorted.sort();
    return sorted.toString();
  };
  return normal(query) === normal(params.toString());
}

/** The search text with a word such as `is:new` in it, or without it where it was. */
export function toggleWord(text: string, word: string): string {
  const words = text.split(/\s+/).filter(Boolean);
  const others = words.filter((one) => one.toLowerCase() !== word);
  if (others.length === words.length) others.push(word);
  return others.join(" ");
}

export function hasWord(text: string, word: string): boolean {
  return text.toLowerCase().split(/\s+/).includes(word);
}
