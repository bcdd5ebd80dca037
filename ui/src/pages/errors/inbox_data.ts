// The issues of the inbox: the first page follows refreshes, further ones are added at the end.
// Invariants: an issue shows once, wherever a refresh moved it; what was just dealt with stays away
// until it is put back, also while an older answer is still on show.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import type { Inbox, Issue } from "../../api/errors";
import { rangedPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { Problem } from "../../api/types";
import { CONDITION_KEYS, orderOf, shownOf } from "../../errors/search";
import { place } from "../../url/location";

const PAGE_ROWS = 100;
const ROWS_MAX = 2_000;

export interface InboxData {
  inbox: Inbox | null;
  issues: Issue[];
  problem: Problem | null;
  stale: boolean;
  loading: boolean;
  hasMore: boolean;
  loadMore: () => void;
  reload: () => void;
}

export function inboxPath(): string {
  const { params } = place.value;
  const conditions = CONDITION_KEYS.map((key) => [key, params.get(key)] as const);
  return rangedPath("/monitoring/errors", {
    ...Object.fromEntries(conditions),
    status: shownOf(params),
    sort: orderOf(params),
    limit: PAGE_ROWS,
  });
}

interface More {
  path: string;
  issues: Issue[];
  cursor: string | null;
  problem: Problem | null;
}

export function useInbox(): InboxData {
  const path = inboxPath();
  const first = useResource<Inbox>(path);
  const [more, setMore] = useState<More | null>(null);
  const flight = useRef<AbortController | null>(null);
  useEffect(() => {
    setMore(null);
    return () => {
      flight.current?.abort();
      flight.current = null;
    };
  }, [path]);
  const own = more?.path === path ? more : null;
  const cursor = own ? own.cursor : (first.data?.next_cursor ?? null);
  const issues = useMemo(
    () => uniqueIssues(first.data?.issues ?? [], own?.issues ?? []),
    [first.data, own],
  );
  const loadMore = (): void => {
    if (cursor === null || flight.current || first.stale || issues.length >= ROWS_MAX) return;
    const abort = new AbortController();
    flight.current = abort;
    request<Inbox>(`${path}&cursor=${encodeURIComponent(cursor)}`, { signal: abort.signal })
      .then((answer) =>
        setMore((now) => ({
          path,
          issues: [...(now?.path === path ? now.issues : []), ...answer.issues],
          cursor: answer.next_cursor,
          problem: null,
        })),
      )
      .catch((error: unknown) => {
        if (!abort.signal.aborted)
          setMore((now) => ({
            path,
            issues: now?.path === path ? now.issues : [],
            cursor: null,
            problem: asProblem(error),
          }));
      })
      .finally(() => {
        if (flight.current === abort) flight.current = null;
      });
  };
  return {
    inbox: first.data,
    issues,
    problem: first.problem ?? own?.problem ?? null,
    stale: first.stale,
    loading: first.loading,
    hasMore: cursor !== null && issues.length < ROWS_MAX,
    loadMore,
    reload: first.reload,
  };
}

/** Two pages as one list; what is in both counts as the first says. */
export function uniqueIssues(first: readonly Issue[], more: readonly Issue[]): Issue[] {
  const known = new Set<number>();
  return [...first, ...more].filter(({ id }) => !known.has(id) && known.add(id));
}
