//! What an SDK did not send, by why and what.

use plimsoll_model::UnixNano;

use super::event::ShapeError;
use super::reader::{Kind, Reader};
use super::time;

/// What was discarded since the last report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientReport {
    /// When, by the sender's clock.
    pub time_unix_nano: Option<UnixNano>,
    /// What, at most [`ClientReport::DISCARDED_MAX`].
    pub discarded: Vec<Discarded>,
    /// Entries that say nothing, or are beyond the bound.
    pub omitted: u32,
}

/// Items that were discarded for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discarded {
    /// Why: `ratelimit_backoff`, `sample_rate`, `queue_overflow`.
    pub reason: String,
    /// What: a [category](super::Category), or one that is newer.
    pub category: String,
    /// How many.
    pub quantity: u64,
}

impl ClientReport {
    /// Entries that are taken of one report.
    pub const DISCARDED_MAX: usize = 200;

    /// Reads the payload of an item of type `client_report`.
    ///
    /// # Errors
    ///
    /// It is no object.
    pub fn read(json: &str) -> Result<Self, ShapeError> {
        let mut report = Self::default();
        ShapeError::check("a client report", json)?.object(|key, reader| match key {
            "timestamp" => report.time_unix_nano = reader.parsed(time::unix_nano),
            // Those that a server in between left out come under names of their own.
            "discarded_events"
            | "rate_limited_events"
            | "filtered_events"
            | "filtered_sampling_events"
                if reader.kind() == Kind::Array =>
            {
                reader.array(|reader| report.add(Discarded::read(reader)));
            }
            _ => {}
        });
        Ok(report)
    }

    fn add(&mut self, discarded: Discarded) {
        if discarded.quantity > 0 && self.discarded.len() < Self::DISCARDED_MAX {
            self.discarded.push(discarded);
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }
}

impl Discarded {
    fn read(reader: &mut Reader<'_>) -> Self {
        let mut discarded = Self::default();
        reader.object(|key, reader| match key {
            "reason" => discarded.reason = reader.string(),
            "category" => discarded.category = reader.string(),
            "quantity" => discarded.quantity = reader.count().unwrap_or_default(),
            _ => {}
        });
        discarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_discarded() {
        let report = ClientReport::read(
            r#"{"timestamp":"2026-11-24T12:28:00Z","discarded_events":[
               {"reason":"queue_overflow","category":"error","quantity":23},
               {"reason":"sample_rate","category":"span","quantity":"1"},
               {"reason":"x","category":"y"},null]}"#,
        )
        .unwrap();
        let discarded = |reason: &str, category: &str, quantity| Discarded {
            reason: reason.to_owned(),
            category: category.to_owned(),
            quantity,
        };
        let expected =
            [discarded("queue_overflow", "error", 23), discarded("sample_rate", "span", 1)];
        assert_eq!(report.discarded, expected);
        assert_eq!(report.omitted, 2);
        assert!(report.time_unix_nano.is_some());
        assert!(ClientReport::read("3").is_err());
    }
}
