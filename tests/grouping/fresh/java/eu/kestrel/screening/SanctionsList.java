package eu.kestrel.screening;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Names that may not be paid, as the authority publishes them each day. */
final class SanctionsList {

    private static final Path FOLDER = Path.of("/var/lib/kestrel/sanctions");

    boolean contains(String name, String day) throws ScreeningException {
        return names(day).contains(name);
    }

    private List<String> names(String day) throws ScreeningException {
        try {
            return Files.readAllLines(FOLDER.resolve("eu-" + day + ".txt"));
        } catch (IOException error) {
            throw new ScreeningException("sanctions of " + day + " unavailable", error);
        }
    }

    static final class ScreeningException extends Exception {

        ScreeningException(String text, Throwable cause) {
            super(text, cause);
        }
    }
}
