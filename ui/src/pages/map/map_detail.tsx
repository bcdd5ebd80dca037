// Under the map: the figures of what is pointed at or focused, and its calls in both directions.
// Invariant: it keeps its height, so that the page does not move while a pointer wanders.
import type { ComponentChildren, JSX } from "preact";
import type { MapEdge, MapFigures, ServiceMap } from "../../api/types";
import { Figure } from "../../controls/figures";
import { durationMs, percent, rate } from "../../format/quantity";
import type { Active } from "./map_graph";
import { kindText, toneOf } from "./map_look";

export function MapDetail({ active, map }: { active: Active; map: ServiceMap }): JSX.Element {
  return (
    <div class="map-detail">
      {active === null ? (
        <Hint />
      ) : "edge" in active ? (
        <Facts title={callTitle(active.edge, map)} of={active.edge} />
      ) : (
        <>
          <Facts
            title={
              <>
                {active.node.name} <span class="panel-note">{kindText(active.node)}</span>
              </>
            }
            of={active.node}
          />
          <Calls title="Called by" side="from" map={map} of={active.node.id} />
          <Calls title="Calls" side="to" map={map} of={active.node.id} />
        </>
      )}
    </div>
  );
}

function Hint(): JSX.Element {
  return (
    <p class="faint">
      Each box shows rate, errors and p99 of the requests it served. A line is as wide as its rate,
      amber from 0.5% of errors and red from 1%. Point at a box or a line for its figures; a click
      opens the service.
    </p>
  );
}

function nameOf(id: string, map: ServiceMap): string {
  return map.nodes.find((node) => node.id === id)?.name ?? id;
}

function callTitle(edge: MapEdge, map: ServiceMap): string {
  return `${nameOf(edge.from, map)} calls ${nameOf(edge.to, map)}`;
}

function Facts({ title, of }: { title: ComponentChildren; of: MapFigures }): JSX.Element {
  const tone = toneOf(of);
  return (
    <p class="map-facts">
      <b>{title}</b>
      <span>
        <Figure of={rate(of.rate_per_second)} />
      </span>
      <span class={tone}>
        <Figure of={percent(of.error_ratio)} /> errors
      </span>
      <span>
        p50 <Figure of={durationMs(of.p50_ms)} />
      </span>
      <span>
        p99 <Figure of={durationMs(of.p99_ms)} />
      </span>
    </p>
  );
}

interface CallsProps {
  title: string;
  side: "from" | "to";
  map: ServiceMap;
  of: string;
}

function Calls({ title, side, map, of }: CallsProps): JSX.Element | null {
  const other = side === "from" ? "to" : "from";
  const edges = map.edges
    .filter((edge) => edge[other] === of)
    .sort((a, b) => b.rate_per_second - a.rate_per_second);
  if (edges.length === 0) return null;
  return (
    <p class="map-calls clip">
      <span class="faint">{title}</span>
      {edges.map((edge) => (
        <span key={edge[side]}>
          {nameOf(edge[side], map)}{" "}
          <span class="muted">
            <Figure of={rate(edge.rate_per_second)} />
          </span>
          {toneOf(edge) !== "" && (
            <span class={toneOf(edge)}>
              {" "}
              <Figure of={percent(edge.error_ratio)} />
            </span>
          )}
        </span>
      ))}
    </p>
  );
}
