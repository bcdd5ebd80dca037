//! Token rows in memory, so that a busy ingest client costs no statement per request.
//!
//! A row is used for [`TTL`] after it was read: a change made by another process counts within that
//! time. A change made by this process counts at once: it empties the cache, and a row whose
//! reading began before the change is not kept.
//!
//! Invariant: only rows that exist are kept (and the absence of the one bootstrap token), so the
//! cache is as bounded as the table; texts a caller invents never enter it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use plimsoll_model::UnixNano;

use crate::database::nanos;
use crate::token::TokenRow;

/// How long a row is used without looking again.
pub(crate) const TTL: Duration = Duration::from_secs(3);

#[derive(Default)]
pub(crate) struct TokenCache {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Counts changes; a reading that began under another count is stale.
    generation: u64,
    rows: HashMap<String, Entry>,
}

struct Entry {
    row: Option<Arc<TokenRow>>,
    read_at: UnixNano,
}

/// What a caller holds while it reads the database.
#[derive(Clone, Copy)]
pub(crate) struct Generation(u64);

/// The answer of the cache.
pub(crate) enum Found {
    Row(Option<Arc<TokenRow>>),
    ReadIt(Generation),
}

impl TokenCache {
    pub(crate) fn get(&self, id: &str, now: UnixNano) -> Found {
        let inner = self.inner.lock();
        match inner.rows.get(id) {
            // A clock that went backwards makes a row old rather than eternal.
            Some(entry) if (0..nanos(TTL)).contains(&now.saturating_sub(entry.read_at)) => {
                Found::Row(entry.row.clone())
            }
            _ => Found::ReadIt(Generation(inner.generation)),
        }
    }

    pub(crate) fn put(
        &self,
        id: &str,
        row: Option<Arc<TokenRow>>,
        read_at: UnixNano,
        began: Generation,
    ) {
        let mut inner = self.inner.lock();
        if inner.generation == began.0 {
            inner.rows.insert(id.to_owned(), Entry { row, read_at });
        }
    }

    /// Forgets everything when the returned value is dropped: after the commit, and also when the
    /// caller went away in the middle of it.
    pub(crate) fn forget_when_done(&self) -> impl Drop + '_ {
        Forget(self)
    }
}

struct Forget<'a>(&'a TokenCache);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        let mut inner = self.0.inner.lock();
        inner.generation += 1;
        inner.rows.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_read_before_a_change_is_not_kept() {
        let cache = TokenCache::default();
        let Found::ReadIt(began) = cache.get("a", 0) else { panic!("an empty cache found a row") };
        drop(cache.forget_when_done());
        cache.put("a", None, 0, began);
        assert!(matches!(cache.get("a", 0), Found::ReadIt(_)));
    }

    #[test]
    fn a_row_is_used_for_its_time_and_never_from_the_future() {
        let cache = TokenCache::default();
        let Found::ReadIt(began) = cache.get("a", 0) else { panic!("an empty cache found a row") };
        cache.put("a", None, 1_000, began);
        assert!(matches!(cache.get("a", 1_000), Found::Row(None)));
        assert!(matches!(cache.get("a", 999 + nanos(TTL)), Found::Row(None)));
        assert!(matches!(cache.get("a", 1_000 + nanos(TTL)), Found::ReadIt(_)));
        assert!(matches!(cache.get("a", 999), Found::ReadIt(_)));
    }
}
