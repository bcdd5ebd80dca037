// Instants as people read them: in the viewer's time zone, with UTC beside it.
// Invariants: pure; Unix nanoseconds are BigInt; the sub-second digits come from the text of the
// server, never from a double.

const clockFormat = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const yearFormat = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
});

/** Unix nanoseconds of an RFC 3339 text; null where it is none. */
export function nanoOf(rfc3339: string): bigint | null {
  const match = /^(.*T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?(Z|[+-]\d{2}:\d{2})$/i.exec(rfc3339);
  if (!match) return null;
  const seconds = Date.parse(`${match[1]}${match[3]}`);
  if (!Number.isFinite(seconds)) return null;
  return BigInt(seconds) * 1_000_000n + BigInt((match[2] ?? "").padEnd(9, "0"));
}

export function msOf(nano: bigint): number {
  return Number(nano / 1_000_000n);
}

/** "14:51:07.304" in the viewer's zone. */
export function clock(nano: bigint, digits = 3): string {
  const fraction = (nano % 1_000_000_000n).toString().padStart(9, "0").slice(0, digits);
  const time = clockFormat.format(new Date(msOf(nano)));
  return digits === 0 ? time : `${time}.${fraction}`;
}

const HALF_DAY_MS = 12 * 3600e3;

/** "14:51:07.304" today and within half a day, "21 Nov 14:51:07" otherwise. */
export function short(nano: bigint, nowMs: number, digits = 3): string {
  const at = new Date(msOf(nano));
  const now = new Date(nowMs);
  const isNear = Math.abs(nowMs - at.getTime()) < HALF_DAY_MS;
  if (isNear || at.toDateString() === now.toDateString()) return clock(nano, digits);
  const day = at.getFullYear() === now.getFullYear() ? dayFormat.format(at) : yearFormat.format(at);
  return `${day} ${clock(nano, 0)}`;
}

/** "22 Nov 2026 14:51:07.304123456" in the viewer's zone. */
export function full(nano: bigint): string {
  return `${yearFormat.format(new Date(msOf(nano)))} ${clock(nano, 9)}`;
}

/** "2026-11-22 14:51:07.304123456 UTC", for tooltips. */
export function utc(nano: bigint): string {
  const seconds = new Date(msOf(nano)).toISOString().slice(0, 19).replace("T", " ");
  return `${seconds}.${(nano % 1_000_000_000n).toString().padStart(9, "0")} UTC`;
}

/** "just now", "3 min ago", "2 h ago", "4 d ago", "in 3 h". */
export function ago(ms: number, nowMs: number): string {
  const seconds = Math.round((nowMs - ms) / 1000);
  const size = Math.abs(seconds);
  if (size < 10) return "just now";
  const amount = distance(size);
  return seconds > 0 ? `${amount} ago` : `in ${amount}`;
}

function distance(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400 * 2) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** "CET, UTC+1": what the times on the page mean. */
export function zoneName(at: Date): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone === "UTC") return zone;
  const minutes = -at.getTimezoneOffset();
  const sign = minutes < 0 ? "−" : "+";
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `${zone}, UTC${sign}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}
