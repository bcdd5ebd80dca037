//! The dashboards that come ready-made.

use std::sync::LazyLock;

use crate::document::Dashboard;

/// A dashboard that comes ready-made.
#[derive(Clone, Debug)]
pub struct Builtin {
    /// Its name in addresses: small letters, digits and `-`.
    pub id: &'static str,
    /// The dashboard.
    pub dashboard: Dashboard,
}

const FILES: [(&str, &str); 4] = [
    ("services", include_str!("../builtin/services.json")),
    ("hosts", include_str!("../builtin/hosts.json")),
    ("hosts-node-exporter", include_str!("../builtin/hosts-node-exporter.json")),
    ("plimsoll", include_str!("../builtin/plimsoll.json")),
];

/// The ready-made dashboards, in the order to show them.
#[must_use]
pub fn builtin() -> &'static [Builtin] {
    static BUILTIN: LazyLock<Vec<Builtin>> = LazyLock::new(|| {
        let read = |(id, json): (&'static str, &str)| Builtin {
            id,
            dashboard: Dashboard::parse(json.as_bytes()).expect("a test reads every file"),
        };
        FILES.map(read).into()
    });
    &BUILTIN
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{COLOURS, PanelKind, UNITS};

    #[test]
    fn every_file_is_valid() {
        for (id, json) in FILES {
            Dashboard::parse(json.as_bytes())
                .unwrap_or_else(|problems| panic!("{id}: {problems:#?}"));
        }
        assert_eq!(builtin().len(), FILES.len());
    }

    #[test]
    fn names_are_unique_and_plain() {
        let ids: BTreeSet<_> = builtin().iter().map(|one| one.id).collect();
        let titles: BTreeSet<_> = builtin().iter().map(|one| &one.dashboard.title).collect();
        assert_eq!((ids.len(), titles.len()), (FILES.len(), FILES.len()));
        let is_plain = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(ids.iter().all(|id| id.chars().all(is_plain)), "{ids:?}");
    }

    #[test]
    fn panels_lie_side_by_side_without_overlap() {
        for one in builtin() {
            let mut cells = BTreeSet::new();
            for panel in &one.dashboard.panels {
                let grid = panel.grid;
                for y in grid.y..grid.y + grid.h {
                    for x in grid.x..grid.x + grid.w {
                        assert!(cells.insert((x, y)), "{}: {}", one.id, panel.title);
                    }
                }
            }
            // Nothing is left open between the panels of a line.
            let lines: BTreeSet<_> = cells.iter().map(|(_, y)| y).collect();
            assert_eq!(cells.len(), lines.len() * crate::COLUMNS as usize, "{}", one.id);
        }
    }

    #[test]
    fn every_panel_asks_something_in_a_unit_that_the_page_knows() {
        for one in builtin() {
            assert!(!one.dashboard.description.is_empty() && !one.dashboard.tags.is_empty());
            for panel in &one.dashboard.panels {
                let what = format!("{}: {}", one.id, panel.title);
                assert!(!panel.title.is_empty(), "{what}");
                assert!(panel.kind == PanelKind::Row || !panel.queries.is_empty(), "{what}");
                assert!(UNITS.contains(&panel.unit.as_str()), "{what}: {}", panel.unit);
                let named = |colour: &str| COLOURS.contains(&colour);
                assert!(panel.thresholds.iter().all(|threshold| named(&threshold.color)), "{what}");
            }
        }
    }

    /// Every name of a metric in a dashboard that begins so.
    fn metrics(id: &str, prefix: &str) -> BTreeSet<String> {
        let json = FILES.iter().find(|(of, _)| *of == id).unwrap().1;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let words = json.split(|c: char| !is_word(c));
        words.filter(|word| word.starts_with(prefix)).map(str::to_owned).collect()
    }

    #[test]
    fn the_server_has_the_metrics_that_its_dashboard_asks_for() {
        let server = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/src/own_metrics.rs");
        let source = std::fs::read_to_string(server).unwrap();
        let asked: BTreeSet<_> = metrics("plimsoll", "plimsoll_")
            .into_iter()
            .chain(metrics("plimsoll", "process_"))
            .collect();
        assert!(asked.len() > 20, "{asked:?}");
        for metric in asked {
            let name = metric.strip_prefix("plimsoll_store_").unwrap_or(&metric);
            let is_there = |name: &str| source.contains(&format!("\"{name}\""));
            assert!(is_there(&metric) || is_there(name), "{metric}");
        }
    }
}
