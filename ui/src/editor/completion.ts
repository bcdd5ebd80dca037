// Completion of PromQL: from the context at the cursor to options, for CodeMirror.
// Invariants: what is offered fits the place (labels inside braces, values inside quotes); names come
// from the server and are ranked here, at most OPTIONS_MAX of them, so that CodeMirror never sorts
// 100,000; a server that does not answer leaves functions and keywords.
import {
  pickedCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import {
  aboutMetric,
  labelNames,
  labelValues,
  metadata,
  metricNames,
} from "../prometheus/catalogue";
import type { Metadata } from "../prometheus/types";
import { contextAt, type Context } from "./context";
import { AGGREGATION_HELP, DURATIONS, FUNCTIONS, KEYWORD_HELP, type Described } from "./functions";
import { bestMatches } from "./ranking";

const OPTIONS_MAX = 100;

export async function completePromql(context: CompletionContext): Promise<CompletionResult | null> {
  const at = contextAt(context.state.doc.toString(), context.pos);
  if (at.kind === "none" || (isBare(at, context.pos) && !context.explicit)) return null;
  const rank = await rankerFor(at);
  return context.aborted ? null : resultAt(at, rank, context);
}

/** An expression of which nothing is written yet: there, everything would fit. */
const isBare = (at: Context, pos: number): boolean => at.kind === "expression" && at.from === pos;

type Rank = (typed: string) => Completion[];

/** While a person types on, the names at hand are ranked again, without asking and without a pause. */
function resultAt(at: Context, rank: Rank, context: CompletionContext): CompletionResult | null {
  const options = rank(context.state.sliceDoc(at.from, context.pos));
  if (options.length === 0) return null;
  return {
    from: at.from,
    to: at.to,
    options,
    filter: false,
    update: (_, from, __, next) => {
      const now = contextAt(next.state.doc.toString(), next.pos);
      const isSame = now.kind === at.kind && now.from === from && !isBare(now, next.pos);
      return isSame ? resultAt(now, rank, next) : null;
    },
  };
}

async function rankerFor(at: Context): Promise<Rank> {
  switch (at.kind) {
    case "none":
      return () => [];
    case "duration":
      return (typed) => ranked(DURATIONS, typed, "duration");
    case "label": {
      const names = (await labelNames(at.metric)).filter((name) => name !== "__name__");
      const [open, close] = at.grouping ? ["", ""] : ['="', '"'];
      return (typed) =>
        bestMatches(names, typed, OPTIONS_MAX).map((label) => ({
          label,
          type: "label",
          apply: insert(quotedName(label), open, close),
        }));
    }
    case "value": {
      const values = await labelValues(at.label, at.metric);
      return (typed) =>
        bestMatches(values, typed, OPTIONS_MAX).map((value) => ({
          label: value,
          type: "value",
          apply: escaped(value, at.quote),
        }));
    }
    case "expression": {
      const [names, about] = await Promise.all([metricNames().catch(() => []), metadata()]);
      return (typed) => expressionOptions(typed, names, about);
    }
  }
}

/** Inserts a name and what opens and closes behind it, the cursor in between, unless that is there. */
function insert(name: string, open: string, close: string) {
  return (view: EditorView, completion: Completion, from: number, to: number): void => {
    const next = view.state.sliceDoc(to, to + 2).trimStart();
    const isThere = open !== "" && (next.startsWith(open[0] ?? "") || /^(=~|!~|!=)/.test(next));
    view.dispatch({
      changes: { from, to, insert: name + (isThere ? "" : open + close) },
      selection: { anchor: from + name.length + (isThere ? 0 : open.length) },
      annotations: pickedCompletion.of(completion),
      userEvent: "input.complete",
      scrollIntoView: true,
    });
  };
}

/** Names of other characters stand in quotes. */
const isPlain = (name: string): boolean => /^[a-zA-Z_:][\w:]*$/.test(name);

function quotedName(label: string): string {
  return isPlain(label) && !label.includes(":") ? label : JSON.stringify(label);
}

/** A label value as it stands inside its quotes. */
export function escaped(value: string, quote: string): string {
  if (quote === "`") return value;
  return value
    .replace(/[\\\n]/g, (char) => (char === "\n" ? "\\n" : "\\\\"))
    .replaceAll(quote, `\\${quote}`);
}

function expressionOptions(typed: string, names: string[], about: Metadata): Completion[] {
  const metrics = bestMatches(names, typed, OPTIONS_MAX).map((name) => metricOption(name, about));
  const words = [
    ...ranked(AGGREGATION_HELP, typed, "aggregation"),
    ...ranked(FUNCTIONS, typed, "function"),
    ...ranked(KEYWORD_HELP, typed, "keyword"),
  ];
  const starts = (one: Completion): boolean => one.label.startsWith(typed.toLowerCase());
  return [
    ...words.filter((one) => typed !== "" && starts(one)),
    ...metrics,
    ...words.filter((one) => typed === "" || !starts(one)),
  ];
}

/** Only what begins with what was typed: short words contained in others would crowd names out. */
function ranked(all: readonly Described[], typed: string, type: string): Completion[] {
  const isCall = type === "function" || type === "aggregation";
  const lower = typed.toLowerCase();
  return all
    .filter(({ name }) => name.startsWith(lower))
    .map(({ name, signature, help }) => ({
      label: name,
      type,
      apply: insert(name, isCall ? "(" : "", isCall ? ")" : ""),
      ...(help !== "" && { detail: help }),
      ...(signature !== name && { info: () => signatureNode(signature, help) }),
    }));
}

function metricOption(label: string, all: Metadata): Completion {
  const { type, help } = aboutMetric(all, label);
  return {
    label,
    type: "metric",
    apply: isPlain(label) ? label : `{${JSON.stringify(label)}}`,
    ...(type !== "" && type !== "unknown" && { detail: type }),
    ...(help !== "" && { info: help }),
  };
}

function signatureNode(signature: string, help: string): HTMLElement {
  const node = document.createElement("div");
  const head = document.createElement("code");
  head.textContent = signature;
  const line = document.createElement("div");
  line.textContent = help;
  node.append(head, line);
  return node;
}
