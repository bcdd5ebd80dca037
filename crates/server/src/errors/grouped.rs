//! From a report of whatever source to an occurrence that is grouped.
//!
//! Invariant: a report is grouped by what is stored of it, so that why it was can be shown later.

use std::collections::HashMap;
use std::sync::Arc;

use plimsoll_issues::group::{Fingerprint, Occurrence};
use plimsoll_issues::stack::Language;
use plimsoll_model::batch::{ErrorRow, Sender};
use plimsoll_model::{Exception, SpanId, TraceId, UnixNano};
use plimsoll_query::FullOccurrence;
use plimsoll_wire::sentry::event::DebugImage;
use serde_json::Value;
use twox_hash::XxHash64;

use super::{Errors, Incoming};

/// Longest message in a row, in characters: the whole of it is with the exception or in the document.
const MESSAGE_CHARS_MAX: usize = 1_000;
/// Longest of all other texts in a row, in characters.
const TEXT_CHARS_MAX: usize = 200;
/// Tags of an occurrence.
const TAGS_MAX: usize = 100;

/// An error as it was reported. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) source: &'static str,
    pub(crate) event_id: [u8; 16],
    pub(crate) time: UnixNano,
    pub(crate) level: String,
    pub(crate) platform: String,
    pub(crate) exceptions: Vec<Exception>,
    /// The message of what has no exception.
    pub(crate) message: String,
    /// The message before values were put in.
    pub(crate) template: String,
    pub(crate) logger: String,
    pub(crate) transaction: String,
    pub(crate) trace_id: Option<TraceId>,
    pub(crate) span_id: Option<SpanId>,
    pub(crate) user_id: String,
    pub(crate) dist: String,
    pub(crate) sender: Arc<Sender>,
    pub(crate) tags: Vec<(String, String)>,
    /// What the sender wants it grouped by.
    pub(crate) fingerprint: Vec<String>,
    /// Files whose source maps have an id of their own.
    pub(crate) images: Vec<DebugImage>,
    /// Everything else, a JSON object.
    pub(crate) document: String,
}

impl Errors {
    /// Groups a report. May read source maps.
    pub(crate) fn grouped(&self, mut report: Report) -> Incoming {
        let language = Language::from_sdk(&report.platform);
        if language == Some(Language::JavaScript) && !self.sources.is_empty() {
            let release = &report.sender.version;
            self.sources.apply(&mut report.exceptions, release, &report.images);
        }
        self.in_app.read().mark(&mut report.exceptions, language);
        report.tags.truncate(TAGS_MAX);
        let sender = Arc::clone(&report.sender);
        let tags: HashMap<&str, &str> =
            report.tags.iter().map(|(key, value)| (&key[..], &value[..])).collect();
        let occurrence = Occurrence {
            exceptions: &report.exceptions,
            message: if report.exceptions.is_empty() { &report.message } else { "" },
            template: &report.template,
            platform: &report.platform,
            level: &report.level,
            logger: &report.logger,
            transaction: &report.transaction,
            service: &sender.service,
            environment: &sender.environment,
            release: &sender.version,
            tags: &|key| tags.get(key).copied(),
            sdk_fingerprint: &report.fingerprint,
        };
        let grouper = self.grouper.read();
        let grouping = grouper.group(&occurrence);
        let service = &sender.service;
        let earlier = grouper.earlier(&occurrence);
        let earlier = earlier.map(|(_, fingerprint)| of_service(fingerprint, service)).collect();
        let outline = grouping.outline;
        let first = report.exceptions.first();
        let row = ErrorRow {
            fingerprint: of_service(grouping.fingerprint, service),
            variant: grouping.variant,
            grouping_version: grouping.version.into(),
            time: report.time,
            event_id: Some(report.event_id),
            source: report.source,
            handled: first.and_then(|exception| exception.handled),
            exception_type: cut(first.map_or(String::new(), |first| first.kind.clone())),
            message: cut_to(
                first.map_or(report.message, |first| first.message.clone()),
                MESSAGE_CHARS_MAX,
            ),
            culprit: cut(outline.culprit),
            level: cut(report.level),
            platform: cut(report.platform),
            logger: cut(report.logger),
            transaction: cut(report.transaction),
            trace_id: report.trace_id,
            span_id: report.span_id,
            user_id: cut(report.user_id),
            dist: cut(report.dist),
            exceptions: Some(serde_json::to_string(&report.exceptions).unwrap_or_default()),
            document: Some(report.document),
            tags: report.tags,
            sender,
            count: 1,
            received: 0,
        };
        Incoming { row, earlier }
    }
}

/// A fingerprint within a service: errors of two services are two issues.
pub(super) fn of_service(fingerprint: Fingerprint, service: &str) -> i64 {
    let seed = fingerprint.to_i64().cast_unsigned();
    (XxHash64::oneshot(seed, service.as_bytes()) >> 1).cast_signed()
}

/// Looks at a stored occurrence as grouping did when it came.
pub(super) fn with_stored<T>(
    row: &FullOccurrence,
    exceptions: &[Exception],
    look: impl FnOnce(&Occurrence<'_>) -> T,
) -> T {
    let document: Value = serde_json::from_str(&row.document).unwrap_or_default();
    let (sent, template) = (sent_fingerprint(&document), template(&document));
    let tags: HashMap<&str, &str> =
        row.tags.iter().map(|(key, value)| (&key[..], &value[..])).collect();
    look(&Occurrence {
        exceptions,
        message: if exceptions.is_empty() { &row.message } else { "" },
        template: &template,
        platform: &row.platform,
        level: &row.level,
        logger: &row.logger,
        transaction: &row.transaction,
        service: &row.service,
        environment: &row.environment,
        release: &row.release,
        tags: &|key| tags.get(key).copied(),
        sdk_fingerprint: &sent,
    })
}

/// What the sender wanted an occurrence grouped by, as its document has it.
pub(super) fn sent_fingerprint(document: &Value) -> Vec<String> {
    let list = document.get("fingerprint").and_then(Value::as_array);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    list.map(|list| list.iter().map(text).collect()).unwrap_or_default()
}

/// The message before values were put in, as its document has it.
pub(super) fn template(document: &Value) -> String {
    let template = document.get("message_template").and_then(Value::as_str);
    template.unwrap_or_default().to_owned()
}

fn cut(text: String) -> String {
    cut_to(text, TEXT_CHARS_MAX)
}

fn cut_to(mut text: String, chars_max: usize) -> String {
    if text.len() > chars_max
        && let Some((at, _)) = text.char_indices().nth(chars_max)
    {
        text.truncate(at);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_read_again() {
        let document = serde_json::json!({
            "fingerprint": ["{{ default }}", 7],
            "message_template": "order %s failed",
        });
        assert_eq!(sent_fingerprint(&document), ["{{ default }}", "7"]);
        assert_eq!(template(&document), "order %s failed");
        assert!(sent_fingerprint(&Value::Null).is_empty() && template(&Value::Null).is_empty());
    }

    #[test]
    fn services_have_issues_of_their_own() {
        let fingerprint = Fingerprint::from_i64(7);
        assert_ne!(of_service(fingerprint, "cart"), of_service(fingerprint, "shop"));
        assert!(of_service(fingerprint, "cart") >= 0);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut_to("naïve".to_owned(), 3), "naï…");
        assert_eq!(cut_to("naïve".to_owned(), 5), "naïve");
    }
}
