package org.eclipse.skiff;

/** What answers a request. */
@FunctionalInterface
public interface Endpoint {
    void answer(Exchange exchange) throws Exception;
}
