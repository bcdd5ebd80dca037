// The edits under way, one per dashboard, kept while this tab is open.
// Invariants: leaving a board and coming back finds its changes; closing the tab with changes asks
// first; an edit starts from what is stored and is dropped once that is saved.
import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import {
  changed,
  isDirty,
  packed,
  redone,
  startEdit,
  undone,
  type Edit,
} from "../../dashboards/edits";
import { newDashboard, type Dashboard } from "../../dashboards/document";
import { setParams } from "../../url/location";
import type { Stored } from "./api";

/** The id of a board that is not stored yet. */
export const NEW = "new";

const edits = signal<ReadonlyMap<string, Edit>>(new Map());

export function editOf(id: string): Edit | null {
  return edits.value.get(id) ?? null;
}

function put(id: string, edit: Edit | null): void {
  const next = new Map(edits.value);
  if (edit) next.set(id, edit);
  else next.delete(id);
  edits.value = next;
}

/** An edit of what is stored, or the one with changes made before. */
export function openEdit(stored: Stored): void {
  const known = editOf(stored.id);
  if (!known || (!isDirty(known) && known.version !== stored.version))
    put(stored.id, startEdit(stored.version, packed(stored.dashboard)));
}

export function beginEdit(stored: Stored): void {
  openEdit(stored);
  setParams({ edit: "1", panel: null, rows: null });
}

/** A new dashboard; one that was begun before and not saved is gone on with. */
export function beginNew(): void {
  const known = editOf(NEW);
  if (!known || !isDirty(known)) put(NEW, startEdit(0, newDashboard("New dashboard")));
}

/** A new dashboard with this in it; what was begun before is one undo away. */
export function beginNewWith(dashboard: Dashboard): void {
  beginNew();
  apply(NEW, packed(dashboard));
}

export function apply(id: string, next: Dashboard, topic: string | null = null): void {
  const edit = editOf(id);
  if (edit) put(id, changed(edit, next, topic));
}

export function replaceEdit(id: string, edit: Edit): void {
  put(id, edit);
}

export function undo(id: string): void {
  const edit = editOf(id);
  if (edit) put(id, undone(edit));
}

export function redo(id: string): void {
  const edit = editOf(id);
  if (edit) put(id, redone(edit));
}

export function dropEdit(id: string): void {
  put(id, null);
}

/** Where a key was pressed, inside the query editor's shadow root, too. */
function origin(event: KeyboardEvent): HTMLElement | null {
  return (event.composedPath()[0] ?? null) as HTMLElement | null;
}

/** Texts undo their own typing; everything else is a step of the edit. */
function isText(element: HTMLElement | null): boolean {
  return element?.closest("input:not([type=checkbox]), textarea, [contenteditable=true]") != null;
}

/** Ctrl+Z, Ctrl+Shift+Z or Ctrl+Y, and Ctrl+S, while a board is edited. */
export function useEditKeys(id: string, onSave: () => void): void {
  const latest = useRef(onSave);
  latest.current = onSave;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented) return;
      const key = event.key.toLowerCase();
      if (key === "s") {
        origin(event)?.blur(); // What was typed counts when its field is left.
        latest.current();
      } else if (isText(origin(event))) return;
      else if (key === "z") (event.shiftKey ? redo : undo)(id);
      else if (key === "y") redo(id);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [id]);
}

const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

effect(() => {
  if (typeof window === "undefined") return;
  const dirty = [...edits.value.values()].some(isDirty);
  if (dirty) window.addEventListener("beforeunload", warn);
  else window.removeEventListener("beforeunload", warn);
});
