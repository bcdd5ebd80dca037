// The tree that says why occurrences are one issue, as rows.
// Invariants: no recursion, so depth does not matter; at most ROWS_MAX rows.
import type { WhyNode } from "../api/errors";

export const ROWS_MAX = 2_000;

export interface WhyRow {
  node: WhyNode;
  depth: number;
}

export function whyRows(root: WhyNode, most = ROWS_MAX): WhyRow[] {
  const rows: WhyRow[] = [];
  const waiting: WhyRow[] = [{ node: root, depth: 0 }];
  while (waiting.length > 0 && rows.length < most) {
    const row = waiting.pop();
    if (!row) break;
    rows.push(row);
    for (const child of [...(row.node.children ?? [])].reverse())
      waiting.push({ node: child, depth: row.depth + 1 });
  }
  return rows;
}
