package eu.kestrel.platform;

public final class StaleVersionException extends RuntimeException {

    public StaleVersionException(String entity, Object key, int expected, int stored) {
        super(
            "%s was changed meanwhile [key=%s, expected=%d, stored=%d]".formatted(
                    entity,
                    key,
                    expected,
                    stored
                )
        );
    }
}
