//! What holds of scrubbed JSON and text, and documents to begin with.

use plimsoll_wire::json::{EXPANSION_MAX, Limits};
use plimsoll_wire::scrub::{Privacy, Scrubber};

/// Panics where what was scrubbed is not valid, too long, or is scrubbed again.
pub fn check(body: &[u8]) {
    let strict = Privacy { emails: true, ip_addresses: true, ..Privacy::default() };
    let limits = Limits { depth_max: 100, ..Limits::default() };
    for privacy in [Privacy::default(), strict] {
        let scrubber = Scrubber::new(&privacy);
        if let Ok(cleaned) = scrubber.json(body, &limits) {
            let valid = serde_json::from_str::<serde_json::Value>(&cleaned.json);
            assert!(valid.is_ok(), "{}", cleaned.json);
            assert!(cleaned.json.len() <= body.len() * EXPANSION_MAX);
            let again = scrubber.json(cleaned.json.as_bytes(), &limits).expect("it is valid");
            assert_eq!(again.json, cleaned.json);
            assert_eq!(again.members, cleaned.members);
        } else {
            assert!(serde_json::from_slice::<serde_json::Value>(body).is_err());
        }
        if let Some(text) = std::str::from_utf8(body).ok().and_then(|text| scrubber.text(text)) {
            assert_eq!(scrubber.text(&text), None, "{text}");
        }
    }
}

/// Documents with each kind of secret, and with each kind of fault.
pub(crate) const DOCUMENTS: &[&str] = &[
    r#"{"password":"a","n":[1,2.5e3,null,true],"headers":[["Cookie","a=b"]]}"#,
    r#"[{"name":"token","value":"x"},"at postgres://u:p@h/db?api_key=1&b=2"]"#,
    r#"{"a":"{\"secret\":\"x\"}","b":"4111 1111 1111 1111","c":4111111111111111}"#,
    r#"{"e":"a@b.de from 192.0.2.1 and 2001:db8::1","t":"Bearer abc123def","x":NaN}"#,
    "{\"a\\ud800\":\"\\u0000\\x\u{1}\", \"a\":1e999, \"b\": -Infinity}\n",
    "Authorization: Basic dTpw\nCookie: a=b; c=d\n<pw>x</pw> {'token': b'x'} 'api key' => \"y\"",
    "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\neyJhbGciOiJub25l.eyJhIjoxfQ.x",
];
