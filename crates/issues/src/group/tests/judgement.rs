//! Tables of issues: the occurrences of each line block are one, those of different blocks are
//! different.

use super::*;

pub(super) fn judge(issues: &[&[&str]]) {
    let found: Vec<Vec<Explanation>> =
        issues.iter().map(|issue| issue.iter().map(|text| explain(text)).collect()).collect();
    for (issue, occurrences) in found.iter().enumerate() {
        for (at, occurrence) in occurrences.iter().enumerate() {
            let (a, b) = (&occurrences[0], occurrence);
            let told = (&a.why, &b.why);
            assert_eq!(
                a.grouping.fingerprint, b.grouping.fingerprint,
                "one issue was split:\n{}\n{}\n{told:#?}",
                issues[issue][0], issues[issue][at]
            );
        }
        for (other, others) in found.iter().enumerate().skip(issue + 1) {
            let (a, b) = (&occurrences[0], &others[0]);
            assert_ne!(
                a.grouping.fingerprint, b.grouping.fingerprint,
                "two issues were merged:\n{}\n{}\n{:#?}",
                issues[issue][0], issues[other][0], a.why
            );
        }
    }
}

#[test]
fn one_failing_function_is_one_issue_from_wherever_it_is_called() {
    judge(&[
        &[
            "ValueError: invalid literal for int() with base 10: 'a' | shop.money/parse_amount, shop.views/checkout",
            "ValueError: invalid literal for int() with base 10: '1,5' | shop.money/parse_amount, shop.views/refund",
            "ValueError: invalid literal for int() with base 10: '' | shop.money/parse_amount, shop.jobs/settle, \
             -celery/run",
            "ValueError: invalid literal for int() with base 10: '' | shop.money/parse_amount, shop.retry/wrapper, \
             shop.views/checkout, shop.middleware/auth, -flask/dispatch",
            "OrderError: cannot place order 5 | shop.orders/place_order, shop.views/checkout \
             <- ValueError: invalid literal for int() with base 10: 'x' | shop.money/parse_amount, \
             shop.orders/place_order",
            "ImportFailed: row 7 | shop.jobs/import_row <- ValueError: invalid literal for int() with base 10: 'x' | \
             shop.money/parse_amount, shop.jobs/import_row",
        ],
        &[
            "ValueError: invalid literal for int() with base 10: 'a' | shop.money/parse_rate, shop.views/checkout",
        ],
        &["KeyError: 'currency' | shop.money/parse_amount, shop.views/checkout"],
        &["ValueError: amount must be positive | shop.money/parse_amount, shop.views/checkout"],
    ]);
}

#[test]
fn it_does_not_matter_whether_it_is_awaited_retried_or_wrapped() {
    judge(&[
        &[
            "NullReferenceException: Object reference | Shop.Cart/Total, Shop.Pages.Checkout/OnPost",
            "NullReferenceException: Object reference | Shop.Cart+<Total>d__4/MoveNext, -System.Runtime/Throw, \
             Shop.Pages.Checkout/OnPost",
            "AggregateException: One or more errors | -System.Threading.Tasks.Task/Wait \
             <- NullReferenceException: Object reference | Shop.Cart/Total",
        ],
        &[
            "NullReferenceException: Object reference | Shop.Cart/Discount, Shop.Pages.Checkout/OnPost",
        ],
    ]);
    judge(&[
        &[
            "java.lang.IllegalStateException: no rate | com.shop.Money/rate, com.shop.Cart/total",
            "java.util.concurrent.CompletionException: java.lang.IllegalStateException: no rate | \
             -java.util.concurrent.CompletableFuture/encodeThrowable \
             <- java.lang.IllegalStateException: no rate | com.shop.Money/lambda$rate$0, -java.util.Optional/map, \
             com.shop.Money/rate",
        ],
        &["java.lang.IllegalStateException: no rate | com.shop.Money/round, com.shop.Cart/total"],
    ]);
    judge(&[
        &[
            "TypeError: Cannot read properties of undefined (reading 'sum') | src/cart.js!async total, src/b.js!list",
            "TypeError: Cannot read properties of undefined (reading 'sum') | src/cart.js!<anonymous>, \
             -!Array.map, src/cart.js!Object.total",
        ],
        // Two reads of one function are two mistakes; an index is only data.
        &[
            "TypeError: Cannot read properties of undefined (reading 'price') | src/cart.js!total, src/a.js!show",
        ],
        &[
            "TypeError: Cannot read properties of undefined (reading '0') | src/cart.js!total, src/a.js!show",
            "TypeError: Cannot read properties of undefined (reading '12') | src/cart.js!total, src/b.js!list",
        ],
        &[
            "TypeError: Cannot read properties of undefined (reading 'sum') | src/orders.js!<anonymous>, \
           -express.js!next, src/app.js!log",
        ],
        &[
            "TypeError: Cannot read properties of undefined (reading 'sum') | src/users.js!<anonymous>, \
           -express.js!next, src/app.js!log",
        ],
    ]);
}

#[test]
fn a_helper_that_raises_is_not_where_the_mistake_is() {
    judge(&[
        &[
            "ValueError: amount must be positive | shop.checks/require, shop.orders/place_order, shop.views/checkout",
            "ValueError: amount must be positive | shop.checks/require, shop.orders/place_order, shop.jobs/resend",
            "ValueError: amount must be positive | shop.checks/require, shop.retry/retry, shop.orders/place_order",
        ],
        &[
            "ValueError: currency is missing | shop.checks/require, shop.orders/place_order, shop.views/checkout",
        ],
        &[
            "ValueError: amount must be positive | shop.checks/require, shop.refunds/refund, shop.views/checkout",
        ],
    ]);
    judge(&[
        &[
            "panic: called `Option::unwrap()` on a `None` value | -core::option/unwrap_failed, \
             shop::cart/shop::cart::total, main/main::checkout",
            "panic: called `Option::unwrap()` on a `None` value | -core::option/unwrap_failed, \
             shop::cart/shop::cart::total::{{closure}}, main/main::list",
        ],
        &["panic: called `Option::unwrap()` on a `None` value | -core::option/unwrap_failed, \
           shop::user/shop::user::find, main/main::checkout"],
        &[
            "panic: called `Option::unwrap()` on a `None` value | shop::result/shop::result::unwrap_or_raise, \
           shop::user/shop::user::name",
        ],
        &[
            "panic: called `Option::unwrap()` on a `None` value | shop::result/shop::result::unwrap_or_raise, \
           shop::user/shop::user::mail",
        ],
    ]);
    judge(&[
        &[
            "AppError: order 5 is closed | src/errors.js!new AppError, src/errors.js!fail, src/orders.js!cancel",
        ],
        &[
            "AppError: order 5 is paid | src/errors.js!new AppError, src/errors.js!fail, src/orders.js!cancel",
        ],
        &[
            "AppError: order 5 is closed | src/errors.js!new AppError, src/errors.js!fail, src/orders.js!refund",
        ],
    ]);
    judge(&[
        &["ValidationError: quantity is missing | shop.orders/validate_order, shop.views/checkout"],
        &[
            "ValidationError: address is missing | shop.orders/validate_order, shop.views/checkout",
            "ValidationError: address is missing | shop.orders/validate_order, shop.jobs/import_orders",
        ],
    ]);
}

#[test]
fn a_module_says_whom_its_functions_serve() {
    judge(&[
        &[
            "RuleViolation: bed 5 is taken | clinic.guards/against, clinic.beds/assign, clinic.views/admit",
            "RuleViolation: bed 7 is taken | clinic.guards/against, clinic.beds/assign, clinic.jobs/nightly",
        ],
        &["RuleViolation: bed 5 is broken | clinic.guards/against, clinic.beds/assign"],
        &["RuleViolation: bed 5 is taken | clinic.guards/against, clinic.beds/swap"],
        &["NotFound: no ward | clinic.errors/no_ward, clinic.beds/assign"],
        &["NotFound: no ward | clinic.errors/no_ward, clinic.wards/close"],
    ]);
    // An accessor refuses for who asked; what is looked up in it is no fault of its line.
    judge(&[
        &[
            "AttributeError: patient has no field age | clinic.model/Record.__getattr__, clinic.beds/assign",
        ],
        &[
            "AttributeError: patient has no field age | clinic.model/Record.__getattr__, clinic.wards/close",
        ],
    ]);
    // What a client calls within itself is its plumbing.
    judge(&[
        &[
            "ConnectionError: refused | -socket/connect, clinic.http/attempt_once, clinic.http/get, clinic.labs/results",
            "ConnectionError: refused | -socket/connect, clinic.http/attempt_once, clinic.http/get, \
             clinic.retry/persist, clinic.labs/results, clinic.views/show",
        ],
        &[
            "ConnectionError: refused | -socket/connect, clinic.http/attempt_once, clinic.http/get, clinic.pharmacy/stock",
        ],
    ]);
}

#[test]
fn what_cannot_be_read_is_one_mistake_of_one_call() {
    judge(&[
        &[
            "java.time.format.DateTimeParseException: Text 'x' | -java.time.LocalDate/parse, com.clinic.Visits/plan",
            "java.time.format.DateTimeParseException: Text 'y' | -java.time.Formatter/fail, -java.time.LocalDate/parse, \
             com.clinic.Visits/plan <- java.time.DateTimeException: no such day | -java.time.LocalDate/of",
        ],
        &[
            "java.util.UnknownFormatConversionException: %q | -java.lang.String/format, com.clinic.Visits/plan",
        ],
        &[
            "ValueError: Invalid isoformat string: 'x' | clinic.visits/day",
            "ValueError: month must be in 1..12 | clinic.visits/day",
        ],
        &["ValueError: day is a holiday | clinic.visits/day"],
    ]);
}

#[test]
fn a_cause_without_a_type_counts_by_its_words() {
    judge(&[
        &["Failed: saving | db/db::Database::execute, visits/visits::plan <- "],
        &["Failed: saving | db/db::Database::execute, visits/visits::plan <- : row is locked"],
        &["Failed: saving | db/db::Database::execute, visits/visits::plan <- : disk is full"],
    ]);
}

#[test]
fn a_wrapper_of_a_connection_is_not_where_the_mistake_is() {
    judge(&[
        &[
            "UndefinedColumn: column \"a\" does not exist | -psycopg2/execute, shop.db/run_query, shop.orders/load",
            "UndefinedColumn: column \"b\" does not exist | -psycopg2/execute, shop.db/run_query, shop.db/with_retry, \
             shop.orders/load, shop.views/list",
        ],
        &[
            "UndefinedColumn: column \"a\" does not exist | -psycopg2/execute, shop.db/run_query, shop.users/find_user",
        ],
        &[
            "UniqueViolation: duplicate key | -psycopg2/execute, shop.db/run_query, shop.orders/load",
        ],
    ]);
    judge(&[
        &["Timeout: timed out | -requests/send, shop.http/post, shop.payments/charge"],
        &["Timeout: timed out | -requests/send, shop.http/post, shop.mail/send_receipt"],
        &[
            "HTTPError: 503 Server Error | -requests/raise_for_status, shop.http/post, shop.payments/charge",
        ],
        &["KeyError: 'id' | shop.payments/charge"],
    ]);
    // A mistake in the wrapper itself is one, whoever calls it.
    judge(&[&[
        "AttributeError: 'NoneType' object has no attribute 'url' | shop.http/post, shop.payments/charge",
        "AttributeError: 'NoneType' object has no attribute 'url' | shop.http/post, shop.mail/send_receipt",
    ]]);
    // A database that is gone is one, whoever asks.
    judge(&[
        &[
            "OperationalError: connection refused | -psycopg2/connect, shop.db/run_query, shop.orders/load",
            "OperationalError: Connection refused | -psycopg2/connect, shop.db/run_query, shop.users/find_user",
        ],
        &[
            "OperationalError: no such table: a | -psycopg2/connect, shop.db/run_query, shop.users/find_user",
        ],
    ]);
    // The cause ends where it was caught; its callers are known to what was raised from it.
    judge(&[
        &["DbError: failed | shop.db/run_query, shop.orders/load, shop.views/list \
           <- UndefinedColumn: column \"a\" | -psycopg2/execute, shop.db/run_query"],
        &["DbError: failed | shop.db/run_query, shop.users/find_user, shop.views/list \
           <- UndefinedColumn: column \"a\" | -psycopg2/execute, shop.db/run_query"],
    ]);
}

#[test]
fn what_the_owner_asked_counts_and_not_what_that_leaves_to_others() {
    judge(&[
        &[
            "ConnectionError: refused | -socket/connect, clinic.http/post, clinic.mail/send, clinic.visits/remind",
            // The client moved its plumbing; the mail is sent from elsewhere, or by a library.
            "ConnectionError: refused | -socket/connect, clinic.http/_exchange, clinic.http/post, clinic.mail/send, \
             clinic.visits/remind",
            "ConnectionError: refused | -socket/connect, clinic.http/post, clinic.mail/send, clinic.jobs/nightly",
            "ConnectionError: refused | -socket/connect, clinic.http/post, clinic.mail/send, -pool/work, \
             clinic.mail/send_all",
        ],
        &[
            "ConnectionError: refused | -socket/connect, clinic.http/post, clinic.labs/send, clinic.visits/remind",
        ],
        &[
            "ConnectionError: refused | -socket/connect, clinic.http/post, clinic.labs/_post, clinic.labs/order",
        ],
        &[
            "ConnectionError: refused | -socket/connect, clinic.http/post, clinic.labs/_post, clinic.labs/cancel",
        ],
    ]);
    // A check that another function took over raises the same error in the same words.
    judge(&[&[
        "ValueError: bed 5 is taken | clinic.beds/assign, clinic.views/admit",
        "ValueError: bed 7 is taken | clinic.beds/check, clinic.beds/assign, clinic.views/admit",
    ]]);
}

#[test]
fn words_count_beside_what_raises_for_many() {
    // A decorator, a client and functions without a name raise for whoever they stand before.
    for raiser in [
        "clinic.retry/wrapper",
        "clinic.http/post",
        "clinic.rules/<lambda>",
        "clinic.Rules/lambda$static$3",
    ] {
        let raised =
            |what: &str| format!("Unsettled: visit 5 {what} | {raiser}, clinic.visits/settle_all");
        judge(&[
            &[&raised("is not paid"), &raised("is not paid")],
            &[&raised("was cancelled"), &raised("was cancelled")],
        ]);
    }
    judge(&[&[
        "Unsettled: visit 5 is not paid | clinic.visits/settle, clinic.views/show",
        "Unsettled: visit 5 was cancelled | clinic.visits/settle, clinic.views/show",
    ]]);
}

#[test]
fn a_type_named_after_its_module_says_nothing() {
    judge(&[
        &["clinic.beds.errors.BedError: bed 5 is taken | clinic.beds/assign"],
        &["clinic.beds.errors.BedError: bed 5 is broken | clinic.beds/assign"],
        &[
            "clinic.beds.errors.Occupied: bed 5 is taken | clinic.beds/assign",
            "clinic.beds.errors.Occupied: it is not free | clinic.beds/assign",
        ],
    ]);
}

#[test]
fn what_a_database_names_of_its_schema_tells_two_mistakes_apart() {
    let violated =
        |name: &str| format!("23505: violates unique constraint \"{name}\" | -pg/query, -pg/send");
    judge(&[
        &[&violated("bed_number_key"), &violated("bed_number_key")],
        &[&violated("ward_name_key")],
    ]);
}

#[test]
fn what_was_called_counts_where_the_type_says_nothing() {
    judge(&[
        &[
            "ValueError: no codec | -wards/fill, -wards/open, clinic.beds/assign",
            "ValueError: no page | -wards/seek, -wards/open, clinic.beds/assign",
            "ValueError: no page | -wards/open, -!processTicksAndRejections, clinic.beds/assign",
        ],
        &["ValueError: no codec | -wards/close, clinic.beds/assign"],
    ]);
}

#[test]
fn what_one_place_catches_stays_apart() {
    judge(&[
        &["AppError: failed | shop.app/handle <- KeyError: 'a' | shop.cart/total, shop.app/handle"],
        &[
            "AppError: failed | shop.app/handle <- ValueError: bad | shop.money/parse_amount, shop.app/handle",
        ],
        &["AppError: failed | shop.app/handle <- Timeout"],
        &["AppError: failed | shop.app/handle"],
        // An error in the handling of another is its own.
        &[
            "AttributeError: 'X' object has no attribute 'a' | shop.app/report <- KeyError: 'a' | shop.cart/total",
            "AttributeError: 'X' object has no attribute 'a' | shop.app/report <- ValueError: 'a' | shop.cart/sum",
        ],
    ]);
}

#[test]
fn a_full_stack_is_known_by_its_cycle() {
    let cycle = |functions: &[&str], times: usize, leaf: &str| {
        let mut frames: Vec<&str> = if leaf.is_empty() { Vec::new() } else { vec![leaf] };
        (0..times).for_each(|_| frames.extend(functions));
        format!("RecursionError: maximum recursion depth exceeded | {}", frames.join(", "))
    };
    let (a, b) = ("shop.tree/walk", "shop.tree/visit");
    judge(&[
        &[
            &cycle(&[a, b], 20, ""),
            &cycle(&[b, a], 30, "shop.tree/name"),
            &cycle(&[a, b], 9, "-json/dumps"),
        ],
        &[&cycle(&[a], 20, "")],
    ]);
}

#[test]
fn stacks_without_code_of_the_service_count_by_their_innermost_frames() {
    judge(&[
        &[
            "Oops: a | -lib.a/one, -lib.b/two, -lib.c/three, -lib.d/four",
            "Oops: b | -lib.a/one, -lib.b/two, -lib.c/three, -lib.e/five",
        ],
        &["Oops: a | -lib.a/other, -lib.b/two, -lib.c/three"],
        &["error: relation \"a\" does not exist | -pg/parseErrorMessage, -pg/handlePacket"],
        &["error: duplicate key value | -pg/parseErrorMessage, -pg/handlePacket"],
    ]);
}

#[test]
fn names_that_a_bundler_made_up_do_not_count() {
    judge(&[
        &[
            "TypeError: x is null | http://a.example/js/main.3f2a9c.js!checkout, http://a.example/js/main.3f2a9c.js!t",
            "TypeError: x is null | http://a.example/js/main.77ab01.js!checkout, http://a.example/js/main.77ab01.js!e",
        ],
        &[
            "Error: load failed | http://a.example/js/main.3f2a9c.js!t, http://a.example/js/main.3f2a9c.js!n",
            "Error: load failed | http://a.example/js/main.77ab01.js!e, http://a.example/js/vendor.1a2b3c.js!<anonymous>",
        ],
        &[
            "Error: save failed | http://a.example/js/main.3f2a9c.js!t, http://a.example/js/main.3f2a9c.js!n",
        ],
    ]);
}

#[test]
fn without_a_stack_the_message_counts() {
    judge(&[
        &["ValueError: order 5 failed", "ValueError: order 7 failed"],
        &["ValueError: order 5 is lost"],
        &["KeyError: order 5 failed"],
        &["ValueError"],
    ]);
}
