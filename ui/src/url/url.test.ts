// The address: patching parameters, and conditions on attributes.
import { describe, expect, it } from "vitest";
import { parseDurationMs } from "../format/parse";
import { formatFilter, parseFilter, withFilter } from "./attribute_filter";
import { hrefTo, patchParams, place, queryText } from "./location";
import { errorsHref, failuresHref, requestsHref, slowHref } from "../pages/services/links";
import { parseSorting } from "../table/sorting";

describe("addresses behind figures", () => {
  it("lead to the requests that services count, and failures to all failed spans", () => {
    const scope = { service: "cart", operation: "GET /" };
    const params = (href: string) =>
      Object.fromEntries(new URL(href, "http://x").searchParams.entries());
    const requests = { ...scope, spans: "requests" };
    expect(params(requestsHref(scope))).toMatchObject(requests);
    expect(params(errorsHref(scope))).toMatchObject({ ...requests, status: "error" });
    expect(params(slowHref(scope, 12.345))).toMatchObject({
      ...requests,
      min_duration_ms: "12.3",
      sort: "duration",
    });
    const failures = params(failuresHref(scope));
    expect(failures).toMatchObject({ ...scope, status: "error" });
    expect(failures).not.toHaveProperty("spans");
  });
});

describe("parameters", () => {
  it("sets, repeats and removes", () => {
    const before = new URLSearchParams("a=1&b=2&attr=x");
    expect(queryText(patchParams(before, { a: null, b: "3", attr: ["k=v", "n!=w"] }))).toBe(
      "?b=3&attr=k=v&attr=n!=w".replace("!", "%21"),
    );
    expect(queryText(patchParams(before, { a: "", b: [], attr: null }))).toBe("");
  });

  it("survives a round trip through an address", () => {
    const odd = "GET /a?b=c&d #e +f ü";
    const text = queryText(
      patchParams(new URLSearchParams(), { q: odd, from: "2026-11-22T14:00:00Z" }),
    );
    expect(text).toContain("from=2026-11-22T14:00:00Z");
    expect(new URLSearchParams(text).get("q")).toBe(odd);
  });

  it("carries the shared ones along, and only those", () => {
    place.value = {
      path: "/traces",
      params: new URLSearchParams("from=-6h&live=1&q=cart&status=error"),
    };
    expect(hrefTo("/logs", { service: "checkout" })).toBe("/logs?from=-6h&live=1&service=checkout");
    place.value = { path: "/", params: new URLSearchParams() };
    expect(hrefTo("/")).toBe("/");
  });
});

describe("attribute filters", () => {
  const check = (input: string, expected: string | null): void => {
    const filter = parseFilter(input);
    expect(filter ? formatFilter(filter) : null, input).toBe(expected);
  };

  it("reads each operator", () => {
    check("http.route=/cart", "http.route=/cart");
    check("http.route = /cart", "http.route=/cart");
    check("status!=200", "status!=200");
    check("db.query.text~=SELECT stock", "db.query.text~=SELECT stock");
    check("db.query.text =~ stock", "db.query.text~=stock");
    check("user.id", "user.id");
    check("user.id exists", "user.id");
    check('name="a = b"', "name=a = b");
  });

  it("refuses what lacks a key or a value", () => {
    for (const input of ["", "=x", "key=", "two words", "a b=c"]) check(input, null);
  });

  it("does not repeat a condition", () => {
    expect(withFilter(["a=b"], { key: "a", operator: "=", value: "b" })).toEqual(["a=b"]);
    expect(withFilter(["a=b"], { key: "a", operator: "!=", value: "c" })).toEqual(["a=b", "a!=c"]);
  });
});

it("reads durations", () => {
  const cases: [string, number | null][] = [
    ["250ms", 250],
    ["1.5 s", 1500],
    ["100", 100],
    ["2m", 120_000],
    ["20µs", 0.02],
    ["0.3s", 300],
    ["fast", null],
    ["", null],
    ["-1s", null],
  ];
  for (const [input, expected] of cases) expect(parseDurationMs(input), input).toBe(expected);
});

it("reads sorting", () => {
  expect(parseSorting("", "rate")).toEqual({ key: "rate", descending: true });
  expect(parseSorting("", "name")).toEqual({ key: "name", descending: false });
  expect(parseSorting("-p99", "rate")).toEqual({ key: "p99", descending: true });
  expect(parseSorting("name", "rate")).toEqual({ key: "name", descending: false });
});
