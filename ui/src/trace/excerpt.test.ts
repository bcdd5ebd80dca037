// The few spans of a trace that explain one of them.
import { describe, expect, it } from "vitest";
import { excerpt } from "./excerpt";
import { buildTree } from "./tree";

describe("the excerpt of a trace", () => {
  const span = (id: string, parent: string | null, start: number) =>
    ({
      span_id: id,
      parent_span_id: parent,
      name: id,
      start_unix_nano: String(start),
      duration_nano: "10",
      status: { code: "unset", message: "" },
      events: [],
    }) as never;
  const chain = Array.from({ length: 30 }, (_, at) =>
    span(`c${at}`, at === 0 ? null : `c${at - 1}`, at),
  );
  const tree = buildTree({ spans: [...chain, span("side", "c0", 50)] });

  it("keeps the span, the one that began it and the nearest callers, in order", () => {
    const names = excerpt(tree, "c29", 4).map((node) => node.span.span_id);
    expect(names).toEqual(["c0", "c27", "c28", "c29"]);
  });

  it("shows something for a span that is not there, and all of a small trace", () => {
    expect(excerpt(tree, "nobody", 3)).toHaveLength(3);
    expect(excerpt(tree, null, 100)).toHaveLength(31);
  });
});
