package org.apache.harbour.web;

import java.util.Map;

/** A request: the name of an endpoint and its parameters. */
public record Request(String endpoint, Map<String, String> parameters) {
    public String get(String name) {
        return parameters.get(name);
    }

    public int number(String name) {
        return Integer.parseInt(parameters.get(name));
    }
}
