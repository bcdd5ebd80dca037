// Conditions on attributes, as people type them, addresses hold them and the API takes them.
// Invariant: `format(parse(text))` is what the API understands: `key=value`, `key!=value`,
// `key~=part`, `key`.

export type Operator = "=" | "!=" | "~=" | "exists";

export interface AttributeFilter {
  key: string;
  operator: Operator;
  value: string;
}

/** Reads one condition; null where there is no key or an operator lacks its value. */
export function parseFilter(input: string): AttributeFilter | null {
  const text = input.trim();
  const match = /^([^=!~<>\s]+)\s*(!=|~=|=~|=|\bexists\b)\s*(.*)$/.exec(text);
  if (!match)
    return /^[^=!~<>\s"]+$/.test(text) ? { key: text, operator: "exists", value: "" } : null;
  const [, key = "", sign = "", rest = ""] = match;
  const value = unquote(rest);
  if (sign === "exists") return { key, operator: "exists", value: "" };
  if (value === "") return null;
  return { key, operator: sign === "=~" ? "~=" : (sign as Operator), value };
}

function unquote(text: string): string {
  const quoted = /^"(.*)"$/.exec(text) ?? /^'(.*)'$/.exec(text);
  return quoted ? (quoted[1] ?? "") : text;
}

export function formatFilter({ key, operator, value }: AttributeFilter): string {
  return operator === "exists" ? key : `${key}${operator}${value}`;
}

/** `filters` with one more, without repeating itself. */
export function withFilter(filters: readonly string[], added: AttributeFilter): string[] {
  const text = formatFilter(added);
  return filters.includes(text) ? [...filters] : [...filters, text];
}
