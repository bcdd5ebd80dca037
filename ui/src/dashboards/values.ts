// From series to what a panel says: one figure of many, its colour, its word, its name.
// Invariants: pure; gaps and NaN count for nothing; colours are CSS values made of the page's tokens
// or hex digits, never other text of a document.
import type { Mapping, Reducer, Threshold } from "./document";
import { textIn } from "./units";

export type Labels = Readonly<Record<string, string>>;

/** One figure of many; null where there is none. */
export function reduce(values: readonly (number | null)[], how: Reducer): number | null {
  const known = values.filter((value): value is number => value !== null && !Number.isNaN(value));
  if (how === "count") return known.length;
  const [first] = known;
  if (first === undefined) return null;
  switch (how) {
    case "first":
      return first;
    case "last":
      return known.at(-1) ?? null;
    case "min":
      return known.reduce((least, value) => Math.min(least, value));
    case "max":
      return known.reduce((most, value) => Math.max(most, value));
    case "sum":
      return known.reduce((sum, value) => sum + value);
    case "mean":
      return known.reduce((sum, value) => sum + value) / known.length;
  }
}

const COLOURS: Record<string, string> = {
  green: "--ok",
  red: "--bad",
  yellow: "--warn-bar",
  orange: "--s3",
  blue: "--s1",
  purple: "--s4",
  pink: "--s5",
  teal: "--s2",
  cyan: "--s7",
  grey: "--faint",
  gray: "--faint",
  text: "--text",
};

export const COLOUR_NAMES = ["green", "yellow", "orange", "red", "blue", "purple", "teal", "grey"];

/** The token of a named colour; null for a colour in hex and for anything else. */
export function colourToken(name: string): string | null {
  return COLOURS[name.toLowerCase().replace(/^(super-light|light|semi-dark|dark)-/, "")] ?? null;
}

/** A colour of a document as CSS; null where it is none. */
export function cssColour(name: string | null | undefined): string | null {
  if (!name) return null;
  const token = colourToken(name);
  if (token) return `var(${token})`;
  return /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(name) ? name : null;
}

/** The thresholds from low to high. */
export function ascending(thresholds: readonly Threshold[]): Threshold[] {
  return [...thresholds].sort((a, b) => (a.value ?? -Infinity) - (b.value ?? -Infinity));
}

/** The colour of the highest threshold that a value reaches. */
export function thresholdColour(
  value: number | null,
  thresholds: readonly Threshold[],
): string | null {
  if (value === null || Number.isNaN(value)) return null;
  const reached = ascending(thresholds).filter((one) => (one.value ?? -Infinity) <= value);
  return cssColour(reached.at(-1)?.color);
}

/** The mapping of a value: its text, its number, `low..high`, or `null` for nothing. */
export function mappingOf(
  value: number | string | null,
  mappings: readonly Mapping[],
): Mapping | null {
  return mappings.find((one) => meets(value, one.value.trim())) ?? null;
}

function meets(value: number | string | null, wanted: string): boolean {
  if (value === null || (typeof value === "number" && Number.isNaN(value)))
    return wanted === "null" || (value !== null && wanted.toLowerCase() === "nan");
  if (String(value) === wanted) return true;
  const number = value === "" ? NaN : Number(value);
  if (wanted === "" || Number.isNaN(number)) return false;
  if (Number(wanted) === number) return true;
  const bounds = /^(-?[\d.e+]*)\s*\.\.\s*(-?[\d.e+]*)$/i.exec(wanted);
  if (!bounds || wanted === "..") return false;
  const low = bounds[1] === "" ? -Infinity : Number(bounds[1]);
  const high = bounds[2] === "" ? Infinity : Number(bounds[2]);
  return number >= low && number <= high;
}

export interface Look {
  unit: string;
  decimals: number | null;
  thresholds: readonly Threshold[];
  mappings: readonly Mapping[];
}

/** The text and the colour of one figure. */
export function shownAs(value: number | null, look: Look): { text: string; colour: string | null } {
  const mapping = mappingOf(value, look.mappings);
  const colour = cssColour(mapping?.color) ?? thresholdColour(value, look.thresholds);
  return { text: mapping?.text || textIn(value, look.unit, look.decimals), colour };
}

/** A series' name by its template, `{{label}}`; without one, its labels in Prometheus' notation. */
export function seriesName(labels: Labels, template: string): string {
  if (template.trim() === "" || template === "__auto") return labelText(labels);
  return template.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, label: string) => labels[label] ?? "");
}

export function labelText(labels: Labels): string {
  const { __name__: name = "", ...rest } = labels;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
  if (pairs.length === 0) return name === "" ? "value" : name;
  return `${name}{${pairs.join(", ")}}`;
}

/** Where a value stands between two ends, from 0 to 1. */
export function position(value: number, low: number, high: number): number {
  if (high <= low) return 0;
  return Math.max(0, Math.min(1, (value - low) / (high - low)));
}
