// A canvas that fits its element at the screen's resolution and redraws with it.
// Invariant: colours are resolved from the tokens at drawing time, so a theme change redraws right.
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { theme } from "../../shell/theme";

export type Draw = (context: CanvasRenderingContext2D, width: number, height: number) => void;

export function useCanvas(
  ref: RefObject<HTMLCanvasElement | null>,
  draw: Draw,
  inputs: readonly unknown[],
): void {
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    const redraw = (): void => {
      const ratio = window.devicePixelRatio || 1;
      const { clientWidth: width, clientHeight: height } = canvas;
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      draw(context, width, height);
    };
    const observer = new ResizeObserver(redraw);
    observer.observe(canvas);
    void document.fonts.ready.then(redraw);
    return () => observer.disconnect();
  }, [...inputs, theme.value]);
}

/** Resolves `var(--s3)` or `--text` to a colour for the canvas. */
export function resolver(): (token: string) => string {
  const style = getComputedStyle(document.documentElement);
  const known = new Map<string, string>();
  return (token) => {
    const name = token.replace(/^var\(|\)$/g, "");
    const found = known.get(name) ?? style.getPropertyValue(name).trim();
    known.set(name, found);
    return found;
  };
}
