// Doing something to issues and taking it back: the requests behind every triage action.
// Invariants: what was not changed is said, issue by issue; undo is offered only where it is exact;
// whoever asks learns when the server has answered, so that nothing shows before it is so.
import { asProblem, request } from "../../api/client";
import type { ActionAnswer, Change, Issue } from "../../api/errors";
import { apiPath } from "../../api/query";
import { showToast } from "../../controls/toasts";
import { firstLine, issueTitle } from "../../errors/badges";
import { changeText, inverses } from "../../errors/change";

const ACTIONS = apiPath("/monitoring/errors/actions");

async function act(ids: readonly number[], change: Change): Promise<ActionAnswer> {
  return request<ActionAnswer>(ACTIONS, { method: "POST", body: { ids, change } });
}

interface Told {
  /** Called once the server answered, with what it changed. */
  onDone: (changed: readonly number[]) => void;
  /** Called once the change was taken back. */
  onUndone: (ids: readonly number[]) => void;
}

/** Changes issues, says so, and offers the way back. */
export async function changeIssues(
  issues: readonly Issue[],
  change: Change,
  told: Told,
): Promise<void> {
  try {
    const answer = await act(
      issues.map((issue) => issue.id),
      change,
    );
    told.onDone(answer.changed);
    const changed = issues.filter((issue) => answer.changed.includes(issue.id));
    const back = inverses(changed, change);
    if (changed.length > 0)
      showToast({
        text: `${changeText(change)}: ${namesOf(changed)}`,
        ...(back && { undo: () => void undo(back, told.onUndone) }),
      });
    tellFailures(answer);
  } catch (error) {
    told.onDone([]);
    showToast({ text: `Not changed: ${asProblem(error).detail}`, tone: "bad" });
  }
}

async function undo(
  back: readonly { ids: number[]; change: Change }[],
  onUndone: (ids: readonly number[]) => void,
): Promise<void> {
  try {
    for (const { ids, change } of back) {
      const answer = await act(ids, change);
      onUndone(answer.changed);
      tellFailures(answer);
    }
  } catch (error) {
    showToast({ text: `Not undone: ${asProblem(error).detail}`, tone: "bad" });
  }
}

function tellFailures({ failed }: ActionAnswer): void {
  const [first] = failed;
  if (!first) return;
  const more = failed.length > 1 ? `, and ${failed.length - 1} more` : "";
  showToast({ text: `#${first.id} not changed: ${first.detail}${more}`, tone: "bad" });
}

const NAME_MAX = 60;

/** "PoolTimeout", or "3 issues". */
export function namesOf(issues: readonly Issue[]): string {
  const [only] = issues;
  if (!only || issues.length > 1) return `${issues.length} issues`;
  const name = firstLine(issueTitle(only));
  return name.length > NAME_MAX ? `${name.slice(0, NAME_MAX)}…` : name;
}

/** Joins issues into one; the answer is that one. */
export async function mergeIssues(into: number, ids: readonly number[]): Promise<Issue | null> {
  try {
    const issue = await request<Issue>(apiPath("/monitoring/errors/merge"), {
      method: "POST",
      body: { into, ids },
    });
    showToast({ text: `Merged ${ids.length + 1} issues into #${into}` });
    return issue;
  } catch (error) {
    showToast({ text: `Not merged: ${asProblem(error).detail}`, tone: "bad" });
    return null;
  }
}
