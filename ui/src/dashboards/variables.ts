// Variables: what their queries ask for, which options there are, which of them are chosen.
// Invariants: pure; the address decides what is chosen, then the document's default, then the first
// option; a value in the address that is no option is kept, so that a shared view shows what was meant.
import type { Option, Variable } from "./document";
import { durationText } from "../prometheus/step";
import { references, type Bound, type Scope } from "./interpolate";

export const ALL = "$__all";
export const OPTIONS_MAX = 5_000;
const PREFIX = "var-";

/** What a query variable asks Prometheus' API for. */
export type Lookup =
  | { kind: "label_values"; label: string; match: string | null }
  | { kind: "label_names"; match: string | null }
  | { kind: "metrics"; pattern: string }
  | { kind: "query_result"; promql: string }
  | { kind: "series"; match: string };

/** Reads `label_values(metric, label)` and its kin; anything else is a selector of series. */
export function parseLookup(query: string): Lookup | null {
  const text = query.trim();
  if (text === "") return null;
  const call = /^(label_values|label_names|metrics|query_result)\s*\(([\s\S]*)\)\s*$/.exec(text);
  if (!call) return { kind: "series", match: text };
  const inner = (call[2] ?? "").trim();
  switch (call[1]) {
    case "label_values":
      return parseLabelValues(inner);
    case "label_names":
      return { kind: "label_names", match: inner === "" ? null : inner };
    case "metrics":
      return { kind: "metrics", pattern: inner };
    default:
      return inner === "" ? null : { kind: "query_result", promql: inner };
  }
}

/** The label is what follows the last comma, since a selector may hold commas itself. */
function parseLabelValues(inner: string): Lookup | null {
  const parts = /^(?:([\s\S]+),)?\s*([a-zA-Z_$][\w$]*|"[^"]+")\s*$/.exec(inner);
  if (!parts) return null;
  const label = (parts[2] ?? "").replaceAll('"', "");
  return { kind: "label_values", label, match: parts[1]?.trim() ?? null };
}

/** A filter as written: `/pattern/flags`, or a pattern alone; null where it is no pattern. */
export function parsePattern(text: string): RegExp | null {
  const slashed = /^\/([\s\S]*)\/([a-z]*)$/.exec(text.trim());
  try {
    return slashed
      ? new RegExp(slashed[1] ?? "", (slashed[2] ?? "").replace("g", ""))
      : new RegExp(`^${text.trim()}$`);
  } catch {
    return null;
  }
}

/** One option of a text: the named groups `text` and `value`, else the first group, else all of it. */
function optionOf(text: string, pattern: RegExp | null): Option | null {
  if (!pattern) return { value: text, text };
  const match = pattern.exec(text);
  if (!match) return null;
  const { groups } = match;
  if (groups?.["value"] !== undefined || groups?.["text"] !== undefined) {
    const value = groups["value"] ?? groups["text"] ?? "";
    return { value, text: groups["text"] ?? value };
  }
  const found = match[1] ?? match[0];
  return { value: found, text: found };
}

const natural = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const alphabetical = new Intl.Collator("en", { sensitivity: "base" });

function numberIn(text: string): number {
  return Number(/-?\d+(?:\.\d+)?/.exec(text)?.[0] ?? Infinity);
}

function sorted(options: Option[], sort: string): Option[] {
  const sign = sort.endsWith("desc") ? -1 : 1;
  if (sort.startsWith("alphabetical"))
    return options.sort((a, b) => sign * alphabetical.compare(a.text, b.text));
  if (sort.startsWith("natural"))
    return options.sort((a, b) => sign * natural.compare(a.text, b.text));
  if (sort.startsWith("numeric"))
    return options.sort((a, b) => sign * (numberIn(a.text) - numberIn(b.text)));
  return options;
}

/** The options of a query variable from the texts that came back: filtered, each once, sorted. */
export function optionsFrom(texts: readonly string[], variable: Variable): Option[] {
  const pattern = variable.regex.trim() === "" ? null : parsePattern(variable.regex);
  const seen = new Map<string, Option>();
  for (const text of texts) {
    const option = optionOf(text, pattern);
    if (option && option.value !== "" && !seen.has(option.value)) seen.set(option.value, option);
    if (seen.size >= OPTIONS_MAX) break;
  }
  return sorted([...seen.values()], variable.sort);
}

/** The values of `var-name` in the address; null where it says nothing. */
export function fromAddress(name: string, params: URLSearchParams): string[] | null {
  const values = params.getAll(PREFIX + name);
  if (values.length === 0) return null;
  return values.map((value) => (value === "All" ? ALL : value));
}

/** The parameters that put these values into the address. */
export function addressPatch(name: string, values: readonly string[]): Record<string, string[]> {
  return { [PREFIX + name]: [...values] };
}

/** Every variable parameter, for a link that should show the same. */
export function variableParams(params: URLSearchParams): [string, string][] {
  return [...params].filter(([key]) => key.startsWith(PREFIX));
}

/** What is chosen of a variable. */
export function chosen(
  variable: Variable,
  options: readonly Option[],
  address: readonly string[] | null,
): string[] {
  if (variable.type === "constant") return variable.default.slice(0, 1);
  if (address) return variable.multi ? withoutStrayAll(address) : address.slice(0, 1);
  if (variable.type === "text") return [variable.default[0] ?? ""];
  const known = new Set(options.map((option) => option.value));
  const usable = variable.default.filter((value) => known.has(value) || isAll(value, variable));
  if (usable.length > 0) return variable.multi ? withoutStrayAll(usable) : usable.slice(0, 1);
  if (variable.include_all && options.length !== 1 && variable.default.length === 0) return [ALL];
  const first = options[0]?.value;
  return first === undefined ? variable.default.slice(0, 1) : [first];
}

function isAll(value: string, variable: Variable): boolean {
  return value === ALL && variable.include_all;
}

function withoutStrayAll(values: readonly string[]): string[] {
  return values.includes(ALL) ? [ALL] : [...values];
}

/** The choice after a click on one option of a variable that takes several. */
export function toggled(values: readonly string[], value: string): string[] {
  if (value === ALL) return [ALL];
  const rest = values.filter((one) => one !== ALL);
  const next = rest.includes(value) ? rest.filter((one) => one !== value) : [...rest, value];
  return next.length === 0 ? [value] : next;
}

/** The variable as a query sees it. */
export function bind(
  variable: Variable,
  options: readonly Option[],
  values: readonly string[],
  stepSeconds: number,
): Bound {
  const multi = variable.multi || variable.include_all;
  if (values.includes(ALL)) {
    const every = options.map((option) => option.value);
    const allValue = variable.all_value === "" ? null : variable.all_value;
    return { values: every, texts: ["All"], multi: true, allValue };
  }
  const texts = values.map(
    (value) => options.find((option) => option.value === value)?.text ?? value,
  );
  const isAuto = variable.type === "interval" && /^(auto|\$__auto\w*)$/.test(values[0] ?? "");
  return { values: isAuto ? [durationText(stepSeconds)] : values, texts, multi, allValue: null };
}

/** Names of the other variables that this one's options depend on. */
export function dependsOn(variable: Variable, all: readonly Variable[]): string[] {
  if (variable.type !== "query") return [];
  const named = new Set(references(`${variable.query} ${variable.regex}`));
  return all.map((other) => other.name).filter((name) => name !== variable.name && named.has(name));
}

/** Variables in an order in which each comes after those it depends on; a circle is cut anywhere. */
export function inOrder(variables: readonly Variable[]): Variable[] {
  const byName = new Map(variables.map((one) => [one.name, one]));
  const done = new Set<string>();
  const order: Variable[] = [];
  const visit = (variable: Variable): void => {
    if (done.has(variable.name)) return;
    done.add(variable.name);
    for (const name of dependsOn(variable, variables)) {
      const other = byName.get(name);
      if (other) visit(other);
    }
    order.push(variable);
  };
  variables.forEach(visit);
  return order;
}

/** The short text of a choice: "All", one text, or two and how many more. */
export function choiceText(bound: Bound): string {
  const { texts } = bound;
  if (texts.length === 0) return "none";
  return texts.length <= 2 ? texts.join(", ") : `${texts[0]}, ${texts[1]} + ${texts.length - 2}`;
}

/** `scope` with some variables bound to single values: the clones of a repeated panel. */
export function narrowed(scope: Scope, own: Readonly<Record<string, Option>>): Scope {
  const next = new Map(scope);
  for (const [name, option] of Object.entries(own)) {
    const multi = scope.get(name)?.multi ?? true;
    next.set(name, { values: [option.value], texts: [option.text], multi, allValue: null });
  }
  return next;
}
