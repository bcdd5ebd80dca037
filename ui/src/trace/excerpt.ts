// The few spans of a trace that explain one of them: what it was called by, and what is beside it.
// Invariants: pure; in the trace's own order; the span itself and its callers come before all others.
import type { SpanNode, TraceTree } from "./tree";

export function excerpt(tree: TraceTree, spanId: string | null, most: number): SpanNode[] {
  const node = spanId === null ? undefined : tree.byId.get(spanId);
  const chosen = new Set<SpanNode>();
  const take = (one: SpanNode | null | undefined): void => {
    if (one && chosen.size < most) chosen.add(one);
  };
  take(node);
  const callers: SpanNode[] = [];
  for (let above = node?.parent ?? null; above; above = above.parent) callers.push(above);
  // Of a chain too long to show, the nearest callers and the one that began it.
  take(callers.at(-1));
  callers.forEach(take);
  node?.children.forEach(take);
  tree.nodes.filter((one) => one.error).forEach(take);
  node?.parent?.children.forEach(take);
  tree.nodes.forEach(take);
  return [...chosen].sort((a, b) => a.index - b.index);
}
