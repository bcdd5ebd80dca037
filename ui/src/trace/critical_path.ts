// Which span the request was waiting for at each moment.
// The last-finishing-child rule (as in CRISP, USENIX ATC 2022): from the end of the root backwards,
// the child that finished last before the moment is what was waited for; before that child started,
// the parent itself or an earlier child. Invariants: the segments do not overlap, they cover the
// root's duration exactly, and a child that outlives its parent counts only up to the parent's end.
import type { SpanNode } from "./tree";

export interface Segment {
  node: SpanNode;
  from: bigint;
  to: bigint;
}

interface Frame {
  node: SpanNode;
  from: bigint;
  /** The moment reached, going backwards. */
  cursor: bigint;
  /** Children by end, last first. */
  children: SpanNode[];
  next: number;
}

/** Segments of `root`'s critical path, in order of time. */
export function criticalPath(root: SpanNode): Segment[] {
  const segments: Segment[] = [];
  const frames: Frame[] = [open(root, root.start, root.end)];
  for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
    const child = nextChild(frame);
    if (!child) {
      emit(segments, frame.node, frame.from, frame.cursor);
      frames.pop();
      continue;
    }
    const to = least(child.end, frame.cursor);
    const from = most(child.start, frame.from);
    emit(segments, frame.node, to, frame.cursor);
    frame.cursor = from;
    frames.push(open(child, from, to));
  }
  return segments.reverse();
}

function open(node: SpanNode, from: bigint, to: bigint): Frame {
  const end = (child: SpanNode): bigint => least(child.end, to);
  const children = [...node.children].sort((a, b) =>
    end(a) === end(b) ? 0 : end(a) > end(b) ? -1 : 1,
  );
  return { node, from, cursor: to, children, next: 0 };
}

/** The child that finished last before the cursor; one that outlives the frame's end is cut there. */
function nextChild(frame: Frame): SpanNode | null {
  const isFirst = frame.next === 0;
  const end = frame.cursor;
  while (frame.next < frame.children.length) {
    const child = frame.children[frame.next] as SpanNode;
    frame.next += 1;
    const outlives = isFirst && child.end > end;
    const finished = child.end <= frame.cursor || outlives;
    const overlaps = child.start < frame.cursor && child.end > frame.from;
    if (finished && overlaps && child.end > child.start) return child;
  }
  return null;
}

function emit(segments: Segment[], node: SpanNode, from: bigint, to: bigint): void {
  if (to > from) segments.push({ node, from, to });
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** The segments of each span. */
export function segmentsBySpan(segments: readonly Segment[]): Map<SpanNode, Segment[]> {
  const bySpan = new Map<SpanNode, Segment[]>();
  for (const segment of segments) {
    const known = bySpan.get(segment.node);
    if (known) known.push(segment);
    else bySpan.set(segment.node, [segment]);
  }
  return bySpan;
}
