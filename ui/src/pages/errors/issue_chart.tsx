// How many events of an issue there were when; deploys are marked as on every chart.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { IssueDetail } from "../../api/errors";
import { Chart, spanOf } from "../../charts/chart";
import type { Line } from "../../charts/plot";
import { compact, counted, durationMs, text } from "../../format/quantity";

export function IssueChart({ issue }: { issue: IssueDetail }): JSX.Element {
  const { series, step_seconds: step } = issue;
  const span = spanOf(issue);
  // Steps are cut at whole multiples of their length, so that a moving range keeps its cuts.
  const first = Math.floor(span.from / step) * step;
  const times = useMemo(() => series.map((_, index) => first + index * step), [issue]);
  const lines = useMemo<Line[]>(
    () => [{ label: "events", colour: "--bad", values: series }],
    [issue],
  );
  return (
    <section class="panel issue-chart">
      <h2 class="panel-head">
        <span>
          {counted(issue.events, "event")}{" "}
          <span class="panel-note">
            one bar is {text(durationMs(step * 1000)).replace("\u00a0", " ")}
          </span>
        </span>
        <span class="panel-note clip">
          {issue.environments
            .slice(0, 4)
            .map(({ name, events }) => `${name || "no environment"} ${compact(events).value}`)
            .join(" · ")}
        </span>
      </h2>
      <Chart
        label="Events"
        times={times}
        lines={lines}
        style="bar"
        stepSeconds={step}
        {...span}
        format={(value) => text(compact(value))}
        height={92}
      />
    </section>
  );
}
