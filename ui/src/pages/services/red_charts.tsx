// The two charts of requests: rate with failures, and latency with its slow traces.
// Invariant: both span the range of the answer, so they line up with each other.
import type { JSX } from "preact";
import { Chart, spanOf } from "../../charts/chart";
import type { Dot, Line } from "../../charts/plot";
import type { RedSeries, SlowTrace } from "../../api/types";
import { durationMs, significant, text } from "../../format/quantity";
import { clock, nanoOf } from "../../format/time";
import { hrefTo } from "../../url/location";

interface RedChartsProps {
  series: RedSeries;
  slowTraces: readonly SlowTrace[];
  from: string;
  to: string;
  stepSeconds: number;
}

export function RedCharts(props: RedChartsProps): JSX.Element {
  const { series, from, to } = props;
  const common = { times: series.times, stepSeconds: props.stepSeconds, ...spanOf({ from, to }) };
  const traffic: Line[] = [
    { label: "all", colour: "--s1", values: series.rate, fill: true },
    { label: "failed", colour: "--bad", values: series.errors },
  ];
  const latency: Line[] = [
    { label: "p99", colour: "--s3", values: series.p99_ms },
    ...(series.p90_ms ? [{ label: "p90", colour: "--s4", values: series.p90_ms, dim: true }] : []),
    { label: "p50", colour: "--s3", values: series.p50_ms, dim: true },
  ];
  return (
    <div class="pair">
      <section class="panel">
        <ChartHead title="Traffic" note="requests per second" lines={traffic} />
        <Chart
          label="Traffic, requests per second"
          lines={traffic}
          format={significant}
          {...common}
        />
      </section>
      <section class="panel">
        <ChartHead
          title="Latency"
          note="of requests"
          lines={latency}
          dots={props.slowTraces.length > 0}
        />
        <Chart
          label="Latency of requests"
          lines={latency}
          dots={dotsOf(props.slowTraces)}
          format={formatMs}
          {...common}
        />
      </section>
    </div>
  );
}

const formatMs = (value: number): string => text(durationMs(value));

function dotsOf(traces: readonly SlowTrace[]): Dot[] {
  return traces.map((trace) => {
    const nano = nanoOf(trace.time) ?? 0n;
    return {
      time: Date.parse(trace.time) / 1000,
      value: trace.duration_ms,
      href: hrefTo(`/traces/${trace.trace_id}`),
      title: [
        `${clock(nano)} ${trace.service} ${trace.name}: ${formatMs(trace.duration_ms)}`,
        ...(trace.error ? ["failed"] : []),
      ].join(", "),
      bad: trace.error,
    };
  });
}

interface ChartHeadProps {
  title: string;
  note: string;
  lines: readonly Line[];
  dots?: boolean;
}

export function ChartHead({ title, note, lines, dots }: ChartHeadProps): JSX.Element {
  return (
    <h2 class="panel-head">
      <span>
        {title} <span class="panel-note">{note}</span>
      </span>
      <span class="legend" aria-hidden="true">
        {lines.map((line) => (
          <span key={line.label}>
            <i style={{ background: `var(${line.colour})`, opacity: line.dim ? 0.5 : 1 }} />
            {line.label}
          </span>
        ))}
        {dots && (
          <span>
            <i class="ring" />a slow trace
          </span>
        )}
      </span>
    </h2>
  );
}
