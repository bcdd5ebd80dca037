// A text field with numbered lines, and the problems of lines under it.
// Invariants: a number stands beside its line, since lines do not wrap and both scroll together;
// pressing a problem goes to its place in the text.
import type { ComponentChildren, JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import type { RuleProblem } from "../../api/errors";
import { visible } from "../../errors/badges";

interface LineEditorProps {
  title: string;
  note: string;
  value: string;
  problems: readonly RuleProblem[];
  readOnly: boolean;
  /** Set while there is no text. */
  example: string;
  /** How it is read, in a sentence or two. */
  help: ComponentChildren;
  onInput: (value: string) => void;
}

const LINES_LEAST = 14;

/** Where a line and column, both counted from one, are in a text. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const end = text.indexOf("\n", start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  return Math.min(start + Math.max(0, column - 1), end < 0 ? text.length : end);
}

export function LineEditor(props: LineEditorProps): JSX.Element {
  const { title, value, problems } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLDivElement>(null);
  const list = useId();
  const lines = value.split("\n").length;
  const marked = new Set(problems.map(({ line }) => line));
  const goTo = ({ line, column = 1 }: RuleProblem): void => {
    const at = offsetOf(value, line, column);
    area.current?.focus();
    area.current?.setSelectionRange(at, at);
  };
  return (
    <section class="panel line-editor" aria-label={title}>
      <h2 class="panel-head">
        <span>
          {title} <span class="panel-note">{props.note}</span>
        </span>
      </h2>
      <div class="line-area">
        <div class="line-numbers" aria-hidden="true" ref={numbers}>
          {Array.from({ length: lines }, (_, index) => (
            <span key={index} class={marked.has(index + 1) ? "bad" : ""}>
              {index + 1}
            </span>
          ))}
        </div>
        <textarea
          ref={area}
          class="mono"
          aria-label={`${title} rules`}
          aria-invalid={problems.length > 0}
          aria-describedby={problems.length > 0 ? list : undefined}
          rows={Math.max(LINES_LEAST, Math.min(30, lines + 1))}
          wrap="off"
          spellcheck={false}
          autocomplete="off"
          readOnly={props.readOnly}
          placeholder={props.example}
          value={value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
          onScroll={(event) => {
            if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      {problems.length > 0 && (
        <ul class="line-problems" id={list} role="alert">
          {problems.map((problem, index) => (
            <li key={index}>
              <button type="button" onClick={() => goTo(problem)}>
                <span class="mono">
                  {problem.column ? `${problem.line}:${problem.column}` : problem.line}
                </span>
                <span>
                  <b>{visible(problem.message)}</b>
                  {problem.hint && <span class="muted"> {visible(problem.hint)}</span>}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="line-help">{props.help}</p>
    </section>
  );
}
