//! The occurrences of an issue: a page of them, and one with its neighbours.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{Array, RecordBatch};
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::members::Members;
use super::rows::{COLUMNS, FURTHER, FullOccurrence, Occurrence, full, occurrence};
use super::stats::ErrorSearch;
use crate::column::Columns;
use crate::condition::{Condition, Ids, Needle};
use crate::context::Context;
use crate::cursor::{self, CursorKind};
use crate::limits::PAGE_MAX;
use crate::scan::{Fold, Scan, fold};
use crate::{Engine, QueryError, Window};

/// Which occurrences of an issue to list.
#[derive(Clone, Debug)]
pub struct OccurrenceSearch {
    /// The issue's.
    pub members: Members,
    /// When and where.
    pub search: ErrorSearch,
    /// The message contains this, whatever the case.
    pub text: Option<String>,
    /// How many on a page.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// A page of occurrences, newest first.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct OccurrencePage {
    /// The occurrences.
    pub occurrences: Vec<Occurrence>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
}

/// A row's place in a list: the greatest comes first.
type Place = (i64, i64);

/// The event ids before and after an occurrence of its issue.
pub(super) type Neighbours = (Option<[u8; 16]>, Option<[u8; 16]>);

impl Engine {
    /// A page of an issue's occurrences.
    ///
    /// # Errors
    ///
    /// The cursor is wrong, or a limit is reached.
    pub async fn occurrences(
        &self,
        search: OccurrenceSearch,
    ) -> Result<OccurrencePage, QueryError> {
        self.run(move |context| page(context, &search)).await
    }

    /// An occurrence that was kept, by its event id, else the newest or the oldest, and the event ids of the
    /// older and the newer one of the same issue.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn occurrence(
        &self,
        members: Members,
        which: Which,
    ) -> Result<Option<(FullOccurrence, Neighbours)>, QueryError> {
        self.run(move |context| one(context, &members, which)).await
    }

    /// Kept occurrences of all issues, newest first, at most so many.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn kept_occurrences(
        &self,
        window: Window,
        limit: usize,
    ) -> Result<Vec<FullOccurrence>, QueryError> {
        self.run(move |context| newest(context, window, limit)).await
    }
}

/// Which occurrence of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The newest.
    Latest,
    /// The oldest.
    Oldest,
    /// The one with this event id.
    Id([u8; 16]),
}

fn page(context: &Context, search: &OccurrenceSearch) -> Result<OccurrencePage, QueryError> {
    let after = search.cursor.as_ref().map(|text| decode(text)).transpose()?;
    let count = search.limit.clamp(1, PAGE_MAX) + 1;
    let least = Arc::new(AtomicI64::new(i64::MIN));
    let mut conditions = vec![search.members.condition()];
    conditions.extend(search.search.conditions());
    conditions.push(Condition::Int { column: "count", min: 1, max: i64::MAX });
    let bound = after.map(|(time, _)| Condition::Int { column: TIME, min: i64::MIN, max: time });
    conditions.extend(bound);
    conditions.push(Condition::Best { column: TIME, least: Arc::clone(&least) });
    conditions.extend(
        (search.text.as_ref())
            .map(|text| Condition::Contains { column: "message", needle: Needle::new(text) }),
    );
    let scan = Scan { window: search.search.window, columns: COLUMNS.to_vec(), conditions };
    let make = || Newest {
        members: Some(&search.members),
        count,
        after,
        least: Arc::clone(&least),
        read: |rows: &RecordBatch, row| {
            let kept = rows.binary("event_id")?.is_valid(row);
            occurrence(rows, row, kept)
        },
        found: BTreeMap::new(),
    };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?.found;
    let more = found.len() >= count;
    let mut found: Vec<(Place, Occurrence)> = found.into_iter().rev().collect();
    found.truncate(count - 1);
    let next_cursor = found.last().filter(|_| more).map(|(place, _)| encode(*place));
    let occurrences = found.into_iter().map(|(_, occurrence)| occurrence).collect();
    Ok(OccurrencePage { occurrences, next_cursor })
}

fn newest(
    context: &Context,
    window: Window,
    count: usize,
) -> Result<Vec<FullOccurrence>, QueryError> {
    let least = Arc::new(AtomicI64::new(i64::MIN));
    let conditions = vec![
        Condition::Int { column: "count", min: 1, max: 1 },
        Condition::Best { column: TIME, least: Arc::clone(&least) },
    ];
    let columns = COLUMNS.into_iter().chain(FURTHER).collect();
    let make = || Newest {
        members: None,
        count,
        after: None,
        least: Arc::clone(&least),
        read: full,
        found: BTreeMap::new(),
    };
    let scan = Scan { window, columns, conditions };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?.found;
    let kept = |row: &FullOccurrence| !row.document.is_empty();
    Ok(found.into_values().rev().filter(kept).collect())
}

/// The newest rows, read as something.
struct Newest<'a, T, R> {
    members: Option<&'a Members>,
    count: usize,
    after: Option<Place>,
    least: Arc<AtomicI64>,
    read: R,
    found: BTreeMap<Place, T>,
}

impl<T, R> Newest<'_, T, R> {
    fn shrink(&mut self) {
        while self.found.len() > self.count {
            self.found.pop_first();
        }
        if self.found.len() == self.count
            && let Some(((time, _), _)) = self.found.first_key_value()
        {
            self.least.fetch_max(*time, Ordering::Relaxed);
        }
    }
}

impl<T: Send, R: Send + Fn(&RecordBatch, usize) -> Result<T, QueryError>> Fold
    for Newest<'_, T, R>
{
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (fingerprints, variants) =
            (rows.long("fingerprint")?.values(), rows.long("variant")?.values());
        let (times, received) =
            (rows.long(TIME)?.values(), rows.long("received_unix_nano")?.values());
        for row in 0..rows.num_rows() {
            let place = (times[row], received[row]);
            let ours = |members: &Members| members.has(fingerprints[row], variants[row]);
            if times[row] < self.least.load(Ordering::Relaxed)
                || !self.members.is_none_or(ours)
                || self.after.is_some_and(|after| place >= after)
            {
                continue;
            }
            self.found.insert(place, (self.read)(rows, row)?);
            self.shrink();
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        self.found.extend(other.found);
        self.shrink();
        Ok(())
    }
}

fn encode((time, received): Place) -> String {
    cursor::encode(CursorKind::Occurrences, &[&time.to_be_bytes(), &received.to_be_bytes()])
}

fn decode(text: &str) -> Result<Place, QueryError> {
    let mut reader = cursor::Reader::new(CursorKind::Occurrences, text)?;
    let place = (i64::from_be_bytes(reader.take()?), i64::from_be_bytes(reader.take()?));
    reader.finish().map(|()| place)
}

fn one(
    context: &Context,
    members: &Members,
    which: Which,
) -> Result<Option<(FullOccurrence, Neighbours)>, QueryError> {
    let Some((place, id)) = find(context, members, which)? else { return Ok(None) };
    let columns = COLUMNS.into_iter().chain(FURTHER).collect();
    let at = |column, at| Condition::Int { column, min: at, max: at };
    let scan = Scan {
        window: Window::ALL,
        columns,
        conditions: vec![members.condition(), at(TIME, place.0), at("received_unix_nano", place.1)],
    };
    let least = Arc::new(AtomicI64::new(i64::MIN));
    let make = || Newest {
        members: Some(members),
        count: 1,
        after: None,
        least: Arc::clone(&least),
        read: full,
        found: BTreeMap::new(),
    };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?.found;
    let Some(found) = found.into_values().next() else { return Ok(None) };
    let scan = kept(members, Vec::new());
    let make = || Around { members, at: place, older: None, newer: None };
    let around = fold(context, &scan, context.snapshot(Table::Errors), make)?;
    debug_assert_eq!(found.event_id, id);
    Ok(Some((found, (around.older.map(|(_, id)| id), around.newer.map(|(_, id)| id)))))
}

/// Places of the occurrences that were kept.
fn kept(members: &Members, further: Vec<Condition>) -> Scan {
    let mut conditions = vec![members.condition()];
    conditions.extend(further);
    let columns = vec!["fingerprint", TIME, "received_unix_nano", "variant", "count", "event_id"];
    Scan { window: Window::ALL, columns, conditions }
}

/// Where an occurrence is.
fn find(
    context: &Context,
    members: &Members,
    which: Which,
) -> Result<Option<(Place, [u8; 16])>, QueryError> {
    let further = match which {
        Which::Id(id) => vec![Condition::Ids { column: "event_id", ids: Ids::new([id]) }],
        Which::Latest | Which::Oldest => Vec::new(),
    };
    let scan = kept(members, further);
    let at = match which {
        Which::Oldest => (i64::MIN, i64::MIN),
        Which::Latest | Which::Id(_) => (i64::MAX, i64::MAX),
    };
    let make = || Around { members, at, older: None, newer: None };
    let found = fold(context, &scan, context.snapshot(Table::Errors), make)?;
    Ok(found.older.or(found.newer))
}

/// The kept occurrences next to a place.
struct Around<'a> {
    members: &'a Members,
    at: Place,
    older: Option<(Place, [u8; 16])>,
    newer: Option<(Place, [u8; 16])>,
}

impl Around<'_> {
    fn see(&mut self, place: Place, id: [u8; 16]) {
        if place < self.at && self.older.is_none_or(|(older, _)| older < place) {
            self.older = Some((place, id));
        }
        if place > self.at && self.newer.is_none_or(|(newer, _)| newer > place) {
            self.newer = Some((place, id));
        }
    }
}

impl Fold for Around<'_> {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let (fingerprints, variants) =
            (rows.long("fingerprint")?.values(), rows.long("variant")?.values());
        let (times, received) =
            (rows.long(TIME)?.values(), rows.long("received_unix_nano")?.values());
        let (counts, ids) = (rows.long("count")?.values(), rows.binary("event_id")?);
        for row in 0..rows.num_rows() {
            let ours = self.members.has(fingerprints[row], variants[row]);
            if ours && counts[row] > 0 && ids.is_valid(row) {
                let id = crate::column::id(ids.value(row));
                self.see((times[row], received[row]), id);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        for (place, id) in other.older.into_iter().chain(other.newer) {
            self.see(place, id);
        }
        Ok(())
    }
}
