// The state of the trace view, all of it in the address: selection, collapsed spans, window, view.
// Invariant: moving the selection replaces the address, so that going back leaves the trace.
import type { TimeWindow } from "../../trace/window";
import { windowText } from "../../trace/window";
import type { SpanNode, TraceTree } from "../../trace/tree";
import { param, setParams } from "../../url/location";

export type SpanTab = "attributes" | "events" | "logs" | "links" | "raw";

const COLLAPSED_MAX = 200;

export function selectSpan(spanId: string | null): void {
  setParams({ span: spanId }, { replace: true });
}

export function selectedTab(): SpanTab {
  const tab = param("tab");
  return tab === "events" || tab === "logs" || tab === "links" || tab === "raw"
    ? tab
    : "attributes";
}

export function selectTab(tab: SpanTab): void {
  setParams({ tab: tab === "attributes" ? null : tab }, { replace: true });
}

export function collapsedSpans(): Set<string> {
  return new Set(param("collapsed").split(",").filter(Boolean));
}

export function setCollapsed(spanId: string, collapsed: boolean): void {
  const now = collapsedSpans();
  if (collapsed) now.add(spanId);
  else now.delete(spanId);
  writeCollapsed([...now]);
}

/** Collapses every span at this depth that has spans below it; 0 for none. */
export function collapseAt(tree: TraceTree, depth: number): void {
  const below =
    depth === 0
      ? []
      : tree.nodes.filter((node) => node.depth === depth && node.children.length > 0);
  writeCollapsed(below.map((node) => node.span.span_id));
}

function writeCollapsed(ids: readonly string[]): void {
  setParams({ collapsed: ids.slice(-COLLAPSED_MAX).join(",") }, { replace: true });
}

export function setWindow(shown: TimeWindow | null): void {
  setParams({ zoom: shown && windowText(shown) });
}

export function isFlame(): boolean {
  return param("view") === "flame";
}

export function toggleFlame(): void {
  setParams({ view: isFlame() ? null : "flame" });
}

/** The next failed span after the selected one, from the top again after the last. */
export function nextError(tree: TraceTree, selected: SpanNode | null): SpanNode | null {
  const failed = tree.nodes.filter((node) => node.error);
  const at = selected ? selected.index : -1;
  return failed.find((node) => node.index > at) ?? failed[0] ?? null;
}

/** Opens every collapsed span above a span, so that it is on show. */
export function expandTo(node: SpanNode): void {
  const now = collapsedSpans();
  const before = now.size;
  for (let above = node.parent; above; above = above.parent) now.delete(above.span.span_id);
  if (now.size !== before) writeCollapsed([...now]);
}
