// A stack as it is read: own code stands out, runs of library frames fold into one line.
// Invariants: pure and linear; folding never hides the frame where an exception was raised unless own
// code is shown instead; nothing of a stack is lost, a fold says how many frames it holds.
import type { Exception, Frame } from "../api/errors";

export type StackRow =
  | { kind: "frame"; frame: Frame; index: number }
  | { kind: "run"; frames: readonly Frame[]; index: number };

/** Runs shorter than this are shown: a line saying "1 library frame" is no shorter than the frame. */
const RUN_LEAST = 2;

/**
 * The rows of a stack. With `all`, and where no frame is of the application, every frame has its row;
 * else runs of library frames fold, apart from those opened, by the index of their first frame.
 */
export function stackRows(
  frames: readonly Frame[],
  all: boolean,
  opened: ReadonlySet<number> = new Set(),
): StackRow[] {
  const rows: StackRow[] = [];
  const folds = !all && frames.some((frame) => frame.in_app);
  let at = 0;
  while (at < frames.length) {
    const end = folds ? runEnd(frames, at) : at;
    if (end - at >= RUN_LEAST && !opened.has(at)) {
      rows.push({ kind: "run", frames: frames.slice(at, end), index: at });
      at = end;
      continue;
    }
    const stop = Math.max(end, at + 1);
    for (; at < stop; at += 1) {
      const frame = frames[at];
      if (frame) rows.push({ kind: "frame", frame, index: at });
    }
  }
  return rows;
}

/** Where the run of library frames that starts at `from` ends; `from` itself where none does. */
function runEnd(frames: readonly Frame[], from: number): number {
  let end = from;
  while (end < frames.length && frames[end]?.in_app === false) end += 1;
  return end;
}

/** The frame that is open at first: the own code nearest to where it was raised, else the first. */
export function firstOpen(frames: readonly Frame[]): number {
  const own = frames.findIndex((frame) => frame.in_app && hasDetail(frame));
  return own >= 0 ? own : frames.findIndex(hasDetail);
}

export function hasSource(frame: Frame): boolean {
  return frame.source !== null && frame.source !== undefined && sourceLines(frame).length > 0;
}

/** Whether there is anything to open. */
export function hasDetail(frame: Frame): boolean {
  return hasSource(frame) || frame.variables.length > 0;
}

export interface SourceLine {
  number: number;
  text: string;
  at: boolean;
}

/** The lines around a frame, numbered; none where the frame has no source. */
export function sourceLines({ source, line }: Frame): SourceLine[] {
  if (!source) return [];
  const { before, after } = source;
  if (before.length + after.length === 0 && source.line === "") return [];
  const first = line - before.length;
  return [...before, source.line, ...after].map((text, index) => ({
    number: first + index,
    text,
    at: index === before.length,
  }));
}

/** "cart.py:61:4"; without what is not known. */
export function placeOf(frame: Frame): string {
  const file = frame.file || frame.path || frame.module;
  const line = frame.line > 0 ? `:${frame.line}` : "";
  const column = frame.line > 0 && frame.column > 0 ? `:${frame.column}` : "";
  return `${file || "unknown"}${line}${column}`;
}

/** A stack as text: a line per frame, and what could not be read as frames as it was written. */
export function exceptionText(exception: Exception): string {
  const head = [exception.type, exception.message].filter(Boolean).join(": ");
  const frames = exception.frames.map(
    (frame) => `    at ${frame.function || "<unknown>"} (${placeOf(frame)})`,
  );
  if (exception.frames_omitted > 0)
    frames.push(`    … ${exception.frames_omitted} more were left out by the sender`);
  const rest = exception.text === "" ? [] : [exception.text];
  return [head, ...frames, ...rest].join("\n");
}

export function chainText(exceptions: readonly Exception[]): string {
  return exceptions
    .map((one, index) => (index === 0 ? "" : "Caused by: ") + exceptionText(one))
    .join("\n\n");
}
