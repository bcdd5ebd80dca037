// Labelled fields of a form whose changes count at once.
// Invariant: a number that cannot be read stays in its field, marked, and changes nothing.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import "../styles/form.css";

interface FieldProps {
  label: string;
  children: ComponentChildren;
  hint?: ComponentChildren;
}

export function Labelled({ label, children, hint }: FieldProps): JSX.Element {
  return (
    <label class="labelled">
      <span>{label}</span>
      {children}
      {hint && <small class="faint">{hint}</small>}
    </label>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  placeholder?: string;
  mono?: boolean;
  rows?: number;
  hint?: ComponentChildren;
  suggestions?: readonly { value: string; label: string }[];
  invalid?: boolean;
}

export function TextField(props: TextFieldProps): JSX.Element {
  const list = useId();
  const { label, value, onInput, placeholder, mono, rows, hint, suggestions, invalid } = props;
  const shared = {
    class: `field ${mono ? "mono" : ""}`,
    spellcheck: false,
    autocomplete: "off" as const,
    placeholder: placeholder ?? "",
    "aria-invalid": invalid ?? false,
    value,
  };
  return (
    <Labelled label={label} hint={hint}>
      {rows === undefined ? (
        <input
          {...shared}
          list={suggestions ? list : undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      ) : (
        <textarea {...shared} rows={rows} onInput={(event) => onInput(event.currentTarget.value)} />
      )}
      {suggestions && (
        <datalist id={list}>
          {suggestions.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </datalist>
      )}
    </Labelled>
  );
}

interface NumberFieldProps {
  label: string;
  value: number | null;
  onInput: (value: number | null) => void;
  placeholder?: string;
  /** Whether the label is for assistive technology alone. */
  bare?: boolean;
}

export function NumberField(props: NumberFieldProps): JSX.Element {
  const { label, value, onInput, placeholder = "auto", bare } = props;
  const shown = value === null ? "" : String(value);
  const [text, setText] = useState(shown);
  const read = readNumber(text);
  useEffect(() => {
    if (read !== value) setText(shown);
  }, [shown]);
  const input = (
    <input
      class="field"
      inputMode="decimal"
      autocomplete="off"
      aria-label={bare ? label : undefined}
      aria-invalid={read === undefined}
      placeholder={placeholder}
      value={text}
      onInput={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        const number = readNumber(next);
        if (number !== undefined && number !== value) onInput(number);
      }}
    />
  );
  return bare ? input : <Labelled label={label}>{input}</Labelled>;
}

/** A number, null for nothing, undefined for what is none. */
export function readNumber(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const number = Number(text.replace(",", "."));
  return Number.isFinite(number) ? number : undefined;
}

interface SelectFieldProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
  bare?: boolean;
}

export function SelectField<T extends string>(props: SelectFieldProps<T>): JSX.Element {
  const { label, value, options, onChange, bare } = props;
  const select = (
    <select
      class="field"
      aria-label={bare ? label : undefined}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as T)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
  return bare ? select : <Labelled label={label}>{select}</Labelled>;
}

interface CheckProps {
  label: string;
  checked: boolean;
  title?: string;
  onChange: (checked: boolean) => void;
}

export function Check({ label, checked, title, onChange }: CheckProps): JSX.Element {
  return (
    <label class="check" title={title}>
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
