// Dragging across a chart sets the time range of the page, with the mouse or with a finger.
// Invariants: uPlot itself follows the mouse alone; a finger that moves up or down scrolls the page
// (`touch-action` in the style sheet), and one that taps reads the values there.
import type uPlot from "uplot";
import { setRange } from "../api/refresh";
import { absoluteRange } from "../time/range";

const DRAG_PX_MIN = 4;
const NOTHING = { left: 0, top: 0, width: 0, height: 0 };
const OUTSIDE = { left: -10, top: -10 };

export const zoom: uPlot.Plugin = { hooks: { init: followFinger, setSelect: take } };

function take(plot: uPlot): void {
  const { left, width } = plot.select;
  plot.setSelect(NOTHING, false);
  if (width < DRAG_PX_MIN) return;
  const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  setRange(absoluteRange(from * 1000, to * 1000));
}

function followFinger(plot: uPlot): void {
  const { over } = plot;
  let start: number | null = null;
  const select = (to: number, isDone: boolean): void => {
    const from = start ?? to;
    const height = over.clientHeight;
    plot.setSelect(
      { left: Math.min(from, to), top: 0, width: Math.abs(to - from), height },
      isDone,
    );
  };
  const leftOf = (event: PointerEvent): number => {
    const left = event.clientX - over.getBoundingClientRect().left;
    return Math.max(0, Math.min(over.clientWidth, left));
  };
  over.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" && event.isPrimary) start = leftOf(event);
  });
  over.addEventListener("pointermove", (event) => {
    if (start === null || !event.isPrimary) return;
    plot.setCursor({ left: leftOf(event), top: event.offsetY });
    select(leftOf(event), false);
  });
  const end = (event: PointerEvent): void => {
    if (start === null || !event.isPrimary) return;
    // The browser cancels when it scrolls the page instead.
    const to = event.type === "pointerup" ? leftOf(event) : start;
    plot.setCursor(OUTSIDE);
    select(to, true);
    start = null;
  };
  over.addEventListener("pointerup", end);
  over.addEventListener("pointercancel", end);
}
