// Exemplars as dots that lead to their traces.
// Invariants: pure; only exemplars with a trace id become dots; at most DOTS_MAX of them, the highest
// of each stretch of time, so that what stands out is kept.
import type { Dot } from "../charts/plot";
import { clock } from "../format/time";
import { numberOf } from "./frame";
import { seriesText } from "./legend";
import type { ExemplarSeries } from "./types";

export const DOTS_MAX = 60;

const TRACE_LABELS = ["trace_id", "traceID", "traceid", "trace.id"];
const OF_BUCKET: ReadonlySet<string> = new Set(["__name__", "le", "job", "instance"]);

interface DotSource {
  from: number;
  to: number;
  format: (value: number) => string;
  hrefOf: (traceId: string) => string;
}

export function exemplarDots(all: readonly ExemplarSeries[], source: DotSource): Dot[] {
  const dots = new Map<string, Dot>();
  for (const { seriesLabels, exemplars } of all) {
    for (const { labels, value, timestamp } of exemplars) {
      const id = TRACE_LABELS.map((key) => labels[key]).find((one) => one !== undefined);
      const [time, amount] = [Number(timestamp), numberOf(value)];
      if (!id || !/^[0-9a-f]{16,32}$/i.test(id) || !Number.isFinite(amount)) continue;
      if (time < source.from || time > source.to) continue;
      const at = clock(BigInt(Math.round(time * 1000)) * 1_000_000n, 0);
      const title = `${at} ${source.format(amount)}, trace of ${seriesText(seriesLabels, OF_BUCKET)}`;
      const href = source.hrefOf(id.toLowerCase());
      dots.set(href, { time, value: amount, href, title, bad: false });
    }
  }
  return thinned([...dots.values()], source.from, source.to);
}

function thinned(dots: Dot[], from: number, to: number): Dot[] {
  if (dots.length <= DOTS_MAX) return dots;
  const best = new Map<number, Dot>();
  for (const dot of dots) {
    const stretch = Math.min(
      DOTS_MAX - 1,
      Math.floor(((dot.time - from) / (to - from)) * DOTS_MAX),
    );
    const known = best.get(stretch);
    if (!known || dot.value > known.value) best.set(stretch, dot);
  }
  return [...best.values()];
}
