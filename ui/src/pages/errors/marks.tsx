// The small signs of issues: level, badges, who has it, the shape of its events.
// Invariant: nothing is told by colour alone; each sign has its word for assistive technology.
import type { JSX } from "preact";
import type { Issue, Level, Status } from "../../api/errors";
import { nowMs } from "../../api/refresh";
import { Tag } from "../../controls/figures";
import { nanoOf, short } from "../../format/time";
import { badgesOf, initials, levelColour } from "../../errors/badges";

export function LevelMark({ level }: { level: Level }): JSX.Element {
  return (
    <i class="level-mark" style={{ background: `var(${levelColour(level)})` }} title={level}>
      <span class="unseen">{level}</span>
    </i>
  );
}

export function Badges({ of: issue, shown }: { of: Issue; shown?: Status | "all" }): JSX.Element {
  return (
    <>
      {badgesOf(issue, shown).map((badge) => (
        <span key={badge.text} title={badge.title}>
          <Tag tone={badge.tone}>{badge.text}</Tag>
        </span>
      ))}
    </>
  );
}

/** Initials in a disc; a dashed one for nobody. */
export function Person({ name }: { name: string | null }): JSX.Element {
  if (!name) return <i class="person nobody" title="nobody has it" />;
  return (
    <i class="person" title={name}>
      <span aria-hidden="true">{initials(name)}</span>
      <span class="unseen">{name}</span>
    </i>
  );
}

const RFC_3339 = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})/g;

/** A sentence of the server with its times as people read them. */
export function withTimes(sentence: string, now = nowMs.value): string {
  return sentence.replace(RFC_3339, (text) => {
    const nano = nanoOf(text);
    return nano === null ? text : short(nano, now, 0);
  });
}

const BARS_MAX = 42;

/** Events over the range as bars, several steps to a bar where there are many. */
export function barsOf(series: readonly number[], most = BARS_MAX): number[] {
  const size = Math.max(1, Math.ceil(series.length / most));
  const bars: number[] = [];
  for (let at = 0; at < series.length; at += size) {
    let sum = 0;
    for (const value of series.slice(at, at + size)) sum += value;
    bars.push(sum);
  }
  return bars;
}

const [WIDTH, HEIGHT] = [126, 26];
const BAR_PX_MAX = 8;

export function EventBars({ series }: { series: readonly number[] }): JSX.Element {
  const bars = barsOf(series);
  const high = bars.reduce((most, value) => Math.max(most, value), 1);
  const step = WIDTH / Math.max(1, bars.length);
  const gap = step > 2.4 ? 1 : 0;
  const path = bars
    .map((value, index) => {
      const height = value === 0 ? 1 : Math.max(2, (value / high) * (HEIGHT - 1));
      const [x, width] = [index * step, Math.max(0.6, Math.min(BAR_PX_MAX, step - gap))];
      return `M${x.toFixed(1)},${HEIGHT}v${(-height).toFixed(1)}h${width.toFixed(1)}V${HEIGHT}z`;
    })
    .join("");
  return (
    <svg class="event-bars" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
      <title>{`at most ${high} events at a time`}</title>
      <path d={path} />
    </svg>
  );
}
