package org.apache.harbour.web;

/** What is done with what a handler or a job throws. */
public interface Errors {
    void handle(Throwable error);
}
