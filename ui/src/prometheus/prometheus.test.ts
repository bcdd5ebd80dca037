// Steps, intervals, units of queries, exemplars and what is known of a metric.
import { describe, expect, it } from "vitest";
import { aboutMetric } from "./catalogue";
import { DOTS_MAX, exemplarDots } from "./exemplars";
import { unitOfQuery } from "./query_unit";
import { autoStep, durationText, fillIntervals, gridOf, parseDuration } from "./step";

describe("steps", () => {
  it.each([
    [300, 2],
    [3600, 15],
    [6 * 3600, 120],
    [86400, 600],
    [7 * 86400, 3600],
    [365 * 86400, 604_800],
    [1, 1],
  ])("over %i seconds are %i apart", (range, step) => expect(autoStep(range)).toBe(step));

  it("give a grid on whole steps within the range", () => {
    const grid = gridOf(1_000_007_000, 1_003_607_000, null);
    expect(grid).toEqual({ start: 999_990 + 15, end: 1_003_605, step: 15 });
    expect(gridOf(7_000, 67_000, 10)).toEqual({ start: 0, end: 60, step: 10 });
  });

  it("are never so short that there are too many", () => {
    const { start, end, step } = gridOf(0, 86_400_000, 1);
    expect((end - start) / step).toBeLessThan(11_000);
  });

  it.each([
    ["15s", 15],
    ["1m30s", 90],
    ["1h", 3600],
    ["250ms", 0.25],
    ["30", 30],
    ["", null],
    ["0s", null],
    ["5 minutes", null],
    ["m", null],
  ])("%s is read as %s", (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each([
    [15, "15s"],
    [90, "1m30s"],
    [3600, "1h"],
    [0.25, "250ms"],
    [694_861, "1w1d1h1m1s"],
  ])("%f seconds are written %s", (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
    expect(parseDuration(text)).toBe(seconds);
  });
});

describe("interval variables", () => {
  const fill = (text: string) => fillIntervals(text, { stepSeconds: 15, rangeSeconds: 3600 });

  it.each([
    ["rate(x[$__rate_interval])", "rate(x[4m])"],
    ["x[$__interval]", "x[15s]"],
    ["x[${__range}] / $__range_s + $__range_ms", "x[1h] / 3600 + 3600000"],
    ['x{a="$service"}', 'x{a="$service"}'],
    ["$__nothing", "$__nothing"],
  ])("in %s", (template, text) => expect(fill(template).text).toBe(text));

  it("let positions be found again in what was written", () => {
    const template = "é[$__range] + oops";
    const { text, sourceByte } = fill(template);
    expect(text).toBe("é[1h] + oops");
    const bytes = (of: string, part: string) => new TextEncoder().encode(of.split(part)[0]).length;
    expect(sourceByte(bytes(text, "oops"))).toBe(bytes(template, "oops"));
    expect(sourceByte(0)).toBe(0);
  });
});

it.each([
  ["http_request_duration_seconds_sum", "s"],
  ["rate(http_requests_total[5m])", "reqps"],
  ["sum by (job) (rate(errors_total[5m]))", "cps"],
  ["rate(node_network_receive_bytes_total[5m])", "binBps"],
  ["rate(process_cpu_seconds_total[5m])", ""],
  ["histogram_quantile(0.99, sum by (le) (rate(x_seconds_bucket[5m])))", "s"],
  ["histogram_quantile(0.99, sum(rate(x_seconds[5m])))", "s"],
  ["histogram_count(rate(x_seconds[5m]))", "cps"],
  ["histogram_fraction(0, 0.2, rate(x_seconds[5m]))", "percentunit"],
  ["rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m])", "s"],
  ["sum(rate(e_total[5m])) / sum(rate(r_total[5m]))", "percentunit"],
  ["a_bytes / b_bytes", "percentunit"],
  ["(a_bytes - b_bytes)", "bytes"],
  ["100 * a_bytes", ""],
  ["a_bytes > 5", "bytes"],
  ["count(a_bytes)", ""],
  ["time() - process_start_time_seconds", "s"],
  ["process_start_time_seconds", "unix_s"],
  ["rate(x_count[5m])", "cps"],
  ["up", ""],
  ["((", ""],
  ["", ""],
])("the unit of %s is %s", (query, unit) => expect(unitOfQuery(query)).toBe(unit));

describe("exemplars", () => {
  const id = (n: number): string => n.toString(16).padStart(32, "0");
  const source = { from: 0, to: 1000, format: String, hrefOf: (one: string) => `/traces/${one}` };
  const exemplar = (time: number, value: string, labels: Record<string, string>) => ({
    labels,
    value,
    timestamp: time,
  });
  const series = (...exemplars: ReturnType<typeof exemplar>[]) => [
    { seriesLabels: { __name__: "x_bucket", le: "1", service: "a" }, exemplars },
  ];

  it("lead to their traces", () => {
    const [dot] = exemplarDots(series(exemplar(5, "0.3", { trace_id: id(1) })), source);
    expect(dot).toMatchObject({ time: 5, value: 0.3, href: `/traces/${id(1)}` });
    expect(dot?.title).toContain('{service="a"}');
    expect(dot?.title).not.toContain("le=");
  });

  it("without a trace, a number or outside of the range are none", () => {
    const all = series(
      exemplar(5, "0.3", {}),
      exemplar(5, "0.3", { trace_id: "javascript:alert(1)" }),
      exemplar(5, "NaN", { trace_id: id(1) }),
      exemplar(5000, "1", { trace_id: id(2) }),
    );
    expect(exemplarDots(all, source)).toEqual([]);
  });

  it("are thinned to the highest of each stretch, once per trace", () => {
    const many = Array.from({ length: 900 }, (_, at) =>
      exemplar(at, String(at % 10), { traceID: id(at) }),
    );
    const dots = exemplarDots(series(...many), source);
    expect(dots.length).toBeLessThanOrEqual(DOTS_MAX);
    expect(dots.every((dot) => dot.value === 9)).toBe(true);
    const twice = series(
      exemplar(1, "1", { traceID: id(1) }),
      exemplar(1, "1", { traceID: id(1) }),
    );
    expect(exemplarDots(twice, source).length).toBe(1);
  });
});

describe("what is known of a metric", () => {
  const all = {
    x_seconds: [{ type: "histogram", help: "how long", unit: "seconds" }],
    q: [{ type: "summary", help: "quantiles", unit: "" }],
    hits: [{ type: "counter", help: "hits", unit: "" }],
    load: [{ type: "gauge", help: "load", unit: "" }],
  };

  it.each([
    ["x_seconds", "histogram", "how long"],
    ["x_seconds_bucket", "histogram", "how long"],
    ["x_seconds_count", "counter", "how long"],
    ["q_sum", "counter", "quantiles"],
    ["hits_total", "counter", "hits"],
    ["load_count", "", ""],
    ["unknown", "", ""],
  ])("%s is a %s", (name, type, help) =>
    expect(aboutMetric(all, name)).toMatchObject({ type, help }),
  );
});
