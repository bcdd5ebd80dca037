//! What an import lost.

use serde::Serialize;
use utoipa::ToSchema;

use crate::document::Dashboard;
use crate::problem::excerpt;

/// A dashboard made of Grafana's.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ImportedDashboard)]
pub struct Imported {
    /// A valid dashboard.
    pub dashboard: Dashboard,
    /// What could not be taken over, in the order of the panels; at most 2,000.
    pub notes: Vec<Note>,
}

/// One thing that could not be taken over, or not as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = ImportNote)]
pub struct Note {
    /// Where: `dashboard`, `variable x`, `panel 3 “Rate”`, `panel 3 “Rate”, query A`.
    pub place: String,
    /// What it was.
    pub what: String,
    /// Why it was not taken over, or what it became.
    pub why: String,
}

const NOTES_MAX: usize = 2_000;

/// The notes of one import.
#[derive(Default)]
pub(super) struct Notes {
    list: Vec<Note>,
    left_out: usize,
}

impl Notes {
    pub(super) fn add(&mut self, place: &str, what: impl Into<String>, why: impl Into<String>) {
        let what = excerpt(&what.into(), 2_000);
        let note = Note { place: place.to_owned(), what, why: why.into() };
        if self.list.len() + 1 >= NOTES_MAX {
            self.left_out += 1;
        } else if self.list.last() != Some(&note) {
            self.list.push(note);
        }
    }

    /// Shortens a list to what a document may have.
    pub(super) fn cut<T>(&mut self, place: &str, what: &str, list: &mut Vec<T>, max: usize) {
        if list.len() > max {
            let what = format!("{} of {} {what}", list.len() - max, list.len());
            self.add(place, what, format!("there may be {max}"));
            list.truncate(max);
        }
    }

    /// The beginning of a list that is read: what costs more with each element is read so far only.
    pub(super) fn first<'a, T>(
        &mut self,
        place: &str,
        what: &str,
        list: &'a [T],
        max: usize,
    ) -> &'a [T] {
        if list.len() > max {
            let what = format!("{} of {} {what}", list.len() - max, list.len());
            self.add(place, what, format!("only the first {max} are looked at"));
        }
        &list[..list.len().min(max)]
    }

    pub(super) fn into_list(mut self) -> Vec<Note> {
        if self.left_out > 0 {
            let what = format!("{} more things", self.left_out);
            let why = "there are too many to name them all".to_owned();
            self.list.push(Note { place: "dashboard".into(), what, why });
        }
        self.list
    }
}
