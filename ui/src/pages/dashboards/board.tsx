// The board to look at: panels at their places, rows that open and close.
// Invariants: what is drawn follows from the document, the variables and the address alone; which
// rows were opened or closed by hand is in the address.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { Icon } from "../../controls/icons";
import type { Box, Dashboard, Option, Panel } from "../../dashboards/document";
import { interpolateText } from "../../dashboards/interpolate";
import { membersOf, shownPanels, type Shown } from "../../dashboards/repeat";
import { narrowed } from "../../dashboards/variables";
import { param, setParams } from "../../url/location";
import { Card, ViewTools } from "./card";
import { hereWith } from "./links";
import { useView } from "./view";

/** The place of a box on the grid, for the style sheet. */
export function gridStyle({ x, y, w, h }: Box): Record<string, string> {
  return { "--x": String(x + 1), "--y": String(y + 1), "--w": String(w), "--h": String(h) };
}

/** Keys of rows whose state differs from the document's, as the address holds them. */
function turnedRows(): Set<string> {
  return new Set(
    param("rows")
      .split(",")
      .filter((key) => key !== ""),
  );
}

function turnRow(key: string): void {
  const turned = turnedRows();
  if (!turned.delete(key)) turned.add(key);
  setParams({ rows: [...turned].join(",") }, { replace: true });
}

export function isRowClosed(key: string, row: Panel): boolean {
  return turnedRows().has(key) !== row.collapsed;
}

const SMALL_COLUMNS = 6;

/** Small figures share a line where the window is narrow. */
function cellClass({ type, grid }: Panel): string {
  const isSmall = (type === "stat" || type === "gauge") && grid.w <= SMALL_COLUMNS;
  return isSmall ? "board-cell small" : "board-cell";
}

interface BoardProps {
  dashboard: Dashboard;
  optionsOf: (name: string) => readonly Option[] | null;
}

export function Board({ dashboard, optionsOf }: BoardProps): JSX.Element {
  const rows = param("rows");
  const shown = useMemo(
    () => shownPanels(dashboard.panels, { optionsOf, isClosed: isRowClosed }),
    [dashboard.panels, optionsOf, rows],
  );
  return (
    <div class="board">
      {shown.map((one) =>
        one.panel.type === "row" ? (
          <RowBar key={one.key} shown={one} members={membersOf(dashboard.panels, one.panel.id)} />
        ) : (
          <div class={cellClass(one.panel)} key={one.key} style={gridStyle(one.panel.grid)}>
            <Card
              shown={one}
              tools={<ViewTools shown={one} href={hereWith({ panel: one.key })} />}
            />
          </div>
        ),
      )}
    </div>
  );
}

function RowBar({ shown, members }: { shown: Shown; members: number }): JSX.Element {
  const { scope } = useView();
  const { panel, key, own } = shown;
  const closed = isRowClosed(key, panel);
  const title = interpolateText(panel.title, narrowed(scope, own));
  return (
    <div class="board-cell" style={gridStyle(panel.grid)}>
      <h2 class="board-row">
        <button type="button" aria-expanded={!closed} onClick={() => turnRow(key)}>
          <Icon name={closed ? "right" : "down"} size={12} />
          {title || "Row"}
          {closed && <span class="faint">{members === 1 ? "1 panel" : `${members} panels`}</span>}
        </button>
      </h2>
    </div>
  );
}

/** One panel alone, as high as the window. */
export function PanelAlone({ dashboard, optionsOf }: BoardProps): JSX.Element {
  const wanted = param("panel");
  const shown = useMemo(
    () => shownPanels(dashboard.panels, { optionsOf, isClosed: () => false }),
    [dashboard.panels, optionsOf],
  );
  const one =
    shown.find(({ key }) => key === wanted) ??
    shown.find(({ panel }) => String(panel.id) === wanted.split("/")[0]);
  if (!one) {
    return (
      <p class="board-nothing">
        This dashboard has no panel {wanted}.{" "}
        <a class="link" href={hereWith({ panel: null })}>
          Show all panels
        </a>
      </p>
    );
  }
  const back = hereWith({ panel: null });
  return (
    <div class="board-alone">
      <Card
        key={one.key}
        shown={one}
        tools={
          <>
            <ViewTools shown={one} />
            <a class="quiet" href={back} title="all panels" aria-label="all panels">
              <Icon name="close" size={13} />
            </a>
          </>
        }
      />
    </div>
  );
}
