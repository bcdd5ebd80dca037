// Dots over a plot that are links: slow traces, exemplars.
// Invariant: a dot stays within the plot; above the axis it sits at the top.
import type uPlot from "uplot";
import type { JSX, RefObject } from "preact";
import type { Dot } from "./plot";

interface DotsProps {
  dots: readonly Dot[];
  overlay: RefObject<HTMLDivElement | null>;
}

export function Dots({ dots, overlay }: DotsProps): JSX.Element {
  return (
    <div class="chart-dots" ref={overlay}>
      {dots.map((dot) => (
        <a
          key={dot.href}
          href={dot.href}
          class={`chart-dot ${dot.bad ? "bad" : ""}`}
          title={dot.title}
          aria-label={dot.title}
        />
      ))}
    </div>
  );
}

/** Puts each dot where its time and value are; `heightOf` turns a value into one of the axis. */
export function placeDots(
  plot: uPlot,
  overlay: HTMLElement | null,
  dots: readonly Dot[],
  heightOf: (value: number) => number = (value) => value,
): void {
  if (!overlay) return;
  const box = plot.over;
  overlay.style.left = `${box.offsetLeft}px`;
  overlay.style.top = `${box.offsetTop}px`;
  dots.forEach((dot, index) => {
    const element = overlay.children[index] as HTMLElement | undefined;
    if (!element) return;
    const x = plot.valToPos(dot.time, "x");
    const y = Math.max(0, plot.valToPos(heightOf(dot.value), "y"));
    element.hidden = x < 0 || x > box.clientWidth;
    element.style.transform = `translate(${x}px, ${y}px)`;
  });
}
