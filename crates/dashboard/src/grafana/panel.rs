//! One panel: which of ours it becomes, or a text that says what it was, in the same place.

use serde_json::Value;

use super::datasource::Sources;
use super::display::{self, Display};
use super::fields::{Fields, Kind};
use super::notes::Notes;
use super::queries::{self, Queries};
use super::{layout, older, overrides};
use crate::check::panel::is_address;
use crate::check::{LINE_CHARACTERS_MAX, LINKS_MAX, TEXT_CHARACTERS_MAX};
use crate::document::{Link, Panel, PanelKind, Variable};
use crate::problem::excerpt;
use crate::substitute::Checker;

/// What reading a panel needs to know of its dashboard.
pub(super) struct Importer<'a> {
    variables: &'a [Variable],
    sources: &'a Sources<'a>,
    checker: Checker<'a>,
}

/// Grafana's types of panels, ours, and what is lost between them.
const TYPES: &[(&str, PanelKind, &str)] = &[
    ("timeseries", PanelKind::TimeSeries, ""),
    ("graph", PanelKind::TimeSeries, ""),
    ("trend", PanelKind::TimeSeries, "values are drawn over time, not over another value"),
    ("state-timeline", PanelKind::TimeSeries, "states are drawn as lines"),
    ("status-history", PanelKind::TimeSeries, "states are drawn as lines"),
    ("stat", PanelKind::Stat, ""),
    ("singlestat", PanelKind::Stat, ""),
    ("grafana-singlestat-panel", PanelKind::Stat, ""),
    ("gauge", PanelKind::Gauge, ""),
    ("bargauge", PanelKind::Bar, ""),
    ("barchart", PanelKind::Bar, "there is one bar for each series"),
    ("piechart", PanelKind::Bar, "shares are shown as bars"),
    ("grafana-piechart-panel", PanelKind::Bar, "shares are shown as bars"),
    ("table", PanelKind::Table, ""),
    ("table-old", PanelKind::Table, ""),
    ("heatmap", PanelKind::HeatMap, ""),
    ("heatmap-new", PanelKind::HeatMap, ""),
    ("text", PanelKind::Text, ""),
    ("row", PanelKind::Row, ""),
];

impl<'a> Importer<'a> {
    pub(super) fn new(variables: &'a [Variable], sources: &'a Sources<'a>) -> Self {
        Self { variables, sources, checker: Checker::new(variables) }
    }

    /// One panel; none where it is a copy that Grafana made of a repeated one.
    pub(super) fn panel(&mut self, value: &Value, notes: &mut Notes) -> Option<Panel> {
        let Some(mut fields) = Fields::new(value, Kind::Panel, "panels") else {
            notes.add("panels", excerpt(&value.to_string(), 60), "it is no panel");
            return None;
        };
        if fields.get("repeatPanelId").is_some() {
            return None;
        }
        let mut panel = Panel {
            id: fields.number("id").map_or(0, |id| id as u32),
            title: fields.line("title", LINE_CHARACTERS_MAX, notes),
            description: fields.line("description", TEXT_CHARACTERS_MAX, notes),
            grid: layout::grid(&mut fields, notes),
            ..Panel::default()
        };
        fields.set_place(format!("panel {} “{}”", panel.id, excerpt(&panel.title, 60)));
        if let Some(library) = fields.get("libraryPanel") {
            // Grafana 8 also wrote the panel itself there.
            let is_whole =
                ["targets", "options", "fieldConfig"].iter().any(|key| fields.peek(key).is_some());
            if fields.peek("type").is_none() || !is_whole {
                panel = self.library(panel, library, fields.place(), notes);
                fields.get("type");
                fields.finish(notes);
                return Some(panel);
            }
        }
        self.fill(&mut panel, fields, notes);
        Some(panel)
    }

    /// A panel that is kept apart from its dashboard: the file may bring it along.
    fn library(&mut self, at: Panel, library: &Value, place: &str, notes: &mut Notes) -> Panel {
        let text = |key| library.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = excerpt(text("name"), 60);
        let model = self.sources.library(text("uid")).or_else(|| library.get("model"));
        let Some(fields) = model.and_then(|model| Fields::new(model, Kind::Panel, place)) else {
            let why = "the file does not hold it; a text stands in its place";
            notes.add(place, format!("the library panel “{name}”"), why);
            let text =
                format!("Not imported: the library panel “{name}”, which is not in the file.");
            return Panel { kind: PanelKind::Text, text, ..at };
        };
        let why = "it is a panel of this dashboard now, apart from the library";
        notes.add(place, format!("the library panel “{name}”"), why);
        self.library_model(at, fields, notes)
    }

    fn library_model(&mut self, at: Panel, mut fields: Fields<'_>, notes: &mut Notes) -> Panel {
        let title = fields.line("title", LINE_CHARACTERS_MAX, notes);
        let mut panel = Panel {
            title: if at.title.is_empty() { title } else { at.title },
            description: fields.line("description", TEXT_CHARACTERS_MAX, notes),
            ..at
        };
        // Its place and number are those of the panel that stands for it.
        for key in ["id", "gridPos", "libraryPanel", "repeatPanelId"] {
            fields.get(key);
        }
        self.fill(&mut panel, fields, notes);
        panel
    }

    /// Everything but the place and the name.
    fn fill(&mut self, panel: &mut Panel, mut fields: Fields<'_>, notes: &mut Notes) {
        let name = fields.text("type");
        panel.repeat = self.repeat(fields.text("repeat"), fields.place(), notes);
        links(panel, &mut fields, notes);
        transformations(&mut fields, notes);
        let kind = TYPES.iter().find(|(known, _, _)| *known == name);
        panel.kind = kind.map_or(PanelKind::Text, |(_, kind, _)| *kind);
        let queries = queries::import(&mut fields, self.sources, &mut self.checker, notes);
        let is_lost = kind.is_none() || panel.kind.asks() && queries.kept.is_empty();
        if is_lost && (kind.is_none() || !queries.lost.is_empty()) {
            if kind.is_none() {
                let why = "no panel here shows the same; a text stands in its place";
                notes.add(fields.place(), format!("a panel of type {}", excerpt(name, 60)), why);
            }
            return replace(panel, name, &queries);
        }
        if let Some((_, _, why)) = kind
            && !why.is_empty()
        {
            notes.add(fields.place(), format!("a panel of type {name}"), *why);
        }
        if !panel.kind.asks() {
            words(panel, &mut fields, notes);
        }
        panel.queries = if panel.kind.asks() { queries.kept } else { Vec::new() };
        let mut display = Display::new(panel);
        older::import(&mut display, &mut fields, notes);
        let overriding = display::import(&mut display, &mut fields, notes);
        overrides::import(&mut display, overriding, fields.place(), notes);
        display.finish(fields.place(), notes);
        fields.finish(notes);
    }

    /// The variable that something is repeated for.
    pub(super) fn repeat(&self, name: &str, place: &str, notes: &mut Notes) -> Option<String> {
        if name.is_empty() {
            return None;
        }
        if !self.variables.iter().any(|variable| variable.name == name) {
            let what = format!("repeated for {}", excerpt(name, 60));
            notes.add(place, what, "there is no such variable here");
            return None;
        }
        Some(name.to_owned())
    }
}

/// The text of a text panel, and whether a row is folded.
fn words(panel: &mut Panel, fields: &mut Fields<'_>, notes: &mut Notes) {
    if panel.kind == PanelKind::Row {
        panel.collapsed = fields.flag("collapsed");
        // The layout reads them.
        fields.get("panels");
        return;
    }
    panel.text = fields.line("content", TEXT_CHARACTERS_MAX, notes);
    let mode = fields.text("mode");
    if !["", "markdown"].contains(&mode) {
        notes.add(fields.place(), format!("text in {mode}"), "it is shown as Markdown");
    }
}

/// A text instead of a panel that cannot be.
fn replace(panel: &mut Panel, name: &str, queries: &Queries) {
    let name = excerpt(if name.is_empty() { "no type" } else { name }, 60);
    let mut text = format!("Not imported: a panel of type `{name}`.\n");
    let kept = queries.kept.iter().map(|query| query.promql.as_str());
    for query in kept.chain(queries.lost.iter().map(String::as_str)) {
        text.push_str(&format!("\n```\n{query}\n```\n"));
    }
    panel.kind = PanelKind::Text;
    panel.text = text.chars().take(TEXT_CHARACTERS_MAX).collect();
}

fn links(panel: &mut Panel, fields: &mut Fields<'_>, notes: &mut Notes) {
    for link in fields.list("links") {
        let Some(mut link) = Fields::new(link, Kind::Link, fields.place()) else {
            notes.add(fields.place(), excerpt(&link.to_string(), 60), "it is no link");
            continue;
        };
        let title = link.line("title", LINE_CHARACTERS_MAX, notes);
        let url = link.text("url");
        // A path leads to a page of Grafana.
        if is_address(url) && !url.starts_with('/') && url.chars().count() <= LINE_CHARACTERS_MAX {
            panel.links.push(Link { title, url: url.to_owned() });
        } else {
            let what = format!("the link “{}” to `{}`", excerpt(&title, 60), excerpt(url, 100));
            notes.add(fields.place(), what, "it leads to a page of Grafana, or to none");
        }
        link.finish(notes);
    }
    notes.cut(fields.place(), "links", &mut panel.links, LINKS_MAX);
}

fn transformations(fields: &mut Fields<'_>, notes: &mut Notes) {
    for transformation in fields.list("transformations") {
        if transformation.get("disabled").is_some_and(|disabled| *disabled == true) {
            continue;
        }
        let id = transformation.get("id").and_then(Value::as_str).unwrap_or_default();
        let what = format!("the transformation {}", excerpt(id, 60));
        notes.add(fields.place(), what, "answers are shown as they come; ask for it in PromQL");
    }
}
