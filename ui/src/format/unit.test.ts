// Values in units by name, and the unit a metric's name tells.
import { describe, expect, it } from "vitest";
import { isKnownUnit, unitBase, unitFormat, UNIT_NAMES, unitOfMetric } from "./unit";

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
