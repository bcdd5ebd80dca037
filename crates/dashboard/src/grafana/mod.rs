//! Grafana's dashboards: the exported model, from the rows of 2014 to the panels of today.
//!
//! Every object is read through [`fields::Fields`], which remembers what was taken. What nobody
//! took is harmless by the table in `ignored.rs`, or it is noted: nothing is lost in silence, not
//! even a field that did not exist when this was written. Facts about the model: Grafana's
//! documentation of its JSON model and of its panels.

mod colours;
mod datasource;
mod display;
mod fields;
mod ignored;
mod layout;
mod notes;
mod older;
mod overrides;
mod panel;
mod queries;
#[cfg(test)]
mod tests;
mod variables;

use serde_json::Value;

use self::datasource::Sources;
use self::fields::{Fields, Kind};
use self::notes::Notes;
pub use self::notes::{Imported, Note};
use crate::check::{LINE_CHARACTERS_MAX, NAME_CHARACTERS_MAX, TAGS_MAX, TEXT_CHARACTERS_MAX};
use crate::check::{check, is_time};
use crate::document::{Dashboard, TimeRange};
use crate::problem::Problem;
use crate::read::{no_json, too_large};
use crate::{DOCUMENT_BYTES_MAX, GRAFANA_BYTES_MAX};

/// Reads a dashboard that Grafana exported: the model alone, or within `{"dashboard": …}` or a
/// resource of version 1. What it gives is valid; what could not be taken over is in its notes.
pub fn import_grafana(json: &[u8]) -> Result<Imported, Problem> {
    if json.len() > GRAFANA_BYTES_MAX {
        return Err(too_large(json.len(), GRAFANA_BYTES_MAX));
    }
    let value: Value = serde_json::from_slice(json).map_err(|error| no_json(&error))?;
    let mut notes = Notes::default();
    let dashboard = import(model(&value)?, &mut notes)?;
    if let Some(problem) = check(&dashboard, 1).into_iter().next() {
        return Err(problem);
    }
    let bytes = dashboard.to_json().len();
    if bytes > DOCUMENT_BYTES_MAX {
        return Err(too_large(bytes, DOCUMENT_BYTES_MAX));
    }
    Ok(Imported { dashboard, notes: notes.into_list() })
}

/// The model within what was given: around it stands where Grafana kept it, not what it shows.
fn model(value: &Value) -> Result<&Value, Problem> {
    let is_model = |value: &Value| {
        ["panels", "rows", "schemaVersion", "templating"].iter().any(|key| value.get(key).is_some())
    };
    let hint = "export the dashboard as JSON in Grafana, in its classic model, and give that file";
    if value.pointer("/spec/elements").is_some() || value.get("elements").is_some() {
        let found = "a dashboard resource of version 2";
        return Err(Problem::new("", found, "the model with `panels`", hint));
    }
    [Some(value), value.get("dashboard"), value.get("spec")]
        .into_iter()
        .flatten()
        .find(|value| is_model(value))
        .ok_or_else(|| {
            let found = "no `panels`, no `rows` and no `schemaVersion`";
            Problem::new("", found, "a dashboard that Grafana exported", hint)
        })
}

fn import(model: &Value, notes: &mut Notes) -> Result<Dashboard, Problem> {
    let Some(mut fields) = Fields::new(model, Kind::Dashboard, "dashboard") else {
        return Err(Problem::new("", "no object", "a JSON object", "export the dashboard again"));
    };
    let title = fields.line("title", LINE_CHARACTERS_MAX, notes);
    let mut dashboard = Dashboard {
        title: if title.is_empty() { "Imported dashboard".into() } else { title },
        description: fields.line("description", TEXT_CHARACTERS_MAX, notes),
        ..Dashboard::default()
    };
    for tag in fields.list("tags") {
        match tag.as_str().map(str::trim) {
            Some(tag) if (1..=NAME_CHARACTERS_MAX).contains(&tag.len()) => {
                dashboard.tags.push(tag.to_owned());
            }
            _ => notes.add("dashboard", format!("the tag {tag}"), "tags are short texts"),
        }
    }
    notes.cut("dashboard", "tags", &mut dashboard.tags, TAGS_MAX);
    if let Some(time) = fields.object("time", Kind::Time) {
        dashboard.time = time_range(time, notes);
    }
    dashboard.refresh_seconds = refresh(&mut fields, notes);
    let templating = fields.object("templating", Kind::Templating);
    let inputs = fields.list("__inputs");
    let elements = fields.get("__elements");
    let mut templating = templating;
    let list = templating.as_mut().map(|fields| fields.list("list")).unwrap_or_default();
    let sources = Sources::new(inputs, list, elements);
    dashboard.variables = variables::import(list, &sources, notes);
    if let Some(fields) = templating {
        fields.finish(notes);
    }
    annotations(&mut fields, notes);
    for link in fields.list("links") {
        let title = link.get("title").and_then(Value::as_str).unwrap_or_default();
        let what = format!("the link “{}”", crate::problem::excerpt(title, 60));
        notes.add("dashboard", what, "only panels have links here");
    }
    dashboard.panels = layout::import(&mut fields, &dashboard.variables, &sources, notes);
    fields.finish(notes);
    Ok(dashboard)
}

fn time_range(mut fields: Fields<'_>, notes: &mut Notes) -> TimeRange {
    let default = TimeRange::default();
    let mut end = |key, default: &str, notes: &mut Notes| {
        let text = fields.text(key);
        let time = match text.strip_prefix("now") {
            Some("") => "now",
            Some(ago) => ago,
            None => text,
        };
        if is_time(time) {
            return time.to_owned();
        }
        if !text.is_empty() {
            let why = format!("no rounded or other time can be shown first; it is {default}");
            notes.add("dashboard", format!("the time {key} `{text}`"), why);
        }
        default.to_owned()
    };
    let range =
        TimeRange { from: end("from", &default.from, notes), to: end("to", &default.to, notes) };
    fields.finish(notes);
    range
}

/// `30s`, `1m`, `1h`, an empty text, or false.
fn refresh(fields: &mut Fields<'_>, notes: &mut Notes) -> u32 {
    let text = fields.text("refresh");
    let (digits, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => 0,
    };
    let refresh = digits.parse::<u32>().ok().and_then(|count| count.checked_mul(seconds));
    match refresh {
        Some(refresh @ 1..=crate::check::REFRESH_SECONDS_MAX) => refresh,
        _ => {
            if !text.is_empty() {
                let why = "only a number of seconds, minutes or hours is known; it is off";
                notes.add("dashboard", format!("the refresh `{text}`"), why);
            }
            0
        }
    }
}

fn annotations(fields: &mut Fields<'_>, notes: &mut Notes) {
    let Some(mut annotations) = fields.object("annotations", Kind::Annotations) else { return };
    for annotation in annotations.list("list") {
        // Every dashboard has Grafana's own, whose events live in Grafana.
        if annotation.get("builtIn").is_some_and(|own| *own == 1 || *own == true) {
            continue;
        }
        let name = annotation.get("name").and_then(Value::as_str).unwrap_or_default();
        let what = format!("the annotations “{}”", crate::problem::excerpt(name, 60));
        notes.add("dashboard", what, "events are not drawn over panels");
    }
    annotations.finish(notes);
}
