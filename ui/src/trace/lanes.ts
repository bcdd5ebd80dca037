// Rows of a flame graph over time: each span under its parent, parallel ones below each other.
// Invariants: two spans on one lane never overlap; a span lies below its parent; the lanes are few
// where the trace is sequential.
import type { SpanNode } from "./tree";

export interface Lane {
  node: SpanNode;
  lane: number;
}

export function layOut(nodes: readonly SpanNode[]): { lanes: Lane[]; count: number } {
  const ordered = [...nodes].sort((a, b) =>
    a.startMs === b.startMs ? a.depth - b.depth : a.startMs - b.startMs,
  );
  const busyUntilMs: number[] = [];
  const laneOf = new Map<SpanNode, number>();
  const lanes: Lane[] = [];
  for (const node of ordered) {
    let lane = node.parent ? (laneOf.get(node.parent) ?? node.depth - 1) + 1 : 0;
    while ((busyUntilMs[lane] ?? 0) > node.startMs) lane += 1;
    for (let i = busyUntilMs.length; i < lane; i += 1) busyUntilMs[i] = 0;
    busyUntilMs[lane] = node.startMs + node.durationMs;
    laneOf.set(node, lane);
    lanes.push({ node, lane });
  }
  return { lanes, count: busyUntilMs.length };
}
