// Figures of a series over the range: what a legend or a stat says in one number.
// Invariant: pure; gaps do not count, and a series of gaps has no figures.

export interface Statistics {
  last: number | null;
  first: number | null;
  min: number | null;
  max: number | null;
  mean: number | null;
  sum: number | null;
  count: number | null;
}

export function statisticsOf(values: readonly (number | null)[]): Statistics {
  const found: Statistics = {
    last: null,
    first: null,
    min: null,
    max: null,
    mean: null,
    sum: null,
    count: 0,
  };
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (value === null) continue;
    found.first ??= value;
    found.last = value;
    if (found.min === null || value < found.min) found.min = value;
    if (found.max === null || value > found.max) found.max = value;
    sum += value;
    count += 1;
  }
  if (count > 0) Object.assign(found, { sum, count, mean: sum / count });
  return found;
}
