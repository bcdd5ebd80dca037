package eu.kestrel.screening;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The model that scores a payment; it runs elsewhere and may be slow. */
final class Scoring {

    private final ExecutorService nightly = Executors.newFixedThreadPool(2);
    private final Future<Double> model = new CompletableFuture<>();

    double score(String payment, int patienceMs) throws Exception {
        return model.get(patienceMs, TimeUnit.MILLISECONDS);
    }

    /** The pool of the nightly run is closed in the morning. */
    void rescore(String payment) {
        nightly.shutdown();
        nightly.execute(() -> payment.length());
    }
}
