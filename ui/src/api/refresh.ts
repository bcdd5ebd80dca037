// The page's heartbeat: Live refreshes, and "now" for relative times.
// Invariants: one timer for the whole page; nothing is refreshed while the tab is hidden, and it
// catches up when the tab comes back.
import { computed, signal } from "@preact/signals";
import { param, place, setParams } from "../url/location";
import { DEFAULT_RANGE, endsNow, latestRange, rangeLengthMs, type Range } from "../time/range";

export const LIVE_PERIOD_MS = 5_000;

/** Counts refreshes; what reads it fetches again. */
export const refreshes = signal(0);
/** The time of the last refresh or minute, in Unix milliseconds. */
export const nowMs = signal(Date.now());

export const range = computed<Range>(() => ({
  from: place.value.params.get("from") ?? DEFAULT_RANGE.from,
  to: place.value.params.get("to") ?? DEFAULT_RANGE.to,
}));

export const environment = computed(() => place.value.params.get("environment") ?? "");
export const live = computed(() => place.value.params.get("live") === "1" && endsNow(range.value));

export function refreshNow(): void {
  nowMs.value = Date.now();
  refreshes.value += 1;
}

/** Sets the range of the view; an end other than now turns Live off. */
export function setRange(next: Range): void {
  const isDefault = next.from === DEFAULT_RANGE.from && next.to === DEFAULT_RANGE.to;
  nowMs.value = Date.now();
  setParams({
    from: isDefault ? null : next.from,
    to: next.to === DEFAULT_RANGE.to ? null : next.to,
    live: endsNow(next) ? param("live") : null,
  });
}

/** Turns Live on or off; turning it on moves a fixed range to end now. */
export function toggleLive(): void {
  if (live.value) {
    setParams({ live: null });
    return;
  }
  const moved = endsNow(range.value)
    ? range.value
    : latestRange(rangeLengthMs(range.value, Date.now()));
  setParams({ live: "1", from: moved.from === DEFAULT_RANGE.from ? null : moved.from, to: null });
  refreshNow();
}

/** Starts the heartbeat; called once by `main`. */
export function startRefreshing(): void {
  let lastMs = Date.now();
  const beat = (): void => {
    if (document.hidden) return;
    const elapsedMs = Date.now() - lastMs;
    if (live.value && elapsedMs >= LIVE_PERIOD_MS - 50) refreshNow();
    else if (elapsedMs >= 60_000) nowMs.value = Date.now();
    else return;
    lastMs = Date.now();
  };
  setInterval(beat, 1_000);
  document.addEventListener("visibilitychange", beat);
}
