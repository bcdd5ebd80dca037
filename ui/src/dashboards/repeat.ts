// The panels on show: repeated ones once per value, those under a closed row not at all.
// Invariants: pure; a panel's clones stand where the panel stands, as many abreast as fit, and push
// down what is below; keys are stable, so that a refresh draws into the same elements.
import { COLUMNS, type Option, type Panel } from "./document";
import { byPosition, compact, type Placed } from "./grid";

export interface Shown {
  /** The panel's id, and the value it is repeated for. */
  key: string;
  panel: Panel;
  /** Variables that this clone has one value of. */
  own: Record<string, Option>;
  /** The key of the row it stands under. */
  row: string | null;
}

/** The chosen options of a variable; null where there is no such variable. */
export type OptionsOf = (name: string) => readonly Option[] | null;

export const CLONES_MAX = 100;

interface Section {
  row: Panel | null;
  panels: Panel[];
}

/** The panels in reading order, cut at the rows. */
function sections(panels: readonly Panel[]): Section[] {
  const cut: Section[] = [{ row: null, panels: [] }];
  for (const panel of [...panels].sort(byPosition)) {
    if (panel.type === "row") cut.push({ row: panel, panels: [] });
    else cut.at(-1)?.panels.push(panel);
  }
  return cut;
}

function valuesFor(panel: Panel, optionsOf: OptionsOf): readonly Option[] | null {
  if (panel.repeat === null || panel.repeat === "") return null;
  const options = optionsOf(panel.repeat);
  return options && options.length > 0 ? options.slice(0, CLONES_MAX) : null;
}

/** The clones of one panel, with their places relative to the panel's own. */
function clones(panel: Panel, optionsOf: OptionsOf, own: Record<string, Option>): Shown[] {
  const options = own[panel.repeat ?? ""] ? null : valuesFor(panel, optionsOf);
  const suffix = Object.values(own)
    .map((option) => `/${option.value}`)
    .join("");
  if (!options) return [{ key: `${panel.id}${suffix}`, panel, own, row: null }];
  const perLine = Math.max(1, Math.floor(COLUMNS / panel.grid.w));
  return options.map((option, index) => {
    const column = index % perLine;
    const line = Math.floor(index / perLine);
    const x = options.length === 1 ? panel.grid.x : column * panel.grid.w;
    const grid = { ...panel.grid, x, y: panel.grid.y + line * panel.grid.h };
    return {
      key: `${panel.id}${suffix}/${option.value}`,
      panel: { ...panel, grid },
      own: { ...own, [panel.repeat ?? ""]: option },
      row: null,
    };
  });
}

/** Packs what is shown of one section; its height in grid rows. */
function settle(shown: Shown[]): number {
  const items: Placed[] = shown.map(({ panel }, index) => ({ id: index, grid: panel.grid }));
  const layout = compact(items);
  let bottom = 0;
  shown.forEach((one, index) => {
    const grid = layout.get(index) ?? one.panel.grid;
    one.panel = { ...one.panel, grid };
    bottom = Math.max(bottom, grid.y + grid.h);
  });
  return bottom;
}

interface Options {
  optionsOf: OptionsOf;
  /** Whether the row of this key is closed. */
  isClosed: (key: string, row: Panel) => boolean;
}

/** What a view of the dashboard draws, each at its place. */
export function shownPanels(panels: readonly Panel[], { optionsOf, isClosed }: Options): Shown[] {
  const out: Shown[] = [];
  let top = 0;
  for (const { row, panels: members } of sections(panels)) {
    const heads = row ? clones(row, optionsOf, {}) : [null];
    for (const head of heads) {
      const start = members.reduce((least, { grid }) => Math.min(least, grid.y), Infinity);
      if (head) {
        const grid = { x: 0, y: top, w: COLUMNS, h: 1 };
        out.push({ ...head, panel: { ...head.panel, grid } });
        top += 1;
        if (isClosed(head.key, head.panel)) continue;
      }
      const shown = members.flatMap((panel) =>
        clones(
          { ...panel, grid: { ...panel.grid, y: panel.grid.y - start } },
          optionsOf,
          head?.own ?? {},
        ),
      );
      const height = settle(shown);
      for (const one of shown) {
        const grid = { ...one.panel.grid, y: one.panel.grid.y + top };
        out.push({ ...one, row: head?.key ?? null, panel: { ...one.panel, grid } });
      }
      top += height;
    }
  }
  return out;
}

/** How many panels a row holds. */
export function membersOf(panels: readonly Panel[], rowId: number): number {
  return sections(panels).find(({ row }) => row?.id === rowId)?.panels.length ?? 0;
}
