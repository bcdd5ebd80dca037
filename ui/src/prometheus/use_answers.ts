// Asking PromQL inside components: several questions at once, refreshed with the page.
// Invariants: what is on screen stays until the next answer is there; an answer that was overtaken is
// ignored; a refresh never starts while one is under way, so a slow server is asked once at a time.
import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem, request } from "../api/client";
import { nowMs, range, refreshes } from "../api/refresh";
import type { Problem } from "../api/types";
import { resolveInstant } from "../time/range";
import type { Grid } from "./frame";
import { fillIntervals, gridOf } from "./step";
import type { Answer, ExemplarSeries, QueryData } from "./types";

export interface Question {
  ref: string;
  promql: string;
}

export type Mode = "range" | "instant";

export interface Reply {
  ref: string;
  promql: string;
  data: QueryData | null;
  problem: Problem | null;
  warnings: string[];
  infos: string[];
  exemplars: ExemplarSeries[];
  tookMs: number;
}

export interface Replies {
  replies: Reply[];
  grid: Grid;
  /** The range on show, in Unix seconds. */
  from: number;
  to: number;
}

interface Ask {
  questions: readonly Question[];
  mode: Mode;
  /** Null for a step that suits the range. */
  stepSeconds: number | null;
  exemplars?: boolean;
}

export function useAnswers(ask: Ask): { answered: Replies | null; loading: boolean } {
  const [answered, setAnswered] = useState<Replies | null>(null);
  const [loading, setLoading] = useState(false);
  const flight = useRef<{ key: string; abort: AbortController } | null>(null);
  const tick = refreshes.value;
  const key = JSON.stringify([ask, range.value]);
  useEffect(() => {
    if (flight.current?.key === key) return;
    flight.current?.abort.abort();
    flight.current = null;
    if (ask.questions.length === 0) {
      setAnswered(null);
      setLoading(false);
      return;
    }
    const own = { key, abort: new AbortController() };
    flight.current = own;
    setLoading(true);
    void askAll(ask, own.abort.signal).then((replies) => {
      if (flight.current !== own) return;
      flight.current = null;
      setLoading(false);
      setAnswered(replies);
      nowMs.value = Date.now();
    });
  }, [key, tick]);
  useEffect(() => () => flight.current?.abort.abort(), []);
  return { answered, loading };
}

async function askAll(ask: Ask, signal: AbortSignal): Promise<Replies> {
  const now = Date.now();
  const fromMs = resolveInstant(range.value.from, now) ?? now - 3600e3;
  const toMs = Math.max(fromMs + 1000, resolveInstant(range.value.to, now) ?? now);
  const grid = gridOf(fromMs, toMs, ask.stepSeconds);
  const span = { from: fromMs / 1000, to: toMs / 1000 };
  const replies = await Promise.all(
    ask.questions.map((question) => askOne(question, ask, grid, span, signal)),
  );
  return { replies, grid, ...span };
}

async function askOne(
  { ref, promql }: Question,
  ask: Ask,
  grid: Grid,
  span: { from: number; to: number },
  signal: AbortSignal,
): Promise<Reply> {
  const rangeSeconds = span.to - span.from;
  const filled = fillIntervals(promql, { stepSeconds: grid.step, rangeSeconds });
  const times: Record<string, string> =
    ask.mode === "range"
      ? { start: String(grid.start), end: String(grid.end), step: String(grid.step) }
      : { time: String(span.to) };
  const path = ask.mode === "range" ? "query_range" : "query";
  const form = new URLSearchParams({ query: filled.text, ...times });
  const startedMs = performance.now();
  const empty = { ref, promql, data: null, warnings: [], infos: [], exemplars: [], tookMs: 0 };
  try {
    const answer = await request<Answer<QueryData>>(`/prometheus/api/v1/${path}`, { form, signal });
    const tookMs = performance.now() - startedMs;
    const { data, warnings = [], infos = [] } = answer;
    const wanted = ask.exemplars && data.result.length > 0;
    const exemplars = wanted ? await exemplarsOf(filled.text, span, signal) : [];
    return { ...empty, data, problem: null, warnings, infos, exemplars, tookMs };
  } catch (error) {
    const problem = asProblem(error);
    const { position } = problem;
    const source = position && {
      start: filled.sourceByte(position.start),
      end: filled.sourceByte(position.end),
    };
    return { ...empty, problem: { ...problem, ...(source && { position: source }) } };
  }
}

/** Exemplars are extra: where there are none to be had, the answer stands without. */
async function exemplarsOf(
  query: string,
  span: { from: number; to: number },
  signal: AbortSignal,
): Promise<ExemplarSeries[]> {
  const form = new URLSearchParams({ query, start: String(span.from), end: String(span.to) });
  try {
    const path = "/prometheus/api/v1/query_exemplars";
    return (await request<Answer<ExemplarSeries[]>>(path, { form, signal })).data;
  } catch {
    return [];
  }
}
