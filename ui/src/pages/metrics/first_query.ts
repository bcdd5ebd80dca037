// The first query of a metric, by its type: what one asks of it nine times in ten.
// Invariant: pure; the query is complete and runs as it stands.
import { durationText } from "../../prometheus/step";

export type MetricKind = "counter" | "gauge" | "histogram" | "native" | "summary";

/** How a metric is asked for: by its stated type, else by how it is called. */
export function kindOf(name: string, type: string): MetricKind {
  if (/_bucket$/.test(name) && (type === "histogram" || type === "")) return "histogram";
  if (type === "histogram") return "native";
  if (type === "counter" || type === "summary") return type;
  if (type === "" || type === "unknown" || type === "untyped")
    return /_(total|count|sum)$/.test(name) ? "counter" : "gauge";
  return "gauge";
}

/** A name that PromQL reads without quotes stands alone; another goes into braces. */
export function selector(name: string): string {
  return /^[a-zA-Z_:][\w:]*$/.test(name) ? name : `{${JSON.stringify(name)}}`;
}

export function firstQuery(name: string, type: string, intervalSeconds: number): string {
  const metric = selector(name);
  const window = `[${durationText(intervalSeconds)}]`;
  switch (kindOf(name, type)) {
    case "counter":
      return `rate(${metric}${window})`;
    case "histogram":
      return `histogram_quantile(0.99, sum by (le) (rate(${metric}${window})))`;
    case "native":
      return `histogram_quantile(0.99, sum(rate(${metric}${window})))`;
    default:
      return metric;
  }
}

const WINDOWS_SECONDS = [20, 30, 60, 120, 240, 300, 600, 900, 1800, 3600];
const WINDOW_DEFAULT = 300;

/** Over how long a rate of samples this far apart needs to reach: four of them, rounded up. */
export function rateWindow(sampleSeconds: number | null): number {
  if (sampleSeconds === null || !(sampleSeconds > 0)) return WINDOW_DEFAULT;
  return WINDOWS_SECONDS.find((one) => one >= sampleSeconds * 4 * 0.95) ?? 3600;
}

export interface Listed {
  /** What is shown: the family's name. */
  name: string;
  /** What is asked for. */
  query: string;
  type: string;
  help: string;
}

/** Metrics as a person thinks of them: the parts of a classic histogram are one. */
export function listedMetrics(
  names: readonly string[],
  about: (name: string) => { type: string; help: string },
): Listed[] {
  const all = new Set(names);
  const isWhole = (family: string): boolean =>
    all.has(`${family}_bucket`) && all.has(`${family}_count`);
  const listed: Listed[] = [];
  for (const name of names) {
    const family = /^(.+)_(bucket|sum|count)$/.exec(name);
    const base = family?.[1] ?? "";
    if (family && isWhole(base)) {
      if (family[2] === "bucket")
        listed.push({ ...about(name), name: base, query: name, type: "histogram" });
      continue;
    }
    listed.push({ name, query: name, ...about(name) });
  }
  return listed;
}
