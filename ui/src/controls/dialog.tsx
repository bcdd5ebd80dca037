// A dialog over the page.
// Invariants: it holds the focus while it is open and gives it back afterwards; Esc and a press beside
// it close it, Esc in the order of the page's layers.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useLayer } from "../shell/keyboard";
import "../styles/form.css";
import { Icon } from "./icons";

interface DialogProps {
  title: string;
  class?: string;
  /** Whether something inside takes the focus by `autofocus`; else the dialog itself does. */
  focusesWithin?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({
  title,
  class: own,
  focusesWithin,
  onClose,
  children,
}: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useLayer(true, onClose);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      class={`dialog ${own ?? ""}`}
      aria-label={title}
      ref={element}
      onCancel={(event) => event.preventDefault()}
      onMouseDown={(event) => event.target === event.currentTarget && onClose()}
    >
      <div class="dialog-body form" tabIndex={-1} autofocus={!focusesWithin}>
        <header class="dialog-head">
          <h2>{title}</h2>
          <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
