// The grid: packing, moving past each other, growing, and what is never allowed to happen.
import { describe, expect, it } from "vitest";
import { COLUMNS, type Box } from "./document";
import {
  compact,
  freePlace,
  moved,
  nudged,
  overlaps,
  resized,
  type Layout,
  type Placed,
} from "./grid";

/** Items "1:0,0,12x8": id, column, row, width, height. */
function items(text: string): Placed[] {
  return text.split(" ").map((one) => {
    const [id = 0, x = 0, y = 0, w = 1, h = 1] = one.split(/[:,x]/).map(Number);
    return { id, grid: { x, y, w, h } };
  });
}

function show(layout: Layout): string {
  return [...layout]
    .sort(([a], [b]) => a - b)
    .map(([id, { x, y, w, h }]) => `${id}:${x},${y},${w}x${h}`)
    .join(" ");
}

const at = (x: number, y: number, w: number, h: number): Box => ({ x, y, w, h });
const TWO_BY_TWO = "1:0,0,12x8 2:12,0,12x8 3:0,8,12x8 4:12,8,12x8";

describe("packing", () => {
  it.each([
    ["1:0,3,12x8", "1:0,0,12x8"],
    [TWO_BY_TWO, TWO_BY_TWO],
    ["1:0,0,12x8 2:0,20,12x8", "1:0,0,12x8 2:0,8,12x8"],
    ["1:0,0,12x8 2:6,4,12x8", "1:0,0,12x8 2:6,8,12x8"],
    ["1:20,0,12x8", "1:12,0,12x8"],
    ["1:0,0,40x8 2:0,0,1x1", "1:0,0,24x8 2:0,8,1x1"],
    [
      "1:0,0,24x1 2:0,5,12x4 3:0,9,24x1 4:12,12,12x4",
      "1:0,0,24x1 2:0,1,12x4 3:0,5,24x1 4:12,6,12x4",
    ],
  ])("%s", (before, after) => expect(show(compact(items(before)))).toBe(after));
});

describe("moving", () => {
  it("swaps neighbours once the middle is passed, not before", () => {
    const stack = items("1:0,0,12x8 2:0,8,12x8");
    expect(show(moved(stack, 1, at(0, 3, 12, 8)))).toBe("1:0,0,12x8 2:0,8,12x8");
    expect(show(moved(stack, 1, at(0, 5, 12, 8)))).toBe("1:0,8,12x8 2:0,0,12x8");
    expect(show(moved(stack, 2, at(0, 5, 12, 8)))).toBe("1:0,0,12x8 2:0,8,12x8");
    expect(show(moved(stack, 2, at(0, 3, 12, 8)))).toBe("1:0,8,12x8 2:0,0,12x8");
  });

  it("pushes down what is covered, and only that", () => {
    expect(show(moved(items(TWO_BY_TWO), 1, at(12, 0, 12, 8)))).toBe(
      "1:12,0,12x8 2:12,8,12x8 3:0,0,12x8 4:12,16,12x8",
    );
  });

  it("keeps panels under their row, wherever the row is pushed", () => {
    const board = items("1:0,0,24x1 2:0,1,12x4 3:0,5,24x1 4:0,6,12x4");
    expect(show(moved(board, 2, at(12, 1, 12, 4)))).toBe(
      "1:0,0,24x1 2:12,1,12x4 3:0,5,24x1 4:0,6,12x4",
    );
    expect(show(moved(board, 4, at(0, 2, 12, 4)))).toBe(
      "1:0,0,24x1 2:0,5,12x4 3:0,9,24x1 4:0,1,12x4",
    );
  });

  it("stays inside", () => {
    expect(show(moved(items("1:0,0,12x8"), 1, at(30, -4, 12, 8)))).toBe("1:12,0,12x8");
  });

  it("leaves all as it is for an item that is not there", () => {
    expect(show(moved(items(TWO_BY_TWO), 9, at(0, 0, 1, 1)))).toBe(TWO_BY_TWO);
  });
});

describe("resizing", () => {
  it.each([
    [
      "wider, and what it covers goes down",
      1,
      { w: 18, h: 8 },
      "1:0,0,18x8 2:12,8,12x8 3:0,8,12x8 4:12,16,12x8",
    ],
    ["no wider than the grid", 2, { w: 30, h: 8 }, TWO_BY_TWO],
    ["higher", 1, { w: 12, h: 10 }, "1:0,0,12x10 2:12,0,12x8 3:0,10,12x8 4:12,8,12x8"],
    ["at least one cell", 1, { w: 0, h: 0 }, "1:0,0,1x1 2:12,0,12x8 3:0,1,12x8 4:12,8,12x8"],
  ])("%s", (_, id, size, after) => expect(show(resized(items(TWO_BY_TWO), id, size))).toBe(after));
});

describe("arrow keys", () => {
  it.each([
    [1, "right", "1:1,0,12x8 2:12,8,12x8 3:0,8,12x8 4:12,16,12x8"],
    [1, "left", TWO_BY_TWO],
    [1, "down", "1:0,8,12x8 2:12,0,12x8 3:0,0,12x8 4:12,8,12x8"],
    [3, "up", "1:0,8,12x8 2:12,0,12x8 3:0,0,12x8 4:12,8,12x8"],
    [1, "up", TWO_BY_TWO],
    [3, "down", TWO_BY_TWO],
  ] as const)("%i %s", (id, direction, after) =>
    expect(show(nudged(items(TWO_BY_TWO), id, direction))).toBe(after),
  );
});

it("finds room in the last line, else under all", () => {
  const two = { w: 12, h: 8 };
  expect(freePlace([], two)).toEqual({ x: 0, y: 0 });
  expect(freePlace(items("1:0,0,12x8"), two)).toEqual({ x: 12, y: 0 });
  expect(freePlace(items("1:0,0,24x8"), two)).toEqual({ x: 0, y: 8 });
  expect(freePlace(items("1:0,0,6x4 2:6,0,6x4"), { w: 6, h: 4 })).toEqual({ x: 12, y: 0 });
});

it("never overlaps, leaves the grid or loses an item, whatever is done", () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % below;
  };
  for (let round = 0; round < 200; round += 1) {
    const many = Array.from({ length: 2 + random(14) }, (_, id) => ({
      id,
      grid: at(random(24), random(30), 1 + random(24), 1 + random(12)),
    }));
    const id = random(many.length);
    const box = at(random(30) - 3, random(40) - 5, 1 + random(26), 1 + random(14));
    for (const layout of [
      compact(many),
      moved(many, id, box),
      resized(many, id, box),
      nudged(many, id, "down"),
    ]) {
      const boxes = [...layout.values()];
      expect(layout.size).toBe(many.length);
      boxes.forEach((one, index) => {
        expect(one.x >= 0 && one.y >= 0 && one.x + one.w <= COLUMNS).toBe(true);
        expect(boxes.slice(index + 1).some((other) => overlaps(one, other))).toBe(false);
      });
    }
  }
});
