// What a person is about to write at the cursor: a metric, a label, a value, a duration, and of what.
// Invariant: pure; works on text that does not parse, since that is what one completes.
import { tokenize, type Token } from "./tokens";

export type Context = { from: number; to: number } & (
  | { kind: "expression" }
  | { kind: "label"; metric: string | null; grouping: boolean }
  | { kind: "value"; metric: string | null; label: string; quote: string }
  | { kind: "duration" }
  | { kind: "none" }
);

const BLANK: ReadonlySet<string> = new Set(["space", "comment"]);

export function contextAt(text: string, cursor: number): Context {
  const tokens = tokenize(text);
  const index = tokens.findIndex((token) => token.start < cursor && cursor <= token.end);
  const here = tokens[index];
  const at = { from: cursor, to: cursor };
  if (here?.kind === "comment") return { kind: "none", ...at };
  if (here?.kind === "string" && (cursor < here.end || here.open))
    return inString(text, tokens, index, cursor);
  const before = index < 0 ? tokens.filter((token) => token.end <= cursor) : tokens.slice(0, index);
  const isWord = here !== undefined && WORDS.has(here.kind);
  const span = isWord ? { from: here.start, to: cursor } : at;
  if (here && !isWord) before.push(here);
  const open = openBracket(text, before);
  if (open?.char === "[") return durationAt(here, cursor);
  if (open?.char === "{") {
    const last = lastWritten(before);
    const metric = metricBefore(text, tokens, open.index);
    const isName = last === undefined || /[{,]/.test(text.slice(last.start, last.end));
    return isName ? { kind: "label", metric, grouping: false, ...span } : { kind: "none", ...at };
  }
  if (open?.char === "(" && isGrouping(text, before, open.index))
    return { kind: "label", metric: metricNear(text, tokens, open.index), grouping: true, ...span };
  if (here && (here.kind === "number" || here.kind === "duration")) return { kind: "none", ...at };
  return { kind: "expression", ...span };
}

const WORDS: ReadonlySet<string> = new Set([
  "metric",
  "function",
  "aggregation",
  "keyword",
  "label",
]);

function durationAt(here: Token | undefined, cursor: number): Context {
  const from = here && (here.kind === "number" || here.kind === "duration") ? here.start : cursor;
  return { kind: "duration", from, to: cursor };
}

function lastWritten(tokens: readonly Token[]): Token | undefined {
  return tokens.findLast((token) => !BLANK.has(token.kind));
}

/** The innermost bracket that is open after `tokens`. */
function openBracket(
  text: string,
  tokens: readonly Token[],
): { char: string; index: number } | null {
  let closed = 0;
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    const token = tokens[index];
    if (token?.kind !== "bracket") continue;
    const char = text[token.start] ?? "";
    if (")]}".includes(char)) closed += 1;
    else if (closed > 0) closed -= 1;
    else return { char, index };
  }
  return null;
}

function isGrouping(text: string, tokens: readonly Token[], open: number): boolean {
  const word = lastWritten(tokens.slice(0, open));
  const name = word ? text.slice(word.start, word.end).toLowerCase() : "";
  return /^(by|without|on|ignoring|group_left|group_right)$/.test(name);
}

/** The metric that a `{` at token `open` selects from, or that its `__name__` matcher names. */
function metricBefore(text: string, tokens: readonly Token[], open: number): string | null {
  const before = tokens.slice(0, open).findLast((token) => !BLANK.has(token.kind));
  if (before?.kind === "metric") return text.slice(before.start, before.end);
  const [first, next] = tokens.slice(open + 1).filter((token) => !BLANK.has(token.kind));
  if (first?.kind !== "string" || first.open) return null;
  const isMatcher = next !== undefined && /[=!]/.test(text[next.start] ?? "");
  return isMatcher ? null : unquoted(text, first);
}

function unquoted(text: string, token: Token): string {
  return text.slice(token.start + 1, token.end - 1).replace(/\\(.)/g, "$1");
}

/** The metric an aggregation is about: the next one after its grouping, else the last one before. */
function metricNear(text: string, tokens: readonly Token[], open: number): string | null {
  const next = tokens.slice(open).find((token) => token.kind === "metric");
  const last = tokens.slice(0, open).findLast((token) => token.kind === "metric");
  const found = next ?? last;
  return found ? text.slice(found.start, found.end) : null;
}

function inString(text: string, tokens: readonly Token[], index: number, cursor: number): Context {
  const here = tokens[index] as Token;
  const none: Context = { kind: "none", from: cursor, to: cursor };
  const open = openBracket(text, tokens.slice(0, index));
  if (open?.char !== "{") return none;
  const written = tokens.slice(0, index).filter((token) => !BLANK.has(token.kind));
  const [name, operator] = written.slice(-2);
  const isMatcher = operator && /^(=|!=|=~|!~)$/.test(text.slice(operator.start, operator.end));
  if (!isMatcher || !name || !(name.kind === "label" || name.kind === "string")) return none;
  return {
    kind: "value",
    metric: metricBefore(text, tokens, open.index),
    label: name.kind === "label" ? text.slice(name.start, name.end) : unquoted(text, name),
    quote: text[here.start] ?? '"',
    from: here.start + 1,
    to: here.open ? cursor : here.end - 1,
  };
}

/** The metrics a query reads, in their order. */
export function metricsIn(text: string): string[] {
  const names = tokenize(text)
    .filter((token) => token.kind === "metric")
    .map((token) => text.slice(token.start, token.end));
  return [...new Set(names)];
}
