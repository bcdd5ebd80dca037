// Reading from the API inside components: cached, refreshed, never blanking what is on screen.
// Invariants: the answer of an address that was seen before shows at once and is then refreshed; the
// old answer stays while a new one of the same path is under way, and is dropped when the path (the
// thing itself) changes; an answer that was overtaken is ignored.
import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem, request } from "./client";
import { nowMs, refreshes } from "./refresh";
import type { Problem } from "./types";

export interface Resource<T> {
  data: T | null;
  problem: Problem | null;
  /** True while an answer is under way. */
  loading: boolean;
  /** True while `data` belongs to an earlier address. */
  stale: boolean;
  reload: () => void;
}

const CACHED_MAX = 60;
const cache = new Map<string, unknown>();

function remember(path: string, data: unknown): void {
  cache.delete(path);
  cache.set(path, data);
  const oldest = cache.keys().next();
  if (cache.size > CACHED_MAX && !oldest.done) cache.delete(oldest.value);
}

/** Forgets every answer; after signing in or out. */
export function clearCache(): void {
  cache.clear();
}

interface State<T> {
  path: string | null;
  data: T | null;
  problem: Problem | null;
  loading: boolean;
}

interface Options {
  /** Follow Live and manual refreshes; true unless said otherwise. */
  live?: boolean;
}

/** The answer of `path`; null asks for nothing. */
export function useResource<T>(path: string | null, options: Options = {}): Resource<T> {
  const [state, setState] = useState<State<T>>({
    path: null,
    data: null,
    problem: null,
    loading: false,
  });
  const [reloads, setReloads] = useState(0);
  const tick = options.live === false ? 0 : refreshes.value;
  const flight = useRef<{ path: string; abort: AbortController } | null>(null);

  useEffect(() => {
    if (path === null || flight.current?.path === path) return;
    flight.current?.abort.abort();
    const own = { path, abort: new AbortController() };
    flight.current = own;
    setState((now) => (now.path === path ? { ...now, loading: true } : starting(path, now)));
    request<T>(path, { signal: own.abort.signal })
      .then((data) => {
        remember(path, data);
        nowMs.value = Date.now();
        setState({ path, data, problem: null, loading: false });
      })
      .catch((error: unknown) => {
        if (own.abort.signal.aborted) return;
        setState((now) => ({ ...now, problem: asProblem(error), loading: false }));
      })
      .finally(() => {
        if (flight.current === own) flight.current = null;
      });
  }, [path, tick, reloads]);
  useEffect(() => () => flight.current?.abort.abort(), []);

  const shown = state.path === path || path === null ? state : starting<T>(path, state);
  const data = path === null ? null : shown.data;
  const stale = data !== null && shown.loading && !cache.has(path ?? "");
  const reload = (): void => setReloads((n) => n + 1);
  return { data, problem: shown.problem, loading: shown.loading, stale, reload };
}

/** What shows when `path` replaces the address of `now`. */
function starting<T>(path: string, now: State<T>): State<T> {
  const cached = cache.get(path) as T | undefined;
  const same = now.path !== null && now.path.split("?")[0] === path.split("?")[0];
  return { path, data: cached ?? (same ? now.data : null), problem: null, loading: true };
}
