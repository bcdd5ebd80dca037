import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What the OpenTelemetry SDK of Java writes of an exception, as JSON lines.
 *
 * <p>Requests are sent one at a time, so the label of an event is that of the request under way.
 */
final class Telemetry {

    private final PrintStream output;
    private volatile String label;
    private volatile String kind;
    private volatile int count;

    Telemetry(PrintStream output) {
        this.output = output;
    }

    void expect(String label, String kind) {
        this.label = label;
        this.kind = kind;
        this.count = 0;
    }

    int count() {
        return count;
    }

    void recordException(String service, Throwable error) {
        StringWriter stack = new StringWriter();
        error.printStackTrace(new PrintWriter(stack, true));
        String name = error.getClass().getCanonicalName();
        write(
            service,
            name == null ? error.getClass().getName() : name,
            error.getMessage(),
            stack.toString()
        );
    }

    synchronized void write(String service, String type, String message, String stack) {
        count++;
        output.println(
            "{\"label\": " +
                quote(label) +
                ", \"kind\": " +
                quote(kind) +
                ", \"language\": \"java\", \"service\": " +
                quote(service) +
                ", \"type\": " +
                quote(type) +
                ", \"message\": " +
                quote(message == null ? "" : message) +
                ", \"stacktrace\": " +
                quote(stack) +
                "}"
        );
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char each : text.toCharArray()) {
            if (each == '"' || each == '\\') {
                quoted.append('\\').append(each);
            } else if (each < ' ') {
                quoted.append(String.format("\\u%04x", (int) each));
            } else {
                quoted.append(each);
            }
        }
        return quoted.append('"').toString();
    }
}
