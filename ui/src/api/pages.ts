// Paged lists that grow at the bottom by cursor and, while Live is on, at the top.
// Invariants: a row shows once; what is on screen does not move when rows arrive above it (the caller
// gets `prepended` to correct the scroll position); at most ROWS_MAX rows are kept in memory.
import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem, request } from "./client";
import { nowMs, refreshes } from "./refresh";
import type { Problem } from "./types";

export const ROWS_MAX = 20_000;

export interface Page<T> {
  rows: T[];
  nextCursor: string | null;
}

export interface Pages<T> {
  rows: T[];
  problem: Problem | null;
  loading: boolean;
  /** True while `rows` answer an earlier address. */
  stale: boolean;
  hasMore: boolean;
  loadMore: () => void;
  /** Rows that the last refresh put before the first; changes identity with every refresh. */
  prepended: { count: number };
}

interface State<T> {
  path: string;
  rows: T[];
  nextCursor: string | null;
  problem: Problem | null;
  loading: boolean;
  loaded: boolean;
  prepended: { count: number };
}

interface Source<T> {
  path: string;
  read: (answer: unknown) => Page<T>;
  /** Equal for the same row in two answers. */
  keyOf: (row: T) => string;
  /** Whether new rows belong at the top; else a refresh replaces the first page. */
  newestFirst: boolean;
}

const NOTHING = { count: 0 };
const CACHED_MAX = 8;
const cache = new Map<string, Page<unknown>>();

function remember(path: string, page: Page<unknown>): void {
  cache.delete(path);
  cache.set(path, page);
  const oldest = cache.keys().next();
  if (cache.size > CACHED_MAX && !oldest.done) cache.delete(oldest.value);
}

/** Forgets every list; after signing in or out. */
export function clearPages(): void {
  cache.clear();
}

/** A list that was seen before shows at once; else the rows of the old address stay as stale ones. */
function begin<T>(path: string, before: T[]): State<T> {
  const cached = cache.get(path) as Page<T> | undefined;
  const page = cached ?? { rows: before, nextCursor: null };
  return {
    path,
    ...page,
    problem: null,
    loading: true,
    loaded: cached !== undefined,
    prepended: NOTHING,
  };
}

export function usePages<T>(source: Source<T>): Pages<T> {
  const [state, setState] = useState<State<T>>(() => begin(source.path, []));
  const latest = useRef(state);
  latest.current = state;
  const busy = useRef<AbortController | null>(null);
  const tick = refreshes.value;
  const firstTick = useRef(tick);

  const load = (cursor: string | null, merge: (now: State<T>, page: Page<T>) => State<T>): void => {
    busy.current?.abort();
    const abort = new AbortController();
    busy.current = abort;
    const joint = source.path.includes("?") ? "&" : "?";
    const path =
      cursor === null ? source.path : `${source.path}${joint}cursor=${encodeURIComponent(cursor)}`;
    request<unknown>(path, { signal: abort.signal })
      .then((answer) => {
        nowMs.value = Date.now();
        setState((now) => merge(now, source.read(answer)));
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted)
          setState((now) => ({ ...now, problem: asProblem(error), loading: false }));
      })
      .finally(() => {
        if (busy.current === abort) busy.current = null;
      });
  };

  useEffect(() => {
    const known = cache.has(source.path);
    setState((now) => begin(source.path, now.rows));
    load(null, (now, page) =>
      known ? refreshed(now, page, source) : replaced(now, source.path, page),
    );
    return () => busy.current?.abort();
  }, [source.path]);

  useEffect(() => {
    if (state.loaded) remember(state.path, { rows: state.rows, nextCursor: state.nextCursor });
  }, [state.rows]);

  useEffect(() => {
    if (tick === firstTick.current || busy.current) return;
    load(null, (now, page) => refreshed(now, page, source));
  }, [tick]);

  const loadMore = (): void => {
    const now = latest.current;
    if (now.nextCursor === null || busy.current || now.rows.length >= ROWS_MAX) return;
    setState({ ...now, loading: true });
    load(now.nextCursor, (before, page) => appended(before, page, source.keyOf));
  };

  return {
    rows: state.rows,
    problem: state.problem,
    loading: state.loading,
    stale: !state.loaded && state.rows.length > 0,
    hasMore: state.nextCursor !== null && state.rows.length < ROWS_MAX,
    loadMore,
    prepended: state.prepended,
  };
}

function replaced<T>(now: State<T>, path: string, page: Page<T>): State<T> {
  return { ...now, ...page, path, problem: null, loading: false, loaded: true, prepended: NOTHING };
}

export function appended<T>(now: State<T>, page: Page<T>, keyOf: (row: T) => string): State<T> {
  const known = new Set(now.rows.map(keyOf));
  const fresh = page.rows.filter((row) => !known.has(keyOf(row)));
  return {
    ...now,
    rows: [...now.rows, ...fresh],
    nextCursor: page.nextCursor,
    problem: null,
    loading: false,
  };
}

/** The first page again: known rows are renewed, new ones go on top, unless so many came that some between are unknown. */
export function refreshed<T>(now: State<T>, page: Page<T>, source: Source<T>): State<T> {
  const known = new Set(now.rows.map(source.keyOf));
  const fresh = page.rows.filter((row) => !known.has(source.keyOf(row)));
  const answered = new Map(page.rows.map((row) => [source.keyOf(row), row]));
  const kept = now.rows.map((row) => answered.get(source.keyOf(row)) ?? row);
  const gap = fresh.length === page.rows.length && page.nextCursor !== null;
  const settled = { ...now, problem: null, loading: false, loaded: true };
  if (!source.newestFirst || gap || now.rows.length + fresh.length > ROWS_MAX) {
    const keep = !source.newestFirst && now.rows.length > page.rows.length;
    return keep ? settled : { ...settled, ...page, prepended: NOTHING };
  }
  if (fresh.length === 0) return { ...settled, rows: kept };
  return { ...settled, rows: [...fresh, ...kept], prepended: { count: fresh.length } };
}
