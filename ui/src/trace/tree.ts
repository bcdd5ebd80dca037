// The spans of a trace as a forest, and the rows a waterfall shows of it.
// Invariants: every span appears exactly once, whatever the parent ids say (missing parents, cycles,
// ids used twice); siblings are sorted by start; no recursion, a chain of 100,000 spans is fine;
// times are BigInt nanoseconds, only differences become numbers.
import { nanoToMs } from "../format/quantity";
import type { Span, TraceDetail } from "../api/types";

export interface SpanNode {
  span: Span;
  start: bigint;
  end: bigint;
  /** Milliseconds since the start of the trace, and of duration. */
  startMs: number;
  durationMs: number;
  depth: number;
  /** Position in the trace's depth-first order. */
  index: number;
  children: SpanNode[];
  parent: SpanNode | null;
  /** Has a parent id that is not in the trace. */
  orphan: boolean;
  /** Spans below it. */
  descendants: number;
  error: boolean;
  /** Milliseconds since the start of the trace of each exception event. */
  exceptionsMs: number[];
}

export interface TraceTree {
  roots: SpanNode[];
  /** Depth first, siblings by start. */
  nodes: SpanNode[];
  byId: Map<string, SpanNode>;
  start: bigint;
  durationMs: number;
  orphans: number;
}

export function buildTree(trace: Pick<TraceDetail, "spans">): TraceTree {
  const nodes = trace.spans.map(toNode);
  const start = nodes.reduce(
    (least, node) => (node.start < least ? node.start : least),
    nodes[0]?.start ?? 0n,
  );
  const end = nodes.reduce((most, node) => (node.end > most ? node.end : most), start);
  for (const node of nodes) place(node, start);
  const byId = new Map<string, SpanNode>();
  for (const node of nodes) if (!byId.has(node.span.span_id)) byId.set(node.span.span_id, node);
  const roots = link(nodes, byId);
  const ordered = arrange(roots);
  const orphans = nodes.filter((node) => node.orphan).length;
  return { roots, nodes: ordered, byId, start, durationMs: nanoToMs(end - start), orphans };
}

function toNode(span: Span): SpanNode {
  const start = BigInt(span.start_unix_nano);
  const length = BigInt(span.duration_nano);
  return {
    span,
    start,
    end: start + (length > 0n ? length : 0n),
    startMs: 0,
    durationMs: nanoToMs(length > 0n ? length : 0n),
    depth: 0,
    index: 0,
    children: [],
    parent: null,
    orphan: false,
    descendants: 0,
    error: span.status.code === "error",
    exceptionsMs: [],
  };
}

function place(node: SpanNode, start: bigint): void {
  node.startMs = nanoToMs(node.start - start);
  for (const event of node.span.events) {
    if (event.name === "exception")
      node.exceptionsMs.push(nanoToMs(BigInt(event.time_unix_nano) - start));
  }
}

/** Attaches children to parents; what cannot be reached from a root becomes one. */
function link(nodes: SpanNode[], byId: Map<string, SpanNode>): SpanNode[] {
  const roots: SpanNode[] = [];
  for (const node of nodes) {
    const parentId = node.span.parent_span_id;
    const parent = parentId ? byId.get(parentId) : undefined;
    if (parent && parent !== node) {
      node.parent = parent;
      parent.children.push(node);
    } else {
      node.orphan = Boolean(parentId) && !parent;
      roots.push(node);
    }
  }
  const reached = new Set<SpanNode>();
  for (const root of roots) reach(root, reached);
  for (const node of [...nodes].sort(byStart)) {
    if (reached.has(node)) continue;
    node.parent?.children.splice(node.parent.children.indexOf(node), 1);
    node.parent = null;
    roots.push(node);
    reach(node, reached);
  }
  return roots;
}

function reach(root: SpanNode, reached: Set<SpanNode>): void {
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    for (const child of node.children) open.push(child);
  }
}

function byStart(a: SpanNode, b: SpanNode): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  return a.end === b.end ? 0 : a.end > b.end ? -1 : 1;
}

/** Sorts siblings, sets depths and counts, and lists the nodes depth first. */
function arrange(roots: SpanNode[]): SpanNode[] {
  const ordered: SpanNode[] = [];
  roots.sort(byStart);
  const open = [...roots].reverse();
  for (let node = open.pop(); node; node = open.pop()) {
    node.depth = node.parent ? node.parent.depth + 1 : 0;
    node.children.sort(byStart);
    node.index = ordered.length;
    ordered.push(node);
    for (let i = node.children.length - 1; i >= 0; i -= 1) open.push(node.children[i] as SpanNode);
  }
  for (let i = ordered.length - 1; i >= 0; i -= 1) {
    const node = ordered[i] as SpanNode;
    if (node.parent) node.parent.descendants += node.descendants + 1;
  }
  return ordered;
}

/** The rows on show: depth first, without what lies below a collapsed span. */
export function visibleRows(tree: TraceTree, collapsed: ReadonlySet<string>): SpanNode[] {
  if (collapsed.size === 0) return tree.nodes;
  const rows: SpanNode[] = [];
  for (let i = 0; i < tree.nodes.length; i += 1) {
    const node = tree.nodes[i] as SpanNode;
    rows.push(node);
    if (collapsed.has(node.span.span_id)) i += node.descendants;
  }
  return rows;
}

/** The span that stands for the trace: the longest root with no parent id, else the longest root. */
export function mainRoot(tree: TraceTree): SpanNode | null {
  const longest = (nodes: SpanNode[]): SpanNode | null =>
    nodes.reduce<SpanNode | null>(
      (best, node) => (best && best.durationMs >= node.durationMs ? best : node),
      null,
    );
  return longest(tree.roots.filter((node) => !node.orphan)) ?? longest(tree.roots);
}
