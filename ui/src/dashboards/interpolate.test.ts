// Variables in queries, texts and links: every way to write one, and what quotes do to values.
import { describe, expect, it } from "vitest";
import {
  builtinScope,
  interpolateQuery,
  interpolateText,
  interpolateUrl,
  references,
  type Bound,
} from "./interpolate";

const one = (value: string): Bound => ({
  values: [value],
  texts: [value],
  multi: false,
  allValue: null,
});
const many = (...values: string[]): Bound => ({
  values,
  texts: values,
  multi: true,
  allValue: null,
});

const scope = new Map<string, Bound>([
  ["job", many("api", "web")],
  ["one", many("a.b")],
  ["none", many()],
  ["odd", many('a"b', "c\\d", "e(f)")],
  ["host", one("db.eu")],
  ["sly", one('x"} or vector(1) or up{a="')],
  ["metric", one("http_requests_total")],
  ["fragment", one('up{job="api"}')],
  ["all", { values: ["a", "b"], texts: ["All"], multi: true, allValue: ".+" }],
  ["every", { values: ["a.b", "c"], texts: ["All"], multi: true, allValue: null }],
  ["env", { values: ["prod"], texts: ["Production"], multi: false, allValue: null }],
  ...builtinScope({ fromMs: 1_700_000_000_000, toMs: 1_700_003_600_000, stepSeconds: 15 }),
]);

const check = (query: string, expected: string): void =>
  expect(interpolateQuery(query, scope)).toBe(expected);

describe("in a query", () => {
  it.each([
    ['up{job=~"$job"}', 'up{job=~"(api|web)"}'],
    ['up{job=~"${job}"}', 'up{job=~"(api|web)"}'],
    ['up{job=~"[[job]]"}', 'up{job=~"(api|web)"}'],
    ["up{job=~'$job'}", "up{job=~'(api|web)'}"],
    ["up{job=~`$job`}", "up{job=~`(api|web)`}"],
    ['up{job!~"$job"}', 'up{job!~"(api|web)"}'],
    ['up{job=~"$job.*"}', 'up{job=~"(api|web).*"}'],
    ['up{job=~"x-${job}-y"}', 'up{job=~"x-(api|web)-y"}'],
    ["$metric", "http_requests_total"],
    ["${metric}_bucket", "http_requests_total_bucket"],
    ["[[metric]]", "http_requests_total"],
    ["sum($fragment)", 'sum(up{job="api"})'],
    ["$nobody + ${nobody} + [[nobody]]", "$nobody + ${nobody} + [[nobody]]"],
    ['label_replace(up, "a", "$1", "b", "(.*)")', 'label_replace(up, "a", "$1", "b", "(.*)")'],
    ['up{a="$host", job=~"$job", b="$host"}', 'up{a="db.eu", job=~"(api|web)", b="db.eu"}'],
  ])("%s", check);

  it.each([
    ['up{x=~"$one"}', 'up{x=~"a\\\\.b"}'],
    ["up{x=~`$one`}", "up{x=~`a\\.b`}"],
    ['up{x="$one"}', 'up{x="a.b"}'],
    ['up{x!="$one"}', 'up{x!="a.b"}'],
    ['up{x = "$one"}', 'up{x = "a.b"}'],
    ['up{x=~"$odd"}', 'up{x=~"(a\\"b|c\\\\\\\\d|e\\\\(f\\\\))"}'],
    ["up{x=~'$odd'}", "up{x=~'(a\"b|c\\\\\\\\d|e\\\\(f\\\\))'}"],
    ['up{x="$sly"}', 'up{x="x\\"} or vector(1) or up{a=\\""}'],
    ['up{x="a\\"$one"}', 'up{x="a\\"a.b"}'],
    ['up{x="b"} # "$one\n + up{x=~"$one"}', 'up{x="b"} # "a\\.b\n + up{x=~"a\\\\.b"}'],
  ])("escapes what would end the quotes or match too much: %s", check);

  it.each([
    ['up{x=~"$all"}', 'up{x=~".+"}'],
    ['up{x=~"${all:regex}"}', 'up{x=~".+"}'],
    ['up{x=~"$every"}', 'up{x=~"(a\\\\.b|c)"}'],
    ['up{x=~"$none"}', 'up{x=~".*"}'],
  ])("All is its own value, or every option: %s", check);

  it.each([
    ["${job:pipe}", "api|web"],
    ["${job:regex}", "(api|web)"],
    ["${one:regex}", "a\\.b"],
    ['up{x=~"${one:regex}"}', 'up{x=~"a\\\\.b"}'],
    ["${job:csv}", "api,web"],
    ["sum by (${job:csv}) (up)", "sum by (api,web) (up)"],
    ["${one:raw}", "a.b"],
    ['up{x="${sly:raw}"}', 'up{x="x"} or vector(1) or up{a=""}'],
    ["${job:glob}", "{api,web}"],
    ["${one:glob}", "a.b"],
    ["${job:json}", '["api","web"]'],
    ["${job:doublequote}", '"api","web"'],
    ["${job:singlequote}", "'api','web'"],
    ["${job:sqlstring}", "'api','web'"],
    ["${job:distributed}", "api,job=web"],
    ["${job:queryparam}", "var-job=api&var-job=web"],
    ["${env:text}", "Production"],
    ["${every:text}", "All"],
    ["[[job:pipe]]", "api|web"],
    ["${job:unheard}", "{api,web}"],
  ])("formats %s", check);

  it.each([
    ["rate(a[$__interval])", "rate(a[15s])"],
    ["rate(a[$__rate_interval])", "rate(a[4m])"],
    ["rate(a[${__rate_interval}])", "rate(a[4m])"],
    ["increase(a[$__range])", "increase(a[3600s])"],
    ["a / $__range_s", "a / 3600"],
    ["a / $__range_ms", "a / 3600000"],
    ["a / $__interval_ms", "a / 15000"],
    ["a > $__from", "a > 1700000000000"],
  ])("knows its window: %s", check);
});

it("writes texts as people read them, and addresses encoded", () => {
  expect(interpolateText("$job in ${env} ${host} $nobody", scope)).toBe(
    "api + web in Production db.eu $nobody",
  );
  expect(interpolateUrl("/x?q=$sly&${job:queryparam}", scope)).toBe(
    `/x?q=${encodeURIComponent('x"} or vector(1) or up{a="')}&var-job=api&var-job=web`,
  );
});

it("names what a text refers to", () => {
  expect(references("$a ${b:csv} [[c]] $a ${__from}")).toEqual(["a", "b", "c", "__from"]);
});
