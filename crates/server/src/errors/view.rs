//! One occurrence in full, as the API shows it: what the columns say, and what was sent besides, whatever its
//! shape.
//!
//! Invariant: what was sent in a shape that is not understood is shown as it is, under `extra` or `contexts`.

use plimsoll_issues::group::Node;
use plimsoll_query::{FullOccurrence, rfc3339};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::problem::Problem;

/// Why an occurrence belongs to its issue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GroupingView {
    /// The version of the grouping that was used.
    pub(crate) version: i32,
    /// 16 hex digits.
    pub(crate) fingerprint: String,
    /// The finer group within it, 16 hex digits.
    pub(crate) variant: String,
    /// What was looked at, and what of it counted.
    #[schema(value_type = Object)]
    pub(crate) why: Node,
    /// Whether the rules have changed since: the same occurrence would be grouped differently today.
    pub(crate) changed: bool,
}

/// One occurrence in full.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OccurrenceView {
    /// 32 hex digits.
    pub(crate) id: String,
    /// The issue.
    pub(crate) issue_id: i64,
    /// When it happened.
    pub(crate) time: String,
    /// When it was received.
    pub(crate) received: String,
    /// How it came: `sentry`, `otel_log`, `otel_span` or `service`.
    pub(crate) source: String,
    /// How bad.
    pub(crate) level: String,
    /// The language or platform.
    pub(crate) platform: String,
    /// The service.
    pub(crate) service: String,
    /// The deployment environment.
    pub(crate) environment: String,
    /// The release.
    pub(crate) release: String,
    /// The build of the release.
    pub(crate) dist: String,
    /// The operation under way.
    pub(crate) transaction: String,
    /// The host.
    pub(crate) server_name: String,
    /// Who logged it.
    pub(crate) logger: String,
    /// 32 hex digits, or null.
    pub(crate) trace_id: Option<String>,
    /// 16 hex digits, or null.
    pub(crate) span_id: Option<String>,
    /// Whether the trace is stored here.
    pub(crate) trace_known: bool,
    /// Whom it hit.
    #[schema(value_type = Option<Object>)]
    pub(crate) user: Value,
    /// The message of its exception, or its own.
    pub(crate) message: String,
    /// What was logged with the exception; empty where nothing was.
    pub(crate) log_message: String,
    /// The chain: what was reported, then its causes.
    #[schema(value_type = Vec<Object>)]
    pub(crate) exceptions: Box<RawValue>,
    /// What led to it, the oldest first.
    #[schema(value_type = Vec<Object>)]
    pub(crate) breadcrumbs: Vec<Value>,
    /// The request under way.
    #[schema(value_type = Option<Object>)]
    pub(crate) request: Value,
    /// Tags, as pairs.
    pub(crate) tags: Vec<(String, String)>,
    /// Runtime, operating system, device and others.
    #[schema(value_type = Object)]
    pub(crate) contexts: Value,
    /// Whatever else was sent.
    #[schema(value_type = Object)]
    pub(crate) extra: Map<String, Value>,
    /// Packages and their versions.
    #[schema(value_type = Object)]
    pub(crate) modules: Value,
    /// Who sent it.
    #[schema(value_type = Option<Object>)]
    pub(crate) sdk: Value,
    /// Threads, where the sender gave them.
    #[schema(value_type = Vec<Object>)]
    pub(crate) threads: Vec<Value>,
    /// The stack as the sender wrote it, where it sent text.
    pub(crate) raw_stacktrace: Option<String>,
    /// What users said.
    pub(crate) feedback: Vec<FeedbackView>,
    /// Files that came with it.
    pub(crate) attachments: Vec<AttachmentView>,
    /// The one before.
    pub(crate) previous: Option<String>,
    /// The one after.
    pub(crate) next: Option<String>,
    /// Why it belongs to its issue.
    pub(crate) grouping: GroupingView,
}

/// What a user said of an error.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackView {
    /// Who.
    pub(crate) name: String,
    /// Where to answer.
    pub(crate) email: String,
    /// What.
    pub(crate) comments: String,
    /// When.
    pub(crate) at: String,
}

/// A file that came with an error.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AttachmentView {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What it says it is.
    pub(crate) content_type: String,
    /// How long it is.
    pub(crate) bytes: i64,
}

/// What belongs to a view besides the row.
pub(super) struct Around {
    pub(super) issue_id: i64,
    pub(super) trace_known: bool,
    pub(super) feedback: Vec<FeedbackView>,
    pub(super) attachments: Vec<AttachmentView>,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    pub(super) grouping: GroupingView,
}

impl OccurrenceView {
    pub(super) fn new(row: FullOccurrence, around: Around) -> Result<Self, Problem> {
        let mut document = match serde_json::from_str(&row.document) {
            Ok(Value::Object(document)) => document,
            _ => Map::new(),
        };
        let mut take = |name: &str| document.remove(name).unwrap_or(Value::Null);
        let breadcrumbs = list(take("breadcrumbs"));
        let threads = list(take("threads")).into_iter().map(thread).collect();
        let (request, user, contexts) = (take("request"), take("user"), take("contexts"));
        let (modules, sdk) = (take("modules"), take("sdk"));
        let log_message = take("message").as_str().unwrap_or_default().to_owned();
        let raw_stacktrace = take("stacktrace").as_str().map(str::to_owned);
        let mut extra = match take("extra") {
            Value::Object(extra) => extra,
            Value::Null => Map::new(),
            other => Map::from_iter([("extra".to_owned(), other)]),
        };
        // What has a place of its own above, or says nothing to a reader.
        for known in ["fingerprint", "tags", "logentry", "message_template", "_meta", "debug_meta"]
        {
            document.remove(known);
        }
        extra.extend(document);
        let exceptions = if row.exceptions.is_empty() { "[]".to_owned() } else { row.exceptions };
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(Self {
            id: hex(&row.event_id),
            issue_id: around.issue_id,
            time: rfc3339(row.time),
            received: rfc3339(row.received),
            source: row.source,
            level: row.level,
            platform: row.platform,
            service: row.service,
            environment: row.environment,
            release: row.release,
            dist: row.dist,
            transaction: row.transaction,
            server_name: row.host,
            logger: row.logger,
            trace_id: some(row.trace_id),
            span_id: some(row.span_id),
            trace_known: around.trace_known,
            user: match user {
                Value::Object(user) => Value::Object(user),
                _ if row.user_id.is_empty() => Value::Null,
                _ => serde_json::json!({ "id": row.user_id }),
            },
            message: row.message,
            log_message,
            exceptions: RawValue::from_string(exceptions).map_err(Problem::internal)?,
            breadcrumbs: breadcrumbs.into_iter().map(breadcrumb).collect(),
            request: request_view(request),
            tags: row.tags,
            contexts: object(contexts),
            extra,
            modules: object(modules),
            sdk,
            threads,
            raw_stacktrace,
            feedback: around.feedback,
            attachments: around.attachments,
            previous: around.previous,
            next: around.next,
            grouping: around.grouping,
        })
    }
}

/// 32 hex digits of an event id.
pub(crate) fn hex(id: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*id))
}

fn object(value: Value) -> Value {
    if value.is_object() { value } else { Value::Object(Map::new()) }
}

/// A list, whether it is sent as one or within an object.
fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        Value::Object(mut object) => match object.remove("values") {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// A breadcrumb with its time as text.
fn breadcrumb(value: Value) -> Value {
    let Value::Object(mut crumb) = value else { return value };
    let time = match crumb.remove("timestamp") {
        Some(Value::Number(seconds)) => {
            seconds.as_f64().map(|seconds| Value::String(rfc3339((seconds * 1e9) as i64)))
        }
        other => other,
    };
    crumb.insert("time".to_owned(), time.unwrap_or(Value::Null));
    Value::Object(crumb)
}

/// A thread with its stack as exceptions have theirs: where it is comes first.
fn thread(value: Value) -> Value {
    let Value::Object(mut thread) = value else { return value };
    let stack =
        thread.remove("stacktrace").and_then(|mut stack| Some(stack.get_mut("frames")?.take()));
    let mut frames: Vec<Value> = list(stack.unwrap_or_default()).into_iter().map(frame).collect();
    frames.reverse();
    thread.insert("frames".to_owned(), Value::Array(frames));
    Value::Object(thread)
}

/// A frame of a thread, by the names that frames of exceptions have.
fn frame(value: Value) -> Value {
    let Value::Object(mut sent) = value else { return Value::Object(Map::new()) };
    let mut frame = Map::new();
    for (theirs, ours) in [
        ("function", "function"),
        ("module", "module"),
        ("filename", "file"),
        ("abs_path", "path"),
        ("lineno", "line"),
        ("colno", "column"),
        ("in_app", "in_app"),
    ] {
        if let Some(value) = sent.remove(theirs).filter(|value| !value.is_null()) {
            frame.insert(ours.to_owned(), value);
        }
    }
    if let Some(line) = sent.remove("context_line").filter(Value::is_string) {
        let mut lines = |name: &str| Value::Array(list(sent.remove(name).unwrap_or_default()));
        let (before, after) = (lines("pre_context"), lines("post_context"));
        let source = serde_json::json!({ "before": before, "line": line, "after": after });
        frame.insert("source".to_owned(), source);
    }
    Value::Object(frame)
}

/// A request with pairs where SDKs send objects, text or pairs.
fn request_view(value: Value) -> Value {
    let Value::Object(mut request) = value else { return Value::Null };
    let mut take = |name: &str| request.remove(name).unwrap_or(Value::Null);
    serde_json::json!({
        "method": take("method"),
        "url": take("url"),
        "query": pairs(take("query_string"), '&'),
        "headers": pairs(take("headers"), '\n'),
        "cookies": pairs(take("cookies"), ';'),
        "body": take("data"),
        "env": object(take("env")),
    })
}

fn pairs(value: Value, separator: char) -> Vec<(String, Value)> {
    match value {
        Value::Object(object) => object.into_iter().collect(),
        Value::Array(list) => (list.into_iter())
            .filter_map(|pair| match pair {
                Value::Array(mut pair) if pair.len() == 2 => {
                    let value = pair.pop()?;
                    Some((pair.pop()?.as_str()?.to_owned(), value))
                }
                _ => None,
            })
            .collect(),
        Value::String(text) => (text.split(separator))
            .filter(|part| !part.trim().is_empty())
            .map(|part| {
                let (key, value) = part.split_once('=').unwrap_or((part, ""));
                (key.trim().to_owned(), Value::String(value.to_owned()))
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_in_three_shapes() {
        let check = |value: Value, expected: &[(&str, &str)]| {
            let found = pairs(value, '&');
            let found: Vec<_> = found.iter().map(|(k, v)| (&k[..], v.as_str().unwrap())).collect();
            assert_eq!(found, expected);
        };
        let expected = [("a", "1"), ("b", "2")];
        check(serde_json::json!({"a": "1", "b": "2"}), &expected);
        check(serde_json::json!([["a", "1"], ["b", "2"], 7]), &expected);
        check(serde_json::json!("a=1&b=2&"), &expected);
        check(Value::Null, &[]);
    }

    #[test]
    fn threads_have_their_stacks_as_exceptions_have() {
        let sent = serde_json::json!({
            "id": 7, "name": "main", "crashed": true,
            "stacktrace": {"frames": [
                {"function": "main", "filename": "a.py", "lineno": 1},
                {"function": "f", "filename": "b.py", "lineno": 2, "colno": null,
                 "pre_context": ["x"], "context_line": "y"},
            ]},
        });
        let frames = &thread(sent)["frames"];
        assert_eq!(frames[0]["function"], "f");
        assert_eq!(
            frames[0]["source"],
            serde_json::json!({"before": ["x"], "line": "y", "after": []})
        );
        assert_eq!(frames[1], serde_json::json!({"function": "main", "file": "a.py", "line": 1}));
        assert_eq!(thread(serde_json::json!({"id": 1}))["frames"], serde_json::json!([]));
        assert_eq!(thread(Value::Null), Value::Null);
    }

    #[test]
    fn breadcrumbs_have_a_time_as_text() {
        let crumb = breadcrumb(serde_json::json!({"timestamp": 1.5, "message": "x"}));
        assert_eq!(crumb["time"], "1970-01-01T00:00:01.500000000Z");
        assert_eq!(list(serde_json::json!({"values": [1, 2]})).len(), 2);
        assert!(list(serde_json::json!("x")).is_empty());
    }
}
