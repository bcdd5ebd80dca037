// What is active, selected and leaving in the inbox, and what the actions of triage do to it.
// Invariants: a row leaves when the server has changed it, not before; the next row is active then;
// conditions that change let go of the selection.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Change, Issue } from "../../api/errors";
import { leavesList } from "../../errors/change";
import { rememberOrder } from "../../errors/order";
import { shownOf } from "../../errors/search";
import { activeAfter, targets, toggled } from "../../errors/selection";
import { place } from "../../url/location";
import type { InboxData } from "./inbox_data";
import { changeIssues, mergeIssues } from "./triage";
import type { Question } from "./triage_dialogs";

export interface Selection {
  active: number | null;
  selected: ReadonlySet<number>;
  leaving: ReadonlySet<number>;
}

export interface TriageActions {
  activate: (id: number | null) => void;
  /** Turns one over; with `range`, all from the last one turned over. */
  toggle: (id: number, range?: boolean) => void;
  selectAll: (on: boolean) => void;
  change: (change: Change) => void;
  merge: (into: number) => void;
  ask: (question: Question | null) => void;
}

export interface Triage {
  rows: Issue[];
  state: Selection;
  /** What an action is about: the selection, or the active row. */
  issues: Issue[];
  question: Question | null;
  actions: TriageActions;
}

/** Where a person was when an issue was opened; going back continues there. */
let lastActive: number | null = null;

/** As long as the rows take to close up, see `.issue-row.leaving`. */
const LEAVES_MS = 180;

const NONE: ReadonlySet<number> = new Set();

export function useTriage(data: InboxData): Triage {
  const [gone, setGone] = useState(NONE);
  const [state, setState] = useState<Selection>({
    active: lastActive,
    selected: NONE,
    leaving: NONE,
  });
  const [question, setQuestion] = useState<Question | null>(null);
  const rows = useMemo(() => data.issues.filter(({ id }) => !gone.has(id)), [data.issues, gone]);
  const ids = useMemo(() => rows.map(({ id }) => id), [rows]);
  const where = place.value.params.toString();
  useEffect(() => {
    setGone(NONE);
    setState((now) => ({ ...now, selected: NONE, leaving: NONE }));
  }, [where]);
  // Once an answer is without it, an issue that comes back is one that happened again.
  useEffect(() => setGone((now) => stillListed(now, data.issues)), [data.issues]);
  useEffect(() => void (lastActive = state.active), [state.active]);
  useEffect(() => rememberOrder(ids), [ids]);
  const targetIds = targets(ids, state.selected, state.active);
  const issues = rows.filter(({ id }) => targetIds.includes(id));

  const leave = (changed: readonly number[]): void => {
    const leaving = new Set(changed);
    setState((now) => ({
      active: activeAfter(ids, now.active, leaving),
      selected: new Set([...now.selected].filter((id) => !leaving.has(id))),
      leaving,
    }));
    setTimeout(() => {
      setGone((now) => new Set([...now, ...changed]));
      setState((now) => ({ ...now, leaving: NONE }));
      data.reload();
    }, LEAVES_MS);
  };
  const putBack = (back: readonly number[]): void => {
    setGone((now) => new Set([...now].filter((id) => !back.includes(id))));
    setState((now) => ({ ...now, active: back[0] ?? now.active }));
    data.reload();
  };
  const change = (wanted: Change): void => {
    setQuestion(null);
    if (issues.length === 0) return;
    const leaves = leavesList(shownOf(place.value.params), wanted);
    void changeIssues(issues, wanted, {
      onDone: (changed) => (leaves ? leave(changed) : data.reload()),
      onUndone: putBack,
    });
  };
  const merge = (into: number): void => {
    const others = targetIds.filter((id) => id !== into);
    setQuestion(null);
    void mergeIssues(into, others).then((merged) => merged && leave(others));
  };
  const actions: TriageActions = {
    ...useSelecting(ids, setState),
    change,
    merge,
    ask: (asked) => {
      const least = asked === "merge" ? 2 : asked === null ? 0 : 1;
      if (issues.length >= least) setQuestion(asked);
    },
  };
  return { rows, state, issues, question, actions };
}

/** Those of `gone` that an answer still lists; the same set where that is all. */
export function stillListed(
  gone: ReadonlySet<number>,
  issues: readonly Pick<Issue, "id">[],
): ReadonlySet<number> {
  const kept = issues.filter(({ id }) => gone.has(id)).map(({ id }) => id);
  return kept.length === gone.size ? gone : new Set(kept);
}

type Selecting = Pick<TriageActions, "activate" | "toggle" | "selectAll">;

function useSelecting(
  ids: readonly number[],
  setState: (change: (now: Selection) => Selection) => void,
): Selecting {
  const [anchor, setAnchor] = useState<number | null>(null);
  return {
    activate: (active) => setState((now) => ({ ...now, active })),
    toggle: (id, range = false) => {
      const from = range ? anchor : null;
      setState((now) => ({ ...now, active: id, selected: toggled(ids, now.selected, id, from) }));
      setAnchor(id);
    },
    selectAll: (on) => setState((now) => ({ ...now, selected: on ? new Set(ids) : NONE })),
  };
}
