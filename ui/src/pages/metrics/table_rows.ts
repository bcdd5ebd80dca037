// Instant answers as rows.
// Invariant: pure; labels that differ come first, so that a narrow table shows what tells rows apart.
import { keyOf, numberOf } from "../../prometheus/frame";
import { sharedLabels } from "../../prometheus/legend";
import type { Histogram, Labels } from "../../prometheus/types";
import type { Reply } from "../../prometheus/use_answers";

export interface AnswerRow {
  key: string;
  ref: string;
  labels: Labels;
  /** As the server wrote it. */
  text: string;
  value: number;
  isText: boolean;
  histogram: Histogram | null;
}

export function tableRows(replies: readonly Reply[]): { rows: AnswerRow[]; labels: string[] } {
  const rows = replies.flatMap(rowsOf);
  return { rows, labels: labelColumns(rows) };
}

function rowsOf({ ref, data }: Reply): AnswerRow[] {
  if (!data) return [];
  if (data.resultType === "scalar" || data.resultType === "string") {
    const text = data.result[1];
    const isText = data.resultType === "string";
    return [{ ...plain(ref, {}), text, isText, value: isText ? NaN : numberOf(text) }];
  }
  if (data.resultType === "matrix") {
    return data.result.map((one) => lastRow(ref, one.metric, one.values?.at(-1)?.[1] ?? ""));
  }
  return data.result.map((one) => {
    const histogram = one.histogram?.[1] ?? null;
    if (!histogram) return lastRow(ref, one.metric, one.value?.[1] ?? "");
    return { ...plain(ref, one.metric), histogram, value: numberOf(histogram.count) };
  });
}

function plain(ref: string, labels: Labels): AnswerRow {
  const key = `${ref} ${keyOf(labels)}`;
  return { key, ref, labels, text: "", value: NaN, isText: false, histogram: null };
}

function lastRow(ref: string, labels: Labels, text: string): AnswerRow {
  return { ...plain(ref, labels), text, value: numberOf(text) };
}

/** Labels that differ between rows first, then those that are the same everywhere. */
function labelColumns(rows: readonly AnswerRow[]): string[] {
  const all = [...new Set(rows.flatMap((row) => Object.keys(row.labels)))].sort();
  const same = sharedLabels(rows.map((row) => row.labels));
  const name = all.filter((label) => label === "__name__");
  const differing = all.filter((label) => label !== "__name__" && !same.has(label));
  const shared = all.filter((label) => label !== "__name__" && same.has(label));
  return [...name, ...differing, ...shared];
}

/** Tab-separated: the labels, the value as the server wrote it. */
export function tsvOf(rows: readonly AnswerRow[], labels: readonly string[]): string {
  const head = [...labels, "value"];
  const body = rows.map((row) => [
    ...labels.map((label) => row.labels[label] ?? ""),
    row.histogram ? `count ${row.histogram.count} sum ${row.histogram.sum}` : row.text,
  ]);
  return [head, ...body].map((cells) => cells.join("\t")).join("\n");
}
