//! Where panels lie: Grafana's grid, which is the document's; rows whose panels are folded away
//! inside them; and the rows of Grafana before 5, whose panels stood side by side.

use serde_json::Value;

use super::datasource::Sources;
use super::fields::{Fields, Kind};
use super::notes::Notes;
use super::panel::Importer;
use crate::check::{HEIGHT_MAX, LINE_CHARACTERS_MAX, PANELS_MAX, ROWS_MAX};
use crate::document::{COLUMNS, Grid, Panel, PanelKind, Variable};

/// Pixels of a cell with the gap below it, and what a row and a panel had at least.
const CELL_PIXELS: f64 = 38.0;
const ROW_PIXELS: f64 = 250.0;
const PANEL_CELLS_MIN: u32 = 3;

/// All panels of a dashboard, in their order, with ids of their own.
pub(super) fn import(
    dashboard: &mut Fields<'_>,
    variables: &[Variable],
    sources: &Sources<'_>,
    notes: &mut Notes,
) -> Vec<Panel> {
    let mut importer = Importer::new(variables, sources);
    let mut panels = on_grid(dashboard.list("panels"), &mut importer, notes);
    let below = panels.iter().map(|panel| panel.grid.y + panel.grid.h).max().unwrap_or(0);
    in_rows(dashboard.list("rows"), below, &mut panels, &mut importer, notes);
    notes.cut("dashboard", "panels", &mut panels, PANELS_MAX);
    number(&mut panels);
    for panel in &mut panels {
        panel.grid = bounded(panel.grid);
    }
    panels
}

/// Panels with a place each.
fn on_grid(list: &[Value], importer: &mut Importer<'_>, notes: &mut Notes) -> Vec<Panel> {
    let mut panels: Vec<Panel> = Vec::new();
    // Where a folded row makes room for its panels: its place in the file, and how much.
    let mut room: Vec<(u32, u32)> = Vec::new();
    for value in notes.first("dashboard", "panels", list, 2 * PANELS_MAX) {
        let Some(mut panel) = importer.panel(value, notes) else { continue };
        let y = panel.grid.y;
        let down: u32 = room.iter().filter(|(from, _)| *from < y).map(|(_, cells)| cells).sum();
        panel.grid.y += down;
        if panel.kind != PanelKind::Row {
            panels.push(panel);
            continue;
        }
        (panel.grid.x, panel.grid.w, panel.grid.h) = (0, COLUMNS, 1);
        let top = panel.grid.y + 1;
        panels.push(panel);
        let inner = value.get("panels").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let inner = notes.first("dashboard", "panels of a row", inner, PANELS_MAX);
        let mut inner: Vec<_> = inner.iter().filter_map(|v| importer.panel(v, notes)).collect();
        let first = inner.iter().map(|panel| panel.grid.y).min().unwrap_or(0);
        for panel in &mut inner {
            panel.grid.y = top + (panel.grid.y - first);
        }
        let end = inner.iter().map(|panel| panel.grid.y + panel.grid.h).max().unwrap_or(top);
        if end > top {
            room.push((y, end - top));
        }
        panels.extend(inner);
    }
    panels
}

/// Rows of panels whose widths are twelfths, as in schemas before 16.
fn in_rows(
    rows: &[Value],
    below: u32,
    panels: &mut Vec<Panel>,
    importer: &mut Importer<'_>,
    notes: &mut Notes,
) {
    let rows = notes.first("dashboard", "rows", rows, PANELS_MAX);
    let parsed: Vec<_> =
        rows.iter().filter_map(|row| Fields::new(row, Kind::Row, "rows")).collect();
    let is_true = |row: &Fields<'_>, key| row.peek(key).is_some_and(|value| *value == true);
    let has_headings = parsed.iter().any(|row| {
        is_true(row, "showTitle") || is_true(row, "collapse") || row.peek("repeat").is_some()
    });
    let mut y = below;
    for mut row in parsed {
        let title = row.line("title", LINE_CHARACTERS_MAX, notes);
        row.set_place(format!("row “{}”", crate::problem::excerpt(&title, 60)));
        let (_, collapsed) = (row.flag("showTitle"), row.flag("collapse"));
        let repeat = row.text("repeat");
        let height = row.get("height").map_or(ROW_PIXELS, pixels);
        if has_headings {
            let grid = Grid { x: 0, y, w: COLUMNS, h: 1 };
            let kind = PanelKind::Row;
            let repeat = importer.repeat(repeat, row.place(), notes);
            panels.push(Panel { kind, title, grid, collapsed, repeat, ..Panel::default() });
            y += 1;
        }
        y = side_by_side(row.list("panels"), y, height, panels, importer, notes);
        row.finish(notes);
    }
}

/// Lays panels out from left to right, and on below where a line is full; gives where they end.
fn side_by_side(
    list: &[Value],
    top: u32,
    row_pixels: f64,
    panels: &mut Vec<Panel>,
    importer: &mut Importer<'_>,
    notes: &mut Notes,
) -> u32 {
    let (mut x, mut y, mut end) = (0, top, top);
    for value in notes.first("dashboard", "panels of a row", list, PANELS_MAX) {
        let Some(mut panel) = importer.panel(value, notes) else { continue };
        let span = value.get("span").and_then(super::fields::number_of).unwrap_or(4.0);
        let w = (span.floor() * 2.0).clamp(1.0, f64::from(COLUMNS)) as u32;
        let h = cells(value.get("height").map_or(row_pixels, pixels));
        if x + w > COLUMNS {
            (x, y) = (0, end);
        }
        panel.grid = Grid { x, y, w, h };
        x += w;
        end = end.max(y + h);
        panels.push(panel);
    }
    end
}

/// `250`, `"250px"` or `"250"`.
fn pixels(height: &Value) -> f64 {
    let number = match height {
        Value::String(text) => text.trim().trim_end_matches("px").trim().parse().ok(),
        value => value.as_f64(),
    };
    number.filter(|pixels: &f64| pixels.is_finite() && *pixels > 0.0).unwrap_or(ROW_PIXELS)
}

fn cells(pixels: f64) -> u32 {
    ((pixels / CELL_PIXELS).ceil() as u32).clamp(PANEL_CELLS_MIN, HEIGHT_MAX)
}

/// Reads `gridPos`. A cell may be far out here, but never so far that sums overflow.
pub(super) fn grid(panel: &mut Fields<'_>, notes: &mut Notes) -> Grid {
    let default = Grid::default();
    let Some(mut fields) = panel.object("gridPos", Kind::GridPos) else { return default };
    // Whether the place is fixed is of no use after the fact.
    fields.get("static");
    let mut cell = |key, default: u32, max: u32| {
        fields.number(key).map_or(default, |number| number.clamp(0.0, f64::from(max)) as u32)
    };
    let grid = Grid {
        x: cell("x", default.x, COLUMNS - 1),
        y: cell("y", default.y, ROWS_MAX),
        w: cell("w", default.w, COLUMNS),
        h: cell("h", default.h, HEIGHT_MAX),
    };
    fields.finish(notes);
    grid
}

/// Within the grid: no panel is lost for where it lies.
fn bounded(grid: Grid) -> Grid {
    let w = grid.w.clamp(1, COLUMNS);
    let h = grid.h.clamp(1, HEIGHT_MAX);
    Grid { x: grid.x.min(COLUMNS - w), y: grid.y.min(ROWS_MAX - h), w, h }
}

/// Panels keep their ids where these are theirs alone; others get the next free one.
fn number(panels: &mut [Panel]) {
    let mut taken = std::collections::BTreeSet::new();
    let free: Vec<bool> =
        panels.iter().map(|panel| panel.id > 0 && taken.insert(panel.id)).collect();
    let mut next = 1;
    for (panel, keeps) in panels.iter_mut().zip(free) {
        if !keeps {
            while !taken.insert(next) {
                next += 1;
            }
            panel.id = next;
        }
    }
}
