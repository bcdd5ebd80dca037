// Values in units by name, and the unit a metric's name tells.
import { describe, expect, it } from "vitest";
import { isKnownUnit, unitBase, unitFormat, UNIT_NAMES, unitOfMetric, unitText } from "./unit";

const show = (value: number, unit: string, decimals?: number): string =>
  unitFormat(unit, decimals)(value).replaceAll("\u00a0", " ");

describe("units", () => {
  it.each([
    [0.25, "s", "250 ms"],
    [90, "s", "1 min 30 s"],
    [1500, "ms", "1.5 s"],
    [1536, "bytes", "1.5 KiB"],
    [1500, "decbytes", "1.5 kB"],
    [2 ** 20, "binBps", "1 MiB/s"],
    [1_250_000, "Bps", "1.25 MB/s"],
    [0.123, "percentunit", "12.3%"],
    [12.3, "percent", "12.3%"],
    [1284, "reqps", "1,284 req/s"],
    [12_840, "reqps", "12.8k req/s"],
    [0.00001234, "short", "1.23e−5"],
    [0.5, "", "0.5"],
    [-3, "celsius", "-3°C"],
    [2.4e9, "hertz", "2.4 GHz"],
    [0.0035, "volt", "3.5 mV"],
    [1, "bool_on_off", "on"],
    [1_795_498_779, "unix_s", "2026-11-24 05:39:39 UTC"],
    [42, "widgets", "42 widgets"],
    [Infinity, "s", "∞"],
    [NaN, "s", "–"],
  ])("%f in %s is %s", (value, unit, expected) => expect(show(value, unit)).toBe(expected));

  it.each([
    [0.25678, "s", 1, "256.8 ms"],
    [1536, "bytes", 2, "1.50 KiB"],
    [1_284_567, "short", 3, "1.285M"],
    [3.14159, "", 4, "3.1416"],
    [0.5, "percentunit", 0, "50%"],
    [90, "s", 2, "1 min 30 s"],
  ])("%f in %s with %i decimals is %s", (value, unit, decimals, expected) =>
    expect(show(value, unit, decimals)).toBe(expected),
  );

  it.each<[string, number, number | null, string]>([
    ["none", 1234567, null, "1,234,567"],
    ["none", 12.3456, null, "12.3"],
    ["none", 1234.5678, null, "1,234.6"],
    ["none", 0.000012, null, "1.20e−5"],
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
    ["dateTimeAsIso", 1_700_000_000_000, null, "2023-11-14 22:13:20\u00a0UTC"],
    ["suffix:apples", 3, null, "3\u00a0apples"],
    ["pears", 3, null, "3\u00a0pears"],
    ["bytes", -2048, null, "-2\u00a0KiB"],
  ])("%s of %f with %s digits", (unit, value, decimals, expected) =>
    expect(unitText(value, unit, decimals)).toBe(expected),
  );

  it("have one name each and take any number", () => {
    expect(new Set(UNIT_NAMES.map((unit) => unit.value)).size).toBe(UNIT_NAMES.length);
    for (const { value: unit } of UNIT_NAMES)
      for (const value of [0, -1, 1e-12, 123.456, 9.99e20])
        expect(unitText(value, unit)).not.toBe("");
  });

  it("that are offered are known", () => {
    for (const { value } of UNIT_NAMES) expect(isKnownUnit(value), value).toBe(true);
  });
});

it.each([
  ["http_request_duration_seconds", "s"],
  ["http_request_duration_seconds_bucket", "s"],
  ["process_cpu_seconds_total", "s"],
  ["process_start_time_seconds", "unix_s"],
  ["go_memstats_heap_bytes", "bytes"],
  ["cache_hit_ratio", "percentunit"],
  ["http_requests_total", ""],
])("%s is in %s", (metric, unit) => expect(unitOfMetric(metric)).toBe(unit));

it("bytes and seconds have round numbers of their own", () => {
  expect([unitBase("bytes"), unitBase("s"), unitBase("reqps")]).toEqual([
    "binary",
    "seconds",
    "decimal",
  ]);
});
