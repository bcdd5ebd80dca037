package org.apache.harbour.json;

/** Text that is no JSON. */
public class JsonException extends RuntimeException {

    public JsonException(String message) {
        super(message);
    }
}
