//! Panels: their place, what they ask, and how they show it.

use std::collections::BTreeSet;

use super::{
    Found, HEIGHT_MAX, LINE_CHARACTERS_MAX, LINKS_MAX, MAPPINGS_MAX, NAME_CHARACTERS_MAX,
    QUERIES_MAX, QUERY_CHARACTERS_MAX, ROWS_MAX, TEXT_CHARACTERS_MAX, THRESHOLDS_MAX,
};
use crate::document::{COLUMNS, Filter, Grid, Link, Panel, Variable};
use crate::palette::{COLOURS, is_colour};
use crate::problem::excerpt;
use crate::substitute::Checker;

const SEVERITIES: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];

/// Checks one panel.
pub(super) fn check(
    panel: &Panel,
    variables: &[Variable],
    place: &str,
    checker: &mut Checker<'_>,
    found: &mut Found,
) {
    found.line(format!("{place}/title"), &panel.title, 0, LINE_CHARACTERS_MAX);
    found.line(format!("{place}/description"), &panel.description, 0, TEXT_CHARACTERS_MAX);
    grid(panel.grid, place, found);
    queries(panel, place, checker, found);
    looks(panel, place, found);
    if let Some(repeat) = &panel.repeat
        && !variables.iter().any(|variable| variable.name == *repeat)
    {
        found.add(
            format!("{place}/repeat"),
            format!("`{}`", excerpt(repeat, 40)),
            "the name of a variable of this dashboard",
            "add the variable, or do not repeat the panel",
        );
    }
    found.list(format!("{place}/links"), "links", panel.links.len(), LINKS_MAX);
    for (at, one) in panel.links.iter().take(LINKS_MAX).enumerate() {
        link(one, &format!("{place}/links/{at}"), found);
    }
    found.line(format!("{place}/text"), &panel.text, 0, TEXT_CHARACTERS_MAX);
    filter(&panel.filter, &format!("{place}/filter"), found);
}

fn grid(grid: Grid, place: &str, found: &mut Found) {
    let place = format!("{place}/grid");
    let fits = |start: u32, size: u32, end: u32| {
        size > 0 && start.checked_add(size).is_some_and(|sum| sum <= end)
    };
    if !fits(grid.x, grid.w, COLUMNS) {
        found.add(
            &place,
            format!("columns {} and {} more", grid.x, grid.w),
            format!("at least 1 column, within {COLUMNS}"),
            "move the panel to the left, or make it narrower",
        );
    }
    if grid.h > HEIGHT_MAX || !fits(grid.y, grid.h, ROWS_MAX) {
        found.add(
            &place,
            format!("{} cells high from cell {}", grid.h, grid.y),
            format!("1 to {HEIGHT_MAX} cells high, within {ROWS_MAX}"),
            "move the panel up, or make it lower",
        );
    }
}

fn queries(panel: &Panel, place: &str, checker: &mut Checker<'_>, found: &mut Found) {
    let place = format!("{place}/queries");
    if !panel.kind.asks() && !panel.queries.is_empty() {
        let hint = "take the queries out, or change the panel's type";
        return found.add(&place, "queries", "none in a panel of this type", hint);
    }
    found.list(&place, "queries", panel.queries.len(), QUERIES_MAX);
    let mut references = BTreeSet::new();
    for (at, query) in panel.queries.iter().take(QUERIES_MAX).enumerate() {
        let place = format!("{place}/{at}");
        let reference = query.reference.as_str();
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let is_ref =
            (1..=NAME_CHARACTERS_MAX).contains(&reference.len()) && reference.chars().all(is_word);
        if !is_ref || !references.insert(reference) {
            found.add(
                format!("{place}/ref"),
                format!("`{}`", excerpt(reference, 40)),
                "letters and digits, as A, that no other query of the panel has",
                "give the query a letter of its own",
            );
        }
        found.line(format!("{place}/legend"), &query.legend, 0, LINE_CHARACTERS_MAX);
        found.line(format!("{place}/promql"), &query.promql, 1, QUERY_CHARACTERS_MAX);
        if query.promql.trim().is_empty() || query.promql.len() > QUERY_CHARACTERS_MAX {
            continue;
        }
        if let Err(mistake) = checker.query(&query.promql) {
            let title = excerpt(&panel.title, 60);
            let of = format!("query {} of panel {} “{title}”", excerpt(reference, 40), panel.id);
            found.query(format!("{place}/promql"), of, &mistake);
        }
    }
}

fn looks(panel: &Panel, place: &str, found: &mut Found) {
    found.line(format!("{place}/unit"), &panel.unit, 0, NAME_CHARACTERS_MAX);
    if panel.decimals.is_some_and(|decimals| decimals > 10) {
        let hint = "show fewer digits";
        found.add(format!("{place}/decimals"), "more than 10", "0 to 10 digits", hint);
    }
    if let (Some(min), Some(max)) = (panel.min, panel.max)
        && min >= max
    {
        let hint = "swap them, or leave one to the data";
        found.add(format!("{place}/max"), format!("{max}"), format!("more than min, {min}"), hint);
    }
    if !(0.0..=1.0).contains(&panel.fill) {
        let hint = "write a share: 0 is empty, 1 is full";
        found.add(format!("{place}/fill"), format!("{}", panel.fill), "0 to 1", hint);
    }
    if panel.line_width > 10 {
        let hint = "make the line thinner";
        let width = format!("{} pixels", panel.line_width);
        found.add(format!("{place}/line_width"), width, "0 to 10 pixels", hint);
    }
    thresholds(panel, &format!("{place}/thresholds"), found);
    found.list(format!("{place}/mappings"), "mappings", panel.mappings.len(), MAPPINGS_MAX);
    for (at, mapping) in panel.mappings.iter().take(MAPPINGS_MAX).enumerate() {
        let place = format!("{place}/mappings/{at}");
        found.line(format!("{place}/value"), &mapping.value, 1, LINE_CHARACTERS_MAX);
        found.line(format!("{place}/text"), &mapping.text, 0, LINE_CHARACTERS_MAX);
        if let Some(name) = &mapping.color {
            colour(name, format!("{place}/color"), found);
        }
    }
}

fn thresholds(panel: &Panel, place: &str, found: &mut Found) {
    found.list(place, "thresholds", panel.thresholds.len(), THRESHOLDS_MAX);
    let mut before: Option<f64> = None;
    for (at, threshold) in panel.thresholds.iter().take(THRESHOLDS_MAX).enumerate() {
        let is_ordered = match threshold.value {
            None => at == 0,
            Some(value) => before.is_none_or(|before| before < value),
        };
        if !is_ordered {
            found.add(
                format!("{place}/{at}/value"),
                threshold.value.map_or("null".into(), |value| value.to_string()),
                "null for the first only, then values from low to high",
                "sort the thresholds",
            );
        }
        before = threshold.value.or(before);
        colour(&threshold.color, format!("{place}/{at}/color"), found);
    }
}

fn colour(name: &str, place: String, found: &mut Found) {
    if !is_colour(name) {
        found.add(
            place,
            format!("`{}`", excerpt(name, 40)),
            format!("{}, or # and 3, 4, 6 or 8 hex digits", COLOURS.join(", ")),
            "choose one of these colours",
        );
    }
}

fn link(link: &Link, place: &str, found: &mut Found) {
    found.line(format!("{place}/title"), &link.title, 0, LINE_CHARACTERS_MAX);
    found.line(format!("{place}/url"), &link.url, 1, LINE_CHARACTERS_MAX);
    if !link.url.trim().is_empty() && !is_address(&link.url) {
        found.add(
            format!("{place}/url"),
            format!("`{}`", excerpt(&link.url, 80)),
            "an address that begins with https://, http:// or one /",
            "write the whole address",
        );
    }
}

/// Whether a browser stays with the web when it follows this: no script, no other program.
pub(crate) fn is_address(url: &str) -> bool {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let is_path = url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\");
    let is_web = lower.starts_with("https://") || lower.starts_with("http://");
    (is_path || is_web) && !url.chars().any(char::is_control)
}

fn filter(filter: &Filter, place: &str, found: &mut Found) {
    found.line(format!("{place}/service"), &filter.service, 0, LINE_CHARACTERS_MAX);
    found.line(format!("{place}/search"), &filter.search, 0, LINE_CHARACTERS_MAX);
    let severity = filter.severity.as_str();
    if !severity.is_empty() && !SEVERITIES.contains(&severity) {
        found.add(
            format!("{place}/severity"),
            format!("`{}`", excerpt(severity, 40)),
            SEVERITIES.join(", "),
            "choose one of these, or none",
        );
    }
    if filter.min_duration_ms.is_some_and(|least| least < 0.0) {
        let hint = "write 0 for any duration";
        found.add(format!("{place}/min_duration_ms"), "less than 0", "0 or more", hint);
    }
}
