// The conditions on attributes of a search, as removable chips with a field for one more.
// Invariant: what is typed either becomes a condition or stays in the field with the reason why not.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatFilter, parseFilter, withFilter } from "../url/attribute_filter";
import { Icon } from "./icons";

interface AttributeChipsProps {
  filters: readonly string[];
  onChange: (filters: string[]) => void;
}

const OPERATOR_WORDS: Record<string, string> = {
  "=": "=",
  "!=": "≠",
  "~=": "contains",
  exists: "exists",
};

export function AttributeChips({ filters, onChange }: AttributeChipsProps): JSX.Element {
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const add = (): void => {
    if (text.trim() === "") return setError("");
    const filter = parseFilter(text);
    if (!filter) return setError("write key=value, key!=value, key~=part, or a key alone");
    setError("");
    setText("");
    onChange(withFilter(filters, filter));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") add();
    else if (event.key === "Backspace" && text === "" && filters.length > 0)
      onChange(filters.slice(0, -1));
    else return;
    event.preventDefault();
  };
  return (
    <div class="chips field">
      {filters.map((filter) => (
        <Chip
          key={filter}
          filter={filter}
          onRemove={() => onChange(filters.filter((one) => one !== filter))}
        />
      ))}
      <input
        class="mono"
        aria-label="Add a condition on an attribute"
        aria-invalid={error !== ""}
        placeholder={filters.length > 0 ? "and…" : "Attribute, such as http.route=/cart"}
        spellcheck={false}
        autocomplete="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={add}
      />
      {error && (
        <span class="chips-error" role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

function Chip({ filter, onRemove }: { filter: string; onRemove: () => void }): JSX.Element {
  const parsed = parseFilter(filter) ?? { key: filter, operator: "exists" as const, value: "" };
  return (
    <span class="chip mono" title={formatFilter(parsed)}>
      <span>{parsed.key}</span>
      <span class="chip-operator">{OPERATOR_WORDS[parsed.operator]}</span>
      {parsed.operator !== "exists" && <b class="clip">{parsed.value}</b>}
      <button
        type="button"
        class="quiet"
        aria-label={`remove ${formatFilter(parsed)}`}
        onClick={onRemove}
      >
        <Icon name="close" size={10} />
      </button>
    </span>
  );
}
