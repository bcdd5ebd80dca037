// Who stands left of whom: layers of a graph of calls, callers before the called.
// Invariants: pure and deterministic (the same graph in any order gives the same layers); calls in a
// circle are turned around for layering, the least important of them.

export interface Call {
  from: string;
  to: string;
}

/** A call as it is laid out: from left to right. */
export interface Arc<C extends Call> extends Call {
  call: C;
  /** Whether the call itself leads to the left. */
  isTurned: boolean;
}

export interface Layering<C extends Call> {
  /** Layer of each node, from 0. */
  layerOf: Map<string, number>;
  arcs: Arc<C>[];
}

/** `ids` and `calls` are in order of importance; calls of a node to itself must not be among them. */
export function layersOf<C extends Call>(ids: readonly string[], calls: readonly C[]): Layering<C> {
  const arcs = withoutCircles(calls);
  const layerOf = longestPaths(ids, arcs);
  pullSources(ids, arcs, layerOf);
  return { layerOf, arcs };
}

export function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

/** Turns around the calls that close a circle; those that come first in `calls` keep their direction. */
function withoutCircles<C extends Call>(calls: readonly C[]): Arc<C>[] {
  const outgoing = new Map<string, string[]>();
  return calls.map((call) => {
    const isTurned = reaches(outgoing, call.to, call.from);
    const [from, to] = isTurned ? [call.to, call.from] : [call.from, call.to];
    const known = outgoing.get(from);
    if (known) known.push(to);
    else outgoing.set(from, [to]);
    return { from, to, call, isTurned };
  });
}

function reaches(
  outgoing: ReadonlyMap<string, readonly string[]>,
  from: string,
  to: string,
): boolean {
  const seen = new Set([from]);
  const waiting = [from];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (id === to) return true;
    for (const next of outgoing.get(id) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return false;
}

/** The longest way from a node that nobody calls. */
function longestPaths(ids: readonly string[], forward: readonly Call[]): Map<string, number> {
  const layerOf = new Map(ids.map((id) => [id, 0]));
  const waiting = new Map(ids.map((id) => [id, 0]));
  for (const call of forward) waiting.set(call.to, (waiting.get(call.to) ?? 0) + 1);
  const outgoing = groupBy(forward, (call) => call.from);
  const ready = ids.filter((id) => waiting.get(id) === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const { to } of outgoing.get(id) ?? []) {
      layerOf.set(to, Math.max(layerOf.get(to) ?? 0, (layerOf.get(id) ?? 0) + 1));
      const left = (waiting.get(to) ?? 1) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return layerOf;
}

/** A node that nobody calls stands right before the first one it calls. */
function pullSources(
  ids: readonly string[],
  forward: readonly Call[],
  layerOf: Map<string, number>,
): void {
  const called = new Set(forward.map((call) => call.to));
  const outgoing = groupBy(forward, (call) => call.from);
  for (const id of ids) {
    const first = (outgoing.get(id) ?? []).map((call) => layerOf.get(call.to) ?? 0);
    if (!called.has(id) && first.length > 0) layerOf.set(id, Math.min(...first) - 1);
  }
}
