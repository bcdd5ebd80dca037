// Durations as people type them: `250ms`, `1.5 s`, `2m`, or a bare number of milliseconds.
// Invariant: pure; null where the text is no duration.

const UNITS_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 60e3,
  min: 60e3,
  h: 3600e3,
  "": 1,
};

export function parseDurationMs(input: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|min|m|h|)$/i.exec(input.trim());
  if (!match) return null;
  const unit = UNITS_MS[(match[2] ?? "").toLowerCase()];
  return unit === undefined ? null : Number((Number(match[1]) * unit).toPrecision(12));
}
