// The trace folded onto few lanes: children under parents, parallel spans below each other.
// Invariants: drawn on a canvas, so tens of thousands of spans stay smooth; a click selects, which is
// the same selection as the waterfall's; lanes beyond LANES_MAX are counted, not drawn.
import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { serviceColour } from "../../format/colour";
import { durationMs, text } from "../../format/quantity";
import { layOut, type Lane } from "../../trace/lanes";
import type { SpanNode } from "../../trace/tree";
import { barBox, type TimeWindow } from "../../trace/window";
import { resolver, useCanvas, type Draw } from "./canvas";
import { TimeAxis } from "./time_axis";
import { selectSpan } from "./trace_state";
import type { TimelineProps } from "./waterfall";

const LANE_PX = 20;
const LANES_MAX = 400;
const LABEL_PX_MIN = 28;

export function FlameGraph({ tree, shown, selected, critical }: TimelineProps): JSX.Element {
  const { lanes, count } = useMemo(() => layOut(tree.nodes), [tree]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Lane | null>(null);
  const drawn = Math.min(count, LANES_MAX);
  useCanvas(canvas, drawFlame(lanes, shown, selected, hover?.node ?? null), [
    lanes,
    shown.fromMs,
    shown.toMs,
    selected,
    hover,
  ]);
  const under = (event: MouseEvent): Lane | null => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const ms =
      shown.fromMs + ((event.clientX - box.left) / box.width) * (shown.toMs - shown.fromMs);
    const lane = Math.floor((event.clientY - box.top) / LANE_PX);
    const slackMs = ((shown.toMs - shown.fromMs) / box.width) * 2;
    return lanes.find((one) => one.lane === lane && holds(one.node, ms, slackMs)) ?? null;
  };
  return (
    <div class="flame">
      <h2 class="panel-head">
        <span>
          Flame graph <span class="panel-note">over time, parallel spans below each other</span>
        </span>
        <span class="panel-note clip">
          {hover ? describe(hover.node, critical.has(hover.node)) : "point at a span"}
        </span>
      </h2>
      <TimeAxis shown={shown} />
      <canvas
        ref={canvas}
        role="img"
        aria-label="Flame graph; the waterfall shows the same spans as a tree"
        style={{ height: `${drawn * LANE_PX + 4}px` }}
        onMouseMove={(event) => setHover(under(event))}
        onMouseLeave={() => setHover(null)}
        onClick={(event) => {
          const hit = under(event);
          if (hit) selectSpan(hit.node.span.span_id);
        }}
      />
      {count > LANES_MAX && (
        <p class="calm">{count - LANES_MAX} more lanes; zoom in or use the waterfall</p>
      )}
    </div>
  );
}

function holds(node: SpanNode, ms: number, slackMs: number): boolean {
  return ms >= node.startMs - slackMs && ms <= node.startMs + node.durationMs + slackMs;
}

function describe(node: SpanNode, isCritical: boolean): string {
  const duration = text(durationMs(node.durationMs));
  return `${node.span.service} ${node.span.name}, ${duration}${isCritical ? ", on the critical path" : ""}`;
}

function drawFlame(
  lanes: readonly Lane[],
  shown: TimeWindow,
  selected: SpanNode | null,
  hover: SpanNode | null,
): Draw {
  return (context, width) => {
    const colour = resolver();
    context.font = '11px "Inter", system-ui, sans-serif';
    context.textBaseline = "middle";
    for (const { node, lane } of lanes) {
      if (lane >= LANES_MAX) continue;
      const box = barBox(node.startMs, node.startMs + node.durationMs, shown);
      if (!box) continue;
      const x = (box.leftPercent / 100) * width;
      const barWidth = Math.max(1.5, (box.widthPercent / 100) * width - 1);
      const y = lane * LANE_PX + 2;
      context.fillStyle = colour(serviceColour(node.span.service));
      context.fillRect(x, y, barWidth, LANE_PX - 3);
      if (node.error) {
        context.fillStyle = colour("--bad");
        context.fillRect(x, y + LANE_PX - 6, barWidth, 3);
      }
      if (node === selected || node === hover) {
        context.strokeStyle = colour("--text");
        context.lineWidth = node === selected ? 2 : 1;
        context.strokeRect(x + 0.5, y + 0.5, barWidth - 1, LANE_PX - 4);
      }
      if (barWidth >= LABEL_PX_MIN)
        label(
          context,
          node.span.name,
          x + 5,
          y + LANE_PX / 2 - 1,
          barWidth - 10,
          colour("--surface"),
        );
    }
  };
}

/** Text cut to a width. */
function label(
  context: CanvasRenderingContext2D,
  name: string,
  x: number,
  y: number,
  width: number,
  colour: string,
): void {
  const characters = Math.floor(width / 5.6);
  if (characters < 2) return;
  const shown = name.length > characters ? `${name.slice(0, characters - 1)}…` : name;
  context.fillStyle = colour;
  context.fillText(shown, x, y, width);
}
