// What a series is called: its labels as PromQL writes them, or a person's template.
// Invariant: pure; a template that gives nothing falls back to the labels, so no series is nameless,
// and a query is a name only where nobody gave a template.
import type { Labels } from "./types";

/** `name{a="1", b="2"}`; `except` are labels that say nothing here. */
export function seriesText(labels: Labels, except: ReadonlySet<string> = new Set()): string {
  const { __name__: name = "", ...rest } = labels;
  const pairs = Object.entries(rest)
    .filter(([key]) => !except.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const shown = except.has("__name__") ? "" : name;
  return pairs.length === 0 && shown !== "" ? shown : `${shown}{${pairs.join(", ")}}`;
}

/** Fills `{{label}}`; a label the series lacks is empty. */
export function fillTemplate(template: string, labels: Labels): string {
  return template
    .replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (_, key: string) => labels[key] ?? "")
    .trim();
}

/** What is called after labels, of which it has none. */
const UNNAMED = "(unnamed)";

/** How to call the series of one answer: by the template, else by the labels in which they differ. */
export function namer(
  all: readonly Labels[],
  template: string,
  query: string,
): (labels: Labels) => string {
  const same = sharedLabels(all);
  return (labels) => {
    const filled = template === "" ? "" : fillTemplate(template, labels);
    if (filled !== "") return filled;
    const values = Object.entries(labels)
      .filter(([key]) => !same.has(key))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    if (values.length === 1) return values[0]?.[1] || '""';
    if (values.length > 1) return seriesText(labels, same);
    const text = seriesText(labels);
    if (text !== "{}") return text;
    return template === "" ? query : UNNAMED;
  };
}

/** Labels that every series has with the same value. */
export function sharedLabels(all: readonly Labels[]): Set<string> {
  const [first, ...others] = all;
  const keys = Object.keys(first ?? {});
  return new Set(keys.filter((key) => others.every((one) => one[key] === first?.[key])));
}
