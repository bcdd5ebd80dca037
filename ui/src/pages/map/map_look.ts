// How the figures of the map look and where they lead.
// Invariant: pure but for links, which carry the range of the page along.
import type { MapEdge, MapFigures, MapNode, ServiceMap } from "../../api/types";
import { errorTone } from "../../controls/figures";
import { durationMs, percent, rate, text } from "../../format/quantity";
import { hrefTo } from "../../url/location";
import { requestsHref, serviceHref } from "../services/links";

/** Width of a line in pixels: the square root of its rate beside the highest. */
export function strokeWidth(ratePerSecond: number, highest: number): number {
  if (highest <= 0 || ratePerSecond <= 0) return 1;
  return 1 + 3.5 * Math.sqrt(Math.min(1, ratePerSecond / highest));
}

export function toneOf({ error_ratio }: MapFigures): "" | "warn" | "bad" {
  return errorTone(error_ratio);
}

/** "96/s, 2.31% failed, p50 84 ms, p99 1.24 s" */
export function figuresText(figures: MapFigures): string {
  return [
    text(rate(figures.rate_per_second)),
    `${text(percent(figures.error_ratio))} failed`,
    `p50 ${text(durationMs(figures.p50_ms))}`,
    `p99 ${text(durationMs(figures.p99_ms))}`,
  ].join(", ");
}

/** A service's page; for what sends no telemetry itself, the traces of the service that calls it most. */
export function nodeHref(node: MapNode, map: ServiceMap): string {
  if (node.kind === "service") return serviceHref(node.name);
  const callers = map.edges.filter((edge) => edge.to === node.id);
  const most = callers.reduce<MapEdge | null>(
    (best, edge) => (best && best.rate_per_second >= edge.rate_per_second ? best : edge),
    null,
  );
  const caller = map.nodes.find((one) => one.id === most?.from);
  return caller ? requestsHref({ service: caller.name }) : hrefTo("/traces");
}

const KINDS: Record<MapNode["kind"], string> = {
  service: "service",
  database: "database",
  queue: "queue",
  external: "external",
  user: "callers without traces",
};

/** "postgresql database", "external": what a node is, in a word or two. */
export function kindText(node: MapNode): string {
  return [node.system, KINDS[node.kind]].filter(Boolean).join(" ");
}
