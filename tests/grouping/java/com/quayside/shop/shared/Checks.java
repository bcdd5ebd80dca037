package com.quayside.shop.shared;

/** Checks used by every service: one place throws for all of them. */
public final class Checks {

    private Checks() {}

    public static void require(boolean condition, String message, Object... values) {
        if (!condition) {
            throw fail(message, values);
        }
    }

    public static RuntimeException fail(String message, Object... values) {
        throw new RuleViolation(String.format(message, values));
    }
}
