//! The captures, and cleaning that is enough for them: payloads are made valid JSON.

use plimsoll_wire::sentry::{Envelope, ItemType, Limits, envelope};

macro_rules! captures {
    ($($name:literal),* $(,)?) => {
        /// All captures: name and bytes.
        pub(crate) const ALL: &[(&str, &[u8])] = &[
            $(($name, include_bytes!(concat!("captures/", $name, ".envelope"))),)*
        ];
    };
}

captures! {
    "node-11.12.0-aggregate",
    "node-11.12.0-chained",
    "node-11.12.0-check-in",
    "node-11.12.0-feedback",
    "node-11.12.0-logs",
    "node-11.12.0-message",
    "node-11.12.0-session",
    "node-11.12.0-spans",
    "node-11.12.0-transaction",
    "python-2.75.0-attachment",
    "python-2.75.0-chained",
    "python-2.75.0-check-in",
    "python-2.75.0-client-report",
    "python-2.75.0-group",
    "python-2.75.0-logentry",
    "python-2.75.0-logs",
    "python-2.75.0-metrics",
    "python-2.75.0-sessions",
    "python-2.75.0-transaction",
    "rust-0.49.5-error",
    "rust-0.49.5-logs",
    "rust-0.49.5-panic",
    "rust-0.49.5-tracing",
    "rust-0.49.5-transaction",
}

/// A capture, taken apart.
pub(crate) fn open(name: &str) -> Envelope<'static> {
    let (_, bytes) = ALL.iter().find(|(known, _)| *known == name).expect("such a capture");
    let envelope = envelope::read(bytes, &Limits::default()).expect("an envelope");
    assert_eq!(envelope.skipped, []);
    assert!(envelope.items.iter().all(|item| !item.wrong_length));
    envelope
}

/// The payload of a capture's first item of this type, as cleaning leaves it.
pub(crate) fn payload(name: &str, item_type: ItemType) -> String {
    let envelope = open(name);
    let item = envelope.items.iter().find(|item| *item.item_type() == item_type);
    clean(item.expect("such an item").payload).expect("valid JSON")
}

/// Valid JSON for any that is nearly so.
pub(crate) fn clean(payload: &[u8]) -> Option<String> {
    serde_json::from_slice::<serde_json::Value>(payload).ok().map(|value| value.to_string())
}

#[test]
fn envelopes_are_understood_to_the_last_byte() {
    for (name, _) in ALL {
        let envelope = open(name);
        assert!(!envelope.items.is_empty(), "{name}");
        for item in &envelope.items {
            assert!(!matches!(item.item_type(), ItemType::Unknown(_)), "{name}: {item:?}");
            let json = *item.item_type() != ItemType::Attachment;
            assert!(!json || clean(item.payload).is_some(), "{name}");
        }
    }
}

#[test]
fn headers_say_who_sent_what_for_which_trace() {
    let header = open("node-11.12.0-chained").header;
    assert_eq!((&*header.sdk.name, &*header.sdk.version), ("sentry.javascript.node", "11.12.0"));
    assert_eq!(header.trace.public_key, "0123456789abcdef0123456789abcdef");
    assert_eq!((&*header.trace.release, &*header.trace.environment), ("shop@1.4.2", "production"));
    assert!(header.event_id.is_some() && header.sent_at.is_some());
    let header = open("python-2.75.0-transaction").header;
    assert_eq!((&*header.trace.transaction, header.trace.sampled), ("orders", Some(true)));
    assert_eq!(header.trace.sample_rate, "1.0");
    let header = open("python-2.75.0-logs").header;
    assert_eq!((header.event_id, &*header.trace.release), (None, ""));
}
