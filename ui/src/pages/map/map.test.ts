// Layers, orders and places of the service map.
import { describe, expect, it } from "vitest";
import type { MapEdge, MapNode } from "../../api/types";
import { layersOf } from "./layers";
import { layoutOf, NODE_HEIGHT, NODE_WIDTH } from "./layout";
import { neighbourhood } from "./map_graph";
import { strokeWidth } from "./map_look";
import { crossings, orderedLayers, spaced, type Slot } from "./ordering";

const figures = { requests: 1, error_ratio: 0, p50_ms: 1, p99_ms: 1 };
const node = (id: string, rate = 1): MapNode => ({
  ...figures,
  id,
  name: id,
  kind: "service",
  system: null,
  rate_per_second: rate,
});
/** "a>b" is a call; later ones are rarer. */
const edgesOf = (text: string): MapEdge[] =>
  text
    .split(" ")
    .filter((one) => one !== "")
    .map((one, at) => {
      const [from = "", to = ""] = one.split(">");
      return { ...figures, from, to, rate_per_second: 100 - at };
    });
const nodesOf = (text: string): MapNode[] => text.split("").map((id) => node(id));

describe("layers", () => {
  const check = (ids: string, calls: string, expected: string, turned = ""): void => {
    const { layerOf, arcs } = layersOf(ids.split(""), edgesOf(calls));
    expect([...layerOf].map(([id, layer]) => id + layer).join(" ")).toBe(expected);
    const back = arcs.filter((arc) => arc.isTurned).map(({ call }) => `${call.from}>${call.to}`);
    expect(back.join(" ")).toBe(turned);
  };

  it("put callers left of what they call", () => {
    check("abc", "a>b b>c", "a0 b1 c2");
    check("abc", "a>b a>c b>c", "a0 b1 c2");
    check("abcd", "a>b b>c d>c", "a0 b1 c2 d1");
  });

  it("turn the rarest call of a circle around", () => {
    check("ab", "a>b b>a", "a0 b1", "b>a");
    check("abc", "b>c c>a a>b", "a2 b0 c1", "a>b");
  });
});

describe("order", () => {
  const slot = (id: string, layer: number): Slot => ({ id, layer, height: 10 });

  it("removes crossings that need not be", () => {
    const layers = [
      [slot("a", 0), slot("b", 0)],
      [slot("x", 1), slot("y", 1)],
    ];
    const links = [
      { from: "a", to: "y" },
      { from: "b", to: "x" },
    ];
    const right = new Map([
      ["a", ["y"]],
      ["b", ["x"]],
    ]);
    expect(crossings(layers, right)).toBe(1);
    expect(crossings(orderedLayers(layers, links), right)).toBe(0);
  });

  it("keeps distance, nearest to what is wanted", () => {
    const layer = [slot("a", 0), slot("b", 0), slot("c", 0)];
    expect(spaced(layer, [0, 100, 200], 5)).toEqual([0, 100, 200]);
    expect(spaced(layer, [50, 50, 50], 5)).toEqual([35, 50, 65]);
    expect(spaced(layer, [10, 0, 300], 5)).toEqual([-2.5, 12.5, 300]);
    expect(spaced([], [], 5)).toEqual([]);
  });
});

describe("the layout", () => {
  function overlaps(nodes: readonly MapNode[], edges: readonly MapEdge[]): number {
    const { places, width, height } = layoutOf(nodes, edges);
    const all = nodes.map(({ id }) => places.get(id) ?? { x: NaN, y: NaN });
    for (const { x, y } of all) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(-1e-6);
      expect(x + NODE_WIDTH).toBeLessThanOrEqual(width + 1e-6);
      expect(y + NODE_HEIGHT).toBeLessThanOrEqual(height + 1e-6);
    }
    return all.filter((a, i) =>
      all.some(
        (b, j) => j > i && Math.abs(a.x - b.x) < NODE_WIDTH && Math.abs(a.y - b.y) < NODE_HEIGHT,
      ),
    ).length;
  }

  it("of sixty services has none over another", () => {
    const nodes = Array.from({ length: 60 }, (_, at) => node(`n${at}`, at));
    let state = 11;
    const next = (below: number): number => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return Math.floor((state / 2147483648) * below);
    };
    const edges = Array.from({ length: 120 }, (): MapEdge => {
      const [from, to] = [`n${next(60)}`, `n${next(60)}`];
      return { ...figures, from, to, rate_per_second: next(1000) };
    });
    expect(overlaps(nodes, edges)).toBe(0);
  });

  it("is the same whatever the order of the answer", () => {
    const [nodes, edges] = [nodesOf("abcdef"), edgesOf("a>b a>c b>d c>d d>e e>a c>f")];
    const one = layoutOf(nodes, edges);
    const other = layoutOf([...nodes].reverse(), [...edges].reverse());
    expect(Object.fromEntries(other.places)).toEqual(Object.fromEntries(one.places));
  });

  it("routes every call, loops and both ways included, and no call to nowhere", () => {
    const { routes } = layoutOf(nodesOf("ab"), edgesOf("a>b b>a a>a a>gone"));
    const text = routes.map(
      ({ edge, isBackward }) => `${edge.from}>${edge.to}${isBackward ? "!" : ""}`,
    );
    expect(text).toEqual(["a>b", "b>a!", "a>a"]);
    expect(new Set(routes.map((route) => route.path)).size).toBe(3);
    for (const { path } of routes) expect(path).not.toMatch(/NaN|undefined/);
  });

  it("places what calls nobody below the rest, and nothing at all", () => {
    const { places } = layoutOf(nodesOf("abz"), edgesOf("a>b"));
    expect(places.get("z")?.y).toBeGreaterThan((places.get("a")?.y ?? 0) + NODE_HEIGHT);
    expect(overlaps(nodesOf("uvwxyz"), [])).toBe(0);
    expect(layoutOf([], []).height).toBe(0);
  });

  it("of a long chain does not run out of stack", () => {
    const nodes = Array.from({ length: 3_000 }, (_, at) => node(`n${at}`));
    const edges = nodes.slice(1).map((_, at): MapEdge => {
      return { ...figures, from: `n${at}`, to: `n${at + 1}`, rate_per_second: 1 };
    });
    expect(layoutOf(nodes, edges).places.size).toBe(3_000);
  });
});

it("knows what is next to a node and to a call", () => {
  const edges = edgesOf("a>b b>c c>d");
  const of = neighbourhood({ node: node("b") }, edges);
  expect([[...of.nodes].sort().join(""), of.edges.size]).toEqual(["abc", 2]);
  expect([...neighbourhood({ edge: edges[2] as MapEdge }, edges).nodes].join("")).toBe("cd");
  expect(neighbourhood(null, edges).nodes.size).toBe(0);
});

it("draws a line by its rate", () => {
  expect([0, 25, 100].map((rate) => strokeWidth(rate, 100))).toEqual([1, 2.75, 4.5]);
  expect(strokeWidth(1, 0)).toBe(1);
});
