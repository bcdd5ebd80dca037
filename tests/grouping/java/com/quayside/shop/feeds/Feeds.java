package com.quayside.shop.feeds;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Collections;
import java.util.Set;
import org.apache.harbour.json.Json;

/** Price lists of suppliers. */
final class Feeds {

    private static final Set<String> TAGS = Collections.unmodifiableSet(Set.of("new"));

    record Row(String sku, int cents, LocalDate from) {}

    Row row(String text) {
        String[] cells = text.split(";");
        return new Row(cells[0], cents(cells), LocalDate.parse(cells[2]));
    }

    private static int cents(String[] cells) {
        return Integer.parseInt(cells[1]);
    }

    int pieces(String text) {
        return Integer.parseInt(text.trim());
    }

    String decode(String hex) throws CharacterCodingException {
        ByteBuffer bytes = ByteBuffer.allocate(hex.length() / 2);
        for (int at = 0; at + 1 < hex.length(); at += 2) {
            bytes.put((byte) Integer.parseInt(hex.substring(at, at + 2), 16));
        }
        return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    }

    byte[] header(int length) {
        return new byte[length - 8];
    }

    String supplier(String feed) {
        return Json.field(feed, "supplier");
    }

    String mapping(String settings) {
        return Json.field(settings, "sku");
    }

    boolean tag(String tag) {
        return TAGS.add(tag);
    }
}
