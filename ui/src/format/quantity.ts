// Numbers as people read them: rates, durations, shares, counts, bytes.
// Invariants: pure; every figure is a value and a unit, so that the unit can be set fainter;
// nanoseconds arrive as BigInt and leave as text, never as a double of nanoseconds since an epoch.

export interface Quantity {
  value: string;
  unit: string;
}

const NONE: Quantity = { value: "–", unit: "" };
const grouping = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A quantity as one text; a unit that is a word is set apart by a space. */
export function text(quantity: Quantity): string {
  const spaced = /^[a-zµ]/i.test(quantity.unit);
  return `${quantity.value}${spaced ? "\u00a0" : ""}${quantity.unit}`;
}

/**
 * Three significant digits, grouped. Zeros after the point stay where they say something: 4.002 is
 * "4.00", 4 is "4".
 */
export function significant(value: number, digits = 3): string {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(digits));
  const magnitude = Math.floor(Math.log10(Math.abs(rounded)));
  const decimals = Math.max(0, digits - 1 - magnitude);
  if (decimals === 0) return grouping.format(value);
  const fixed = value.toFixed(Math.min(decimals, 6));
  const isExact = Math.abs(Number(fixed) - value) <= Math.abs(value) * 1e-9;
  return isExact ? fixed.replace(/\.?0+$/, "") : fixed;
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

export type RateUnit = "/s" | "/min" | "/h";

const RATE_SECONDS: Record<RateUnit, number> = { "/s": 1, "/min": 60, "/h": 3600 };

/** Per second; below one in ten seconds per minute, below that per hour. */
function rateUnit(perSecond: number): RateUnit {
  if (perSecond === 0 || perSecond >= 0.1) return "/s";
  return perSecond * 60 >= 0.1 ? "/min" : "/h";
}

/** The one unit for the rates of a column, so that they can be compared: that of the highest. */
export function columnRateUnit(perSecond: readonly number[]): RateUnit {
  return rateUnit(perSecond.reduce((most, one) => Math.max(most, one), 0));
}

/** A rate in the unit that suits it, or in the one asked for. */
export function rate(perSecond: number | null | undefined, unit?: RateUnit): Quantity {
  if (!isNumber(perSecond)) return NONE;
  const shown = unit ?? rateUnit(perSecond);
  const amount = perSecond * RATE_SECONDS[shown];
  const value = amount > 0 && amount < 0.001 ? "<0.001" : significant(amount);
  return { value, unit: shown };
}

export function percent(ratio: number | null | undefined): Quantity {
  if (!isNumber(ratio)) return NONE;
  const share = ratio * 100;
  if (share === 0) return { value: "0", unit: "%" };
  if (share < 0.01) return { value: "<0.01", unit: "%" };
  if (share < 10) return { value: share.toFixed(2), unit: "%" };
  if (share > 99.99 && ratio < 1) return { value: ">99.99", unit: "%" };
  if (share < 99.95 || ratio >= 1) return { value: share.toFixed(1).replace(".0", ""), unit: "%" };
  return { value: share.toFixed(2), unit: "%" };
}

/** A duration in the unit that keeps it short: ns, µs, ms, s, then minutes, hours and days. */
export function durationMs(ms: number | null | undefined, digits = 3): Quantity {
  if (!isNumber(ms)) return NONE;
  const size = Math.abs(ms);
  if (size === 0) return { value: "0", unit: "ms" };
  if (size < 0.001) return { value: significant(ms * 1e6, digits), unit: "ns" };
  if (size < 0.9995) return { value: significant(ms * 1e3, digits), unit: "µs" };
  if (size < 999.5) return { value: significant(ms, digits), unit: "ms" };
  if (size < 59_950) return { value: significant(ms / 1e3, Math.max(digits, 3)), unit: "s" };
  return { value: longDuration(ms), unit: "" };
}

function longDuration(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const sign = ms < 0 ? "-" : "";
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor((seconds % 86400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  const shown = parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  return sign + shown.map(([amount, unit]) => `${amount}\u00a0${unit}`).join(" ");
}

export function durationNano(nano: bigint, digits = 3): Quantity {
  return durationMs(nanoToMs(nano), digits);
}

/** Milliseconds of a span of time; exact to the nanosecond up to 104 days. */
export function nanoToMs(nano: bigint): number {
  return Number(nano / 1_000_000n) + Number(nano % 1_000_000n) / 1e6;
}

export function count(value: number | null | undefined): Quantity {
  return isNumber(value) ? { value: grouping.format(value), unit: "" } : NONE;
}

/** 1,284 · 12.8k · 1.28M · 3.1G */
export function compact(value: number | null | undefined): Quantity {
  if (!isNumber(value)) return NONE;
  const size = Math.abs(value);
  if (size < 10_000) return { value: significant(value, 4), unit: "" };
  if (size < 999_500) return { value: `${significant(value / 1e3)}k`, unit: "" };
  if (size < 999_500_000) return { value: `${significant(value / 1e6)}M`, unit: "" };
  return { value: `${significant(value / 1e9)}G`, unit: "" };
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function bytes(value: number | null | undefined): Quantity {
  if (!isNumber(value)) return NONE;
  let amount = value;
  let unit = 0;
  while (Math.abs(amount) >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return { value: significant(amount), unit: BYTE_UNITS[unit] ?? "B" };
}

export interface Change {
  direction: "up" | "down" | "same";
  text: string;
}

/** How `now` stands to `before`: a share, or "from 0". Null where there was nothing to compare with. */
export function change(now: number | null, before: number | null): Change | null {
  if (!isNumber(now) || !isNumber(before) || (now === 0 && before === 0)) return null;
  if (before === 0) return { direction: "up", text: "from 0" };
  const share = (now - before) / before;
  const direction = Math.abs(share) < 0.005 ? "same" : share > 0 ? "up" : "down";
  if (direction === "same") return { direction, text: "unchanged" };
  if (share >= 9) return { direction, text: `${significant(now / before, 2)}×` };
  return { direction, text: `${Math.round(Math.abs(share) * 100)}%` };
}

/** "1 span", "2 spans". */
export function counted(amount: number, one: string, many = `${one}s`): string {
  return `${grouping.format(amount)} ${amount === 1 ? one : many}`;
}
