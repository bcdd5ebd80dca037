//! The fingerprints of version 1. A change here is another version, never a new number in this
//! file.

use super::*;

const GOLDEN: &[(&str, &str)] = &[
    ("ValueError: bad 'x' | shop.money/parse_amount, shop.views/checkout", "1cd5752dac0d7420"),
    (
        "ValueError: amount must be positive | shop.checks/require, shop.orders/place_order",
        "695e718afec4485b",
    ),
    (
        "UndefinedColumn: column a | -psycopg2/execute, shop.db/run_query, shop.orders/load",
        "1deff0cf1e3644c8",
    ),
    (
        "OperationalError: connection refused | -psycopg2/connect, shop.db/run_query",
        "4a19c22d797408de",
    ),
    ("AppError: failed | shop.app/handle <- Timeout: after 5s", "76c083ef081979bf"),
    (
        "AppError: failed | shop.app/handle <- KeyError: 'a' | shop.cart/total, shop.app/handle",
        "256d1222eb6717be",
    ),
    (
        "RecursionError: too deep | shop.tree/walk, shop.tree/visit, shop.tree/walk, shop.tree/visit",
        "7d0d0e1b8848d22f",
    ),
    (
        "java.lang.IllegalStateException: no rate for EUR | com.shop.Money/lambda$rate$0, -java.util.Optional/map",
        "7e396df535bba040",
    ),
    ("NullReferenceException: x | Shop.Cart+<Total>d__4/MoveNext", "09fa1110c9b21470"),
    (
        "TypeError: x is null | http://a.example/js/main.3f2a9c.js!checkout, http://a.example/js/main.3f2a9c.js!t",
        "4c9f3e34582d5dd3",
    ),
    ("Error: load of 0x7ffd failed | http://a.example/js/main.3f2a9c.js!t", "2aa620d33a427499"),
    (
        "panic: index out of bounds | -core::panicking/panic_fmt, shop::cart/shop::cart::total::{{closure}}",
        "48d8d09890724d75",
    ),
    (
        "error: relation a does not exist | -pg/parseErrorMessage, -pg/handlePacket",
        "2b4ed32550426e62",
    ),
    (
        "TypeError: Cannot read properties of undefined (reading 'price') | src/cart.js!total",
        "645a0a5ae60dd0d6",
    ),
    ("panic: attempt to subtract with overflow | shop::cart/shop::cart::total", "00c0e7e687a9793d"),
    ("ValueError: order 5 of ada@example.org failed after 30s", "792dbe18ebca5b46"),
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
