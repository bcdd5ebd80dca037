// The order of nodes within their layers, and their heights: few crossings, straight lines.
// Invariants: pure and deterministic; of all orders tried the one with the fewest crossings is kept;
// two neighbours in a layer are never closer than their spacing.

/** A node, or the place where a call passes a layer. */
export interface Slot {
  id: string;
  layer: number;
  /** Height it needs. */
  height: number;
}

export interface Link {
  from: string;
  to: string;
}

const SWEEPS = 12;

/** Layers of slots, each from top to bottom; a link leads from one layer to the next. */
export function orderedLayers(layers: readonly Slot[][], links: readonly Link[]): Slot[][] {
  const left = neighbours(links, "to", "from");
  const right = neighbours(links, "from", "to");
  let now = layers.map((layer) => [...layer]);
  let best = now;
  let fewest = crossings(now, right);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    const isForward = sweep % 2 === 0;
    now = swept(now, isForward ? left : right, isForward);
    const count = crossings(now, right);
    if (count < fewest) [best, fewest] = [now, count];
  }
  return best;
}

function neighbours(
  links: readonly Link[],
  of: "from" | "to",
  other: "from" | "to",
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const link of links) found.set(link[of], [...(found.get(link[of]) ?? []), link[other]]);
  return found;
}

/** Sorts each layer by the middle of its neighbours in the layer before (or behind). */
function swept(
  layers: readonly Slot[][],
  beside: ReadonlyMap<string, readonly string[]>,
  isForward: boolean,
): Slot[][] {
  const next = layers.map((layer) => [...layer]);
  const place = new Map<string, number>();
  const note = (layer: readonly Slot[]): void =>
    layer.forEach((slot, at) => place.set(slot.id, (at + 0.5) / layer.length));
  next.forEach(note);
  const order = next.map((_, at) => (isForward ? at : next.length - 1 - at)).slice(1);
  for (const at of order) {
    const layer = next[at] ?? [];
    const wanted = new Map(
      layer.map((slot) => [slot.id, mean(beside.get(slot.id) ?? [], place) ?? place.get(slot.id)]),
    );
    layer.sort((a, b) => (wanted.get(a.id) ?? 0) - (wanted.get(b.id) ?? 0));
    note(layer);
  }
  return next;
}

function mean(ids: readonly string[], place: ReadonlyMap<string, number>): number | null {
  if (ids.length === 0) return null;
  return ids.reduce((sum, id) => sum + (place.get(id) ?? 0), 0) / ids.length;
}

/** How often links cross between neighbouring layers. */
export function crossings(
  layers: readonly Slot[][],
  right: ReadonlyMap<string, readonly string[]>,
): number {
  let count = 0;
  layers.slice(0, -1).forEach((layer, at) => {
    const place = new Map((layers[at + 1] ?? []).map((slot, index) => [slot.id, index]));
    const ends = layer.map((slot) => (right.get(slot.id) ?? []).map((id) => place.get(id) ?? 0));
    const seen: number[] = [];
    for (const group of ends) {
      for (const end of group) count += seen.filter((other) => other > end).length;
      seen.push(...group);
    }
  });
  return count;
}

const PASSES = 10;

/** The middle of each slot: near its neighbours', in order, `gap` apart. */
export function heights(
  layers: readonly Slot[][],
  links: readonly Link[],
  gap: number,
): Map<string, number> {
  const left = neighbours(links, "to", "from");
  const right = neighbours(links, "from", "to");
  const y = new Map<string, number>();
  for (const layer of layers) {
    let top = 0;
    for (const slot of layer) {
      y.set(slot.id, top + slot.height / 2);
      top += slot.height + gap;
    }
  }
  for (let pass = 0; pass < PASSES; pass += 1) {
    const isForward = pass % 2 === 0;
    for (const layer of isForward ? layers : [...layers].reverse()) {
      const wanted = layer.map((slot) => {
        const beside = (isForward ? left : right).get(slot.id) ?? [];
        return mean(beside, y) ?? y.get(slot.id) ?? 0;
      });
      spaced(layer, wanted, gap).forEach((at, index) => y.set(layer[index]?.id ?? "", at));
    }
  }
  return y;
}

/** The places nearest to the wanted ones that keep order and distance (pools of adjacent violators). */
export function spaced(layer: readonly Slot[], wanted: readonly number[], gap: number): number[] {
  const offsets: number[] = [];
  layer.forEach((slot, at) => {
    const before = layer[at - 1];
    const last = offsets[at - 1] ?? 0;
    offsets.push(before ? last + (before.height + slot.height) / 2 + gap : 0);
  });
  const pools: { sum: number; count: number }[] = [];
  wanted.forEach((place, at) => {
    let pool = { sum: place - (offsets[at] ?? 0), count: 1 };
    for (let last = pools.at(-1); last; last = pools.at(-1)) {
      if (last.sum / last.count <= pool.sum / pool.count) break;
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const places = pools.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count));
  return places.map((place, at) => place + (offsets[at] ?? 0));
}
