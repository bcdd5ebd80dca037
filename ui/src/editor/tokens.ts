// PromQL as tokens: for colours, for completion, for finding a metric under the cursor.
// Invariants: pure; every character is in exactly one token, whatever the text, so a query half
// written is coloured as far as it goes; time is linear in the text.

export type TokenKind =
  | "space"
  | "comment"
  | "string"
  | "number"
  | "duration"
  | "keyword"
  | "function"
  | "aggregation"
  | "label"
  | "metric"
  | "operator"
  | "bracket"
  | "variable"
  | "unknown";

export interface Token {
  kind: TokenKind;
  start: number;
  end: number;
  /** Set where a string has no end. */
  open?: boolean;
}

export const AGGREGATIONS: ReadonlySet<string> = new Set(
  "sum min max avg group stddev stdvar count count_values bottomk topk quantile limitk limit_ratio".split(
    " ",
  ),
);

const KEYWORDS: ReadonlySet<string> = new Set(
  "by without on ignoring group_left group_right bool offset and or unless atan2".split(" "),
);

/** After these a list of labels in parentheses follows. */
const GROUPINGS: ReadonlySet<string> = new Set(
  "by without on ignoring group_left group_right".split(" "),
);

const SPACE = /\s+/y;
const COMMENT = /#[^\n]*/y;
const VARIABLE = /\$\{[^}\s]*\}?|\$\w+|\[\[\w*\]\]/y;
const DURATION = /(?:\d+(?:ms|[smhdwy]))+(?![\w.])/y;
const NUMBER = /0[xX][\da-fA-F]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD = /[\p{L}_:][\p{L}\p{N}_:]*/uy;
const OPERATOR = /=~|!~|!=|==|<=|>=|[-+*/%^<>=@,:]/y;
const BRACKET = /[()[\]{}]/y;

function match(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.exec(text) ? pattern.lastIndex : null;
}

/** The end of a quoted string, and whether it lacks its closing quote. */
function stringEnd(text: string, start: number): { end: number; open: boolean } {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\" && quote !== "`") at += 1;
    else if (text[at] === quote) return { end: at + 1, open: false };
    else if (text[at] === "\n" && quote !== "`") return { end: at, open: true };
  }
  return { end: text.length, open: true };
}

interface Scope {
  bracket: string;
  /** Names in it are labels. */
  labels: boolean;
}

const SIMPLE: readonly [RegExp, TokenKind][] = [
  [SPACE, "space"],
  [COMMENT, "comment"],
  [VARIABLE, "variable"],
  [DURATION, "duration"],
  [NUMBER, "number"],
];

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const scopes: Scope[] = [];
  let groups = false;
  let at = 0;
  const push = (kind: TokenKind, end: number, open = false): void => {
    tokens.push({ kind, start: at, end, ...(open && { open }) });
    if (kind !== "space" && kind !== "comment" && kind !== "bracket") groups = false;
    at = end;
  };
  while (at < text.length) {
    const char = text[at] ?? "";
    const simple = firstMatch(text, at);
    if (simple) push(simple.kind, simple.end);
    else if (char === '"' || char === "'" || char === "`") {
      const { end, open } = stringEnd(text, at);
      push("string", end, open);
    } else if (match(BRACKET, text, at) !== null) {
      if ("([{".includes(char)) scopes.push({ bracket: char, labels: char === "{" || groups });
      else scopes.pop();
      groups = false;
      push("bracket", at + 1);
    } else {
      const word = match(WORD, text, at);
      if (word !== null && char !== ":") {
        const name = text.slice(at, word);
        const inLabels = scopes.at(-1)?.labels ?? false;
        push(inLabels ? "label" : wordKind(name, text, word), word);
        groups = !inLabels && GROUPINGS.has(name.toLowerCase());
      } else {
        const operator = match(OPERATOR, text, at);
        push(operator === null ? "unknown" : "operator", operator ?? at + 1);
      }
    }
  }
  return tokens;
}

function firstMatch(text: string, at: number): { kind: TokenKind; end: number } | null {
  for (const [pattern, kind] of SIMPLE) {
    const end = match(pattern, text, at);
    if (end !== null) return { kind, end };
  }
  return null;
}

const NUMBERS: ReadonlySet<string> = new Set(["inf", "nan"]);

function wordKind(name: string, text: string, end: number): TokenKind {
  const lower = name.toLowerCase();
  if (NUMBERS.has(lower)) return "number";
  const next = text.slice(end).trimStart();
  if (AGGREGATIONS.has(lower) && /^(\(|by\b|without\b)/i.test(next)) return "aggregation";
  if (KEYWORDS.has(lower)) return "keyword";
  return next.startsWith("(") ? "function" : "metric";
}
