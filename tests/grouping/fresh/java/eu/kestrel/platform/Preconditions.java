package eu.kestrel.platform;

/** Rules of the business; a broken one is told to the customer by its code. */
public final class Preconditions {

    private Preconditions() {}

    public static void check(boolean holds, String code, String text, Object... values) {
        if (!holds) {
            throw new RuleException(code, text.formatted(values));
        }
    }

    public static final class RuleException extends RuntimeException {

        private final String code;

        RuleException(String code, String text) {
            super(code + ": " + text);
            this.code = code;
        }

        public String code() {
            return code;
        }
    }
}
