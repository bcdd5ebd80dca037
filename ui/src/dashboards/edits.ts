// Changing a dashboard, with undo.
// Invariants: pure; every change is a new document and one step of undo, except that changes of the
// same thing in a row (typing in one field, dragging one panel) are one step together.
import {
  freeId,
  newPanel,
  type Box,
  type Dashboard,
  type Panel,
  type PanelType,
  type Variable,
} from "./document";
import { compact, freePlace, type Layout } from "./grid";

export interface Edit {
  /** The version that the changes are based on; 0 where nothing is stored yet. */
  version: number;
  base: Dashboard;
  past: readonly Dashboard[];
  present: Dashboard;
  future: readonly Dashboard[];
  /** What the last change was of; null after undo and redo. */
  topic: string | null;
}

export const STEPS_MAX = 200;

export function startEdit(version: number, base: Dashboard): Edit {
  return { version, base, past: [], present: base, future: [], topic: null };
}

export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

export function isDirty(edit: Edit): boolean {
  return !same(edit.base, edit.present);
}

/** The edit after a change; with a `topic`, changes of the same one in a row are one step. */
export function changed(edit: Edit, next: Dashboard, topic: string | null = null): Edit {
  if (same(next, edit.present)) return edit;
  const joins = topic !== null && topic === edit.topic;
  const past = joins ? edit.past : [...edit.past, edit.present].slice(-STEPS_MAX);
  return { ...edit, past, present: next, future: [], topic };
}

export function undone(edit: Edit): Edit {
  const before = edit.past.at(-1);
  if (!before) return edit;
  const future = [edit.present, ...edit.future];
  return { ...edit, past: edit.past.slice(0, -1), present: before, future, topic: null };
}

export function redone(edit: Edit): Edit {
  const [next, ...future] = edit.future;
  if (!next) return edit;
  return { ...edit, past: [...edit.past, edit.present], present: next, future, topic: null };
}

/** The same changes on top of what is stored now, where someone else saved in between. */
export function rebased(edit: Edit, version: number, base: Dashboard): Edit {
  return { ...edit, version, base };
}

function withPanels(dashboard: Dashboard, panels: Panel[]): Dashboard {
  return { ...dashboard, panels };
}

export function laidOut(dashboard: Dashboard, layout: Layout): Dashboard {
  const panels = dashboard.panels.map((panel) => ({
    ...panel,
    grid: layout.get(panel.id) ?? panel.grid,
  }));
  return withPanels(dashboard, panels);
}

/** Packs the panels as the grid would show them, so that dragging starts from what is seen. */
export function packed(dashboard: Dashboard): Dashboard {
  return laidOut(dashboard, compact(dashboard.panels));
}

export interface Added {
  dashboard: Dashboard;
  id: number;
}

export function addPanel(dashboard: Dashboard, type: PanelType): Added {
  const id = freeId(dashboard.panels);
  const sized = newPanel(type, id, { x: 0, y: 0 });
  const panel = { ...sized, grid: { ...sized.grid, ...freePlace(dashboard.panels, sized.grid) } };
  return { dashboard: withPanels(dashboard, [...dashboard.panels, panel]), id };
}

/** A copy right of the original where there is room, else under it. */
export function duplicatePanel(dashboard: Dashboard, id: number): Added {
  const panel = dashboard.panels.find((one) => one.id === id);
  if (!panel) return { dashboard, id };
  const copyId = freeId(dashboard.panels);
  const right: Box = { ...panel.grid, x: panel.grid.x + panel.grid.w };
  const fits = right.x + right.w <= 24;
  const grid = fits ? right : { ...panel.grid, y: panel.grid.y + panel.grid.h };
  const copy = { ...structuredClone(panel), id: copyId, grid };
  const at = dashboard.panels.indexOf(panel) + 1;
  const panels = [...dashboard.panels.slice(0, at), copy, ...dashboard.panels.slice(at)];
  return { dashboard: packed(withPanels(dashboard, panels)), id: copyId };
}

export function removePanel(dashboard: Dashboard, id: number): Dashboard {
  return packed(
    withPanels(
      dashboard,
      dashboard.panels.filter((panel) => panel.id !== id),
    ),
  );
}

export function updatePanel(dashboard: Dashboard, id: number, patch: Partial<Panel>): Dashboard {
  return withPanels(
    dashboard,
    dashboard.panels.map((panel) => (panel.id === id ? { ...panel, ...patch } : panel)),
  );
}

export function updateVariable(
  dashboard: Dashboard,
  index: number,
  patch: Partial<Variable>,
): Dashboard {
  const variables = dashboard.variables.map((one, at) =>
    at === index ? { ...one, ...patch } : one,
  );
  return { ...dashboard, variables };
}

/** The list with one entry moved up (-1) or down (1). */
export function shifted<T>(list: readonly T[], index: number, by: number): T[] {
  const to = index + by;
  const next = [...list];
  const [one] = next.splice(index, 1);
  if (one === undefined || to < 0 || to > next.length) return [...list];
  next.splice(to, 0, one);
  return next;
}

export function without<T>(list: readonly T[], index: number): T[] {
  return list.filter((_, at) => at !== index);
}

export function replacedAt<T>(list: readonly T[], index: number, value: T): T[] {
  return list.map((one, at) => (at === index ? value : one));
}
