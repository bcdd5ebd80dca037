// The few signs the page draws itself; the bundled fonts have no arrows or symbols.
// Invariant: icons are decoration and hidden from assistive technology; the control carries the label.
import type { JSX } from "preact";

const PATHS = {
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14",
  copy: "M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z",
  close: "M4 4l8 8m0-8-8 8",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4 6 8l4 4",
  first: "M12 4 8 8l4 4M4.5 4v8",
  last: "M4 4l4 4-4 4m7.5-8v8",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5m0 11V15M1 8h1.5m11 0H15M3 3l1 1m8 8 1 1m0-10-1 1M4 12l-1 1",
  moon: "M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1Z",
  system: "M2 3h12v8H2zM6 14h4M8 11v3",
  check: "M3 8.5l3.2 3.2L13 5",
  plus: "M8 3v10M3 8h10",
  alert: "M8 2 1.5 13.5h13zM8 6.5v3.2M8 11.6v.4",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9.5V8l2.4 1.6",
  out: "M6 3h7v7m0-7L4 12",
  minus: "M3 8h10",
  expand: "M9.5 2.5h4v4m0-4-5 5m-2 6h-4v-4m0 4 5-5",
  pencil: "M3 13l.6-2.8L11 2.8l2.2 2.2-7.4 7.4z",
  trash: "M3 4.5h10M6.5 4.5V3h3v1.5m-5 0 .6 8.5h5.8l.6-8.5",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-6.6v3.4M8 5.2v.2",
  chart: "M2 13.5h12M3.5 10.5l3-4 2.5 2 3.5-5",
  undo: "M6 3.5 3 6.5l3 3M3.5 6.5H9a4 4 0 0 1 0 8H6.5",
  redo: "M10 3.5l3 3-3 3M12.5 6.5H7a4 4 0 0 0 0 8h2.5",
  up: "M4 10l4-4 4 4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 14 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

/** A filled triangle that says which way a figure went. */
export function Triangle({ up }: { up: boolean }): JSX.Element {
  return (
    <svg class="triangle" width="8" height="8" viewBox="0 0 8 8" aria-hidden="true">
      <path d={up ? "M4 1 7.6 7H.4z" : "M4 7 .4 1h7.2z"} fill="currentColor" />
    </svg>
  );
}

/** The mark: a ship's load line. */
export function Logo({ size = 20 }: { size?: number }): JSX.Element {
  return (
    <svg class="logo" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="6" fill="none" stroke="currentColor" stroke-width="2" />
      <path d="M0 10h20" stroke="currentColor" stroke-width="2" />
    </svg>
  );
}
