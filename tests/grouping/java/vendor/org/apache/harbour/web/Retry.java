package org.apache.harbour.web;

import java.util.function.Supplier;

/** Retries of a call. */
public final class Retry {

    private Retry() {}

    public static <T> T times(int attempts, Supplier<T> call) {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.get();
            } catch (RuntimeException error) {
                if (attempt == attempts) {
                    throw error;
                }
            }
        }
    }
}
