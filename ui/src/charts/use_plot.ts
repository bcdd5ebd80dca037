// A uPlot inside an element: made once per kind, resized with the element, given new data in place.
// Invariant: a plot that is gone is destroyed, and nothing touches it afterwards.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface PlotSource {
  /** A change of this makes a new plot. */
  kind: string;
  height: number;
  options: (width: number, height: number) => uPlot.Options;
  data: () => uPlot.AlignedData;
  /** What the data depends on. */
  inputs: readonly unknown[];
}

export function usePlot(
  host: RefObject<HTMLDivElement | null>,
  source: PlotSource,
): RefObject<uPlot | null> {
  const plot = useRef<uPlot | null>(null);
  const { height } = source;
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const made = new uPlot(source.options(element.clientWidth, height), source.data(), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    void document.fonts.ready.then(() => plot.current === made && made.redraw());
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [source.kind, height]);
  useEffect(() => {
    plot.current?.setData(source.data());
  }, source.inputs);
  return plot;
}
