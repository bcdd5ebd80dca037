// Fields that put their value into the address when it is done: a text, a duration.
// Invariants: nothing is searched for while a person types; Enter or leaving the field commits; a
// value that cannot be read stays in the field, marked, and changes nothing.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { durationMs, text as textOf } from "../format/quantity";
import { parseDurationMs } from "../format/parse";
import { ClearButton } from "./combobox";
import { Icon } from "./icons";

interface TextInputProps {
  label: string;
  placeholder: string;
  value: string;
  class?: string;
  icon?: "search";
  onCommit: (value: string) => void;
  /** Told of every key, where what is searched is in memory. */
  onInput?: (value: string) => void;
}

export function TextInput(props: TextInputProps): JSX.Element {
  const [text, setText] = useState(props.value);
  useEffect(() => setText(props.value), [props.value]);
  const commit = (value: string): void => {
    setText(value);
    if (value.trim() !== props.value) props.onCommit(value.trim());
  };
  return (
    <div class={`field text-input ${props.class ?? ""}`}>
      {props.icon && <Icon name={props.icon} />}
      <input
        aria-label={props.label}
        placeholder={props.placeholder}
        spellcheck={false}
        autocomplete="off"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          props.onInput?.(event.currentTarget.value);
        }}
        onKeyDown={(event) => event.key === "Enter" && commit(text)}
        onBlur={() => commit(text)}
      />
      {props.value !== "" && <ClearButton label={props.label} onClear={() => commit("")} />}
    </div>
  );
}

interface DurationInputProps {
  label: string;
  placeholder: string;
  /** Milliseconds as in the address; empty for none. */
  value: string;
  onCommit: (valueMs: string) => void;
}

export function DurationInput({
  label,
  placeholder,
  value,
  onCommit,
}: DurationInputProps): JSX.Element {
  const shown = value === "" ? "" : textOf(durationMs(Number(value), 6)).replace("\u00a0", "");
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const ms = parseDurationMs(text);
  const isBad = text.trim() !== "" && ms === null;
  const commit = (): void => {
    const next = text.trim() === "" ? "" : ms === null ? value : String(ms);
    if (next !== value) onCommit(next);
  };
  return (
    <input
      class="field duration"
      aria-label={label}
      aria-invalid={isBad}
      title={isBad ? "write 250ms, 1.5s or 2m" : label}
      placeholder={placeholder}
      spellcheck={false}
      autocomplete="off"
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && commit()}
      onBlur={commit}
    />
  );
}
