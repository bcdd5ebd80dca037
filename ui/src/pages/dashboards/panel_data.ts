// The answers to a panel's queries, kept while newer ones are under way.
// Invariants: nothing is asked before the panel was in sight and the variables are known; an answer
// that was overtaken is ignored; one query's failure leaves the others' answers.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import type { Problem } from "../../api/types";
import type { Panel } from "../../dashboards/document";
import { askedBy, queryRequest, stepFor, type Asked } from "../../dashboards/requests";
import type { Grid } from "../../prometheus/frame";
import { gridOf } from "../../prometheus/step";
import type { Answer, QueryData } from "../../prometheus/types";
import { gate } from "./api";
import { useView } from "./view";

export interface Answered extends Asked {
  data: QueryData | null;
  problem: Problem | null;
  notes: readonly string[];
}

export interface PanelData {
  answers: readonly Answered[];
  grid: Grid;
  loading: boolean;
  /** Whether all queries were answered at least once. */
  loaded: boolean;
}

const EMPTY_GRID: Grid = { start: 0, end: 0, step: 1 };

async function ask(asked: Asked, grid: Grid, signal: AbortSignal): Promise<Answered> {
  const { path, form } = queryRequest(asked, grid);
  const send = (): Promise<Answer<QueryData>> =>
    request<Answer<QueryData>>(path, { form: new URLSearchParams(form), signal });
  try {
    const { data, warnings = [], infos = [] } = await gate.run(send, signal);
    return { ...asked, data, problem: null, notes: [...warnings, ...infos] };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...asked, data: null, problem: asProblem(error), notes: [] };
  }
}

/** Pixels a point takes; finer is not seen. */
const POINT_PX = 3;

export function usePanelData(panel: Panel, widthPx: number, inSight: boolean): PanelData {
  const { scope, span, ready } = useView();
  const step = stepFor(span, widthPx / POINT_PX);
  const grid = useMemo(() => gridOf(span.fromMs, span.toMs, step), [span, step]);
  const asked = useMemo(
    () => (ready && widthPx > 0 ? askedBy(panel, scope, span, step) : null),
    [panel.queries, panel.type, scope, span, step, ready, widthPx > 0],
  );
  const key = asked && JSON.stringify([asked, grid]);
  const [data, setData] = useState<PanelData>({
    answers: [],
    grid: EMPTY_GRID,
    loading: true,
    loaded: false,
  });
  const flight = useRef<AbortController | null>(null);
  const sent = useRef<string | null>(null);
  useEffect(() => {
    if (!asked || !inSight || sent.current === key) return;
    sent.current = key;
    flight.current?.abort();
    const own = new AbortController();
    flight.current = own;
    setData((now) => ({ ...now, loading: true }));
    void Promise.all(asked.map((one) => ask(one, grid, own.signal)))
      .then((answers) => {
        if (!own.signal.aborted) setData({ answers, grid, loading: false, loaded: true });
      })
      .catch(() => undefined); // Given up for newer ones.
  }, [key, inSight]);
  useEffect(() => () => flight.current?.abort(), []);
  return data;
}
