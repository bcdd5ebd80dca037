// What there is to ask for: names of metrics, their types and help, label names and values.
// Invariants: every answer is kept for KEPT_MS and asked for once at a time; a failure is an empty
// list here, never an interruption of someone who writes; at most CACHED_MAX answers are kept.
import { request } from "../api/client";
import type { Answer, Metadata } from "./types";

const KEPT_MS = 60_000;
const CACHED_MAX = 200;
const VALUES_MAX = 10_000;

interface Kept {
  atMs: number;
  answer: Promise<unknown>;
}

const kept = new Map<string, Kept>();

function ask<T>(path: string, params: Record<string, string | readonly string[]>): Promise<T> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params))
    for (const one of typeof value === "string" ? [value] : value) query.append(key, one);
  const address = `/prometheus/api/v1/${path}?${query.toString()}`;
  const known = kept.get(address);
  if (known && Date.now() - known.atMs < KEPT_MS) return known.answer as Promise<T>;
  const answer = request<Answer<T>>(address).then((all) => all.data);
  kept.delete(address);
  kept.set(address, { atMs: Date.now(), answer });
  answer.catch(() => kept.delete(address));
  const oldest = kept.keys().next();
  if (kept.size > CACHED_MAX && !oldest.done) kept.delete(oldest.value);
  return answer;
}

/** Forgets every answer; after a refresh by hand. */
export function clearCatalogue(): void {
  kept.clear();
}

const orEmpty = (answer: Promise<string[]>): Promise<string[]> => answer.catch(() => []);

/** Names of all metrics, sorted; fails where the server does. */
export function metricNames(): Promise<string[]> {
  return ask<string[]>("label/__name__/values", {});
}

export function labelNames(metric: string | null): Promise<string[]> {
  return orEmpty(ask<string[]>("labels", selecting(metric)));
}

export function labelValues(label: string, metric: string | null): Promise<string[]> {
  const path = `label/${encodeURIComponent(label)}/values`;
  return orEmpty(ask<string[]>(path, { ...selecting(metric), limit: String(VALUES_MAX) }));
}

/** A selector of one metric, with names that need quotes in a matcher. */
function selecting(metric: string | null): Record<string, string> {
  return metric === null ? {} : { "match[]": `{__name__=${JSON.stringify(metric)}}` };
}

/** What exporters say about the metrics; empty where the server knows nothing. */
export function metadata(): Promise<Metadata> {
  return ask<Metadata>("metadata", {}).catch(() => ({}));
}

export interface About {
  type: string;
  help: string;
  unit: string;
}

const UNKNOWN: About = { type: "", help: "", unit: "" };

/** What is said of a metric, or of the family that its suffix belongs to. */
export function aboutMetric(all: Metadata, name: string): About {
  const own = all[name]?.[0];
  if (own) return own;
  const match = /^(.+)_(bucket|sum|count|total|info|created)$/.exec(name);
  const family = match ? all[match[1] ?? ""]?.[0] : undefined;
  if (!family) return UNKNOWN;
  const suffix = match?.[2] ?? "";
  const isPart = { histogram: "bucket sum count created", summary: "sum count created" };
  const parts = isPart[family.type as keyof typeof isPart] ?? "total info created";
  return parts.split(" ").includes(suffix)
    ? { ...family, type: partType(family, suffix) }
    : UNKNOWN;
}

/** Buckets, sums and counts of a family are counters. */
function partType(family: About, suffix: string): string {
  if (suffix === "created") return "gauge";
  return family.type === "histogram" && suffix === "bucket" ? "histogram" : partOf(family.type);
}

const partOf = (type: string): string =>
  type === "histogram" || type === "summary" ? "counter" : type;
