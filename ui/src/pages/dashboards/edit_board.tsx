// The board to change: panels are dragged by their heads, sized by their corners, and both by keys.
// Invariants: while dragging, the others make way at once and nothing is changed until the pointer is
// let go; Esc puts everything back; every row is open; what the keys do is one step of undo each.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "../../controls/icons";
import { COLUMNS, type Box, type Panel } from "../../dashboards/document";
import {
  duplicatePanel,
  laidOut,
  removePanel,
  updatePanel,
  type Edit,
} from "../../dashboards/edits";
import {
  byPosition,
  compact,
  moved,
  nudged,
  resized,
  type Direction,
  type Layout,
} from "../../dashboards/grid";
import { useLayer } from "../../shell/keyboard";
import { setParams } from "../../url/location";
import { gridStyle } from "./board";
import { Card } from "./card";
import { apply } from "./editing";
import { hereWith } from "./links";

interface Drag {
  id: number;
  kind: "move" | "resize";
  start: Box;
  layout: Layout;
  /** Where the pointer was pressed, in pixels of the page. */
  from: { x: number; y: number };
  /** How far it went since. */
  dx: number;
  dy: number;
}

interface Cell {
  width: number;
  height: number;
}

const GAP_PX = 12;
const ROW_PX = 26;
const EDGE_PX = 48;

function cellOf(board: HTMLElement): Cell {
  const width = (board.clientWidth - GAP_PX * (COLUMNS - 1)) / COLUMNS;
  return { width: width + GAP_PX, height: ROW_PX + GAP_PX };
}

/** The layout while the pointer is so far from where it was pressed. */
function dragged(panels: readonly Panel[], drag: Drag, cell: Cell): Layout {
  const columns = Math.round(drag.dx / cell.width);
  const rows = Math.round(drag.dy / cell.height);
  const { start, id } = drag;
  return drag.kind === "move"
    ? moved(panels, id, { ...start, x: start.x + columns, y: start.y + rows })
    : resized(panels, id, { w: start.w + columns, h: start.h + rows });
}

export function EditBoard({ id, edit }: { id: string; edit: Edit }): JSX.Element {
  const { panels } = edit.present;
  const root = useRef<HTMLDivElement>(null);
  const resting = useMemo(() => compact(panels), [panels]);
  const [drag, setDrag] = useState<Drag | null>(null);
  const layout = drag?.layout ?? resting;
  const commit = (next: Layout): void => apply(id, laidOut(edit.present, next));
  useLayer(drag !== null, () => setDrag(null));
  useDragging(root, panels, drag, setDrag, commit);
  const begin = (panel: Panel, kind: Drag["kind"]) => (event: PointerEvent) => {
    const onControl = (event.target as Element).closest("a, button:not(.board-corner), input");
    if (event.button !== 0 || onControl) return;
    event.preventDefault();
    (event.currentTarget as HTMLElement).closest<HTMLElement>(".board-panel, .board-row")?.focus();
    const start = resting.get(panel.id) ?? panel.grid;
    setDrag({ id: panel.id, kind, start, layout: resting, from: pagePoint(event), dx: 0, dy: 0 });
  };
  const ordered = [...panels].sort((a, b) =>
    byPosition(
      { id: a.id, grid: resting.get(a.id) ?? a.grid },
      { id: b.id, grid: resting.get(b.id) ?? b.grid },
    ),
  );
  if (panels.length === 0) return <p class="board-nothing">Add a first panel above</p>;
  return (
    <div class={`board editing ${drag ? "dragging" : ""}`} ref={root}>
      {ordered.map((panel) => (
        <EditCell
          key={panel.id}
          id={id}
          edit={edit}
          panel={panel}
          box={layout.get(panel.id) ?? panel.grid}
          drag={drag?.id === panel.id ? drag : null}
          board={root}
          onMove={begin(panel, "move")}
          onResize={begin(panel, "resize")}
          onLayout={commit}
        />
      ))}
      {drag && (
        <div class="board-ghost" style={gridStyle(drag.layout.get(drag.id) ?? drag.start)} />
      )}
    </div>
  );
}

function pagePoint(event: PointerEvent): { x: number; y: number } {
  return { x: event.clientX, y: event.clientY + window.scrollY };
}

/** Follows the pointer from a press to its release, wherever it goes. */
function useDragging(
  root: { readonly current: HTMLElement | null },
  panels: readonly Panel[],
  drag: Drag | null,
  setDrag: (drag: Drag | null) => void,
  commit: (layout: Layout) => void,
): void {
  const latest = useRef({ panels, drag, commit });
  latest.current = { panels, drag, commit };
  const active = drag !== null;
  useEffect(() => {
    if (!active) return;
    const onMove = (event: PointerEvent): void => {
      const { drag: now, panels: all } = latest.current;
      const board = root.current;
      if (!now || !board) return;
      const at = pagePoint(event);
      const next = { ...now, dx: at.x - now.from.x, dy: at.y - now.from.y };
      setDrag({ ...next, layout: dragged(all, next, cellOf(board)) });
      if (event.clientY < EDGE_PX * 2) window.scrollBy(0, -12);
      else if (event.clientY > window.innerHeight - EDGE_PX) window.scrollBy(0, 12);
    };
    const onUp = (): void => {
      if (latest.current.drag) latest.current.commit(latest.current.drag.layout);
      setDrag(null);
    };
    const onCancel = (): void => setDrag(null);
    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", onUp);
    window.addEventListener("pointercancel", onCancel);
    return () => {
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", onUp);
      window.removeEventListener("pointercancel", onCancel);
    };
  }, [active]);
}

interface EditCellProps {
  id: string;
  edit: Edit;
  panel: Panel;
  box: Box;
  drag: Drag | null;
  board: { readonly current: HTMLElement | null };
  onMove: (event: PointerEvent) => void;
  onResize: (event: PointerEvent) => void;
  onLayout: (layout: Layout) => void;
}

const ARROWS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** The layout after an arrow key: moved, or with Shift sized. */
function arrowed(edit: Edit, panel: Panel, event: KeyboardEvent): Layout | null {
  const direction = ARROWS[event.key];
  if (!direction) return null;
  const { panels } = edit.present;
  if (!event.shiftKey) return nudged(panels, panel.id, direction);
  const { w, h } = panel.grid;
  const sideways = { left: -1, right: 1, up: 0, down: 0 }[direction];
  const upright = { left: 0, right: 0, up: -1, down: 1 }[direction];
  return resized(panels, panel.id, { w: w + sideways, h: Math.max(1, h + upright) });
}

function EditCell(props: EditCellProps): JSX.Element {
  const { panel, box, drag, board } = props;
  const latest = useRef(props);
  latest.current = props;
  // While another panel is dragged only the place changes; what is in it is not drawn again.
  const content = useMemo(() => <EditContent panel={panel} latest={latest} />, [panel]);
  const style = { ...gridStyle(box), ...offset(drag, box, board.current) };
  return (
    <div class={`board-cell ${drag ? "held" : ""}`} style={style}>
      {content}
    </div>
  );
}

interface EditContentProps {
  panel: Panel;
  latest: { readonly current: EditCellProps };
}

function EditContent({ panel, latest }: EditContentProps): JSX.Element {
  const remove = (): void => {
    const { id, edit } = latest.current;
    apply(id, removePanel(edit.present, panel.id));
  };
  const duplicate = (): void => {
    const { id, edit } = latest.current;
    apply(id, duplicatePanel(edit.present, panel.id).dashboard);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey) return;
    const next = arrowed(latest.current.edit, panel, event);
    if (next) latest.current.onLayout(next);
    else if (event.key === "Enter" && panel.type !== "row") setParams({ panel: String(panel.id) });
    else if (event.key === "Delete" || event.key === "Backspace") remove();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onGrab = (event: PointerEvent): void => latest.current.onMove(event);
  const what = panel.title || "panel";
  const label = `${what}: arrow keys move it, with Shift they size it, Enter edits, Delete removes`;
  const shared = { panel, label, onKeyDown, onGrab, onRemove: remove };
  if (panel.type === "row") return <EditRow {...shared} latest={latest} />;
  return (
    <Card
      shown={{ key: String(panel.id), panel, own: {}, row: null }}
      frame={{ class: "movable", label, onKeyDown }}
      onGrab={onGrab}
      corner={
        <button
          type="button"
          class="board-corner"
          tabIndex={-1}
          aria-hidden="true"
          onPointerDown={(event) => latest.current.onResize(event)}
        />
      }
      tools={
        <>
          <a
            class="quiet"
            href={hereWith({ panel: String(panel.id) })}
            title={`edit ${what}`}
            aria-label={`edit ${what}`}
          >
            <Icon name="pencil" size={13} />
          </a>
          <Tool icon="copy" label={`duplicate ${what}`} onClick={duplicate} />
          <Tool icon="trash" label={`remove ${what}`} onClick={remove} />
        </>
      }
    />
  );
}

/** Where a held panel is drawn, away from the place that is kept for it. */
function offset(drag: Drag | null, box: Box, board: HTMLElement | null): Record<string, string> {
  if (!drag || !board) return {};
  const cell = cellOf(board);
  if (drag.kind === "move") {
    const x = drag.dx - (box.x - drag.start.x) * cell.width;
    const y = drag.dy - (box.y - drag.start.y) * cell.height;
    return { transform: `translate(${x}px, ${y}px)` };
  }
  return {};
}

interface ToolProps {
  icon: "copy" | "trash" | "pencil";
  label: string;
  onClick: () => void;
}

function Tool({ icon, label, onClick }: ToolProps): JSX.Element {
  return (
    <button type="button" class="quiet" title={label} aria-label={label} onClick={onClick}>
      <Icon name={icon} size={13} />
    </button>
  );
}

interface EditRowProps extends EditContentProps {
  label: string;
  onKeyDown: (event: KeyboardEvent) => void;
  onGrab: (event: PointerEvent) => void;
  onRemove: () => void;
}

function EditRow(props: EditRowProps): JSX.Element {
  const { panel, label, latest } = props;
  const { variables } = latest.current.edit.present;
  const patch = (change: Partial<Panel>, topic: string): void => {
    const { id, edit } = latest.current;
    apply(id, updatePanel(edit.present, panel.id, change), topic);
  };
  return (
    <div
      class="board-row movable"
      tabIndex={0}
      role="group"
      aria-label={label}
      onKeyDown={props.onKeyDown}
      onPointerDown={props.onGrab}
    >
      <input
        class="field"
        aria-label="Title of the row"
        value={panel.title}
        onInput={(event) => patch({ title: event.currentTarget.value }, `row ${panel.id}`)}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={panel.collapsed}
          onChange={() => patch({ collapsed: !panel.collapsed }, `closed ${panel.id}`)}
        />
        starts closed
      </label>
      <label class="check">
        repeat for
        <select
          class="field"
          value={panel.repeat ?? ""}
          onChange={(event) =>
            patch({ repeat: event.currentTarget.value || null }, `r ${panel.id}`)
          }
        >
          <option value="">nothing</option>
          {variables.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <span class="grow" />
      <Tool icon="trash" label="remove the row" onClick={props.onRemove} />
    </div>
  );
}
