// The page's heartbeat: Live refreshes, and "now" for relative times.
// Invariants: one timer for the whole page; nothing is refreshed while the tab is hidden, and it
// catches up when the tab comes back.
import { computed, signal } from "@preact/signals";
import { param, place, setParams } from "../url/location";
import { defaultRange, endsNow, latestRange, rangeLengthMs, type Range } from "../time/range";

export const LIVE_PERIOD_MS = 5_000;

/** Counts refreshes; what reads it fetches again. */
export const refreshes = signal(0);
/** The time of the last refresh or minute, in Unix milliseconds. */
export const nowMs = signal(Date.now());

export const range = computed<Range>(() => {
  const { params, path } = place.value;
  const unsaid = defaultRange(path);
  return { from: params.get("from") ?? unsaid.from, to: params.get("to") ?? unsaid.to };
});

export const environment = computed(() => place.value.params.get("environment") ?? "");
export const live = computed(() => place.value.params.get("live") === "1" && endsNow(range.value));

export function refreshNow(): void {
  nowMs.value = Date.now();
  refreshes.value += 1;
}

/** Sets the range of the view; an end other than now turns Live off. */
export function setRange(next: Range): void {
  const unsaid = defaultRange(place.value.path);
  const isDefault = next.from === unsaid.from && next.to === unsaid.to;
  nowMs.value = Date.now();
  setParams({
    from: isDefault ? null : next.from,
    to: next.to === unsaid.to ? null : next.to,
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
  const isUnsaid = moved.from === defaultRange(place.value.path).from;
  setParams({ live: "1", from: isUnsaid ? null : moved.from, to: null });
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
