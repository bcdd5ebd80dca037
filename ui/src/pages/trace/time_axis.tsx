// The four quarters of the window on show, above the bars.
import type { JSX } from "preact";
import { durationMs, text } from "../../format/quantity";
import type { TimeWindow } from "../../trace/window";

export function TimeAxis({ shown }: { shown: TimeWindow }): JSX.Element {
  const length = shown.toMs - shown.fromMs;
  const ticks = [0, 1, 2, 3, 4].map((quarter) => shown.fromMs + (length * quarter) / 4);
  const label = (ms: number): string => (ms === 0 ? "0" : text(durationMs(ms, 4)));
  return (
    <div class="axis" aria-hidden="true">
      <span />
      <div>
        {ticks.map((ms, index) => (
          <span key={index} style={{ left: `${index * 25}%` }}>
            {label(ms)}
          </span>
        ))}
      </div>
    </div>
  );
}
