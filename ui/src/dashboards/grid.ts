// Where panels stand: 24 columns, packed upwards, never on top of each other.
// Invariants: pure; every result is inside the grid, without overlaps, and as high up as it can be
// without passing another panel.
import { COLUMNS, type Box } from "./document";

export interface Placed {
  id: number;
  grid: Box;
}

export type Layout = ReadonlyMap<number, Box>;

export const HEIGHT_MAX = 200;

export function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** The nearest box inside the grid. */
export function clamp(box: Box): Box {
  const w = Math.max(1, Math.min(COLUMNS, Math.round(box.w)));
  const h = Math.max(1, Math.min(HEIGHT_MAX, Math.round(box.h)));
  const x = Math.max(0, Math.min(COLUMNS - w, Math.round(box.x)));
  return { x, y: Math.max(0, Math.round(box.y)), w, h };
}

/** In reading order: from the top, then from the left. */
export function byPosition(a: Placed, b: Placed): number {
  return a.grid.y - b.grid.y || a.grid.x - b.grid.x;
}

/** Puts each item in turn right under the earlier ones that share a column with it. */
function pack(items: readonly Placed[]): Map<number, Box> {
  const placed: Box[] = [];
  const layout = new Map<number, Box>();
  for (const { id, grid } of items) {
    const box = clamp(grid);
    const above = placed.filter((other) => sharesColumns(box, other));
    box.y = above.reduce((most, other) => Math.max(most, other.y + other.h), 0);
    placed.push(box);
    layout.set(id, box);
  }
  return layout;
}

export function compact(items: readonly Placed[]): Map<number, Box> {
  return pack([...items].sort(byPosition));
}

function sharesColumns(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w;
}

/**
 * The layout after item `id` went to `to`. Going down it passes an item once its lower edge is past
 * that item's middle; going up once its upper edge is above it.
 */
export function moved(items: readonly Placed[], id: number, to: Box): Map<number, Box> {
  const item = items.find((one) => one.id === id);
  if (!item) return compact(items);
  const target = clamp(to);
  const goesDown = target.y > item.grid.y;
  const edge = goesDown ? target.y + target.h : target.y;
  const others = items.filter((one) => one.id !== id).sort(byPosition);
  const at = others.findIndex(
    ({ grid }) => sharesColumns(grid, target) && edge <= grid.y + grid.h / 2,
  );
  const index = at < 0 ? others.length : at;
  return pack([...others.slice(0, index), { id, grid: target }, ...others.slice(index)]);
}

/** The layout after item `id` got another size. */
export function resized(
  items: readonly Placed[],
  id: number,
  size: { w: number; h: number },
): Map<number, Box> {
  const item = items.find((one) => one.id === id);
  if (!item) return compact(items);
  const w = Math.min(Math.max(1, Math.round(size.w)), COLUMNS - item.grid.x);
  const grown = items.map((one) =>
    one.id === id ? { id, grid: { ...one.grid, w, h: size.h } } : one,
  );
  const first = (one: Placed): number => (one.id === id ? -0.5 : 0);
  return pack(
    grown.sort((a, b) => a.grid.y + first(a) - b.grid.y - first(b) || a.grid.x - b.grid.x),
  );
}

export type Direction = "left" | "right" | "up" | "down";

const NUDGE_MAX = 80;

/** One step with an arrow key; up and down go past the next item, since packing undoes less. */
export function nudged(
  items: readonly Placed[],
  id: number,
  direction: Direction,
): Map<number, Box> {
  const start = compact(items);
  const box = start.get(id);
  if (!box) return start;
  const settled = items.map((one) => ({ id: one.id, grid: start.get(one.id) ?? one.grid }));
  if (direction === "left" || direction === "right")
    return moved(settled, id, { ...box, x: box.x + (direction === "left" ? -1 : 1) });
  const by = direction === "up" ? -1 : 1;
  for (let step = 1; step <= NUDGE_MAX; step += 1) {
    const next = moved(settled, id, { ...box, y: box.y + by * step });
    if (next.get(id)?.y !== box.y) return next;
  }
  return start;
}

/** The first place, in reading order, with room for an item of this size; else under all others. */
export function freePlace(
  items: readonly Placed[],
  size: { w: number; h: number },
): { x: number; y: number } {
  const bottom = items.reduce((most, { grid }) => Math.max(most, grid.y + grid.h), 0);
  const lastRow = Math.max(0, bottom - size.h);
  for (let x = 0; x + size.w <= COLUMNS; x += 1) {
    const box = { x, y: lastRow, ...size };
    const below = items.some(({ grid }) => overlaps(grid, { ...box, h: HEIGHT_MAX }));
    if (!below && bottom > 0) return { x, y: lastRow };
  }
  return { x: 0, y: bottom };
}

export function bottomOf(layout: Layout): number {
  return [...layout.values()].reduce((most, box) => Math.max(most, box.y + box.h), 0);
}
