//! JSON: what is repaired, what is hidden, what is refused.

use plimsoll_wire::json::{JsonError, Limits};
use plimsoll_wire::scrub::Cleaned;

use super::scrubber;

fn clean(input: &[u8]) -> Result<Cleaned, JsonError> {
    let cleaned = scrubber().json(input, &Limits::default())?;
    serde_json::from_str::<serde_json::Value>(&cleaned.json).expect("it is valid");
    for (key, value) in &cleaned.members {
        let key = &cleaned.json[key.start - 1..key.end + 1];
        serde_json::from_str::<String>(key).expect("a key is a string");
        serde_json::from_str::<serde_json::Value>(&cleaned.json[value.clone()]).expect("a value");
    }
    Ok(cleaned)
}

#[track_caller]
fn check(input: impl AsRef<[u8]>, expected: &str, scrubbed: u32, repaired: u32) {
    let cleaned = clean(input.as_ref()).expect("it is JSON");
    assert_eq!(cleaned.json, expected);
    assert_eq!((cleaned.scrubbed, cleaned.repaired), (scrubbed, repaired), "{expected}");
    let again = clean(expected.as_bytes()).expect("it is JSON");
    assert_eq!((again.json.as_str(), again.scrubbed, again.repaired), (expected, 0, 0));
    assert_eq!(again.members, cleaned.members);
}

#[track_caller]
fn check_refused(input: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(clean(input.as_ref()).expect_err("it is not JSON").to_string(), expected);
}

#[test]
fn what_is_valid_is_kept_as_it_is_spelled() {
    for json in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.50",
        "1e5",
        "1E+05",
        "-12.5e-3",
        "\"\"",
        "{}",
        "[]",
        r#""a\/b\u00e9\ud83d\ude00\"\\\b\f\n\r\té""#,
        "[[],{},[{}]]",
        r#"{"a":1,"a":2,"":[]}"#,
        "123456789012345678901234567890",
        "0e999999999999",
        "1e-999999999999",
    ] {
        check(json, json, 0, 0);
        check(format!(" \u{feff}{json}").trim(), json, 0, 0);
        check(format!("\r\n\t {json} \n"), json, 0, 0);
    }
    check(" { \"a\" : [ 1 , 2 ] , \"b\" : { } } ", r#"{"a":[1,2],"b":{}}"#, 0, 0);
}

#[test]
fn what_is_not_is_repaired() {
    check(b"\"a\xff\xfeb\xe2\x82\"", "\"a\u{fffd}\u{fffd}b\u{fffd}\"", 0, 3);
    check(r#""\ud800""#, "\"\u{fffd}\"", 0, 1);
    check(r#""\ud800\ud800\udc00""#, "\"\u{fffd}\u{10000}\"", 0, 1);
    check(r#""\udc00\u00e9\ud800x""#, "\"\u{fffd}é\u{fffd}x\"", 0, 2);
    check("\"a\nb\tc\u{1}\"", r#""a\nb\tc\u0001""#, 0, 3);
    check("\"a\u{0}b\"", "\"a\u{fffd}b\"", 0, 1);
    check(r#""a\u0000b""#, "\"a\u{fffd}b\"", 0, 1);
    check(r#""\x\'\u12\u123g\"\\""#, r#""\\x\\'\\u12\\u123g\"\\""#, 0, 4);
    check("[NaN,Infinity,-Infinity]", "[null,null,null]", 0, 3);
    check("[1e999,-1e999,1.8e308]", "[null,null,null]", 0, 3);
    check(format!("[{}]", "9".repeat(400)), "[null]", 0, 1);
    check("{\"a\u{0}\":1,\"\\ud800\":2}", "{\"a\u{fffd}\":1,\"\u{fffd}\":2}", 0, 2);
}

#[test]
fn limits_bound_what_is_kept() {
    let limits = Limits { depth_max: 2, members_max: 3, string_bytes_max: 8 };
    let check = |input: &str, expected: &str, repaired: u32| {
        let cleaned = scrubber().json(input.as_bytes(), &limits).unwrap();
        assert_eq!((cleaned.json.as_str(), cleaned.repaired), (expected, repaired));
        let again = scrubber().json(expected.as_bytes(), &limits).unwrap();
        assert!(again.json == expected || expected.contains("too deep"), "{}", again.json);
    };
    check("[[1,2,3]]", "[[1,2,3]]", 0);
    check("[[1,2,3,4,[5]],6,7,{\"a\":[]} ]", "[[1,2,3],6,7]", 3);
    check("[[[]]]", r#"[["[too deep]"]]"#, 1);
    check(r#"{"a":{"b":{"c":[1,{}]},"d":1}}"#, r#"{"a":{"b":"[too deep]","d":1}}"#, 1);
    check(r#"{"a":1,"b":2,"c":3,"d":4 , "e":{"f":[5]} }"#, r#"{"a":1,"b":2,"c":3}"#, 2);
    check(r#"["12345678","123456789"]"#, r#"["12345678","12345…"]"#, 1);
    check(
        r#"["ééééé","\n\n\n\n\n\n\n\n","aaaa\n\naaa"]"#,
        r#"["éé…","\n\n\n\n\n\n\n\n","aaaa\n…"]"#,
        2,
    );
    check(r#"{"123456789":1}"#, r#"{"12345…":1}"#, 1);
    let deep = "[".repeat(1_000_000);
    assert!(scrubber().json(deep.as_bytes(), &limits).is_err());
    let deep = format!("{deep}{}", "]".repeat(1_000_000));
    check(&deep, r#"[["[too deep]"]]"#, 1);
}

#[test]
fn what_is_not_json_is_told_where() {
    check_refused("", "not JSON at byte 0: expected a value, found the end");
    check_refused("  hello", "not JSON at byte 2: expected a value, found 'h'");
    check_refused("{\"a\" 1}", "not JSON at byte 5: expected `:`, found '1'");
    check_refused("{a:1}", "not JSON at byte 1: expected a key, found 'a'");
    check_refused("[1 2]", "not JSON at byte 3: expected `,` or `]`, found '2'");
    check_refused("[1,]", "not JSON at byte 3: expected a value, found ']'");
    check_refused("{\"a\":1,}", "not JSON at byte 7: expected a key, found '}'");
    check_refused("{\"a\":1]", "not JSON at byte 6: expected `,` or `}`, found ']'");
    check_refused("\"abc", "not JSON at byte 4: expected the end of a string, found the end");
    check_refused("\"abc\\", "not JSON at byte 5: expected the end of a string, found the end");
    check_refused("[tru]", "not JSON at byte 1: expected true, found 't'");
    check_refused("01", "not JSON at byte 1: expected a number, found '1'");
    check_refused("-", "not JSON at byte 1: expected a number, found the end");
    check_refused("1.", "not JSON at byte 2: expected a number, found the end");
    check_refused("1e+", "not JSON at byte 3: expected a number, found the end");
    check_refused("{} x", "not JSON at byte 3: expected the end, found 'x'");
    check_refused("[1", "not JSON at byte 2: expected `,` or `]`, found the end");
    // Offsets are those of what was sent.
    check_refused(b"[\"\xff\xff\",x]", "not JSON at byte 6: expected a value, found 'x'");
    check_refused("\u{feff}[x]", "not JSON at byte 4: expected a value, found 'x'");
    check_refused("{\"password\":{\"a\":[}}", "not JSON at byte 18: expected a value, found '}'");
}

#[test]
fn values_of_secret_keys_are_hidden_whole() {
    check(r#"{"password":"x","a":1}"#, r#"{"password":"[scrubbed]","a":1}"#, 1, 0);
    check(r#"{"password":1}"#, r#"{"password":"[scrubbed]"}"#, 1, 0);
    check(r#"{"password":true}"#, r#"{"password":"[scrubbed]"}"#, 1, 0);
    check(r#"{"auth":{"a":[1,{"b":2}]},"c":3}"#, r#"{"auth":"[scrubbed]","c":3}"#, 1, 0);
    check(r#"{"cookies":[["a","b"]]}"#, r#"{"cookies":"[scrubbed]"}"#, 1, 0);
    check(r#"{"p\u0061ss":"x"}"#, r#"{"p\u0061ss":"[scrubbed]"}"#, 1, 0);
    check(r#"{"a":{"b":[{"api_key":"x"}]}}"#, r#"{"a":{"b":[{"api_key":"[scrubbed]"}]}}"#, 1, 0);
    // Nothing is there to hide.
    check(
        r#"{"token":null,"secret":"","auth": { },"cookie":[ ]}"#,
        r#"{"token":null,"secret":"","auth":{},"cookie":[]}"#,
        0,
        0,
    );
}

#[test]
fn secrets_may_be_named_by_values() {
    check(
        r#"[["Authorization","x"],["Host","y"],["Cookie",["a","b"]],["Host","z"]]"#,
        r#"[["Authorization","[scrubbed]"],["Host","y"],["Cookie","[scrubbed]"],["Host","z"]]"#,
        2,
        0,
    );
    check(r#"["password","email"]"#, r#"["password","email"]"#, 0, 0);
    check(r#"[["password","email","name"]]"#, r#"[["password","email","name"]]"#, 0, 0);
    check(
        r#"{"name":"password","value":"x","z":1}"#,
        r#"{"name":"password","value":"[scrubbed]","z":1}"#,
        1,
        0,
    );
    check(
        r#"{"value":"x","z":1,"name":"set-cookie","y":[2]}"#,
        r#"{"value":"[scrubbed]","z":1,"name":"set-cookie","y":[2]}"#,
        1,
        0,
    );
    check(
        r#"[{"key":"token","value":{"stringValue":"x"}},{"key":"b","value":"y"}]"#,
        r#"[{"key":"token","value":"[scrubbed]"},{"key":"b","value":"y"}]"#,
        1,
        0,
    );
}

#[test]
fn texts_numbers_and_keys_are_looked_at() {
    check(r#"["password=x&a=1"]"#, r#"["password=[scrubbed]&a=1"]"#, 1, 0);
    check(r#"["a\npassword=x\n\u00e9"]"#, r#"["a\npassword=[scrubbed]\né"]"#, 1, 0);
    check(
        "[4111111111111111,4111111111111111.0,4111111111111112]",
        r#"["[card]","[card]",4111111111111112]"#,
        2,
        0,
    );
    check(r#"{"4111111111111111":1}"#, r#"{"[card]":1}"#, 1, 0);
    check(r#"{"\u0034111111111111111":1}"#, r#"{"[card]":1}"#, 1, 0);
    check(r#"["{\"password\":\"x\"}"]"#, r#"["{\"password\":\"[scrubbed]\"}"]"#, 1, 0);
    check(
        r#"{"span_id":"4111111111111111","event_id":"4111111111111111","release":"a@1"}"#,
        r#"{"span_id":"4111111111111111","event_id":"4111111111111111","release":"a@1"}"#,
        0,
        0,
    );
    check(r#"{"trace_id":"a password=x"}"#, r#"{"trace_id":"a password=[scrubbed]"}"#, 1, 0);
}

#[test]
fn members_of_the_outermost_object_are_told() {
    let cleaned =
        clean(br#" { "a" : 1, "password":"x" , "n":"\ud800", "a":[ 1 ],"o":{"p":1}} "#).unwrap();
    let members: Vec<_> = cleaned
        .members
        .iter()
        .map(|(key, value)| (&cleaned.json[key.clone()], &cleaned.json[value.clone()]))
        .collect();
    let expected = [
        ("a", "1"),
        ("password", "\"[scrubbed]\""),
        ("n", "\"\u{fffd}\""),
        ("a", "[1]"),
        ("o", "{\"p\":1}"),
    ];
    assert_eq!(members, expected);
    assert!(clean(b"[1]").unwrap().members.is_empty());
}
