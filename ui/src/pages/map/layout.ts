// Where the nodes of the service map stand and which way its edges run.
// Invariants: pure and deterministic, so that a refresh moves nothing that did not change; nodes never
// overlap; nodes without calls stand in rows below the others.
import type { MapEdge, MapNode } from "../../api/types";
import { groupBy, layersOf, type Arc } from "./layers";
import { heights, orderedLayers, type Link, type Slot } from "./ordering";

export const NODE_WIDTH = 156;
export const NODE_HEIGHT = 54;
const GAP_X = 64;
const GAP_Y = 18;
/** Room for a call that passes a layer. */
const PASS_HEIGHT = 8;

export interface Place {
  x: number;
  y: number;
}

export interface Route {
  edge: MapEdge;
  /** An SVG path. */
  path: string;
  /** Where the arrow points, and whether it points to the left. */
  tip: Place;
  isBackward: boolean;
}

export interface Layout {
  /** The upper left corner of each node. */
  places: Map<string, Place>;
  routes: Route[];
  width: number;
  height: number;
}

export function layoutOf(nodes: readonly MapNode[], edges: readonly MapEdge[]): Layout {
  const ids = [...nodes].sort(byWeight).map((node) => node.id);
  const known = new Set(ids);
  const within = edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  const calls = within.filter((edge) => edge.from !== edge.to).sort(byRate);
  const connected = new Set(calls.flatMap((call) => [call.from, call.to]));
  const joined = ids.filter((id) => connected.has(id));
  const { layerOf, arcs } = layersOf(joined, calls);
  const { layers, links, chains } = slotsOf(joined, layerOf, arcs);
  const ordered = orderedLayers(layers, links);
  const y = heights(ordered, links, GAP_Y);
  const tops = ordered.flat().map((slot) => (y.get(slot.id) ?? 0) - slot.height / 2);
  const highest = tops.reduce((least, top) => Math.min(least, top), Infinity);
  const middle = (id: string): number => (y.get(id) ?? 0) - highest;
  const places = new Map<string, Place>();
  for (const id of joined)
    places.set(id, { x: columnX(layerOf.get(id) ?? 0), y: middle(id) - NODE_HEIGHT / 2 });
  const lowest = ordered
    .flat()
    .reduce((most, slot) => Math.max(most, middle(slot.id) + slot.height / 2), 0);
  const columns = Math.max(1, ordered.length);
  const alone = ids.filter((id) => !connected.has(id));
  const height = placeAlone(alone, places, columns, lowest);
  const ports = portsOf(arcs, middle);
  const routes = arcs.map((arc) => routeOf(arc, chains.get(arc) ?? [], ports, layerOf, middle));
  for (const edge of within)
    if (edge.from === edge.to) routes.push(loopRoute(edge, places.get(edge.from) as Place));
  const widest = Math.max(columns, Math.min(alone.length, ALONE_COLUMNS));
  return { places, routes, width: columnX(widest) - GAP_X, height };
}

/** Equal weights by name, so that the order of the answer does not matter. */
function byWeight(a: MapNode, b: MapNode): number {
  return b.rate_per_second - a.rate_per_second || (a.id < b.id ? -1 : 1);
}

function byRate(a: MapEdge, b: MapEdge): number {
  return b.rate_per_second - a.rate_per_second || (a.from + a.to < b.from + b.to ? -1 : 1);
}

function columnX(layer: number): number {
  return layer * (NODE_WIDTH + GAP_X);
}

type MapArc = Arc<MapEdge>;

interface Slots {
  layers: Slot[][];
  links: Link[];
  /** The slots that a call passes. */
  chains: Map<MapArc, Slot[]>;
}

/** Nodes and the places where long calls pass, by layer, and the links between neighbours. */
function slotsOf(ids: readonly string[], layerOf: Map<string, number>, arcs: MapArc[]): Slots {
  const count = ids.reduce((most, id) => Math.max(most, (layerOf.get(id) ?? 0) + 1), 0);
  const layers: Slot[][] = Array.from({ length: count }, () => []);
  const add = (slot: Slot): void => void layers[slot.layer]?.push(slot);
  for (const id of ids) add({ id, layer: layerOf.get(id) ?? 0, height: NODE_HEIGHT });
  const links: Link[] = [];
  const chains = new Map<MapArc, Slot[]>();
  arcs.forEach((arc, index) => {
    const [first, last] = [layerOf.get(arc.from) ?? 0, layerOf.get(arc.to) ?? 0];
    const chain: Slot[] = [];
    let from = arc.from;
    for (let layer = first + 1; layer < last; layer += 1) {
      const slot = { id: `pass\n${index}\n${layer}`, layer, height: PASS_HEIGHT };
      chain.push(slot);
      add(slot);
      links.push({ from, to: slot.id });
      from = slot.id;
    }
    links.push({ from, to: arc.to });
    chains.set(arc, chain);
  });
  return { layers, links, chains };
}

const ALONE_COLUMNS = 5;

/** Nodes that neither call nor are called, in rows below; gives the height of all. */
function placeAlone(
  ids: readonly string[],
  places: Map<string, Place>,
  columns: number,
  lowest: number,
): number {
  if (ids.length === 0) return lowest;
  const perRow = Math.max(columns, ALONE_COLUMNS);
  const top = lowest > 0 ? lowest + GAP_Y * 2 : 0;
  [...ids].sort().forEach((id, at) => {
    const row = Math.floor(at / perRow);
    places.set(id, { x: columnX(at % perRow), y: top + row * (NODE_HEIGHT + GAP_Y) });
  });
  return top + Math.ceil(ids.length / perRow) * (NODE_HEIGHT + GAP_Y) - GAP_Y;
}

interface Ports {
  from: Map<MapArc, number>;
  to: Map<MapArc, number>;
}

/** Ends of calls on one side of a node are spread over it, in the order of where they lead. */
function portsOf(arcs: readonly MapArc[], middle: (id: string) => number): Ports {
  const ports: Ports = { from: new Map(), to: new Map() };
  for (const side of ["from", "to"] as const) {
    const other = side === "from" ? "to" : "from";
    for (const [id, ends] of groupBy(arcs, (arc) => arc[side])) {
      const sorted = [...ends].sort((a, b) => middle(a[other]) - middle(b[other]));
      const apart = Math.min(9, (NODE_HEIGHT - 18) / Math.max(1, sorted.length - 1));
      sorted.forEach((arc, at) => {
        ports[side].set(arc, middle(id) + (at - (sorted.length - 1) / 2) * apart);
      });
    }
  }
  return ports;
}

function routeOf(
  arc: MapArc,
  chain: readonly Slot[],
  ports: Ports,
  layerOf: ReadonlyMap<string, number>,
  middle: (id: string) => number,
): Route {
  const start = {
    x: columnX(layerOf.get(arc.from) ?? 0) + NODE_WIDTH,
    y: ports.from.get(arc) ?? 0,
  };
  const end = { x: columnX(layerOf.get(arc.to) ?? 0), y: ports.to.get(arc) ?? 0 };
  let path = `M${point(start)}`;
  let at = start;
  for (const slot of chain) {
    const into = { x: columnX(slot.layer), y: middle(slot.id) };
    path += `${curve(at, into)}H${(into.x + NODE_WIDTH).toFixed(1)}`;
    at = { x: into.x + NODE_WIDTH, y: into.y };
  }
  path += curve(at, end);
  return { edge: arc.call, path, tip: arc.isTurned ? start : end, isBackward: arc.isTurned };
}

const point = ({ x, y }: Place): string => `${x.toFixed(1)},${y.toFixed(1)}`;

function curve(from: Place, to: Place): string {
  const half = (from.x + to.x) / 2;
  return `C${point({ x: half, y: from.y })} ${point({ x: half, y: to.y })} ${point(to)}`;
}

/** A call of a service to itself: a loop over its upper edge. */
function loopRoute(edge: MapEdge, place: Place): Route {
  const [from, to] = [place.x + NODE_WIDTH - 44, place.x + NODE_WIDTH - 20];
  const path = `M${from},${place.y}C${from},${place.y - 16} ${to},${place.y - 16} ${to},${place.y}`;
  return { edge, path, tip: { x: to, y: place.y }, isBackward: false };
}
