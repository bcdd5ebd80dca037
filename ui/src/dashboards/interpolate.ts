// Puts the values of variables into PromQL, legends, links and texts.
// Invariants: pure; knows where in a query it is, so that a value inside quotes cannot end them;
// `$name`, `${name}`, `${name:format}`, `[[name]]` and `[[name:format]]` mean what they do in Grafana;
// a name nobody knows stays as it was written.
import { durationText, rateSeconds } from "../prometheus/step";

/** One variable with what is chosen. */
export interface Bound {
  values: readonly string[];
  /** What the page shows for them. */
  texts: readonly string[];
  /** Whether it may hold several values or all, so that matchers expect a regular expression. */
  multi: boolean;
  /** All is chosen and this, taken literally, stands for it. */
  allValue: string | null;
}

export type Scope = ReadonlyMap<string, Bound>;

const REFERENCE = /\$\{(\w+)(?::([^}]*))?\}|\[\[(\w+)(?::([^\]]*))?\]\]|\$(\w+)/g;

interface Context {
  /** The quote the reference stands inside of. */
  quote: '"' | "'" | "`" | null;
  /** Whether the text is compared by a regular expression. */
  regex: boolean;
}

const PLAIN: Context = { quote: null, regex: false };

export function regexEscape(text: string): string {
  return text.replace(/[\\^$*+?.()|[\]{}]/g, "\\$&");
}

/** Inside single or double quotes a backslash and the quote need one more; backticks take all. */
function quoted(text: string, { quote }: Context): string {
  if (quote === null || quote === "`") return text;
  return text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`).replaceAll("\n", "\\n");
}

function alternation(values: readonly string[]): string {
  const escaped = values.map(regexEscape);
  return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
}

/** What a reference without a format becomes in a query. */
function inQuery(bound: Bound, context: Context): string {
  if (bound.allValue !== null) return bound.allValue;
  const [first = ""] = bound.values;
  if (!bound.multi) return quoted(first, context);
  if (bound.values.length === 0) return ".*";
  const exact = context.quote !== null && !context.regex && bound.values.length === 1;
  return quoted(exact ? first : alternation(bound.values), context);
}

type Format = (bound: Bound, name: string) => string;

const FORMATS: Record<string, Format> = {
  raw: ({ values }) => values.join(","),
  csv: ({ values }) => values.join(","),
  pipe: ({ values }) => values.join("|"),
  regex: ({ values }) => alternation(values),
  glob: ({ values }) => (values.length === 1 ? (values[0] ?? "") : `{${values.join(",")}}`),
  text: ({ texts }) => texts.join(" + "),
  json: ({ values }) => JSON.stringify(values.length === 1 ? values[0] : values),
  doublequote: ({ values }) => values.map((one) => `"${one.replaceAll('"', '\\"')}"`).join(","),
  singlequote: ({ values }) => values.map((one) => `'${one.replaceAll("'", "\\'")}'`).join(","),
  sqlstring: ({ values }) => values.map((one) => `'${one.replaceAll("'", "''")}'`).join(","),
  distributed: ({ values }, name) => values.join(`,${name}=`),
  percentencode: (bound) => encodeURIComponent(FORMATS["glob"]?.(bound, "") ?? ""),
  uriencode: (bound) => encodeURI(FORMATS["glob"]?.(bound, "") ?? ""),
  queryparam: ({ values }, name) =>
    values.map((one) => `var-${name}=${encodeURIComponent(one)}`).join("&"),
};

/** Formats that stand for themselves, wherever they are. */
const LITERAL = new Set(["raw", "json", "doublequote", "singlequote", "sqlstring"]);

function formatted(bound: Bound, name: string, format: string, context: Context): string {
  if (bound.allValue !== null && format !== "text") return bound.allValue;
  const make = FORMATS[format] ?? FORMATS["glob"];
  const text = make?.(bound, name) ?? "";
  return LITERAL.has(format) ? text : quoted(text, context);
}

function replaced(match: readonly string[], scope: Scope, context: Context | null): string {
  const [whole = "", braced, bracedFormat, boxed, boxedFormat, bare] = match;
  const name = braced ?? boxed ?? bare ?? "";
  const bound = scope.get(name);
  if (!bound) return whole;
  const format = bracedFormat ?? boxedFormat ?? "";
  if (format !== "") return formatted(bound, name, format, context ?? PLAIN);
  return context ? inQuery(bound, context) : formatted(bound, name, "text", PLAIN);
}

/** The names a text refers to, in order, each once. */
export function references(text: string): string[] {
  const names = [...text.matchAll(REFERENCE)].map(
    (match) => match[1] ?? match[3] ?? match[5] ?? "",
  );
  return [...new Set(names)];
}

/** A query with the values of its variables. */
export function interpolateQuery(query: string, scope: Scope): string {
  let out = "";
  let at = 0;
  let context = PLAIN;
  for (const match of query.matchAll(REFERENCE)) {
    const before = query.slice(at, match.index);
    context = contextAfter(before, context);
    out += before + replaced(match, scope, context);
    at = match.index + match[0].length;
  }
  return out + query.slice(at);
}

/** Where one is after reading `text`, having started in `from`. */
function contextAfter(text: string, from: Context): Context {
  let { quote, regex } = from;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quote !== null) {
      if (sign === "\\" && quote !== "`") at += 1;
      else if (sign === quote) quote = null;
    } else if (sign === '"' || sign === "'" || sign === "`") {
      quote = sign;
      regex = !/(^|[^=!~<>])!?=\s*$/.test(text.slice(0, at));
    } else if (sign === "#") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    }
  }
  return { quote, regex };
}

/** Titles, texts and legends: what is chosen as a person reads it. */
export function interpolateText(text: string, scope: Scope): string {
  return text.replace(REFERENCE, (...args) => replaced(args as string[], scope, null));
}

/** A link's address: values are encoded, unless a format says how. */
export function interpolateUrl(url: string, scope: Scope): string {
  return url.replace(REFERENCE, (...args) => {
    const match = args as string[];
    const bound = scope.get(match[1] ?? match[3] ?? match[5] ?? "");
    const format = match[2] ?? match[4] ?? "";
    if (!bound || format !== "") return replaced(match, scope, PLAIN);
    return bound.allValue ?? FORMATS["percentencode"]?.(bound, "") ?? "";
  });
}

/** What is known without asking: the range and the step of a query. */
export interface Window {
  fromMs: number;
  toMs: number;
  stepSeconds: number;
}

function single(value: string): Bound {
  return { values: [value], texts: [value], multi: false, allValue: null };
}

/** `$__interval` and its kin. */
export function builtinScope(window: Window): [string, Bound][] {
  const { fromMs, toMs, stepSeconds } = window;
  const rangeSeconds = Math.max(1, Math.round((toMs - fromMs) / 1000));
  const rate = rateSeconds(stepSeconds);
  const values: Record<string, string> = {
    __interval: durationText(stepSeconds),
    __interval_ms: String(Math.round(stepSeconds * 1000)),
    __auto: durationText(stepSeconds),
    __rate_interval: durationText(rate),
    __rate_interval_ms: String(Math.round(rate * 1000)),
    __range: `${rangeSeconds}s`,
    __range_s: String(rangeSeconds),
    __range_ms: String(rangeSeconds * 1000),
    __from: String(Math.round(fromMs)),
    __to: String(Math.round(toMs)),
    __all: "$__all",
  };
  return Object.entries(values).map(([name, value]) => [name, single(value)]);
}
