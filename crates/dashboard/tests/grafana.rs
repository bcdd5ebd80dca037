//! Dashboards of the kinds that are widely used, in the shape that Grafana exports: what becomes of
//! them, and what is said of the rest.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::fmt::Write as _;
use std::path::Path;

use plimsoll_dashboard::{Dashboard, import_grafana};

/// Imports `tests/grafana/NAME.json` and compares what became of it with `NAME.txt`.
#[track_caller]
fn check(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grafana");
    let json = std::fs::read(folder.join(name).with_extension("json")).unwrap();
    let imported = import_grafana(&json).unwrap();
    let stored = imported.dashboard.to_json();
    assert_eq!(Dashboard::parse(stored.as_bytes()), Ok(imported.dashboard.clone()));

    let mut text = String::new();
    for variable in &imported.dashboard.variables {
        let default = variable.default.join(", ");
        let (name, kind, query) = (&variable.name, variable.kind, &variable.query);
        writeln!(text, "variable {name}: {kind:?} {query} [{default}]").unwrap();
    }
    for panel in &imported.dashboard.panels {
        let (id, kind, grid, unit) = (panel.id, panel.kind, panel.grid, &panel.unit);
        let place = format!("{}+{} {}+{}", grid.x, grid.w, grid.y, grid.h);
        writeln!(text, "panel {id} at {place}: {kind:?} in {unit}: {}", panel.title).unwrap();
        for query in &panel.queries {
            writeln!(text, "  {} [{}] {}", query.reference, query.legend, query.promql).unwrap();
        }
        for threshold in &panel.thresholds {
            writeln!(text, "  {} from {:?}", threshold.color, threshold.value).unwrap();
        }
        for mapping in &panel.mappings {
            writeln!(text, "  {} is {}", mapping.value, mapping.text).unwrap();
        }
    }
    for note in &imported.notes {
        writeln!(text, "note: {} | {} | {}", note.place, note.what, note.why).unwrap();
    }
    let known = folder.join(name).with_extension("txt");
    if std::fs::read_to_string(&known).unwrap_or_default() != text {
        let now = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("txt");
        std::fs::write(&now, &text).unwrap();
        panic!("{} is no longer as in {}:\n{text}", now.display(), known.display());
    }
}

#[test]
fn node_exporter() {
    check("node_exporter");
}

#[test]
fn prometheus_stats() {
    check("prometheus_stats");
}

#[test]
fn go_processes() {
    check("go_processes");
}

#[test]
fn kubernetes() {
    check("kubernetes");
}
