package com.quayside.shop.shared;

import java.util.List;
import org.apache.harbour.web.Dispatcher;
import org.apache.harbour.web.Request;

/** Requests that come in one, as pages and imports send them. */
public record Batch(Dispatcher dispatcher, List<Request> requests) implements Runnable {
    @Override
    public void run() {
        requests.stream().map(dispatcher::task).forEach(Runnable::run);
    }
}
