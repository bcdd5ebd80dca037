// Short notes at the foot of the page about what was just done, with a way back.
// Invariants: at most SHOWN_MAX at a time; one goes by itself, but not while the pointer or the focus
// is on it; a failure stays until it is closed.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icons";

export interface Toast {
  text: string;
  tone?: "bad";
  undo?: () => void;
}

interface Shown extends Toast {
  key: number;
}

const SHOWN_MAX = 3;
const STAYS_MS = 8_000;

const shown = signal<readonly Shown[]>([]);
let lastKey = 0;

export function showToast(toast: Toast): void {
  lastKey += 1;
  shown.value = [...shown.value, { ...toast, key: lastKey }].slice(-SHOWN_MAX);
}

function close(key: number): void {
  shown.value = shown.value.filter((one) => one.key !== key);
}

/** Takes back what was done last; false where nothing can be. */
export function undoLast(): boolean {
  const last = [...shown.value].reverse().find((one) => one.undo);
  if (!last) return false;
  close(last.key);
  last.undo?.();
  return true;
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((toast) => (
        <ToastNote key={toast.key} of={toast} />
      ))}
    </div>
  );
}

function ToastNote({ of: toast }: { of: Shown }): JSX.Element {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held || toast.tone === "bad") return;
    const timer = setTimeout(() => close(toast.key), STAYS_MS);
    return () => clearTimeout(timer);
  }, [held]);
  const undo = (): void => {
    close(toast.key);
    toast.undo?.();
  };
  return (
    <div
      class={`toast ${toast.tone ?? ""}`}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocusIn={() => setHeld(true)}
      onFocusOut={() => setHeld(false)}
    >
      <span class="clip">{toast.text}</span>
      {toast.undo && (
        <button type="button" class="link" onClick={undo}>
          Undo <kbd>z</kbd>
        </button>
      )}
      <button type="button" class="quiet" aria-label="Close" onClick={() => close(toast.key)}>
        <Icon name="close" size={12} />
      </button>
    </div>
  );
}
