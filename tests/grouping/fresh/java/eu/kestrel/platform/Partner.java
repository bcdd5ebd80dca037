package eu.kestrel.platform;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A line sent to a partner, and the line that it answers. */
public final class Partner {

    private final int port;
    private final int timeoutMs;

    public Partner(int port, int timeoutMs) {
        this.port = port;
        this.timeoutMs = timeoutMs;
    }

    public String ask(String line) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), timeoutMs);
            socket.setSoTimeout(timeoutMs);
            socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            return new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine();
        }
    }
}
