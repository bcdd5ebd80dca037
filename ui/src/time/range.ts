// Time ranges as they stand in the address: parsing, naming, moving.
// Invariants: a range is a pair of texts that the API understands unchanged (`now`, `-1h`, RFC 3339,
// Unix seconds); pure, the current time is always an argument in Unix milliseconds.

export interface Range {
  from: string;
  to: string;
}

export const DEFAULT_RANGE: Range = { from: "-1h", to: "now" };
/** What was not dealt with yesterday is still to be done: issues are listed over days. */
const DEFAULT_RANGE_ISSUES: Range = { from: "-7d", to: "now" };

/** The range of a view whose address names none. */
export function defaultRange(path: string): Range {
  return path === "/errors" || path.startsWith("/errors/") ? DEFAULT_RANGE_ISSUES : DEFAULT_RANGE;
}

export const PRESETS: readonly { from: string; label: string }[] = [
  { from: "-5m", label: "Last 5 minutes" },
  { from: "-15m", label: "Last 15 minutes" },
  { from: "-30m", label: "Last 30 minutes" },
  { from: "-1h", label: "Last 1 hour" },
  { from: "-3h", label: "Last 3 hours" },
  { from: "-6h", label: "Last 6 hours" },
  { from: "-12h", label: "Last 12 hours" },
  { from: "-24h", label: "Last 24 hours" },
  { from: "-2d", label: "Last 2 days" },
  { from: "-7d", label: "Last 7 days" },
];

const UNITS_MS: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };
const UNIT_NAMES: Record<string, string> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
};
const RELATIVE = /^(?:now)?\s*-\s*(\d+(?:\.\d+)?)\s*([smhdw])[a-z]*$/i;
const AGO = /^(\d+(?:\.\d+)?)\s*([smhdw])[a-z]*(?:\s+ago)?$/i;
const LOCAL = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

export type Instant =
  { kind: "relative"; agoMs: number; text: string } | { kind: "absolute"; ms: number };

/** What a person or an address wrote as one end of a range; null where it is no time. */
export function parseInstant(input: string, nowMs: number): Instant | null {
  const text = input.trim();
  if (/^now$/i.test(text)) return { kind: "relative", agoMs: 0, text: "now" };
  const relative = RELATIVE.exec(text) ?? AGO.exec(text);
  if (relative) return parseRelative(relative[1] ?? "", (relative[2] ?? "").toLowerCase());
  if (/^\d{9,11}(\.\d+)?$/.test(text))
    return { kind: "absolute", ms: Math.round(Number(text) * 1000) };
  return parseLocal(text, nowMs) ?? parseRfc3339(text);
}

function parseRelative(amount: string, unit: string): Instant {
  return {
    kind: "relative",
    agoMs: Number(amount) * (UNITS_MS[unit] ?? 0),
    text: `-${amount}${unit}`,
  };
}

function parseLocal(text: string, nowMs: number): Instant | null {
  const clock = CLOCK.exec(text);
  if (clock) {
    const at = new Date(nowMs);
    at.setHours(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0), 0);
    return absolute(at.getTime());
  }
  const local = LOCAL.exec(text);
  if (!local) return null;
  const [year, month, day, hour, minute, second] = local.slice(1).map((part) => Number(part ?? 0));
  const at = new Date(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  return at.getMonth() === (month ?? 1) - 1 ? absolute(at.getTime()) : null;
}

function parseRfc3339(text: string): Instant | null {
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/i.test(text)) return null;
  return absolute(Date.parse(text));
}

function absolute(ms: number): Instant | null {
  return Number.isFinite(ms) ? { kind: "absolute", ms } : null;
}

/** Unix milliseconds of one end, or null. */
export function resolveInstant(input: string, nowMs: number): number | null {
  const instant = parseInstant(input, nowMs);
  if (!instant) return null;
  return instant.kind === "absolute" ? instant.ms : nowMs - instant.agoMs;
}

/** The text of an instant in the address: relative as it is, absolute in UTC. */
export function instantText(instant: Instant): string {
  return instant.kind === "relative" ? instant.text : absoluteText(instant.ms);
}

export function absoluteText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

export type CheckedRange = { range: Range } | { field: "from" | "to"; error: string };

/** Checks what a person typed into the two fields. */
export function checkRange(from: string, to: string, nowMs: number): CheckedRange {
  const expected = "write 14:30, 2026-11-22 14:30, -2h or now";
  const start = parseInstant(from, nowMs);
  if (!start) return { field: "from", error: `“${from}” is no time; ${expected}` };
  const end = parseInstant(to, nowMs);
  if (!end) return { field: "to", error: `“${to}” is no time; ${expected}` };
  const range = { from: instantText(start), to: instantText(end) };
  const length = rangeLengthMs(range, nowMs);
  if (length <= 0) return { field: "to", error: "the end lies before the start; swap the two" };
  return { range };
}

export function rangeLengthMs(range: Range, nowMs: number): number {
  const from = resolveInstant(range.from, nowMs) ?? nowMs;
  const to = resolveInstant(range.to, nowMs) ?? nowMs;
  return to - from;
}

/** Whether the range moves with time, so that refreshing shows something new. */
export function endsNow(range: Range): boolean {
  return range.to === "now";
}

/** The range of `[fromMs, toMs]`, at least one second long. */
export function absoluteRange(fromMs: number, toMs: number): Range {
  const start = Math.floor(fromMs / 1000) * 1000;
  const end = Math.max(Math.ceil(toMs / 1000) * 1000, start + 1000);
  return { from: absoluteText(start), to: absoluteText(end) };
}

/** Moves by half a length (`by` = -1 or 1). */
export function shiftRange(range: Range, by: number, nowMs: number): Range {
  const length = rangeLengthMs(range, nowMs);
  const from = (resolveInstant(range.from, nowMs) ?? nowMs) + (by * length) / 2;
  return from + length >= nowMs && by > 0
    ? latestRange(length)
    : absoluteRange(from, from + length);
}

/** Twice as long around the same middle, never into the future. */
export function widenRange(range: Range, nowMs: number): Range {
  const length = rangeLengthMs(range, nowMs);
  if (endsNow(range)) return latestRange(length * 2);
  const from = (resolveInstant(range.from, nowMs) ?? nowMs) - length / 2;
  const to = Math.min(from + length * 2, nowMs);
  return absoluteRange(from, to);
}

/** The range that ends now and is `lengthMs` long, in the largest whole unit. */
export function latestRange(lengthMs: number): Range {
  for (const unit of ["d", "h", "m"]) {
    const amount = lengthMs / (UNITS_MS[unit] ?? 1);
    const fits = unit === "d" ? amount >= 2 : amount >= 1;
    if (fits && Number.isInteger(amount)) return { from: `-${amount}${unit}`, to: "now" };
  }
  return { from: `-${Math.max(1, Math.round(lengthMs / 1000))}s`, to: "now" };
}

/** The preset that shows telemetry of this age, where one shorter than the default does. */
export function rangeForAge(ageMs: number): Range | null {
  const preset = PRESETS.find(({ from }) => rangeLengthMs({ from, to: "now" }, 0) >= ageMs);
  if (!preset || preset.from === DEFAULT_RANGE.from) return null;
  const range = { from: preset.from, to: "now" };
  return rangeLengthMs(range, 0) < rangeLengthMs(DEFAULT_RANGE, 0) ? range : null;
}

/** "Last 1 hour", or "22 Nov 14:00 – 15:00" in the viewer's time zone. */
export function rangeLabel(range: Range, nowMs: number): string {
  const from = parseInstant(range.from, nowMs);
  const to = parseInstant(range.to, nowMs);
  if (!from || !to) return "Unreadable range";
  if (to.kind === "relative" && to.agoMs === 0 && from.kind === "relative")
    return relativeLabel(from.text);
  const fromMs = resolveInstant(range.from, nowMs) ?? nowMs;
  const toMs = resolveInstant(range.to, nowMs) ?? nowMs;
  const end = to.kind === "relative" && to.agoMs === 0 ? "now" : null;
  return absoluteLabel(fromMs, toMs, end);
}

function relativeLabel(text: string): string {
  const preset = PRESETS.find((one) => one.from === text);
  if (preset) return preset.label;
  const amount = text.slice(1, -1);
  const name = UNIT_NAMES[text.slice(-1)] ?? "";
  return `Last ${amount} ${name}${amount === "1" ? "" : "s"}`;
}

function absoluteLabel(fromMs: number, toMs: number, end: string | null): string {
  const short = toMs - fromMs < 10 * 60e3;
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hour12: false };
  if (short) clock.second = "2-digit";
  const day = (ms: number): string =>
    new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  const time = (ms: number): string => new Date(ms).toLocaleTimeString("en-GB", clock);
  const last = end ?? (day(fromMs) === day(toMs) ? time(toMs) : `${day(toMs)} ${time(toMs)}`);
  return `${day(fromMs)} ${time(fromMs)} – ${last}`;
}

/** For the editable fields: "2026-11-22 14:00:00" local, relative ends unchanged. */
export function editableText(input: string, nowMs: number): string {
  const instant = parseInstant(input, nowMs);
  if (!instant || instant.kind === "relative") return input;
  const at = new Date(instant.ms);
  const two = (n: number): string => String(n).padStart(2, "0");
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
