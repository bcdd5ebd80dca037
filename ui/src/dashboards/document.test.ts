// The document: reading, changing with undo, repeating, Markdown, and letting requests through.
import { describe, expect, it } from "vitest";
import {
  freeRef,
  isDocumentTime,
  newDashboard,
  newPanel,
  newVariable,
  readDashboard,
  refOf,
  tidied,
  type Dashboard,
  type Panel,
} from "./document";
import {
  addPanel,
  changed,
  duplicatePanel,
  isDirty,
  rebased,
  redone,
  removePanel,
  shifted,
  startEdit,
  STEPS_MAX,
  undone,
  updatePanel,
} from "./edits";
import { Gate } from "./gate";
import { parseInline, parseMarkdown, safeHref } from "./markdown";
import { CLONES_MAX, membersOf, shownPanels } from "./repeat";

function panelsOf(...raw: (Partial<Panel> & { id: number })[]): Panel[] {
  return readDashboard({ panels: raw }).panels;
}

describe("reading", () => {
  it("fills what is left out and keeps what it does not know", () => {
    const read = readDashboard({
      title: "T",
      later: 1,
      time: { from: "-6h" },
      variables: [{ name: "v", options: [{ value: "a" }] }],
      panels: [{ queries: [{ promql: "up" }], grid: { w: 6 }, unit: null, repeat: null }],
    }) as Dashboard & { later: number };
    expect(read.later).toBe(1);
    expect(read.time).toEqual({ from: "-6h", to: "now" });
    expect(read.variables[0]).toMatchObject({
      type: "custom",
      options: [{ value: "a", text: "a" }],
    });
    expect(read.panels[0]).toMatchObject({
      id: 1,
      type: "time_series",
      grid: { x: 0, y: 0, w: 6, h: 8 },
      unit: "none",
      fill: 0.1,
      queries: [{ ref: "A", promql: "up", legend: "", instant: false, hidden: false }],
    });
  });

  it("reads what it wrote as the same", () => {
    const panels = [newPanel("logs", 1, { x: 0, y: 0 }), newPanel("stat", 2, { x: 0, y: 9 })];
    const made = { ...newDashboard("x"), variables: [newVariable([])], panels };
    expect(readDashboard(JSON.parse(JSON.stringify(made)))).toEqual(made);
  });

  it("is saved without what was begun and left empty", () => {
    const { panels } = readDashboard({
      panels: [
        {
          queries: [{ promql: " " }, { ref: "B", promql: "up" }],
          mappings: [{ value: "", text: "x" }],
          links: [{ title: "t", url: "" }],
        },
      ],
    });
    expect(tidied({ ...newDashboard("x"), panels }).panels[0]).toMatchObject({
      queries: [{ ref: "B" }],
      mappings: [],
      links: [],
    });
  });

  it.each([
    ["now", true],
    ["-6h", true],
    ["2026-11-24T05:00:00Z", true],
    ["2026-11-24T05:00:00+01:00", true],
    ["now-6h", false],
    ["yesterday", false],
    ["-6", false],
  ])("takes %s as a time: %s", (text, is) => expect(isDocumentTime(text)).toBe(is));

  it.each([[null], [[]], [{ panels: 1 }], ["x"]])("refuses %j", (raw) =>
    expect(() => readDashboard(raw)).toThrow(/JSON object|list/),
  );

  it("counts refs past Z", () => {
    expect([0, 25, 26, 27, 52].map(refOf)).toEqual(["A", "Z", "AA", "AB", "BA"]);
    expect(freeRef([{ ref: "A" }, { ref: "C" }] as never)).toBe("B");
  });
});

describe("an edit", () => {
  const start = (): ReturnType<typeof startEdit> => startEdit(3, newDashboard("a"));
  const titled = (title: string): Dashboard => newDashboard(title);

  it("undoes and redoes one step at a time", () => {
    let edit = changed(changed(start(), titled("b")), titled("c"));
    expect(isDirty(edit)).toBe(true);
    edit = undone(edit);
    expect(edit.present.title).toBe("b");
    edit = undone(undone(edit));
    expect(edit.present.title).toBe("a");
    expect(isDirty(edit)).toBe(false);
    edit = redone(redone(redone(edit)));
    expect(edit.present.title).toBe("c");
  });

  it("joins changes of one thing in a row, and only those", () => {
    let edit = start();
    for (const title of ["b", "bc", "bcd"]) edit = changed(edit, titled(title), "title");
    expect(edit.past).toHaveLength(1);
    edit = changed(edit, { ...edit.present, description: "d" }, "description");
    edit = changed(edit, { ...edit.present, title: "e" }, "title");
    expect(edit.past).toHaveLength(3);
    expect(undone(edit).present).toMatchObject({ title: "bcd", description: "d" });
    const after = changed(undone(edit), titled("f"), "title");
    expect(after.past).toHaveLength(3);
  });

  it("ignores changes of nothing, drops the undone after a change, and forgets the oldest", () => {
    let edit = start();
    expect(changed(edit, titled("a"))).toBe(edit);
    edit = changed(undone(changed(edit, titled("b"))), titled("c"));
    expect(redone(edit)).toBe(edit);
    for (let n = 0; n < STEPS_MAX + 10; n += 1) edit = changed(edit, titled(`t${n}`));
    expect(edit.past).toHaveLength(STEPS_MAX);
  });

  it("keeps the changes when what is stored moved on", () => {
    const edit = rebased(changed(start(), titled("b")), 4, titled("other"));
    expect(edit).toMatchObject({ version: 4, present: { title: "b" } });
    expect(isDirty(edit)).toBe(true);
  });
});

describe("panels", () => {
  it("are added where there is room, copied beside, and removed with the gap closed", () => {
    let { dashboard, id } = addPanel(newDashboard("x"), "time_series");
    expect(id).toBe(1);
    ({ dashboard, id } = duplicatePanel(dashboard, 1));
    expect(dashboard.panels.map((panel) => panel.grid)).toMatchObject([
      { x: 0, y: 0 },
      { x: 12, y: 0 },
    ]);
    ({ dashboard, id } = addPanel(dashboard, "stat"));
    expect(dashboard.panels[2]?.grid).toEqual({ x: 0, y: 8, w: 6, h: 4 });
    dashboard = updatePanel(dashboard, 3, { title: "S" });
    dashboard = removePanel(dashboard, 1);
    expect(dashboard.panels.map(({ id: one, title, grid }) => [one, title, grid.y])).toEqual([
      [2, "", 0],
      [3, "S", 0],
    ]);
  });

  it("move in a list, never out of it", () => {
    expect(shifted([1, 2, 3], 0, 1)).toEqual([2, 1, 3]);
    expect(shifted([1, 2, 3], 0, -1)).toEqual([1, 2, 3]);
    expect(shifted([1, 2, 3], 2, 1)).toEqual([1, 2, 3]);
  });
});

describe("what is shown", () => {
  const options = (...values: string[]) => values.map((value) => ({ value, text: value }));
  const show = (panels: Panel[], values: string[], closed: string[] = []): string[] =>
    shownPanels(panels, {
      optionsOf: (name) => (name === "v" ? options(...values) : null),
      isClosed: (key) => closed.includes(key),
    }).map(({ key, panel: { grid } }) => `${key} ${grid.x},${grid.y}`);

  it("repeats a panel abreast and pushes down what is below", () => {
    const panels = panelsOf(
      { id: 1, grid: { x: 0, y: 0, w: 8, h: 4 }, repeat: "v" },
      { id: 2, grid: { x: 0, y: 4, w: 24, h: 4 } },
    );
    expect(show(panels, ["a", "b", "c", "d"])).toEqual([
      "1/a 0,0",
      "1/b 8,0",
      "1/c 16,0",
      "1/d 0,4",
      "2 0,8",
    ]);
  });

  it("repeats a row with all that is under it", () => {
    const panels = panelsOf(
      { id: 1, type: "row", grid: { x: 0, y: 0, w: 24, h: 1 }, repeat: "v" },
      { id: 2, grid: { x: 0, y: 1, w: 12, h: 4 } },
      { id: 3, type: "row", grid: { x: 0, y: 5, w: 24, h: 1 } },
    );
    expect(show(panels, ["a", "b"])).toEqual([
      "1/a 0,0",
      "2/a 0,1",
      "1/b 0,5",
      "2/b 0,6",
      "3 0,10",
    ]);
    expect(show(panels, ["a", "b"], ["1/a"])).toEqual(["1/a 0,0", "1/b 0,1", "2/b 0,2", "3 0,6"]);
    expect(membersOf(panels, 1)).toBe(1);
  });

  it("shows a panel once where the variable is unknown or has no value, and never too often", () => {
    const panels = panelsOf({ id: 1, grid: { x: 4, y: 0, w: 8, h: 4 }, repeat: "v" });
    expect(show(panels, [])).toEqual(["1 4,0"]);
    expect(show(panels, ["a"])).toEqual(["1/a 4,0"]);
    expect(
      show(
        panels,
        Array.from({ length: 500 }, (_, n) => `${n}`),
      ),
    ).toHaveLength(CLONES_MAX);
  });
});

describe("Markdown", () => {
  it("is a tree of blocks", () => {
    const kinds = parseMarkdown(
      "# A\n\ntext\nmore\n- one\n- two\n  on\n1. x\n---\n> q\n```\n<b>\n```",
    );
    expect(kinds.map((block) => block.kind)).toEqual([
      "heading",
      "paragraph",
      "list",
      "list",
      "rule",
      "quote",
      "code",
    ]);
    expect(kinds[2]).toMatchObject({
      ordered: false,
      items: [[{ text: "one" }], [{ text: "two on" }]],
    });
    expect(kinds[6]).toEqual({ kind: "code", text: "<b>" });
  });

  it("knows emphasis, code and links inside a line", () => {
    expect(parseInline("a **b** `c*d*` [e](/f) https://g.example/h.")).toMatchObject([
      { text: "a " },
      { kind: "strong", children: [{ text: "b" }] },
      { text: " " },
      { kind: "code", text: "c*d*" },
      { text: " " },
      { kind: "link", href: "/f", children: [{ text: "e" }] },
      { text: " " },
      { kind: "link", href: "https://g.example/h." },
    ]);
    expect(parseInline("snake_case_name 2*3*4")).toMatchObject([
      { text: "snake_case_name 2" },
      {},
      {},
    ]);
  });

  it("keeps HTML and unsafe addresses as text", () => {
    expect(parseInline("<img src=x onerror=alert(1)>")).toEqual([
      { kind: "text", text: "<img src=x onerror=alert(1)>" },
    ]);
    expect(parseInline("[x](javascript:alert)")).toEqual([
      { kind: "text", text: "[x](javascript:alert)" },
    ]);
    const safe = ["https://a", "/b", "#c", "mailto:d@e"];
    expect(safe.map(safeHref)).toEqual(safe);
    const unsafe = ["javascript:x", "//host", "/\\host", "data:text/html,x", " JaVaScRiPt:x"];
    expect(unsafe.map(safeHref)).toEqual(unsafe.map(() => null));
  });

  it("ends, whatever the text", () => {
    for (const text of ["*".repeat(5000), "[".repeat(5000), "- ".repeat(5000), "```", "#", ">"])
      expect(Array.isArray(parseMarkdown(text))).toBe(true);
  });
});

describe("the gate", () => {
  it("lets so many through, in order, and never sends what was given up", async () => {
    const gate = new Gate(2);
    const log: string[] = [];
    const doors = new Map<string, () => void>();
    const enter = (name: string, signal = new AbortController().signal): Promise<unknown> =>
      gate
        .run(() => {
          log.push(name);
          return new Promise<void>((resolve) => doors.set(name, resolve));
        }, signal)
        .catch((error: Error) => log.push(`${name}: ${error.name}`));
    const given = new AbortController();
    const all = [enter("a"), enter("b"), enter("c", given.signal), enter("d")];
    await Promise.resolve();
    expect(log).toEqual(["a", "b"]);
    given.abort();
    await all[2];
    doors.get("a")?.();
    await all[0];
    expect(log).toEqual(["a", "b", "c: AbortError", "d"]);
    doors.get("b")?.();
    doors.get("d")?.();
    await Promise.all(all);
  });

  it("gives the place back after a failure", async () => {
    const gate = new Gate(1);
    const { signal } = new AbortController();
    await expect(gate.run(() => Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
    await expect(gate.run(() => Promise.resolve(7), signal)).resolves.toBe(7);
  });
});
