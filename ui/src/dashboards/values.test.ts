// What series come to: reducers, thresholds, mappings.
import { describe, expect, it } from "vitest";
import { cssColour, mappingOf, position, reduce, shownAs, thresholdColour } from "./values";

describe("one figure of many", () => {
  const values = [null, 4, 1, 7, null];
  it.each([
    ["last", 7],
    ["first", 4],
    ["min", 1],
    ["max", 7],
    ["sum", 12],
    ["mean", 4],
    ["count", 3],
  ] as const)("%s", (how, expected) => expect(reduce(values, how)).toBe(expected));
  it("is none of nothing, except the count", () => {
    expect(reduce([null], "last")).toBeNull();
    expect(reduce([], "mean")).toBeNull();
    expect(reduce([null], "count")).toBe(0);
  });
});

describe("thresholds", () => {
  const steps = [
    { value: 0.9, color: "red" },
    { value: null, color: "green" },
    { value: 0.5, color: "dark-yellow" },
  ];
  it.each([
    [-5, "var(--ok)"],
    [0.5, "var(--warn-bar)"],
    [0.89, "var(--warn-bar)"],
    [0.9, "var(--bad)"],
    [NaN, null],
  ])("colour %f", (value, colour) => expect(thresholdColour(value, steps)).toBe(colour));

  it("take hex digits and the page's hues, never other text", () => {
    expect(cssColour("#ff8800")).toBe("#ff8800");
    expect(cssColour("super-light-blue")).toBe("var(--s1)");
    expect(cssColour("url(https://example.com)")).toBeNull();
    expect(cssColour("#ff8800;x")).toBeNull();
  });
});

describe("mappings", () => {
  const rows = [
    { value: "1", text: "up", color: "green" },
    { value: "0", text: "down", color: "red" },
    { value: "10..20", text: "some", color: null },
    { value: "100..", text: "many", color: null },
    { value: "null", text: "silent", color: null },
    { value: "blue", text: "Blue", color: null },
  ];
  it.each([
    [1, "up"],
    [0, "down"],
    ["1.0", "up"],
    [15, "some"],
    [9.99, undefined],
    [1e6, "many"],
    [null, "silent"],
    ["blue", "Blue"],
    ["", undefined],
  ])("of %s", (value, expected) => expect(mappingOf(value, rows)?.text).toBe(expected));

  it("go before units, and their colours before thresholds", () => {
    const look = {
      unit: "s",
      decimals: null,
      mappings: rows,
      thresholds: [{ value: null, color: "blue" }],
    };
    expect(shownAs(1, look)).toEqual({ text: "up", colour: "var(--ok)" });
    expect(shownAs(15, look)).toEqual({ text: "some", colour: "var(--s1)" });
    expect(shownAs(2, look)).toEqual({ text: "2\u00a0s", colour: "var(--s1)" });
  });
});

it("places a value between two ends", () => {
  expect([position(5, 0, 10), position(-1, 0, 10), position(11, 0, 10), position(1, 2, 2)]).toEqual(
    [0.5, 0, 1, 0],
  );
});
