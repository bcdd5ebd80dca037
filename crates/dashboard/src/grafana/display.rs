//! How values are shown: `fieldConfig` and `options` of Grafana since 7.

use serde_json::Value;

use super::colours::colour;
use super::fields::{Fields, Kind, is_nothing, named, number_of};
use super::notes::Notes;
use crate::UNITS;
use crate::check::{
    LINE_CHARACTERS_MAX, MAPPINGS_MAX, NAME_CHARACTERS_MAX, TEXT_CHARACTERS_MAX, THRESHOLDS_MAX,
};
use crate::document::{Legend, Mapping, Panel, PanelKind, Reduce, Stack, Threshold};
use crate::problem::excerpt;

/// A panel whose looks are being read.
pub(super) struct Display<'p> {
    pub(super) panel: &'p mut Panel,
    /// Whether thresholds are shares of the scale.
    pub(super) in_percent: bool,
}

/// Reads `fieldConfig` and `options`; gives the overrides, which need all else.
pub(super) fn import<'v>(
    display: &mut Display<'_>,
    panel: &mut Fields<'v>,
    notes: &mut Notes,
) -> &'v [Value] {
    if let Some(options) = panel.object("options", Kind::Options) {
        self::options(display, options, notes);
    }
    let Some(mut config) = panel.object("fieldConfig", Kind::FieldConfig) else { return &[] };
    if let Some(fields) = config.object("defaults", Kind::Defaults) {
        defaults(display, fields, notes);
    }
    let overrides = config.list("overrides");
    config.finish(notes);
    overrides
}

impl<'p> Display<'p> {
    pub(super) fn new(panel: &'p mut Panel) -> Self {
        Self { panel, in_percent: false }
    }

    /// Sets the unit; Grafana's own ways of writing a text after or before a value are known.
    pub(super) fn unit(&mut self, unit: &str, place: &str, notes: &mut Notes) {
        let unit = unit.trim();
        if unit.is_empty() {
            return;
        }
        let (shown, is_known) = match (unit.strip_prefix("suffix:"), unit.strip_prefix("prefix:")) {
            (Some(suffix), _) => (suffix, true),
            (_, Some(prefix)) => (prefix, false),
            _ => (unit, UNITS.contains(&unit)),
        };
        self.panel.unit = shown.chars().take(NAME_CHARACTERS_MAX).collect();
        if !is_known {
            let what = format!("the unit `{}`", excerpt(unit, 60));
            notes.add(place, what, "its name is shown after each value");
        }
    }

    pub(super) fn decimals(&mut self, decimals: Option<f64>) {
        self.panel.decimals = decimals.map(|count| count.clamp(0.0, 10.0) as u8);
    }

    /// Adds a threshold.
    pub(super) fn threshold(
        &mut self,
        value: Option<f64>,
        name: &str,
        place: &str,
        notes: &mut Notes,
    ) {
        let color = colour_or(name, "gray", place, notes);
        self.panel.thresholds.push(Threshold { value, color });
    }

    /// Adds what a value is shown as.
    pub(super) fn mapping(
        &mut self,
        value: &str,
        text: &str,
        name: &str,
        place: &str,
        notes: &mut Notes,
    ) {
        let value = value.trim();
        let lengths = [value, text].map(|text| text.chars().count());
        if value.is_empty() || lengths.iter().any(|length| *length > LINE_CHARACTERS_MAX) {
            let what = format!("the text for `{}`", excerpt(value, 60));
            return notes.add(place, what, "a mapping needs a value, and both are short");
        }
        let color = match name {
            "" => None,
            name => Some(colour_or(name, "gray", place, notes)),
        };
        self.panel.mappings.push(Mapping { value: value.into(), text: text.into(), color });
    }

    /// Sets how one value is made of many, by Grafana's name for it.
    pub(super) fn reduce(&mut self, name: &str, place: &str, notes: &mut Notes) {
        self.panel.reduce = match name {
            "" | "last" | "lastNotNull" | "current" => Reduce::Last,
            "mean" | "avg" => Reduce::Mean,
            "min" => Reduce::Min,
            "max" => Reduce::Max,
            "sum" | "total" => Reduce::Sum,
            "first" | "firstNotNull" => Reduce::First,
            "count" => Reduce::Count,
            other => {
                let what = format!("the reduction {}", excerpt(other, 60));
                notes.add(place, what, "the last value is shown");
                Reduce::Last
            }
        };
    }

    /// Brings in order what was read in any.
    pub(super) fn finish(self, place: &str, notes: &mut Notes) {
        let panel = self.panel;
        if let (Some(min), Some(max)) = (panel.min, panel.max)
            && min >= max
        {
            notes.add(place, format!("the scale from {min} to {max}"), "it is taken from the data");
            (panel.min, panel.max) = (None, None);
        }
        if self.in_percent {
            let (min, max) = (panel.min.unwrap_or(0.0), panel.max.unwrap_or(100.0));
            for value in panel.thresholds.iter_mut().filter_map(|t| t.value.as_mut()) {
                *value = min + (max - min) * *value / 100.0;
            }
            if panel.thresholds.len() > 1 && (panel.min.is_none() || panel.max.is_none()) {
                let why = format!("they are values, as if the scale were {min} to {max}");
                notes.add(place, "thresholds in percent of the data", why);
            }
        }
        panel.thresholds.retain(|one| one.value.is_none_or(f64::is_finite));
        let key = |threshold: &Threshold| threshold.value.unwrap_or(f64::NEG_INFINITY);
        panel.thresholds.sort_by(|a, b| key(a).total_cmp(&key(b)));
        let count = panel.thresholds.len();
        panel.thresholds.dedup_by(|a, b| a.value == b.value);
        if panel.thresholds.len() < count {
            notes.add(place, "thresholds of the same value", "the first one is kept");
        }
        notes.cut(place, "thresholds", &mut panel.thresholds, THRESHOLDS_MAX);
        notes.cut(place, "mappings", &mut panel.mappings, MAPPINGS_MAX);
        panel.fill = panel.fill.clamp(0.0, 1.0);
    }
}

/// A colour of ours, or another where it is not known.
fn colour_or(name: &str, other: &str, place: &str, notes: &mut Notes) -> String {
    colour(name).unwrap_or_else(|| {
        notes.add(place, format!("the colour `{}`", excerpt(name, 60)), format!("it is {other}"));
        other.to_owned()
    })
}

fn defaults(display: &mut Display<'_>, mut fields: Fields<'_>, notes: &mut Notes) {
    let place = fields.place().to_owned();
    display.unit(fields.text("unit"), &place, notes);
    if let Some(decimals) = fields.number("decimals") {
        display.decimals(Some(decimals));
    }
    display.panel.min = fields.number("min").or(display.panel.min);
    display.panel.max = fields.number("max").or(display.panel.max);
    name_series(display, fields.text("displayName"), &place, notes);
    if let Some(thresholds) = fields.object("thresholds", Kind::Thresholds) {
        self::thresholds(display, thresholds, notes);
    }
    if let Some(value) = fields.get("mappings") {
        mappings(display, value, &place, notes);
    }
    if let Some(custom) = fields.object("custom", Kind::Custom) {
        self::custom(display, custom, notes);
    }
    fields.finish(notes);
}

/// One name for all series is the legend of every query that has none, or of the only one.
fn name_series(display: &mut Display<'_>, name: &str, place: &str, notes: &mut Notes) {
    if name.is_empty() {
        return;
    }
    match legend(name) {
        Some(legend) => {
            // It replaces whatever a query says.
            for query in &mut display.panel.queries {
                query.legend.clone_from(&legend);
            }
        }
        None => {
            let what = format!("the name of series `{}`", excerpt(name, 60));
            notes.add(place, what, "the legends of the queries name them");
        }
    }
}

/// A name of Grafana's for a series as a legend: `${__field.labels.job}` is `{{job}}`.
pub(super) fn legend(name: &str) -> Option<String> {
    let mut legend = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("${__") {
        legend.push_str(before);
        let (inner, after) = after.split_once('}')?;
        let label = inner.strip_prefix("field.labels")?;
        let label =
            label.trim_start_matches(['.', '[', '"', '\'']).trim_end_matches([']', '"', '\'']);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if label.is_empty() || !label.chars().all(is_word) {
            return None;
        }
        legend.push_str(&format!("{{{{{label}}}}}"));
        rest = after;
    }
    legend.push_str(rest);
    let is_short = legend.chars().count() <= LINE_CHARACTERS_MAX;
    (is_short && !legend.contains("$__")).then_some(legend)
}

fn thresholds(display: &mut Display<'_>, mut fields: Fields<'_>, notes: &mut Notes) {
    display.in_percent = fields.text("mode") == "percentage";
    let steps = fields.list("steps");
    if !steps.is_empty() {
        display.panel.thresholds.clear();
    }
    let place = fields.place().to_owned();
    for step in steps {
        let name = step.get("color").and_then(Value::as_str).unwrap_or_default();
        let value = step.get("value").filter(|value| !value.is_null()).map(number_of);
        match value {
            // Since Grafana 12 the lowest is left out instead of null.
            None => display.threshold(None, name, &place, notes),
            Some(Some(value)) => display.threshold(Some(value), name, &place, notes),
            Some(None) => notes.add(&place, named("threshold", step), "its value is no number"),
        }
    }
    fields.finish(notes);
}

/// Mappings: objects by type since Grafana 8, flat ones before.
pub(super) fn mappings(display: &mut Display<'_>, value: &Value, place: &str, notes: &mut Notes) {
    let Some(list) = value.as_array() else {
        return notes.add(place, named("mappings", value), "they are no list");
    };
    for mapping in list {
        let text = |value: &Value, key: &str| match value.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(value @ Value::Number(_)) => value.to_string(),
            _ => String::new(),
        };
        let options = mapping.get("options").unwrap_or(&Value::Null);
        match text(mapping, "type").as_str() {
            "value" => {
                let Some(options) = options.as_object() else { continue };
                for (value, result) in options {
                    let (shown, color) = (text(result, "text"), text(result, "color"));
                    display.mapping(value, &shown, &color, place, notes);
                }
            }
            "special" => {
                let result = options.get("result").unwrap_or(&Value::Null);
                let (shown, color) = (text(result, "text"), text(result, "color"));
                for value in special(&text(options, "match")) {
                    display.mapping(value, &shown, &color, place, notes);
                }
                if special(&text(options, "match")).is_empty() {
                    notes.add(place, named("mappings", mapping), "only null and nan are special");
                }
            }
            "range" => {
                let result = options.get("result").unwrap_or(&Value::Null);
                let (shown, color) = (text(result, "text"), text(result, "color"));
                let value = range(&text(options, "from"), &text(options, "to"));
                display.mapping(&value, &shown, &color, place, notes);
            }
            "1" => {
                let (value, shown) = (text(mapping, "value"), text(mapping, "text"));
                display.mapping(&value, &shown, "", place, notes);
            }
            "2" => {
                let value = range(&text(mapping, "from"), &text(mapping, "to"));
                display.mapping(&value, &text(mapping, "text"), "", place, notes);
            }
            _ if is_nothing(mapping) => {}
            _ => {
                let what = named("mappings", mapping);
                notes.add(place, what, "only values and ranges are shown as texts");
            }
        }
    }
}

/// The values of a special mapping, as a document writes them.
fn special(name: &str) -> &'static [&'static str] {
    match name {
        "null" => &["null"],
        "nan" => &["nan"],
        "null+nan" => &["null", "nan"],
        _ => &[],
    }
}

/// Two ends as a document writes a range; empty where neither is a number.
pub(super) fn range(from: &str, to: &str) -> String {
    let end = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    match (end(from), end(to)) {
        (None, None) if from == "null" && to == "null" => "null".into(),
        (None, None) => String::new(),
        (from, to) => {
            let text = |end: Option<f64>| end.map(|number| number.to_string()).unwrap_or_default();
            format!("{}..{}", text(from), text(to))
        }
    }
}

fn custom(display: &mut Display<'_>, mut fields: Fields<'_>, notes: &mut Notes) {
    if let Some(opacity) = fields.number("fillOpacity") {
        display.panel.fill = opacity / 100.0;
    }
    if let Some(width) = fields.number("lineWidth") {
        display.panel.line_width = width.clamp(0.0, 10.0) as u8;
    }
    if let Some(stacking) = fields.get("stacking") {
        match stacking.get("mode").and_then(Value::as_str).unwrap_or("none") {
            "none" => {}
            "normal" => display.panel.stack = Stack::Normal,
            "percent" => display.panel.stack = Stack::Percent,
            other => {
                let what = format!("stacking {}", excerpt(other, 60));
                notes.add(fields.place(), what, "series are not stacked");
            }
        }
        let group = stacking.get("group").and_then(Value::as_str).unwrap_or_default();
        if !["", "A"].contains(&group) {
            let what = format!("the stacking group {}", excerpt(group, 60));
            notes.add(fields.place(), what, "there is one stack in a panel");
        }
    }
    fields.finish(notes);
}

fn options(display: &mut Display<'_>, mut fields: Fields<'_>, notes: &mut Notes) {
    let place = fields.place().to_owned();
    if let Some(legend) = fields.object("legend", Kind::Legend) {
        self::legend_of(display, legend, notes);
    }
    if let Some(mut reduce) = fields.object("reduceOptions", Kind::Reduce) {
        reductions(display, reduce.list("calcs"), &place, notes);
        reduce.finish(notes);
    }
    // Gauges and bars of Grafana 6.
    if let Some(mut older) = fields.object("fieldOptions", Kind::FieldConfig) {
        reductions(display, older.list("calcs"), &place, notes);
        if let Some(defaults) = older.object("defaults", Kind::Defaults) {
            self::defaults(display, defaults, notes);
        }
        for override_of in ["override", "overrides", "values"] {
            if let Some(value) = older.get(override_of).filter(|value| !is_nothing(value)) {
                notes.add(&place, named(override_of, value), "all series are shown alike");
            }
        }
        older.finish(notes);
    }
    if display.panel.kind == PanelKind::Text {
        let text = fields.line("content", TEXT_CHARACTERS_MAX, notes);
        if !text.is_empty() {
            display.panel.text = text;
        }
    }
    if display.panel.kind == PanelKind::HeatMap
        && let Some(mut axis) = fields.object("yAxis", Kind::Axis)
    {
        display.unit(axis.text("unit"), &place, notes);
        display.decimals(axis.number("decimals"));
        (display.panel.min, display.panel.max) = (axis.number("min"), axis.number("max"));
        axis.finish(notes);
    }
    fields.finish(notes);
}

fn reductions(display: &mut Display<'_>, calcs: &[Value], place: &str, notes: &mut Notes) {
    let mut names = calcs.iter().filter_map(Value::as_str);
    if let Some(first) = names.next() {
        display.reduce(first, place, notes);
    }
    for other in names {
        let what = format!("the reduction {}", excerpt(other, 60));
        notes.add(place, what, "one value is shown for each series");
    }
}

/// The list of series; with figures it is a table.
fn legend_of(display: &mut Display<'_>, mut fields: Fields<'_>, notes: &mut Notes) {
    let mode = fields.text("displayMode");
    let is_hidden = fields.peek("showLegend").is_some_and(|shown| *shown == false);
    let calcs = fields.list("calcs");
    display.panel.legend = match mode {
        _ if is_hidden => Legend::Hidden,
        "hidden" => Legend::Hidden,
        "table" => Legend::Table,
        _ if !calcs.is_empty() => Legend::Table,
        _ => Legend::List,
    };
    for calc in calcs.iter().filter_map(Value::as_str) {
        let shown = ["last", "lastNotNull", "mean", "min", "max"];
        if !shown.contains(&calc) && display.panel.legend == Legend::Table {
            let what = format!("the figure {} of the legend", excerpt(calc, 60));
            notes.add(
                fields.place(),
                what,
                "the table has the last, mean, least and largest value",
            );
        }
    }
    fields.finish(notes);
}
