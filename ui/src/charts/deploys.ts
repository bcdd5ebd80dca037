// The deploys in the range on show, which every chart over time marks.
// Invariants: however many charts there are, one request per range, and Live asks no more often than
// REFRESH_MS; a server that cannot answer shows no marks and no problem.
import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { request } from "../api/client";
import type { Deploy } from "../api/errors";
import { rangedPath } from "../api/query";
import { refreshes } from "../api/refresh";
import { place } from "../url/location";

const REFRESH_MS = 30_000;

const answered = signal<readonly Deploy[]>([]);
let asked = { path: "", atMs: -Infinity };

async function ask(path: string): Promise<void> {
  const nowMs = performance.now();
  if (path === asked.path && nowMs - asked.atMs < REFRESH_MS) return;
  const isOther = path !== asked.path;
  asked = { path, atMs: nowMs };
  try {
    const { deploys } = await request<{ deploys: Deploy[] }>(path);
    // A deploy that names no services is about all of them.
    const known = deploys.map((one) => ({ ...one, services: one.services ?? [] }));
    if (asked.path === path) answered.value = known;
  } catch {
    if (asked.path === path && isOther) answered.value = [];
  }
}

/** The deploys between two times in Unix seconds, oldest first; those of the service in view. */
export function useDeploys(from: number, to: number): readonly Deploy[] {
  const path = rangedPath("/deploys");
  const tick = refreshes.value;
  useEffect(() => void ask(path), [path, tick]);
  const all = answered.value;
  const service = serviceInView(place.value);
  return useMemo(() => deploysWithin(all, from, to, service), [all, from, to, service]);
}

/** The one service that a view is about; empty where it is about several. */
export function serviceInView({ path, params }: typeof place.value): string {
  const named = /^\/services\/([^/]+)$/.exec(path)?.[1];
  if (named === undefined) return params.get("service") ?? "";
  try {
    return decodeURIComponent(named);
  } catch {
    return named;
  }
}

export function deploysWithin(
  all: readonly Deploy[],
  from: number,
  to: number,
  service: string,
): Deploy[] {
  return all
    .map((deploy) => ({ deploy, at: Date.parse(deploy.at) / 1000 }))
    .filter(({ at }) => at >= from && at <= to)
    .filter(({ deploy: { services } }) => {
      return service === "" || services.length === 0 || services.includes(service);
    })
    .sort((a, b) => a.at - b.at)
    .map(({ deploy }) => deploy);
}

/** "checkout 2.7.1": short enough to stand beside a line. */
export function deployLabel({ services, release }: Deploy): string {
  const short = release.length > 20 ? `${release.slice(0, 19)}…` : release;
  return services.length === 1 ? `${services[0]} ${short}` : short;
}

/** "2.7.1 deployed to production (checkout, payments)". */
export function deployText({ services, release, environment }: Deploy): string {
  const where = environment === "" ? "" : ` to ${environment}`;
  const what = services.length === 0 ? "" : ` (${services.slice(0, 4).join(", ")})`;
  return `${release} deployed${where}${what}`;
}

export interface LabelPlace {
  /** Where the label starts, in pixels; null for a line without one. */
  left: number | null;
}

const CHARACTER_PX = 6.2;
const GAP_PX = 4;

/** Labels stand right of their lines, left near the end of the plot, and nowhere where there is no room. */
export function placeLabels(
  lines: readonly { x: number; characters: number }[],
  width: number,
): LabelPlace[] {
  let takenTo = -Infinity;
  return lines.map(({ x, characters }, index) => {
    const length = characters * CHARACTER_PX + 2 * GAP_PX;
    const right = x + GAP_PX;
    const nextLine = lines[index + 1]?.x ?? Infinity;
    const fitsRight = right + length <= Math.min(width, nextLine) && right >= takenTo;
    const left = x - length;
    const lastLine = lines[index - 1]?.x ?? -Infinity;
    const fitsLeft = left >= Math.max(0, takenTo, lastLine);
    const at = fitsRight ? right : fitsLeft ? left : null;
    if (at !== null) takenTo = at + length;
    return { left: at };
  });
}
