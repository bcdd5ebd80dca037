// The row that the keyboard is at, in a list that may grow at the top.
// Invariants: the active row has the focus and is in sight; it stays the same row when others arrive
// above it, and then the page scrolls along, so that nothing that is being read moves.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useListKeys } from "../shell/keyboard";
import type { RowLayout } from "./layout";
import { revealRow } from "./virtual_rows";

interface ActiveRowOptions {
  root: RefObject<HTMLElement | null>;
  body: RefObject<HTMLElement | null>;
  layout: RowLayout;
  /** Rows that the last refresh put before the first; changes identity with every refresh. */
  prepended?: { count: number } | undefined;
  onOpen: (index: number) => void;
}

export function useActiveRow(options: ActiveRowOptions): [number, (index: number) => void] {
  const { root, body, layout, prepended } = options;
  const [active, setActive] = useState(-1);
  const seen = useRef(prepended);
  useLayoutEffect(() => {
    if (!prepended || prepended === seen.current) return;
    seen.current = prepended;
    setActive((now) => (now < 0 ? now : now + prepended.count));
    const top = body.current?.getBoundingClientRect().top ?? 0;
    if (top < 0) window.scrollBy(0, prepended.count * layout.rowHeight);
  }, [prepended]);
  useListKeys({
    element: () => root.current,
    move: (by) => {
      const next = Math.max(0, Math.min(layout.count - 1, active + by));
      setActive(next);
      revealRow(body.current, layout, next);
    },
    open: () => options.onOpen(active),
  });
  useEffect(() => {
    const row = root.current?.querySelector<HTMLElement>(`[data-index="${active}"]`);
    row?.focus({ preventScroll: true });
  }, [active]);
  return [active, setActive];
}
