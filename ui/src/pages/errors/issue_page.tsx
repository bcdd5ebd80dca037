// One issue: what it is and who has it, when it happened, one occurrence of it in full, what they have
// in common, and why they are one issue.
// Invariants: which occurrence and which tab is in the address; each part loads and fails on its own.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Change, IssueDetail, Occurrence } from "../../api/errors";
import { apiPath, rangedPath } from "../../api/query";
import { useResource, type Resource } from "../../api/resource";
import { Tabs } from "../../controls/buttons";
import { Empty, ProblemNote } from "../../controls/notes";
import { firstLine, issueTitle } from "../../errors/badges";
import { inboxHref, issueHref } from "../../errors/links";
import { completed, type Sparse } from "../../errors/occurrence";
import { neighbours } from "../../errors/order";
import { issuePath } from "../../errors/paths";
import { claimColours } from "../../format/colour";
import { isInLayer, usePageKeys } from "../../shell/keyboard";
import { useTitle } from "../../shell/title";
import "../../styles/errors.css";
import "../../styles/issue.css";
import { navigate, param, setParams } from "../../url/location";
import { Activity } from "./activity";
import { Grouping } from "./grouping";
import { IssueChart } from "./issue_chart";
import { IssueHead } from "./issue_head";
import { OccurrenceSteps, OccurrenceView } from "./occurrence_view";
import { Occurrences } from "./occurrences";
import { TagPanel } from "./tag_panel";
import { changeIssues } from "./triage";
import { AssignDialog, IgnoreDialog, type Question } from "./triage_dialogs";

const TABS = [
  { value: "event", label: "Event" },
  { value: "occurrences", label: "All events" },
  { value: "grouping", label: "Grouping" },
] as const;
type Tab = (typeof TABS)[number]["value"];

function shownTab(): Tab {
  const tab = param("tab");
  return TABS.find(({ value }) => value === tab)?.value ?? "event";
}

export function IssuePage({ id }: { id: number }): JSX.Element {
  const issue = useResource<IssueDetail>(rangedPath(issuePath(id)));
  const { data, problem } = issue;
  useTitle({
    text: data ? firstLine(issueTitle(data)) : `#${id}`,
    parent: { text: "Errors", href: inboxHref() },
  });
  if (data) claimColours([data.service, ...data.services.map(({ name }) => name)]);
  if (problem?.status === 404) return <NoIssue id={id} />;
  return (
    <>
      <ProblemNote problem={problem} />
      {data && <IssueView issue={data} reload={issue.reload} stale={issue.stale} />}
    </>
  );
}

function NoIssue({ id }: { id: number }): JSX.Element {
  return (
    <Empty title={`There is no issue #${id}`}>
      <p>It may have been merged into another, or its events are older than the retention.</p>
      <a class="button" href={inboxHref()}>
        All issues
      </a>
    </Empty>
  );
}

interface IssueViewProps {
  issue: IssueDetail;
  reload: () => void;
  stale: boolean;
}

function IssueView({ issue, reload, stale }: IssueViewProps): JSX.Element {
  const wanted = param("occurrence") || "latest";
  const answer = useResource<Sparse<Occurrence>>(
    apiPath(issuePath(issue.id, `/occurrences/${encodeURIComponent(wanted)}`)),
    { live: wanted === "latest" },
  );
  const event = useMemo(() => answer.data && completed(answer.data), [answer.data]);
  const occurrence: Resource<Occurrence> = { ...answer, data: event };
  const [question, setQuestion] = useState<Question | null>(null);
  const change = (next: Change): void => {
    setQuestion(null);
    void changeIssues([issue], next, { onDone: reload, onUndone: reload });
  };
  useIssueKeys(issue, occurrence.data, { change, ask: setQuestion });
  const dialog = { issues: [issue], onChange: change, onClose: () => setQuestion(null) };
  return (
    <div class={`stack ${stale ? "dimmed" : ""}`}>
      {issue.merged_into !== null && (
        <p class="note ok">
          <span>
            This issue was merged into{" "}
            <a class="link" href={issueHref(issue.merged_into)}>
              #{issue.merged_into}
            </a>
          </span>
        </p>
      )}
      <IssueHead issue={issue} onChange={change} onAsk={setQuestion} />
      <IssueChart issue={issue} />
      <div class="issue-grid">
        <div class="stack">
          <IssueTabs issue={issue} occurrence={occurrence} onChanged={reload} />
        </div>
        <aside class="stack" aria-label="About all events">
          <Activity issue={issue} />
          <TagPanel issue={issue} />
        </aside>
      </div>
      {question === "ignore" && <IgnoreDialog {...dialog} />}
      {question === "assign" && (
        <AssignDialog {...dialog} people={issue.assignee ? [issue.assignee] : []} />
      )}
    </div>
  );
}

interface IssueTabsProps {
  issue: IssueDetail;
  occurrence: Resource<Occurrence>;
  onChanged: () => void;
}

function IssueTabs({ issue, occurrence, onChanged }: IssueTabsProps): JSX.Element {
  const tab = shownTab();
  const choose = (next: Tab): void =>
    setParams({ tab: next === "event" ? null : next }, { replace: true });
  return (
    <>
      <div class="issue-tabs">
        <Tabs<Tab> label="Issue" value={tab} options={TABS} onChange={choose} />
        {tab === "event" && occurrence.data && <OccurrenceSteps occurrence={occurrence.data} />}
      </div>
      {tab === "event" && <OccurrenceView occurrence={occurrence} />}
      {tab === "occurrences" && <Occurrences issue={issue} shown={occurrence.data?.id ?? null} />}
      {tab === "grouping" && (
        <Grouping issue={issue} occurrence={occurrence.data} onChanged={onChanged} />
      )}
    </>
  );
}

interface IssueActions {
  change: (change: Change) => void;
  ask: (question: Question) => void;
}

function useIssueKeys(
  issue: IssueDetail,
  occurrence: Occurrence | null,
  { change, ask }: IssueActions,
): void {
  const outside = (act: () => void) => () => {
    if (!isInLayer()) act();
  };
  const step = (id: string | null | undefined) =>
    outside(() => id && setParams({ occurrence: id, tab: null }, { replace: true }));
  const to = (id: number | null) => outside(() => id !== null && navigate(issueHref(id)));
  const flip = (key: string, value: string) =>
    outside(() => setParams({ [key]: param(key) === value ? null : value }, { replace: true }));
  const { previous, next } = neighbours(issue);
  const reopens = issue.status !== "unresolved";
  usePageKeys({
    r: outside(() => change({ status: reopens ? "unresolved" : "resolved" })),
    R: outside(() => change({ status: "resolved", in_next_release: true })),
    i: outside(() => ask("ignore")),
    a: outside(() => ask("assign")),
    ",": step(occurrence?.previous),
    ".": step(occurrence?.next),
    n: to(next),
    p: to(previous),
    f: flip("frames", "all"),
    t: flip("stack", "text"),
    u: outside(() => navigate(inboxHref())),
  });
}
