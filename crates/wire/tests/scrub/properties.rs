//! What holds for any input.

use plimsoll_wire::json::{EXPANSION_MAX, Limits};
use plimsoll_wire::scrub::{Privacy, Scrubber};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::{scrubber, strict};

/// What text is made of that makes a scrubber look twice.
const PIECES: &[&str] = &[
    "password",
    "token",
    "api key",
    "Authorization",
    "Cookie",
    "session_id",
    "trace_id",
    "n",
    "=",
    ":",
    ": ",
    " = ",
    "=>",
    "\"",
    "'",
    "\\",
    "\\\"",
    "\\\\",
    "{",
    "}",
    "[",
    "]",
    "(",
    "<",
    ">",
    ",",
    ";",
    "&",
    " ",
    "\n",
    "\\n",
    "://",
    "user:",
    "@",
    "host",
    "/",
    ".",
    "-",
    "_",
    "%5B",
    "%5D",
    "%40",
    "4111",
    "4111111111111111",
    "1111",
    "0",
    "1.2.3.4",
    "::1",
    "a@b.de",
    "Bearer ",
    "Basic ",
    "dTpw",
    "eyJ",
    "eyJhbGciOiJub25l",
    "sk-",
    "xoxb-",
    "ghp_",
    "AKIA",
    "ABCDEFGHIJ234567",
    "abc123",
    "é",
    "😀",
    "[scrubbed]",
    "[token]",
    "[card]",
    "null",
    "true",
    "\u{0}",
    "\u{1}",
    "-----BEGIN ",
    "PRIVATE KEY",
    "-----",
    "-----END ",
    "…",
    "1e5",
    "\\u0000",
    "\\ud800",
    "\\u00e9",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(select(PIECES), 0..24).prop_map(|pieces| pieces.concat()),
        ".*",
    ]
}

/// Bytes that are nearly JSON.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    const BYTES: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\"a\":",
        b"\"password\":",
        b"\"name\":\"token\",",
        b"\"value\":",
        b"1",
        b"-1.5e3",
        b"1e999",
        b"null",
        b"true",
        b"NaN",
        b"-Infinity",
        b" ",
        b"\n",
        b"\"x\"",
        b"\"\\ud800\"",
        b"\"\\u0000\"",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\\",
        b"\"4111111111111111\"",
        b"[\"Cookie\",\"a\"]",
        b"\x01",
        b"{}",
        b"[]",
    ];
    prop_oneof![
        prop::collection::vec(select(BYTES), 0..40).prop_map(|pieces| pieces.concat()),
        prop::collection::vec(any::<u8>(), 0..40),
        value().prop_map(|value| serde_json::to_vec(&value).expect("it has JSON")),
        value().prop_map(|value| serde_json::to_vec_pretty(&value).expect("it has JSON")),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e308..1e308).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    (0_usize..6, 0_usize..6, 0_usize..30).prop_map(|(depth_max, members_max, string_bytes_max)| {
        Limits { depth_max, members_max, string_bytes_max }
    })
}

/// A secret that is no word, and how it is hidden within others.
const SECRET: &str = "q7Zx1Kw9";

#[derive(Clone, Debug)]
enum Wrap {
    Array,
    Object,
    Text,
    Escapes,
}

/// Puts a secret into JSON under a key, or as a pair, or in text, within any nesting.
fn planted() -> impl Strategy<Value = (String, usize)> {
    let key = select(vec![
        "password",
        "apiKey",
        "Authorization",
        "x-auth-token",
        "client_secret",
        "sessionid",
        "CSRF",
        "pin",
    ]);
    let form = select(vec![
        "{\"KEY\":\"SECRET\"}",
        "{\"KEY\":[1,{\"a\":\"SECRET\"}]}",
        "[[\"KEY\",\"SECRET\"]]",
        "{\"name\":\"KEY\",\"value\":\"SECRET\"}",
        "{\"value\":{\"s\":\"SECRET\"},\"key\":\"KEY\"}",
        "\"a=1&KEY=SECRET&b=2\"",
        "\"KEY: SECRET\"",
        "\"KEY = 'SECRET'\"",
        "\"{'KEY': 'SECRET'}\"",
        "\"x {\\\"KEY\\\":\\\"SECRET\\\"} y\"",
        "\"<KEY>SECRET</KEY>\"",
        "\"at amqp://u:SECRET@h/\"",
        "{\"a\":{\"KEY\":{\"b\":{\"c\":\"SECRET\"}}}}",
    ]);
    let wraps = prop::collection::vec(
        select(vec![Wrap::Array, Wrap::Object, Wrap::Text, Wrap::Escapes]),
        0..6,
    );
    (key, form, wraps).prop_map(|(key, form, wraps)| {
        let mut json = form.replace("KEY", key).replace("SECRET", SECRET);
        let mut texts = 0;
        for wrap in wraps {
            json = match wrap {
                Wrap::Array => format!("[1, {json} ,\"x\"]"),
                Wrap::Object => format!("{{\"a\": 1, \"b\" : {json}}}"),
                // Deeper than this JSON is no longer taken apart.
                Wrap::Text if texts < 3 => {
                    texts += 1;
                    serde_json::to_string(&json).expect("text has JSON")
                }
                Wrap::Text => json,
                // Letters of keys as escapes, where there is no other JSON around them.
                Wrap::Escapes if texts == 0 => json.replace('s', "\\u0073").replace('t', "\\u0074"),
                Wrap::Escapes => json,
            };
        }
        (json, texts)
    })
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(members) => {
            members.iter().any(|(key, value)| key.contains('\0') || has_nul(value))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn scrubbed_text_is_not_scrubbed_again(text in text()) {
        for scrubber in [scrubber(), strict()] {
            if let Some(hidden) = scrubber.text(&text) {
                let again = scrubber.text(&hidden);
                prop_assert!(again.is_none(), "{text:?} became {hidden:?} became {again:?}");
            }
        }
    }

    #[test]
    fn json_is_valid_bounded_and_scrubbed_once(bytes in bytes(), limits in limits()) {
        for (scrubber, limits) in [(strict(), Limits::default()), (scrubber(), limits)] {
            let Ok(cleaned) = scrubber.json(&bytes, &limits) else { continue };
            let parsed = serde_json::from_str::<Value>(&cleaned.json);
            prop_assert!(parsed.is_ok(), "{}: {parsed:?}", cleaned.json);
            prop_assert!(cleaned.json.len() <= bytes.len() * EXPANSION_MAX);
            prop_assert!(!parsed.is_ok_and(|value| has_nul(&value)));
            for (key, value) in &cleaned.members {
                let key = &cleaned.json[key.start - 1..key.end + 1];
                prop_assert!(serde_json::from_str::<String>(key).is_ok());
                prop_assert!(serde_json::from_str::<Value>(&cleaned.json[value.clone()]).is_ok());
            }
        }
        let whole = Limits { depth_max: 100, members_max: 1_000, string_bytes_max: 10_000 };
        if let Ok(cleaned) = strict().json(&bytes, &whole) {
            let again = strict().json(cleaned.json.as_bytes(), &whole).expect("it is valid");
            prop_assert_eq!(&again.json, &cleaned.json);
            prop_assert_eq!((again.scrubbed, again.repaired), (0, 0));
        }
    }

    /// Without anything hidden or repaired the document is the same, to the letter of its strings.
    #[test]
    fn json_without_privacy_is_the_same_document(value in value()) {
        let nothing = Scrubber::new(&Privacy {
            secret_keys: false,
            credit_cards: false,
            tokens: false,
            ..Privacy::default()
        });
        let json = serde_json::to_string_pretty(&value).expect("it has JSON");
        let cleaned = nothing.json(json.as_bytes(), &Limits::default()).expect("it is valid");
        prop_assert_eq!(cleaned.scrubbed, 0);
        if !json.contains("\\u0000") {
            prop_assert_eq!(cleaned.repaired, 0);
            prop_assert_eq!(cleaned.json, serde_json::to_string(&value).expect("it has JSON"));
        }
    }

    #[test]
    fn what_is_json_is_taken(bytes in bytes()) {
        if serde_json::from_slice::<Value>(&bytes).is_ok() {
            prop_assert!(scrubber().json(&bytes, &Limits::default()).is_ok());
        }
    }

    #[test]
    fn no_planted_secret_survives((json, texts) in planted()) {
        let cleaned = scrubber().json(json.as_bytes(), &Limits::default()).expect("it is JSON");
        prop_assert!(!cleaned.json.contains(SECRET), "{texts}: {json} became {}", cleaned.json);
        if json.starts_with(['[', '{']) {
            let text = scrubber().text(&json).expect("something is hidden");
            prop_assert!(!text.contains(SECRET), "{texts}: {json} became {text}");
        }
    }

    #[test]
    fn keys_and_texts_without_marks_are_kept(text in "[a-z ]{0,60}") {
        prop_assert_eq!(strict().text(&text), None);
    }
}

/// Texts that make a careless scanner go over the same bytes again and again.
#[test]
fn time_is_linear() {
    const BYTES: usize = 1 << 18;
    let scrubber = strict();
    for piece in PIECES.iter().copied().chain([
        "4111 1111 1111 1111 ",
        "4111-",
        "key key ",
        "a=",
        "token=",
        "token:{",
        "token=\"",
        "\\\"token\\\":",
        "<pw>",
        "token>",
        "password=*",
        "eyJ-",
        "eyJaaaaaaaaaaaa.",
        "sk-aaa-",
        "ya29..",
        "basic basic ",
        "bearer          ",
        "a@",
        "1:",
        "1.1.",
        "{\"",
        "[[",
        "{\"a\":[",
        "\"{\\\"",
        "-----BEGIN PRIVATE KEY-----",
        "://a:",
        "password=a,a,",
        "Cookie: \\",
        "token: {\"",
        "a%40",
    ]) {
        let text = piece.repeat(BYTES / piece.len());
        let _ = scrubber.text(&text);
        let json = serde_json::to_string(&[&text]).expect("text has JSON");
        assert!(scrubber.json(json.as_bytes(), &Limits::default()).is_ok());
        let _ = scrubber.json(text.as_bytes(), &Limits::default());
    }
    let texts = format!("[{}1]", "\"{\\\"\",".repeat(BYTES / 8));
    assert!(scrubber.json(texts.as_bytes(), &Limits::default()).is_ok());
}
