package org.apache.harbour.web;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Work that runs outside of a request. */
public final class Jobs {

    private final ExecutorService pool = Executors.newSingleThreadExecutor();
    private final Errors errors;

    public Jobs(Errors errors) {
        this.errors = errors;
    }

    /** Runs the job later; what it throws is handled here. */
    public void later(Runnable job) {
        pool.execute(() -> guard(job));
    }

    /** Runs the job on the pool and waits for it. */
    public <T> T await(Callable<T> job) throws ExecutionException, InterruptedException {
        return pool.submit(job).get();
    }

    public void drain() throws Exception {
        pool.submit(() -> {}).get();
    }

    public void close() {
        pool.shutdown();
    }

    private void guard(Runnable job) {
        try {
            job.run();
        } catch (Throwable error) {
            errors.handle(error);
        }
    }
}
