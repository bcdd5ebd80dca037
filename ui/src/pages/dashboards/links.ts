// Addresses around a board: itself with another panel or mode, and the same queries elsewhere.
// Invariant: a link keeps the range and the variables of the view it is on.
import { hasQueries, type Panel } from "../../dashboards/document";
import {
  interpolateQuery,
  interpolateText,
  type Bound,
  type Scope,
} from "../../dashboards/interpolate";
import { scopeWith, stepFor } from "../../dashboards/requests";
import { variableParams } from "../../dashboards/variables";
import { hrefTo, place, queryText, patchParams, type Patch } from "../../url/location";
import { explorerHref } from "../metrics/explorer_state";
import type { View } from "./view";

/** The current address with some parameters changed. */
export function hereWith(patch: Patch): string {
  return place.value.path + queryText(patchParams(place.value.params, patch));
}

/** A board's own address, with nothing but the shared parameters. */
export function boardHref(id: string, params: Patch = {}): string {
  return hrefTo(`/dashboards/${encodeURIComponent(id)}`, params);
}

function text(value: string): Bound {
  return { values: [value], texts: [value], multi: false, allValue: value };
}

/** What a panel's link may name besides variables: the range and all variables as parameters. */
export function linkScope({ scope, span }: View): Scope {
  const { params } = place.value;
  const range = new URLSearchParams();
  for (const key of ["from", "to"]) {
    const value = params.get(key);
    if (value !== null) range.set(key, value);
  }
  const variables = new URLSearchParams(variableParams(params));
  return new Map([
    ...scopeWith(scope, span, stepFor(span, 300)),
    ["__url_time_range", text(range.toString())],
    ["__all_variables", text(variables.toString())],
  ]);
}

/** The panel's queries in the metrics explorer, which fills in the intervals itself. */
export function panelInExplorer(panel: Panel, { scope }: View): string | null {
  if (!hasQueries(panel.type)) return null;
  const queries = panel.queries
    .filter((query) => !query.hidden && query.promql.trim() !== "")
    .map(({ promql, legend }) => ({
      promql: interpolateQuery(promql, scope),
      legend: interpolateText(legend === "__auto" ? "" : legend, scope),
    }));
  if (queries.length === 0) return null;
  return explorerHref(queries, {
    unit: panel.unit,
    draw: panel.type === "heat_map" ? "heat" : DRAWINGS[panel.stack],
    view: panel.type === "table" ? "table" : null,
  });
}

const DRAWINGS = { none: null, normal: "stacked", percent: "percent" };
