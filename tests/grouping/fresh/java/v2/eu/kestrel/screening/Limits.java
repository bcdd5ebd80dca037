package eu.kestrel.screening;

import java.util.HashMap;
import java.util.Map;

/** How much and how often a card may pay. */
final class Limits {

    private static final int DAILY_MAX = 4000;
    private static final int PER_MINUTE_MAX = 4;

    private final Map<String, Integer> counts = new HashMap<>();

    void daily(String card, int spent) {
        if (spent > DAILY_MAX) {
            throw new LimitExceeded("card " + card + " spent " + spent + " of " + DAILY_MAX);
        }
    }

    void velocity(String card, int payments) {
        int count = counts.merge(card, payments, Integer::sum);
        if (count > PER_MINUTE_MAX) {
            throw new LimitExceeded("card " + card + " paid " + count + " times in one minute");
        }
    }

    /** Thrown for every other payment of a thief, so it has no stack. */
    static final class LimitExceeded extends RuntimeException {

        LimitExceeded(String text) {
            super(text, null, false, false);
        }
    }
}
