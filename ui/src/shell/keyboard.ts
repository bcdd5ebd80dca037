// Keys of the page: sequences (`g s`), single keys, lists (`j` `k` Enter) and layers (Esc).
// Invariants: nothing fires while a person types in a field or an editor, except Esc, nor for a key
// that a control took for itself; Esc closes the layer opened
// last, then leaves the field, then asks the page; the list that holds the focus gets `j` and `k`,
// else the one that was registered first.
import { useEffect, useRef } from "preact/hooks";
import { signal } from "@preact/signals";

export interface ListKeys {
  element: () => HTMLElement | null;
  move: (by: number) => void;
  open: () => void;
}

type Action = (event: KeyboardEvent) => void;

export const helpOpen = signal(false);

const SEQUENCE_MS = 1_200;
const lists: ListKeys[] = [];
const layers: (() => void)[] = [];
const globalKeys = new Map<string, Action>();
const pageKeys: Map<string, Action>[] = [];
let prefix = "";
let prefixAtMs = 0;

/** Binds keys for the whole page; called once by the shell. */
export function bindKeys(keys: Record<string, Action>): void {
  for (const [key, action] of Object.entries(keys)) globalKeys.set(key, action);
}

/** Keys of one view, while it is mounted. */
export function usePageKeys(keys: Record<string, Action>): void {
  const latest = useRef(keys);
  latest.current = keys;
  const names = Object.keys(keys).join(" ");
  useEffect(() => {
    const bound = new Map(
      Object.keys(latest.current).map((key) => [
        key,
        (e: KeyboardEvent) => latest.current[key]?.(e),
      ]),
    );
    pageKeys.push(bound);
    return () => void pageKeys.splice(pageKeys.indexOf(bound), 1);
  }, [names]);
}

/** Whether a panel or dialog holds the focus, whose keys are its own. */
export function isInLayer(): boolean {
  return document.activeElement?.closest("dialog, [role=dialog], [role=listbox]") != null;
}

/** Makes a list answer to `j`, `k` and Enter. */
export function useListKeys(keys: ListKeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const entry: ListKeys = {
      element: () => latest.current.element(),
      move: (by) => latest.current.move(by),
      open: () => latest.current.open(),
    };
    lists.push(entry);
    return () => void lists.splice(lists.indexOf(entry), 1);
  }, []);
}

/** Makes Esc close something while it is open. */
export function useLayer(isOpen: boolean, close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    if (!isOpen) return;
    const layer = (): void => latest.current();
    layers.push(layer);
    return () => void layers.splice(layers.indexOf(layer), 1);
  }, [isOpen]);
}

function activeList(): ListKeys | undefined {
  return lists.find((list) => list.element()?.contains(document.activeElement)) ?? lists[0];
}

/** Where a key was pressed: inside a shadow root, too, where the query editor lives. */
function origin(event: KeyboardEvent): HTMLElement | null {
  return (event.composedPath()[0] ?? event.target) as HTMLElement | null;
}

function isTyping(event: KeyboardEvent): boolean {
  const element = origin(event);
  if (!element || !("tagName" in element)) return false;
  if (element.matches("input:is([type=checkbox], [type=radio])")) return false;
  return /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable;
}

function escape(event: KeyboardEvent): void {
  const layer = layers.at(-1);
  if (layer) layer();
  else if (isTyping(event)) origin(event)?.blur();
  else pageAction("Escape")?.(event);
}

function pageAction(key: string): Action | undefined {
  for (const keys of [...pageKeys].reverse()) if (keys.has(key)) return keys.get(key);
  return globalKeys.get(key);
}

function listKey(event: KeyboardEvent): boolean {
  const list = activeList();
  if (!list) return false;
  const target = event.target as HTMLElement | null;
  const onControl = target?.closest?.("a, button") !== null;
  const onRow = target?.getAttribute("role") === "row";
  const down = event.key === "j" || (onRow && event.key === "ArrowDown");
  const up = event.key === "k" || (onRow && event.key === "ArrowUp");
  if (down || up) list.move(down ? 1 : -1);
  else if (event.key === "Enter" && !onControl) list.open();
  else return false;
  return true;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  if (event.key === "Escape") return escape(event);
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const fresh = performance.now() - prefixAtMs < SEQUENCE_MS;
  const sequence = fresh && prefix !== "" ? `${prefix} ${event.key}` : event.key;
  prefix = "";
  if (event.key === "g" && sequence === "g") {
    prefix = "g";
    prefixAtMs = performance.now();
    return;
  }
  const action = pageAction(sequence);
  if (action) {
    event.preventDefault();
    action(event);
  } else if (sequence === event.key && listKey(event)) {
    event.preventDefault();
  }
}

/** Starts listening; called once by `main`. */
export function startKeyboard(): void {
  document.addEventListener("keydown", onKey);
}
