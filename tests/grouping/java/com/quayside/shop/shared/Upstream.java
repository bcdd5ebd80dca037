package com.quayside.shop.shared;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URL;

/** HTTP calls to others: whatever fails on the wire is thrown here. */
public final class Upstream {

    private Upstream() {}

    public static String get(String address, String path) {
        try {
            HttpURLConnection connection = (HttpURLConnection) new URL(
                "http://" + address + path
            ).openConnection();
            connection.setReadTimeout(40);
            return new String(connection.getInputStream().readAllBytes());
        } catch (IOException error) {
            throw new UncheckedIOException("GET " + path + " failed", error);
        }
    }
}
