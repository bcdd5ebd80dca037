package com.quayside.shop.notices;

import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.PropertyResourceBundle;
import java.util.ResourceBundle;
import java.util.regex.Pattern;

/** Mails, letters and short messages. */
final class Notices {

    private final ResourceBundle texts;

    Notices() {
        try {
            texts = new PropertyResourceBundle(new StringReader("subject.order = Your order"));
        } catch (IOException error) {
            throw new IllegalStateException("texts of mails", error);
        }
    }

    String subject(String kind) {
        return texts.getString("subject." + kind);
    }

    String shortMessage(String template, String name) {
        return String.format(template, name);
    }

    String letter(String customer) throws IOException {
        return Files.readString(Path.of("/var/lib/shop/letters", customer + ".txt"));
    }

    URI unsubscribe(String address) throws URISyntaxException {
        return new URI("https://shop.example.org/unsubscribe?address=" + address);
    }

    boolean muted(String filter, String subject) {
        return Pattern.compile(filter).matcher(subject).find();
    }

    LocalDate sendOn(String day) {
        return LocalDate.parse(day);
    }
}
