package com.quayside.shop.shared;

/**
 * Checks used by every service: one place throws for all of them.
 *
 * <p>{@code fail} is for what a branch has found out already, {@code require} for the rest.
 */
public final class Checks {

    private Checks() {}

    public static RuntimeException fail(String message, Object... values) {
        throw new RuleViolation(String.format(message, values));
    }

    public static void require(boolean condition, String message, Object... values) {
        if (condition) {
            return;
        }
        throw fail(message, values);
    }
}
