// Variables: their queries, options, choices, order and the address.
import { describe, expect, it } from "vitest";
import { readDashboard, type Option, type Variable } from "./document";
import {
  addressPatch,
  ALL,
  bind,
  choiceText,
  chosen,
  dependsOn,
  fromAddress,
  inOrder,
  narrowed,
  optionsFrom,
  parseLookup,
  parsePattern,
  toggled,
} from "./variables";

function variable(patch: Partial<Variable>): Variable {
  const [made] = readDashboard({ variables: [{ name: "v", type: "query", ...patch }] }).variables;
  if (!made) throw new Error("no variable");
  return made;
}
const options = (...values: string[]): Option[] => values.map((value) => ({ value, text: value }));

describe("queries", () => {
  it.each([
    ["label_values(job)", { kind: "label_values", label: "job", match: null }],
    ["label_values(up, job)", { kind: "label_values", label: "job", match: "up" }],
    [
      'label_values(up{a=~"x,y", b="z"}, instance)',
      { kind: "label_values", label: "instance", match: 'up{a=~"x,y", b="z"}' },
    ],
    [
      'label_values(up, "service.name")',
      { kind: "label_values", label: "service.name", match: "up" },
    ],
    ["label_values(up, $by)", { kind: "label_values", label: "$by", match: "up" }],
    ["label_names()", { kind: "label_names", match: null }],
    ["label_names(up)", { kind: "label_names", match: "up" }],
    ["metrics(node_.*)", { kind: "metrics", pattern: "node_.*" }],
    ["query_result(topk(5, up))", { kind: "query_result", promql: "topk(5, up)" }],
    ['up{job="api"}', { kind: "series", match: 'up{job="api"}' }],
    ["  ", null],
    ["label_values()", null],
    ["query_result()", null],
  ])("%s", (query, expected) => expect(parseLookup(query)).toEqual(expected));
});

describe("options", () => {
  const values = (texts: string[], patch: Partial<Variable>): string[] =>
    optionsFrom(texts, variable(patch)).map((option) => option.value);
  const sample = ["b10", "b9", "A1", "b9", ""];

  it("come once each, in the order asked for", () => {
    expect(values(sample, {})).toEqual(["b10", "b9", "A1"]);
    expect(values(sample, { sort: "alphabetical" })).toEqual(["A1", "b10", "b9"]);
    expect(values(sample, { sort: "alphabetical_desc" })).toEqual(["b9", "b10", "A1"]);
    expect(values(sample, { sort: "numeric" })).toEqual(["A1", "b9", "b10"]);
    expect(values(sample, { sort: "numeric_desc" })).toEqual(["b10", "b9", "A1"]);
  });

  it.each([
    ["/^b(\\d+)$/", ["10", "9"]],
    ["/B/i", ["b", "b"].slice(0, 1)],
    ["b.*", ["b10", "b9"]],
    ["/(?<text>[a-z])(?<value>\\d+)/", ["10", "9"]],
    ["/[/", ["b10", "b9", "A1"]],
  ])("are filtered by %s", (regex, expected) =>
    expect(values(sample, { regex })).toEqual(expected),
  );

  it("have a text of their own by named groups", () => {
    const texts = optionsFrom(
      ['x{name="Web",id="7"}'],
      variable({ regex: '/name="(?<text>[^"]+)",id="(?<value>\\d+)"/' }),
    );
    expect(texts).toEqual([{ value: "7", text: "Web" }]);
  });

  it("are not filtered by what is no pattern", () => expect(parsePattern("/(/")).toBeNull());
});

describe("the choice", () => {
  const known = options("a", "b");
  it.each<[string, Partial<Variable>, string[] | null, string[]]>([
    ["the address", {}, ["b"], ["b"]],
    ["the address, even where it is no option", {}, ["zz"], ["zz"]],
    ["one of several in the address where one is allowed", {}, ["b", "a"], ["b"]],
    ["several", { multi: true }, ["b", "a"], ["b", "a"]],
    ["all, which excludes others", { multi: true, include_all: true }, ["a", ALL], [ALL]],
    ["the default", { default: ["b"] }, null, ["b"]],
    ["the first option where the default is none", { default: ["zz"] }, null, ["a"]],
    ["all by default", { include_all: true, default: [ALL] }, null, [ALL]],
    ["all where nothing is said and it is allowed", { include_all: true }, null, [ALL]],
    ["a text's default", { type: "text", default: ["q"] }, null, ["q"]],
    ["an empty text", { type: "text" }, null, [""]],
    ["a constant, whatever the address says", { type: "constant", default: ["c"] }, ["x"], ["c"]],
  ])("is %s", (_, patch, address, expected) =>
    expect(chosen(variable(patch), known, address)).toEqual(expected),
  );

  it("is nothing where there is nothing to choose", () =>
    expect(chosen(variable({}), [], null)).toEqual([]));

  it.each([
    [["a"], "b", ["a", "b"]],
    [["a", "b"], "a", ["b"]],
    [["a"], "a", ["a"]],
    [[ALL], "a", ["a"]],
    [["a"], ALL, [ALL]],
  ])("of several: %j and a click on %s", (now, click, next) =>
    expect(toggled(now, click)).toEqual(next),
  );

  it("is bound with texts, All with every option or its own value", () => {
    const named = [{ value: "p", text: "Production" }, ...options("q")];
    const multi = variable({ multi: true, include_all: true });
    expect(bind(multi, named, ["p"], 15).texts).toEqual(["Production"]);
    expect(bind(multi, named, [ALL], 15)).toMatchObject({ values: ["p", "q"], allValue: null });
    expect(bind({ ...multi, all_value: ".*" }, named, [ALL], 15).allValue).toBe(".*");
    expect(bind(variable({ type: "interval" }), [], ["$__auto"], 15).values).toEqual(["15s"]);
    expect(choiceText(bind(multi, options("a", "b", "c"), ["a", "b", "c"], 15))).toBe("a, b + 1");
  });
});

describe("the address", () => {
  it("holds values as Grafana's does", () => {
    const params = new URLSearchParams("from=-1h&var-a=x&var-a=y&var-b=All&var-c=%24__all");
    expect(fromAddress("a", params)).toEqual(["x", "y"]);
    expect(fromAddress("b", params)).toEqual([ALL]);
    expect(fromAddress("c", params)).toEqual([ALL]);
    expect(fromAddress("d", params)).toBeNull();
    expect(addressPatch("a", ["x"])).toEqual({ "var-a": ["x"] });
  });
});

describe("dependencies", () => {
  const a = variable({ name: "a", query: "label_values(up, job)" });
  const b = variable({ name: "b", query: 'label_values(up{job=~"$a"}, instance)' });
  const c = variable({ name: "c", query: 'label_values(up{x=~"${b}"}, y)' });
  it("order the lookups", () => {
    expect(dependsOn(c, [a, b, c])).toEqual(["b"]);
    expect(inOrder([c, b, a]).map((one) => one.name)).toEqual(["a", "b", "c"]);
  });
  it("may be a circle", () => {
    const round = { ...a, query: 'label_values(up{x="$c"}, job)' };
    expect(inOrder([round, b, c])).toHaveLength(3);
  });
});

it("narrows a scope to one value for a clone", () => {
  const scope = new Map([
    ["v", bind(variable({ multi: true }), options("a", "b"), ["a", "b"], 15)],
  ]);
  expect(narrowed(scope, { v: { value: "b", text: "B" } }).get("v")).toMatchObject({
    values: ["b"],
    texts: ["B"],
    multi: true,
  });
});
