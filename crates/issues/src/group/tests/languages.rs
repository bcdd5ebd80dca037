//! The same judgement, in the spelling of each language.

use super::judgement::judge;

#[test]
fn go() {
    judge(&[
        &[
            "runtime.boundsError: runtime error: index out of range [3] with length 3 | -runtime/panicIndex, \
             github.com/acme/shop/github.com/acme/shop.(*Cart).Total, \
             github.com/acme/shop/github.com/acme/shop.Checkout.func1, -net/http/net/http.HandlerFunc.ServeHTTP",
            "runtime.boundsError: runtime error: index out of range [5] with length 2 | -runtime/panicIndex, \
             github.com/acme/shop/github.com/acme/shop.(*Cart).Total.func1, \
             github.com/acme/shop/github.com/acme/shop.(*Cart).Total, -net/http/net/http.HandlerFunc.ServeHTTP",
        ],
        &[
            "runtime.boundsError: runtime error: index out of range [3] with length 3 | -runtime/panicIndex, \
           github.com/acme/shop/github.com/acme/shop.(*Cart).Discount, -net/http/net/http.HandlerFunc.ServeHTTP",
        ],
    ]);
    judge(&[
        &[
            "*errors.errorString: must be positive | github.com/acme/shop/check.Must, github.com/acme/shop/shop.Pay",
        ],
        &[
            "*errors.errorString: must be positive | github.com/acme/shop/check.Must, github.com/acme/shop/shop.Refund",
        ],
    ]);
    // Without a stack the words of an error are all there is.
    judge(&[
        &[
            "*fmt.wrapError: load order 5: open /var/a.json: no such file or directory",
            "*fmt.wrapError: load order 7: open /var/b.json: no such file or directory",
        ],
        &["*fmt.wrapError: load order 5: open /var/a.json: permission denied"],
    ]);
}

#[test]
fn java_and_kotlin() {
    judge(&[
        &[
            "java.lang.NumberFormatException: For input string: \"1,5\" | -java.lang.Integer/parseInt, \
             com.shop.Amounts/parse, com.shop.OrderController/create, -jdk.internal.reflect.Method/invoke",
            "com.shop.OrderException: order 5 | com.shop.Orders/load <- java.lang.NumberFormatException: For input \
             string: \"x\" | -java.lang.Integer/parseInt, com.shop.Amounts/parse",
            "java.lang.NumberFormatException: For input string: \"\" | -java.lang.Integer/parseInt, \
             com.shop.Amounts$$EnhancerBySpringCGLIB$$4f/parse, com.shop.Jobs$$Lambda$4/0x01/run",
        ],
        &[
            "java.lang.NumberFormatException: For input string: \"1,5\" | -java.lang.Integer/parseInt, \
           com.shop.Rates/parse, com.shop.OrderController/create",
        ],
    ]);
    judge(&[
        &["java.lang.IllegalArgumentException: amount must be positive | \
           -com.google.common.base.Preconditions/checkArgument, com.shop.Orders/place"],
        &["java.lang.IllegalArgumentException: currency must be known | \
           -com.google.common.base.Preconditions/checkArgument, com.shop.Orders/place"],
        &[
            "java.lang.NullPointerException: customer | -java.util.Objects/requireNonNull, com.shop.Orders/place",
        ],
        &[
            "java.lang.NullPointerException: customer | -java.util.Objects/requireNonNull, com.shop.Orders/cancel",
        ],
    ]);
    judge(&[
        &[
            "java.net.SocketTimeoutException: Read timed out | -okhttp3.Call/execute, com.shop.HttpClient/post, \
           com.shop.Payments/charge",
        ],
        &[
            "java.net.SocketTimeoutException: Read timed out | -okhttp3.Call/execute, com.shop.HttpClient/post, \
           com.shop.Mails/send",
        ],
    ]);
}

#[test]
fn node_and_browsers() {
    judge(&[
        &[
            "Error: Invalid amount: abc | src/money.js!parseAmount, src/routes/orders.js!<anonymous>, -express.js!next",
            "Error: Invalid amount: x1 | src/money.js!parseAmount, src/routes/refunds.js!<anonymous>, -express.js!next",
        ],
        &["Error: Amount missing | src/money.js!parseAmount, src/routes/orders.js!<anonymous>"],
    ]);
    judge(&[
        &[
            "AxiosError: Request failed with status code 500 | -axios.js!settle, src/api/http.js!post, src/pay.js!charge",
        ],
        &[
            "AxiosError: Request failed with status code 500 | -axios.js!settle, src/api/http.js!post, src/mail.js!send",
        ],
        &[
            "TypeError: fetch failed | -node:internal!fetch, src/api/client.js!request, src/pay.js!charge \
           <- Error: connect ECONNREFUSED 10.0.0.1:80 | -node:net!afterConnect",
        ],
        &[
            "TypeError: fetch failed | -node:internal!fetch, src/api/client.js!request, src/mail.js!send \
           <- Error: connect ECONNREFUSED 10.0.0.1:80 | -node:net!afterConnect",
        ],
    ]);
    judge(&[
        &["AssertionError: invariant failed: no user | src/assert.js!invariant, src/user.js!load"],
        &["AssertionError: invariant failed: no cart | src/assert.js!invariant, src/user.js!load"],
        &["AssertionError: invariant failed: no user | src/assert.js!invariant, src/cart.js!load"],
    ]);
}

#[test]
fn rust() {
    judge(&[
        &[
            "shop::ParseError: invalid digit found in string | -core::result/core::result::unwrap_failed, \
             /shop::money::parse_amount, /shop::api::checkout::{{closure}}, -tokio/tokio::runtime::poll",
            "shop::ParseError: invalid digit found in string | -core::result/core::result::unwrap_failed, \
             /shop::money::parse_amount::{{closure}}, /<shop::Import as shop::Job>::run",
        ],
        &[
            "shop::ParseError: invalid digit found in string | -core::result/core::result::unwrap_failed, \
           /shop::money::parse_rate, /shop::api::checkout::{{closure}}",
        ],
    ]);
    judge(&[
        &["sqlx::Error: no rows returned | /shop::db::query_one, /shop::orders::load"],
        &["sqlx::Error: no rows returned | /shop::db::query_one, /shop::users::find_user"],
    ]);
}

#[test]
fn ruby_and_php() {
    judge(&[
        &[
            "NoMethodError: undefined method `price' for nil | app/cart.rb!block in total, -array.rb!each, \
             app/cart.rb!total, app/controllers/orders_controller.rb!create",
            "NoMethodError: undefined method `price' for nil | app/cart.rb!total, app/jobs/bill_job.rb!perform",
        ],
        &[
            "NoMethodError: undefined method `price' for nil | app/order.rb!total, app/jobs/bill_job.rb!perform",
        ],
    ]);
    judge(&[
        &[
            r"PDOException: SQLSTATE[42S02]: no table | -/PDO::query, App\Db/App\Db::query, App\Orders/App\Orders::load",
        ],
        &[
            r"PDOException: SQLSTATE[42S02]: no table | -/PDO::query, App\Db/App\Db::query, App\Users/App\Users::find",
        ],
    ]);
}

#[test]
fn python_lookups_and_views() {
    judge(&[
        &[
            "KeyError: 'paypal' | shop.registry/get, shop.payments/choose_method, shop.views/checkout",
        ],
        &["KeyError: 'EUR' | shop.registry/get, shop.money/convert, shop.views/checkout"],
    ]);
    judge(&[
        &[
            "UserNotFound: 5 | shop.users/get_user, shop.views/profile",
            "UserNotFound: 7 | shop.users/get_user, shop.views/settings, shop.middleware/__call__",
        ],
        &[
            "UserNotFound: 5 | shop.views/post, shop.middleware/__call__, shop.middleware/log_request",
        ],
    ]);
    judge(&[
        &[
            "TypeError: unsupported operand type(s) for +: 'int' and 'str' | shop.cart/<lambda>, shop.cart/total",
        ],
        &[
            "TypeError: unsupported operand type(s) for +: 'int' and 'str' | shop.cart/<lambda>, shop.cart/discount",
        ],
    ]);
    judge(&[
        &[
            "TimeoutError | shop.rates/refresh <- CancelledError | shop.net/read_some",
            "TimeoutError | shop.rates/refresh <- CancelledError | shop.net/open_socket",
        ],
        &["TimeoutError | shop.stock/refresh <- CancelledError | shop.net/read_some"],
    ]);
}
