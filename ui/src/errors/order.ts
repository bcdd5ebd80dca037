// The order of the inbox that was last on show, so that one issue leads to the next.
// Invariant: it is a memory of this visit alone; an issue that was not in the inbox has no neighbours.

import type { IssueDetail } from "../api/errors";

let listed: readonly number[] = [];

export function rememberOrder(ids: readonly number[]): void {
  listed = ids;
}

export interface Neighbours {
  previous: number | null;
  next: number | null;
}

export function neighboursOf(id: number, ids: readonly number[] = listed): Neighbours {
  const at = ids.indexOf(id);
  if (at < 0) return { previous: null, next: null };
  return { previous: ids[at - 1] ?? null, next: ids[at + 1] ?? null };
}

/** Before and after it in the inbox that it was opened from, else as the server says. */
export function neighbours(issue: Pick<IssueDetail, "id" | "previous_id" | "next_id">): Neighbours {
  const listed = neighboursOf(issue.id);
  return {
    previous: listed.previous ?? issue.previous_id ?? null,
    next: listed.next ?? issue.next_id ?? null,
  };
}
