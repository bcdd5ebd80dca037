import eu.kestrel.Bank;
import eu.kestrel.platform.Log;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.skiff.Skiff;

/**
 * Sends the labelled traffic through the bank; prints one JSON line for each exception or log.
 *
 * <p>Argument: the version of the program (`v1` or `v2`), which decides what of the traffic is
 * sent.
 */
public final class Run {

    private final Telemetry telemetry = new Telemetry(
        new PrintStream(System.out, true, StandardCharsets.UTF_8)
    );
    private final Map<String, Skiff> services = new HashMap<>();

    public static void main(String[] arguments) throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Run run = new Run();
            for (String service : List.of("transfers", "accounts", "screening", "statements")) {
                run.serve(service, silent.getLocalPort());
            }
            run.send(Files.readAllLines(Path.of("traffic.txt")), arguments[0].equals("v1"));
        }
        System.exit(0);
    }

    private void serve(String service, int silentPort) {
        Log log = new Log(
            error -> telemetry.recordException(service, error),
            (type, text) -> telemetry.write(service, type, text, "")
        );
        services.put(service, new Skiff(Bank.endpoints(service, log, silentPort), log::failure));
    }

    private void send(List<String> lines, boolean first) {
        Set<String> again = new HashSet<>();
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] cells = line.split(" *\\| *", 5);
            if (cells[0].equals("again")) {
                again.addAll(List.of(cells[1].split(" ")));
            } else if (first || again.remove(cells[1])) {
                telemetry.expect(cells[1], first ? cells[2] : "version");
                services.get(cells[0]).handle(cells[3], parameters(cells[4]));
                if (telemetry.count() != 1) {
                    throw new IllegalStateException(line + ": " + telemetry.count() + " events");
                }
            }
        }
    }

    private static Map<String, String> parameters(String text) {
        Map<String, String> values = new HashMap<>();
        for (String pair : text.split("& ")) {
            String[] parts = pair.split("=", 2);
            if (parts.length == 2) {
                values.put(parts[0], parts[1].replace("\\n", "\n"));
            }
        }
        return values;
    }
}
