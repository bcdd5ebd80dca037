// The first view: is anything wrong, where, since when.
// Invariants: one request feeds the whole view, so its figures agree with each other; a server that
// is minutes old is shown over minutes, unless the address asks for a range.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { rangedPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { Dashboard } from "../../api/types";
import { NoTelemetry, ProblemNote } from "../../controls/notes";
import { claimColours } from "../../format/colour";
import { knownServices } from "../../shell/search";
import { useTitle } from "../../shell/title";
import { rangeForAge } from "../../time/range";
import { hrefTo, param, setParams } from "../../url/location";
import { RedCharts } from "../services/red_charts";
import { ServicesTable } from "../services/services_table";
import { Firing, RecentErrors } from "./side_lists";
import { Tiles } from "./tiles";

export function OverviewPage(): JSX.Element {
  useTitle({ text: "Overview" });
  const { data, problem, stale } = useResource<Dashboard>(rangedPath("/monitoring/dashboard"));
  const names = data?.services.map((service) => service.name).join("\n") ?? "";
  if (data) claimColours(data.services.map((service) => service.name));
  useEffect(() => {
    if (names) knownServices.value = names.split("\n");
  }, [names]);
  useEffect(() => {
    if (data && !wasFitted) fitRange(data);
  }, [data]);
  const isEmpty =
    data !== null &&
    data.services.length === 0 &&
    data.signals.spans + data.signals.logs + data.signals.samples === 0;
  return (
    <>
      <ProblemNote problem={problem} />
      {isEmpty && <NoTelemetry what="telemetry" />}
      {data && !isEmpty && <Board data={data} stale={stale} />}
    </>
  );
}

/** Whether the range was looked at since the page was loaded; after that it is the person's. */
let wasFitted = false;

function fitRange(data: Dashboard): void {
  wasFitted = true;
  if (param("from") !== "" || param("to") !== "") return;
  const young = rangeForAge(ageMs(data));
  if (young) setParams({ from: young.from }, { replace: true });
}

/** How long ago the first request was, where there were none before the range; else endless. */
function ageMs({ series, to, requests }: Dashboard): number {
  const first = series.times[series.rate.findIndex((rate) => (rate ?? 0) > 0)];
  const hadEarlier = (requests.previous_rate_per_second ?? 0) > 0;
  return first === undefined || hadEarlier ? Infinity : Date.parse(to) - first * 1000;
}

function Board({ data, stale }: { data: Dashboard; stale: boolean }): JSX.Element {
  return (
    <div class={`stack ${stale ? "dimmed" : ""}`}>
      <Tiles data={data} />
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
            Services
            <span class="row-of">
              <a class="link" href={hrefTo("/map")}>
                Service map
              </a>
              <a class="link" href={hrefTo("/services")}>
                All services
              </a>
            </span>
          </h2>
          <ServicesTable services={data.services} />
        </section>
        <div class="stack">
          <Firing alerts={data.alerts.firing} />
          <RecentErrors errors={data.recent_errors} />
        </div>
      </div>
    </div>
  );
}
