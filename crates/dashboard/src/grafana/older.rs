//! How values are shown: the fields of `graph`, `singlestat`, `heatmap` and `table` before Grafana
//! 7.

use serde_json::Value;

use super::display::{Display, mappings, range};
use super::fields::{Fields, Kind, is_nothing, named, number_of};
use super::notes::Notes;
use crate::document::{Legend, PanelKind, Stack};
use crate::problem::excerpt;

/// Reads what stands in the panel itself.
pub(super) fn import(display: &mut Display<'_>, panel: &mut Fields<'_>, notes: &mut Notes) {
    match panel.text("type") {
        // Grafana fills nothing unless told to.
        "timeseries" => {
            display.panel.fill = 0.0;
            left_over(panel);
        }
        "graph" => graph(display, panel, notes),
        "singlestat" | "grafana-singlestat-panel" => singlestat(display, panel, notes),
        "heatmap" => heat_map(display, panel, notes),
        "grafana-piechart-panel" => pie(display, panel, notes),
        _ => left_over(panel),
    }
}

/// Passes over what a panel was before Grafana made another of it.
fn left_over(panel: &mut Fields<'_>) {
    for key in LEFT_OVER {
        panel.get(key);
    }
}

/// Fields of `graph` that stay behind in the panel that came after it, without any effect.
const LEFT_OVER: [&str; 16] = [
    "aliasColors",
    "bars",
    "decimals",
    "fill",
    "format",
    "legend",
    "lines",
    "linewidth",
    "nullPointMode",
    "percentage",
    "seriesOverrides",
    "stack",
    "thresholds",
    "valueName",
    "xaxis",
    "yaxes",
];

fn graph(display: &mut Display<'_>, panel: &mut Fields<'_>, notes: &mut Notes) {
    // Grafana drew lines unless told otherwise, filled by a tenth for each step.
    if let Some(fill) = panel.number("fill") {
        display.panel.fill = fill / 10.0;
    }
    if let Some(width) = panel.number("linewidth") {
        display.panel.line_width = width.clamp(0.0, 10.0) as u8;
    }
    display.panel.stack = match (panel.flag("stack"), panel.flag("percentage")) {
        (true, true) => Stack::Percent,
        (true, false) => Stack::Normal,
        _ => Stack::None,
    };
    display.decimals(panel.number("decimals"));
    if let Some(mut legend) = panel.object("legend", Kind::Legend) {
        let (shown, table) = (legend.peek("show"), legend.flag("alignAsTable"));
        display.panel.legend = match shown {
            Some(Value::Bool(false)) => Legend::Hidden,
            _ if table || legend.peek("values").is_some_and(|values| *values == true) => {
                Legend::Table
            }
            _ => Legend::List,
        };
        legend.get("show");
        legend.finish(notes);
    }
    let axes = panel.list("yaxes");
    for (at, axis) in axes.iter().enumerate() {
        let Some(mut axis) = Fields::new(axis, Kind::Axis, panel.place()) else { continue };
        if at == 0 {
            display.unit(axis.text("format"), panel.place(), notes);
            display.panel.min = axis.number("min");
            display.panel.max = axis.number("max");
            if let Some(decimals) = axis.number("decimals") {
                display.decimals(Some(decimals));
            }
            axis.finish(notes);
        } else if axis.text("format") != "short" && axis.flag("show") && has_right(panel) {
            let what = format!("the second axis, in `{}`", axis.text("format"));
            notes.add(panel.place(), what, "there is one axis, on the left");
        }
    }
    // Before schema 7.
    let formats = panel.list("y_formats");
    if let Some(format) = formats.first().and_then(Value::as_str) {
        display.unit(format, panel.place(), notes);
    }
    x_axis(panel, notes);
    for threshold in panel.list("thresholds") {
        graph_threshold(display, threshold, panel.place(), notes);
    }
    if !display.panel.thresholds.is_empty() {
        display.threshold(None, "transparent", panel.place(), notes);
    }
}

/// Whether some series is drawn on the right axis.
fn has_right(panel: &Fields<'_>) -> bool {
    let overrides = panel.peek("seriesOverrides").and_then(Value::as_array);
    overrides.is_some_and(|list| {
        list.iter().any(|one| one.get("yaxis").and_then(number_of) == Some(2.0))
    })
}

/// The axis of times says nothing, unless it is none of times.
fn x_axis(panel: &mut Fields<'_>, notes: &mut Notes) {
    panel.get("x-axis");
    panel.get("y-axis");
    let Some(axis) = panel.get("xaxis") else { return };
    let mode = axis.get("mode").and_then(Value::as_str).unwrap_or("time");
    if mode != "time" {
        let what = format!("the horizontal axis, by {}", excerpt(mode, 60));
        notes.add(panel.place(), what, "values are drawn over time");
    }
}

/// `{"value": 1, "op": "gt", "colorMode": "critical"}`.
fn graph_threshold(display: &mut Display<'_>, threshold: &Value, place: &str, notes: &mut Notes) {
    if is_nothing(threshold) {
        return;
    }
    let text = |key| threshold.get(key).and_then(Value::as_str).unwrap_or_default();
    let colour = match text("colorMode") {
        "warning" => "orange",
        "ok" => "green",
        "custom" if !text("lineColor").is_empty() => text("lineColor"),
        "custom" if !text("fillColor").is_empty() => text("fillColor"),
        _ => "red",
    };
    match threshold.get("value").and_then(number_of) {
        Some(value) if ["", "gt"].contains(&text("op")) => {
            display.threshold(Some(value), colour, place, notes)
        }
        _ => notes.add(place, named("thresholds", threshold), "colours begin at a value and go up"),
    }
}

fn singlestat(display: &mut Display<'_>, panel: &mut Fields<'_>, notes: &mut Notes) {
    let place = panel.place().to_owned();
    display.unit(panel.text("format"), &place, notes);
    display.decimals(panel.number("decimals"));
    display.reduce(panel.text("valueName"), &place, notes);
    if let Some(mut gauge) = panel.object("gauge", Kind::Gauge) {
        let (min, max) = (gauge.number("minValue"), gauge.number("maxValue"));
        if gauge.flag("show") {
            display.panel.kind = PanelKind::Gauge;
            (display.panel.min, display.panel.max) = (min, max);
        }
        gauge.finish(notes);
    }
    affixes(display, panel, notes);
    let colours: Vec<&str> = panel.list("colors").iter().filter_map(Value::as_str).collect();
    let values = panel.text("thresholds").split(',').map(str::trim).filter(|text| !text.is_empty());
    let values: Vec<_> = values.map(|text| text.parse::<f64>().ok()).collect();
    if !values.is_empty() {
        let colour = |at: usize| colours.get(at).copied().unwrap_or("gray");
        display.threshold(None, colour(0), &place, notes);
        for (at, value) in values.into_iter().enumerate() {
            match value {
                Some(value) => display.threshold(Some(value), colour(at + 1), &place, notes),
                None => notes.add(&place, "a threshold that is no number", "it is left out"),
            }
        }
    }
    // 1 puts the texts for values into effect, 2 those for ranges.
    let mapping = panel.number("mappingType");
    panel.get("mappingTypes");
    let (values, ranges) = (panel.list("valueMaps"), panel.list("rangeMaps"));
    let text =
        |map: &'_ Value, key| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    for map in values.iter().filter(|_| mapping != Some(2.0)) {
        display.mapping(&text(map, "value"), &text(map, "text"), "", &place, notes);
    }
    for map in ranges.iter().filter(|_| mapping != Some(1.0)) {
        let value = range(&text(map, "from"), &text(map, "to"));
        display.mapping(&value, &text(map, "text"), "", &place, notes);
    }
    // Texts for nothing stand in both lists.
    let mut seen = std::collections::BTreeSet::new();
    display.panel.mappings.retain(|mapping| seen.insert(mapping.value.clone()));
}

/// Words before and after the value: one after it is a unit, where there is none.
fn affixes(display: &mut Display<'_>, panel: &mut Fields<'_>, notes: &mut Notes) {
    let (prefix, postfix) = (panel.text("prefix"), panel.text("postfix"));
    let has_unit = !["none", "short"].contains(&display.panel.unit.as_str());
    if !postfix.is_empty() && !has_unit {
        display.panel.unit = excerpt(postfix, crate::check::NAME_CHARACTERS_MAX - 1);
    } else if !postfix.is_empty() {
        let what = format!("“{}” after the value", excerpt(postfix, 60));
        notes.add(panel.place(), what, "its unit stands there");
    }
    if !prefix.is_empty() {
        let what = format!("“{}” before the value", excerpt(prefix, 60));
        notes.add(panel.place(), what, "nothing stands before a value; put it in the title");
    }
}

fn heat_map(display: &mut Display<'_>, panel: &mut Fields<'_>, notes: &mut Notes) {
    panel.get("legend");
    if let Some(mut axis) = panel.object("yAxis", Kind::Axis) {
        display.unit(axis.text("format"), panel.place(), notes);
        display.decimals(axis.number("decimals"));
        (display.panel.min, display.panel.max) = (axis.number("min"), axis.number("max"));
        axis.finish(notes);
    }
}

fn pie(display: &mut Display<'_>, panel: &mut Fields<'_>, notes: &mut Notes) {
    display.unit(panel.text("format"), panel.place(), notes);
    display.reduce(panel.text("valueName"), panel.place(), notes);
    display.decimals(panel.number("decimals"));
    for key in ["pieType", "legend", "legendType", "combine", "strokeWidth", "links", "breakPoint"]
    {
        panel.get(key);
    }
    if let Some(maps) = panel.get("mappings") {
        mappings(display, maps, panel.place(), notes);
    }
}
