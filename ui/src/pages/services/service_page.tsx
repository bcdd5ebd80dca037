// One service: its rate, errors and durations, its operations, its slowest traces.
// Invariant: everything that is a number here leads to the traces or logs behind it.
import type { JSX } from "preact";
import { rangedPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { ServiceDetail, SlowTrace } from "../../api/types";
import { errorTone, Figure, Moment, Swatch, Tag } from "../../controls/figures";
import { NoTelemetry, ProblemNote } from "../../controls/notes";
import { claimColours } from "../../format/colour";
import { count, counted, durationMs, percent, rate } from "../../format/quantity";
import { useTitle } from "../../shell/title";
import { hrefTo } from "../../url/location";
import { errorsHref, requestsHref, slowHref } from "./links";
import { OperationsTable } from "./operations_table";
import { RedCharts } from "./red_charts";

export function ServicePage({ name }: { name: string }): JSX.Element {
  useTitle({ text: name, parent: { text: "Services", href: hrefTo("/services") } });
  claimColours([name]);
  const path = rangedPath(`/monitoring/services/${encodeURIComponent(name)}`);
  const { data, problem, stale } = useResource<ServiceDetail>(path);
  const missing = problem?.status === 404 || data?.requests === 0;
  return (
    <>
      {problem?.status !== 404 && <ProblemNote problem={problem} />}
      {missing && <NoTelemetry what={`requests to ${name}`} />}
      {data && !missing && (
        <div class={`stack ${stale ? "dimmed" : ""}`}>
          <Facts data={data} />
          <RedCharts
            series={data.series}
            slowTraces={data.slow_traces}
            from={data.from}
            to={data.to}
            stepSeconds={data.step_seconds}
          />
          <div class="split">
            <section class="panel">
              <h2 class="panel-head">
                <span>
                  Operations{" "}
                  <span class="panel-note">{counted(data.operations.length, "operation")}</span>
                </span>
              </h2>
              <OperationsTable service={name} operations={data.operations} />
            </section>
            <SlowestTraces service={name} traces={data.slow_traces} />
          </div>
        </div>
      )}
    </>
  );
}

function Facts({ data }: { data: ServiceDetail }): JSX.Element {
  const scope = { service: data.name };
  return (
    <section class="panel facts" aria-label="Summary">
      <a href={requestsHref(scope)}>
        Requests
        <b>
          <Figure of={rate(data.rate_per_second)} />
        </b>
      </a>
      <a href={errorsHref(scope)}>
        Errors
        <b class={errorTone(data.error_ratio)}>
          <Figure of={percent(data.error_ratio)} />
        </b>
      </a>
      <a href={slowHref(scope, data.p50_ms)}>
        p50
        <b>
          <Figure of={durationMs(data.p50_ms)} />
        </b>
      </a>
      <a href={slowHref(scope, data.p90_ms)}>
        p90
        <b>
          <Figure of={durationMs(data.p90_ms)} />
        </b>
      </a>
      <a href={slowHref(scope, data.p99_ms)}>
        p99
        <b>
          <Figure of={durationMs(data.p99_ms)} />
        </b>
      </a>
      <div>
        Instances
        <b>
          <Figure of={count(data.instances)} />
        </b>
      </div>
      <div>
        {data.versions.length === 1 ? "Version" : "Versions"}
        <b class="clip" title={data.versions.join(", ")}>
          {data.versions.slice(0, 3).join(", ") || "–"}
        </b>
      </div>
      <div>
        {data.environments.length === 1 ? "Environment" : "Environments"}
        <b class="clip" title={data.environments.join(", ")}>
          {data.environments.slice(0, 3).join(", ") || "–"}
        </b>
      </div>
      <span class="grow" />
      <a class="button" href={requestsHref(scope)}>
        Traces
      </a>
      <a class="button" href={hrefTo("/logs", scope)}>
        Logs
      </a>
      <a class="button" href={hrefTo("/errors", scope)}>
        Issues
      </a>
    </section>
  );
}

function Meter({ share, bad }: { share: number; bad: boolean }): JSX.Element {
  return (
    <span class="meter">
      <i style={{ width: `${share * 100}%` }} class={bad ? "bad" : ""} />
    </span>
  );
}

function SlowestTraces({
  service,
  traces,
}: {
  service: string;
  traces: readonly SlowTrace[];
}): JSX.Element {
  const longest = traces.reduce((most, trace) => Math.max(most, trace.duration_ms), 0);
  const slowest = [...traces].sort((a, b) => b.duration_ms - a.duration_ms);
  return (
    <section class="panel">
      <h2 class="panel-head">
        Slowest traces
        <a class="link" href={slowHref({ service }, null)}>
          All by duration
        </a>
      </h2>
      <ul class="items">
        {slowest.map((trace) => (
          <li key={`${trace.trace_id}${trace.time}`}>
            <a class="slow-trace" href={hrefTo(`/traces/${trace.trace_id}`)}>
              <span class="slow-trace-line">
                <span class="clip">{trace.name}</span>
                {trace.error && <Tag tone="bad">error</Tag>}
                <Figure of={durationMs(trace.duration_ms)} />
              </span>
              <span class="slow-trace-line">
                <Meter share={trace.duration_ms / longest} bad={trace.error} />
                <Moment at={trace.time} digits={0} />
              </span>
            </a>
          </li>
        ))}
      </ul>
      {traces.length === 0 && (
        <p class="calm">
          <Swatch service={service} />
          No requests in this range
        </p>
      )}
    </section>
  );
}
