// The title of the view: in the header and in the browser's tab.
// Invariant: exactly one view sets it at a time.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Title {
  text: string;
  /** Set small and in mono beside it: a trace id. */
  id?: string;
  /** Where one level up is. */
  parent?: { text: string; href: string };
}

export const title = signal<Title>({ text: "" });

export function useTitle(next: Title): void {
  useEffect(() => {
    title.value = next;
    document.title = `${next.text} · Plimsoll`;
  }, [next.text, next.id, next.parent?.href]);
}
