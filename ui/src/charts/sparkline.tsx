// A line the size of a word: the shape of a rate over the range, without axes.
// Invariant: drawn from zero at the bottom unless the series hardly moves, so a flat line is flat.
import type { JSX } from "preact";

interface SparklineProps {
  values: readonly (number | null)[];
  colour: string;
  width?: number;
  height?: number;
}

export function sparkPath(
  values: readonly (number | null)[],
  width: number,
  height: number,
): string {
  const known = values.map((value) => value ?? 0);
  const high = known.reduce((most, value) => Math.max(most, value), 0);
  if (known.length < 2 || high === 0) return `M0,${height - 1}L${width},${height - 1}`;
  const step = width / (known.length - 1);
  const y = (value: number): number => height - 1 - (value / high) * (height - 3);
  return known
    .map((value, i) => `${i ? "L" : "M"}${(i * step).toFixed(1)},${y(value).toFixed(1)}`)
    .join("");
}

export function Sparkline({
  values,
  colour,
  width = 96,
  height = 20,
}: SparklineProps): JSX.Element {
  const path = sparkPath(values, width, height);
  return (
    <svg
      class="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={`${path}L${width},${height}L0,${height}Z`} style={{ fill: colour }} opacity="0.13" />
      <path d={path} fill="none" style={{ stroke: colour }} stroke-width="1.4" />
    </svg>
  );
}
