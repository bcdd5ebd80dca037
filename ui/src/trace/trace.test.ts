// Forests from odd parent ids, rows under collapsed spans, and critical paths on small traces drawn
// as text: `name parent from to`, in milliseconds.
import { describe, expect, it } from "vitest";
import type { Span } from "../api/types";
import { criticalPath } from "./critical_path";
import { layOut } from "./lanes";
import { barBox, labelSide, parseWindow, windowText } from "./window";
import { buildTree, mainRoot, visibleRows, type TraceTree } from "./tree";

function span(id: string, parent: string | null, fromMs: number, toMs: number): Span {
  return {
    span_id: id,
    parent_span_id: parent,
    name: id,
    kind: "internal",
    service: "s",
    start_unix_nano: (1_795_359_067_000_000_000n + BigInt(Math.round(fromMs * 1e6))).toString(),
    duration_nano: BigInt(Math.round((toMs - fromMs) * 1e6)).toString(),
    status: { code: "unset", message: "" },
    trace_state: "",
    flags: 0,
    attributes: [],
    dropped_attributes_count: 0,
    events: [],
    dropped_events_count: 0,
    links: [],
    dropped_links_count: 0,
    resource: 0,
    scope: 0,
  };
}

function trace(drawing: string): TraceTree {
  const lines = drawing
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const spans = lines.map(([id, parent, from, to]) =>
    span(id ?? "", parent === "-" ? null : (parent ?? ""), Number(from), Number(to)),
  );
  return buildTree({ spans });
}

const shape = (tree: TraceTree): string =>
  tree.nodes.map((node) => `${".".repeat(node.depth)}${node.span.span_id}`).join(" ");

function path(tree: TraceTree): string {
  const root = mainRoot(tree);
  if (!root) return "";
  return criticalPath(root)
    .map(
      ({ node, from, to }) =>
        `${node.span.span_id}[${(from - tree.start) / 1_000_000n}-${(to - tree.start) / 1_000_000n}]`,
    )
    .join(" ");
}

describe("buildTree", () => {
  it("orders siblings by start and counts what lies below", () => {
    const tree = trace("a - 0 10\nc a 5 9\nb a 1 4\nd b 2 3");
    expect(shape(tree)).toBe("a .b ..d .c");
    expect(tree.roots[0]?.descendants).toBe(3);
    expect(tree.durationMs).toBe(10);
  });

  it("keeps spans whose parent is missing, as marked roots", () => {
    const tree = trace("a - 0 10\nb gone 2 5");
    expect(shape(tree)).toBe("a b");
    expect(tree.orphans).toBe(1);
    expect(tree.byId.get("b")?.orphan).toBe(true);
    expect(mainRoot(tree)?.span.span_id).toBe("a");
  });

  it("breaks cycles and self-parents, losing nothing", () => {
    expect(shape(trace("a c 0 10\nb a 1 5\nc b 2 4\nd d 3 4"))).toBe("a .b ..c d");
  });

  it("shows a span id used twice twice", () => {
    expect(trace("a - 0 10\na - 1 5\nb a 2 3").nodes.length).toBe(3);
  });

  it("takes a chain of 50,000 without recursion", () => {
    const spans = Array.from({ length: 50_000 }, (_, i) =>
      span(`n${i}`, i ? `n${i - 1}` : null, i / 1e3, 100),
    );
    const tree = buildTree({ spans });
    expect(tree.nodes.at(-1)?.depth).toBe(49_999);
    expect(criticalPath(tree.roots[0]!).length).toBe(50_000);
  });

  it("is empty for no spans", () => {
    expect(buildTree({ spans: [] })).toMatchObject({ roots: [], nodes: [], durationMs: 0 });
  });
});

describe("visibleRows", () => {
  it("leaves out what lies below a collapsed span", () => {
    const tree = trace("a - 0 10\nb a 1 4\nc b 2 3\nd a 5 6");
    const ids = visibleRows(tree, new Set(["b"])).map((node) => node.span.span_id);
    expect(ids).toEqual(["a", "b", "d"]);
  });
});

describe("criticalPath", () => {
  const check = (drawing: string, expected: string): void =>
    expect(path(trace(drawing))).toBe(expected);

  it("is the span itself without children", () => check("a - 0 10", "a[0-10]"));

  it("goes through children one after another", () =>
    check("a - 0 10\nb a 1 4\nc a 5 9", "a[0-1] b[1-4] a[4-5] c[5-9] a[9-10]"));

  it("takes the last to finish of parallel children, not the one it overlapped", () =>
    check("a - 0 100\nb a 0 50\nc a 10 100", "a[0-10] c[10-100]"));

  it("takes the sibling that finished before the next one started", () =>
    check(
      "a - 0 100\nb a 5 40\nc a 45 90\nd a 20 60",
      "a[0-5] b[5-40] a[40-45] c[45-90] a[90-100]",
    ));

  it("cuts a child that outlives its parent, and ignores one that starts after it", () =>
    check("a - 0 10\nb a 2 15\nc a 12 20", "a[0-2] b[2-10]"));

  it("cuts a child whose clock runs early", () =>
    check("r - 0 20\na r 5 15\nb a 2 10", "r[0-5] b[5-10] a[10-15] r[15-20]"));

  it("descends", () => check("a - 0 10\nb a 1 9\nc b 2 8", "a[0-1] b[1-2] c[2-8] b[8-9] a[9-10]"));

  it("covers the root exactly, whatever the shape", () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    for (let round = 0; round < 200; round += 1) {
      const spans = [span("n0", null, 0, 100)];
      for (let i = 1; i < 30; i += 1) {
        const from = Math.floor(random() * 110);
        spans.push(
          span(`n${i}`, `n${Math.floor(random() * i)}`, from, from + Math.floor(random() * 60)),
        );
      }
      const root = buildTree({ spans }).byId.get("n0")!;
      let cursor = root.start;
      for (const segment of criticalPath(root)) {
        expect(segment.from).toBe(cursor);
        cursor = segment.to;
      }
      expect(cursor).toBe(root.end);
    }
  });
});

describe("layOut", () => {
  const lanes = (drawing: string): string =>
    layOut(trace(drawing).nodes)
      .lanes.map(({ node, lane }) => `${node.span.span_id}${lane}`)
      .join(" ");

  it("puts one after another on one lane, parallel ones on two", () => {
    expect(lanes("a - 0 10\nb a 1 4\nc a 5 9")).toBe("a0 b1 c1");
    expect(lanes("a - 0 10\nb a 1 6\nc a 5 9")).toBe("a0 b1 c2");
  });

  it("puts a grandchild below the lane its parent got", () => {
    expect(lanes("a - 0 10\nb a 1 6\nc a 2 9\nd c 3 4")).toBe("a0 b1 c2 d3");
  });
});

describe("the window on show", () => {
  it("reads what it writes, and the whole trace from anything else", () => {
    expect(parseWindow(windowText({ fromMs: 10.25, toMs: 250 }), 1000)).toEqual({
      fromMs: 10.25,
      toMs: 250,
    });
    for (const text of ["", "x", "5-5", "9-3", "2000-3000"])
      expect(parseWindow(text, 1000)).toEqual({ fromMs: 0, toMs: 1000 });
    expect(parseWindow("", 0).toMs).toBeGreaterThan(0);
  });

  it("cuts bars at its edges", () => {
    const shown = { fromMs: 100, toMs: 200 };
    expect(barBox(0, 150, shown)).toEqual({ leftPercent: 0, widthPercent: 50 });
    expect(barBox(150, 900, shown)).toEqual({ leftPercent: 50, widthPercent: 50 });
    expect(barBox(0, 99, shown)).toBeNull();
  });

  it("puts labels where there is room", () => {
    expect(labelSide({ leftPercent: 0, widthPercent: 20 })).toBe("after");
    expect(labelSide({ leftPercent: 60, widthPercent: 40 })).toBe("before");
    expect(labelSide({ leftPercent: 1, widthPercent: 99 })).toBe("inside");
  });
});
