// The whole trace in a strip: where the spans lie, and which part is on show below.
// Invariants: dragging over it shows that part, a double click shows all; it is an aid for the mouse,
// everything it does is reachable in the waterfall.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { serviceColour } from "../../format/colour";
import { durationMs, text } from "../../format/quantity";
import type { TraceTree } from "../../trace/tree";
import type { TimeWindow } from "../../trace/window";
import { resolver, useCanvas, type Draw } from "./canvas";
import { setWindow } from "./trace_state";

const LINES = 16;
const DRAG_PX_MIN = 4;

export function Minimap({
  tree,
  shown,
}: {
  tree: TraceTree;
  shown: TimeWindow;
}): JSX.Element | null {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  useCanvas(canvas, drawSpans(tree), [tree]);
  const total = tree.durationMs;
  const zoomed = shown.fromMs > 0 || shown.toMs < total;
  const shareAt = (event: PointerEvent): number => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const finish = (event: PointerEvent): void => {
    const width = (event.currentTarget as HTMLElement).clientWidth;
    if (drag && Math.abs(drag.to - drag.from) * width >= DRAG_PX_MIN) {
      setWindow({
        fromMs: Math.min(drag.from, drag.to) * total,
        toMs: Math.max(drag.from, drag.to) * total,
      });
    }
    setDrag(null);
  };
  const [from, to] = drag
    ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)]
    : [shown.fromMs / total, Math.min(1, shown.toMs / total)];
  return (
    <div class="minimap">
      <div class="minimap-note">
        {zoomed ? (
          <button type="button" class="link" onClick={() => setWindow(null)}>
            {text(durationMs(shown.toMs - shown.fromMs))} on show, show all
          </button>
        ) : (
          <span class="faint">drag to zoom</span>
        )}
      </div>
      <div
        class="minimap-area"
        onPointerDown={(event) => {
          (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
          setDrag({ from: shareAt(event), to: shareAt(event) });
        }}
        onPointerMove={(event) => drag && setDrag({ ...drag, to: shareAt(event) })}
        onPointerUp={finish}
        onDblClick={() => setWindow(null)}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {(zoomed || drag) && (
          <>
            <i class="shade" style={{ left: "0", width: `${from * 100}%` }} />
            <i class="shade" style={{ left: `${to * 100}%`, right: "0" }} />
          </>
        )}
      </div>
    </div>
  );
}

/** Spans in order, spread over the lines of the strip; errors on top of all. */
function drawSpans(tree: TraceTree): Draw {
  return (context, width, height) => {
    const colour = resolver();
    const perMs = width / Math.max(tree.durationMs, 1e-6);
    const lineHeight = (height - 4) / Math.min(LINES, Math.max(tree.nodes.length, 4));
    const lines = Math.floor((height - 4) / lineHeight);
    tree.nodes.forEach((node, index) => {
      const line = Math.floor((index / tree.nodes.length) * lines);
      context.fillStyle = node.error ? colour("--bad") : colour(serviceColour(node.span.service));
      const barWidth = Math.max(1, node.durationMs * perMs);
      context.fillRect(
        node.startMs * perMs,
        2 + line * lineHeight,
        barWidth,
        Math.max(1, Math.min(3, lineHeight - 1)),
      );
    });
  };
}
