// The service map: who calls whom, how often, how well.
// Invariants: picture and table show the same figures; which of the two is in the address; the map
// follows the range and environment of the page.
import type { JSX } from "preact";
import "../../styles/map.css";
import { rangedPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { ServiceMap } from "../../api/types";
import { Segmented } from "../../controls/buttons";
import { Empty, EndpointLines, ProblemNote, WidenButton } from "../../controls/notes";
import { claimColours } from "../../format/colour";
import { counted } from "../../format/quantity";
import { useTitle } from "../../shell/title";
import { param, setParams } from "../../url/location";
import { MapGraph } from "./map_graph";
import { MapTables } from "./map_tables";

export function MapPage(): JSX.Element {
  useTitle({ text: "Service map" });
  const { data, problem, stale } = useResource<ServiceMap>(rangedPath("/monitoring/service-map"));
  const view = param("view") === "table" ? "table" : "map";
  if (data)
    claimColours(data.nodes.filter((node) => node.kind === "service").map((node) => node.name));
  return (
    <>
      <ProblemNote problem={problem} />
      {data?.nodes.length === 0 && <NoCalls />}
      {data && data.nodes.length > 0 && (
        <section class={`panel ${stale ? "dimmed" : ""}`} aria-label="Service map">
          <h2 class="panel-head">
            <span>
              {summary(data)}{" "}
              <span class="panel-note">{counted(data.edges.length, "call path")}</span>
            </span>
            <Segmented
              label="Show as"
              value={view}
              options={[
                { value: "map", label: "Map" },
                { value: "table", label: "Table" },
              ]}
              onChange={(next) =>
                setParams({ view: next === "map" ? null : next }, { replace: true })
              }
            />
          </h2>
          {view === "map" ? <MapGraph map={data} /> : <MapTables map={data} />}
        </section>
      )}
    </>
  );
}

function summary({ nodes }: ServiceMap): string {
  const services = nodes.filter((node) => node.kind === "service").length;
  const others = nodes.filter((node) => !["service", "user"].includes(node.kind)).length;
  return [
    counted(services, "service"),
    ...(others > 0 ? [`${counted(others, "dependency", "dependencies")}`] : []),
  ].join(", ");
}

function NoCalls(): JSX.Element {
  return (
    <Empty title="No calls in this time range">
      <p>
        The map draws itself from spans. A service appears once its requests arrive; a line to
        another service needs both to pass on the trace context (<code>traceparent</code>), as
        OpenTelemetry’s SDKs do by themselves; a database or queue needs client spans that name it (
        <code>db.system.name</code>, <code>messaging.system</code>).
      </p>
      <EndpointLines />
      <WidenButton />
    </Empty>
  );
}
