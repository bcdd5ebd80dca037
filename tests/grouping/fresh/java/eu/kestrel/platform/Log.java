package eu.kestrel.platform;

import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** What a service logs at the level of errors. */
public final class Log {

    private final Consumer<Throwable> exceptions;
    private final BiConsumer<String, String> lines;

    public Log(Consumer<Throwable> exceptions, BiConsumer<String, String> lines) {
        this.exceptions = exceptions;
        this.lines = lines;
    }

    /** An error with its stack. */
    public void failure(Throwable error) {
        exceptions.accept(error);
    }

    /** An error that is expected now and then: its type and text are enough. */
    public void brief(Throwable error) {
        lines.accept(error.getClass().getName(), error.getMessage());
    }

    public void error(String format, Object... values) {
        lines.accept("", String.format(format, values));
    }
}
