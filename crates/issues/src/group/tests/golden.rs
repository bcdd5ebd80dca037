//! The fingerprints of version 1. A change here is another version, never a new number in this file.

use super::*;

const GOLDEN: &[(&str, &str)] = &[
    ("ValueError: bad 'x' | shop.money/parse_amount, shop.views/checkout", ""),
    ("ValueError: amount must be positive | shop.checks/require, shop.orders/place_order", ""),
    ("UndefinedColumn: column a | -psycopg2/execute, shop.db/run_query, shop.orders/load", ""),
    ("OperationalError: connection refused | -psycopg2/connect, shop.db/run_query", ""),
    ("AppError: failed | shop.app/handle <- Timeout: after 5s", ""),
    ("AppError: failed | shop.app/handle <- KeyError: 'a' | shop.cart/total, shop.app/handle", ""),
    (
        "RecursionError: too deep | shop.tree/walk, shop.tree/visit, shop.tree/walk, shop.tree/visit",
        "",
    ),
    (
        "java.lang.IllegalStateException: no rate for EUR | com.shop.Money/lambda$rate$0, -java.util.Optional/map",
        "",
    ),
    ("NullReferenceException: x | Shop.Cart+<Total>d__4/MoveNext", ""),
    (
        "TypeError: x is null | http://a.example/js/main.3f2a9c.js!checkout, http://a.example/js/main.3f2a9c.js!t",
        "",
    ),
    ("Error: load of 0x7ffd failed | http://a.example/js/main.3f2a9c.js!t", ""),
    (
        "panic: index out of bounds | -core::panicking/panic_fmt, shop::cart/shop::cart::total::{{closure}}",
        "",
    ),
    ("error: relation a does not exist | -pg/parseErrorMessage, -pg/handlePacket", ""),
    ("ValueError: order 5 of ada@example.org failed after 30s", ""),
];

#[test]
fn version_1_does_not_change() {
    let found: Vec<_> = GOLDEN
        .iter()
        .map(|(text, _)| (*text, explain(text).grouping.fingerprint.to_string()))
        .collect();
    let pinned: Vec<_> =
        GOLDEN.iter().map(|(text, pinned)| (*text, (*pinned).to_owned())).collect();
    assert_eq!(found, pinned);
}
