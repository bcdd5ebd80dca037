// One span of the waterfall: name and service on the left, its bar in time on the right.
// Invariants: the underline covers exactly the time this span itself was on the critical path; a
// diamond stands at the moment of each exception; deep nesting never pushes the name out of sight.
import type { JSX } from "preact";
import { Swatch } from "../../controls/figures";
import { Icon } from "../../controls/icons";
import { serviceColour } from "../../format/colour";
import { compact, durationMs, nanoToMs, text } from "../../format/quantity";
import type { Segment } from "../../trace/critical_path";
import type { SpanNode } from "../../trace/tree";
import { barBox, labelSide, percentAt, type TimeWindow } from "../../trace/window";
import { selectSpan, setCollapsed } from "./trace_state";

const INDENT_PX = 14;
const INDENT_LEVELS_MAX = 12;

interface WaterfallRowProps {
  node: SpanNode;
  shown: TimeWindow;
  selected: boolean;
  collapsed: boolean;
  critical: readonly Segment[] | undefined;
}

export function rowId(node: SpanNode): string {
  return `span-${node.index}`;
}

export function WaterfallRow(props: WaterfallRowProps): JSX.Element {
  const { node, selected, collapsed } = props;
  const { span } = node;
  const hasChildren = node.children.length > 0;
  return (
    <div
      class={`span-row ${selected ? "selected" : ""}`}
      role="treeitem"
      id={rowId(node)}
      aria-level={node.depth + 1}
      aria-selected={selected}
      aria-expanded={hasChildren ? !collapsed : undefined}
      aria-label={`${span.name}, ${span.service}, ${text(durationMs(node.durationMs))}${node.error ? ", failed" : ""}`}
      onClick={() => selectSpan(span.span_id)}
    >
      <div
        class="span-name"
        style={{ paddingLeft: `${4 + Math.min(node.depth, INDENT_LEVELS_MAX) * INDENT_PX}px` }}
      >
        {hasChildren ? (
          <button
            type="button"
            class={`fold ${collapsed ? "closed" : ""}`}
            tabIndex={-1}
            aria-label={collapsed ? "expand" : "collapse"}
            onClick={(event) => {
              event.stopPropagation();
              setCollapsed(span.span_id, !collapsed);
            }}
          >
            <Icon name="down" size={10} />
          </button>
        ) : (
          <span class="fold" />
        )}
        <Swatch service={span.service} />
        <span class="span-title" title={span.name}>
          {span.name}
        </span>
        {node.error && (
          <span class="bad">
            <Icon name="alert" size={12} />
          </span>
        )}
        <em class="clip">{node.orphan ? `${span.service}, parent missing` : span.service}</em>
        {collapsed && <span class="tag">{compact(node.descendants).value}</span>}
      </div>
      <Track {...props} />
    </div>
  );
}

function Track({ node, shown, critical }: WaterfallRowProps): JSX.Element {
  const endMs = node.startMs + node.durationMs;
  const box = barBox(node.startMs, endMs, shown);
  if (!box) return <div class="track" />;
  const side = labelSide(box);
  const colour = serviceColour(node.span.service);
  const label = text(durationMs(node.durationMs));
  const labelStyle = {
    after: { left: `${box.leftPercent + box.widthPercent}%` },
    before: { right: `${100 - box.leftPercent}%` },
    inside: { left: `${box.leftPercent}%` },
  }[side];
  return (
    <div class="track">
      <i
        class="bar"
        style={{ left: `${box.leftPercent}%`, width: `${box.widthPercent}%`, background: colour }}
      />
      {critical?.map((segment) => (
        <CriticalLine key={String(segment.from)} node={node} segment={segment} shown={shown} />
      ))}
      <span class={`bar-label ${side}`} style={labelStyle}>
        {label}
      </span>
      {node.exceptionsMs.map((ms, index) => (
        <i
          key={index}
          class="diamond"
          style={{ left: `${Math.max(0, Math.min(100, percentAt(ms, shown)))}%` }}
        />
      ))}
    </div>
  );
}

function CriticalLine({
  node,
  segment,
  shown,
}: {
  node: SpanNode;
  segment: Segment;
  shown: TimeWindow;
}): JSX.Element | null {
  const fromMs = node.startMs + nanoToMs(segment.from - node.start);
  const box = barBox(fromMs, fromMs + nanoToMs(segment.to - segment.from), shown);
  return (
    box && (
      <i class="critical" style={{ left: `${box.leftPercent}%`, width: `${box.widthPercent}%` }} />
    )
  );
}
