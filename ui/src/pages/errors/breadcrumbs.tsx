// What led to an event, in order of time, the last before it at the bottom.
// Invariant: times are told as how long before the event, since that is what they are read for.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Breadcrumb } from "../../api/errors";
import { levelColour, visible } from "../../errors/badges";
import { bounded, pairsOf, valueText } from "../../errors/values";
import { counted, durationMs, text } from "../../format/quantity";

interface BreadcrumbsProps {
  crumbs: readonly Breadcrumb[];
  eventTime: string;
}

const SHOWN = 12;

export function Breadcrumbs({ crumbs, eventTime }: BreadcrumbsProps): JSX.Element | null {
  const [whole, setWhole] = useState(false);
  if (crumbs.length === 0) return null;
  const shown = whole ? crumbs : crumbs.slice(-SHOWN);
  return (
    <section class="panel" aria-label="Breadcrumbs">
      <h2 class="panel-head">
        <span>
          Breadcrumbs <span class="panel-note">what came before</span>
        </span>
        {shown.length < crumbs.length && (
          <button type="button" class="link" onClick={() => setWhole(true)}>
            {counted(crumbs.length - shown.length, "earlier one")}
          </button>
        )}
      </h2>
      <ol class="breadcrumbs">
        {shown.map((crumb, index) => (
          <Crumb key={crumbs.length - shown.length + index} of={crumb} eventTime={eventTime} />
        ))}
      </ol>
    </section>
  );
}

const TEXT_MAX = 2_000;

function Crumb({ of: crumb, eventTime }: { of: Breadcrumb; eventTime: string }): JSX.Element {
  const data = pairsOf(crumb.data);
  return (
    <li class={`breadcrumb ${crumb.level}`}>
      <i style={{ background: `var(${levelColour(crumb.level || "info")})` }} title={crumb.level} />
      <span class="breadcrumb-category clip">
        {visible(crumb.category || crumb.type || "default")}
      </span>
      <span class="breadcrumb-text">
        {crumb.message && <span>{visible(bounded(crumb.message, TEXT_MAX).text)}</span>}
        {data?.map(([key, value]) => (
          <span class="breadcrumb-data" key={key}>
            <span class="faint">{visible(key)}</span>{" "}
            {visible(bounded(valueText(value), TEXT_MAX).text)}
          </span>
        ))}
      </span>
      <span class="faint figure">{before(crumb.time, eventTime)}</span>
    </li>
  );
}

/** "−4.2 s"; nothing where either time is not known. */
export function before(time: string | null, eventTime: string): string {
  const ms = time === null ? NaN : Date.parse(eventTime) - Date.parse(time);
  if (!Number.isFinite(ms)) return "";
  if (Math.abs(ms) < 1) return "0 s";
  return `${ms > 0 ? "−" : "+"}${text(durationMs(Math.abs(ms)))}`;
}
