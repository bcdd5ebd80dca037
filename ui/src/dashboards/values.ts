// From series to what a panel says: one figure of many, its colour, its word.
// Invariants: pure; gaps and NaN count for nothing; colours are CSS values made of the page's tokens
// or hex digits, never other text of a document.
import type { Mapping, Reducer, Threshold } from "./document";
import { statisticsOf } from "../charts/statistics";
import { unitText } from "../format/unit";

/** One figure of many; null where there is none. */
export function reduce(values: readonly (number | null)[], how: Reducer): number | null {
  return statisticsOf(values)[how];
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
  if (name === "transparent") return name;
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
  return { text: mapping?.text || unitText(value, look.unit, look.decimals), colour };
}

/** Where a value stands between two ends, from 0 to 1. */
export function position(value: number, low: number, high: number): number {
  if (high <= low) return 0;
  return Math.max(0, Math.min(1, (value - low) / (high - low)));
}
