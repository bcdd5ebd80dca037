package org.eclipse.skiff;

import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Serves endpoints by name: each request runs on a thread of the server, through its filters. */
public final class Skiff {

    private final Map<String, Endpoint> endpoints;
    private final Consumer<Throwable> onError;
    private long busyNanos;
    private final ExecutorService workers = Executors.newFixedThreadPool(1, work ->
        new Thread(work, "skiff-worker")
    );

    public Skiff(Map<String, Endpoint> endpoints, Consumer<Throwable> onError) {
        this.endpoints = endpoints;
        this.onError = onError;
    }

    /** Returns when the request has been answered. */
    public void handle(String endpoint, Map<String, String> parameters) {
        Exchange exchange = new Exchange(endpoints.get(endpoint), parameters);
        try {
            workers.submit(() -> run(exchange)).get();
        } catch (Exception error) {
            throw new IllegalStateException(endpoint, error);
        }
    }

    private void run(Exchange exchange) {
        try {
            timed(exchange);
        } catch (Throwable error) {
            onError.accept(error);
        }
    }

    private void timed(Exchange exchange) throws Exception {
        long start = System.nanoTime();
        try {
            exchange.proceed();
        } finally {
            busyNanos += System.nanoTime() - start;
        }
    }
}
