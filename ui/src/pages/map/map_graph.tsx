// The map as a picture: nodes are links with their figures, lines are calls.
// Invariants: every node is a link in the tab order, and what a pointer shows on hovering a keyboard
// shows on focus; what is not next to the active node recedes; it shrinks to the width there is, down
// to SCALE_MIN, and scrolls beyond.
import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { MapEdge, MapNode, ServiceMap } from "../../api/types";
import { Figure } from "../../controls/figures";
import { serviceColour } from "../../format/colour";
import { durationMs, percent, rate } from "../../format/quantity";
import { layoutOf, NODE_HEIGHT, NODE_WIDTH, type Place, type Route } from "./layout";
import { figuresText, kindText, nodeHref, strokeWidth, toneOf } from "./map_look";
import { MapDetail } from "./map_detail";

const SCALE_MIN = 0.72;
const MARGIN = 20;

export type Active = { node: MapNode } | { edge: MapEdge } | null;

export function MapGraph({ map }: { map: ServiceMap }): JSX.Element {
  const layout = useMemo(() => layoutOf(map.nodes, map.edges), [map]);
  const [active, setActive] = useState<Active>(null);
  const frame = useRef<HTMLDivElement>(null);
  const room = useRoom(frame);
  const [width, height] = [layout.width + 2 * MARGIN, layout.height + 2 * MARGIN];
  const scale = Math.max(SCALE_MIN, Math.min(1, room / width));
  const near = useMemo(() => neighbourhood(active, map.edges), [active, map]);
  const highest = map.edges.reduce((most, edge) => Math.max(most, edge.rate_per_second), 0);
  return (
    <>
      <div class="map-frame" ref={frame}>
        <div style={{ width: `${width * scale}px`, height: `${height * scale}px` }}>
          <div
            class={`map ${active ? "has-active" : ""}`}
            style={{
              width: `${layout.width}px`,
              height: `${layout.height}px`,
              margin: `${MARGIN}px`,
              transform: `scale(${scale})`,
              transformOrigin: `-${MARGIN}px -${MARGIN}px`,
            }}
          >
            <svg class="map-lines" width={layout.width} height={layout.height} aria-hidden="true">
              {layout.routes.map((route) => (
                <Line
                  key={`${route.edge.from}\n${route.edge.to}`}
                  route={route}
                  width={strokeWidth(route.edge.rate_per_second, highest)}
                  near={near.edges.has(route.edge)}
                  onActive={(on) => setActive(on ? { edge: route.edge } : null)}
                />
              ))}
            </svg>
            {map.nodes.map((node) => (
              <Node
                key={node.id}
                node={node}
                map={map}
                place={layout.places.get(node.id) ?? { x: 0, y: 0 }}
                near={near.nodes.has(node.id)}
                onActive={(on) => setActive(on ? { node } : null)}
              />
            ))}
          </div>
        </div>
      </div>
      <MapDetail active={active} map={map} />
    </>
  );
}

function useRoom(frame: { readonly current: HTMLElement | null }): number {
  const [room, setRoom] = useState(Infinity);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = (): void => setRoom(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return room;
}

interface Neighbourhood {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<MapEdge>;
}

/** The active node or call, and what is one call away. */
export function neighbourhood(active: Active, edges: readonly MapEdge[]): Neighbourhood {
  if (!active) return { nodes: new Set(), edges: new Set() };
  const near =
    "edge" in active
      ? [active.edge]
      : edges.filter((edge) => edge.from === active.node.id || edge.to === active.node.id);
  const own = "node" in active ? [active.node.id] : [];
  return {
    nodes: new Set([...own, ...near.flatMap((edge) => [edge.from, edge.to])]),
    edges: new Set(near),
  };
}

interface LineProps {
  route: Route;
  width: number;
  near: boolean;
  onActive: (on: boolean) => void;
}

function Line({ route, width, near, onActive }: LineProps): JSX.Element {
  const { edge, path, tip, isBackward } = route;
  const size = 4 + width;
  const isLoop = edge.from === edge.to;
  const along = isBackward ? size : -size;
  const arrow = isLoop
    ? `M${tip.x},${tip.y}l-4,-7h8z`
    : `M${tip.x},${tip.y}l${along},${size * 0.6}v${-size * 1.2}z`;
  return (
    <g
      class={`map-line ${toneOf(edge)} ${near ? "near" : ""}`}
      onMouseEnter={() => onActive(true)}
      onMouseLeave={() => onActive(false)}
    >
      <path class="map-reach" d={path} />
      <path d={path} stroke-width={width} fill="none" stroke="currentColor" />
      <path d={arrow} fill="currentColor" />
    </g>
  );
}

interface NodeProps {
  node: MapNode;
  map: ServiceMap;
  place: Place;
  near: boolean;
  onActive: (on: boolean) => void;
}

function Node({ node, map, place, near, onActive }: NodeProps): JSX.Element {
  const tone = toneOf(node);
  const isService = node.kind === "service";
  // Nobody calls users, so they have no figures.
  const isUser = node.kind === "user";
  return (
    <a
      class={`map-node ${node.kind} ${tone && `is-${tone}`} ${near ? "near" : ""}`}
      href={nodeHref(node, map)}
      aria-label={`${node.name}, ${kindText(node)}${isUser ? "" : `: ${figuresText(node)}`}`}
      style={{
        left: `${place.x}px`,
        top: `${place.y}px`,
        width: `${NODE_WIDTH}px`,
        height: `${NODE_HEIGHT}px`,
      }}
      onMouseEnter={() => onActive(true)}
      onMouseLeave={() => onActive(false)}
      onFocus={() => onActive(true)}
      onBlur={() => onActive(false)}
    >
      <span class="map-name" title={node.name}>
        <i
          class={`map-mark ${node.kind}`}
          style={isService ? { background: serviceColour(node.name) } : {}}
        />
        <b class="clip">{node.name}</b>
      </span>
      {isUser ? (
        <span class="map-figures muted">{kindText(node)}</span>
      ) : (
        <span class="map-figures">
          <Figure of={rate(node.rate_per_second)} />
          <span class={tone}>
            <Figure of={percent(node.error_ratio)} />
          </span>
          <Figure of={durationMs(node.p99_ms)} />
        </span>
      )}
    </a>
  );
}
