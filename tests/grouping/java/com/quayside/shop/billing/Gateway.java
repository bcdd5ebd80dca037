package com.quayside.shop.billing;

/** The payment gateway. Its session is given, as the tests of the shop have no network. */
final class Gateway {

    private final String session = null;

    String charge(int cents) {
        return token() + cents;
    }

    String refund(int cents) {
        return token() + -cents;
    }

    private String token() {
        if (session == null) {
            throw new IllegalStateException("gateway session expired");
        }
        return session;
    }
}
