//! Outlines: read as the whole event is, but for what they leave out.

use std::sync::LazyLock;

use plimsoll_wire::json::Limits;
use plimsoll_wire::scrub::{Privacy, Scrubber};
use plimsoll_wire::sentry::ItemType;
use plimsoll_wire::sentry::event::{Event, Request, outline, read};

use super::captures::ALL;

static SCRUBBER: LazyLock<Scrubber> = LazyLock::new(|| Scrubber::new(&Privacy::default()));

/// An event without what its outline has not.
fn bare(mut event: Event) -> Event {
    for frame in event.exceptions.iter_mut().flat_map(|exception| &mut exception.frames) {
        (frame.source, frame.variables) = (None, Vec::new());
    }
    (event.document, event.request) = (String::new(), Request::default());
    (event.misfits, event.omitted) = (0, 0);
    event
}

/// Compares a payload's outline with the whole; whether it could be read.
pub(crate) fn check(payload: &[u8]) -> bool {
    let limits = Limits::default();
    let whole = SCRUBBER.json(payload, &limits);
    let outline = outline(&SCRUBBER, payload, &limits);
    let (whole, outline) = match (whole, outline) {
        (Ok(whole), Ok(outline)) => (read(&whole.json), read(&outline.json)),
        (Err(whole), Err(outline)) => {
            assert_eq!(whole.to_string(), outline.to_string());
            return false;
        }
        (whole, outline) => panic!("{whole:?} and {outline:?}"),
    };
    assert_eq!(whole.is_ok(), outline.is_ok());
    let (Ok(whole), Ok(outline)) = (whole, outline) else { return false };
    assert_eq!(bare(whole), bare(outline), "{}", String::from_utf8_lossy(payload));
    true
}

#[test]
fn outlines_of_captures_are_read_as_the_whole() {
    for (name, _) in ALL {
        let envelope = super::captures::open(name);
        let events = envelope.items.iter().filter(|item| *item.item_type() == ItemType::Event);
        events.for_each(|item| assert!(check(item.payload), "{name}"));
    }
}

#[test]
fn an_outline_is_read_as_the_whole() {
    let check = |payload: &[u8]| assert!(check(payload));
    let stack = r#"{"frames":[{"function":"pay","module":"shop","lineno":7,"in_app":true,
        "vars":{"card":"4111 1111 1111 1111"},"pre_context":["a"],"context_line":"b",
        "post_context":["c"]}]}"#;
    check(
        format!(
            r#"{{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","exception":{{"values":[
            {{"type":"E","value":"password=hunter2","stacktrace":{stack}}}]}},
            "breadcrumbs":[1],"extra":{{"a":1}},"tags":{{"vars":"kept","extra":"too"}},
            "contexts":{{"trace":{{"trace_id":"0af7651916cd43dd8448eb211c80319c"}}}},
            "request":{{"url":"/x"}},"user":{{"id":7}}}}"#
        )
        .as_bytes(),
    );
    check(format!(r#"{{"stacktrace":{stack},"message":"m"}}"#).as_bytes());
    check(format!(r#"{{"threads":[{{"crashed":true,"stacktrace":{stack}}}]}}"#).as_bytes());
    check(format!(r#"{{"exception":{{"type":"E","stacktrace":{stack}}}}}"#).as_bytes());
    // Keys that only look like those of frames, and one that is told with an escape.
    check(
        br#"{"exception":[],"t\u0061gs":{"vars":"kept"},"logentry":{"message":"a %s",
        "params":{"vars":{"context_line":1}}}}"#,
    );
    check(b"{\"message\":\"a \xff\",\"breadcrumbs\":NaN}");
}

#[test]
fn an_outline_leaves_out_what_it_can() {
    let payload = br#"{"exception":{"values":[{"stacktrace":{"frames":[{"vars":{"a":1}}]}}]},
        "breadcrumbs":{"values":[{"message":"m"}]}}"#;
    let outline = outline(&SCRUBBER, payload, &Limits::default()).unwrap();
    let expected = r#"{"exception":{"values":[{"stacktrace":{"frames":[{"vars":null}]}}]},"breadcrumbs":null}"#;
    assert_eq!(outline.json, expected);
}

#[test]
fn what_is_left_out_has_to_be_json_all_the_same() {
    let check = |payload: &[u8]| assert!(!check(payload));
    check(br#"{"breadcrumbs":[{"a":}]}"#);
    check(br#"{"breadcrumbs":[{"a" 1}]}"#);
    check(br#"{"extra":[1,2"#);
}
