package eu.kestrel.platform;

import java.util.concurrent.Callable;

/** Tries again; the last error tells of those before it. */
public final class Retry {

    private Retry() {}

    public static <T> T times(int attempts, Callable<T> call) throws Exception {
        Exception last = null;
        for (int attempt = 0; attempt < attempts; attempt++) {
            try {
                return call.call();
            } catch (Exception error) {
                if (last != null) {
                    error.addSuppressed(last);
                }
                last = error;
            }
        }
        throw last;
    }
}
