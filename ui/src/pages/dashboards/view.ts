// What every panel of a view shares: the values of the variables, the range, the moment of refreshing.
// Invariant: `span` changes with the range and with a refresh, never in between, so that all panels
// show the same time.
import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import { range, refreshes } from "../../api/refresh";
import type { Scope } from "../../dashboards/interpolate";
import type { Span } from "../../dashboards/requests";
import { resolveInstant } from "../../time/range";

export interface View {
  scope: Scope;
  span: Span;
  /** Whether the variables are known, so that queries can be asked. */
  ready: boolean;
}

export const ViewContext = createContext<View>({
  scope: new Map(),
  span: { fromMs: 0, toMs: 1 },
  ready: false,
});

export function useView(): View {
  return useContext(ViewContext);
}

export function useSpan(): Span {
  const { from, to } = range.value;
  const tick = refreshes.value;
  return useMemo(() => {
    const now = Date.now();
    const toMs = resolveInstant(to, now) ?? now;
    const fromMs = Math.min(resolveInstant(from, now) ?? now - 3600e3, toMs - 1000);
    return { fromMs, toMs };
  }, [from, to, tick]);
}
