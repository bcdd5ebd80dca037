//! The index: slots of series, their labels, and for each label the slots that have it.
//!
//! Invariants: a slot is its series' until old series are forgotten, and then may be another's; whoever
//! reads sees each series whole; what is noted of a series' newest sample is durable.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arrow::array::RecordBatch;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use parking_lot::{Mutex, RwLock};
use plimsoll_wire::prometheus::Noted;

use crate::admission::{Limits, Refusals};
use crate::describe::{Described, Family, Kind, Part, Row, RowsError, rows};
use crate::naming::Naming;
use crate::postings::{Postings, Slot};
use crate::symbols::{Symbol, Symbols};

/// Metrics of which metadata is kept at most.
const FAMILIES_MAX: usize = 200_000;

/// Which series there are now. Shared by reference.
pub struct Index {
    pub(crate) state: RwLock<State>,
    pub(crate) limits: Limits,
    pub(crate) refusals: Mutex<Refusals>,
    naming: Naming,
}

/// One series.
pub(crate) struct Entry {
    pub(crate) id: i64,
    /// 0 where it came by OTLP.
    pub(crate) check: u64,
    /// Its labels among all, as pairs of symbols.
    labels: (u32, u16),
    pub(crate) kind: Kind,
    pub(crate) part: Part,
    /// The last day that it has a row of.
    pub(crate) day: i32,
    /// The newest durable sample seen since the start: its time, `i64::MIN` for none, and value.
    pub(crate) last_time: AtomicI64,
    pub(crate) last_value: AtomicU64,
}

/// What a metric is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Metadata {
    /// `counter`, `gauge`, `histogram`, …; `unknown` where nobody said.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it means.
    pub help: String,
    /// Its unit, empty where none is known.
    pub unit: String,
}

/// The index now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Stats {
    /// Series; a histogram with explicit bounds counts as three.
    pub series: u64,
    /// Distinct pairs of a label's name and value.
    pub label_pairs: u64,
    /// Bytes in memory, about.
    pub memory_bytes: u64,
    /// Series that were refused since the start.
    pub refused: u64,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) symbols: Symbols,
    pub(crate) entries: Vec<Entry>,
    /// Names and values of all series' labels, one after the other.
    pairs: Vec<(Symbol, Symbol)>,
    /// The first slot of each id.
    by_id: HashTable<Slot>,
    hasher: DefaultHashBuilder,
    /// By name and value.
    pub(crate) postings: HashMap<(Symbol, Symbol), Postings>,
    /// Values of each name, in the order of their coming.
    pub(crate) values: HashMap<Symbol, Vec<Symbol>>,
    pub(crate) families: HashMap<String, Metadata>,
    /// The last day of each row that says what a metric is, by its id.
    pub(crate) described: HashMap<i64, i32>,
    heap_bytes: usize,
}

impl Index {
    /// An empty index.
    #[must_use]
    pub fn new(limits: Limits, naming: Naming) -> Self {
        Self { state: RwLock::default(), limits, refusals: Mutex::default(), naming }
    }

    /// How rows are named.
    #[must_use]
    pub fn naming(&self) -> &Naming {
        &self.naming
    }

    /// Takes in rows of the `series` table that are durable.
    ///
    /// # Errors
    ///
    /// The rows lack a column.
    pub fn insert(&self, batch: &RecordBatch) -> Result<(), RowsError> {
        if self.knows_all(batch) {
            return Ok(());
        }
        let mut state = self.state.write();
        rows(batch, &self.naming, |row| match row {
            Row::Series(series) => state.insert(&series),
            Row::Family(family) => state.describe(&family),
        })
    }

    /// Whether each row is of a series and day that is known; most requests bring nothing new.
    fn knows_all(&self, batch: &RecordBatch) -> bool {
        use arrow::array::AsArray;
        use arrow::datatypes::Int64Type;
        let column = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
        let (Some(ids), Some(times)) = (column("series_id"), column(plimsoll_model::schema::TIME))
        else {
            return false;
        };
        let state = self.state.read();
        ids.values().iter().zip(times.values()).all(|(id, time)| {
            let day = time.div_euclid(plimsoll_model::DAY_NANO);
            state.find(*id).is_some_and(|slot| i64::from(state.entries[slot as usize].day) >= day)
        })
    }

    /// Notes the newest samples of series, now that they are durable.
    pub fn note(&self, noted: &[Noted]) {
        let state = self.state.read();
        for note in noted {
            let Some(entry) = state.entry(note.id, note.known) else { continue };
            if note.time >= entry.last_time.load(Ordering::Relaxed) {
                entry.last_value.store(note.value, Ordering::Relaxed);
                entry.last_time.store(note.time, Ordering::Release);
            }
        }
    }

    /// Notes rows that say what a metric is: their ids and days.
    pub fn note_described(&self, described: &[(i64, i32)]) {
        if described.is_empty() {
            return;
        }
        let mut state = self.state.write();
        for (id, day) in described {
            let known = state.described.entry(*id).or_insert(*day);
            *known = (*known).max(*day);
        }
    }

    /// Leaves out series whose last row is of an earlier day. Holds up whoever takes in new series for as
    /// long as it takes to copy the others.
    pub fn forget_before(&self, day: i32) {
        let mut state = self.state.write();
        if state.entries.iter().all(|entry| entry.day >= day) {
            return;
        }
        *state = state.without_before(day);
    }

    /// What the index holds.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let refused = self.refusals.lock().total();
        let state = self.state.read();
        Stats {
            series: state.entries.len() as u64,
            label_pairs: state.postings.len() as u64,
            memory_bytes: state.memory_bytes() as u64,
            refused,
        }
    }

    /// What is known of metrics, by name. `only` names one; at most `limit` names are given.
    #[must_use]
    pub fn metadata(&self, only: Option<&str>, limit: usize) -> Vec<(String, Metadata)> {
        let state = self.state.read();
        let mut found: Vec<(String, Metadata)> = match only {
            Some(name) => state
                .families
                .get_key_value(name)
                .map(|(n, m)| (n.clone(), m.clone()))
                .into_iter()
                .collect(),
            None => state.families.iter().map(|(n, m)| (n.clone(), m.clone())).collect(),
        };
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.truncate(limit);
        found
    }
}

impl State {
    /// The first slot of an id.
    pub(crate) fn find(&self, id: i64) -> Option<Slot> {
        let hash = self.hasher.hash_one(id);
        self.by_id.find(hash, |slot| self.entries[*slot as usize].id == id).copied()
    }

    /// The first entry of an id, at the slot where it was or where it is since.
    pub(crate) fn entry(&self, id: i64, was: Option<Slot>) -> Option<&Entry> {
        let at = |slot: Slot| self.entries.get(slot as usize);
        let there = was.and_then(at).filter(|entry| entry.id == id);
        there.or_else(|| self.find(id).and_then(at))
    }

    pub(crate) fn labels(&self, entry: &Entry) -> &[(Symbol, Symbol)] {
        let (start, count) = (entry.labels.0 as usize, usize::from(entry.labels.1));
        &self.pairs[start..start + count]
    }

    /// The value of a label, where the entry has it.
    pub(crate) fn value(&self, entry: &Entry, name: Symbol) -> Option<Symbol> {
        self.labels(entry).iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
    }

    /// How many series have this label.
    pub(crate) fn count(&self, name: &str, value: &str) -> usize {
        let pair = self.symbols.find(name).zip(self.symbols.find(value));
        pair.and_then(|pair| self.postings.get(&pair)).map_or(0, |found| found.slots().len())
    }

    fn insert(&mut self, series: &Described<'_>) {
        if let Some(first) = self.find(series.id) {
            // A histogram's series follow each other.
            for entry in self.entries[first as usize..].iter_mut().take_while(|e| e.id == series.id)
            {
                if entry.part == series.part {
                    entry.day = entry.day.max(series.day);
                    return;
                }
            }
            if self.entries.last().is_none_or(|last| last.id != series.id) {
                return;
            }
        }
        let symbols: Option<Vec<(Symbol, Symbol)>> = series
            .labels
            .iter()
            .map(|(name, value)| Some((self.symbols.insert(name)?, self.symbols.insert(value)?)))
            .collect();
        let (Some(symbols), Ok(slot)) = (symbols, Slot::try_from(self.entries.len())) else {
            // Four gibibytes of texts: the limit on memory comes first.
            return;
        };
        self.push(
            Entry {
                id: series.id,
                check: series.check,
                labels: (0, 0),
                kind: series.kind,
                part: series.part,
                day: series.day,
                last_time: AtomicI64::new(i64::MIN),
                last_value: AtomicU64::new(0),
            },
            &symbols,
            slot,
        );
    }

    fn push(&mut self, mut entry: Entry, labels: &[(Symbol, Symbol)], slot: Slot) {
        let start = u32::try_from(self.pairs.len());
        let (Ok(start), Ok(count)) = (start, u16::try_from(labels.len())) else { return };
        entry.labels = (start, count);
        self.pairs.extend_from_slice(labels);
        for pair in labels {
            match self.postings.get_mut(pair) {
                Some(postings) => {
                    self.heap_bytes -= postings.heap_bytes();
                    postings.push(slot);
                    self.heap_bytes += postings.heap_bytes();
                }
                None => {
                    self.postings.insert(*pair, Postings::One(slot));
                    self.values.entry(pair.0).or_default().push(pair.1);
                }
            }
        }
        let id = entry.id;
        self.entries.push(entry);
        if self.find(id).is_none() {
            let Self { by_id, entries, hasher, .. } = self;
            by_id.insert_unique(hasher.hash_one(id), slot, |slot| {
                hasher.hash_one(entries[*slot as usize].id)
            });
        }
    }

    fn describe(&mut self, family: &Family<'_>) {
        let metadata = Metadata {
            kind: family.kind.to_owned(),
            help: family.help.to_owned(),
            unit: family.unit.to_owned(),
        };
        if let Some(known) = self.families.get_mut(&*family.name) {
            *known = metadata;
        } else if self.families.len() < FAMILIES_MAX {
            self.families.insert(family.name.clone().into_owned(), metadata);
        }
    }

    fn without_before(&mut self, day: i32) -> Self {
        let mut kept = Self { families: std::mem::take(&mut self.families), ..Self::default() };
        let entries = std::mem::take(&mut self.entries);
        for entry in entries.into_iter().filter(|entry| entry.day >= day) {
            let labels: Option<Vec<(Symbol, Symbol)>> = self
                .labels(&entry)
                .iter()
                .map(|(name, value)| {
                    let name = kept.symbols.insert(self.symbols.text(*name))?;
                    Some((name, kept.symbols.insert(self.symbols.text(*value))?))
                })
                .collect();
            if let (Some(labels), Ok(slot)) = (labels, Slot::try_from(kept.entries.len())) {
                kept.push(entry, &labels, slot);
            }
        }
        kept
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        /// A key, a value and a control byte, with the room a table keeps free.
        const POSTINGS_BYTES: usize = 48;
        self.symbols.memory_bytes()
            + self.entries.capacity() * size_of::<Entry>()
            + self.pairs.capacity() * 8
            + self.by_id.capacity() * 5
            + self.postings.capacity() * POSTINGS_BYTES
            + self.heap_bytes
            + self.postings.len() * 4
            + self.families.len() * 200
    }
}
