// One dashboard: looked at, one of its panels alone, or edited.
// Invariants: the address says which of these, the range, and every variable; a dashboard's own range
// holds until the address has one; nothing changes on the server but by Save.
import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { asProblem } from "../../api/client";
import { live, range, refreshNow } from "../../api/refresh";
import type { Problem } from "../../api/types";
import { Empty, ProblemNote } from "../../controls/notes";
import { isDirty, type Edit } from "../../dashboards/edits";
import type { Dashboard } from "../../dashboards/document";
import { usePageKeys } from "../../shell/keyboard";
import { lazyView } from "../../shell/lazy";
import { session } from "../../shell/session";
import { useTitle } from "../../shell/title";
import { DEFAULT_RANGE, endsNow, parseInstant } from "../../time/range";
import { hrefTo, param, place, setParams } from "../../url/location";
import { fetchBoard, type Stored } from "./api";
import { Board, PanelAlone } from "./board";
import { EditBar, ViewBar } from "./board_bar";
import { EditBoard } from "./edit_board";
import { beginEdit, beginNew, editOf, NEW, openEdit } from "./editing";
import { SettingsDialog } from "./settings";
import { chosenOptions, useVariables } from "./variable_state";
import { useSpan, ViewContext } from "./view";

/** Fetched when it is needed, since it brings the query editor. */
const PanelEditor = lazyView(() => import("./panel_editor").then((module) => module.PanelEditor));

interface Loaded {
  stored: Stored | null;
  problem: Problem | null;
  setStored: (stored: Stored) => void;
}

function useStored(id: string): Loaded {
  const [stored, setStored] = useState<Stored | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let current = true;
    if (id === NEW) {
      beginNew();
      return;
    }
    fetchBoard(id)
      .then((answer) => current && setStored(answer))
      .catch((error: unknown) => current && setProblem(asProblem(error)));
    return () => void (current = false);
  }, [id]);
  return { stored, problem, setStored };
}

export function DashboardPage({ id }: { id: string }): JSX.Element {
  const { stored, problem, setStored } = useStored(id);
  const edit = editOf(id);
  const wantsEdit = id === NEW || param("edit") === "1";
  useEffect(() => {
    if (wantsEdit && !edit && stored) openEdit(stored);
  }, [wantsEdit, edit === null, stored]);
  const editing = wantsEdit ? edit : null;
  const dashboard = editing?.present ?? stored?.dashboard ?? null;
  useTitle({
    text: dashboard?.title || (problem ? "Dashboard" : " "),
    parent: { text: "Dashboards", href: hrefTo("/dashboards") },
  });
  useOwnRange(dashboard);
  if (problem && !dashboard) return <NotLoaded problem={problem} />;
  if (!dashboard) return <></>;
  return (
    <Loaded
      id={id}
      stored={stored}
      edit={editing}
      dashboard={dashboard}
      onStored={setStored}
      unsaved={edit !== null && isDirty(edit)}
    />
  );
}

function NotLoaded({ problem }: { problem: Problem }): JSX.Element {
  if (problem.status !== 404) return <ProblemNote problem={problem} />;
  return (
    <Empty title="This dashboard does not exist">
      <p>It may have been deleted, or the address was cut off.</p>
      <a class="button" href={hrefTo("/dashboards")}>
        All dashboards
      </a>
    </Empty>
  );
}

/** Puts the dashboard's range into an address that has none. */
function useOwnRange(dashboard: Dashboard | null): void {
  const { from, to } = dashboard?.time ?? DEFAULT_RANGE;
  const known = dashboard !== null;
  useEffect(() => {
    const { params } = place.value;
    if (!known || params.has("from") || params.has("to")) return;
    if (from === DEFAULT_RANGE.from && to === DEFAULT_RANGE.to) return;
    if (!parseInstant(from, Date.now()) || !parseInstant(to, Date.now())) return;
    setParams({ from, to: to === "now" ? null : to }, { replace: true });
  }, [known, from, to]);
}

const REFRESH_LEAST_SECONDS = 5;

/** Refreshes as often as the address or the dashboard says, while Live does not do so anyway. */
function useOwnRefresh(dashboard: Dashboard, editing: boolean): void {
  const asked = param("refresh");
  const seconds = asked === "" ? dashboard.refresh_seconds : Number(asked);
  const isMoving = endsNow(range.value) && !live.value && !editing && seconds > 0;
  useEffect(() => {
    if (!isMoving) return;
    const periodMs = Math.max(REFRESH_LEAST_SECONDS, seconds) * 1000;
    const timer = setInterval(() => !document.hidden && refreshNow(), periodMs);
    return () => clearInterval(timer);
  }, [isMoving, seconds]);
}

interface LoadedProps {
  id: string;
  stored: Stored | null;
  edit: Edit | null;
  dashboard: Dashboard;
  onStored: (stored: Stored) => void;
  /** Whether changes wait that are not on show. */
  unsaved: boolean;
}

function Loaded(props: LoadedProps): JSX.Element {
  const { id, stored, edit, dashboard } = props;
  const span = useSpan();
  const variables = useVariables(dashboard.variables, span);
  const { scope, ready, states } = variables;
  const view = useMemo(() => ({ scope, span, ready }), [scope, span, ready]);
  const optionsOf = useCallback((name: string) => chosenOptions(states, name), [states]);
  useOwnRefresh(dashboard, edit !== null);
  const panel = param("panel");
  const canEdit = session.value?.role !== "viewer";
  usePageKeys({
    ...(!edit && canEdit && stored && { e: () => beginEdit(stored) }),
    ...(panel !== "" && { Escape: () => setParams({ panel: null }) }),
  });
  const board = { dashboard, optionsOf };
  return (
    <ViewContext.Provider value={view}>
      {edit ? (
        <EditBar {...props} edit={edit} states={states} />
      ) : (
        <ViewBar {...props} states={states} canEdit={canEdit} />
      )}
      {!edit && (panel === "" ? <Board {...board} /> : <PanelAlone {...board} />)}
      {edit &&
        (panel === "" ? <EditBoard id={id} edit={edit} /> : <PanelEditor id={id} edit={edit} />)}
      <SettingsDialog id={id} stored={stored} edit={edit} dashboard={dashboard} states={states} />
    </ViewContext.Provider>
  );
}
