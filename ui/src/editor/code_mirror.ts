// The PromQL editor on CodeMirror 6.
// Invariants: it lives in a shadow root, because there CodeMirror adopts its styles as a sheet of the
// document, which the Content-Security-Policy allows, rather than as a style element, which it blocks;
// colours are the tokens, so it follows the theme; Tab leaves it.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import {
  Annotation,
  EditorState,
  Prec,
  StateEffect,
  StateField,
  type Extension,
  type Range,
} from "@codemirror/state";
import {
  Decoration,
  EditorView,
  keymap,
  placeholder,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from "@codemirror/view";
import { completePromql } from "./completion";
import { tokenize } from "./tokens";

export interface EditorEvents {
  onChange: (text: string) => void;
  onRun: () => void;
}

export interface EditorOptions {
  label: string;
  text: string;
  placeholder: string;
}

/** The part of the text that the server found at fault, in UTF-16 units. */
export interface Fault {
  from: number;
  to: number;
}

export class PromqlView {
  private readonly view: EditorView;

  constructor(host: HTMLElement, options: EditorOptions, events: EditorEvents) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    this.view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({ doc: options.text, extensions: extensions(options, events) }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Replaces the text, unless it is the same; the caller is not told what it said itself. */
  setText(text: string): void {
    const { state } = this.view;
    if (this.text === text) return;
    this.view.dispatch({
      changes: { from: 0, to: state.doc.length, insert: text },
      annotations: fromCaller.of(true),
    });
  }

  setFault(fault: Fault | null): void {
    const length = this.view.state.doc.length;
    const inText = fault && fault.from < fault.to && fault.to <= length ? fault : null;
    this.view.dispatch({ effects: setFault.of(inText) });
  }

  focus(): void {
    this.view.focus();
    this.view.dispatch({ selection: { anchor: this.view.state.doc.length } });
  }

  destroy(): void {
    this.view.destroy();
  }
}

const fromCaller = Annotation.define<boolean>();

function extensions(options: EditorOptions, events: EditorEvents): Extension[] {
  const run = (): boolean => {
    events.onRun();
    return true;
  };
  return [
    history(),
    bracketMatching(),
    closeBrackets(),
    autocompletion({
      override: [completePromql],
      activateOnCompletion: ({ type }) => type === "label",
      icons: false,
      maxRenderedOptions: 100,
      optionClass: (completion) => `of-${completion.type ?? "none"}`,
    }),
    Prec.highest(
      keymap.of([
        { key: "Mod-Enter", run },
        { key: "Tab", run: acceptCompletion },
      ]),
    ),
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      "aria-label": options.label,
      spellcheck: "false",
      autocorrect: "off",
      autocapitalize: "off",
    }),
    placeholder(options.placeholder),
    typedOverSelection,
    EditorView.updateListener.of((update) => {
      const isOwn = update.transactions.some((one) => one.annotation(fromCaller));
      if (update.docChanged && !isOwn) events.onChange(update.state.doc.toString());
    }),
    colours,
    faults,
    look,
  ];
}

/**
 * Typing over a selection changes the document, not the page: a browser would keep the colour of what
 * it replaces in an inline style, which the page's policy forbids. Brackets and quotes are left to
 * `closeBrackets`, which puts them around the selection.
 */
const typedOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { inputType, isComposing, data } = event;
    if (inputType !== "insertText" || isComposing || !data || /[()[\]{}"'`]/.test(data))
      return false;
    if (view.state.selection.main.empty) return false;
    event.preventDefault();
    const spec = { userEvent: "input.type", scrollIntoView: true };
    view.dispatch(view.state.replaceSelection(data), spec);
    return true;
  },
});

const marks = new Map<string, Decoration>();

function markOf(kind: string): Decoration {
  const known = marks.get(kind) ?? Decoration.mark({ class: `t-${kind}` });
  marks.set(kind, known);
  return known;
}

/** Texts longer than this keep one colour. */
const COLOURED_MAX = 20_000;

function colour(view: EditorView): DecorationSet {
  const text = view.state.doc.toString();
  if (text.length > COLOURED_MAX) return Decoration.none;
  const ranges: Range<Decoration>[] = tokenize(text)
    .filter((token) => token.kind !== "space")
    .map((token) => markOf(token.kind).range(token.start, token.end));
  return Decoration.set(ranges);
}

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = colour(view);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged) this.decorations = colour(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

const setFault = StateEffect.define<Fault | null>();
const faultMark = Decoration.mark({ class: "fault" });

/** The underlined fault; it goes when the text around it changes. */
const faults = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(now, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setFault)) continue;
      const fault = effect.value;
      return fault ? Decoration.set([faultMark.range(fault.from, fault.to)]) : Decoration.none;
    }
    return transaction.docChanged ? Decoration.none : now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "12px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    fontVariantLigatures: "none",
    lineHeight: "20px",
    maxHeight: "260px",
    overflowY: "auto",
  },
  ".cm-content": { padding: "6px 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 10px" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-placeholder": { color: "var(--faint)" },
  ".cm-content ::selection, .cm-line::selection": { backgroundColor: "var(--accent-soft)" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--accent-soft)",
    boxShadow: "0 0 0 1px var(--line-strong)",
  },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--bad-soft)" },
  ".t-function, .t-aggregation": { color: "var(--s4)" },
  ".t-keyword": { color: "var(--s5)" },
  ".t-label": { color: "var(--s7)" },
  ".t-string": { color: "var(--s2)" },
  ".t-number, .t-duration, .t-variable": { color: "var(--s3)" },
  ".t-operator, .t-bracket": { color: "var(--muted)" },
  ".t-comment": { color: "var(--faint)", fontStyle: "italic" },
  ".t-unknown": { color: "var(--bad)" },
  ".fault": {
    textDecoration: "underline wavy var(--bad)",
    textUnderlineOffset: "3px",
    backgroundColor: "var(--bad-soft)",
  },
  ".cm-tooltip": {
    border: "1px solid var(--line)",
    borderRadius: "8px",
    backgroundColor: "var(--surface)",
    boxShadow: "var(--shadow)",
    color: "var(--text)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mono)",
    fontSize: "12px",
    maxHeight: "264px",
    maxWidth: "min(720px, 90vw)",
    padding: "4px",
    scrollbarWidth: "thin",
    scrollbarColor: "var(--line-strong) transparent",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    alignItems: "baseline",
    gap: "16px",
    padding: "2px 8px",
    lineHeight: "20px",
    borderRadius: "4px",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--accent-soft)",
    color: "var(--text)",
  },
  ".cm-completionLabel": { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600" },
  ".cm-completionDetail": {
    marginLeft: "auto",
    fontFamily: "var(--font)",
    fontStyle: "normal",
    color: "var(--faint)",
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
  },
  ".of-function .cm-completionLabel, .of-aggregation .cm-completionLabel": { color: "var(--s4)" },
  ".of-keyword .cm-completionLabel": { color: "var(--s5)" },
  ".of-label .cm-completionLabel": { color: "var(--s7)" },
  ".of-value .cm-completionLabel": { color: "var(--s2)" },
  ".cm-tooltip.cm-completionInfo": {
    padding: "8px 12px",
    maxWidth: "360px",
    fontFamily: "var(--font)",
    fontSize: "12px",
    lineHeight: "18px",
    color: "var(--muted)",
  },
  ".cm-completionInfo code": { fontFamily: "var(--mono)", color: "var(--text)" },
});
