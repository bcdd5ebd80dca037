// A text field that suggests known values and takes any other.
// Invariants: follows the ARIA combobox pattern (arrow keys, Enter, Esc); what counts is committed on
// Enter, on choosing, or on leaving the field, never while typing; at most SHOWN_MAX suggestions.
import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { useLayer } from "../shell/keyboard";
import { Icon } from "./icons";
import { arrowMove, optionId, Suggestions } from "./suggestions";

const SHOWN_MAX = 60;

interface ComboboxProps {
  label: string;
  placeholder: string;
  value: string;
  suggestions: readonly string[];
  onCommit: (value: string) => void;
  onFocus?: () => void;
}

export function matching(suggestions: readonly string[], typed: string): string[] {
  const wanted = typed.trim().toLowerCase();
  const starts = suggestions.filter((one) => one.toLowerCase().startsWith(wanted));
  const holds = suggestions.filter(
    (one) => !starts.includes(one) && one.toLowerCase().includes(wanted),
  );
  return [...starts, ...holds].slice(0, SHOWN_MAX);
}

export function Combobox(props: ComboboxProps): JSX.Element {
  const [text, setText] = useState(props.value);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const id = useId();
  useEffect(() => setText(props.value), [props.value]);
  useLayer(isOpen, () => setOpen(false));

  const shown = isOpen ? matching(props.suggestions, text === props.value ? "" : text) : [];
  const commit = (value: string): void => {
    setText(value);
    setOpen(false);
    setActive(-1);
    if (value.trim() !== props.value) props.onCommit(value.trim());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = arrowMove(event, active, shown.length);
    if (next !== null) {
      setOpen(true);
      setActive(next);
    } else if (event.key === "Enter") commit(shown[active] ?? text);
    else return;
    event.preventDefault();
  };
  return (
    <div class="combobox field">
      <input
        role="combobox"
        aria-label={props.label}
        aria-expanded={shown.length > 0}
        aria-controls={id}
        aria-activedescendant={active >= 0 ? optionId(id, active) : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder={props.placeholder}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOpen(true);
          setActive(-1);
        }}
        onFocus={() => {
          props.onFocus?.();
          setOpen(true);
        }}
        onBlur={() => commit(text)}
        onKeyDown={onKeyDown}
      />
      {props.value !== "" && <ClearButton label={props.label} onClear={() => commit("")} />}
      <Suggestions
        id={id}
        label={props.label}
        items={shown.map((option) => ({ key: option, content: option }))}
        active={active}
        onChoose={(index) => commit(shown[index] ?? text)}
      />
    </div>
  );
}

export function ClearButton(props: { label: string; onClear: () => void }): JSX.Element {
  return (
    <button type="button" class="quiet" aria-label={`any ${props.label}`} onClick={props.onClear}>
      <Icon name="close" size={12} />
    </button>
  );
}
