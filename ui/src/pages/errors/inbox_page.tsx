// The inbox of issues: which there are, and dealing with them by key or by pointer.
// Invariants: conditions, status and order are in the address; keys act on the selection, or on the
// active row where nothing is selected; a row leaves when the server has changed it, not before.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Issue } from "../../api/errors";
import { Tabs } from "../../controls/buttons";
import { ProblemNote } from "../../controls/notes";
import { issueHref } from "../../errors/links";
import { CONDITION_KEYS, shownOf, type Shown } from "../../errors/search";
import { claimColours } from "../../format/colour";
import { compact } from "../../format/quantity";
import { isInLayer, usePageKeys } from "../../shell/keyboard";
import { useTitle } from "../../shell/title";
import "../../styles/errors.css";
import { hrefTo, navigate, place, setParams } from "../../url/location";
import { focusErrorSearch, InboxFilters } from "./inbox_filters";
import { useInbox, type InboxData } from "./inbox_data";
import { useTriage, type Selection, type TriageActions } from "./inbox_state";
import { IssueList } from "./issue_list";
import { NoIssues } from "./no_issues";
import { peopleOf } from "./people";
import { SavedSearches } from "./saved_searches";
import { AssignDialog, IgnoreDialog, MergeDialog } from "./triage_dialogs";

export function InboxPage(): JSX.Element {
  useTitle({ text: "Errors" });
  const data = useInbox();
  const { params } = place.value;
  const filtered = CONDITION_KEYS.some((key) => params.has(key)) || params.has("environment");
  const nothing = data.inbox !== null && data.issues.length === 0 && !data.loading;
  useMemo(() => claimColours(data.issues.map((issue) => issue.service)), [data.inbox]);
  return (
    <>
      <InboxFilters issues={data.issues} />
      <ProblemNote problem={data.problem} />
      <section class="panel inbox" aria-label="Issues">
        <StatusTabs data={data} />
        <Triage data={data} />
        {nothing && <NoIssues filtered={filtered} shown={shownOf(params)} />}
      </section>
    </>
  );
}

function StatusTabs({ data }: { data: InboxData }): JSX.Element {
  const counts = data.inbox?.counts;
  const all = counts ? counts.unresolved + counts.resolved + counts.ignored : null;
  const tab = (value: Shown, name: string, amount: number | null | undefined) => ({
    value,
    label: (
      <>
        {name} {amount != null && <span class="tab-count">{compact(amount).value}</span>}
      </>
    ),
  });
  return (
    <div class="inbox-tabs">
      <Tabs<Shown>
        label="Status"
        value={shownOf(place.value.params)}
        options={[
          tab("unresolved", "Unresolved", counts?.unresolved),
          tab("resolved", "Resolved", counts?.resolved),
          tab("ignored", "Ignored", counts?.ignored),
          tab("all", "All", all),
        ]}
        onChange={(status) => setParams({ status: status === "unresolved" ? null : status })}
      />
      <span class="grow" />
      <SavedSearches />
      <a class="button" href={hrefTo("/errors/rules")}>
        Grouping rules
      </a>
    </div>
  );
}

/** The list, and the question that is asked about what is selected in it. */
function Triage({ data }: { data: InboxData }): JSX.Element {
  const triage = useTriage(data);
  const { issues, actions, question } = triage;
  useInboxKeys(triage.state, issues, actions);
  const dialog = { issues, onChange: actions.change, onClose: () => actions.ask(null) };
  return (
    <>
      <IssueList
        data={data}
        rows={triage.rows}
        state={triage.state}
        actions={actions}
        shown={shownOf(place.value.params)}
      />
      {question === "ignore" && <IgnoreDialog {...dialog} />}
      {question === "assign" && <AssignDialog {...dialog} people={peopleOf(data.issues)} />}
      {question === "merge" && (
        <MergeDialog issues={issues} onMerge={actions.merge} onClose={dialog.onClose} />
      )}
    </>
  );
}

function useInboxKeys(state: Selection, issues: readonly Issue[], actions: TriageActions): void {
  const outside = (act: () => void) => () => {
    if (!isInLayer()) act();
  };
  const reopens = issues.length > 0 && issues.every(({ status }) => status !== "unresolved");
  usePageKeys({
    "/": focusErrorSearch,
    o: outside(() => state.active !== null && navigate(issueHref(state.active))),
    x: outside(() => state.active !== null && actions.toggle(state.active)),
    X: outside(() => state.active !== null && actions.toggle(state.active, true)),
    r: outside(() => actions.change({ status: reopens ? "unresolved" : "resolved" })),
    R: outside(() => actions.change({ status: "resolved", in_next_release: true })),
    i: outside(() => actions.ask("ignore")),
    a: outside(() => actions.ask("assign")),
    m: outside(() => actions.ask("merge")),
    Escape: () => actions.selectAll(false),
  });
}
