// Values by the name of their unit, as dashboards name units: `s`, `bytes`, `reqps`, `percentunit`.
// Invariants: pure; a unit nobody knows is shown behind the number; what is no number is a dash;
// `decimals` counts digits after the point, null leaves them to the size.
import type { AxisBase } from "../charts/axis";
import { bytes, compact, durationMs, significant, text, type Quantity } from "./quantity";

type Format = (value: number, decimals: number | null) => Quantity;

const grouped = new Map<number, Intl.NumberFormat>();

function fixed(value: number, decimals: number): string {
  let format = grouped.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat("en-US", {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    grouped.set(decimals, format);
  }
  return format.format(value);
}

function digits(value: number, decimals: number | null): string {
  if (decimals !== null) return fixed(value, Math.min(decimals, 20));
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15))
    return value.toExponential(2).replace("e-", "e−");
  if (Number.isInteger(value)) return fixed(value, 0);
  return size < 100 ? significant(value) : fixed(value, size < 10_000 ? 1 : 0);
}

/** A figure with a suffix that never changes. */
function plain(unit: string, factor = 1): Format {
  return (value, decimals) => ({ value: digits(value * factor, decimals), unit });
}

/** A figure that moves to the prefix which keeps it short. */
function scaled(base: number, units: readonly string[], first = 0): Format {
  return (value, decimals) => {
    let amount = value;
    let at = first;
    while (Math.abs(amount) >= base - base * 5e-4 && at < units.length - 1) {
      amount /= base;
      at += 1;
    }
    return { value: digits(amount, decimals), unit: units[at] ?? "" };
  };
}

function prefixed(suffix: string, separator = ""): string[] {
  return ["", "k", "M", "G", "T", "P"].map((prefix) => `${prefix}${separator}${suffix}`);
}

function duration(factorMs: number): Format {
  return (value, decimals) => {
    const ms = value * factorMs;
    if (decimals === null || Math.abs(ms) >= 59_950) return durationMs(ms);
    const { unit } = durationMs(ms);
    const divisor = { ns: 1e-6, µs: 1e-3, ms: 1, s: 1e3 }[unit] ?? 1;
    return { value: digits(ms / divisor, decimals), unit };
  };
}

function percent(factor: number): Format {
  return (value, decimals) => {
    const share = value * factor;
    if (decimals !== null) return { value: fixed(share, decimals), unit: "%" };
    const size = Math.abs(share);
    const shown = size >= 10 || size === 0 ? Number(share.toFixed(1)) : share;
    return { value: significant(shown, size >= 100 ? 4 : 3), unit: "%" };
  };
}

const IEC_BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const SI_BYTES = ["B", "kB", "MB", "GB", "TB", "PB"];
const perSecond = (units: readonly string[]): string[] => units.map((one) => `${one}/s`);

function short(value: number, decimals: number | null): Quantity {
  const size = Math.abs(value);
  if (decimals === null && size < 9.995e11)
    return size < 1000 ? { value: digits(value, null), unit: "" } : compact(value);
  const { value: text, unit } = scaled(1000, prefixed(""))(value, decimals);
  return { value: `${text}${unit}`, unit: "" };
}

/** A rate: the figure shortened, per what behind it. */
function rate(unit: string): Format {
  return (value, decimals) => {
    return { value: short(value, decimals).value, unit };
  };
}

function truth(no: string, yes: string): Format {
  return (value) => ({ value: value === 0 ? no : yes, unit: "" });
}

function moment(factorMs: number): Format {
  return (value) => {
    const at = new Date(value * factorMs);
    return Number.isNaN(at.getTime())
      ? { value: "–", unit: "" }
      : { value: at.toISOString().slice(0, 19).replace("T", " "), unit: "UTC" };
  };
}

/** A unit whose thousandths and millionths are used, too. */
function fine(unit: string): Format {
  const below = ["n", "µ", "m"].map((prefix) => prefix + unit);
  const units = [...below, ...prefixed(unit)];
  return (value, decimals) => {
    const size = Math.abs(value);
    const from = size >= 1 || size === 0 ? 3 : size >= 0.9995e-3 ? 2 : size >= 0.9995e-6 ? 1 : 0;
    return scaled(1000, units, from)(value * 1000 ** (3 - from), decimals);
  };
}

type Row = readonly [id: string, label: string, format: Format];

const TABLE: Record<string, readonly Row[]> = {
  Numbers: [
    ["none", "none", plain("")],
    ["short", "short: 12.8k", short],
    ["percent", "percent, of 100", percent(1)],
    ["percentunit", "percent, of 1", percent(100)],
    ["sishort", "SI prefixes", scaled(1000, prefixed(""))],
    [
      "locale",
      "all digits",
      (value, decimals) => ({ value: fixed(value, decimals ?? 0), unit: "" }),
    ],
    ["bool", "true or false", truth("false", "true")],
    ["bool_yes_no", "yes or no", truth("no", "yes")],
    ["bool_on_off", "on or off", truth("off", "on")],
  ],
  Time: [
    ["s", "seconds", duration(1e3)],
    ["ms", "milliseconds", duration(1)],
    ["µs", "microseconds", duration(1e-3)],
    ["ns", "nanoseconds", duration(1e-6)],
    ["m", "minutes", duration(60e3)],
    ["h", "hours", duration(3600e3)],
    ["d", "days", duration(86400e3)],
    ["dtdurations", "duration, of seconds", duration(1e3)],
    ["dtdurationms", "duration, of milliseconds", duration(1)],
    ["dateTimeAsIso", "moment, of milliseconds", moment(1)],
    ["dateTimeFromNow", "moment, of milliseconds", moment(1)],
    ["unix_s", "moment, of seconds", moment(1e3)],
  ],
  Data: [
    ["bytes", "bytes, KiB", (value, decimals) => iecBytes(value, decimals)],
    ["decbytes", "bytes, kB", scaled(1000, SI_BYTES)],
    ["bits", "bits, Kibit", scaled(1024, ["bit", "Kibit", "Mibit", "Gibit", "Tibit"])],
    ["decbits", "bits, kbit", scaled(1000, prefixed("bit"))],
    ["kbytes", "of KiB", scaled(1024, IEC_BYTES, 1)],
    ["mbytes", "of MiB", scaled(1024, IEC_BYTES, 2)],
    ["gbytes", "of GiB", scaled(1024, IEC_BYTES, 3)],
    ["deckbytes", "of kB", scaled(1000, SI_BYTES, 1)],
    ["decmbytes", "of MB", scaled(1000, SI_BYTES, 2)],
    ["decgbytes", "of GB", scaled(1000, SI_BYTES, 3)],
  ],
  Rates: [
    ["reqps", "requests per second", rate("req/s")],
    ["ops", "operations per second", rate("ops/s")],
    ["rps", "reads per second", rate("rd/s")],
    ["wps", "writes per second", rate("wr/s")],
    ["iops", "I/O operations per second", rate("io/s")],
    ["cps", "counts per second", rate("c/s")],
    ["pps", "packets per second", rate("p/s")],
    ["eps", "events per second", rate("evt/s")],
    ["mps", "messages per second", rate("msg/s")],
    ["reqpm", "requests per minute", rate("req/min")],
    ["opm", "operations per minute", rate("ops/min")],
    ["rpm", "reads per minute", rate("rd/min")],
    ["wpm", "writes per minute", rate("wr/min")],
    ["cpm", "counts per minute", rate("c/min")],
    ["Bps", "bytes per second, kB/s", scaled(1000, perSecond(SI_BYTES))],
    ["binBps", "bytes per second, KiB/s", scaled(1024, perSecond(IEC_BYTES))],
    ["bps", "bits per second, kbit/s", scaled(1000, perSecond(prefixed("bit")))],
    [
      "binbps",
      "bits per second, Kibit/s",
      scaled(1024, perSecond(["bit", "Kibit", "Mibit", "Gibit"])),
    ],
    ["hertz", "hertz", scaled(1000, prefixed("Hz"))],
    ["rotrpm", "revolutions per minute", plain("rpm")],
  ],
  Other: [
    ["celsius", "degrees Celsius", plain("°C")],
    ["fahrenheit", "degrees Fahrenheit", plain("°F")],
    ["kelvin", "kelvin", plain("K")],
    ["watt", "watts", scaled(1000, prefixed("W"))],
    ["watth", "watt hours", scaled(1000, prefixed("Wh"))],
    ["volt", "volts", fine("V")],
    ["amp", "amperes", fine("A")],
    ["joule", "joules", scaled(1000, prefixed("J"))],
    ["humidity", "relative humidity", plain("%H")],
    ["currencyUSD", "dollars", (value, decimals) => money("$", value, decimals)],
    ["currencyEUR", "euros", (value, decimals) => money("€", value, decimals)],
    ["currencyGBP", "pounds", (value, decimals) => money("£", value, decimals)],
  ],
};

function iecBytes(value: number, decimals: number | null): Quantity {
  return decimals === null ? bytes(value) : scaled(1024, IEC_BYTES)(value, decimals);
}

function money(sign: string, value: number, decimals: number | null): Quantity {
  return {
    value: `${value < 0 ? "-" : ""}${sign}${fixed(Math.abs(value), decimals ?? 2)}`,
    unit: "",
  };
}

/** The units offered for choosing; others can be written. */
export const UNIT_NAMES: readonly { value: string; label: string; group: string }[] =
  Object.entries(TABLE).flatMap(([group, rows]) =>
    rows.map(([value, label]) => ({ value, label, group })),
  );

const FORMATS = new Map(
  Object.values(TABLE).flatMap((rows) => rows.map(([id, , format]) => [id, format] as const)),
);
FORMATS.set("", short);

export function isKnownUnit(unit: string): boolean {
  return FORMATS.has(unit);
}

/** A value as a quantity; `decimals` fixes the digits after the point where the unit has any. */
export function quantityOf(
  value: number | null | undefined,
  unit: string,
  decimals: number | null = null,
): Quantity {
  if (value === null || value === undefined || Number.isNaN(value)) return { value: "–", unit: "" };
  if (!Number.isFinite(value)) return { value: value > 0 ? "∞" : "−∞", unit: "" };
  return (FORMATS.get(unit) ?? plain(suffixOf(unit)))(value, decimals);
}

/** Grafana writes units of one's own as `suffix:text`. */
function suffixOf(unit: string): string {
  return unit.replace(/^suffix:/, "");
}

/** The quantity as one text. */
export function unitText(
  value: number | null,
  unit: string,
  decimals: number | null = null,
): string {
  return text(quantityOf(value, unit, decimals));
}

export function unitFormat(unit: string, decimals?: number | null): (value: number) => string {
  return (value) => unitText(value, unit, decimals ?? null);
}

const SECONDS = new Set(["s"]);
const BINARY = new Set(["bytes", "kbytes", "mbytes", "gbytes", "binBps"]);

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
