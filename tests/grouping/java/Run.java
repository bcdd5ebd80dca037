import com.quayside.shop.Shop;
import com.quayside.shop.shared.Batch;
import com.quayside.shop.shared.Timing;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
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
import org.apache.harbour.web.Dispatcher;
import org.apache.harbour.web.Jobs;
import org.apache.harbour.web.Request;

/** Sends the labelled traffic through the services; prints one JSON line for each exception. */
final class Run {

    private final Telemetry telemetry = new Telemetry(
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8)
    );
    private final Map<String, Jobs> jobs = new HashMap<>();
    private final Map<String, Dispatcher> dispatchers = new HashMap<>();

    /** Argument: the version of the program (`v1` or `v2`), which decides what is sent. */
    public static void main(String[] arguments) throws Exception {
        // Carriers accept a connection, and say nothing.
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Run run = new Run();
            for (String service : List.of("orders", "billing", "warehouse", "notices", "feeds")) {
                run.open(service, "127.0.0.1:" + silent.getLocalPort());
            }
            run.send(Files.readAllLines(Path.of("traffic.txt")), arguments[0].equals("v1"));
            run.jobs.values().forEach(Jobs::close);
            run.dispatchers.values().forEach(Dispatcher::close);
        }
        System.exit(0);
    }

    private void open(String service, String carriers) throws Exception {
        Jobs queue = new Jobs(error -> telemetry.recordException(service, error));
        Object controller = Shop.controller(service, carriers, queue);
        jobs.put(service, queue);
        dispatchers.put(
            service,
            new Dispatcher(controller, List.of(new Timing()), error ->
                telemetry.recordException(service, error)
            )
        );
    }

    private void send(List<String> lines, boolean first) throws Exception {
        Set<String> again = new HashSet<>();
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] cells = line.split(" *\\| *", 5);
            if (cells[0].equals("again")) {
                again.addAll(List.of(cells[1].split(" ")));
            } else if (cells[0].equals("warm") && first) {
                for (int time = 0; time < 20; time++) {
                    request(cells[1], cells[2], cells[3]);
                }
            } else if (cells[0].equals("log") && first) {
                telemetry.expect(cells[2], "no-stack");
                telemetry.write(cells[1], cells[3], cells[4], "");
            } else if (dispatchers.containsKey(cells[0]) && (first || again.remove(cells[1]))) {
                telemetry.expect(cells[1], first ? cells[2] : "version");
                request(cells[0], cells[3], cells[4]);
                if (telemetry.count() != 1) {
                    throw new IllegalStateException(
                        line + ": gave " + telemetry.count() + " events"
                    );
                }
            }
        }
    }

    private void request(String service, String endpoint, String parameters) throws Exception {
        Map<String, String> values = new HashMap<>();
        for (String pair : parameters.split("& ")) {
            if (!pair.isBlank()) {
                String[] parts = pair.split("=", 2);
                values.put(parts[0], parts[1]);
            }
        }
        Dispatcher dispatcher = dispatchers.get(service);
        String[] way = endpoint.split(":");
        Request request = new Request(way[way.length - 1], values);
        switch (way.length == 1 ? "" : way[0]) {
            case "later" -> jobs.get(service).later(dispatcher.task(request));
            case "batch" -> jobs.get(service).later(new Batch(dispatcher, List.of(request)));
            default -> dispatcher.submit(request).get();
        }
        jobs.get(service).drain();
    }
}
