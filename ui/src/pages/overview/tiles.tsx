// The figures on top of the overview, each with how it stands to the window before.
// Invariant: every figure is a link to the requests or records it counts.
import type { ComponentChildren, JSX } from "preact";
import { nowMs, range } from "../../api/refresh";
import type { Dashboard } from "../../api/types";
import { errorTone, Figure } from "../../controls/figures";
import { Triangle } from "../../controls/icons";
import {
  change,
  compact,
  durationMs,
  percent,
  rate,
  text,
  type Change,
  type Quantity,
} from "../../format/quantity";
import { rangeLengthMs } from "../../time/range";
import { hrefTo } from "../../url/location";
import { errorsHref, requestsHref, slowHref } from "../services/links";

export function Tiles({ data }: { data: Dashboard }): JSX.Element {
  const { requests, errors, latency } = data;
  const before = `the ${lengthText(rangeLengthMs(range.value, nowMs.value))} before`;
  // Without requests before there is nothing to compare with, also not an error ratio of 0.
  const hadRequests = (requests.previous_rate_per_second ?? 0) > 0;
  const against = (now: number | null, then: number | null): Change | null =>
    hadRequests ? change(now, then) : null;
  const traffic = against(requests.rate_per_second, requests.previous_rate_per_second);
  const failing = against(errors.ratio, errors.previous_ratio);
  const slower = against(latency.p99_ms, latency.previous_p99_ms);
  const nothingBefore = hadRequests ? `none in ${before}` : "nothing to compare with yet";
  return (
    <div class="tiles">
      <Tile
        label="Requests"
        aside={`${compact(requests.count).value} in all`}
        figure={rate(requests.rate_per_second)}
        href={requestsHref({})}
      >
        {traffic ? <Trend of={traffic} before={before} /> : `none in ${before}`}
      </Tile>
      <Tile
        label="Errors"
        aside={`${compact(errors.count).value} failed`}
        figure={percent(errors.ratio)}
        href={errorsHref({})}
        tone={errorTone(errors.ratio)}
      >
        {failing ? (
          <Trend of={failing} before={before} from={percent(errors.previous_ratio)} worseUp />
        ) : (
          nothingBefore
        )}
      </Tile>
      <Tile
        label="p99 latency"
        aside={`p50 ${text(durationMs(latency.p50_ms))}`}
        figure={durationMs(latency.p99_ms)}
        href={slowHref({}, latency.p99_ms)}
      >
        {slower ? (
          <Trend of={slower} before={before} from={durationMs(latency.previous_p99_ms)} worseUp />
        ) : (
          nothingBefore
        )}
      </Tile>
      <Received signals={data.signals} />
    </div>
  );
}

/** "hour", "15 min": how long the window before was. */
function lengthText(ms: number): string {
  const length = text(durationMs(ms)).replaceAll("\u00a0", " ");
  const single: Record<string, string> = { "1 h": "hour", "1 d": "day", "1 min": "minute" };
  return single[length] ?? length;
}

interface TileProps {
  label: string;
  /** A second figure, beside the label. */
  aside: string;
  figure: Quantity;
  href: string;
  tone?: string;
  children: ComponentChildren;
}

function Tile({ label, aside, figure, href, tone, children }: TileProps): JSX.Element {
  return (
    <a class="panel tile" href={href}>
      <span class="tile-label">
        {label}
        <span class="figure">{aside}</span>
      </span>
      <strong class={tone ?? ""}>
        <Figure of={figure} />
      </strong>
      <small>{children}</small>
    </a>
  );
}

interface TrendProps {
  of: Change;
  before: string;
  from?: Quantity;
  /** Whether more is worse; then a rise of a tenth and more is set in the colour of trouble. */
  worseUp?: boolean;
}

function Trend({ of, before, from, worseUp }: TrendProps): JSX.Element {
  if (of.direction === "same") return <>as in {before}</>;
  const isBad = worseUp === true && of.direction === "up" && !/^[0-9]%$/.test(of.text);
  return (
    <span class={isBad ? "bad" : ""}>
      <Triangle up={of.direction === "up"} /> {from ? `from ${text(from)}` : of.text}{" "}
      {from ? "in" : "on"} {before}
    </span>
  );
}

function Received({ signals }: { signals: Dashboard["signals"] }): JSX.Element {
  return (
    <div class="panel tile received">
      <span class="tile-label">Received in this range</span>
      <div class="received-figures">
        <a href={hrefTo("/traces")}>
          <strong>
            <Figure of={compact(signals.spans)} />
          </strong>
          <small>spans</small>
        </a>
        <a href={hrefTo("/logs")}>
          <strong>
            <Figure of={compact(signals.logs)} />
          </strong>
          <small>log records</small>
        </a>
        <a href={hrefTo("/settings")}>
          <strong>
            <Figure of={compact(signals.samples)} />
          </strong>
          <small>samples</small>
        </a>
      </div>
    </div>
  );
}
