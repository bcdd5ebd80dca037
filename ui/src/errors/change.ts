// What a person does to issues: the changes, what they are called, and how they are undone.
// Invariants: pure; a change that cannot be undone exactly offers no undo.
import type { Change, Issue, Status, Until } from "../api/errors";

export interface IgnoreChoice {
  label: string;
  until: Until | null;
}

const HOUR_MS = 3_600_000;

/** For how long an issue can be ignored; times are as of `nowMs`. */
export function ignoreChoices(nowMs: number): IgnoreChoice[] {
  const after = (hours: number): Until => ({
    time: new Date(nowMs + hours * HOUR_MS).toISOString(),
  });
  return [
    { label: "Forever", until: null },
    { label: "For one hour", until: after(1) },
    { label: "For one day", until: after(24) },
    { label: "For one week", until: after(24 * 7) },
    { label: "Until 10 more events", until: { events: 10 } },
    { label: "Until 100 more events", until: { events: 100 } },
    { label: "Until 1,000 more events", until: { events: 1000 } },
    { label: "Until 100 events within an hour", until: { events: 100, within_seconds: 3600 } },
    { label: "Until 10 more users are affected", until: { users: 10 } },
    { label: "Until 100 more users are affected", until: { users: 100 } },
  ];
}

export function ignoreChange(choice: IgnoreChoice): Change {
  return choice.until ? { status: "ignored", until: choice.until } : { status: "ignored" };
}

/** What was done, for the note that offers to undo it: "Resolved", "Assigned to ops". */
export function changeText(change: Change): string {
  if (change.status === "resolved")
    return change.in_next_release ? "Resolved in the next release" : "Resolved";
  if (change.status === "ignored") return change.until ? "Ignored for now" : "Ignored";
  if (change.status === "unresolved") return "Reopened";
  return change.assignee ? `Assigned to ${change.assignee}` : "Unassigned";
}

/** Whether an issue leaves a list of this status by a change. */
export function leavesList(shown: Status | "all", change: Change): boolean {
  return shown !== "all" && change.status !== undefined && change.status !== shown;
}

/** The change that puts an issue back as it was; null where nothing exact can. */
export function inverse(issue: Issue, change: Change): Change | null {
  const back: Change = {};
  if (change.assignee !== undefined) back.assignee = issue.assignee;
  if (change.status !== undefined) {
    if (issue.status === "ignored" && issue.substatus === "until_condition") return null;
    back.status = issue.status;
    if (issue.substatus === "in_next_release") back.in_next_release = true;
  }
  return back;
}

/** The issues to put back, those that go back by the same change together. */
export function inverses(
  issues: readonly Issue[],
  change: Change,
): { ids: number[]; change: Change }[] | null {
  const byChange = new Map<string, { ids: number[]; change: Change }>();
  for (const issue of issues) {
    const back = inverse(issue, change);
    if (!back) return null;
    const key = JSON.stringify(back);
    const known = byChange.get(key);
    if (known) known.ids.push(issue.id);
    else byChange.set(key, { ids: [issue.id], change: back });
  }
  return [...byChange.values()];
}
