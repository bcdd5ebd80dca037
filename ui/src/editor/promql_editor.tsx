// The PromQL editor as a component.
// Invariants: the text belongs to the caller, who hears every change, and a text that comes back late
// never undoes what was typed since; Ctrl+Enter and Cmd+Enter run; a
// fault of the server is underlined in the text and said under it.
import "../styles/promql.css";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Problem } from "../api/types";
import { PromqlView } from "./code_mirror";
import { unitRange } from "./offsets";

export interface PromqlEditorProps {
  label: string;
  text: string;
  placeholder?: string;
  autofocus?: boolean;
  onChange: (text: string) => void;
  onRun: () => void;
  /** What the server found wrong with `text`, its position in it as bytes. */
  problem?: Problem | null;
}

export function PromqlEditor(props: PromqlEditorProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<PromqlView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  /** Texts that the caller heard of and has not given back yet. */
  const told = useRef<string[]>([]);
  useEffect(() => {
    if (!host.current) return;
    const { label, text, placeholder = "" } = latest.current;
    const made = new PromqlView(
      host.current,
      { label, text, placeholder },
      {
        onChange: (now) => {
          told.current.push(now);
          latest.current.onChange(now);
        },
        onRun: () => latest.current.onRun(),
      },
    );
    view.current = made;
    if (latest.current.autofocus) made.focus();
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);
  useEffect(() => {
    const at = told.current.indexOf(props.text);
    if (view.current?.text === props.text) told.current = [];
    else if (at >= 0) told.current.splice(0, at + 1);
    else view.current?.setText(props.text);
  }, [props.text]);
  const { problem = null } = props;
  useEffect(() => {
    const position = problem?.position;
    view.current?.setFault(position ? unitRange(props.text, position) : null);
  }, [problem]);
  return (
    <div class="promql">
      <div class="promql-field" ref={host} />
      {problem && (
        <p class="promql-problem" role="alert">
          <b>{problem.title}.</b> {problem.detail}
        </p>
      )}
    </div>
  );
}
