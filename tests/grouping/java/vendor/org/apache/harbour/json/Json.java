package org.apache.harbour.json;

/** A reader of flat JSON objects. Whatever is wrong is thrown by one line. */
public final class Json {

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    public static String field(String text, String name) {
        return new Json(text).find(name);
    }

    private String find(String name) {
        expect('{');
        while (true) {
            String key = string();
            expect(':');
            String value = string();
            if (key.equals(name)) {
                return value;
            }
            expect(',');
        }
    }

    private String string() {
        expect('"');
        int from = at;
        while (peek() != '"') {
            at++;
        }
        return text.substring(from, at++);
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : fail("end of input");
    }

    private void expect(char wanted) {
        char found = peek();
        if (found != wanted) {
            fail("'" + found + "' where '" + wanted + "' was expected");
        }
        at++;
    }

    private char fail(String problem) {
        throw new JsonException("unexpected " + problem + " at offset " + at);
    }
}
