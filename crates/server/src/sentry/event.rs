//! An event of an SDK as a report.

use std::net::IpAddr;
use std::sync::Arc;

use plimsoll_model::batch::Sender;
use plimsoll_model::{TimeWindow, UnixNano};
use plimsoll_wire::scrub::is_label;
use plimsoll_wire::sentry::Header;
use plimsoll_wire::sentry::event::{Event, User};
use serde_json::json;

use crate::errors::{Report, new_id};

/// A sender's clock that is off by less is taken as it is: the network takes its time, too.
const DRIFT_MIN_NANO: i64 = 60 * 1_000_000_000;

/// What is known of an event besides what it says.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) header: &'a Header,
    /// The project's name: the service that it sends for, unless it says otherwise.
    pub(super) project: &'a str,
    pub(super) remote: Option<IpAddr>,
    pub(super) window: &'a TimeWindow,
}

/// The report of an event.
pub(super) fn report(event: Event, around: &Around<'_>) -> Report {
    let Around { header, project, window, .. } = *around;
    let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
    let sender = Sender {
        service: or(event.service, project),
        version: or(event.release, &header.trace.release),
        environment: or(event.environment, &header.trace.environment),
        host: event.server_name,
        ..Sender::default()
    };
    let time = time_of(event.time_unix_nano, header.sent_at, window);
    let id = header.event_id.or(event.id);
    // The row has room for one message: that of the exception, where there is one.
    let said = match event.exceptions.first() {
        Some(exception) if exception.message != event.message => &*event.message,
        _ => "",
    };
    Report {
        source: "sentry",
        event_id: id.unwrap_or_else(|| new_id(&event.document, time)),
        time,
        level: event.level.name().to_owned(),
        platform: event.platform,
        exceptions: event.exceptions,
        logger: event.logger,
        transaction: or(event.transaction, &header.trace.transaction),
        trace_id: event.trace_id.or(header.trace.trace_id),
        span_id: event.span_id,
        user_id: user_id(&event.user, around.remote),
        dist: event.dist,
        sender: Arc::new(sender),
        tags: event.tags,
        document: document(event.document, &event.fingerprint, &event.message_template, said),
        message: event.message,
        template: event.message_template,
        fingerprint: event.fingerprint,
        images: event.debug_images,
    }
}

/// Whom it hit: the first of what is sent that tells users apart.
fn user_id(user: &User, remote: Option<IpAddr>) -> String {
    let address = match user.ip_address.as_str() {
        "{{auto}}" => remote.map(|remote| remote.to_string()).unwrap_or_default(),
        other => other.to_owned(),
    };
    let candidates = [&user.id, &user.email, &user.username, &address];
    // What is hidden tells nobody apart.
    let tells = |text: &&String| !text.is_empty() && !is_label(text);
    candidates.into_iter().find(tells).cloned().unwrap_or_default()
}

/// When it happened by our clock. A sender whose clock is wrong says what time it has when it sends.
fn time_of(time: Option<UnixNano>, sent: Option<UnixNano>, window: &TimeWindow) -> UnixNano {
    let Some(time) = time else { return window.received };
    let drift = sent.map_or(0, |sent| window.received.saturating_sub(sent));
    let drift = if drift.abs() > DRIFT_MIN_NANO { drift } else { 0 };
    let time = time.saturating_add(drift);
    match window.contains(time) {
        true => time,
        // Wrong all the same: what is known is that it came now.
        false => window.received,
    }
}

/// The document with what grouping has to see again, and what was logged with an exception.
fn document(document: String, fingerprint: &[String], template: &str, said: &str) -> String {
    if fingerprint.is_empty() && template.is_empty() && said.is_empty() {
        return document;
    }
    let mut more = serde_json::Map::new();
    if !fingerprint.is_empty() {
        more.insert("fingerprint".to_owned(), json!(fingerprint));
    }
    if !template.is_empty() {
        more.insert("message_template".to_owned(), json!(template));
    }
    if !said.is_empty() {
        more.insert("message".to_owned(), json!(said));
    }
    let more = serde_json::Value::Object(more).to_string();
    let members = more.trim_start_matches('{').trim_end_matches('}');
    match document.trim_start().strip_prefix('{') {
        Some(rest) if rest.trim_start().starts_with('}') => format!("{{{members}}}"),
        Some(rest) => format!("{{{members},{rest}"),
        None => more,
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::Exception;

    use super::*;

    const HOUR: i64 = 3_600 * 1_000_000_000;

    #[test]
    fn clocks_that_are_wrong_are_put_right() {
        let now = 1_000_000 * HOUR;
        let window = TimeWindow { received: now, oldest: now - 100 * HOUR, newest: now + HOUR };
        let year = 8_766 * HOUR;
        let check = |time, sent, expected| assert_eq!(time_of(time, sent, &window), expected);
        check(None, None, now);
        check(Some(now - HOUR), None, now - HOUR);
        check(Some(now - HOUR), Some(now), now - HOUR);
        // Two years ahead, and sent five seconds after it happened.
        let ahead = now + 2 * year;
        check(Some(ahead), Some(ahead + 5), now - 5);
        check(Some(ahead), None, now);
        check(Some(i64::MIN), Some(i64::MAX), now);
    }

    #[test]
    fn what_was_logged_is_kept_where_the_exception_says_something_else() {
        let (header, window) = (Header::default(), TimeWindow::unbounded(HOUR));
        let around = Around { header: &header, project: "shop", remote: None, window: &window };
        let check = |exceptions: &[&str], message: &str, expected: &str| {
            let told = |message: &&str| Exception { message: (*message).into(), ..<_>::default() };
            let event = Event {
                exceptions: exceptions.iter().map(told).collect(),
                message: message.to_owned(),
                document: "{}".to_owned(),
                ..Event::default()
            };
            assert_eq!(report(event, &around).document, expected, "{exceptions:?} and {message}");
        };
        check(&["no price"], "the request failed", r#"{"message":"the request failed"}"#);
        // A message with the stack of its thread.
        check(&["no price"], "no price", "{}");
        check(&["no price"], "", "{}");
        check(&[], "no price", "{}");
    }

    #[test]
    fn documents_keep_what_grouping_has_to_see_again() {
        let parse = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
        let fingerprint = ["{{ default }}".to_owned()];
        let both = parse(document(r#"{"a":1}"#.to_owned(), &fingerprint, "x %s}", "x 7}"));
        assert_eq!(
            both,
            json!({
                "a": 1,
                "fingerprint": ["{{ default }}"],
                "message_template": "x %s}",
                "message": "x 7}",
            })
        );
        assert_eq!(
            parse(document("{}".to_owned(), &[], "x", "")),
            json!({"message_template": "x"})
        );
        assert_eq!(document(r#"{"a":1}"#.to_owned(), &[], "", ""), r#"{"a":1}"#);
    }

    #[test]
    fn users_are_told_apart_by_the_first_that_is_sent() {
        let remote = Some("192.0.2.7".parse().unwrap());
        let user = |id: &str, email: &str, ip: &str| User {
            id: id.to_owned(),
            email: email.to_owned(),
            username: String::new(),
            ip_address: ip.to_owned(),
        };
        assert_eq!(user_id(&user("7", "a@b.c", ""), remote), "7");
        assert_eq!(user_id(&user("", "a@b.c", ""), remote), "a@b.c");
        assert_eq!(user_id(&user("", "", "{{auto}}"), remote), "192.0.2.7");
        assert_eq!(user_id(&user("", "", ""), remote), "");
        assert_eq!(user_id(&user("", "[email]", "{{auto}}"), remote), "192.0.2.7");
        assert_eq!(user_id(&user("", "[email]", "[ip]"), remote), "");
        assert_eq!(user_id(&user("", "", "{{auto}}"), None), "");
    }
}
