// Which of many names fit what was typed, best first.
// Invariants: pure; one pass over the names, so that 100,000 of them cost milliseconds; at most `most`
// are given back.

const WORD_START = /[_:.]/;

/** 0 equal, 1 begins with it, 2 a part begins with it, 3 contains it; null where it does not. */
function rank(name: string, wanted: string): number | null {
  const at = name.indexOf(wanted);
  if (at < 0) return null;
  if (at === 0) return name.length === wanted.length ? 0 : 1;
  return WORD_START.test(name[at - 1] ?? "") ? 2 : 3;
}

/** Names that hold every part of what was typed (parts are set apart by blanks or `*`). */
export function bestMatches(names: readonly string[], typed: string, most: number): string[] {
  const [first = "", ...others] = typed
    .toLowerCase()
    .split(/[\s*]+/)
    .filter((part) => part !== "");
  if (first === "") return names.slice(0, most);
  const found: string[][] = [[], [], [], []];
  for (const name of names) {
    const lower = name.toLowerCase();
    const fit = rank(lower, first);
    if (fit === null || !others.every((part) => lower.includes(part))) continue;
    const fits = found[fit];
    if (fits && fits.length < most) fits.push(name);
  }
  return found.flat().slice(0, most);
}
