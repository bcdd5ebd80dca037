package org.apache.harbour.web;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Calls the method of a controller that a request names, on a thread of its pool. */
public final class Dispatcher {

    private final Object controller;
    private final List<Filter> filters;
    private final Errors errors;
    private final ExecutorService pool = Executors.newFixedThreadPool(1);

    public Dispatcher(Object controller, List<Filter> filters, Errors errors) {
        this.controller = controller;
        this.filters = filters;
        this.errors = errors;
    }

    public Future<?> submit(Request request) {
        return pool.submit(() -> service(request));
    }

    /** A request that the program makes itself; what it throws is the caller's to handle. */
    public Runnable task(Request request) {
        return () -> {
            try {
                invokeHandler(request);
            } catch (Throwable error) {
                Dispatcher.<RuntimeException>raise(error);
            }
        };
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void raise(Throwable error) throws T {
        throw (T) error;
    }

    public void close() {
        pool.shutdown();
    }

    private void service(Request request) {
        try {
            observe(request);
        } catch (Throwable error) {
            errors.handle(error);
        }
    }

    private void observe(Request request) throws Throwable {
        new Steps(0).proceed(request);
    }

    private Object invokeHandler(Request request) throws Throwable {
        Method method = controller.getClass().getMethod(request.endpoint(), Request.class);
        try {
            return method.invoke(controller, request);
        } catch (InvocationTargetException wrapped) {
            throw wrapped.getTargetException();
        }
    }

    private final class Steps implements Filter.Chain {

        private final int at;

        Steps(int at) {
            this.at = at;
        }

        @Override
        public Object proceed(Request request) throws Throwable {
            if (at == filters.size()) {
                return invokeHandler(request);
            }
            return filters.get(at).apply(request, new Steps(at + 1));
        }
    }
}
