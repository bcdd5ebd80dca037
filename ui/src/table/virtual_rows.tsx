// Draws only the rows of a long list that are near the window.
// Invariants: the page itself scrolls, lists never have a scroll bar of their own; the number of
// elements depends on the window's height, not on the number of rows.
import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { RowLayout } from "./layout";

const OVERSCAN_PX = 320;

interface Visible {
  start: number;
  end: number;
}

interface VirtualRowsProps {
  layout: RowLayout;
  render: (index: number) => ComponentChildren;
  /** Called when the end of the list comes near. */
  onNearEnd?: (() => void) | undefined;
  handle?: RefObject<HTMLDivElement | null>;
  role?: "rowgroup" | "presentation";
}

export function VirtualRows({
  layout,
  render,
  onNearEnd,
  handle,
  role = "rowgroup",
}: VirtualRowsProps): JSX.Element {
  const own = useRef<HTMLDivElement>(null);
  const ref = handle ?? own;
  const [visible, setVisible] = useState<Visible>({ start: 0, end: Math.min(layout.count, 60) });
  const latest = useRef({ layout, onNearEnd });
  latest.current = { layout, onNearEnd };

  const measure = (): void => {
    const element = ref.current;
    if (!element) return;
    const next = visibleRows(element, latest.current.layout);
    setVisible((now) => (now.start === next.start && now.end === next.end ? now : next));
    if (next.end >= latest.current.layout.count - 10) latest.current.onNearEnd?.();
  };
  useLayoutEffect(measure, [layout]);
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    window.addEventListener("scroll", measure, { passive: true });
    window.addEventListener("resize", measure);
    return () => {
      observer.disconnect();
      window.removeEventListener("scroll", measure);
      window.removeEventListener("resize", measure);
    };
  }, []);

  const start = Math.min(visible.start, layout.count);
  const end = Math.min(visible.end, layout.count);
  const rows: ComponentChildren[] = [];
  for (let index = start; index < end; index += 1) rows.push(render(index));
  return (
    <div
      class="virtual"
      role={role}
      ref={ref}
      style={{ height: `${layout.offsetOf(layout.count)}px` }}
    >
      <div
        class="virtual-window"
        role="presentation"
        style={{ transform: `translateY(${layout.offsetOf(start)}px)` }}
      >
        {rows}
      </div>
    </div>
  );
}

function visibleRows(element: HTMLElement, layout: RowLayout): Visible {
  const top = element.getBoundingClientRect().top;
  const start = layout.indexAt(-top - OVERSCAN_PX);
  const end = layout.indexAt(window.innerHeight - top + OVERSCAN_PX) + 1;
  return { start, end: Math.min(end, layout.count) };
}

/** Scrolls the page so that a row is in sight, clear of the sticky header. */
export function revealRow(element: HTMLElement | null, layout: RowLayout, index: number): void {
  if (!element) return;
  const top = element.getBoundingClientRect().top + layout.offsetOf(index);
  const headerPx = 96;
  const below = top + layout.rowHeight + 24 - window.innerHeight;
  if (top < headerPx) window.scrollBy(0, top - headerPx);
  else if (below > 0) window.scrollBy(0, below);
}
