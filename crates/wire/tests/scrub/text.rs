//! What is hidden within text. Tokens of issuers are put together here so that no scanner of
//! repositories takes them for real ones.

use plimsoll_wire::scrub::{Privacy, Scrubber};

use super::{scrubber, strict};

#[track_caller]
fn check(input: &str, expected: &str) {
    let found = scrubber().text(input);
    assert_eq!(found.as_deref().unwrap_or(input), expected);
    assert_eq!(found.is_some(), input != expected, "{input}");
    assert_eq!(scrubber().text(expected), None, "again: {expected}");
}

#[track_caller]
fn check_kept(inputs: &[&str]) {
    for input in inputs {
        assert_eq!(scrubber().text(input), None, "{input}");
    }
}

#[track_caller]
fn check_strict(input: &str, expected: &str) {
    let found = strict().text(input);
    assert_eq!(found.as_deref().unwrap_or(input), expected);
    assert_eq!(strict().text(expected), None, "again: {expected}");
}

#[test]
fn pairs_of_names_and_values() {
    check("password=hunter2", "password=[scrubbed]");
    check(
        "login failed: password=hunter2, user=bob",
        "login failed: password=[scrubbed], user=bob",
    );
    check("user=bob&password=a%20b&x=1", "user=bob&password=[scrubbed]&x=1");
    check("/reset?token=abc123&next=/", "/reset?token=[scrubbed]&next=/");
    check("Password: hunter2", "Password: [scrubbed]");
    check("password = 'a b' and", "password = '[scrubbed]' and");
    check("api_key: abc\nnext: 1", "api_key: [scrubbed]\nnext: 1");
    check("api key: abc", "api key: [scrubbed]");
    check("the access key is=1 api key=2", "the access key is=1 api key=[scrubbed]");
    check(r#"{"password":"a\"b","n":1} x"#, r#"{"password":"[scrubbed]","n":1} x"#);
    check(r#"got {"password": 123, "n": 1"#, r#"got {"password": [scrubbed], "n": 1"#);
    check(r#"got {"session": {"a": "}"}, "n": 1"#, r#"got {"session": [scrubbed], "n": 1"#);
    check(r#"x \"token\": \"a b\", \"n\": 1"#, r#"x \"token\": \"[scrubbed]\", \"n\": 1"#);
    check(
        r#"x {\\\"token\\\":\\\"a\\\\\\\"b\\\",\\\"n\\\":1}"#,
        r#"x {\\\"token\\\":\\\"[scrubbed]\\\",\\\"n\\\":1}"#,
    );
    check("{'password': b'x', 'n': 1}", "{'password': b'[scrubbed]', 'n': 1}");
    check(r#"{:password=>"x", :n=>1}"#, r#"{:password=>"[scrubbed]", :n=>1}"#);
    check(r#"{"secret" => "x"}"#, r#"{"secret" => "[scrubbed]"}"#);
    check("User(name=bob, password=a,b)", "User(name=bob, password=[scrubbed])");
    check("password=a,user=b", "password=[scrubbed],user=b");
    check("user[password]=x&a=1", "user[password]=[scrubbed]&a=1");
    check("user%5Bpassword%5D=x&a=1", "user%5Bpassword%5D=[scrubbed]&a=1");
    check("request.form['password'] = 'x'", "request.form['password'] = '[scrubbed]'");
    check("<user><password>x y</password></user>", "<user><password>[scrubbed]</password></user>");
    check("<ns:secret>x</ns:secret>", "<ns:secret>[scrubbed]</ns:secret>");
    check("Server=a;User Id=b;Password=c;Port=1", "Server=a;User Id=b;Password=[scrubbed];Port=1");
    check("password=\"unclosed", "password=\"[scrubbed]");
    check("secret:={1,{2}", "secret:=[scrubbed]");
    check("DB_PASSWORD=x\\nOTHER=y", "DB_PASSWORD=[scrubbed]\\nOTHER=y");
    check("password   =   x", "password   =   [scrubbed]");
    check("ünï_password=ü", "ünï_password=[scrubbed]");
    check("--client-secret=x --n=1", "--client-secret=[scrubbed] --n=1");
    check("password=[scrubbed]x", "password=[scrubbed]");
    check("pin: 1234", "pin: [scrubbed]");
    check("token: a1b2", "token: [scrubbed]");
}

#[test]
fn what_is_no_value_is_kept() {
    check_kept(&[
        "",
        "password",
        "password:",
        "password=",
        "password: \n next",
        "Enter password: ",
        "password=null",
        "password: None",
        "password=****",
        r#""password":"""#,
        "password = $1",
        "password = ?",
        "password=%s",
        "if token == nil",
        "if (token === x)",
        "token != x",
        "unexpected token: }",
        "Unexpected token: ','",
        "auth: failed",
        "session: expired",
        "crate::token::Kind",
        "https://example.com/token",
        "pass_rate=3",
        "max_tokens=100",
        "token_count: 5",
        "monkey=banana",
        "author: me",
        "keyboard=qwertz",
        "key: value",
        "WHERE id = $1 AND status = 'open'",
        "SELECT a FROM b WHERE c=1",
        "12:30:45",
        "https://example.com:8443/a?b=c#d",
        "{\"a\":1}",
        "[1,2]",
        "{orderId}",
        "a => b",
        "x = y",
        "</password>",
        "a > b",
        "Basic authentication",
        "bearer token",
        "Bearer Authentication",
        "basic auth",
        "Bearer of news",
    ]);
}

#[test]
fn headers_are_hidden_whole() {
    check("Authorization: Bearer abc.def", "Authorization: [scrubbed]");
    check("Authorization: Basic dTpw x", "Authorization: [scrubbed] x");
    check("authorization=token abc def", "authorization=[scrubbed] def");
    check("curl -H 'Authorization: x1 y' -d 1", "curl -H 'Authorization: [scrubbed] y' -d 1");
    check("curl -H \"Cookie: a=b; c=d\" -d 1\nnext", "curl -H \"Cookie: [scrubbed]\" -d 1\nnext");
    check("Cookie: a=b; c=d\r\nHost: x", "Cookie: [scrubbed]\r\nHost: x");
    check("Set-Cookie: a=b; Path=/\nHost: x", "Set-Cookie: [scrubbed]\nHost: x");
    check(
        "Authorization: Digest username=\"u\", response=\"abc\"\nHost: x",
        "Authorization: [scrubbed]\nHost: x",
    );
    check(r#"x "Authorization": "Bearer abc", "n""#, r#"x "Authorization": "[scrubbed]", "n""#);
    check("X-Api-Key: abc\nHost: x", "X-Api-Key: [scrubbed]\nHost: x");
}

#[test]
fn passwords_in_urls() {
    check("postgres://user:pass@host:5432/db", "postgres://user:[scrubbed]@host:5432/db");
    check("at redis://:x@h and http://a", "at redis://:[scrubbed]@h and http://a");
    check("amqp://u:p@ss:w@h/v", "amqp://u:[scrubbed]@h/v");
    check("mongodb+srv://u:é@a,b/x", "mongodb+srv://u:[scrubbed]@a,b/x");
    check_kept(&[
        "https://example.com/@user:x",
        "ssh://git@github.com/x",
        "http://host:80/a@b",
        "http://",
        "://",
        "https://key@o1.ingest.example.com/2",
        "https://u:@h",
        "https://u:[scrubbed];@h",
    ]);
}

#[test]
fn cards() {
    for card in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "5555555555554444",
        "5555 5555 5555 4444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "30569309025904",
        "3056 930902 5904",
        "6011111111111117",
        "3530111333300000",
        "6304000000000000",
        "4222222222222",
        "6200000000000005",
        "4000000000000000006",
    ] {
        check(card, "[card]");
        check(&format!("paid with {card}."), "paid with [card].");
        check(&format!("card:{card},cvc"), "card:[card],cvc");
        check(&format!("({card}) and {card} 12/27"), "([card]) and [card] 12/27");
        check(&format!("é{{{card}}}"), "é{[card]}");
        for before in 0..9 {
            let filler = "ab cd ef "[..before].to_owned() + " ";
            check(&format!("{filler}{card}"), &format!("{filler}[card]"));
        }
    }
    check_kept(&[
        "4111111111111112",
        "1763800000000000000",
        "1763800000000",
        "1763800000000000",
        "a4111111111111111",
        "4111111111111111a",
        "0.4111111111111111",
        "4111111111111111.5",
        "4111 1111 11111111",
        "41111111 11111111",
        "411111111111",
        "41111111111111111111111111",
        "550e8400-e29b-41d4-a716-446655440000",
        "12345678-4111-1111-1111-111111111111",
        "2024-01-15 10:23:45.123456",
        "+49 151 23456789",
        "192.168.100.200",
        "9999999999999995",
        "trace_id=4111111111111111",
        "\"span_id\": \"4111111111111111\"",
        "0000000000000000",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ]);
}

#[test]
fn tokens_by_shape() {
    let body = |bytes: usize| "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA".repeat(4)[..bytes].to_owned();
    let capitals = "ABCDEFGHIJ234567";
    let jwt = format!("{}.{}.{}", body(20).replace("aB3", "eyJ"), "eyJzdWIi", body(30));
    for token in [
        format!("{}{capitals}", "AKIA"),
        format!("{}{capitals}", "ASIA"),
        format!("{}{}", "ghp_", body(36)),
        format!("{}{}", "ghs_", body(36)),
        format!("{}{}", "github_pat_", body(40)),
        format!("{}{}", "glpat-", body(20)),
        format!("{}{}", "xoxb-", "123456789012-123456789012-abcdefghijkl"),
        format!("{}{}", "xoxe.xoxp-", "1-abcdefghijkl"),
        format!("{}{}", "xapp-", "1-A12-34-abcdef"),
        format!("{}{}", "sk_live_", body(24)),
        format!("{}{}", "rk_test_", body(24)),
        format!("{}{}", "whsec_", body(32)),
        format!("{}{}", "AIza", body(35)),
        format!("{}{}", "ya29.", body(40)),
        format!("{}{}", "GOCSPX-", body(28)),
        format!("{}{}", "npm_", body(36)),
        format!("{}{}", "pypi-", body(80)),
        format!("{}{}", "sk-", body(48)),
        format!("{}{}", "sk-ant-", body(48)),
        format!("{}{}", "hf_", body(34)),
        format!("{}{}", "dop_v1_", body(64)),
        format!("{}{}", "shpat_", body(32)),
        format!("{}{}.{}", "SG.", body(22), body(43)),
        format!("{}{}", "hvs.", body(24)),
        format!("{}{}", "glsa_", body(41)),
        format!("{}0123456789abcdef_{}", "pls_", body(64)),
        jwt.clone(),
    ] {
        check(&token, "[token]");
        check(&format!("got {token}, bad"), "got [token], bad");
        check(&format!("(/{token})."), "(/[token]).");
        check_kept(&[&token[..8]]);
        if !token.starts_with("xoxe.") {
            check_kept(&[&format!("a{token}")]);
        }
    }
    check(&jwt[..jwt.rfind('.').unwrap()], "[token]");
    check("with Bearer abc123def", "with Bearer [token]");
    check("bearer mF_9.B5f-4.1JqM==", "bearer [token]");
    check("sent BASIC dXNlcjpwYXNz.", "sent BASIC [token].");
    check(
        "key:\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nrest",
        "key:\n[token]\nrest",
    );
    check("-----BEGIN PRIVATE KEY-----\\nMIIE", "[token]");
    check_kept(&[
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "eyJhbGciOi",
        "sk-learn-model",
        "task-1234567890abcdefghijklmno",
        "AKIAABC",
        "CLASSIA",
        "npm_config_cache",
        "user_id_of_the_person",
        "glibat-x",
        "Basic YWJj",
        "a.eyJ.b.c",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "checkout-7d9f8b6c5-x2x4z",
        "whsec_short",
        "shop@2.14.3+build.5",
        "com.example.checkout.PaymentService$Inner_$1",
    ]);
}

#[test]
fn addresses_only_where_it_is_wished() {
    let text = "bob@example.com from 192.0.2.1 and 2001:db8::1";
    assert_eq!(scrubber().text(text), None);
    check_strict(text, "[email] from [ip] and [ip]");
    check_strict("a.b+c@mail.example.co.uk.", "[email].");
    check_strict("<ö.x@bücher.example>", "<[email]>");
    check_strict("to=bob%40example.com&x", "to=[email]&x");
    check_strict("x@y", "x@y");
    check_strict("pkg@1.2.3", "pkg@1.2.3");
    check_strict("@scope/name @a.com", "@scope/name @a.com");
    check_strict("10.0.0.1:8080", "[ip]:8080");
    check_strict("at 1.2.3.4.", "at [ip].");
    check_strict("[::1]:80 fe80::1%eth0", "[[ip]]:80 [ip]%eth0");
    check_strict("::ffff:192.0.2.1", "[ip]");
    check_strict("v1.2.3.4 1.2.3 1.2.3.4.5 256.1.1.1", "v1.2.3.4 1.2.3 1.2.3.4.5 256.1.1.1");
    check_strict(
        "12:30:45 a::b std::io aa:bb:cc:dd:ee:ff",
        "12:30:45 a::b std::io aa:bb:cc:dd:ee:ff",
    );
}

#[test]
fn json_within_text() {
    check(r#"{"a": "x", "password": "y"}"#, r#"{"a":"x","password":"[scrubbed]"}"#);
    check(
        r#"[["Authorization","x"],["Host","y"]]"#,
        r#"[["Authorization","[scrubbed]"],["Host","y"]]"#,
    );
    check(r#"{"p\u0061ssword":"x"}"#, r#"{"p\u0061ssword":"[scrubbed]"}"#);
    check(
        r#"{"a":"{\"b\":\"{\\\"pwd\\\":1}\"}"}"#,
        r#"{"a":"{\"b\":\"{\\\"pwd\\\":\\\"[scrubbed]\\\"}\"}"}"#,
    );
    check(r#"{"password":"x" broken"#, r#"{"password":"[scrubbed]" broken"#);
    check_kept(&[r#"{"a": "x"}"#, "{}", "[]", "{", "[[", r#"{"a":null,"b":[1,2.5e3]}"#]);
    let deep = format!("{}{{\"password\":1}}{}", "[".repeat(300), "]".repeat(300));
    assert!(scrubber().text(&deep).unwrap().contains("\"password\":[scrubbed]"));
}

#[test]
fn each_kind_is_switched_by_itself() {
    let text = "password=x 4111111111111111 Bearer abc123 a@b.de 192.0.2.1";
    let nothing = Privacy {
        secret_keys: false,
        credit_cards: false,
        tokens: false,
        emails: false,
        ip_addresses: false,
        keys: vec![],
        keep_keys: vec![],
    };
    let hidden = |privacy: Privacy| Scrubber::new(&privacy).text(text);
    assert_eq!(hidden(nothing.clone()), None);
    for (privacy, expected) in [
        (
            Privacy { secret_keys: true, ..nothing.clone() },
            "password=[scrubbed] 4111111111111111 Bearer abc123 a@b.de 192.0.2.1",
        ),
        (
            Privacy { credit_cards: true, ..nothing.clone() },
            "password=x [card] Bearer abc123 a@b.de 192.0.2.1",
        ),
        (
            Privacy { tokens: true, ..nothing.clone() },
            "password=x 4111111111111111 Bearer [token] a@b.de 192.0.2.1",
        ),
        (
            Privacy { emails: true, ..nothing.clone() },
            "password=x 4111111111111111 Bearer abc123 [email] 192.0.2.1",
        ),
        (
            Privacy { ip_addresses: true, ..nothing },
            "password=x 4111111111111111 Bearer abc123 a@b.de [ip]",
        ),
    ] {
        assert_eq!(hidden(privacy).as_deref(), Some(expected));
    }
}

/// A text is looked at eight bytes at a time: whatever it ends with, wherever that falls, the end is the end.
#[test]
fn what_stands_at_the_very_end() {
    let ends = [
        ("4111111111111111", "[card]"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("0", "0"),
        ("2026-11-24 13:46:40.829", "2026-11-24 13:46:40.829"),
        ("password=1", "password=[scrubbed]"),
        ("eyJ", "eyJ"),
        ("ghp_", "ghp_"),
        ("-", "-"),
        ("\"", "\""),
    ];
    for before in 0..40 {
        for (end, hidden) in ends {
            let text = |end: &str| format!("{} {end}", "x".repeat(before));
            let found = scrubber().text(&text(end));
            assert_eq!(found.unwrap_or_else(|| text(end)), text(hidden));
        }
    }
}
