// Buttons that are more than a label: copying, what asks once more, one-of-few, tabs.
// Invariants: one-of-few is a radio group, tabs are tabs; both move with the arrow keys and keep one
// stop in the tab order.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "./icons";

export function CopyButton({ text, label }: { text: string; label: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void writeClipboard(text).then((done) => {
      setCopied(done);
      setTimeout(() => setCopied(false), 1500);
    });
  };
  return (
    <button
      type="button"
      class="quiet copy"
      title={label}
      aria-label={copied ? "copied" : label}
      onClick={copy}
    >
      <Icon name={copied ? "check" : "copy"} />
    </button>
  );
}

/** The clipboard API exists on secure origins only; a server reached by plain HTTP needs the old way. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

interface SureButtonProps {
  label: string;
  /** What it is done to, where the label alone does not tell a listener. */
  named?: string;
  sure: string;
  /** Said beside the question. */
  note?: string;
  onSure: () => Promise<unknown>;
}

/** For what cannot be taken back: asks once more in its place. */
export function SureButton(props: SureButtonProps): JSX.Element {
  const { label, named, sure, note, onSure } = props;
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <button
        type="button"
        class="link"
        aria-label={named && `${label.toLowerCase()} ${named}`}
        onClick={() => setAsking(true)}
      >
        {label}
      </button>
    );
  return (
    <span class="row-of">
      <button
        type="button"
        class="link bad"
        onClick={() => void onSure().then(() => setAsking(false))}
      >
        {sure}
      </button>
      <button type="button" class="link" onClick={() => setAsking(false)}>
        Keep
      </button>
      {note && <span class="faint">{note}</span>}
    </span>
  );
}

/** Moves the focus among the siblings of a group with the arrow keys. */
function moveFocus(event: KeyboardEvent): void {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const group = (event.currentTarget as HTMLElement).parentElement;
  const items = [...(group?.querySelectorAll<HTMLElement>("[role=radio], [role=tab]") ?? [])];
  const next =
    items[(items.indexOf(event.currentTarget as HTMLElement) + by + items.length) % items.length];
  next?.focus();
  next?.click();
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: ComponentChildren; title?: string }[];
  onChange: (value: T) => void;
}

export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
}: ChoiceProps<T>): JSX.Element {
  return (
    <div class="segmented" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <button
          type="button"
          role="radio"
          key={option.value}
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          title={option.title}
          aria-label={option.title}
          onClick={() => onChange(option.value)}
          onKeyDown={moveFocus}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

export function Tabs<T extends string>({
  label,
  value,
  options,
  onChange,
}: ChoiceProps<T>): JSX.Element {
  return (
    <div class="tabs" role="tablist" aria-label={label}>
      {options.map((option) => (
        <button
          type="button"
          role="tab"
          key={option.value}
          aria-selected={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
          onKeyDown={moveFocus}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
