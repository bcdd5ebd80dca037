// A metric chosen from the list becomes a query.
// Invariants: `browse=` in the address is replaced by the query, so going back leads to the list; the
// window of a rate follows how far apart the metric's samples really are, and leaves no sample of a
// long range out.
import { useEffect } from "preact/hooks";
import { request } from "../../api/client";
import { range } from "../../api/refresh";
import { aboutMetric, metadata } from "../../prometheus/catalogue";
import { autoStep } from "../../prometheus/step";
import type { Answer, QueryData } from "../../prometheus/types";
import { rangeLengthMs } from "../../time/range";
import { setParams } from "../../url/location";
import { firstQuery, rateWindow, selector } from "./first_query";

const LOOK_BACK_SECONDS = 900;

export function useBrowsed(metric: string): void {
  useEffect(() => {
    if (metric === "") return;
    let isCurrent = true;
    void Promise.all([metadata(), sampleSeconds(metric)]).then(([all, seconds]) => {
      if (!isCurrent) return;
      const { type } = aboutMetric(all, metric);
      const step = autoStep(rangeLengthMs(range.value, Date.now()) / 1000);
      const query = firstQuery(metric, type, Math.max(rateWindow(seconds), step));
      setParams({ a: query, browse: null }, { replace: true });
    });
    return () => void (isCurrent = false);
  }, [metric]);
}

/** Seconds between samples of the metric's densest series; null where there were too few lately. */
async function sampleSeconds(metric: string): Promise<number | null> {
  const query = `max(count_over_time(${selector(metric)}[${LOOK_BACK_SECONDS}s]))`;
  const form = new URLSearchParams({ query });
  try {
    const { data } = await request<Answer<QueryData>>("/prometheus/api/v1/query", { form });
    const count = data.resultType === "vector" ? Number(data.result[0]?.value?.[1]) : NaN;
    return count > 1 ? LOOK_BACK_SECONDS / count : null;
  } catch {
    return null;
  }
}
