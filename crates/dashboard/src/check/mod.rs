//! What a document means, beyond its shape: bounds, unique names, places on the grid, and queries.
//!
//! Invariant: whatever passes here is bounded in every list and text, so that nobody behind has to
//! ask.

pub(crate) mod panel;
mod time;
mod variable;

use std::fmt::Display;

use crate::document::{Dashboard, SCHEMA};
use crate::problem::{Problem, excerpt};
use crate::substitute::{Checker, Mistake};

pub(crate) use time::{is_duration, is_time};
pub(crate) use variable::is_name;

/// Most panels of a dashboard.
pub(crate) const PANELS_MAX: usize = 500;
/// Most variables of a dashboard.
pub(crate) const VARIABLES_MAX: usize = 50;
/// Most queries of a panel.
pub(crate) const QUERIES_MAX: usize = 20;
/// Most choices, and most values chosen first, of a variable.
pub(crate) const CHOICES_MAX: usize = 500;
/// Most tags.
pub(crate) const TAGS_MAX: usize = 20;
/// Most thresholds of a panel.
pub(crate) const THRESHOLDS_MAX: usize = 20;
/// Most mappings of a panel.
pub(crate) const MAPPINGS_MAX: usize = 100;
/// Most links of a panel.
pub(crate) const LINKS_MAX: usize = 20;
/// Lowest cell of the grid.
pub(crate) const ROWS_MAX: u32 = 10_000;
/// Highest panel, cells.
pub(crate) const HEIGHT_MAX: u32 = 200;
/// Most seconds between refreshes: a day.
pub(crate) const REFRESH_SECONDS_MAX: u32 = 86_400;
/// Longest query, characters.
pub(crate) const QUERY_CHARACTERS_MAX: usize = 10_000;
/// Longest text of a text panel, and longest description, characters.
pub(crate) const TEXT_CHARACTERS_MAX: usize = 50_000;
/// Longest title, label, value, legend or address, characters.
pub(crate) const LINE_CHARACTERS_MAX: usize = 1_000;
/// Longest name, tag or unit, characters.
pub(crate) const NAME_CHARACTERS_MAX: usize = 100;

/// What is wrong with a document, at most so many problems, in the order of its fields.
pub(crate) fn check(dashboard: &Dashboard, problems_max: usize) -> Vec<Problem> {
    let mut found = Found { problems: Vec::new(), problems_max };
    let mut checker = Checker::new(&dashboard.variables);
    heading(dashboard, &mut found);
    found.list("/variables", "variables", dashboard.variables.len(), VARIABLES_MAX);
    for (at, variable) in dashboard.variables.iter().take(VARIABLES_MAX).enumerate() {
        let before = &dashboard.variables[..at];
        variable::check(variable, before, &format!("/variables/{at}"), &mut checker, &mut found);
    }
    variable::check_order(&dashboard.variables, &mut found);
    found.list("/panels", "panels", dashboard.panels.len(), PANELS_MAX);
    let mut ids = std::collections::BTreeSet::new();
    for (at, panel) in dashboard.panels.iter().take(PANELS_MAX).enumerate() {
        let place = format!("/panels/{at}");
        if panel.id == 0 || !ids.insert(panel.id) {
            found.add(
                format!("{place}/id"),
                format!("the id {}", panel.id),
                "a number from 1 that no other panel has",
                "give the panel a number of its own",
            );
        }
        panel::check(panel, &dashboard.variables, &place, &mut checker, &mut found);
    }
    found.problems
}

fn heading(dashboard: &Dashboard, found: &mut Found) {
    if dashboard.schema != SCHEMA {
        found.add(
            "/schema",
            format!("schema {}", dashboard.schema),
            format!("schema {SCHEMA}"),
            "save the dashboard with a version of the server that knows this schema",
        );
    }
    found.line("/title", &dashboard.title, 1, LINE_CHARACTERS_MAX);
    found.line("/description", &dashboard.description, 0, TEXT_CHARACTERS_MAX);
    found.list("/tags", "tags", dashboard.tags.len(), TAGS_MAX);
    for (at, tag) in dashboard.tags.iter().take(TAGS_MAX).enumerate() {
        found.line(format!("/tags/{at}"), tag, 1, NAME_CHARACTERS_MAX);
    }
    for (name, time) in [("from", &dashboard.time.from), ("to", &dashboard.time.to)] {
        if !is_time(time) {
            found.add(
                format!("/time/{name}"),
                format!("`{}`", excerpt(time, 40)),
                "now, a time before now as -6h, or an RFC 3339 time",
                "write the time in one of these forms",
            );
        }
    }
    if dashboard.refresh_seconds > REFRESH_SECONDS_MAX {
        found.add(
            "/refresh_seconds",
            format!("{} seconds", dashboard.refresh_seconds),
            format!("at most {REFRESH_SECONDS_MAX} seconds, or 0 for never"),
            "refresh more often, or never",
        );
    }
}

/// The problems found so far.
pub(super) struct Found {
    problems: Vec<Problem>,
    problems_max: usize,
}

impl Found {
    fn add(
        &mut self,
        place: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if self.problems.len() < self.problems_max {
            self.problems.push(Problem::new(place, found, expected, hint));
        }
    }

    /// A text's length, characters.
    fn line(&mut self, place: impl Into<String>, text: &str, min: usize, max: usize) {
        // A character has at least one byte, and a long text is not counted twice.
        let count = if text.len() <= max { text.chars().count() } else { count_to(text, max + 1) };
        if count > max {
            let hint = "shorten it";
            self.add(
                place,
                format!("more than {max} characters"),
                format!("at most {max} characters"),
                hint,
            );
        } else if text.trim().chars().count() < min {
            self.add(place, "an empty text", format!("{min} to {max} characters"), "fill it in");
        }
    }

    /// A list's length.
    fn list(&mut self, place: impl Into<String>, what: &str, count: usize, max: usize) {
        if count > max {
            self.add(place, format!("{count} {what}"), format!("at most {max}"), "take some out");
        }
    }

    /// A query that cannot be read.
    fn query(&mut self, place: impl Into<String>, of: impl Display, mistake: &Mistake) {
        let Mistake { line, column, problem } = mistake;
        self.add(
            place,
            format!("{of}: line {line}, column {column}: {problem}"),
            "a PromQL expression, once its variables are replaced",
            "correct the query at that place",
        );
    }
}

/// Characters of a text, counted up to a limit.
fn count_to(text: &str, limit: usize) -> usize {
    text.chars().take(limit).count()
}
