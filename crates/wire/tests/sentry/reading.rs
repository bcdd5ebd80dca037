//! Bytes read as everything that a request of an SDK may be.

use plimsoll_model::TimeWindow;
use plimsoll_wire::sentry::rows::{Logs, Origin, Spans};
use plimsoll_wire::sentry::{
    Attachment, CheckIn, ClientReport, Feedback, ItemType, Limits, Session, Sessions, auth,
    envelope, event, store,
};

use super::captures::clean;

/// Reads text as an event. Where it is valid JSON, the event's document must be too.
pub(crate) fn read_event(json: &str) {
    let _ = event::read(json);
    let Some(json) = clean(json.as_bytes()) else { return };
    if let Ok(event) = event::read(&json) {
        let document: serde_json::Value =
            serde_json::from_str(&event.document).expect("valid JSON");
        assert!(document.is_object());
    }
}

/// Reads text as the payload of every other item. The readers are made for valid JSON and must
/// survive any other text.
pub(crate) fn read_payload(content_type: &str, json: &str) {
    let window = TimeWindow::unbounded(0);
    let origin = Origin::default();
    let mut spans = Spans::new(origin, &window);
    let _ = spans.push_transaction(json);
    let _ = spans.push_span(json);
    let _ = spans.push_spans(json);
    drop(spans.finish().expect("columns"));
    let mut logs = Logs::new(origin, &window);
    let _ = logs.push_item(content_type, json);
    let _ = logs.push_item("", json);
    drop(logs.finish().expect("columns"));
    let _ = (Session::read(json), Sessions::read(json), CheckIn::read(json));
    let _ = (ClientReport::read(json), Feedback::read(json), Feedback::read_user_report(json));
}

/// Reads bytes as an envelope with its items, as a body of the older endpoint and as headers.
pub(crate) fn read_all(bytes: &[u8]) {
    let limits = Limits::default();
    let _ = store::unwrap(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ =
            (auth::Auth::from_header(text), auth::Auth::from_query(text), auth::Dsn::parse(text));
    }
    let Ok(envelope) = envelope::read(bytes, &limits) else { return };
    for item in &envelope.items {
        if *item.item_type() == ItemType::Attachment {
            let _ = Attachment::of(item, &limits);
        }
        super::outline::check(item.payload);
        if let Ok(text) = std::str::from_utf8(item.payload) {
            read_event(text);
            read_payload(&item.header.content_type, text);
        }
    }
}
