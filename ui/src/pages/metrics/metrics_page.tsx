// The metrics explorer: PromQL in, graphs and tables out; a list of all metrics where nothing is asked.
// Invariants: what was run is in the address, what is being written is not; nothing runs while a
// person types; the answer stays on screen until the next one is there.
import type { JSX } from "preact";
import { useEffect, useRef, useState, type Dispatch, type StateUpdater } from "preact/hooks";
import type { Problem } from "../../api/types";
import "../../styles/metrics.css";
import { refreshNow } from "../../api/refresh";
import { Icon } from "../../controls/icons";
import { formattedQuery } from "../../prometheus/format_query";
import { parseDuration } from "../../prometheus/step";
import { useAnswers, type Reply } from "../../prometheus/use_answers";
import { usePageKeys } from "../../shell/keyboard";
import { useTitle } from "../../shell/title";
import { param, place, setParams } from "../../url/location";
import { Answers } from "./answers";
import { ExplorerBar } from "./explorer_bar";
import {
  freeRef,
  QUERIES_MAX,
  readState,
  statePatch,
  type ExplorerQuery,
  type ExplorerState,
} from "./explorer_state";
import { MetricBrowser } from "./metric_browser";
import { QueryRow } from "./query_row";
import { useBrowsed } from "./use_browsed";

const FIRST: ExplorerQuery = { ref: "A", promql: "", legend: "", hidden: false };

export function MetricsPage(): JSX.Element {
  useTitle({ text: "Metrics" });
  const state = readState(place.value.params);
  useBrowsed(param("browse"));
  const questions = state.queries
    .filter((query) => !query.hidden)
    .map(({ ref, promql }) => ({ ref, promql }));
  const stepSeconds = parseDuration(state.step);
  const graph = useAnswers({
    questions: state.view === "table" ? [] : questions,
    mode: "range",
    stepSeconds,
    exemplars: state.exemplars,
  });
  const table = useAnswers({
    questions: state.view === "graph" ? [] : questions,
    mode: "instant",
    stepSeconds,
  });
  const loading = graph.loading || table.loading;
  const replies = [...(graph.answered?.replies ?? []), ...(table.answered?.replies ?? [])];
  return (
    <div class="stack">
      <Queries
        state={state}
        replies={replies}
        loading={loading}
        autoStepSeconds={graph.answered?.grid.step ?? null}
      />
      {state.queries.length === 0 ? (
        <MetricBrowser />
      ) : (
        <Answers state={state} graph={graph.answered} table={table.answered} dimmed={loading} />
      )}
    </div>
  );
}

interface QueriesProps {
  state: ExplorerState;
  replies: readonly Reply[];
  loading: boolean;
  autoStepSeconds: number | null;
}

/** What is being written, and the controls that put it into the address. */
function Queries({ state, replies, loading, autoStepSeconds }: QueriesProps): JSX.Element {
  const [drafts, setDrafts] = useDrafts(state.queries);
  const commit = (queries: readonly ExplorerQuery[], more: Partial<ExplorerState> = {}): void => {
    setDrafts([...queries]);
    setParams(statePatch({ ...state, ...more, queries: [...queries] }));
  };
  const isAnyChanged = drafts.some((one) => isChanged(one, state.queries));
  const run = (): void => (isAnyChanged ? commit(drafts) : refreshNow());
  useRunKey(run);
  usePageKeys({ e: focusEditor });
  const changed = (ref: string, patch: Partial<ExplorerQuery>): ExplorerQuery[] =>
    drafts.map((one) => (one.ref === ref ? { ...one, ...patch } : one));
  return (
    <section class="panel explorer" aria-label="Queries">
      {drafts.map((query) => (
        <QueryRow
          key={query.ref}
          query={query}
          removable={drafts.length > 1}
          problem={problemOf(query, replies)}
          onChange={(promql) => setDrafts(changed(query.ref, { promql }))}
          onLegend={(legend) => commit(changed(query.ref, { legend }))}
          onHide={(hidden) => commit(changed(query.ref, { hidden }))}
          onRemove={() => commit(drafts.filter((one) => one.ref !== query.ref))}
          onRun={run}
        />
      ))}
      <ExplorerBar
        state={state}
        loading={loading}
        changed={isAnyChanged}
        autoStepSeconds={autoStepSeconds}
        onRun={run}
        onFormat={() => void format(drafts, setDrafts)}
        onChange={(patch) => commit(drafts, patch)}
      >
        {drafts.length < QUERIES_MAX && (
          <button
            type="button"
            class="button"
            onClick={() => setDrafts([...drafts, { ...FIRST, ref: freeRef(drafts) ?? "A" }])}
          >
            <Icon name="plus" size={12} /> Query
          </button>
        )}
      </ExplorerBar>
    </section>
  );
}

/** Puts the cursor into the first editor, which lives in a shadow root. */
function focusEditor(): void {
  const root = document.querySelector(".promql-field")?.shadowRoot;
  root?.querySelector<HTMLElement>("[role=textbox]")?.focus();
}

/** What was wrong with the query as it stands; once it is changed, that is old. */
function problemOf(query: ExplorerQuery, replies: readonly Reply[]): Problem | null {
  const own = replies.find((one) => one.ref === query.ref && one.promql === query.promql);
  return own?.problem ?? null;
}

/** Lays queries out as the server does; what does not parse stays, and running it says why. */
async function format(
  drafts: readonly ExplorerQuery[],
  setDrafts: Dispatch<StateUpdater<ExplorerQuery[]>>,
): Promise<void> {
  const asked = drafts.filter((one) => one.promql.trim() !== "");
  const laidOut = await Promise.all(asked.map((one) => formattedQuery(one.promql)));
  const byText = new Map(asked.map((one, at) => [one.promql, laidOut[at] ?? one.promql]));
  setDrafts((now) => now.map((one) => ({ ...one, promql: byText.get(one.promql) ?? one.promql })));
}

function isChanged(draft: ExplorerQuery, queries: readonly ExplorerQuery[]): boolean {
  const known = queries.find((one) => one.ref === draft.ref);
  return (known?.promql ?? "") !== draft.promql;
}

/** What is being written; the address replaces it when it changes to something else. */
function useDrafts(
  queries: readonly ExplorerQuery[],
): [ExplorerQuery[], Dispatch<StateUpdater<ExplorerQuery[]>>] {
  const start = queries.length > 0 ? [...queries] : [FIRST];
  const [drafts, setDrafts] = useState(start);
  const key = JSON.stringify(queries);
  const seen = useRef(key);
  useEffect(() => {
    if (seen.current === key) return;
    seen.current = key;
    setDrafts((now) => {
      const unwritten = now.filter(
        (one) => one.promql.trim() === "" && !queries.some((query) => query.ref === one.ref),
      );
      return queries.length > 0 ? [...queries, ...unwritten].sort(byRef) : [FIRST];
    });
  }, [key]);
  return [drafts, setDrafts];
}

const byRef = (a: ExplorerQuery, b: ExplorerQuery): number => (a.ref < b.ref ? -1 : 1);

/** Ctrl+Enter runs wherever the focus is; in the editor CodeMirror has it first. */
function useRunKey(run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.key !== "Enter" || !(event.ctrlKey || event.metaKey))
        return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
