package org.apache.harbour.web;

/** A step around every handler. */
public interface Filter {
    Object apply(Request request, Chain chain) throws Throwable;

    /** The steps that follow, the handler last. */
    interface Chain {
        Object proceed(Request request) throws Throwable;
    }
}
