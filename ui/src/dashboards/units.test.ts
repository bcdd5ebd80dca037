// Figures in units, and what series come to: reducers, thresholds, mappings, names.
// The tests run in Europe/Amsterdam (vite.config.ts).
import { describe, expect, it } from "vitest";
import { quantityIn, textIn, UNITS } from "./units";
import {
  cssColour,
  mappingOf,
  position,
  reduce,
  seriesName,
  shownAs,
  thresholdColour,
} from "./values";

describe("units", () => {
  it.each<[string, number, number | null, string]>([
    ["none", 1234567, null, "1,234,567"],
    ["none", 12.3456, null, "12.3"],
    ["none", 1234.5678, null, "1,234.6"],
    ["none", 0.000012, null, "1.20e-5"],
    ["none", 3, 2, "3.00"],
    ["", 0, null, "0"],
    ["short", 999, null, "999"],
    ["short", 12_840, null, "12.8k"],
    ["short", 1_280_000, null, "1.28M"],
    ["short", 12_840, 0, "13k"],
    ["short", 2.5e12, null, "2.5T"],
    ["percent", 42, null, "42%"],
    ["percent", 42.345, null, "42.3%"],
    ["percent", 0.1234, null, "0.123%"],
    ["percentunit", 0.4234, null, "42.3%"],
    ["percentunit", 1, null, "100%"],
    ["percentunit", 0.42, 2, "42.00%"],
    ["s", 0.0123, null, "12.3\u00a0ms"],
    ["s", 90, null, "1\u00a0min 30\u00a0s"],
    ["s", 1.23456, 1, "1.2\u00a0s"],
    ["ms", 1500, null, "1.5\u00a0s"],
    ["µs", 12, null, "12\u00a0µs"],
    ["ns", 1500, null, "1.5\u00a0µs"],
    ["m", 120, null, "2\u00a0h"],
    ["d", 3, null, "3\u00a0d"],
    ["bytes", 1536, null, "1.5\u00a0KiB"],
    ["bytes", 1536, 2, "1.50\u00a0KiB"],
    ["decbytes", 1500, null, "1.5\u00a0kB"],
    ["mbytes", 2048, null, "2\u00a0GiB"],
    ["bits", 2048, null, "2\u00a0Kibit"],
    ["Bps", 1_500_000, null, "1.5\u00a0MB/s"],
    ["binBps", 1024, null, "1\u00a0KiB/s"],
    ["bps", 2000, null, "2\u00a0kbit/s"],
    ["reqps", 12_345, null, "12.3k\u00a0req/s"],
    ["reqps", 0.25, null, "0.25\u00a0req/s"],
    ["ops", 7, null, "7\u00a0ops/s"],
    ["hertz", 2_400_000_000, null, "2.4\u00a0GHz"],
    ["celsius", 21.5, null, "21.5°C"],
    ["currencyEUR", -3.5, null, "-€3.50"],
    ["bool_on_off", 1, null, "on"],
    ["bool_yes_no", 0, null, "no"],
    ["bool", 2, null, "true"],
    ["dateTimeAsIso", 1_700_000_000_000, null, "2023-11-14 23:13:20"],
    ["suffix:apples", 3, null, "3\u00a0apples"],
    ["pears", 3, null, "3\u00a0pears"],
    ["bytes", -2048, null, "-2\u00a0KiB"],
  ])("%s of %f with %s digits", (unit, value, decimals, expected) =>
    expect(textIn(value, unit, decimals)).toBe(expected),
  );

  it("say what is no number", () => {
    expect(textIn(null, "s")).toBe("–");
    expect(textIn(NaN, "s")).toBe("NaN");
    expect(textIn(-Infinity, "bytes")).toBe("-∞");
  });

  it("have one name each and take any number", () => {
    expect(new Set(UNITS.map((unit) => unit.id)).size).toBe(UNITS.length);
    for (const { id } of UNITS)
      for (const value of [0, -1, 1e-12, 123.456, 9.99e20])
        expect(quantityIn(value, id, null).value).not.toBe("");
  });
});

describe("one figure of many", () => {
  const values = [null, 4, NaN, 1, 7, null];
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

it("names series by template or by their labels", () => {
  const labels = { __name__: "up", job: "api", instance: "a:1" };
  expect(seriesName(labels, "{{job}} on {{ instance }}{{none}}")).toBe("api on a:1");
  expect(seriesName(labels, "{{__name__}}")).toBe("up");
  expect(seriesName(labels, "")).toBe('up{job="api", instance="a:1"}');
  expect(seriesName({ __name__: "up" }, "__auto")).toBe("up");
  expect(seriesName({}, "")).toBe("value");
});

it("places a value between two ends", () => {
  expect([position(5, 0, 10), position(-1, 0, 10), position(11, 0, 10), position(1, 2, 2)]).toEqual(
    [0.5, 0, 1, 0],
  );
});
