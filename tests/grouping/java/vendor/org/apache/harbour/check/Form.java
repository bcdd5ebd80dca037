package org.apache.harbour.check;

import java.util.ArrayList;
import java.util.List;
import org.apache.harbour.web.Request;

/** A form and its fields: every failure of every form is thrown by one line. */
public record Form(String name, List<String> required) {
    public void validate(Request request) {
        List<String> problems = new ArrayList<>();
        for (String field : required) {
            if (request.get(field) == null || request.get(field).isBlank()) {
                problems.add(
                    name + "." + field + ": must not be blank (was " + request.get(field) + ")"
                );
            }
        }
        if (!problems.isEmpty()) {
            throw new FormException(String.join(", ", problems));
        }
    }

    /** What a form found wrong. */
    public static final class FormException extends IllegalArgumentException {

        FormException(String message) {
            super(message);
        }
    }
}
