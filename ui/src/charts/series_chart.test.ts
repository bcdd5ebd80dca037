// Which series are drawn, what a press in the legend does, and the figures beside a name.
import { describe, expect, it } from "vitest";
import type { Series } from "../prometheus/frame";
import { choose, drawnSeries, seriesColour } from "./series_chart";
import { statisticsOf } from "./statistics";

const series = (key: string, ...values: (number | null)[]): Series => ({
  key,
  name: key,
  labels: {},
  values,
});

describe("what is drawn", () => {
  const three = [series("a", 1, 9), series("b", 5), series("c", null, 7)];
  const drawn = (chosen: string[], most = 10): string[] => [
    ...drawnSeries(three, new Set(chosen), most),
  ];

  it("is all, or what was chosen", () => {
    expect(drawn([])).toEqual(["a", "b", "c"]);
    expect(drawn(["b"])).toEqual(["b"]);
    expect(drawn(["gone"])).toEqual(["a", "b", "c"]);
  });

  it("of too many is what reaches highest", () => expect(drawn([], 2)).toEqual(["a", "c"]));
});

describe("a press in the legend", () => {
  const drawn = new Set(["a", "b", "c"]);
  const check = (chosen: string[], key: string, add: boolean, expected: string[]): void =>
    expect([...choose(new Set(chosen), drawn, key, add)]).toEqual(expected);

  it("shows one alone, and all again", () => {
    check([], "a", false, ["a"]);
    check(["a"], "b", false, ["b"]);
    check(["a"], "a", false, []);
  });

  it("with Ctrl adds and removes", () => {
    check([], "a", true, ["b", "c"]);
    check(["a"], "b", true, ["a", "b"]);
    check(["a", "b"], "b", true, ["a"]);
  });
});

it("colours repeat after twelve", () => {
  expect([0, 11, 12].map(seriesColour)).toEqual(["--s1", "--s12", "--s1"]);
});

it("figures leave gaps out", () => {
  expect(statisticsOf([null, 2, 4, null])).toEqual({
    first: 2,
    last: 4,
    min: 2,
    max: 4,
    mean: 3,
    sum: 6,
    count: 2,
  });
  expect(statisticsOf([null])).toMatchObject({ last: null, mean: null, count: 0 });
});
