// The waterfall: one row per span, drawn on demand, as a tree for keyboard and screen reader.
// Invariants: `j` `k` move the selection through the rows on show; `h` collapses or goes to the
// parent, `l` expands or goes to the first child, as in a tree view.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Segment } from "../../trace/critical_path";
import { visibleRows, type SpanNode, type TraceTree } from "../../trace/tree";
import type { TimeWindow } from "../../trace/window";
import { useListKeys, usePageKeys } from "../../shell/keyboard";
import { RowLayout } from "../../table/layout";
import { revealRow, VirtualRows } from "../../table/virtual_rows";
import { param } from "../../url/location";
import { TimeAxis } from "./time_axis";
import { collapseAt, collapsedSpans, selectSpan, setCollapsed } from "./trace_state";
import { rowId, WaterfallRow } from "./waterfall_row";

const ROW_PX = 25;

export interface TimelineProps {
  tree: TraceTree;
  shown: TimeWindow;
  selected: SpanNode | null;
  critical: ReadonlyMap<SpanNode, Segment[]>;
}

/** What `h` and `l` do to the span selected. */
function folding(
  selected: SpanNode | null,
  collapsed: ReadonlySet<string>,
  select: (node: SpanNode | null | undefined) => void,
): { fold: () => void; unfold: () => void } {
  const isClosed = selected !== null && collapsed.has(selected.span.span_id);
  const isParent = selected !== null && selected.children.length > 0;
  return {
    fold: () => {
      if (isParent && !isClosed) setCollapsed(selected.span.span_id, true);
      else select(selected?.parent);
    },
    unfold: () => {
      if (isParent && isClosed) setCollapsed(selected.span.span_id, false);
      else select(selected?.children[0]);
    },
  };
}

export function Waterfall({ tree, shown, selected, critical }: TimelineProps): JSX.Element {
  const collapsedText = param("collapsed");
  const collapsed = useMemo(() => collapsedSpans(), [collapsedText]);
  const rows = useMemo(() => visibleRows(tree, collapsed), [tree, collapsed]);
  const layout = useMemo(() => new RowLayout(rows.length, ROW_PX), [rows.length]);
  const root = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const selectedIndex = selected ? rows.indexOf(selected) : -1;

  const select = (node: SpanNode | null | undefined): void => {
    if (!node) return;
    selectSpan(node.span.span_id);
    revealRow(body.current, layout, rows.indexOf(node));
  };
  const move = (by: number): void =>
    select(rows[Math.max(0, Math.min(rows.length - 1, selectedIndex + by))]);
  useListKeys({ element: () => root.current, move, open: () => undefined });
  const { fold, unfold } = folding(selected, collapsed, select);
  usePageKeys({ h: fold, l: unfold });
  const onArrow = (event: KeyboardEvent): void => {
    const action = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      ArrowLeft: fold,
      ArrowRight: unfold,
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  useEffect(() => {
    if (selectedIndex > 0) revealRow(body.current, layout, selectedIndex);
  }, [selected?.span.span_id]);

  return (
    <div class="waterfall" ref={root}>
      <WaterfallHead tree={tree} collapsedCount={collapsed.size} />
      <TimeAxis shown={shown} />
      <div
        role="tree"
        aria-label="Spans"
        class="waterfall-rows"
        tabIndex={0}
        aria-activedescendant={selected ? rowId(selected) : undefined}
        onKeyDown={onArrow}
      >
        <VirtualRows
          layout={layout}
          handle={body}
          role="presentation"
          render={(index) => {
            const node = rows[index];
            if (!node) return null;
            return (
              <WaterfallRow
                key={`${node.span.span_id}${node.start}`}
                node={node}
                shown={shown}
                selected={node === selected}
                collapsed={collapsed.has(node.span.span_id)}
                critical={critical.get(node)}
              />
            );
          }}
        />
      </div>
    </div>
  );
}

function WaterfallHead({
  tree,
  collapsedCount,
}: {
  tree: TraceTree;
  collapsedCount: number;
}): JSX.Element {
  const hasDepth = tree.nodes.some((node) => node.depth > 1);
  return (
    <h2 class="panel-head">
      <span>
        Waterfall
        {hasDepth && (
          <button
            type="button"
            class="link panel-note"
            onClick={() => collapseAt(tree, collapsedCount > 0 ? 0 : 1)}
          >
            {collapsedCount > 0 ? "expand all" : "collapse"}
          </button>
        )}
      </span>
      <span class="legend" aria-hidden="true">
        <span>
          <i class="critical-key" />
          critical path
        </span>
        <span class="bad">
          <i class="diamond-key" />
          exception
        </span>
      </span>
    </h2>
  );
}
