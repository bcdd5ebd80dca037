//! The kinds of items in an envelope, and the categories that limits and reports speak of.
//!
//! Invariant: a name that is not known is kept as it is, never an error: SDKs are newer than
//! servers.

use std::fmt;

/// What an item of an envelope is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemType {
    /// An error or a message.
    Event,
    /// A root span with the spans below it.
    Transaction,
    /// One span, or a container of spans.
    Span,
    /// A container of log records, or one.
    Log,
    /// OpenTelemetry's log record as JSON.
    OtelLog,
    /// A container of metrics that belong to traces.
    TraceMetric,
    /// One session.
    Session,
    /// Sessions, counted by the minute.
    Sessions,
    /// A run of a scheduled job.
    CheckIn,
    /// What the SDK did not send, and why.
    ClientReport,
    /// What a user says of an event, the older form.
    UserReport,
    /// What a user says.
    Feedback,
    /// A file.
    Attachment,
    /// A profile of a transaction.
    Profile,
    /// A piece of a continuous profile.
    ProfileChunk,
    /// What a replay is.
    ReplayEvent,
    /// A piece of a replay.
    ReplayRecording,
    /// A replay that is a video.
    ReplayVideo,
    /// A browser's report of a violated policy.
    RawSecurity,
    /// Metrics in the text form that was given up.
    Statsd,
    /// Any other, by its name.
    Unknown(String),
}

const NAMES: [(&str, ItemType); 20] = [
    ("event", ItemType::Event),
    ("transaction", ItemType::Transaction),
    ("span", ItemType::Span),
    ("log", ItemType::Log),
    ("otel_log", ItemType::OtelLog),
    ("trace_metric", ItemType::TraceMetric),
    ("session", ItemType::Session),
    ("sessions", ItemType::Sessions),
    ("check_in", ItemType::CheckIn),
    ("client_report", ItemType::ClientReport),
    ("user_report", ItemType::UserReport),
    ("feedback", ItemType::Feedback),
    ("attachment", ItemType::Attachment),
    ("profile", ItemType::Profile),
    ("profile_chunk", ItemType::ProfileChunk),
    ("replay_event", ItemType::ReplayEvent),
    ("replay_recording", ItemType::ReplayRecording),
    ("replay_video", ItemType::ReplayVideo),
    ("raw_security", ItemType::RawSecurity),
    ("statsd", ItemType::Statsd),
];

impl ItemType {
    /// The type of this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| Self::Unknown(name.to_owned()), |(_, item)| item.clone())
    }

    /// Its name in an item's header.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown(name) => name,
            known => NAMES.iter().find(|(_, item)| item == known).map_or("", |(name, _)| name),
        }
    }

    /// The category under which such items are limited; none of an unknown type.
    #[must_use]
    pub fn category(&self) -> Option<Category> {
        Some(match self {
            Self::Event => Category::Error,
            Self::Transaction => Category::Transaction,
            Self::Span => Category::Span,
            Self::Log | Self::OtelLog => Category::LogItem,
            Self::TraceMetric => Category::TraceMetric,
            Self::Session | Self::Sessions => Category::Session,
            Self::CheckIn => Category::Monitor,
            Self::ClientReport => Category::Internal,
            Self::UserReport | Self::Feedback => Category::Feedback,
            Self::Attachment => Category::Attachment,
            Self::Profile => Category::Profile,
            Self::ProfileChunk => Category::ProfileChunk,
            Self::ReplayEvent | Self::ReplayRecording | Self::ReplayVideo => Category::Replay,
            Self::RawSecurity => Category::Security,
            Self::Statsd => Category::MetricBucket,
            Self::Unknown(_) => return None,
        })
    }
}

impl fmt::Display for ItemType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! categories {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What rate limits and client reports count.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Category {
            $($(#[$doc])* $name,)*
        }

        impl Category {
            /// Every category there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in headers and reports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

categories! {
    /// Events that are no errors.
    Default = "default",
    /// Errors.
    Error = "error",
    /// Transactions.
    Transaction = "transaction",
    /// Spans sent by themselves.
    Span = "span",
    /// Log records.
    LogItem = "log_item",
    /// Metrics that belong to traces.
    TraceMetric = "trace_metric",
    /// Sessions, one by one or counted.
    Session = "session",
    /// Check-ins.
    Monitor = "monitor",
    /// What users say.
    Feedback = "feedback",
    /// Files.
    Attachment = "attachment",
    /// Profiles of transactions.
    Profile = "profile",
    /// Pieces of continuous profiles.
    ProfileChunk = "profile_chunk",
    /// Replays.
    Replay = "replay",
    /// Reports of browsers.
    Security = "security",
    /// Metrics in the older form.
    MetricBucket = "metric_bucket",
    /// What is never limited.
    Internal = "internal",
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_a_name_and_only_the_unknown_no_category() {
        for (name, item) in &NAMES {
            assert_eq!(ItemType::of(name), *item);
            assert_eq!(item.name(), *name);
            assert!(item.category().is_some());
        }
        let unknown = ItemType::of("hologram");
        assert_eq!(unknown.to_string(), "hologram");
        assert_eq!(unknown.category(), None);
    }
}
