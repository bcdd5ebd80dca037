// Which rows of a list are selected and which is active, by id rather than by place.
// Invariants: pure; after rows leave, the next that stays is active, else the last one before them.

/** The row `by` away from the active one; the first row where none is active. */
export function moved(ids: readonly number[], active: number | null, by: number): number | null {
  if (ids.length === 0) return null;
  const at = active === null ? -1 : ids.indexOf(active);
  if (at < 0) return ids[by < 0 ? ids.length - 1 : 0] ?? null;
  return ids[Math.max(0, Math.min(ids.length - 1, at + by))] ?? null;
}

/** The row that is active once `leaving` are gone. */
export function activeAfter(
  ids: readonly number[],
  active: number | null,
  leaving: ReadonlySet<number>,
): number | null {
  if (active === null || !leaving.has(active)) return active;
  const at = ids.indexOf(active);
  const stays = (id: number): boolean => !leaving.has(id);
  return (
    ids.slice(at + 1).find(stays) ?? ids.slice(0, Math.max(0, at)).reverse().find(stays) ?? null
  );
}

/** The selection with one row turned over; with `from`, all rows between become as it becomes. */
export function toggled(
  ids: readonly number[],
  selected: ReadonlySet<number>,
  id: number,
  from: number | null = null,
): Set<number> {
  const next = new Set(selected);
  const on = !selected.has(id);
  const [a, b] = [ids.indexOf(id), from === null ? -1 : ids.indexOf(from)];
  const range = b < 0 ? [id] : ids.slice(Math.min(a, b), Math.max(a, b) + 1);
  for (const one of range) {
    if (on) next.add(one);
    else next.delete(one);
  }
  return next;
}

/** What a key acts on: the selection, or the active row where nothing is selected. */
export function targets(
  ids: readonly number[],
  selected: ReadonlySet<number>,
  active: number | null,
): number[] {
  const chosen = ids.filter((id) => selected.has(id));
  if (chosen.length > 0) return chosen;
  return active !== null && ids.includes(active) ? [active] : [];
}
