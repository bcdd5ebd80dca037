// The words that stand by an issue: how it differs from the rest, and what was decided about it.
// Invariant: pure; at most one word says how an issue moves (new, regressed, spiking).
import type { Issue, Level } from "../api/errors";
import type { Tone } from "../controls/figures";

export interface Badge {
  text: string;
  tone: Tone;
  title: string;
}

const MOVES: Partial<Record<string, Badge>> = {
  new: { text: "new", tone: "bad", title: "first seen lately" },
  regressed: { text: "regressed", tone: "warn", title: "came back after it was resolved" },
  spiking: { text: "spiking", tone: "bad", title: "far more events than usual" },
};

type Badged = Pick<Issue, "status" | "substatus" | "status_detail" | "unhandled" | "level">;

export function badgesOf(issue: Badged, shown: Issue["status"] | "all" = "all"): Badge[] {
  const badges: Badge[] = [];
  const move = MOVES[issue.substatus ?? ""];
  if (move) badges.push(move);
  if (issue.level === "fatal")
    badges.push({ text: "fatal", tone: "bad", title: "the program ended" });
  if (issue.unhandled)
    badges.push({ text: "unhandled", tone: "plain", title: "nothing in the program caught it" });
  if (issue.status !== "unresolved" && shown === "all") {
    const detail = issue.status_detail ?? issue.status;
    const text = issue.substatus === "in_next_release" ? "in next release" : issue.status;
    badges.push({ text, tone: issue.status === "resolved" ? "ok" : "plain", title: detail });
  }
  return badges;
}

const LEVEL_COLOURS: Record<Level, string> = {
  fatal: "--bad",
  error: "--bad",
  warning: "--warn-bar",
  info: "--info-bar",
  debug: "--debug-bar",
};

/** The token of a level's colour; that of errors for a level nobody defined. */
export function levelColour(level: string): string {
  return LEVEL_COLOURS[level as Level] ?? "--bad";
}

/** One or two letters for a person: "ops" is O, "on.call@example.org" is OC. */
export function initials(name: string): string {
  const parts = (name.split("@")[0] ?? "").split(/[\s._-]+/).filter(Boolean);
  const letters = parts.slice(0, 2).map((part) => [...part][0] ?? "");
  return letters.join("").toUpperCase() || "?";
}

/** A title on one line: what was raised, or what was logged where nothing was. */
export function issueTitle(issue: Pick<Issue, "type" | "message">): string {
  return issue.type || firstLine(issue.message) || "(no message)";
}

const LINE_MAX = 300;

/** The first line with something on it, bounded: the rest is for the detail. */
export function firstLine(text: string): string {
  const line = /[^\r\n]*\S[^\r\n]*/.exec(text.slice(0, 4 * LINE_MAX))?.[0].trim() ?? "";
  return visible(line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line);
}

/** Characters that turn the direction of what follows, or that have no shape of their own. */
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;

/** The text with characters that would hide or reorder others written out, such as `\u202e`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
