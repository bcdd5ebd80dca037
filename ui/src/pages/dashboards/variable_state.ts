// The variables of a view: their options from the server, what is chosen, and the scope they make.
// Invariants: one is looked up after those it depends on; what was asked once for a range is not
// asked again; a lookup that fails leaves the variable without options and says why.
import { useEffect, useMemo, useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import type { Problem } from "../../api/types";
import type { Option, Variable } from "../../dashboards/document";
import { interpolateQuery, type Bound, type Scope } from "../../dashboards/interpolate";
import { lookupPath, lookupTexts, scopeWith, stepFor, type Span } from "../../dashboards/requests";
import {
  ALL,
  bind,
  chosen,
  fromAddress,
  inOrder,
  optionsFrom,
  parseLookup,
} from "../../dashboards/variables";
import type { Answer } from "../../prometheus/types";
import { place } from "../../url/location";
import { gate } from "./api";

export interface VariableState {
  variable: Variable;
  options: readonly Option[];
  values: readonly string[];
  bound: Bound;
  problem: Problem | null;
}

export interface Variables {
  states: readonly VariableState[];
  scope: Scope;
  ready: boolean;
}

interface Found {
  options: readonly Option[];
  problem: Problem | null;
}

const CACHED_MAX = 100;
const cache = new Map<string, string[]>();

async function look(
  variable: Variable,
  scope: Scope,
  span: Span,
  signal: AbortSignal,
): Promise<Found> {
  const lookup = parseLookup(interpolateQuery(variable.query, scope));
  if (!lookup) return { options: [], problem: unreadable(variable) };
  const path = lookupPath(lookup, span);
  const key = path.replace(/(start|end|time)=\d+/g, "") + lookupKey(span);
  try {
    let texts = cache.get(key);
    if (!texts) {
      const answer = await gate.run(() => request<Answer<unknown>>(path, { signal }), signal);
      texts = lookupTexts(lookup, answer.data);
      cache.set(key, texts);
      const oldest = cache.keys().next();
      if (cache.size > CACHED_MAX && !oldest.done) cache.delete(oldest.value);
    }
    return { options: optionsFrom(texts, variable), problem: null };
  } catch (error) {
    if (signal.aborted) throw error;
    return { options: [], problem: asProblem(error) };
  }
}

/** Options hold for ranges of the same minutes. */
function lookupKey({ fromMs, toMs }: Span): string {
  return ` ${Math.round(fromMs / 300e3)} ${Math.round(toMs / 300e3)}`;
}

function unreadable(variable: Variable): Problem {
  return {
    status: 0,
    title: `The query of ${variable.name} cannot be read`,
    code: "invalid_argument",
    detail: `“${variable.query}” is no lookup`,
    hint: "write label_values(metric, label), label_names(), metrics(pattern) or query_result(promql)",
  };
}

function stateOf(variable: Variable, found: Found, step: number): VariableState {
  const values = chosen(variable, found.options, fromAddress(variable.name, place.value.params));
  const bound = bind(variable, found.options, values, step);
  return { variable, ...found, values, bound };
}

/** What a variable comes to in the order of dependencies, with options as far as they are known. */
function resolve(
  variables: readonly Variable[],
  found: ReadonlyMap<string, Found>,
  span: Span,
): Map<string, VariableState> {
  const step = stepFor(span, 300);
  const none: Found = { options: [], problem: null };
  return new Map(
    inOrder(variables).map((variable) => {
      const known = variable.type === "query" ? (found.get(variable.name) ?? none) : own(variable);
      return [variable.name, stateOf(variable, known, step)];
    }),
  );
}

function own(variable: Variable): Found {
  return { options: variable.options, problem: null };
}

export function useVariables(variables: readonly Variable[], span: Span): Variables {
  const [found, setFound] = useState<ReadonlyMap<string, Found> | null>(null);
  const address = variables
    .map(({ name }) => fromAddress(name, place.value.params)?.join("\n") ?? "")
    .join("\n\n");
  const definition = useMemo(() => JSON.stringify(variables), [variables]);
  const needs = variables.some((variable) => variable.type === "query");
  useEffect(() => {
    if (!needs) {
      setFound(new Map());
      return;
    }
    const abort = new AbortController();
    void lookAll(variables, span, abort.signal)
      .then(setFound)
      .catch(() => undefined); // Given up for newer ones.
    return () => abort.abort();
  }, [definition, address, span]);
  return useMemo(() => {
    const states = resolve(variables, found ?? new Map(), span);
    const scope = new Map([...states].map(([name, state]) => [name, state.bound]));
    const listed = variables.flatMap(({ name }) => states.get(name) ?? []);
    return { states: listed, scope, ready: found !== null || !needs };
  }, [definition, address, span, found]);
}

async function lookAll(
  variables: readonly Variable[],
  span: Span,
  signal: AbortSignal,
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  const step = stepFor(span, 300);
  const scope = new Map<string, Bound>();
  for (const variable of inOrder(variables)) {
    const full = scopeWith(scope, span, step);
    const one =
      variable.type === "query" ? await look(variable, full, span, signal) : own(variable);
    found.set(variable.name, one);
    scope.set(variable.name, stateOf(variable, one, step).bound);
  }
  return found;
}

/** The options a repeated panel has a clone for each of. */
export function chosenOptions(states: readonly VariableState[], name: string): Option[] | null {
  const state = states.find((one) => one.variable.name === name);
  if (!state) return null;
  if (state.values.includes(ALL)) return [...state.options];
  return state.values.map(
    (value) => state.options.find((one) => one.value === value) ?? { value, text: value },
  );
}
