// Small pieces of text that carry data: a figure with its fainter unit, a moment, a service, a tag.
// Invariant: every moment is a <time> with UTC in its tooltip.
import type { ComponentChildren, JSX } from "preact";
import { nowMs } from "../api/refresh";
import { serviceColour } from "../format/colour";
import type { Quantity } from "../format/quantity";
import * as time from "../format/time";

export function Figure({ of }: { of: Quantity }): JSX.Element {
  const spaced = /^[a-zµ]/i.test(of.unit);
  return (
    <span class="figure">
      {of.value}
      {of.unit !== "" && <span class="unit">{spaced ? `\u00a0${of.unit}` : of.unit}</span>}
    </span>
  );
}

interface MomentProps {
  at: bigint | string | null;
  /** `short`: clock today, with the day otherwise; `ago`: how long since. */
  as?: "short" | "ago" | "full";
  digits?: number;
}

export function Moment({ at, as = "short", digits = 3 }: MomentProps): JSX.Element {
  const nano = typeof at === "string" ? time.nanoOf(at) : at;
  if (nano === null) return <span class="faint">–</span>;
  const ms = time.msOf(nano);
  const texts = {
    short: () => time.short(nano, nowMs.value, digits),
    ago: () => time.ago(ms, nowMs.value),
    full: () => time.full(nano),
  };
  return (
    <time dateTime={new Date(ms).toISOString()} title={`${time.full(nano)}\n${time.utc(nano)}`}>
      {texts[as]()}
    </time>
  );
}

export function Swatch({ service }: { service: string }): JSX.Element {
  return <i class="swatch" style={{ background: serviceColour(service) }} aria-hidden="true" />;
}

export function ServiceName({ name }: { name: string }): JSX.Element {
  return (
    <span class="service">
      <Swatch service={name} />
      <span class="clip">{name}</span>
    </span>
  );
}

export type Tone = "plain" | "ok" | "warn" | "bad";

export function Tag({
  tone = "plain",
  children,
}: {
  tone?: Tone;
  children: ComponentChildren;
}): JSX.Element {
  return <span class={`tag ${tone}`}>{children}</span>;
}

/** The tone of an error ratio: a hundredth is bad, half of that a warning. */
export function errorTone(ratio: number): "" | "warn" | "bad" {
  return ratio >= 0.01 ? "bad" : ratio >= 0.005 ? "warn" : "";
}
