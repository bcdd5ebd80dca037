// A button that opens a small panel under it, and a list to choose one from.
// Invariants: Esc and a click elsewhere close it and give the focus back to the button; the panel is
// a dialog, or a listbox that moves with the arrow keys.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLayer } from "../shell/keyboard";
import { Icon } from "./icons";

interface PopoverProps {
  label: string;
  trigger: ComponentChildren;
  class?: string;
  onOpen?: () => void;
  children: (close: () => void) => ComponentChildren;
}

export function Popover(props: PopoverProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const close = (): void => {
    if (root.current?.contains(document.activeElement))
      root.current.querySelector("button")?.focus();
    setOpen(false);
  };
  useLayer(isOpen, close);
  // At once: later it would take the focus from a field that somebody has gone to meanwhile.
  useLayoutEffect(() => {
    if (isOpen) root.current?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
  }, [isOpen]);
  useEffect(() => {
    if (!isOpen) return;
    const outside = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [isOpen]);
  const toggle = (): void => {
    if (!isOpen) props.onOpen?.();
    setOpen(!isOpen);
  };
  return (
    <div class={`popover ${props.class ?? ""}`} ref={root}>
      <button
        type="button"
        class="field"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-label={props.label}
        onClick={toggle}
      >
        {props.trigger}
        <Icon name="down" size={12} />
      </button>
      {isOpen && (
        <div class="popover-panel" role="dialog" aria-label={props.label}>
          {props.children(close)}
        </div>
      )}
    </div>
  );
}

export interface Choice {
  value: string;
  label: string;
  note?: string;
}

interface ChoicesProps {
  label: string;
  value: string;
  options: readonly Choice[];
  onChoose: (value: string) => void;
}

/** The options of a popover; the arrow keys move, Enter chooses. */
export function Choices({ label, value, options, onChoose }: ChoicesProps): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const items = [
      ...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=option]"),
    ];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + by + items.length) % items.length]?.focus();
  };
  const known = options.some((option) => option.value === value);
  return (
    <div class="choices" role="listbox" aria-label={label} onKeyDown={move}>
      {options.map((option, index) => {
        const chosen = option.value === value;
        return (
          <button
            type="button"
            role="option"
            key={option.value}
            aria-selected={chosen}
            data-autofocus={chosen || (!known && index === 0) ? "" : undefined}
            onClick={() => onChoose(option.value)}
          >
            <span>{option.label}</span>
            {option.note && <span class="faint">{option.note}</span>}
          </button>
        );
      })}
    </div>
  );
}
