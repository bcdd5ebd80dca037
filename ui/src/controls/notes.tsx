// What a view says instead of data: a problem, nothing found, no telemetry yet.
// Invariants: a problem shows the server's detail, hint and location as they are, and the trace id
// where the fault is the server's; nothing
// here hides data that is still on screen.
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { range, refreshNow, setRange } from "../api/refresh";
import { useResource } from "../api/resource";
import { apiPath } from "../api/query";
import type { Problem, StorageReport } from "../api/types";
import { widenRange } from "../time/range";
import { setParams } from "../url/location";
import { CopyButton } from "./buttons";

export function ProblemNote({ problem }: { problem: Problem | null }): JSX.Element | null {
  if (!problem) return null;
  return (
    <div class="note bad" role="alert">
      <b>{problem.title}</b>
      <span>
        {problem.detail}
        {problem.location && (
          <>
            {" "}
            (at <span class="mono">{problem.location}</span>)
          </>
        )}
      </span>
      {problem.hint && <span class="note-hint">{problem.hint}</span>}
      {problem.trace_id && problem.status >= 500 && (
        <span class="note-hint">
          for a report: trace <span class="mono">{problem.trace_id}</span>
        </span>
      )}
    </div>
  );
}

export function Empty({
  title,
  children,
}: {
  title: string;
  children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty">
      <b>{title}</b>
      {children}
    </div>
  );
}

/** Offers a longer range where the range on show holds nothing. */
export function WidenButton(): JSX.Element {
  return (
    <button
      type="button"
      class="button"
      onClick={() => setRange(widenRange(range.value, Date.now()))}
    >
      Look twice as far
    </button>
  );
}

/** What to do where the conditions of a search leave nothing; `keys` are those of the conditions. */
export function ClearOrWiden({ keys }: { keys: readonly string[] }): JSX.Element {
  const clear = (): void => setParams(Object.fromEntries(keys.map((key) => [key, null])));
  return (
    <div class="row-of">
      <button type="button" class="button" onClick={clear}>
        Clear the conditions
      </button>
      <WidenButton />
    </div>
  );
}

function CommandLine({ text }: { text: string }): JSX.Element {
  return (
    <div class="command">
      <code>{text}</code>
      <CopyButton text={text} label={`copy ${text}`} />
    </div>
  );
}

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

/**
 * The lines that point a service's OpenTelemetry SDK at this server: at the port that serves the page,
 * which takes both protocols; where else the server listens, the page does not know.
 */
export function EndpointLines(): JSX.Element {
  const { origin, hostname } = window.location;
  return (
    <div class="commands">
      <CommandLine text={`export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`} />
      <span class="faint">over HTTP</span>
      <CommandLine text="export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf" />
      <span class="faint">or over gRPC</span>
      <CommandLine text="export OTEL_EXPORTER_OTLP_PROTOCOL=grpc" />
      {!LOOPBACK.test(hostname) && (
        <>
          <span class="faint">with a token of the scope ingest, made under Settings</span>
          <CommandLine text="export OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN" />
        </>
      )}
    </div>
  );
}

const LOOK_PERIOD_MS = 3_000;

/** Nothing in the range: either nothing was ever received, or the range is elsewhere. */
export function NoTelemetry({ what }: { what: string }): JSX.Element {
  const report = useResource<StorageReport>(apiPath("/monitoring/metrics"));
  const stored = (report.data?.signals ?? []).reduce(
    (sum, one) => sum + one.rows_buffered + one.rows_on_disk,
    0,
  );
  useEffect(() => {
    if (stored > 0) return;
    const timer = setInterval(() => !document.hidden && refreshNow(), LOOK_PERIOD_MS);
    return () => clearInterval(timer);
  }, [stored > 0]);
  if (!report.data && !report.problem) return <></>;
  if (stored > 0) {
    return (
      <Empty title={`No ${what} in this time range`}>
        <p>The server holds telemetry from other times, environments or services.</p>
        <div class="row-of">
          <WidenButton />
          <button
            type="button"
            class="button"
            onClick={() => setRange({ from: "-24h", to: "now" })}
          >
            Last 24 hours
          </button>
        </div>
      </Empty>
    );
  }
  return (
    <Empty title="Waiting for telemetry">
      <p>
        Point your service’s OpenTelemetry SDK here and restart it; what it sends shows within
        seconds.
      </p>
      <EndpointLines />
      <p class="faint">Looking every {LOOK_PERIOD_MS / 1000} seconds.</p>
    </Empty>
  );
}
