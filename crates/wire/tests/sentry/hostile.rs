//! Bytes that no SDK sends: every reader ends on them without a panic, and what it gives stays
//! valid.

use proptest::prelude::*;

use crate::captures::ALL;
use crate::mutate::{Random, mutate_bytes};
use crate::reading::{read_all, read_event, read_payload};

#[test]
fn mutated_captures() {
    let mut random = Random(7);
    for (_, bytes) in ALL {
        for _ in 0..40 {
            let mut bytes = bytes.to_vec();
            mutate_bytes(&mut bytes, &mut random);
            read_all(&bytes);
        }
        read_all(bytes);
    }
}

#[test]
fn captures_cut_anywhere() {
    for (_, bytes) in ALL {
        for end in (0..bytes.len()).step_by(97) {
            read_all(&bytes[..end]);
        }
    }
}

#[test]
fn deep_nesting_does_not_recurse() {
    for open in [
        "[",
        "{\"a\":",
        "{\"values\":[",
        "{\"spans\":[{\"data\":",
        "{\"contexts\":{\"trace\":{\"data\":",
    ] {
        let json = open.repeat(50_000);
        read_event(&format!("{{\"exception\":{json}"));
        read_event(&format!("{{\"threads\":{json}"));
        read_payload("", &json);
        read_payload("", &format!("{{\"attributes\":{{\"a\":{json}"));
        read_payload("", &format!("{{\"data\":{{\"a\":{json}"));
    }
}

/// JSON with the names that readers look for, in any shape.
fn json() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "values",
        "exception",
        "stacktrace",
        "frames",
        "mechanism",
        "type",
        "value",
        "threads",
        "contexts",
        "trace",
        "trace_id",
        "span_id",
        "tags",
        "key",
        "user",
        "id",
        "vars",
        "message",
        "logentry",
        "params",
        "formatted",
        "spans",
        "data",
        "attributes",
        "items",
        "timestamp",
        "start_timestamp",
        "links",
        "measurements",
        "request",
        "debug_meta",
        "images",
        "aggregates",
        "started",
        "attrs",
        "release",
        "monitor_config",
        "schedule",
        "discarded_events",
        "other\n",
    ]);
    let scalar = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1.5",
        "1e999",
        "99999999999999999999",
        "\"\"",
        "\"text\"",
        "\"\\ud800\"",
        "\"4d84f458dca94a409ef8cc61057a5f57\"",
        "\"81181c02eec447d8\"",
        "1795523288.5",
        "\"%s {} %(a)s\"",
    ]);
    scalar.prop_map(str::to_owned).prop_recursive(6, 60, 6, move |inner| {
        let member = (name.clone(), inner.clone()).prop_map(|(name, value)| {
            format!("{}:{value}", serde_json::to_string(name).expect("a text"))
        });
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::vec(member, 0..6).prop_map(|all| format!("{{{}}}", all.join(","))),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes(bytes: Vec<u8>, tail in "[ -~\n]{0,80}") {
        read_all(&bytes);
        read_all(format!("{{}}\n{{\"type\":\"event\"}}\n{tail}").as_bytes());
    }

    #[test]
    fn any_shape(json in json()) {
        read_payload("application/vnd.sentry.items.log+json", &json);
        read_event(&json);
    }
}
