use proptest::prelude::*;

use super::*;

fn check(text: &str, expected: &str) {
    let found = parameterize(text, Limits::TEXT);
    assert_eq!(found, expected, "of {text:?}");
    assert_eq!(parameterize(&found, Limits::TEXT), found, "again, of {text:?}");
}

#[test]
fn what_varies_is_replaced() {
    for (text, expected) in [
        ("order 42 failed", "order <number> failed"),
        ("took -1.5e3, 1,000 or 1_000", "took <number>, <number>,<number> or <number>"),
        ("user 0a6f3c1e-9d2b-4c57-8f00-1234567890ab is gone", "user <uuid> is gone"),
        ("commit 3f2a9c1 and d41d8cd98f00b204e9800998ecf8427e", "commit <hash> and <hash>"),
        ("connect to 10.0.0.1:5432 refused", "connect to <ip> refused"),
        ("from 192.168.0.0/16, ::1 and fe80::1", "from <ip>, <ip> and <ip>"),
        ("dial [::1]:80", "dial <ip>"),
        ("from [2001:db8::7]:443, from [::], at [12:30]", "from <ip>, from <ip>, at [<date>]"),
        ("GET https://a.example/x?id=5&b=(1 gave 503", "GET <url> gave <number>"),
        ("see (http://a.example/x).", "see (<url>)."),
        ("postgres://u:p@db:5432/x is down", "<url> is down"),
        ("mail to ada.l@mail.example.org bounced", "mail to <email> bounced"),
        ("since 2026-02-14T09:30:00.123Z", "since <date>"),
        ("since 2026-02-14 09:30:00+02:00 it fails", "since <date> it fails"),
        ("at 09:30, 14.02.2026 and 2/14/2026", "at <date>, <date> and <date>"),
        ("timed out after 30s", "timed out after <duration>"),
        ("waited 1.5ms, then 1h30m", "waited <duration>, then <duration>"),
        ("of 512MiB only 3GB are free", "of <size> only <size> are free"),
        ("at 0x7ffd12 in Order@1b6d3586", "at <hex> in Order@<hex>"),
        ("open /var/lib/app/data.db: denied", "open <path>: denied"),
        ("in src/cart/total.py, ./a or ../b", "in <path>, <path> or <path>"),
        (r"open C:\temp\a.txt failed", "open <path> failed"),
        ("no route /api/orders/5", "no route <path>"),
        ("key 'a b' of \"c\" and `d` missing", "key <quoted> of <quoted> and <quoted> missing"),
        ("key “a” of «b»", "key <quoted> of <quoted>"),
        ("user-1971 has cus_9s6XKzkNRiz8i3", "<id> has <id>"),
        ("ORD-2026-0001, SKU12345 and user1971", "<id>, <id> and <id>"),
        ("worker-3 took order_55", "<id> took <id>"),
        ("id=5 code=E12", "id=<number> code=E12"),
        ("items[3] of map{4}", "items[<number>] of map{<number>}"),
        ("cart.py:12 near localhost:5432", "cart.py:<number> near localhost:<number>"),
        ("at v1.2.3 of 4.5.6", "at <version> of <number>"),
        ("95% of 3/5", "<number>% of <number>/<number>"),
        ("line 3, column 7.", "line <number>, column <number>."),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_is_a_name_stays() {
    for text in [
        "'",
        "None",
        "can't decode utf-8",
        "it's the users' fault",
        "HTTP/1.1 is spoken",
        "x86_64 and amd64",
        "sha256 of base64",
        "v2 API",
        "i18n, l10n and k8s",
        "place_order of order_total",
        "int32, uint8 and float64",
        "iso-8859-1 and UTF-16LE",
        "s3, ec2, md5, oauth2, ipv6",
        "ORA-00942 and SQLSTATE",
        "log4j, es6, psycopg2, python3",
        "and/or application/json TCP/IP",
        "the 1st and the 2nd",
        "a two-factor x-request-id",
        "TypeError: undefined is not a function",
        "foo(bar) = <b>",
        "self.total is None",
        "...",
        "- a",
        "/",
        "5xx and 4xx",
        "arg0 and arg_1",
    ] {
        check(text, text);
    }
}

#[test]
fn white_space_is_made_single_and_the_first_line_that_says_something_counts() {
    check("  a \t b\n\n c  ", "a b c");
    assert_eq!(parameterize("\n  \nfirst 1\nsecond", Limits::LINE), "first <number>");
    assert_eq!(parameterize("", Limits::LINE), "");
}

#[test]
fn what_is_cut_ends_with_a_whole_word() {
    let limits = Limits { bytes: 20, lines: 1 };
    assert_eq!(parameterize("one two three four five", limits), "one two three four");
    assert_eq!(parameterize("ä".repeat(40).as_str(), limits), "ä".repeat(10));
    assert_eq!(parameterize("1 2 3 4 5 6", limits), "<number> <number>");
}

#[test]
fn it_tells_what_was_replaced_and_where() {
    let text = "order 42 of 'x'";
    let (_, replaced) = parameterize_telling(text, Limits::TEXT);
    let found: Vec<_> =
        replaced.iter().map(|part| (part.variable, &text[part.at.clone()])).collect();
    assert_eq!(found, [(Variable::Number, "42"), (Variable::Quoted, "'x'")]);
}

#[test]
fn openings_without_end_are_walked_once() {
    for piece in ["'a ", "\" ", "«", "a@", "http://", "1:", "/", "<", "-", "0x", "a'"] {
        let text = piece.repeat(100_000 / piece.len());
        let limits = Limits { bytes: text.len(), lines: usize::MAX };
        assert!(parameterize(&text, limits).len() <= text.len(), "of {piece:?}");
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9'\"`<>/:.@_#%=()\\[\\]-]{0,6}",
        "\\PC{0,3}",
        Just(" ".to_owned()),
        Just("<number>".to_owned()),
        Just("2026-02-14".to_owned()),
        Just("10.0.0.1".to_owned()),
        Just("http://a.b/c".to_owned()),
        Just("a@b.example".to_owned()),
        Just("/usr/lib".to_owned()),
        Just("12ms".to_owned()),
        Just("user-12".to_owned()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_second_time_changes_nothing(text in pieces()) {
        let limits = Limits { bytes: 1 << 16, lines: usize::MAX };
        let once = parameterize(&text, limits);
        prop_assert_eq!(parameterize(&once, limits), once);
    }

    #[test]
    fn bounds_hold_and_ranges_lie_within(text in "\\PC{0,200}", bytes in 0usize..64, lines in 0usize..4) {
        let limits = Limits { bytes, lines };
        let (out, replaced) = parameterize_telling(&text, limits);
        prop_assert!(out.len() <= bytes);
        let mut end = 0;
        for part in replaced {
            prop_assert!(part.at.start >= end && text.get(part.at.clone()).is_some());
            end = part.at.end;
        }
    }
}
