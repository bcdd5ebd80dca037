// The explorer's state, as it stands in the address: `a=`, `b=` … are the queries.
// Invariants: pure but for reading the address; a state written to the address is read back the same;
// at most QUERIES_MAX queries. The view is at /explore, since /metrics is where the server exposes its
// own metrics.
import { hrefTo, type Patch } from "../../url/location";

export interface ExplorerQuery {
  /** "A", "B", … */
  ref: string;
  promql: string;
  /** A template such as `{{service_name}}`; empty for the labels. */
  legend: string;
  hidden: boolean;
}

export const VIEWS = ["graph", "table", "both"] as const;
export const DRAWINGS = ["", "lines", "areas", "stacked", "percent", "bars", "heat"] as const;

export interface ExplorerState {
  queries: ExplorerQuery[];
  view: (typeof VIEWS)[number];
  /** Empty for what suits the answer. */
  drawing: (typeof DRAWINGS)[number];
  /** A PromQL duration; empty for what suits the range. */
  step: string;
  /** The name of a unit; null for a guess. */
  unit: string | null;
  exemplars: boolean;
}

export const QUERIES_MAX = 10;

export function refOf(index: number): string {
  return String.fromCharCode(65 + index);
}

function oneOf<T extends string>(all: readonly T[], text: string | null): T {
  return all.find((one) => one === text) ?? (all[0] as T);
}

export function readState(params: URLSearchParams): ExplorerState {
  const queries: ExplorerQuery[] = [];
  for (let index = 0; index < QUERIES_MAX; index += 1) {
    const ref = refOf(index);
    const key = ref.toLowerCase();
    const promql = params.get(key);
    if (promql === null) continue;
    const legend = params.get(`${key}.legend`) ?? "";
    queries.push({ ref, promql, legend, hidden: params.get(`${key}.hidden`) === "1" });
  }
  return {
    queries,
    view: oneOf(VIEWS, params.get("view")),
    drawing: oneOf(DRAWINGS, params.get("draw")),
    step: params.get("step") ?? "",
    unit: params.has("unit") ? readUnit(params.get("unit")) : null,
    exemplars: params.get("exemplars") !== "off",
  };
}

/** The plain number has no name that an address can hold. */
const NO_UNIT = "none";

const readUnit = (text: string | null): string => (text === NO_UNIT ? "" : (text ?? ""));

/** What changes the address to this state. */
export function statePatch(state: ExplorerState): Patch {
  const patch: Record<string, string | null> = { browse: null };
  for (let index = 0; index < QUERIES_MAX; index += 1) {
    const query = state.queries.find((one) => one.ref === refOf(index));
    const key = refOf(index).toLowerCase();
    const written = query !== undefined && query.promql.trim() !== "";
    patch[key] = written ? query.promql : null;
    patch[`${key}.legend`] = written ? query.legend : null;
    patch[`${key}.hidden`] = written && query.hidden ? "1" : null;
  }
  return {
    ...patch,
    view: state.view === "graph" ? null : state.view,
    draw: state.drawing,
    step: state.step,
    unit: state.unit === null ? null : state.unit || NO_UNIT,
    exemplars: state.exemplars ? null : "off",
  };
}

/** The first letter that no query has. */
export function freeRef(queries: readonly { ref: string }[]): string | null {
  for (let index = 0; index < QUERIES_MAX; index += 1)
    if (!queries.some((one) => one.ref === refOf(index))) return refOf(index);
  return null;
}

interface LinkedQuery {
  promql: string;
  legend?: string;
}

/** The explorer with these queries, in the range of the current view; `more` as in the address. */
export function explorerHref(queries: readonly LinkedQuery[], more: Patch = {}): string {
  const params: Record<string, string | null> = {};
  queries.slice(0, QUERIES_MAX).forEach(({ promql, legend = "" }, index) => {
    const key = refOf(index).toLowerCase();
    params[key] = promql;
    params[`${key}.legend`] = legend;
  });
  return hrefTo("/explore", { ...params, ...more });
}
