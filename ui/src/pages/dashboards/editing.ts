// The edits under way, one per dashboard, kept while this tab is open.
// Invariants: leaving a board and coming back finds its changes; closing the tab with changes asks
// first; an edit starts from what is stored and is dropped once that is saved.
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  changed,
  isDirty,
  packed,
  redone,
  startEdit,
  undone,
  type Edit,
} from "../../dashboards/edits";
import type { Dashboard } from "../../dashboards/document";
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

/** A new dashboard that differs from nothing until it is changed. */
export function beginNew(base: Dashboard, present = base): void {
  const edit = startEdit(0, packed(base));
  put(NEW, present === base ? edit : changed(edit, packed(present)));
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

/** Texts undo their own typing; everything else is a step of the edit. */
function isText(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return element?.closest("input:not([type=checkbox]), textarea, [contenteditable=true]") != null;
}

/** Ctrl+Z, Ctrl+Shift+Z or Ctrl+Y, and Ctrl+S, while a board is edited. */
export function useEditKeys(id: string, onSave: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "s") onSave();
      else if (isText(event.target)) return;
      else if (key === "z") (event.shiftKey ? redo : undo)(id);
      else if (key === "y") redo(id);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [id, onSave]);
}

const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

effect(() => {
  if (typeof window === "undefined") return;
  const dirty = [...edits.value.values()].some(isDirty);
  if (dirty) window.addEventListener("beforeunload", warn);
  else window.removeEventListener("beforeunload", warn);
});
