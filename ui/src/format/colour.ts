// The colour of a service: one of twelve hues, the same on every view.
// Invariants: a service keeps its hue once it has one (remembered by the browser); services that are
// seen together get different hues while there are any; the first choice is a hash of the name among
// the eight hues that differ most, and names that arrive together are assigned in alphabetical order,
// so that two browsers agree.

const SLOTS = 12;
const SLOTS_FIRST = 8;
const REMEMBERED_MAX = 256;
const KEY = "plimsoll.colours";

export class ColourBook {
  private readonly slots: Map<string, number>;

  constructor(entries: Iterable<readonly [string, number]> = []) {
    this.slots = new Map(entries);
  }

  /** The slot (1..12) of a service. */
  slot(name: string): number {
    return this.slots.get(name) ?? this.assign(name, []);
  }

  /** Gives hues to all names that have none; true where the book changed. */
  claim(names: readonly string[]): boolean {
    const present = [...new Set(names)];
    const fresh = present.filter((name) => !this.slots.has(name)).sort();
    for (const name of fresh) this.assign(name, present);
    return fresh.length > 0;
  }

  entries(): [string, number][] {
    return [...this.slots].slice(-REMEMBERED_MAX);
  }

  /** The slot that the services `present` use least, then that all use least, then by the hash. */
  private assign(name: string, present: readonly string[]): number {
    const used = new Array<number>(SLOTS).fill(0);
    const count = (slot: number, weight: number): void => {
      used[slot - 1] = (used[slot - 1] ?? 0) + weight;
    };
    for (const slot of this.slots.values()) count(slot, 1);
    for (const other of present) {
      const slot = this.slots.get(other);
      if (slot !== undefined) count(slot, REMEMBERED_MAX);
    }
    const wanted = hash(name) % SLOTS_FIRST;
    let best = wanted;
    for (let step = 1; step < SLOTS; step += 1) {
      const slot = step < SLOTS_FIRST ? (wanted + step) % SLOTS_FIRST : step;
      if ((used[slot] ?? 0) < (used[best] ?? 0)) best = slot;
    }
    this.slots.set(name, best + 1);
    return best + 1;
  }
}

/** FNV-1a over UTF-16 units. */
function hash(name: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) {
    state = Math.imul(state ^ name.charCodeAt(i), 0x01000193) >>> 0;
  }
  return state;
}

const book = new ColourBook(remembered());

function remembered(): [string, number][] {
  try {
    const entries = JSON.parse(localStorage.getItem(KEY) ?? "[]") as [string, number][];
    return entries.filter(([name, slot]) => typeof name === "string" && slot >= 1 && slot <= SLOTS);
  } catch {
    return [];
  }
}

export function claimColours(names: readonly string[]): void {
  if (!book.claim(names)) return;
  try {
    localStorage.setItem(KEY, JSON.stringify(book.entries()));
  } catch {
    return; // Without storage the hues hold for this visit.
  }
}

/** `var(--s3)`: for style objects and SVG. */
export function serviceColour(name: string): string {
  return `var(--s${book.slot(name)})`;
}
