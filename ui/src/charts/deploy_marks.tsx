// The lines that mark deploys over a plot, each with its release where there is room.
// Invariants: they never take a press or a move of the pointer from the plot; what a mark is about is
// told by the readout beside the pointer, and to assistive technology as a list.
import type uPlot from "uplot";
import type { JSX, RefObject } from "preact";
import type { Deploy } from "../api/errors";
import { deployLabel, deployText, placeLabels } from "./deploys";

/** More marks than this are a pattern and no longer read one by one. */
const MARKS_MAX = 60;

interface DeployMarksProps {
  deploys: readonly Deploy[];
  overlay: RefObject<HTMLDivElement | null>;
}

export function DeployMarks({ deploys, overlay }: DeployMarksProps): JSX.Element {
  return (
    <div
      class="chart-deploys"
      ref={overlay}
      role="list"
      aria-label="Deploys"
      hidden={deploys.length === 0}
    >
      {deploys.slice(0, MARKS_MAX).map((deploy) => (
        <span class="chart-deploy" key={deploy.id} role="listitem" aria-label={deployText(deploy)}>
          <span class="chart-deploy-label">{deployLabel(deploy)}</span>
        </span>
      ))}
    </div>
  );
}

/** Puts each mark at its time, and its label where it hides no other. */
export function placeDeploys(
  plot: uPlot,
  overlay: HTMLElement | null,
  deploys: readonly Deploy[],
): void {
  if (!overlay) return;
  const box = plot.over;
  overlay.style.left = `${box.offsetLeft}px`;
  overlay.style.top = `${box.offsetTop}px`;
  overlay.style.height = `${box.clientHeight}px`;
  const shown = deploys.slice(0, MARKS_MAX);
  const lines = shown.map((deploy) => ({
    x: plot.valToPos(Date.parse(deploy.at) / 1000, "x"),
    characters: deployLabel(deploy).length,
  }));
  const labels = placeLabels(lines, box.clientWidth);
  lines.forEach(({ x }, index) => {
    const mark = overlay.children[index] as HTMLElement | undefined;
    const label = mark?.firstElementChild as HTMLElement | null | undefined;
    if (!mark || !label) return;
    mark.hidden = x < 0 || x > box.clientWidth;
    mark.style.transform = `translateX(${x}px)`;
    const left = labels[index]?.left ?? null;
    label.hidden = left === null;
    if (left !== null) label.style.transform = `translateX(${left - x}px)`;
  });
}
