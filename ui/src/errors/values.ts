// Values of any shape as text: contexts, extra, bodies, breadcrumb data.
// Invariants: nothing is cut without saying so; deep or circular values cannot occur, they were JSON.

/** How much of one value is set; the rest is told by its length. */
export const SHOWN_MAX = 20_000;

export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  const line = JSON.stringify(value);
  return line.length <= 72 ? line : JSON.stringify(value, null, 2);
}

/** What a sender wrote where a text was expected: nothing is an empty text, anything else its value. */
export function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : valueText(value);
}

/** A text as long as it can be read, and how many characters it goes on for. */
export function bounded(text: string, most = SHOWN_MAX): { text: string; more: number } {
  if (text.length <= most) return { text, more: 0 };
  return { text: text.slice(0, most), more: text.length - most };
}

/** An object as pairs; null for anything else, and for nothing. */
export function pairsOf(value: unknown): [string, unknown][] | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const pairs = Object.entries(value);
  return pairs.length > 0 ? pairs : null;
}
