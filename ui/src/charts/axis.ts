// The value axis: from where to where it reaches, and its marks.
// Invariants: pure; marks are even and round in the unit at hand (powers of two for bytes, minutes and
// hours for seconds); the axis starts at zero unless values lie below it, or far above it and close
// together where the chart allows that.

/** What counts as a round number: tens, powers of two (bytes), or seconds, minutes and hours. */
export type AxisBase = "decimal" | "binary" | "seconds";

export interface Extent {
  low: number;
  high: number;
}

export interface ValueAxis extends Extent {
  marks: number[];
}

const STEPS = [1, 2, 2.5, 5, 10];
const STEPS_SECONDS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

function roundStep(rough: number, base: AxisBase): number {
  if (base === "binary" && rough >= 1) return 2 ** Math.ceil(Math.log2(rough));
  const named = base === "seconds" && rough > 25;
  const seconds = named ? STEPS_SECONDS.find((one) => one >= rough) : undefined;
  if (seconds !== undefined) return seconds;
  const days = named ? 86400 : 1;
  const unit = 10 ** Math.floor(Math.log10(rough / days)) * days;
  return (STEPS.find((one) => one * unit >= rough) ?? 10) * unit;
}

/** Even marks from at or below `low` to just above `high`, four or five steps of them. */
export function axisMarks(high: number, low = 0, base: AxisBase = "decimal"): number[] {
  const span = high > low ? high - low : Math.abs(low) || 1;
  const top = low + span * 1.02;
  const bottom = low === 0 ? 0 : low - span * 0.02;
  const step = roundStep((top - bottom) / 4, base);
  const first = Math.floor(bottom / step);
  const count = Math.ceil(top / step) - first;
  return Array.from({ length: count + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

interface Fixed {
  base?: AxisBase;
  /** Ends that hold whatever the values are. */
  min?: number | null;
  max?: number | null;
}

export function valueAxis(extent: Extent, fixed: Fixed = {}): ValueAxis {
  const { min = null, max = null } = fixed;
  const wanted = { low: min ?? extent.low, high: max ?? extent.high };
  // Where all is zero, any other mark would be a fraction of nothing.
  if (wanted.low === 0 && wanted.high === 0) return { low: 0, high: 1, marks: [0] };
  const marks = axisMarks(wanted.high, wanted.low, fixed.base);
  const low = min ?? marks[0] ?? 0;
  const high = max !== null && max > low ? max : (marks.at(-1) ?? low + 1);
  return { low, high, marks: marks.filter((mark) => mark >= low && mark <= high) };
}

/** Closer together than this share of their height, values are shown from near their lowest. */
const FLAT_SHARE = 0.1;

/** Where an axis over values between `low` and `high` begins. */
export function axisLow(low: number, high: number, fromZero: boolean): number {
  if (low < 0) return low;
  return fromZero || high - low > high * FLAT_SHARE || high === low ? 0 : low;
}
