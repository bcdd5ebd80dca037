// Values by the name of their unit, as dashboards name units: `s`, `bytes`, `reqps`, `percentunit`.
// Invariants: pure; a unit nobody knows is shown behind the number; what is no number is a dash.
import type { AxisBase } from "../charts/axis";
import { bytes, compact, durationMs, percent, significant, text, type Quantity } from "./quantity";

type Show = (value: number) => Quantity;

const METRIC_PREFIXES = ["", "k", "M", "G", "T", "P", "E"];
const SMALL_PREFIXES = ["", "m", "µ", "n"];

/** 1,250 B/s is "1.25" "kB/s"; below one there are milli, micro and nano. */
function metric(unit: string, small = false): Show {
  return (value) => {
    const size = Math.abs(value);
    if (size === 0) return { value: "0", unit };
    let step = 0;
    if (size < 1 && small) {
      while (size * 1000 ** -step < 0.9995 && step > -3) step -= 1;
      return {
        value: significant(value * 1000 ** -step),
        unit: (SMALL_PREFIXES[-step] ?? "") + unit,
      };
    }
    while (size / 1000 ** step >= 999.5 && step < METRIC_PREFIXES.length - 1) step += 1;
    return { value: significant(value / 1000 ** step), unit: (METRIC_PREFIXES[step] ?? "") + unit };
  };
}

const scaled =
  (show: (value: number) => Quantity, by: number): Show =>
  (value) =>
    show(value * by);

/** A number with a unit that does not scale: "1.28k req/s". */
const plain =
  (unit: string): Show =>
  (value) => {
    const number = compact(value);
    return { value: small(value) ?? number.value, unit };
  };

/** Numbers too small for six digits after the point. */
function small(value: number): string | null {
  const size = Math.abs(value);
  return size > 0 && size < 1e-4 ? value.toExponential(2).replace("e-", "e−") : null;
}

const binaryRate: Show = (value) => {
  const amount = bytes(value);
  return { value: amount.value, unit: `${amount.unit}/s` };
};

const moment = (ms: number): Quantity => {
  const at = new Date(ms);
  return Number.isNaN(at.getTime())
    ? { value: "–", unit: "" }
    : { value: at.toISOString().slice(0, 19).replace("T", " "), unit: "UTC" };
};

const word =
  (yes: string, no: string): Show =>
  (value) => ({ value: value === 0 ? no : yes, unit: "" });

const UNITS: Record<string, Show> = {
  "": plain(""),
  none: plain(""),
  short: plain(""),
  percent: (value) => percent(value / 100),
  percentunit: percent,
  ns: scaled(durationMs, 1e-6),
  µs: scaled(durationMs, 1e-3),
  ms: durationMs,
  s: scaled(durationMs, 1e3),
  m: scaled(durationMs, 60e3),
  h: scaled(durationMs, 3600e3),
  d: scaled(durationMs, 86400e3),
  bytes,
  decbytes: metric("B"),
  bits: metric("b"),
  decbits: metric("b"),
  kbytes: scaled(bytes, 1024),
  mbytes: scaled(bytes, 1024 ** 2),
  gbytes: scaled(bytes, 1024 ** 3),
  Bps: metric("B/s"),
  binBps: binaryRate,
  bps: metric("b/s"),
  hertz: metric("Hz"),
  reqps: plain("req/s"),
  rps: plain("reads/s"),
  wps: plain("writes/s"),
  ops: plain("ops/s"),
  cps: plain("/s"),
  iops: plain("io/s"),
  reqpm: plain("req/min"),
  opm: plain("ops/min"),
  pps: metric("p/s"),
  celsius: plain("°C"),
  fahrenheit: plain("°F"),
  kelvin: plain("K"),
  watt: metric("W"),
  joule: metric("J"),
  volt: metric("V", true),
  amp: metric("A", true),
  unix_s: scaled(moment, 1000),
  dateTimeAsIso: moment,
  dateTimeFromNow: moment,
  bool: word("true", "false"),
  bool_yes_no: word("yes", "no"),
  bool_on_off: word("on", "off"),
};

const SECONDS = new Set(["s"]);
const BINARY = new Set(["bytes", "kbytes", "mbytes", "gbytes", "binBps"]);

/** The units offered for choosing; others can be written. */
export const UNIT_NAMES: readonly { value: string; label: string }[] = [
  { value: "", label: "Number" },
  { value: "reqps", label: "Requests per second" },
  { value: "cps", label: "Per second" },
  { value: "percentunit", label: "Share (0–1) as percent" },
  { value: "percent", label: "Percent (0–100)" },
  { value: "s", label: "Seconds" },
  { value: "ms", label: "Milliseconds" },
  { value: "bytes", label: "Bytes (1024)" },
  { value: "decbytes", label: "Bytes (1000)" },
  { value: "binBps", label: "Bytes per second" },
  { value: "hertz", label: "Hertz" },
  { value: "celsius", label: "Degrees Celsius" },
  { value: "unix_s", label: "Moment (Unix seconds)" },
];

export function isKnownUnit(unit: string): boolean {
  return unit in UNITS;
}

/** A value as a quantity; `decimals` fixes the digits after the point where the unit has any. */
export function quantityOf(value: number | null, unit: string, decimals?: number | null): Quantity {
  if (value === null || Number.isNaN(value)) return { value: "–", unit: "" };
  if (!Number.isFinite(value)) return { value: value > 0 ? "∞" : "−∞", unit: "" };
  const shown = (UNITS[unit] ?? plain(unit))(value);
  return decimals === undefined || decimals === null ? shown : withDecimals(shown, value, decimals);
}

/** What one unit is in another: the prefixes, bytes by 1024, shares, minutes and hours. */
const SCALES = [
  1,
  1e3,
  1e6,
  1e9,
  1e12,
  1024,
  1024 ** 2,
  1024 ** 3,
  1024 ** 4,
  100,
  60,
  3600,
  86400,
].flatMap((scale) => [scale, 1 / scale]);

/** The same quantity in the same unit with that many decimals, from the value itself. */
function withDecimals(shown: Quantity, value: number, decimals: number): Quantity {
  const match = /^(-?[\d,]+(?:\.\d+)?)([kMG]?)$/.exec(shown.value);
  if (!match) return shown;
  const ratio = value === 0 ? 1 : Number((match[1] ?? "").replaceAll(",", "")) / value;
  const scale = SCALES.find((one) => Math.abs(ratio / one - 1) < 0.01);
  if (scale === undefined) return shown;
  const digits = Math.max(0, Math.min(10, Math.round(decimals)));
  const fixed = (value * scale).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return { value: fixed + (match[2] ?? ""), unit: shown.unit };
}

export function unitFormat(unit: string, decimals?: number | null): (value: number) => string {
  return (value) => text(quantityOf(value, unit, decimals));
}

/** What round numbers are in this unit. */
export function unitBase(unit: string): AxisBase {
  return SECONDS.has(unit) ? "seconds" : BINARY.has(unit) ? "binary" : "decimal";
}

const BY_NAME: readonly [RegExp, string][] = [
  [/_timestamp_seconds$|_start_time_seconds$|_created$/, "unix_s"],
  [/_milliseconds$|_ms$/, "ms"],
  [/_seconds$/, "s"],
  [/_bytes$/, "bytes"],
  [/_ratio$/, "percentunit"],
  [/_percent$/, "percent"],
  [/_celsius$/, "celsius"],
  [/_hertz$/, "hertz"],
  [/_volts$/, "volt"],
  [/_amperes$/, "amp"],
  [/_watts$/, "watt"],
  [/_joules$/, "joule"],
];

/** The unit of a metric by how it is called; empty where its name says none. */
export function unitOfMetric(name: string): string {
  const base = name.replace(/_(total|sum|bucket)$/, "");
  return BY_NAME.find(([pattern]) => pattern.test(base))?.[1] ?? "";
}
